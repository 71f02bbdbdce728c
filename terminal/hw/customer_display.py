"""Driver of a customer display on a serial port: the newest two texts, and never a moment of anybody's time.

Displays give no answer, so a write that is not taken in time is the only thing that can go wrong. `show` only stores
the texts; the driver's own thread writes them, and a display that hangs misses texts, which cost nobody anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from terminal.base.errors import DeviceFault
from terminal.base.events import DeviceEvent
from terminal.hw.display_dialects import Charset, Dialect, DisplayTexts, language_of
from terminal.hw.serial_transport import PACE_S, Flow, SerialTransport

WRITE_TIMEOUT_S = 1.5  # both lines take 0.25 s at 2400 baud
WAIT_SLICE_S = 0.1
IDLE_WAIT_S = 0.4  # how late, at most, an idle driver notices a stop or an unplugged port

HUNG = "display_hung"


class CustomerDisplayDriver:
    """A display at `port`; one that takes no bytes never counts as there.

    `source` says what to show at first, and `show` what comes after; `flow` is for displays that stop the line
    themselves.
    """

    def __init__(
        self,
        name: str,
        port: str,
        baud: int = 9600,
        *,
        dialect: Dialect = "cd5220",
        charset: Charset = "ascii",
        source: Callable[[], tuple[str, str]] = lambda: ("", ""),
        flow: Flow = "none",
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show texts on that display; raise `ValueError` for settings no display has."""
        self.name = name
        self._language = language_of(dialect, charset)
        self._source = source
        self._link = SerialTransport(port, baud, flow)
        self._now_s = monotonic_s
        self._news = threading.Condition()
        self._newest: DisplayTexts | None = None
        self._shown: DisplayTexts | None = None

    def show(self, upper: str, lower: str) -> None:
        """Let the display show these texts as soon as it can, unless newer ones come first; returns at once."""
        with self._news:
            self._newest = DisplayTexts(upper, lower)
            self._news.notify_all()

    def open(self) -> None:
        """Open the port and clear the display; raise `OSError` when it is missing, `DeviceFault` when it hangs."""
        self._shown = None
        self._link.open()
        try:
            self._write(self._language.begin, threading.Event())
        except (OSError, DeviceFault):
            self.close()
            raise

    def serve(self, stop: threading.Event, emit: Callable[[DeviceEvent], None]) -> None:  # noqa: ARG002 - it says nothing
        """Show the newest texts until `stop`; raise `DeviceFault` when it hangs and `OSError` when it is unplugged."""
        while not stop.is_set():
            texts = self._next()
            if texts is None:
                self._link.read()
            else:
                self._write(self._language.show(texts), stop)
                self._shown = texts

    def close(self) -> None:
        """Give the port back; safe at any time, also twice."""
        self._link.close()

    def wake(self) -> None:
        """Let an idle `serve` look at its `stop` at once."""
        with self._news:
            self._news.notify_all()

    def _next(self) -> DisplayTexts | None:
        """Return the newest texts if they are not shown yet; else None, after a wait for newer ones."""
        with self._news:
            if self._newest is None:
                self._newest = DisplayTexts(*self._source())
            if self._newest == self._shown:
                self._news.wait(IDLE_WAIT_S)
            return self._newest if self._newest != self._shown else None

    def _write(self, data: bytes, stop: threading.Event) -> None:
        """Write everything, and see it leave, within `WRITE_TIMEOUT_S`."""
        deadline_s = self._now_s() + WRITE_TIMEOUT_S
        rest = memoryview(data)
        while (rest or self._link.unsent_bytes) and not stop.is_set():
            if self._now_s() >= deadline_s:
                raise DeviceFault(HUNG, "takes no bytes")
            self._link.read()  # noise; left unread it would end every wait at once
            if rest:
                self._link.wait(WAIT_SLICE_S, to_write=True)
                rest = rest[self._link.write(rest) :]
            else:
                self._link.wait(PACE_S)
