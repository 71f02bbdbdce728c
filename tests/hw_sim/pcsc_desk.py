"""The readers and cards of the stand-in daemon, and the hands that plug, insert, swap and disturb them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.hw_sim.card_base import Card
from tests.hw_sim.cards import make_card
from tests.hw_sim.control import FaultCounter
from tests.hw_sim.pcsc_log import redacted_answer, redacted_command
from tests.hw_sim.pcsc_protocol import NAME_BYTES, READERS_MAX, Code, ReaderRecord
from tests.hw_sim.pcsc_slot import Faults, Slot

SIMULATOR = "pcsc"  # its name in the run's fault log
FAULTS = frozenset(
    {
        "access_denied",
        "apdu_error",
        "card_away_mid_exchange",
        "card_reset_by_other",
        "daemon_crash",
        "daemon_mute",
        "garbled_answer",
        "mute_card",
        "random_uid",
        "reader_unplugged",
        "sharing_violation",
        "slow_answer",
        "swap_unseen",
    }
)
GARBLES = ("flip", "short")


class Desk:
    """Everything physical; each change wakes the clients that wait, while `lock` is held."""

    def __init__(self, readers: Sequence[str], deck: dict[str, Card], faults: FaultCounter) -> None:
        """Plug `readers` in; `deck` holds the cards a person may take."""
        self.lock = threading.Condition()
        self.fault_counter = faults
        self.slots: list[Slot | None] = [None] * READERS_MAX
        self.deck = deck
        self.denied = False
        self.silent = False
        self.reader_events = 0
        self.waiters: dict[int, Callable[[Code], None]] = {}
        self.when_reset: Callable[[Slot], None] = lambda _slot: None
        self._unplugged_untold: set[str] = set()
        self._apdus: list[dict[str, Any]] = []
        for name in readers:
            self.plug(name)

    def find(self, name: str) -> Slot | None:
        """Return the plugged reader of that name."""
        return next((slot for slot in self.slots if slot and slot.name == name), None)

    def slot(self, name: str) -> Slot:
        """Return the plugged reader of that name; raise `ValueError` when there is none."""
        if (slot := self.find(name)) is None:
            raise ValueError(f"no reader {name} is plugged in")
        return slot

    def changed(self) -> None:
        """Wake every client that waits, unless the daemon is mute; call with `lock` held."""
        self.lock.notify_all()
        if self.silent:
            return
        waiting, self.waiters = self.waiters, {}
        for wake in waiting.values():
            wake(Code.OK)

    # What a person does with hands.

    def plug(self, reader: str) -> None:
        """Plug a reader in."""
        with self.lock:
            if self.find(reader) or None not in self.slots or not 0 < len(reader.encode()) < NAME_BYTES:
                raise ValueError(f"{reader} cannot be plugged: it is there, its name is unfit, or 16 are there")
            self.slots[self.slots.index(None)] = Slot(reader)
            self.reader_events += 1
            self._unplugged_untold.discard(reader)
            self.changed()

    def unplug(self, reader: str) -> None:
        """Pull a reader out together with the card on it."""
        with self.lock:
            slot = self.slot(reader)
            if slot.card:
                slot.take()
            self.slots[self.slots.index(slot)] = None
            self.reader_events += 1
            self._unplugged_untold.add(reader)
            self.changed()

    def insert(self, reader: str, card: str, *, mute: bool = False) -> None:
        """Lay a card of the deck on a reader; a mute one does not answer its reset."""
        with self.lock:
            slot, taken = self.slot(reader), self._free_card(card)
            if slot.card:
                raise ValueError(f"{reader} holds {slot.card.card_id}")
            self._put(slot, taken, mute=mute)
            self.changed()

    def mute(self, reader: str, card: str) -> None:
        """Insert a card which does not answer its reset: dirty contacts, too far away, half a tap."""
        self.insert(reader, card, mute=True)

    def remove(self, reader: str) -> None:
        """Take the card away."""
        with self.lock:
            self.take_from(self.slot(reader))

    def swap(self, reader: str, card: str) -> None:
        """Replace the card so fast that no client can ask in between."""
        with self.lock:
            slot, new = self.slot(reader), self._free_card(card, besides=reader)
            slot.take()
            self._put(slot, new, mute=False)
            slot.faults.untold.add("swap_unseen")
            self.changed()

    def _free_card(self, card: str, besides: str = "") -> Card:
        if card not in self.deck:
            raise ValueError(f"no card {card} in the deck")
        taken = self.deck[card]
        for slot in self.slots:
            if slot and slot.card is taken and slot.name != besides:
                raise ValueError(f"{card} lies on {slot.name}")
        return taken

    def _put(self, slot: Slot, card: Card, *, mute: bool) -> None:
        slot.put(card, mute=mute)
        if mute:
            slot.faults.untold.add("mute_card")

    def take_from(self, slot: Slot) -> None:
        """Remove the card of a slot and wake the clients; call with `lock` held."""
        slot.take()
        slot.faults.untold.clear()
        self.changed()

    def add_card(self, card: Mapping[str, Any]) -> None:
        """Put one more card into the deck, or replace one that lies on no reader."""
        with self.lock:
            new = make_card(card)
            if new.card_id in self.deck:
                self._free_card(new.card_id)
            self.deck[new.card_id] = new

    # What goes wrong.

    def delay(self, reader: str, seconds: float) -> None:
        """Let every APDU on a reader take so long, 0 to stop; a removal in between is noticed at once."""
        with self.lock:
            self.slot(reader).faults.delay_s = float(seconds)

    def fail_apdu(self, reader: str, n: int, code: int | str) -> None:
        """Let the n-th APDU from now (1 is the next) fail.

        `code` is a result code (number or hex), "remove" (the card is gone before it got the command) or
        "remove_after" (the card has carried it out, the answer is lost).
        """
        failure: int | str = code
        if isinstance(code, str) and code not in {"remove", "remove_after"}:
            failure = int(code, 16)
        with self.lock:
            faults = self.slot(reader).faults
            faults.fail_in, faults.fail_with = int(n), failure

    def garble(self, reader: str, n: int = 1, how: str = "flip") -> None:
        """Let the next `n` answers arrive wrong: "flip" bits of the data, or "short", one byte in all."""
        if how not in GARBLES:
            raise ValueError(f"how is one of {', '.join(GARBLES)}")
        with self.lock:
            faults = self.slot(reader).faults
            faults.garble_left, faults.garble_how = int(n), how

    def busy(self, reader: str, n: int = 1) -> None:
        """Let the next `n` attempts to connect meet a sharing violation."""
        with self.lock:
            self.slot(reader).faults.busy_left = int(n)

    def reset(self, reader: str) -> None:
        """Reset the card as another program would: open handles get `80100068` until they reconnect."""
        with self.lock:
            slot = self.slot(reader)
            slot.reset()
            slot.faults.untold.add("card_reset_by_other")
            self.when_reset(slot)

    def deny(self, *, on: bool) -> None:
        """Refuse new clients as a daemon with access control does."""
        self.denied = bool(on)

    def silence(self, *, on: bool) -> None:
        """Take connections and requests and answer none, as a daemon that is stopped or hangs; off, go on with them."""
        with self.lock:
            self.silent = bool(on)
            self.changed()

    def hold(self) -> None:
        """Return when the daemon is not mute: at once, or when it speaks again or is dead."""
        with self.lock:
            if self.silent:
                self.fault_counter.hit("daemon_mute")
                self.lock.wait_for(lambda: not self.silent)

    def escape(self, reader: str, *, allowed: bool) -> None:
        """Allow escape commands, as a changed driver setting would; they are refused from the start."""
        with self.lock:
            self.slot(reader).escape_allowed = bool(allowed)

    def calm(self, reader: str) -> None:
        """Forget every fault prepared for a reader."""
        with self.lock:
            self.slot(reader).faults = Faults()

    # What clients and people are told.

    def records(self) -> list[ReaderRecord]:
        """The 16 reader records for a client; faults of state take effect with it. Call with `lock` held."""
        for name in list(self._unplugged_untold):
            self.told_unplugged(name)
        for slot in self.slots:
            for fault in (slot.faults.untold & {"swap_unseen", "mute_card"}) if slot else ():
                self.fault_counter.hit(fault)
            if slot:
                slot.faults.untold -= {"swap_unseen", "mute_card"}
        return [slot.record() if slot else ReaderRecord() for slot in self.slots]

    def told_unplugged(self, name: str) -> None:
        """Note that a client has met the absence of a reader that was pulled out."""
        if name in self._unplugged_untold:
            self._unplugged_untold.discard(name)
            self.fault_counter.hit("reader_unplugged")

    def restart(self) -> None:
        """Be as a newly started daemon finds it: cards powered anew, counters at zero, nobody waiting."""
        with self.lock:
            self.waiters.clear()
            for slot in filter(None, self.slots):
                slot.counter, slot.sharing, slot.lock_handle, slot.lock_depth = 0, 0, 0, 0
                slot.epoch += 1
                slot.reset()
            self.lock.notify_all()

    def note(self, slot: Slot, card: Card, command: bytes, outcome: bytes | Code | int) -> None:
        """Record one APDU without its secrets."""
        entry = {"reader": slot.name, "card": card.card_id, "apdu": redacted_command(card, command)}
        if isinstance(outcome, bytes):
            entry["answer"] = redacted_answer(card, command, outcome)
        else:
            entry["rv"] = f"{outcome:08X}"
        self._apdus.append(entry)

    def note_escape(self, slot: Slot, command: bytes) -> None:
        """Record a command to the reader itself, which needs no card, in its turn among the APDUs."""
        self._apdus.append({"reader": slot.name, "card": "", "apdu": command.hex().upper()})

    def apdus(self, *, clear: bool = False) -> dict[str, Any]:
        """All APDUs and escape commands so far, oldest first, with keys, passwords and PSCs as `**`."""
        with self.lock:
            kept = list(self._apdus)
            if clear:
                self._apdus.clear()
        return {"apdus": kept}

    def cards(self) -> dict[str, Any]:
        """The deck, and where each card lies."""
        with self.lock:
            where = {slot.card.card_id: slot.name for slot in self.slots if slot and slot.card}
            return {
                "cards": [
                    {
                        "id": card.card_id,
                        "label": card.label,
                        "kind": card.kind,
                        "uid": card.uid.hex().upper(),
                        "reader": where.get(card.card_id),
                    }
                    for card in self.deck.values()
                ]
            }

    def readers(self) -> list[dict[str, Any]]:
        """The plugged readers for a person: card, sharing, event counter."""
        with self.lock:
            return [
                {
                    "name": slot.name,
                    "card": slot.card.card_id if slot.card else None,
                    "mute": slot.mute,
                    "counter": slot.counter,
                    "sharing": slot.sharing,
                    "delay_s": slot.faults.delay_s,
                    "held_up": slot.held_up,
                }
                for slot in self.slots
                if slot
            ]
