"""What the drivers reported while a technician worked, and the work they are given."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass

from terminal.base.events import DeviceEvent
from terminal.base.printing import DrawerKick, PrintJob


@dataclass(frozen=True, slots=True)
class Seen:
    """An event and the monotonic second it came."""

    at_s: float
    event: DeviceEvent


class Watch:
    """An `emit` that remembers; `fileno` becomes readable when an event comes, `clear` makes it quiet again."""

    def __init__(self) -> None:
        """Begin empty."""
        self._seen: list[Seen] = []
        self._lock = threading.Lock()
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)

    def __call__(self, event: DeviceEvent) -> None:
        """Take one event."""
        with self._lock:
            self._seen.append(Seen(time.monotonic(), event))
            try:
                self._far.send(b".")
            except BlockingIOError:
                return  # thousands wait unread: it is readable already

    def fileno(self) -> int:
        """Return what can be waited on."""
        return self._near.fileno()

    def clear(self) -> None:
        """Take note that all events so far are known."""
        try:
            while self._near.recv(4096):
                pass
        except BlockingIOError:
            return

    def mark(self) -> int:
        """Return the place of the next event."""
        with self._lock:
            return len(self._seen)

    def since(self, mark: int, device: str, *kinds: type[DeviceEvent]) -> list[Seen]:
        """Return a device's events from `mark` on, of some kinds or of all."""
        with self._lock:
            return [
                seen
                for seen in self._seen[mark:]
                if seen.event.device == device and (not kinds or isinstance(seen.event, kinds))
            ]

    def close(self) -> None:
        """Give the sockets back."""
        self._near.close()
        self._far.close()


class LossLog(logging.Handler):
    """Counts the log lines that tell of a device's loss or return."""

    def __init__(self) -> None:
        """Begin at nothing."""
        super().__init__()
        self._lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line."""
        words = record.msg if isinstance(record.msg, str) else ""
        for news in ("down", "up"):
            if words.startswith(f"device %s is {news}") and isinstance(record.args, tuple):
                self._lines.append((str(record.args[0]), news))

    def count(self, device: str, news: str) -> int:
        """Return how many lines told that `device` is `down` or `up`."""
        return self._lines.count((device, news))


class Work:
    """Slips and pulses for the printers; a slip is given out once, as the till does it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._changed = threading.Condition()
        self._slips: dict[str, deque[PrintJob]] = {}
        self._kicks: dict[str, deque[DrawerKick]] = {}
        self._given: dict[int, PrintJob] = {}
        self._number = 0

    def print(self, device: str, body: bytes) -> int:
        """Have a slip printed and return its job number."""
        with self._changed:
            self._number += 1
            job = PrintJob(self._number, secrets.token_hex(2).encode(), b"", body)
            self._slips.setdefault(device, deque()).append(job)
            self._changed.notify_all()
        return job.job

    def kick(self, device: str, pin: int) -> int:
        """Have a drawer opened and return the job number."""
        with self._changed:
            self._number += 1
            self._kicks.setdefault(device, deque()).append(DrawerKick(self._number, pin))
            self._changed.notify_all()
        return self._number

    def take(self, device: str) -> PrintJob | None:
        """Return the next slip for a printer."""
        with self._changed:
            if not self._slips.get(device):
                return None
            job = self._slips[device].popleft()
            self._given[job.job] = job
            return job

    def put_back(self, device: str, job: int) -> None:
        """Take a slip back of which not a byte was sent."""
        with self._changed:
            self._slips[device].appendleft(self._given.pop(job))

    def take_kick(self, device: str) -> DrawerKick | None:
        """Return the next pulse for a printer's drawer."""
        with self._changed:
            return self._kicks[device].popleft() if self._kicks.get(device) else None

    def wait(self, timeout_s: float) -> None:
        """Return when there may be work, or after the timeout."""
        with self._changed:
            if not any(self._slips.values()) and not any(self._kicks.values()):
                self._changed.wait(timeout_s)
