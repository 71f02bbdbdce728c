"""One reader of the stand-in daemon: the card in it, who uses it, and the faults prepared for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.hw_sim.card_base import PROTOCOL_T0, PROTOCOL_T1, Card
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.pcsc_protocol import Code, ReaderRecord, State

EXCLUSIVE = -1


@dataclass(slots=True)
class Faults:
    """What will go wrong on one reader, and which of it has yet to reach a client."""

    delay_s: float = 0.0
    # At the APDU when the number reaches zero: a result code, "remove" or "remove_after".
    fail_in: int = 0
    fail_with: int | str = 0
    garble_left: int = 0
    garble_how: str = "flip"
    busy_left: int = 0
    # Faults of state (`swap_unseen`, `mute_card`): they take effect when a client is told of the state.
    untold: set[str] = field(default_factory=set)

    def due(self) -> int | str:
        """Count one APDU; return what it fails with, 0 for nothing."""
        if not self.fail_in:
            return 0
        self.fail_in -= 1
        return 0 if self.fail_in else self.fail_with

    def garbled(self, answer: bytes) -> bytes:
        """Return other bytes than the card said: bits flipped in the data (status kept), or all but a byte lost."""
        self.garble_left -= 1
        if self.garble_how == "short":
            return answer[:1]
        head = len(answer) - 2 if len(answer) > 2 else len(answer)
        return bytes(byte ^ 0x5A for byte in answer[:head]) + answer[head:]


@dataclass(slots=True)
class Slot:
    """A plugged reader."""

    name: str
    card: Card | None = None
    mute: bool = False
    counter: int = 0
    # Goes up at every removal: a handle made before it belongs to a card that is gone.
    epoch: int = 0
    protocol: int = 0
    sharing: int = 0
    lock_handle: int = 0
    lock_depth: int = 0
    escape_allowed: bool = False
    # APDUs held up by a delay just now: the moment to pull the card away.
    held_up: int = 0
    faults: Faults = field(default_factory=Faults)
    face: CardReader = field(default_factory=CardReader)

    def put(self, card: Card, *, mute: bool) -> None:
        """Lay a card on the reader."""
        self.card, self.mute, self.protocol = card, mute, 0
        self.counter += 1
        card.enter_field()
        self.face.power_on(card)

    def take(self) -> Card:
        """Take the card away; raise `ValueError` when there is none."""
        if self.card is None:
            raise ValueError(f"no card in {self.name}")
        card, self.card = self.card, None
        self.mute, self.protocol = False, 0
        self.counter += 1
        self.epoch += 1
        return card

    def reset(self) -> None:
        """Power the card down and up."""
        self.protocol = 0
        if self.card is not None:
            self.face.power_on(self.card)

    def choose_protocol(self, wanted: int) -> Code:
        """Agree on T=1 or T=0 with a client, once per powering."""
        if self.card is None:
            return Code.NO_CARD
        if self.mute:
            return Code.UNRESPONSIVE
        possible = wanted & (self.protocol or self.card.protocols)
        if not possible:
            return Code.PROTOCOL_MISMATCH
        self.protocol = PROTOCOL_T1 if possible & PROTOCOL_T1 else PROTOCOL_T0
        return Code.OK

    def record(self) -> ReaderRecord:
        """What clients are told about this reader."""
        atr, state = b"", State.ABSENT
        if self.card is not None and self.mute:
            state = State.PRESENT | State.SWALLOWED
        elif self.card is not None:
            atr = self.card.atr
            state = State.PRESENT | State.POWERED | (State.SPECIFIC if self.protocol else State.NEGOTIABLE)
        return ReaderRecord(
            name=self.name.encode(),
            counter=self.counter,
            state=int(state),
            sharing=self.sharing,
            atr=atr,
            atr_length=len(atr),
            protocol=self.protocol,
        )


@dataclass(slots=True)
class Link:
    """A card handle: who holds it, on which reader, for which insertion."""

    number: int
    client: int
    context: int
    slot: Slot
    epoch: int
    was_reset: bool = False
