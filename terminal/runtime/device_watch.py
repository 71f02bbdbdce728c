"""Looking over the devices' shoulders: what one of them says next, and what each last said of its own trouble.

Every device event passes here on its way to the inbox. Nothing is kept of a tap or a scan once nobody waits for it,
and one that somebody waits for goes no further: a technician's card opens no member's balance on a customer's screen.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from terminal.base.errors import Overloaded
from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    CodeScanned,
    DeviceDown,
    DeviceEvent,
    PrinterStatus,
    ReceiptInDoubt,
    ReceiptPrinted,
    ScanRejected,
)

LISTENERS_MAX = 8
HEARD_MAX = 32  # more than one device says in the time between two looks; older ones are dropped
DEVICES_MAX = 64  # readers are named by what is plugged in, so their names are not ours to bound

LOOK_S = 0.1  # how soon whoever waits for nobody any more is noticed

T = TypeVar("T")
# Tells whether whoever asked has gone, so that nobody waits for an answer.
Gone = Callable[[], bool]

Heard = CardTapped | CardRefused | CodeScanned | ScanRejected | PrinterStatus | ReceiptPrinted | ReceiptInDoubt
_HEARD = (CardTapped, CardRefused, CodeScanned, ScanRejected, PrinterStatus, ReceiptPrinted, ReceiptInDoubt)
# What a person does at a device, which is meant either for a test of it or for the till.
_DONE_AT = (CardDetected, CardTapped, CardRefused, CodeScanned, ScanRejected)


@dataclass(frozen=True, slots=True)
class LastFault:
    """The newest loss of a device: its fault code, and when that was in UTC milliseconds."""

    code: str
    at_ms: int


class Listener:
    """What one device says from now on, for one thread that waits for it."""

    def __init__(self, watch: DeviceWatch, device: str, *, alone: bool) -> None:
        """Listen to `device`; made by `DeviceWatch.listen`."""
        self.device = device
        self.alone = alone
        self.heard: deque[Heard] = deque(maxlen=HEARD_MAX)
        self._watch = watch

    def next(self, timeout_s: float, gone: Gone = lambda: False) -> Heard | None:
        """Return the next event, or None when none came within the time, the till stops, or the asker is `gone`."""
        return self._watch.next_of(self, timeout_s, gone)


class DeviceWatch:
    """Sees every device event; threads that ask are told what one device says next."""

    def __init__(self, now_ms: Callable[[], int], monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """Date faults by `now_ms`, and wait by `monotonic_s`."""
        self._now_ms = now_ms
        self._monotonic_s = monotonic_s
        self._news = threading.Condition()
        self._listeners: set[Listener] = set()
        self._faults: dict[str, LastFault] = {}
        self._printers: dict[str, PrinterStatus] = {}
        # The cards that lie on readers, by (device, slot): whether each came for whoever waited there alone.
        self._cards: dict[tuple[str, str], bool] = {}
        self._closed = False

    def note(self, event: DeviceEvent) -> bool:
        """Take note of an event on its way, from any thread, and tell whether it goes on; never waits or refuses.

        A tap or scan at a device that somebody waits for alone is theirs. A card belongs to whoever waited when it
        came, until it is taken away: a customer's card is not taken over by a test that begins while it is read, nor
        does the technician's open a balance because the test ended meanwhile.
        """
        with self._news:
            if isinstance(event, DeviceDown):
                _keep(self._faults, event.device, LastFault(event.code, self._now_ms()))
                # What a lost printer last said about its paper is no news any more.
                self._printers.pop(event.device, None)
                self._forget_cards(event.device)
            elif isinstance(event, PrinterStatus):
                _keep(self._printers, event.device, event)
            claimed = self._claimed(event)
            if isinstance(event, _HEARD):
                for listener in self._listeners:
                    if listener.device == event.device and (claimed or not listener.alone):
                        listener.heard.append(event)
                self._news.notify_all()
            return not claimed

    def _claimed(self, event: DeviceEvent) -> bool:
        """Tell whether an event is for somebody who waits alone; call with the lock held."""
        if isinstance(event, CardRemoved):
            self._cards.pop((event.device, event.slot), None)
        if not isinstance(event, _DONE_AT):
            return False
        awaited = any(listener.alone and listener.device == event.device for listener in self._listeners)
        if isinstance(event, CardDetected):
            self._cards[event.device, event.slot] = awaited
        elif isinstance(event, CardTapped | CardRefused):
            # A reader that types numbers tells of no card before its number.
            return self._cards.get((event.device, event.slot), awaited)
        return awaited

    def _forget_cards(self, device: str) -> None:
        self._cards = {place: test for place, test in self._cards.items() if place[0] != device}

    def wait(self, device: str, timeout_s: float, gone: Gone = lambda: False) -> Heard | None:
        """Return what somebody does next at the device, or None; until then its taps and scans are for nobody else.

        Raises `Overloaded` when too many wait already.
        """
        with self.listen(device, alone=True) as listener:
            return listener.next(timeout_s, gone)

    @contextmanager
    def listen(self, device: str, *, alone: bool = False) -> Iterator[Listener]:
        """Give what the device says from here on; `alone`, its taps and scans go no further meanwhile.

        Raises `Overloaded` when too many listen already.
        """
        listener = Listener(self, device, alone=alone)
        with self._news:
            if len(self._listeners) >= LISTENERS_MAX:
                raise Overloaded("too many wait for devices")
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._news:
                self._listeners.discard(listener)

    def next_of(self, listener: Listener, timeout_s: float, gone: Gone) -> Heard | None:
        """Return what this listener hears next, as `Listener.next` says."""
        deadline_s = self._monotonic_s() + timeout_s
        with self._news:
            while not listener.heard and not self._closed and not gone():
                left_s = deadline_s - self._monotonic_s()
                if left_s <= 0:
                    return None
                self._news.wait(min(left_s, LOOK_S))
            return listener.heard.popleft() if listener.heard else None

    def listening(self) -> int:
        """Return how many listen now."""
        with self._news:
            return len(self._listeners)

    def last_fault(self, device: str) -> LastFault | None:
        """Return the newest loss of a device since the start, or None."""
        with self._news:
            return self._faults.get(device)

    def printer(self, device: str) -> PrinterStatus | None:
        """Return what a printer last said of itself, or None."""
        with self._news:
            return self._printers.get(device)

    def blocked(self) -> dict[str, str]:
        """Return why each printer that is there cannot print, by its id."""
        with self._news:
            return {device: status.blocked for device, status in self._printers.items() if status.blocked}

    def close(self) -> None:
        """Let everybody who waits go, with nothing; nobody waits any more after that."""
        with self._news:
            self._closed = True
            self._news.notify_all()


def _keep(kept: dict[str, T], device: str, value: T) -> None:
    """Keep the newest value of a device; the one kept longest goes when there are too many."""
    kept.pop(device, None)
    kept[device] = value
    while len(kept) > DEVICES_MAX:
        del kept[next(iter(kept))]
