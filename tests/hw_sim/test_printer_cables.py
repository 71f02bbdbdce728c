"""The emulated printer's other cables: its serial line as a program, and what its USB plug does to a host."""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import time

import pytest
from usb.core import USBError, USBTimeoutError, find

from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_bench import RECEIPT
from tests.hw_sim.printer_libusb import BusDevice, LibusbBackend
from tests.hw_sim.printer_serial import FAULTS, SerialPrinter
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.printer_usb import UsbPlug
from tests.hw_sim.printer_usblp import FAULTS as NODE_FAULTS
from tests.hw_sim.printer_usblp import UsblpNode
from tests.hw_sim.program_under_test import running, until

DEADLINE_S = 40.0
FLAGS = os.O_RDWR | os.O_NONBLOCK


def converse(file: int, data: bytes, count: int) -> bytes:
    """Write all of `data` and return `count` bytes of answer."""
    rest, heard = memoryview(data), b""
    give_up_s = time.monotonic() + DEADLINE_S
    while rest or len(heard) < count:
        assert time.monotonic() < give_up_s, heard
        select.select([file], [file] if rest else [], [], 0.1)
        with contextlib.suppress(BlockingIOError):
            rest = rest[os.write(file, rest) :] if rest else rest
        with contextlib.suppress(BlockingIOError):
            heard += os.read(file, 100)
    return heard


def test_the_serial_program_prints_ready_prints_slips_and_is_unplugged_and_plugged(tmp_path: pathlib.Path) -> None:
    link = str(tmp_path / "ttyUSB0")
    with running("printer_serial", tmp_path, "--link", link, "--speed", "0") as (ready, knob):
        assert ready["link"] == link
        file = os.open(link, FLAGS | os.O_NOCTTY)
        assert converse(file, RECEIPT, 7) == b"\x37\x220001\x00"
        assert [slip["text"] for slip in knob("slips")["slips"]] == ["雅韵\n洗剪吹 128.00"]
        knob("unplug")
        assert os.read(file, 1) == b""
        os.close(file)
        assert not pathlib.Path(link).is_symlink()
        knob("plug")
        file = os.open(link, FLAGS | os.O_NOCTTY)
        assert converse(file, b"\x10\x04\x01", 1) == b"\x12"
        os.close(file)
        assert knob("faults")["faults"]["unplugged"] == 1
        with pytest.raises(RuntimeError):
            knob("set", switch="nonsense", value=True)


def test_a_serial_printer_says_stop_before_its_buffer_is_full_and_go_when_there_is_room(tmp_path: pathlib.Path) -> None:
    printer = Printer(Settings(render=False, buffer_bytes=1024))
    line = SerialPrinter(printer, str(tmp_path / "tty"), flow="software")
    line.start()
    with contextlib.closing(line):
        file = os.open(tmp_path / "tty", FLAGS | os.O_NOCTTY)
        printer.set_switch("lid_open", value=True)
        assert converse(file, b"\n" * 900, 1) == b"\x13"
        printer.set_switch("lid_open", value=False)
        assert converse(file, b"", 1) == b"\x11"
        os.close(file)
        assert line.stops == 1


def test_a_line_cut_after_n_bytes_gave_the_printer_just_those(tmp_path: pathlib.Path) -> None:
    faults = FaultCounter("printer_serial", FAULTS)
    printer = Printer(Settings(render=False))
    line = SerialPrinter(printer, str(tmp_path / "tty"), on_fault=faults.hit)
    line.start()
    with contextlib.closing(line):
        line.unplug_after(6)
        file = os.open(tmp_path / "tty", FLAGS | os.O_NOCTTY)
        os.write(file, b"first\nsecond\n")
        until(lambda: not line.state()["plugged"])
        os.close(file)
        printer.feed(b"\x1dVB\x00")
        assert [slip.text for slip in printer.slips] == ["first"]
        assert faults.counts()["unplugged"] == 1


def test_the_node_behaves_as_the_kernel_s() -> None:
    faults = FaultCounter("printer_usblp", NODE_FAULTS)
    plug = UsbPlug(Printer(Settings(render=False)), faults.hit)
    node = UsblpNode(plug)
    file = node.open("/dev/usb/lp0", FLAGS)
    assert node.poll(file, select.POLLIN | select.POLLOUT, 0) == select.POLLOUT
    with pytest.raises(BlockingIOError):
        node.read(file, 10)
    assert node.write(file, RECEIPT) == len(RECEIPT)
    assert node.poll(file, select.POLLIN, 1.0) == select.POLLIN
    assert node.read(file, 3) + node.read(file, 10) == b"\x37\x220001\x00"
    with pytest.raises(OSError, match="busy"):
        node.open("/dev/usb/lp0", FLAGS)
    plug.set_switch("hang", value=True)
    assert node.write(file, bytes(9000)) == 8192
    with pytest.raises(BlockingIOError):
        node.write(file, b"x")
    plug.power_cut()
    assert node.poll(file, select.POLLIN, 1.0) & select.POLLHUP
    with pytest.raises(OSError, match="No such device"):
        node.write(file, b"x")
    with pytest.raises(OSError, match="No such device"):
        node.read(file, 1)
    node.close(file)
    with pytest.raises(OSError, match="Bad file"):
        node.read(file, 1)
    assert set(plug.verbs()) >= {"state", "plug", "unplug", "unplug_after", "power_cut"}


def test_the_bus_refuses_transfers_that_libusb_refuses() -> None:
    plug = UsbPlug(Printer(Settings(render=False)))
    backend = LibusbBackend(BusDevice(plug))
    device = find(backend=backend, idVendor=0x0416)
    with pytest.raises(USBError, match="busy"):
        device.write(0x01, b"x", 100)
    device.detach_kernel_driver(0)
    assert device.write(0x01, b"\x10\x04\x01", 100) == 3
    assert device.read(0x82, 64, 100).tobytes() == b"\x12"
    with pytest.raises(USBTimeoutError):
        device.read(0x82, 64, 1)
    assert device.serial_number == "SIM0001"
    plug.unplug()
    with pytest.raises(USBError, match="No such device"):
        device.write(0x01, b"x", 100)
    assert find(backend=backend, idVendor=0x0416) is None
