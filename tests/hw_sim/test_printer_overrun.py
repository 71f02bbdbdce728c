"""The serial printer's receive buffer: what becomes of bytes for which it has no room, and who can hold them back."""

from __future__ import annotations

import contextlib
import os
import pathlib
import termios
import time
from collections.abc import Iterator

import pytest

from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_bench import CUT, Bench, process_id
from tests.hw_sim.printer_serial import FAULTS, LineRate, SerialPrinter
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.program_under_test import until

LINES = b"".join(b"line %04d\n" % number for number in range(200))
BUFFER_BYTES = 1024


class Line:
    """A printer that prints a line in 25 ms, in which 28 come, and a host with its settings of the port."""

    def __init__(self, folder: pathlib.Path, flow: str, inward: int, control: int) -> None:
        self.faults = FaultCounter("printer_serial", FAULTS)
        self.printer = Printer(Settings(render=False, buffer_bytes=BUFFER_BYTES, speed_mm_s=150.0))
        self.line = SerialPrinter(self.printer, str(folder / "tty"), flow=flow, baud=115_200, on_fault=self.faults.hit)
        self.line.start()
        self._host = os.open(folder / "tty", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        told = termios.tcgetattr(self._host)
        told[0] = told[0] & ~termios.IXON | inward
        told[2] |= control
        termios.tcsetattr(self._host, termios.TCSANOW, told)

    def send(self, data: bytes) -> None:
        """Write all of it, as fast as the line takes it."""
        rest = memoryview(data)

        def gone() -> bool:
            nonlocal rest
            with contextlib.suppress(BlockingIOError):
                rest = rest[os.write(self._host, rest) :]
            return not rest

        until(gone)
        until(lambda: not self.line._port.called())
        until(lambda: not self.printer.busy)

    def close(self) -> None:
        """Unplug everything."""
        os.close(self._host)
        self.line.close()


@pytest.fixture
def line(tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Iterator[Line]:
    with contextlib.closing(Line(tmp_path, *request.param)) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [("none", termios.IXON, termios.CRTSCTS), ("software", 0, termios.CRTSCTS), ("hardware", termios.IXON, 0)],
    indirect=True,
    ids=["nobody is held back", "XOFF not heeded", "RTS not heeded"],
)
def test_what_finds_no_room_is_lost_and_counted_where_the_host_is_not_held_back(line: Line) -> None:
    line.send(LINES)
    line.send(b"\n" + CUT)  # what is left may end within a line
    until(lambda: line.printer.slips)
    assert line.faults.counts()["overrun"] > 0
    assert line.line.state()["overrun_bytes"] > 0
    printed = line.printer.slips[0].text.split("\n")
    assert printed[0] == "line 0000", "what the buffer had room for is printed"
    assert len("\n".join(printed)) < len(LINES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [("software", termios.IXON, 0), ("hardware", 0, termios.CRTSCTS), ("usb", 0, 0)], indirect=True
)
def test_nothing_is_lost_where_the_host_is_held_back(line: Line) -> None:
    line.send(LINES)
    line.send(CUT)
    until(lambda: line.printer.slips)
    assert line.line.state()["overrun_bytes"] == 0
    assert line.printer.slips[0].text == LINES.decode().rstrip()


@pytest.mark.parametrize("baud", [9600, 115_200])
def test_a_line_brings_no_more_than_its_speed_allows(baud: int) -> None:
    begun_s = time.monotonic()
    rate = LineRate(baud)
    carried = 0
    while carried < 48:
        due = rate.due_bytes()
        rate.carried(due)
        carried += due
        assert carried <= (time.monotonic() - begun_s) * baud / 10


def test_a_late_printer_keeps_answers_in_order_to_itself_and_gives_them_on_in_their_order() -> None:
    bench = Bench()
    bench.printer.set_switch("late", value=True)
    assert bench.send(b"\x1dr\x01" + process_id(b"0001") + b"\x10\x04\x01") == b"\x12", "real-time answers come"
    assert bench.faults.counts()["late"] == 1
    bench.printer.set_switch("late", value=False)
    assert bench.later(0.0) == b"\x00\x37\x220001\x00"
    bench.printer.set_switch("late", value=True)
    bench.send(b"\x1dr\x01")
    bench.printer.power_cut()
    bench.printer.set_switch("late", value=False)
    assert bench.later(0.0) == b""
