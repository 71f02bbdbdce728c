"""The device's end of a serial line: a pseudo-terminal under the name a real port would have.

`PtyPort` is the line itself; `DevicePort` is that of a device which listens all the time and has one speed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import select
import termios
import threading
import time
import tty
from types import MappingProxyType

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
# A listener that takes nothing for this long is reported instead of waited for; below the control client's limit.
WRITE_TIMEOUT_S = 5.0


class PtyPort:
    """The line: a pseudo-terminal in raw mode, its host side linked under a stable name while plugged in."""

    def __init__(self, link: str) -> None:
        """Use `link` for the name; nothing exists before `plug`."""
        self._link = pathlib.Path(link)
        self._master: int | None = None
        self._received = bytearray()
        self._lock = threading.Lock()

    @property
    def plugged(self) -> bool:
        """Whether the port exists at present."""
        return self._master is not None

    def plug(self) -> None:
        """Make a new port and link it; nothing happens when it is plugged in already."""
        with self._lock:
            if self._master is not None:
                return
            master, slave = os.openpty()
            tty.setraw(slave)
            name = os.ttyname(slave)
            # The host side is closed at once, so that the master reports a hang-up until a host opens the port.
            os.close(slave)
            os.set_blocking(master, False)
            self._master = master
            # Linked last and in one step: who finds the name finds a port that works.
            self._link.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._link.with_name(f"{self._link.name}.{os.getpid()}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(name)
            fresh.replace(self._link)

    def unplug(self) -> bool:
        """Take the name away and hang up; whether a host had the port open at that moment."""
        with self._lock:
            listened = self._listened()
            if self._master is not None:
                self._link.unlink(missing_ok=True)
                os.close(self._master)
                self._master = None
            return listened

    def listened(self) -> bool:
        """Whether a host has the port open."""
        with self._lock:
            return self._listened()

    def send(self, data: bytes) -> bool:
        """Deliver `data`; False when nobody has the port open, `TimeoutError` when the host stopped reading."""
        deadline = time.monotonic() + WRITE_TIMEOUT_S
        left = memoryview(data)
        while left:
            with self._lock:
                if not self._listened():
                    return False
                taken = self._write_some(left)
            left = left[taken:]
            if not taken:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the host has the port open but left {len(left)} bytes unread")
                time.sleep(0.005)
        return True

    def drain(self) -> bytes:
        """Take what the host sent so far and return all of it since the port was made (at most the last 4096)."""
        with self._lock:
            self._received += self._read_now(READ_BYTES_MAX)
            del self._received[:-READ_BYTES_MAX]
            return bytes(self._received)

    def read(self, count: int) -> bytes:
        """Take at most `count` bytes of what the host sent; nothing when nothing is there."""
        with self._lock:
            return self._read_now(count)

    def say(self, data: bytes) -> bool:
        """Put `data` on the line at once; False when no host has it open, and what finds no room is lost."""
        with self._lock:
            if not self._listened():
                return False
            self._write_some(memoryview(data))
            return True

    def called(self) -> bool:
        """Whether the host sent something that nobody took yet."""
        with self._lock:
            return self._input_came(0.0)

    def host_settings(self) -> tuple[int, int, int]:
        """Return the input and the control flags and the speed (termios) that the host gave its side of the line."""
        with self._lock:
            return self._host_settings()

    def _input_came(self, timeout_s: float) -> bool:
        return bool(self._poll(select.POLLIN, timeout_s) & select.POLLIN)

    def _listened(self) -> bool:
        return self._master is not None and not self._poll(0, 0.0) & select.POLLHUP

    def _poll(self, events: int, timeout_s: float) -> int:
        master = self._master
        if master is None:
            return 0
        poller = select.poll()
        poller.register(master, events)
        return next((found for _, found in poller.poll(timeout_s * 1000)), 0)

    def _read_now(self, count: int) -> bytes:
        with contextlib.suppress(OSError):  # nothing there, or nobody has the port open
            return os.read(self._master, count) if self._master is not None and count else b""
        return b""

    def _host_settings(self) -> tuple[int, int, int]:
        if self._master is None:
            return 0, 0, 0
        # A pseudo-terminal's master reports the attributes the host gave its own side.
        told = termios.tcgetattr(self._master)
        return told[0], told[2], told[5]

    def _write_some(self, data: memoryview) -> int:
        assert self._master is not None
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno == errno.EIO:
                return 0
            raise


class DevicePort(PtyPort):
    """A line whose device hears, and knows whether the host's speed is its own."""

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
            data = self._read_now(READ_BYTES_MAX)
            return data, not data or self._host_settings()[2] == self._speed

    def unplug(self) -> bool:
        """Take the name away and hang up; whether a host had the port open. The hang-up is felt when this returns."""
        # While a thread waits on the master, the kernel keeps it alive although it is closed.
        self._leaving.set()
        with self._waiting:
            heard = super().unplug()
        self._leaving.clear()
        return heard

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

    def await_input(self, timeout_s: float) -> None:
        """Return when the host sent something, or after `timeout_s`."""
        begun_s = time.monotonic()
        if not self._leaving.is_set():
            with self._waiting:
                if self._input_came(timeout_s):
                    return
        # Without a host the poll returns at once with a hang-up: the rest of the time passes here.
        self._idle.wait(max(0.0, timeout_s - (time.monotonic() - begun_s)))
