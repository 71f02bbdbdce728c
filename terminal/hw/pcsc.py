"""Driver of all card readers behind the PC/SC service: one thread that sees readers and cards come and go.

It asks the service directly (pyscard's `smartcard.scard`). pyscard's own card monitor is not used: its thread ends for
good when the service restarts, it cannot watch sixteen readers, and it overlooks a card changed for one of its type.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import DeviceFault
from terminal.base.events import (
    REFUSED,
    CardDetected,
    CardIssued,
    CardRefused,
    CardRemoved,
    CardTapped,
    DeviceDown,
    DeviceEvent,
    DeviceUp,
)
from terminal.hw.card_reading import UNREADABLE, Identified, Transmit, Unfit
from terminal.hw.cards.examining import examine
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.ordering import ISSUING_COMMANDS_MAX, ISSUING_S, CardOrders, OrderedIssuing, issuing_event
from terminal.hw.pcsc_card import COMMANDS_MAX, CONVERSATION_S, SUCCESS, Found, Limits, Look, read_card
from terminal.hw.pcsc_feedback import PcscFeedback
from terminal.hw.pcsc_names import ReaderMatch, reader_id, usable
from terminal.hw.pcsc_watch import ANSWER_LIMIT_S, WatchedLibrary

__all__ = ["PcscDriver", "ReaderMatch"]

Emit = Callable[[DeviceEvent], None]

# pcsc-lite: SCardGetStatusChange on this name reports readers that come and go.
PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
# pcsc-lite: PCSCLITE_MAX_READERS_CONTEXTS; a longer list is "invalid parameter".
STATES_MAX = 16
# No more: pcsc-lite 1.9 notices a reader plugged in just before the wait only in the next round.
WAIT_MS = 1000
UNKNOWN_READER_PAUSE_S = 0.02
COUNTER_SHIFT = 16  # the upper half of a reader's event state counts insertions and removals

CANCELLED = 0x80100002
UNKNOWN_READER = 0x80100009
TIMEOUT = 0x8010000A
NO_READERS = 0x8010002E
NO_RIGHTS = frozenset({0x8010006A, 0x80100027})  # SCARD_W_SECURITY_VIOLATION, SCARD_E_NO_ACCESS


@dataclass(slots=True)
class _Reader:
    """What is known of one reader; `state` is the last event state, as it is handed back to the next wait.

    With `unaware` the next wait is told nothing, and so returns at once with the state as it is.
    """

    id: str
    name: str
    state: int = 0
    present: bool = False
    unaware: bool = False

    @property
    def counter(self) -> int:
        return self.state >> COUNTER_SHIFT


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A card that came and is yet to be read, or issued where `order` names a kind."""

    reader: _Reader
    at_s: float
    atr: bytes
    mute: bool
    order: str | None


class PcscDriver:
    """All PC/SC readers; reports itself as `name`, and each reader by the id that `readers` gives it.

    `applications` are application names (AIDs) on the shop's own processor cards; with `card_keys`, a card must prove
    that it knows its own; `orders` is asked at each card whether it is one to be issued instead; `feedback` is the
    signal profile of each reader's id. A card is given up after `conversation_s`, the service when it leaves a call
    without an answer for `answer_limit_s`.
    """

    def __init__(  # noqa: PLR0913 - the readers' settings, what cards are held to, and the ends that tests hold
        self,
        name: str,
        readers: Sequence[ReaderMatch] = (),
        *,
        applications: Sequence[bytes] = (),
        card_keys: CardKeys | None = None,
        orders: CardOrders | None = None,
        feedback: Mapping[str, str] | None = None,
        conversation_s: float = CONVERSATION_S,
        answer_limit_s: float = ANSWER_LIMIT_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._matches = tuple(readers)
        self._applications = tuple(applications)
        self._card_keys = card_keys
        self._issuing = OrderedIssuing(orders, card_keys)
        self._feedback = PcscFeedback(feedback or {})
        self._limits = Limits(conversation_s, COMMANDS_MAX)
        self._answer_limit_s = answer_limit_s
        self._monotonic_s = monotonic_s
        self._scard: WatchedLibrary | None = None
        self._context: int | None = None
        self._readers: dict[str, _Reader] = {}
        self._down: set[str] = set()

    def open(self) -> None:
        """Connect to the service.

        Raise `DeviceFault` (`pcsc_` `service_missing`, `service_lost`: no answer, `no_rights`, `library_missing`).
        """
        try:
            # Here and not above: it loads libpcsclite and a good deal of pyscard.
            from smartcard import scard as library
        except ImportError as error:
            raise DeviceFault("pcsc_library_missing", str(error), permanent=True) from error
        self._scard = scard = WatchedLibrary(library, self._answer_limit_s)
        scard.start()
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        if result in NO_RIGHTS:
            raise DeviceFault("pcsc_no_rights", f"{result:08X}")
        if result != SUCCESS:
            code = "pcsc_service_lost" if scard.broken_off else "pcsc_service_missing"
            raise DeviceFault(code, f"{result:08X}")
        self._context = context

    def serve(self, stop: threading.Event, emit: Emit) -> None:
        """Report readers and cards until `stop`; raise `DeviceFault("pcsc_service_lost")` when the service goes."""
        try:
            while not stop.is_set():
                self._update_readers(emit)
                arrivals = self._wait(stop, emit)
                for arrival in arrivals:
                    self._read(arrival, stop, emit)
        except DeviceFault as fault:
            for name in list(self._readers):
                self._reader_gone(name, fault.code, emit)
            raise
        finally:
            self._readers.clear()

    def close(self) -> None:
        """Disconnect from the service."""
        context, self._context = self._context, None
        if self._scard is not None:
            if context is not None:
                self._scard.SCardReleaseContext(context)
            self._scard.end()

    def wake(self) -> None:
        """End the wait for the next event at once, and soon also a call that the service leaves without an answer."""
        context, scard = self._context, self._scard
        if scard is not None:
            scard.hurry()
            if context is not None:
                scard.SCardCancel(context)

    def _service(self) -> tuple[Any, int]:
        assert self._scard is not None, "serve comes after open"
        assert self._context is not None, "serve comes after open"
        return self._scard, self._context

    def _update_readers(self, emit: Emit) -> None:
        """Bring the list of readers up to date and report what came and went."""
        scard, context = self._service()
        result, names = scard.SCardListReaders(context, [])
        if result not in {SUCCESS, NO_READERS}:
            raise DeviceFault("pcsc_service_lost", f"{result:08X}")
        present = usable(names)[:STATES_MAX] if result == SUCCESS else []
        for name in self._readers.keys() - set(present):
            self._reader_gone(name, "device_missing", emit)
        for name in present:
            if name not in self._readers:
                self._reader_came(name, emit)
        taken = {reader.id for reader in self._readers.values()}
        for match in self._matches:
            if match.id not in taken:
                self._report_down(match.id, "device_missing", emit)

    def _reader_came(self, name: str, emit: Emit) -> None:
        taken = {reader.id for reader in self._readers.values()}
        reader = _Reader(reader_id(name, self._matches, taken), name)
        self._readers[name] = reader
        self._down.discard(reader.id)
        emit(DeviceUp(reader.id))

    def _reader_gone(self, name: str, code: str, emit: Emit) -> None:
        reader = self._readers.pop(name)
        self._feedback.forget(reader.id)
        if reader.present:
            emit(CardRemoved(reader.id, reader.name))
        self._report_down(reader.id, code, emit)

    def _report_down(self, device: str, code: str, emit: Emit) -> None:
        if device not in self._down:
            self._down.add(device)
            emit(DeviceDown(device, code))

    def _wait(self, stop: threading.Event, emit: Emit) -> list[_Arrival]:
        """Wait for the next change, report the cards that came and went, and return those that came."""
        scard, context = self._service()
        asked: list[tuple[str, int]] = [
            (reader.name, 0 if reader.unaware else reader.state) for reader in self._readers.values()
        ]
        if len(asked) < STATES_MAX:
            asked.append((PLUG_AND_PLAY, 0))
        result, states = scard.SCardGetStatusChange(context, WAIT_MS, asked)
        at_s = self._monotonic_s()
        if result == UNKNOWN_READER:
            # Unplugged since the list was made; should list and wait go on disagreeing, this is no busy loop.
            stop.wait(UNKNOWN_READER_PAUSE_S)
            return []
        if result in {TIMEOUT, CANCELLED}:
            return []
        if result != SUCCESS:
            raise DeviceFault("pcsc_service_lost", f"{result:08X}")
        arrivals = []
        for name, state, atr in states:
            reader = self._readers.get(name)
            if reader is not None and self._note_state(reader, state, emit):
                order = self._issuing.take(reader.id)
                if order is None:
                    emit(CardDetected(reader.id, reader.name, at_s))
                arrivals.append(_Arrival(reader, at_s, bytes(atr), bool(state & scard.SCARD_STATE_MUTE), order))
        return arrivals

    def _note_state(self, reader: _Reader, state: int, emit: Emit) -> bool:
        """Report a card that left by a reader's new state, and return whether one came."""
        scard, _ = self._service()
        was_present, counter = reader.present, reader.counter
        reader.present = bool(state & scard.SCARD_STATE_PRESENT)
        reader.state = state & ~scard.SCARD_STATE_CHANGED
        reader.unaware = False
        # A card changed for another between two calls shows only in the counter.
        changed = reader.counter != counter
        if was_present and (changed or not reader.present):
            emit(CardRemoved(reader.id, reader.name))
        return reader.present and (changed or not was_present)

    def _read(self, arrival: _Arrival, stop: threading.Event, emit: Emit) -> None:
        reader = arrival.reader
        # pcsc-lite compares no counter that is zero, as it is for a card that lay there when the service started:
        # another card laid down during this conversation would never be reported.
        reader.unaware = not reader.counter
        good = (
            self._tap(arrival, stop, emit) if arrival.order is None else self._issue(arrival, arrival.order, stop, emit)
        )
        if not stop.is_set():
            self._feedback.tell(*self._service(), reader.id, reader.name, "accepted" if good else "refused")

    def _tap(self, arrival: _Arrival, stop: threading.Event, emit: Emit) -> bool:
        """Report what card it is, and return whether it is a good one."""
        reader = arrival.reader
        found = self._converse(arrival, stop, self._examine, self._limits)
        if isinstance(found, Identified):
            emit(CardTapped(reader.id, reader.name, found.kind, arrival.at_s, found.uid, found.number, found.proof))
            return found.proof != REFUSED
        if not stop.is_set():
            emit(CardRefused(reader.id, reader.name, found.code))
        return False

    def _issue(self, arrival: _Arrival, kind: str, stop: threading.Event, emit: Emit) -> bool:
        """Carry out an order, report what came of it, and return whether the card is issued."""
        reader = arrival.reader
        look, limits = self._issuing.look(reader.id, kind), Limits(ISSUING_S, ISSUING_COMMANDS_MAX)
        outcome = issuing_event(reader.id, reader.name, self._converse(arrival, stop, look, limits))
        emit(outcome)
        return isinstance(outcome, CardIssued)

    def _examine(self, atr: bytes, transmit: Transmit) -> Identified | Unfit:
        return examine(atr, transmit, self._applications, self._card_keys)

    def _converse(self, arrival: _Arrival, stop: threading.Event, look: Look[Found], limits: Limits) -> Found | Unfit:
        if arrival.mute:
            return UNREADABLE
        name, clock = arrival.reader.name, self._monotonic_s
        return read_card(*self._service(), name, arrival.atr, stop, look=look, limits=limits, monotonic_s=clock)
