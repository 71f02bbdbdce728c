"""Driver of all card readers behind the PC/SC service: it sees readers and cards come and go.

One thread watches all readers and never talks to a card; each reader has a thread of its own for that (`pcsc_reader`).
The service is asked directly (pyscard's `smartcard.scard`). pyscard's own card monitor is not used: its thread ends for
good when the service restarts, it cannot watch sixteen readers, and it overlooks a card changed for one of its type.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import DeviceFault
from terminal.base.events import DeviceDown, DeviceUp
from terminal.hw.card_reading import Identified, Transmit, Unfit
from terminal.hw.cards.examining import examine
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.ordering import CardOrders, OrderedIssuing
from terminal.hw.pcsc_card import COMMANDS_MAX, CONVERSATION_S, SUCCESS, Limits
from terminal.hw.pcsc_feedback import PcscFeedback
from terminal.hw.pcsc_names import ReaderMatch, reader_id, usable
from terminal.hw.pcsc_reader import Arrival, CardWork, Emit, Question, ReaderThread
from terminal.hw.pcsc_watch import ANSWER_LIMIT_S, WatchedLibrary

__all__ = ["PcscDriver", "ReaderMatch"]

# pcsc-lite: SCardGetStatusChange on this name reports readers that come and go.
PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
# pcsc-lite: PCSCLITE_MAX_READERS_CONTEXTS; a longer list is "invalid parameter".
STATES_MAX = 16
# No more: pcsc-lite 1.9 notices a reader plugged in just before the wait only in the next round.
WAIT_MS = 1000
UNKNOWN_READER_PAUSE_S = 0.02
# For all readers' threads together: a call that the service leaves unanswered is broken off before that.
THREADS_END_S = 1.0
COUNTER_SHIFT = 16  # the upper half of a reader's event state counts insertions and removals

CANCELLED = 0x80100002
UNKNOWN_READER = 0x80100009
TIMEOUT = 0x8010000A
NO_READERS = 0x8010002E
# SCARD_STATE_UNKNOWN and SCARD_STATE_UNAVAILABLE (pcsclite.h): the reader itself has gone, and the list says so next.
READER_GONE = 0x0004 | 0x0008
NO_RIGHTS = frozenset({0x8010006A, 0x80100027})  # SCARD_W_SECURITY_VIOLATION, SCARD_E_NO_ACCESS


@dataclass(slots=True)
class _Reader:
    """What the service said of one reader; `state` is the last event state, which is handed back to the next wait."""

    thread: ReaderThread
    state: int = 0
    present: bool = False

    @property
    def counter(self) -> int:
        return self.state >> COUNTER_SHIFT


class PcscDriver:
    """All PC/SC readers; reports itself as `name`, and each reader by the id that `readers` gives it.

    With `card_keys`, a card must prove that it knows its own; `orders` is asked at each card whether it is one to be
    issued instead; `feedback` is the signal profile of each reader's id. A card is given up after `conversation_s`, the
    service when it leaves a call without an answer for `answer_limit_s`.
    """

    def __init__(
        self,
        name: str,
        readers: Sequence[ReaderMatch] = (),
        *,
        card_keys: CardKeys | None = None,
        orders: CardOrders | None = None,
        feedback: Mapping[str, str] | None = None,
        conversation_s: float = CONVERSATION_S,
        answer_limit_s: float = ANSWER_LIMIT_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._matches = tuple(readers)

        def look(atr: bytes, transmit: Transmit) -> Identified | Unfit:
            return examine(atr, transmit, card_keys)

        self._work = CardWork(
            look,
            OrderedIssuing(orders, card_keys),
            PcscFeedback(feedback or {}),
            Limits(conversation_s, COMMANDS_MAX),
            monotonic_s,
        )
        self._answer_limit_s = answer_limit_s
        self._apart = threading.Lock()
        self._scard: WatchedLibrary | None = None
        self._context: int | None = None
        self._readers: dict[str, _Reader] = {}
        self._leaving: list[ReaderThread] = []
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
        self._scard = scard = WatchedLibrary(library, self._answer_limit_s, apart=self._apart)
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
        code = ""
        try:
            while not stop.is_set():
                self._update_readers(emit)
                self._wait(stop)
        except DeviceFault as fault:
            code = fault.code
            raise
        finally:
            self._end_threads(code)

    def _end_threads(self, code: str) -> None:
        """End every reader's thread, within `THREADS_END_S`: with a `code` each tells that its reader is lost."""
        threads = [*self._leaving, *(reader.thread for reader in self._readers.values())]
        for name in list(self._readers):
            self._reader_gone(name, code)
        if not code:
            for thread in threads:
                thread.stop()
        deadline_s = self._work.monotonic_s() + THREADS_END_S
        for thread in threads:
            if not thread.join(max(0.0, deadline_s - self._work.monotonic_s())):
                thread.stop()
                thread.farewell(code)
        self._leaving.clear()

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

    def tell(self, question: Question, *, accepted: bool) -> None:
        """Have a reader say what the till made of the card that this event told of; from any thread, never waits.

        The reader stays silent where the word comes late, or another card has come, as `ReaderThread.tell` says.
        """
        reader = self._readers.get(question.slot)
        if reader is not None:
            reader.thread.tell(question, accepted=accepted)

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
            self._reader_gone(name, "device_missing")
        self._leaving = [thread for thread in self._leaving if thread.alive()]
        for name in present:
            if name not in self._readers:
                self._reader_came(name, emit)
        for reader in self._readers.values():
            if not reader.thread.alive():
                raise RuntimeError(f"the thread of {reader.thread.device} ended by itself")
        taken = {reader.thread.device for reader in self._readers.values()}
        for match in self._matches:
            if match.id not in taken:
                self._report_down(match.id, "device_missing", emit)

    def _reader_came(self, name: str, emit: Emit) -> None:
        device = reader_id(name, self._matches, {reader.thread.device for reader in self._readers.values()})
        if any(thread.device == device and not thread.silent() for thread in self._leaving):
            return  # its loss is not told yet; it is seen again in the next round
        scard, _ = self._service()
        thread = ReaderThread(device, name, scard, self._work, emit)
        self._readers[name] = _Reader(thread)
        self._down.discard(device)
        emit(DeviceUp(device))
        thread.start()

    def _reader_gone(self, name: str, code: str) -> None:
        """Have a reader's thread end, and with a `code` tell why."""
        thread = self._readers.pop(name).thread
        self._leaving.append(thread)
        if code:
            self._down.add(thread.device)
            thread.gone(code)

    def _report_down(self, device: str, code: str, emit: Emit) -> None:
        if device not in self._down:
            self._down.add(device)
            emit(DeviceDown(device, code))

    def _wait(self, stop: threading.Event) -> None:
        """Wait for the next change, and say at each reader what it was."""
        scard, context = self._service()
        asked: list[tuple[str, int]] = [(name, reader.state) for name, reader in self._readers.items()]
        if len(asked) < STATES_MAX:
            asked.append((PLUG_AND_PLAY, 0))
        result, states = scard.SCardGetStatusChange(context, WAIT_MS, asked)
        at_s = self._work.monotonic_s()
        if result == UNKNOWN_READER:
            # Unplugged since the list was made; should list and wait go on disagreeing, this is no busy loop.
            stop.wait(UNKNOWN_READER_PAUSE_S)
            return
        if result == CANCELLED:
            return
        # After a time-out too: where a reader's counter was 0, right after the start of the service, libpcsclite 1.9
        # wakes nobody for a card changed for another between two calls.
        if result not in {SUCCESS, TIMEOUT}:
            raise DeviceFault("pcsc_service_lost", f"{result:08X}")
        for name, state, atr in states:
            reader = self._readers.get(name)
            if reader is not None and not state & READER_GONE and self._note_state(reader, state):
                reader.thread.came(Arrival(at_s, bytes(atr), bool(state & scard.SCARD_STATE_MUTE)))

    def _note_state(self, reader: _Reader, state: int) -> bool:
        """Say at a reader that its card left, and return whether one came."""
        scard, _ = self._service()
        was_present, counter = reader.present, reader.counter
        reader.present = bool(state & scard.SCARD_STATE_PRESENT)
        reader.state = state & ~scard.SCARD_STATE_CHANGED
        # A card changed for another between two calls shows only in the counter.
        changed = reader.counter != counter
        if was_present and (changed or not reader.present):
            reader.thread.left()
        return reader.present and (changed or not was_present)
