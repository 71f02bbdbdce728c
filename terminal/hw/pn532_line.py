"""The serial line to a PN532: reads as pyserial does, writes judged by what the kernel took, not by the clock alone."""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.hw.printer_transport import poll_node

if TYPE_CHECKING:
    import serial

WRITE_TIMEOUT_S = 0.5


class Pn532Line:
    """An open port as `pn532_link.Port`.

    pyserial's own `write` looks at the clock after the bytes have left: a program that was held up for half a second
    at that moment would report a line that works as gone.
    """

    def __init__(self, port: serial.Serial, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """Speak over `port`, which stays the caller's to close."""
        self._port = port
        self._monotonic_s = monotonic_s

    def read(self, size: int = 1, /) -> bytes:
        """Return up to `size` bytes, fewer or none after the port's read timeout."""
        data: bytes = self._port.read(size)
        return data

    def write(self, data: bytes, /) -> int:
        """Send all of `data`; raise `OSError` once the line is gone or has taken nothing for `WRITE_TIMEOUT_S`."""
        file: int = self._port.fileno()
        rest, until_s = memoryview(data), self._monotonic_s() + WRITE_TIMEOUT_S
        while rest:
            try:
                rest = rest[os.write(file, rest) :]
            except BlockingIOError as full:
                left_s = until_s - self._monotonic_s()
                if left_s <= 0:
                    raise OSError(errno.ETIMEDOUT, "the line takes no bytes") from full
                poll_node(file, select.POLLOUT, left_s)
        return len(data)
