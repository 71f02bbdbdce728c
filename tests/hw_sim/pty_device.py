"""A device at the far end of a serial line, which hears its host: a pseudo-terminal with a speed of its own.

Beside what `PtyPort` does for a device that only speaks, this one hears, knows whether the host's speed is the
device's, and never waits for a host that does not read: an UART has no such patience.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import time
from types import MappingProxyType

from tests.hw_sim.serial_scanner import PtyPort

SPEEDS = MappingProxyType(
    {
        1200: termios.B1200,
        2400: termios.B2400,
        4800: termios.B4800,
        9600: termios.B9600,
        19200: termios.B19200,
        38400: termios.B38400,
        57600: termios.B57600,
        115200: termios.B115200,
    }
)
READ_BYTES_MAX = 4096


class DevicePort(PtyPort):
    """The device's end of the line; `plug` and `unplug` make and take the host's end."""

    def __init__(self, link: str, speed_bps: int) -> None:
        """Use `link` for the host's name of the port; `ValueError` for a speed that no line has."""
        super().__init__(link)
        if speed_bps not in SPEEDS:
            raise ValueError(f"{speed_bps} is none of the speeds {', '.join(map(str, SPEEDS))}")
        self._speed = SPEEDS[speed_bps]
        self._idle = threading.Event()  # never set: for waiting
        self._leaving = threading.Event()
        self._waiting = threading.Lock()

    def hear(self, timeout_s: float) -> tuple[bytes, bool]:
        """Return what the host sent within `timeout_s` (nothing at a timeout), and whether at the device's speed."""
        self.await_input(timeout_s)
        return self.take()

    def take(self) -> tuple[bytes, bool]:
        """Return what the host sent and nobody took yet, and whether at the device's speed."""
        with self._lock:
            if self._master is None:
                return b"", True
            data = self._read_now()
            return data, not data or self._same_speed()

    def unplug(self) -> bool:
        """Take the name away and hang up; whether a host had the port open. The hang-up is felt when this returns."""
        # While a thread waits on the master, the kernel keeps it alive although it is closed.
        self._leaving.set()
        with self._waiting:
            heard = super().unplug()
        self._leaving.clear()
        return heard

    def called(self) -> bool:
        """Whether the host sent something that nobody took yet."""
        with self._lock:
            if self._master is None:
                return False
            return self._input_came(0.0)

    def hold(self, *, on: bool) -> None:
        """Let the host's writes wait, as a line whose receiver has withdrawn its readiness, or no longer."""
        # The host's own side is what can be held; it is opened for a moment, as `stty` would. Where the host has
        # locked it, or it is gone, the writes still wait once the line's buffer is full.
        with contextlib.suppress(OSError):
            host_side = os.open(self._link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                termios.tcflow(host_side, termios.TCOOFF if on else termios.TCOON)
            finally:
                os.close(host_side)

    def say(self, data: bytes) -> bool:
        """Put `data` on the line at once; False when no host has it open, and what finds no room is lost."""
        with self._lock:
            if not self._listened():
                return False
            self._write_some(memoryview(data))
            return True

    def await_input(self, timeout_s: float) -> None:
        """Return when the host sent something, or after `timeout_s`."""
        begun_s = time.monotonic()
        if not self._leaving.is_set():
            with self._waiting:
                if self._input_came(timeout_s):
                    return
        # Without a host the poll returns at once with a hang-up: the rest of the time passes here.
        self._idle.wait(max(0.0, timeout_s - (time.monotonic() - begun_s)))

    def _input_came(self, timeout_s: float) -> bool:
        master = self._master
        if master is None:
            return False
        poller = select.poll()
        poller.register(master, select.POLLIN)
        return any(event & select.POLLIN for _, event in poller.poll(timeout_s * 1000))

    def _read_now(self) -> bytes:
        assert self._master is not None
        with contextlib.suppress(OSError):  # nothing there, or nobody has the port open
            return os.read(self._master, READ_BYTES_MAX)
        return b""

    def _same_speed(self) -> bool:
        assert self._master is not None
        # A pseudo-terminal's master reports the attributes the host gave its own side.
        return bool(termios.tcgetattr(self._master)[5] == self._speed)
