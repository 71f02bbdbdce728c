"""A USB printer without the kernel's printer driver, through libusb: for models the kernel makes no `/dev/usb/lpN` for.

pyusb finds it by `vendor:product[:serial]`, in hexadecimal as `lsusb` prints them. Every transfer has a time-out, so no
thread is needed: a printer that takes nothing costs one short wait a call. libusb 1.0 tells how much of a timed-out
transfer went over, and on Linux that figure is exact.
"""

from __future__ import annotations

import array
import contextlib
import errno
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import usb.backend
    import usb.core

# A whole number of packets of every speed (64, 512, 1024): a read of an odd size overflows.
READ_BYTES = 4096
WRITE_BYTES_MAX = 4096
READ_NOW_MS = 1  # libusb takes 0 for "wait for ever"
WRITE_MS = 100
EMPTY_PACKET_PAUSE_S = 0.01

CLASS_PRINTER, CLASS_VENDOR = 0x07, 0xFF  # bInterfaceClass (USB printer class 1.1, 4.1); some makers say "own"
ENDPOINT_IN, BULK = 0x80, 0x02

_IDENTITY = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(.{1,126}))?")


PyUsb = Any  # pyusb comes without types: its devices, configurations and interfaces


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """Which USB device: vendor and product number, and its serial number where several of a kind are plugged in."""

    vendor: int
    product: int
    serial: str = ""


def parse_usb_identity(text: str) -> UsbIdentity:
    """Return the identity written as `vendor:product[:serial]`, four hex digits each; raise `ValueError`."""
    found = _IDENTITY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return UsbIdentity(int(found[1], 16), int(found[2], 16), found[3] or "")


@dataclass(frozen=True, slots=True)
class _Link:
    """An opened printer: the device, its claimed interface and the two end points."""

    device: PyUsb
    interface: PyUsb
    out: int
    back: int


class LibusbTransport:
    """The printer with that identity; `backend` is a pyusb backend, libusb 1.0 where none is given."""

    def __init__(self, identity: str, backend: usb.backend.IBackend | None = None) -> None:
        """Speak to `vendor:product[:serial]` once opened; raise `ValueError` for a malformed identity."""
        self._identity = parse_usb_identity(identity)
        self._backend = backend
        self._opened: _Link | None = None
        self._arrived = bytearray()
        self._broken: OSError | None = None
        self._stalled = False

    def open(self) -> None:
        """Find and claim the printer, taken from the kernel's driver; raise `OSError`: missing, taken, no rights."""
        import usb.core
        import usb.util

        self.close()
        device = self._find()
        try:
            self._opened = _claim(device)
            if self._stalled:
                self._clear_stall(self._opened)
        except NotImplementedError as error:
            raise OSError(errno.ENOTSUP, str(error)) from error
        finally:
            if self._opened is None:
                usb.util.dispose_resources(device)

    def close(self) -> None:
        """Give the printer back; it is not reset, for it may still be printing."""
        link, self._opened = self._opened, None
        self._arrived.clear()
        self._broken = None
        if link is not None:
            import usb.util

            with contextlib.suppress(OSError):
                usb.util.dispose_resources(link.device)

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        """Return when there is something to read or after `timeout_s`; where asked to write, at once: `write` waits."""
        self._link()
        if not self._arrived and not to_write:
            self._receive(max(READ_NOW_MS, round(timeout_s * 1000)))
            if not self._arrived:
                # Some printers answer each poll with an empty packet, at the pace of the bus: look less often.
                time.sleep(min(max(0.0, timeout_s), EMPTY_PACKET_PAUSE_S))

    def read(self) -> bytes:
        """Return what has arrived, or nothing; an unplugged printer is an `OSError`."""
        self._link()
        if not self._arrived:
            self._receive(READ_NOW_MS)
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Send what the printer takes within `WRITE_MS` and return how much that was."""
        import usb.core

        link = self._link()
        piece = bytes(data[:WRITE_BYTES_MAX])
        try:
            taken: int = link.device.write(link.out, piece, WRITE_MS)
        except usb.core.USBTimeoutError:
            return 0
        except usb.core.USBError as error:
            # Some bytes of a broken transfer may be in the printer. Saying that none left would let a slip be printed
            # twice without its mark, so they all count, and the next call reports the error.
            self._break(error)
            return len(piece)
        return taken

    def _receive(self, timeout_ms: int) -> None:
        import usb.core

        link = self._link()
        buffer = array.array("B", bytes(READ_BYTES))
        try:
            count: int = link.device.read(link.back, buffer, timeout_ms)
        except usb.core.USBTimeoutError:
            return
        except usb.core.USBError as error:
            self._break(error)
            raise
        self._arrived += buffer[:count].tobytes()

    def _break(self, error: OSError) -> None:
        self._broken = error
        self._stalled = error.errno == errno.EPIPE

    def _find(self) -> PyUsb:
        """Return the one device with our identity."""
        import usb.core

        wanted = self._identity
        try:
            found = list(
                usb.core.find(find_all=True, backend=self._backend, idVendor=wanted.vendor, idProduct=wanted.product)
            )
        except usb.core.NoBackendError as error:
            raise OSError(errno.ENOSYS, "libusb 1.0 is not installed") from error
        if wanted.serial:
            found = [device for device in found if _serial(device) == wanted.serial]
        if not found:
            raise OSError(errno.ENODEV, "no such USB printer")
        if len(found) > 1:
            raise OSError(errno.ENOTUNIQ, "several such USB printers: the serial number is needed")
        return found[0]

    def _clear_stall(self, link: _Link) -> None:
        """End the stall that broke the last link; it would break this one as well (USB 2.0, 9.4.5)."""
        for address in (link.out, link.back):
            link.device.clear_halt(address)
        self._stalled = False

    def _link(self) -> _Link:
        if self._broken is not None:
            raise self._broken
        if self._opened is None:
            raise OSError(errno.ENODEV, "not open")
        return self._opened


def _serial(device: PyUsb) -> str:
    """Return the device's serial number, or nothing where it has none or does not tell."""
    import usb.util

    try:
        return device.serial_number or ""
    except (OSError, ValueError, NotImplementedError):
        # ValueError: the device names no language for its texts, or we may not open it.
        return ""
    finally:
        usb.util.dispose_resources(device)


def _claim(device: PyUsb) -> _Link:
    """Return the printer's interface, claimed, with its two bulk end points."""
    import usb.core
    import usb.util

    try:
        configuration = device.get_active_configuration()
    except usb.core.USBError:
        device.set_configuration()
        configuration = device.get_active_configuration()
    interface, out, back = _end_points(configuration)
    number = interface.bInterfaceNumber
    with contextlib.suppress(NotImplementedError):
        if device.is_kernel_driver_active(number):
            device.detach_kernel_driver(number)
    usb.util.claim_interface(device, number)
    if interface.bAlternateSetting:
        interface.set_altsetting()
    return _Link(device, interface, out, back)


def _end_points(configuration: PyUsb) -> tuple[PyUsb, int, int]:
    """Return the interface that prints and its end points out and in; a printer that cannot answer is an `OSError`."""
    by_class = {CLASS_PRINTER: 0, CLASS_VENDOR: 1}
    fitting = [one for one in configuration if one.bInterfaceClass in by_class]
    for interface in sorted(fitting, key=lambda one: (by_class[one.bInterfaceClass], one.bAlternateSetting)):
        bulk = [point.bEndpointAddress for point in interface if point.bmAttributes & 0x03 == BULK]
        out = [address for address in bulk if not address & ENDPOINT_IN]
        back = [address for address in bulk if address & ENDPOINT_IN]
        if out and back:
            return interface, out[0], back[0]
    raise OSError(errno.ENOTSUP, "the USB device has no printer that answers")
