"""A USB printer through the kernel's printer node (`/dev/usb/lpN`), opened for reading and writing, never blocking.

How the node behaves is the Linux driver's (drivers/usb/class/usblp.c): one program at a time (EBUSY), one transfer of
at most 8 KiB under way, EAGAIN until the printer has taken it, ENODEV once the printer is unplugged, and a read of
nothing where the printer sent an empty packet, which is not an end.
"""

from __future__ import annotations

import errno
import os
import select
from typing import Protocol

from terminal.hw.printer_transport import GONE, poll_node

READ_BYTES_MAX = 4096
EMPTY_PACKET_PAUSE_S = 0.01  # some printers answer every poll with an empty packet: do not spin on them


class NodeCalls(Protocol):
    """The five system calls made on the node."""

    def open(self, path: str, flags: int) -> int:
        """Open the node."""
        ...

    def close(self, file: int) -> None:
        """Close it."""
        ...

    def read(self, file: int, count: int) -> bytes:
        """Read at most `count` bytes."""
        ...

    def write(self, file: int, data: bytes | memoryview) -> int:
        """Write and return how many bytes were taken."""
        ...

    def poll(self, file: int, events: int, timeout_s: float) -> int:
        """Wait for `events` and return what is true of the node."""
        ...


class KernelCalls:
    """The operating system's own calls."""

    def open(self, path: str, flags: int) -> int:
        """Open the node."""
        return os.open(path, flags)

    def close(self, file: int) -> None:
        """Close it."""
        os.close(file)

    def read(self, file: int, count: int) -> bytes:
        """Read at most `count` bytes."""
        return os.read(file, count)

    def write(self, file: int, data: bytes | memoryview) -> int:
        """Write and return how many bytes were taken."""
        return os.write(file, data)

    def poll(self, file: int, events: int, timeout_s: float) -> int:
        """Wait for `events` and return what is true of the node."""
        return poll_node(file, events, timeout_s)


class UsblpTransport:
    """The printer node at `path`; a udev link by serial number survives replugging, `/dev/usb/lp0` may not."""

    def __init__(self, path: str, calls: NodeCalls | None = None) -> None:
        """Speak over `path` once opened."""
        self._path = path
        self._calls: NodeCalls = calls or KernelCalls()
        self._open_file: int | None = None
        self._empty_packet = False
        self._broken: OSError | None = None

    def open(self) -> None:
        """Open the node or raise `OSError`: missing, taken by another program, no rights."""
        self.close()
        self._open_file = self._calls.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)

    def close(self) -> None:
        """Close the node; the kernel drops a transfer the printer has not taken."""
        file, self._open_file = self._open_file, None
        self._empty_packet = False
        self._broken = None
        if file is not None:
            self._calls.close(file)

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        """Return when there is something to read (or room to write, where asked) or after `timeout_s`."""
        file = self._file()
        if self._empty_packet:
            self._empty_packet = False
            pause_s = min(timeout_s, EMPTY_PACKET_PAUSE_S)
            if self._calls.poll(file, select.POLLOUT if to_write else 0, pause_s):
                return
            timeout_s -= pause_s
        self._calls.poll(file, select.POLLIN | (select.POLLOUT if to_write else 0), timeout_s)

    def read(self) -> bytes:
        """Return what has arrived, at most `READ_BYTES_MAX` bytes, or nothing; an unplugged printer is an `OSError`."""
        file = self._file()
        state = self._calls.poll(file, select.POLLIN, 0)
        try:
            data = self._calls.read(file, READ_BYTES_MAX) if state & select.POLLIN else b""
        except BlockingIOError:
            return b""
        if not data and state & GONE:
            raise OSError(errno.ENODEV, "the printer is gone")
        self._empty_packet = not data and bool(state)
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Hand bytes to the kernel and return how many it took, none while the printer has not taken the last ones."""
        try:
            return self._calls.write(self._file(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            # A transfer broke off under way: some of its bytes may be in the printer. Saying that none left would let
            # a slip be printed twice without its mark, so they all count, and the next call reports the error.
            self._broken = error
            return len(data)

    def _file(self) -> int:
        if self._broken is not None:
            raise self._broken
        if self._open_file is None:
            raise OSError(errno.ENODEV, "not open")
        return self._open_file
