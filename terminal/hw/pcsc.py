"""Driver of all card readers behind the PC/SC service: one thread that sees readers and cards come and go.

It asks the service directly (pyscard's `smartcard.scard`). pyscard's own card monitor is not used: its thread ends for
good when the service restarts, it cannot watch sixteen readers, and it overlooks a card changed for one of its type.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from terminal.base.errors import DeviceFault
from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    DeviceDown,
    DeviceEvent,
    DeviceUp,
)
from terminal.hw.card_reading import UNREADABLE, Identified, Unfit
from terminal.hw.pcsc_card import CONVERSATION_S, SUCCESS, read_card
from terminal.hw.pcsc_names import ReaderMatch, reader_id, usable

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
    """What is known of one reader; `state` is the last event state, as it is handed back to the next wait."""

    id: str
    name: str
    state: int = 0
    present: bool = False

    @property
    def counter(self) -> int:
        return self.state >> COUNTER_SHIFT


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A card that came and is yet to be read."""

    reader: _Reader
    at_s: float
    atr: bytes
    mute: bool


class PcscDriver:
    """All PC/SC readers; reports itself as `name`, and each reader by the id that `readers` gives it.

    `applications` are application names (AIDs) on the shop's own processor cards; a card is given up after
    `conversation_s`.
    """

    def __init__(
        self,
        name: str,
        readers: Sequence[ReaderMatch] = (),
        *,
        applications: Sequence[bytes] = (),
        conversation_s: float = CONVERSATION_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._matches = tuple(readers)
        self._applications = tuple(applications)
        self._conversation_s = conversation_s
        self._monotonic_s = monotonic_s
        self._scard: ModuleType | None = None
        self._context: int | None = None
        self._readers: dict[str, _Reader] = {}
        self._down: set[str] = set()

    def open(self) -> None:
        """Connect to the service; raise `DeviceFault` (`pcsc_` `service_missing`, `no_rights`, `library_missing`)."""
        try:
            # Here and not above: it loads libpcsclite and a good deal of pyscard.
            from smartcard import scard
        except ImportError as error:
            raise DeviceFault("pcsc_library_missing", str(error), permanent=True) from error
        self._scard = scard
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        if result in NO_RIGHTS:
            raise DeviceFault("pcsc_no_rights", f"{result:08X}")
        if result != SUCCESS:
            raise DeviceFault("pcsc_service_missing", f"{result:08X}")
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
        if context is not None and self._scard is not None:
            self._scard.SCardReleaseContext(context)

    def wake(self) -> None:
        """End the wait for the next event at once."""
        context = self._context
        if context is not None and self._scard is not None:
            self._scard.SCardCancel(context)

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
        asked: list[tuple[str, int]] = [(reader.name, reader.state) for reader in self._readers.values()]
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
            if reader is not None and self._note_state(reader, state, at_s, emit):
                arrivals.append(_Arrival(reader, at_s, bytes(atr), bool(state & scard.SCARD_STATE_MUTE)))
        return arrivals

    def _note_state(self, reader: _Reader, state: int, at_s: float, emit: Emit) -> bool:
        """Report what a reader's new state means for its card and return whether a card came."""
        scard, _ = self._service()
        was_present, counter = reader.present, reader.counter
        reader.present = bool(state & scard.SCARD_STATE_PRESENT)
        reader.state = state & ~scard.SCARD_STATE_CHANGED
        # A card changed for another between two calls shows only in the counter.
        changed = reader.counter != counter
        if was_present and (changed or not reader.present):
            emit(CardRemoved(reader.id, reader.name))
        came = reader.present and (changed or not was_present)
        if came:
            emit(CardDetected(reader.id, reader.name, at_s))
        return came

    def _read(self, arrival: _Arrival, stop: threading.Event, emit: Emit) -> None:
        reader = arrival.reader
        found = UNREADABLE if arrival.mute else self._identify(arrival, stop)
        if isinstance(found, Identified):
            emit(CardTapped(reader.id, reader.name, found.kind, arrival.at_s, found.uid, found.number))
        elif not stop.is_set():
            emit(CardRefused(reader.id, reader.name, found.code))

    def _identify(self, arrival: _Arrival, stop: threading.Event) -> Identified | Unfit:
        scard, context = self._service()
        return read_card(
            scard,
            context,
            arrival.reader.name,
            arrival.atr,
            stop,
            applications=self._applications,
            limit_s=self._conversation_s,
            monotonic_s=self._monotonic_s,
        )
