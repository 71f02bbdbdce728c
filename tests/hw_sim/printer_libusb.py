"""A libusb stand-in: a pyusb backend whose bus holds emulated printers, with their descriptors and time-outs.

It does what libusb 1.0 does on Linux: a claimed interface is needed for a transfer, the kernel's driver has to be
detached before, a timed-out transfer returns what went over or fails with ETIMEDOUT when nothing did.
"""

# ruff: noqa: ANN401, ARG002, N803 - the methods are pyusb's, which has no types

from __future__ import annotations

import array
import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import usb.backend
from usb.core import USBError, USBTimeoutError

from tests.hw_sim.printer_usb import LINK_FAULTS, PACKET_BYTES, BrokenTransferError, UnpluggedError, UsbPlug

SIMULATOR = "printer_libusb"  # its name in the run's fault log
FAULTS = LINK_FAULTS | {"stalled"}
OUT, IN = 0x01, 0x82
NO_DEVICE, TIMED_OUT, BROKEN, PIPE, BUSY, NO_RIGHTS = -4, -7, -1, -9, -6, -3  # libusb_error


@dataclass(eq=False)
class BusDevice:
    """One printer on the bus: its identity, what the kernel holds of it, and whether it stalls."""

    plug: UsbPlug
    vendor: int = 0x0416
    product: int = 0x5011
    serial: str = "SIM0001"
    interface_class: int = 7
    answers: bool = True  # has an end point in
    kernel_driver: bool = True  # whether the kernel has one for it: bound anew at every plugging in
    configured: bool = True
    readable: bool = True  # whether we have the rights to open it
    stalled: bool = False
    claimed: bool = False
    log: list[str] = field(default_factory=list)
    detached_from: int = 0

    @property
    def driver_bound(self) -> bool:
        """Whether the kernel's driver holds the interface."""
        return self.kernel_driver and self.detached_from != self.plug.generation


@dataclass(eq=False)
class Handle:
    """One opening of a device."""

    device: BusDevice
    session: int


class LibusbBackend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """A bus with `devices`; give it to `usb.core.find(backend=...)`."""

    def __init__(self, *devices: BusDevice, on_fault: Callable[[str], None] = lambda _: None) -> None:
        """Plug `devices` into the bus."""
        super().__init__()
        self.devices = list(devices)
        self._on_fault = on_fault
        self._lock = threading.RLock()

    def enumerate_devices(self) -> Any:
        return iter([device for device in self.devices if device.plug.plugged])

    def get_parent(self, dev: BusDevice) -> None:
        return None

    def get_device_descriptor(self, dev: BusDevice) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x0200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=PACKET_BYTES, idVendor=dev.vendor, idProduct=dev.product, bcdDevice=0x0100,
            iManufacturer=0, iProduct=0, iSerialNumber=3 if dev.serial else 0, bNumConfigurations=1, address=5, bus=1,
            port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: BusDevice, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=50, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: BusDevice, intf: int, alt: int, config: int) -> Any:
        if intf or alt or config:
            raise IndexError(intf, alt, config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=1 + dev.answers,
            bInterfaceClass=dev.interface_class, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0,
            extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: BusDevice, ep: int, intf: int, alt: int, config: int) -> Any:
        address = (OUT, IN)[ep]
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=2, wMaxPacketSize=PACKET_BYTES,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev: BusDevice) -> Handle:
        if not dev.readable:
            raise USBError("Access denied (insufficient permissions)", NO_RIGHTS, errno.EACCES)
        self._present(dev, dev.plug.generation)
        return Handle(dev, dev.plug.generation)

    def close_device(self, dev_handle: Handle) -> None:
        dev_handle.device.claimed = False

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        if dev_handle.device.driver_bound:
            raise USBError("Resource busy", BUSY, errno.EBUSY)
        dev_handle.device.configured = config_value == 1
        dev_handle.device.log.append("set_configuration")

    def get_configuration(self, dev_handle: Handle) -> int:
        self._present(dev_handle.device, dev_handle.session)
        return 1 if dev_handle.device.configured else 0

    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        device = dev_handle.device
        self._present(device, dev_handle.session)
        if device.driver_bound or device.claimed or intf:
            raise USBError("Resource busy", BUSY, errno.EBUSY)
        device.claimed = True
        device.log.append("claim")

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        dev_handle.device.claimed = False
        self._present(dev_handle.device, dev_handle.session)

    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        return dev_handle.device.driver_bound

    def detach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        dev_handle.device.detached_from = dev_handle.session
        dev_handle.device.log.append("detach")

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        dev_handle.device.stalled = False
        dev_handle.device.log.append(f"clear_halt {ep:02x}")

    def reset_device(self, dev_handle: Handle) -> None:
        dev_handle.device.log.append("reset")
        dev_handle.device.plug.power_cut()

    def ctrl_transfer(
        self, dev_handle: Handle, bmRequestType: int, bRequest: int, wValue: int, wIndex: int, data: Any, timeout: int
    ) -> int:
        """GET_DESCRIPTOR of a text: number 0 lists the languages, 3 is the serial number."""
        self._present(dev_handle.device, dev_handle.session)
        text = b"\x09\x04" if wValue == 0x0300 else dev_handle.device.serial.encode("utf-16-le")
        answer = bytes((2 + len(text), 3)) + text
        data[: len(answer)] = array.array("B", answer)
        return len(answer)

    def bulk_write(self, dev_handle: Handle, ep: int, intf: int, data: Any, timeout: int) -> int:
        self._claimed(dev_handle, ep, OUT, timeout)
        piece, taken = data.tobytes(), 0
        plug, deadline_s = dev_handle.device.plug, time.monotonic() + timeout / 1000
        try:
            while taken < len(piece) and time.monotonic() < deadline_s:
                count = plug.take(dev_handle.session, piece[taken:])
                taken += count
                if not count or plug.switches["slow"]:
                    plug.pause(deadline_s - time.monotonic())
        except UnpluggedError:
            raise USBError("No such device (it may have been disconnected)", NO_DEVICE, errno.ENODEV) from None
        except BrokenTransferError:
            raise USBError("Input/Output Error", BROKEN, errno.EIO) from None
        if not taken:
            raise USBTimeoutError("Operation timed out", TIMED_OUT, errno.ETIMEDOUT)
        return taken

    def bulk_read(self, dev_handle: Handle, ep: int, intf: int, buff: Any, timeout: int) -> int:
        self._claimed(dev_handle, ep, IN, timeout)
        assert len(buff) % PACKET_BYTES == 0, "a packet larger than the rest of the buffer is an overflow"
        plug, deadline_s = dev_handle.device.plug, time.monotonic() + timeout / 1000
        try:
            while (data := plug.give(dev_handle.session, len(buff))) is None:
                if time.monotonic() >= deadline_s:
                    raise USBTimeoutError("Operation timed out", TIMED_OUT, errno.ETIMEDOUT)
                plug.pause(deadline_s - time.monotonic())
        except UnpluggedError:
            raise USBError("No such device (it may have been disconnected)", NO_DEVICE, errno.ENODEV) from None
        buff[: len(data)] = array.array("B", data)
        return len(data)

    def _claimed(self, handle: Handle, ep: int, expected: int, timeout: int) -> None:
        assert timeout > 0, "0 would wait for ever"
        assert ep == expected
        self._present(handle.device, handle.session)
        if not handle.device.claimed:
            raise USBError("Resource busy", BUSY, errno.EBUSY)
        if handle.device.stalled:
            self._on_fault("stalled")
            raise USBError("Pipe error", PIPE, errno.EPIPE)

    def _present(self, device: BusDevice, session: int) -> None:
        try:
            device.plug.check(session)
        except UnpluggedError:
            raise USBError("No such device (it may have been disconnected)", NO_DEVICE, errno.ENODEV) from None
