"""The kernel's printer node in front of an emulated printer: what open, read, write, poll and close do there.

After Linux' drivers/usb/class/usblp.c: one opener at a time, one write transfer under way of at most 8 KiB and EAGAIN
until it is through, reads that may be empty, ENODEV once unplugged. Where a real file is wanted, `printer_serial` gives
a pseudo-terminal under a node's name.
"""

from __future__ import annotations

import errno
import os
import select
import time
from typing import NoReturn

from tests.hw_sim.printer_usb import LINK_FAULTS, BrokenTransferError, UnpluggedError, UsbPlug

SIMULATOR = "printer_usblp"  # its name in the run's fault log
FAULTS = LINK_FAULTS
TRANSFER_BYTES_MAX = 8192  # USBLP_BUF_SIZE
FILE = 1_000_000  # no number the operating system would give


def _fail(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))


class UsblpNode:
    """The node `path` of one plug; its methods are the system calls on it."""

    def __init__(self, plug: UsbPlug, path: str = "/dev/usb/lp0") -> None:
        """Make the node exist as long as the printer is plugged in."""
        self._plug = plug
        self._path = path
        self._file = FILE
        self._session: int | None = None
        self._transfer = b""

    @property
    def opened(self) -> bool:
        """Whether a program holds the node."""
        return self._session is not None

    def open(self, path: str, flags: int) -> int:
        """Open the node; the kernel lets one program in."""
        if path != self._path or not self._plug.plugged:
            _fail(errno.ENOENT)
        if self._session is not None:
            _fail(errno.EBUSY)
        assert flags & os.O_RDWR
        assert flags & os.O_NONBLOCK, "a printer that hangs would hang us"
        self._session = self._plug.generation
        self._transfer = b""
        self._file += 1
        return self._file

    def close(self, file: int) -> None:
        """Close it; a transfer under way is dropped."""
        self._check(file)
        self._session = None

    def read(self, file: int, count: int) -> bytes:
        """Read what the printer answered."""
        session = self._check(file)
        try:
            data = self._plug.give(session, count)
        except UnpluggedError:
            _fail(errno.ENODEV)
        if data is None:
            _fail(errno.EAGAIN)
        return data

    def write(self, file: int, data: bytes | memoryview) -> int:
        """Start one transfer and return its size."""
        session = self._check(file)
        count = 0
        try:
            self._get_on(session)
            if self._transfer:
                _fail(errno.EAGAIN)
            self._transfer = bytes(data[:TRANSFER_BYTES_MAX])
            count = len(self._transfer)
            self._get_on(session)
        except UnpluggedError:
            self._transfer = b""
            if not count:
                _fail(errno.ENODEV)  # found out before this transfer was begun; a begun one counts as taken
        except BrokenTransferError:
            self._transfer = b""
            _fail(errno.EIO)
        return count

    def poll(self, file: int, events: int, timeout_s: float) -> int:
        """Wait for `events` and return what is true."""
        session = self._check(file)
        deadline_s = time.monotonic() + timeout_s
        while True:
            found = self._events(session) & (events | select.POLLHUP | select.POLLERR)
            left_s = deadline_s - time.monotonic()
            if found or left_s <= 0:
                return found
            self._plug.pause(left_s)

    def _events(self, session: int) -> int:
        try:
            self._get_on(session)
            found = select.POLLIN if self._plug.ready(session) else 0
            return found | (0 if self._transfer else select.POLLOUT)
        except UnpluggedError:
            return select.POLLHUP | select.POLLERR
        except BrokenTransferError:
            self._transfer = b""  # presumed to have gone well: nobody is told
            return select.POLLOUT

    def _get_on(self, session: int) -> None:
        """Let the printer take what it can of the transfer under way."""
        self._plug.check(session)
        while self._transfer and (taken := self._plug.take(session, self._transfer)):
            self._transfer = self._transfer[taken:]
            if self._plug.switches["slow"]:
                break

    def _check(self, file: int) -> int:
        if self._session is None or file != self._file:
            _fail(errno.EBADF)
        return self._session
