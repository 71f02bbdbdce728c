"""The two transports of USB printers: the kernel's node and libusb, with what goes wrong on a plug."""

from __future__ import annotations

import errno
import time

import pytest

from terminal.hw.libusb_transport import LibusbTransport, UsbIdentity, parse_usb_identity
from terminal.hw.usblp_transport import UsblpTransport
from tests.hw.printer_peer import until
from tests.hw.printer_talk import a_printer, answer
from tests.hw_sim import printer_libusb, printer_usblp
from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer_libusb import BusDevice, LibusbBackend
from tests.hw_sim.printer_usb import UsbPlug
from tests.hw_sim.printer_usblp import TRANSFER_BYTES_MAX, UsblpNode


def a_node(**model: object) -> tuple[UsbPlug, UsblpNode, UsblpTransport, FaultCounter]:
    faults = FaultCounter("printer_usblp", printer_usblp.FAULTS)
    plug = UsbPlug(a_printer(**model), faults.hit)
    node = UsblpNode(plug)
    return plug, node, UsblpTransport("/dev/usb/lp0", node), faults


def test_the_node_takes_one_transfer_and_then_nothing_until_the_printer_has_it() -> None:
    plug, _node, transport, _faults = a_node()
    transport.open()
    plug.set_switch("hang", value=True)
    assert transport.write(bytes(20_000)) == TRANSFER_BYTES_MAX
    assert transport.write(bytes(20_000)) == 0
    transport.wait(0.01, to_write=True)
    assert transport.write(b"x") == 0
    plug.set_switch("hang", value=False)
    until(lambda: transport.write(b"x") == 1)
    assert answer(transport) == b"\x12"
    transport.close()


def test_the_node_is_held_by_one_program_and_gone_with_the_printer() -> None:
    plug, node, transport, _faults = a_node()
    transport.open()
    with pytest.raises(OSError, match="busy"):
        UsblpTransport("/dev/usb/lp0", node).open()
    plug.unplug()
    transport.wait(40.0)  # returns: the node hangs up
    with pytest.raises(OSError, match="gone"):
        transport.read()
    with pytest.raises(OSError, match="No such device"):
        transport.write(b"x")
    with pytest.raises(OSError, match="No such file"):
        transport.open()
    assert not node.opened
    plug.plug()
    transport.open()
    assert answer(transport) == b"\x12"
    transport.close()


class CountedNode(UsblpNode):
    """A node that counts the reads."""

    reads = 0

    def read(self, file: int, count: int) -> bytes:
        """Count and read."""
        self.reads += 1
        return super().read(file, count)


def test_empty_packets_are_no_end_and_are_not_spun_on() -> None:
    faults = FaultCounter("printer_usblp", printer_usblp.FAULTS)
    plug = UsbPlug(a_printer(), faults.hit)
    node = CountedNode(plug)
    transport = UsblpTransport("/dev/usb/lp0", node)
    transport.open()
    plug.set_switch("empty_packets", value=True)
    begin_s = time.monotonic()
    for _ in range(10):
        assert transport.read() == b""
        transport.wait(0.2)
    assert time.monotonic() - begin_s >= 0.09
    assert node.reads == 10
    assert answer(transport) == b"\x12"
    assert faults.counts()["empty_packets"]
    transport.close()


# --- libusb ---------------------------------------------------------------------------------------------------------


def a_bus(
    identity: str = "0416:5011", count: int = 1, **device: object
) -> tuple[list[BusDevice], LibusbTransport, FaultCounter]:
    faults = FaultCounter("printer_libusb", printer_libusb.FAULTS)
    devices = [
        BusDevice(UsbPlug(a_printer(), faults.hit), **{"serial": f"SIM000{number}", **device})  # type: ignore[arg-type]
        for number in range(count)
    ]
    return devices, LibusbTransport(identity, LibusbBackend(*devices, on_fault=faults.hit)), faults


def test_the_kernel_s_driver_is_detached_and_the_printer_is_neither_configured_anew_nor_reset() -> None:
    [device], transport, _faults = a_bus()
    transport.open()
    assert answer(transport) == b"\x12"
    transport.close()
    transport.open()
    transport.close()
    assert device.log == ["detach", "claim", "claim"]
    assert not device.claimed


@pytest.mark.parametrize("interface_class", [7, 255])
def test_a_printer_of_the_maker_s_own_class_is_found_and_others_are_not(interface_class: int) -> None:
    [device], transport, _faults = a_bus(interface_class=interface_class, kernel_driver=False, configured=False)
    transport.open()
    assert answer(transport) == b"\x12"
    transport.close()
    assert device.log == ["set_configuration", "claim"]
    [_mouse], other, _faults = a_bus(interface_class=3)
    with pytest.raises(OSError, match="no printer that answers"):
        other.open()


def test_of_several_alike_the_serial_number_chooses() -> None:
    devices, transport, _faults = a_bus("0416:5011:SIM0001", count=3)
    transport.open()
    assert [device.claimed for device in devices] == [False, True, False]
    transport.close()
    _devices, any_one, _faults = a_bus("0416:5011", count=2)
    with pytest.raises(OSError, match="serial number is needed"):
        any_one.open()
    _devices, nobody, _faults = a_bus("0416:5011:SIM0009", count=2)
    with pytest.raises(OSError, match="no such USB printer"):
        nobody.open()


@pytest.mark.parametrize(
    ("device", "number"),
    [({"readable": False}, errno.EACCES), ({"answers": False}, errno.ENOTSUP), ({"claimed": True}, errno.EBUSY)],
)
def test_a_printer_that_cannot_be_used_says_why(device: dict[str, object], number: int) -> None:
    _devices, transport, _faults = a_bus(**device)  # type: ignore[arg-type]
    with pytest.raises(OSError, match=r".") as refused:
        transport.open()
    assert refused.value.errno == number
    transport.close()


def test_a_printer_that_hangs_takes_nothing_and_every_call_ends() -> None:
    [device], transport, faults = a_bus()
    transport.open()
    device.plug.set_switch("hang", value=True)
    assert transport.write(bytes(100)) == 0
    transport.wait(0.01)
    transport.wait(0.01, to_write=True)
    assert transport.read() == b""
    device.plug.set_switch("hang", value=False)
    assert answer(transport) == b"\x12"
    assert faults.counts()["hang"]
    transport.close()


def test_a_slow_printer_takes_a_part_and_says_how_much() -> None:
    [device], transport, _faults = a_bus()
    transport.open()
    device.plug.set_switch("slow", value=True)
    taken = transport.write(bytes(60_000))
    assert 0 < taken <= 4096
    transport.close()


def test_an_unplugged_printer_is_an_error_and_the_replugged_one_works() -> None:
    [device], transport, faults = a_bus()
    transport.open()
    device.plug.unplug()
    with pytest.raises(OSError, match="No such device"):
        transport.read()
    with pytest.raises(OSError, match="No such device"):
        transport.wait(0.1)
    with pytest.raises(OSError, match="no such USB printer"):
        transport.open()
    device.plug.plug()
    transport.open()
    assert answer(transport) == b"\x12"
    assert device.log == ["detach", "claim", "detach", "claim"]
    assert faults.counts()["unplugged"] == 1
    transport.close()


def test_a_stalled_end_point_is_cleared_when_the_printer_is_opened_again() -> None:
    [device], transport, faults = a_bus()
    transport.open()
    device.stalled = True
    with pytest.raises(OSError, match="Pipe"):
        transport.read()
    transport.open()
    assert answer(transport) == b"\x12"
    assert device.log[-2:] == ["clear_halt 01", "clear_halt 82"]
    assert faults.counts()["stalled"]
    transport.close()


def test_empty_packets_over_libusb_are_no_end_and_are_not_spun_on() -> None:
    [device], transport, faults = a_bus()
    transport.open()
    device.plug.set_switch("empty_packets", value=True)
    begin_s = time.monotonic()
    for _ in range(10):
        transport.wait(0.2)
    assert time.monotonic() - begin_s >= 0.09
    assert transport.read() == b""
    assert answer(transport) == b"\x12"
    assert faults.counts()["empty_packets"]
    transport.close()


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("04b8:0e15", UsbIdentity(0x04B8, 0x0E15)),
        ("04B8:0E15:J3:X-1", UsbIdentity(0x04B8, 0x0E15, "J3:X-1")),
    ],
)
def test_a_usb_identity_is_read(text: str, identity: UsbIdentity) -> None:
    assert parse_usb_identity(text) == identity


@pytest.mark.parametrize("text", ["04b8", "04b8:", "4b8:e15", "04b8:0e15:", "04b8-0e15", "wxyz:0e15"])
def test_a_malformed_usb_identity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        LibusbTransport(text)
