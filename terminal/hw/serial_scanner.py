"""Driver of a code scanner on a serial port or USB virtual serial port: bytes in, `CodeScanned` out.

The port is named by a path that survives replugging (`/dev/serial/by-id/...`); nothing is ever sent to the scanner.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.base.errors import DeviceFault
from terminal.base.events import DeviceEvent
from terminal.hw.scan_framing import ScanFramer

if TYPE_CHECKING:
    import serial

READ_TIMEOUT_S = 0.05
READ_BYTES_MAX = 4096


class SerialScannerDriver:
    """A scanner at `port`; `baud` matters to real serial lines only, the other two settings are `ScanFramer`'s."""

    def __init__(
        self,
        name: str,
        port: str,
        baud: int = 9600,
        *,
        suffix: bool = False,
        aim_identifiers: bool = False,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._path = port
        self._baud = baud
        self._suffix = suffix
        self._aim_identifiers = aim_identifiers
        self._monotonic_s = monotonic_s
        self._port: serial.Serial | None = None

    def open(self) -> None:
        """Open the port for this program alone; raise `OSError` or `DeviceFault` when it is missing or taken."""
        import termios

        import serial

        try:
            self._port = serial.Serial(self._path, self._baud, timeout=READ_TIMEOUT_S, exclusive=True)
        except serial.SerialException as error:
            if error.errno is None:
                raise DeviceFault("device_fault", str(error)) from error
            raise
        except termios.error as error:
            # The port vanished between being opened and being set up.
            raise DeviceFault("device_missing", str(error)) from error

    def serve(self, stop: threading.Event, emit: Callable[[DeviceEvent], None]) -> None:
        """Emit codes until `stop`; raise `DeviceFault("device_missing")` when the scanner is unplugged."""
        port = self._port
        assert port is not None, "serve comes after open"
        # A new one each time: half a code from before an unplugging is no part of the next code.
        framer = ScanFramer(self.name, suffix=self._suffix, aim_identifiers=self._aim_identifiers)
        while not stop.is_set():
            data = _read(port)
            now_s = self._monotonic_s()
            for event in framer.feed(data, now_s) if data else framer.pause(now_s):
                emit(event)

    def close(self) -> None:
        """Give the port back."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def wake(self) -> None:
        """Do nothing: a read never waits longer than `READ_TIMEOUT_S`."""


def _read(port: serial.Serial) -> bytes:
    """Return what has arrived, after at most `READ_TIMEOUT_S`; empty when nothing did."""
    try:
        # One byte first, for pyserial's `read(n)` waits for all n; then what came with it.
        data: bytes = port.read(1)
        if data:
            data += port.read(min(port.in_waiting, READ_BYTES_MAX))
    except OSError as error:
        # pyserial words an unplugged port as SerialException (an OSError without a number: "readiness to read but
        # returned no data"); the kernel words it EIO, ENXIO or ENODEV. There is nothing else to fail here.
        raise DeviceFault("device_missing", str(error)) from error
    return data
