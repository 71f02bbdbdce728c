"""The serial transport over a pseudo-terminal: flow control, bounded hand-over, and a port that is gone."""

from __future__ import annotations

import errno
import os
import pathlib
import time
import tty
from collections.abc import Iterator

import pytest

from terminal.hw.libusb_transport import LibusbTransport
from terminal.hw.printer_transport import PrinterTransport
from terminal.hw.serial_transport import SerialTransport
from terminal.hw.tcp_transport import TcpTransport
from terminal.hw.usblp_transport import UsblpTransport
from tests.hw.printer_peer import until
from tests.hw.printer_talk import a_printer, answer
from tests.hw_sim.printer_serial import SerialPrinter


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """A bare pseudo-terminal: its master side, and the name of the other."""
    master, near = os.openpty()
    tty.setraw(near)
    os.set_blocking(master, False)
    yield master, os.ttyname(near)
    os.close(near)
    os.close(master)


def test_a_stopped_line_takes_nothing_until_it_may_go_on(line: tuple[int, str]) -> None:
    master, path = line
    transport = SerialTransport(path, 115200, "software")
    transport.open()
    assert transport.write(b"x") == 1
    os.write(master, b"\x13")
    until(lambda: transport.write(b"x") == 0)
    transport.wait(0.01, to_write=True)
    assert transport.read() == b""
    os.write(master, b"\x11")
    until(lambda: transport.write(b"x") == 1)
    assert transport.read() == b""
    transport.close()


def test_a_line_without_flow_control_hands_the_stop_bytes_on(line: tuple[int, str]) -> None:
    master, path = line
    transport = SerialTransport(path)
    transport.open()
    os.write(master, b"\x13\x12")
    transport.wait(40.0)
    assert transport.read() == b"\x13\x12"
    assert transport.write(b"x") == 1
    transport.close()


@pytest.mark.parametrize(("baud", "most"), [(1200, 64), (9600, 240), (115200, 2880)])
def test_no_more_is_handed_over_than_a_quarter_second_of_line_time(line: tuple[int, str], baud: int, most: int) -> None:
    _master, path = line
    transport = SerialTransport(path, baud)
    transport.open()
    assert transport.write(bytes(100_000)) == most
    transport.close()


class Lagging(SerialTransport):
    """A line whose bytes leave as slowly as they do at 9600 baud, which no pseudo-terminal shows."""

    lag_bytes = 0

    @property
    def unsent_bytes(self) -> int:
        """Return what the test says."""
        return self.lag_bytes


def test_what_still_lies_in_the_kernel_counts_against_that(line: tuple[int, str]) -> None:
    _master, path = line
    transport = Lagging(path, 9600)
    transport.open()
    transport.lag_bytes = 200
    assert transport.write(bytes(1000)) == 40
    transport.lag_bytes = 240
    assert transport.write(bytes(1000)) == 0
    begin_s = time.monotonic()
    transport.wait(0.015, to_write=True)
    assert time.monotonic() - begin_s >= 0.01, "a full line must not be spun on"
    transport.close()


def test_a_serial_port_is_opened_by_one_program_and_old_answers_are_dropped(line: tuple[int, str]) -> None:
    master, path = line
    os.write(master, b"\x3722old\x00")
    first, second = SerialTransport(path), SerialTransport(path)
    first.open()
    assert first.read() == b""
    with pytest.raises(OSError, match="lock"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_a_serial_port_that_vanishes_is_an_error_at_every_call(tmp_path: pathlib.Path) -> None:
    printer = SerialPrinter(a_printer(), str(tmp_path / "ttyUSB0"))
    printer.start()
    transport = SerialTransport(str(tmp_path / "ttyUSB0"))
    transport.open()
    assert answer(transport) == b"\x12"
    printer.unplug()
    with pytest.raises(OSError, match="gone"):
        transport.read()
    with pytest.raises(OSError, match=r"."):
        transport.write(b"x")
    transport.close()
    with pytest.raises(OSError, match="No such file") as missing:
        transport.open()
    assert missing.value.errno == errno.ENOENT
    printer.close()


@pytest.mark.parametrize(
    "transport",
    [SerialTransport("/dev/null"), UsblpTransport("/dev/null"), LibusbTransport("0416:5011"), TcpTransport("a:1")],
    ids=["serial", "usblp", "libusb", "tcp"],
)
def test_a_transport_that_is_not_open_is_an_error_and_may_be_closed(transport: PrinterTransport) -> None:
    transport.close()
    transport.close()
    for call in (transport.read, lambda: transport.write(b"x"), lambda: transport.wait(0)):
        with pytest.raises(OSError, match="not open"):
            call()


def test_no_other_flow_control_is_known() -> None:
    with pytest.raises(ValueError, match="dsrdtr"):
        SerialTransport("/dev/null", 9600, "dsrdtr")  # type: ignore[arg-type]
