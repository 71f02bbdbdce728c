"""A PN532 board on a serial line: the far end of a pseudo-terminal linked under the name a real port would have.

Run it as `python -m tests.hw_sim.pn532 --link PATH --control PATH [--cards FILE.json] [--card ID] [--seed N]`. The
link vanishes on `unplug` and comes back, naming another port and a chip that has just got its power, on `plug`.

Verbs beside `state`, `faults` and `quit`:

- `insert(card)`, `remove()`, `swap(card)`, `add_card(card)`, `cards()`: the deck and the antenna, as the stand-in
  PC/SC daemon has them;
- `fault(name, times=1, after=0, command="", delay_s=0.5)`: let the next chances of a fault strike, `after` of them
  passing first; `command` is a command's code in hex ("4A") when only that one's chances count, `delay_s` is how
  late a `late_answer` comes. At a command: `no_ack` (not heard), `ack_lost` (done, the ACK never comes), `nack`,
  `error_frame`, `card_gone` (pulled away before the command is done), `brown_out` (the chip loses its power and
  sleeps). At a frame to the host: `bad_lcs`, `bad_dcs`, `cut_frame`, `late_answer`, `noise`, `byte_by_byte`;
- `tear(card, at=1, how="before")`, `damage(card, at=1)`: let a card go away at its `at`-th command from now (before it
  obeys, `after`, or `half` way through its writing), or let an answer of it arrive damaged; for the kinds that have
  keys, and counted among the cards' faults;
- `mute(on)`: hear and say nothing; `clear()`: forget every prepared fault and the muteness;
- `log(clear=False)`: the commands heard so far in hex, without keys and passwords;
- `plug()`, `unplug()`.

A host at another speed than 115200 bit/s is not understood; what finds no room in a host's buffer is lost.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from tests.hw_sim.card_base import Card
from tests.hw_sim.card_trouble import Trouble
from tests.hw_sim.cards import make_card, read_deck
from tests.hw_sim.control import Verb
from tests.hw_sim.line_device import LineDevice, line_arguments, run
from tests.hw_sim.pn532_chip import Chip
from tests.hw_sim.pn532_faults import FAULTS as CHIP_FAULTS
from tests.hw_sim.pn532_faults import FaultPlan, Prepared
from tests.hw_sim.pty_device import DevicePort

SIMULATOR = "pn532"  # its name in the run's fault log
FAULTS = CHIP_FAULTS
SPEED_BPS = 115_200
# How soon a search notices a card, and a late or split answer goes on.
TICK_S = 0.002
IDLE_TICK_S = 0.01


class Pn532(LineDevice[DevicePort]):
    """The simulator whole: chip, deck, line, verbs and the count of faults."""

    def __init__(self, link: str, control: str, deck: dict[str, Card] | None = None, *, seed: int = 1) -> None:
        """Link the port at `link` and serve the verbs at `control` once started; the deck is the demonstration one."""
        super().__init__(SIMULATOR, FAULTS, link, control, DevicePort(link, SPEED_BPS))
        self.deck = read_deck(None) if deck is None else deck
        self.chip = Chip(FaultPlan(self.faults.hit, seed), self.faults.hit)

    def verbs(self) -> dict[str, Verb]:
        """The hand with the cards, and what can go wrong."""
        return {
            "insert": self.insert,
            "remove": self.remove,
            "swap": self.swap,
            "add_card": self.add_card,
            "cards": self.cards,
            "fault": self.fault,
            "tear": self.tear,
            "damage": self.damage,
            "mute": self.mute,
            "clear": self.clear,
            "log": self.log,
        }

    def turn(self) -> None:
        """Hear the host, and say what the chip has ready."""
        data, understood = self._port.hear(TICK_S if self.chip.searching else IDLE_TICK_S)
        if not understood:
            self.faults.hit("wrong_speed")
            data = b""
        with self._lock:
            now_s = time.monotonic()
            self.chip.feed(data, now_s)
            pieces = self.chip.due(now_s)
        for piece in pieces:
            self._port.say(piece)

    def insert(self, card: str) -> None:
        """Lay a card of the deck on the antenna."""
        with self._lock:
            self.chip.field.insert(self._card(card))

    def remove(self) -> None:
        """Take the card away."""
        with self._lock:
            self.chip.field.remove()

    def swap(self, card: str) -> None:
        """Replace the card so fast that no search can fall in between."""
        with self._lock:
            other = self._card(card)
            before = self.chip.field.remove()
            try:
                self.chip.field.insert(other)
            except ValueError:
                self.chip.field.insert(before)
                raise

    def _card(self, name: str) -> Card:
        if name not in self.deck:
            raise ValueError(f"no card is called {name}")
        return self.deck[name]

    def add_card(self, card: Mapping[str, Any]) -> None:
        """Put one more card into the deck, or replace one that does not lie on the antenna."""
        made = make_card(card)
        with self._lock:
            lying = self.chip.field.card
            if lying is not None and lying.card_id == made.card_id:
                raise ValueError(f"card {made.card_id} lies on the reader")
            self.deck[made.card_id] = made

    def cards(self) -> dict[str, Any]:
        """The deck, and which card lies on the antenna."""
        with self._lock:
            lying = self.chip.field.card
            deck = list(self.deck.values())
        shown = [{"id": card.card_id, "label": card.label, "kind": card.kind, "here": card is lying} for card in deck]
        return {"cards": shown}

    def fault(
        self, name: str, *, times: int = 1, after: int = 0, command: str = "", delay_s: float = 0.5
    ) -> dict[str, Any]:
        """Prepare a fault; the answer names all that wait."""
        code = int(command, 16) if command else None
        with self._lock:
            self.chip.faults.prepare(name, Prepared(after, times, code, delay_s))
            return {"waiting": self.chip.faults.waiting()}

    def tear(self, card: str, *, at: int = 1, how: str = "before") -> None:
        """Let a card leave the antenna during its `at`-th command from now."""
        with self._lock:
            self._trouble(card).lose_field(at, how)

    def damage(self, card: str, *, at: int = 1) -> None:
        """Let one bit of a card's `at`-th answer from now arrive wrong."""
        with self._lock:
            self._trouble(card).damage(at)

    def _trouble(self, name: str) -> Trouble:
        trouble = getattr(self._card(name), "trouble", None)
        if not isinstance(trouble, Trouble):
            raise ValueError(f"card {name} is of a kind that nothing can be prepared for")  # noqa: TRY004 - it is a value
        return trouble

    def mute(self, *, on: bool = True) -> None:
        """Let the chip hear and say nothing, or no longer."""
        with self._lock:
            self.chip.mute = on

    def clear(self) -> None:
        """Forget every prepared fault and the muteness."""
        with self._lock:
            self.chip.faults.clear()
            self.chip.mute = False

    def log(self, *, clear: bool = False) -> dict[str, Any]:
        """The commands heard, oldest first."""
        with self._lock:
            heard = list(self.chip.log)
            if clear:
                self.chip.log.clear()
        return {"commands": heard}

    def plug(self) -> None:
        """Plug in: the chip gets power and sleeps."""
        with self._lock:
            if not self._port.plugged:
                self.chip.power_on()
        super().plug()

    def unplug(self) -> dict[str, Any]:
        """Pull the plug; `heard` says whether a host had the port open."""
        answer = super().unplug()
        with self._lock:
            self.chip.power_on()
        return answer

    def state(self) -> dict[str, Any]:
        """What a person or a test may want to see."""
        with self._lock:
            chip, field = self.chip, self.chip.field
            return {
                **super().state(),
                "awake": chip.awake,
                "searching": chip.searching,
                "field": field.on,
                "listed": field.listed,
                "card": field.card.card_id if field.card else None,
                "mute": chip.mute,
                "waiting": chip.faults.waiting(),
            }


def main() -> None:
    """Run the board until told to end."""
    parser = line_arguments("A PN532 card reader on a pseudo-terminal.")
    parser.add_argument("--cards", help="a deck as JSON (default: the demonstration deck)")
    parser.add_argument("--card", help="the card that lies on the antenna from the start")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the noise")
    options = parser.parse_args()
    board = Pn532(options.link, options.control, read_deck(options.cards), seed=options.seed)
    if options.card:
        board.insert(options.card)
    run(board)


if __name__ == "__main__":
    main()
