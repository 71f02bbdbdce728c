"""A device on a serial line (RS-232 or USB adapter): bounded writes, never more in the kernel than the line takes.

The port is named by a path that survives replugging (`/dev/serial/by-id/...`). pyserial sets it up; reading and writing
go straight to its file, because pyserial's own non-blocking write spins while the line stands still.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import select
from typing import TYPE_CHECKING, Literal

from terminal.hw.printer_transport import poll_node

if TYPE_CHECKING:
    import serial

Flow = Literal["none", "hardware", "software"]
FLOWS: tuple[Flow, ...] = ("none", "hardware", "software")

READ_BYTES_MAX = 4096
BITS_PER_BYTE = 10  # 8N1: a start bit and a stop bit around the eight
# The kernel takes some kilobytes at once, which last seconds at 9600 baud. A question behind them would be answered too
# late, and nobody could tell how much of a job has left. So no more than this much line time is handed over ahead.
AHEAD_S = 0.25
AHEAD_BYTES_MIN = 64
# Receive buffers of receipt printers begin at 4 kB, those of small portable ones at 2 kB; half of that leaves room for
# a question and for what an interface sends on late.
UNHELD_BYTES = 1024
PACE_S = 0.02  # while that much is under way: how soon to look again


class SerialTransport:
    """A serial line at `path`, 8N1.

    `flow` is who stops whom when the receiver's buffer is full: `hardware` is RTS/CTS (a printer's DTR wired to CTS
    does the same), `software` is XON/XOFF, which the kernel obeys by itself. With `none` nobody does: who sends more
    than `unheld_bytes_max` must know that the receiver has room for it.
    """

    def __init__(self, path: str, baud: int = 9600, flow: Flow = "none") -> None:
        """Speak over `path` once opened; raise `ValueError` for an unknown kind of flow control."""
        if flow not in FLOWS:
            raise ValueError(flow)
        self._path = path
        self._baud = baud
        self._flow = flow
        self._ahead_bytes = max(AHEAD_BYTES_MIN, math.ceil(baud / BITS_PER_BYTE * AHEAD_S))
        self._port: serial.Serial | None = None

    def open(self) -> None:
        """Open the port for this program alone, old input dropped; raise `OSError`: missing, taken, no rights."""
        import termios

        import serial

        self.close()
        try:
            self._port = serial.Serial(
                self._path,
                self._baud,
                timeout=0,
                write_timeout=0,
                rtscts=self._flow == "hardware",
                xonxoff=self._flow == "software",
                exclusive=True,
            )
            if self._flow == "software":
                # A stop heard by the program before us outlives it, and the go-ahead may have come while nobody
                # listened. Linux lets a line go on that was stopped from outside only after one stop of our own.
                termios.tcflow(self._port.fileno(), termios.TCOOFF)
                termios.tcflow(self._port.fileno(), termios.TCOON)
        except termios.error as error:
            # The port vanished between being opened and being set up; termios.error is no OSError.
            raise OSError(errno.ENODEV, str(error)) from error

    def close(self) -> None:
        """Give the port back at once: what the line has not carried yet is dropped, never waited for."""
        import termios

        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError, termios.error):
                # Closing a port would otherwise wait up to 30 s for a stopped line to take the rest.
                port.reset_output_buffer()
            port.close()

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        """Return when there is something to read (or room to write, where asked) or after `timeout_s`."""
        file = self._file()
        if to_write and self.unsent_bytes >= self._ahead_bytes:
            timeout_s, to_write = min(timeout_s, PACE_S), False
        poll_node(file, select.POLLIN | (select.POLLOUT if to_write else 0), timeout_s)

    def read(self) -> bytes:
        """Return what has arrived, at most `READ_BYTES_MAX` bytes, or nothing; a port that is gone is an `OSError`."""
        file = self._file()
        state = poll_node(file, select.POLLIN, 0)
        data = os.read(file, READ_BYTES_MAX) if state & select.POLLIN else b""
        if not data and state:
            # Ready and yet empty is how a terminal line says that it was hung up.
            raise OSError(errno.ENODEV, "the port is gone")
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Hand bytes to the kernel and return how many it took, none while the line is full or stopped."""
        file = self._file()
        room = self._ahead_bytes - self.unsent_bytes
        if room <= 0:
            return 0
        try:
            return os.write(file, data[:room])
        except BlockingIOError:
            return 0

    @property
    def unheld_bytes_max(self) -> int | None:
        """Return what may be sent to a receiver whose buffer is empty; None where flow control holds the line back."""
        return UNHELD_BYTES if self._flow == "none" else None

    @property
    def unsent_bytes(self) -> int:
        """Return how many bytes the kernel has taken and the line has not carried; `OSError` once the port is gone."""
        port = self._port
        if port is None:
            raise OSError(errno.ENODEV, "not open")
        waiting: int = port.out_waiting
        return waiting

    def _file(self) -> int:
        if self._port is None:
            raise OSError(errno.ENODEV, "not open")
        file: int = self._port.fileno()
        return file
