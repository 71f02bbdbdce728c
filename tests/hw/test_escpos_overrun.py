"""A slip longer than the printer's receive buffer, on lines that hold the driver back and on one that does not."""

from __future__ import annotations

import contextlib
import pathlib
import random
from collections.abc import Iterator

import pytest

from terminal.base.events import PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrintJob
from terminal.hw.escpos_pieces import pieces
from terminal.hw.escpos_printer import INITIALISE, REPORT_CHANGES, EscposPrinterDriver, PrinterSettings
from terminal.hw.serial_transport import UNHELD_BYTES, Flow, SerialTransport
from terminal.rules.receipt import Cut, Document, Picture, Text
from terminal.rules.receipt_raster import Strip
from tests.golden import slips
from tests.hw.printer_desk import job
from tests.hw.printer_links import DrawerJobs
from tests.hw.printer_peer import Served, until
from tests.hw.recorder import Recorder
from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_serial import FAULTS, SerialPrinter
from tests.hw_sim.printer_state import Settings

BAUD = 115_200
BUFFER_BYTES = 2048
ROW_BYTES, ROWS = 48, 200


def long_job(seed: int) -> PrintJob:
    """Return a slip some times as long as the buffer: texts, a name drawn as a picture, and dots that never repeat."""
    dots = random.Random(seed).randbytes(ROW_BYTES * ROWS)
    lines = tuple(Text(f"第 {number} 行", f"{number}.00") for number in range(120))
    return job(1, (*lines, *slips.charge(surname="䶮女士")[:-1], Picture(Strip(ROW_BYTES, ROWS, dots)), Cut()))


class Line:
    """A printer with a small buffer on a serial line, and the driver before it."""

    def __init__(
        self,
        folder: pathlib.Path,
        flow: Flow,
        printer_flow: str,
        *,
        process_id: bool = True,
        speed_mm_s: float = 150.0,
    ) -> None:
        """Plug it in; the printer's own idea of flow control may be another."""
        self.faults = FaultCounter("printer_serial", FAULTS)
        kind = "yes" if process_id else "silent"
        model = Settings(dots=384, speed_mm_s=speed_mm_s, buffer_bytes=BUFFER_BYTES, process_id=kind)
        self.printer = Printer(model)
        path = str(folder / "ttyUSB0")
        self.line = SerialPrinter(self.printer, path, flow=printer_flow, baud=BAUD, on_fault=self.faults.hit)
        self.line.start()
        self.jobs, self.seen = DrawerJobs(), Recorder()
        settings = PrinterSettings(process_id=process_id)
        self.driver = EscposPrinterDriver("printer", SerialTransport(path, BAUD, flow), self.jobs, settings)

    def close(self) -> None:
        """Unplug everything."""
        self.driver.close()
        self.line.close()

    def shows_all_of(self, sent: PrintJob) -> bool:
        """Whether the one slip that came out has every dot of the job."""
        [slip] = self.printer.slips
        alone = Printer(Settings(dots=384))
        alone.feed(INITIALISE + sent.body)
        return slip.image().tobytes() == alone.slips[0].image().tobytes()


@pytest.fixture
def wanted(seed: int) -> PrintJob:
    sent = long_job(seed)
    assert len(sent.body) > 5 * BUFFER_BYTES
    return sent


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flow", "process_id"), [("hardware", True), ("software", True), ("none", True), ("none", False)]
)
def test_no_line_is_lost_of_a_slip_longer_than_the_buffer(
    tmp_path: pathlib.Path, flow: Flow, *, process_id: bool, wanted: PrintJob
) -> None:
    with contextlib.closing(Line(tmp_path, flow, flow, process_id=process_id)) as desk:
        served = Served(desk.driver, desk.seen)
        desk.jobs.add(wanted)
        desk.seen.wait(ReceiptPrinted)
        until(lambda: desk.printer.slips)
        served.stop()
        assert desk.line.overrun_bytes == 0
        assert desk.shows_all_of(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("flow", ["software", "none"])
def test_a_lid_opened_in_the_middle_costs_no_line_either(tmp_path: pathlib.Path, flow: Flow, wanted: PrintJob) -> None:
    # Slow enough that a busy machine still looks while it prints.
    with contextlib.closing(Line(tmp_path, flow, flow, speed_mm_s=80.0)) as desk:
        served = Served(desk.driver, desk.seen)
        desk.jobs.add(wanted)
        until(lambda: desk.printer.state()["rows_uncut"] > 400 or desk.printer.slips)
        assert desk.printer.slips == [], "it was printed before anybody looked"
        desk.printer.set_switch("lid_open", value=True)
        assert desk.seen.wait(PrinterStatus, 2).blocked == "printer_lid_open"
        desk.printer.set_switch("lid_open", value=False)
        desk.seen.wait(ReceiptPrinted)
        served.stop()
        assert desk.line.overrun_bytes == 0
        assert desk.shows_all_of(wanted)
        assert desk.seen.of(ReceiptInDoubt) == []


@pytest.mark.slow
def test_a_printer_that_is_not_heeded_loses_lines_of_it(tmp_path: pathlib.Path, wanted: PrintJob) -> None:
    with contextlib.closing(Line(tmp_path, "hardware", "software")) as desk:
        served = Served(desk.driver, desk.seen)
        desk.jobs.add(wanted)
        until(lambda: desk.faults.counts()["overrun"])
        served.stop()
        assert desk.line.overrun_bytes > 0


def blocks(wire: bytes) -> Iterator[bytes]:
    """Yield the pieces a line without flow control gets."""
    yield from pieces(wire, UNHELD_BYTES)


def test_the_pieces_of_a_slip_fit_an_empty_buffer_and_show_the_same_dots(wanted: PrintJob) -> None:
    cut = list(blocks(INITIALISE + REPORT_CHANGES + wanted.body))
    assert len(cut) > len(wanted.body) // UNHELD_BYTES
    assert max(map(len, cut)) <= UNHELD_BYTES
    whole, apart = Printer(Settings(dots=384, strict=True)), Printer(Settings(dots=384, strict=True))
    whole.feed(INITIALISE + REPORT_CHANGES + wanted.body)
    for piece in cut:
        apart.feed(piece)
        assert not apart.waiting_for_bytes, "a piece ends between two commands"
    assert apart.slips[0].image().tobytes() == whole.slips[0].image().tobytes()


@pytest.mark.parametrize(
    "document", [slips.topup(), slips.charge(), slips.charge(surname="䶮女士"), slips.topup("zh_TW")]
)
def test_without_pictures_the_pieces_are_the_slip_s_own_bytes(document: Document) -> None:
    body = job(1, document).body
    cut = list(blocks(body))
    assert all(len(piece) <= UNHELD_BYTES for piece in cut)
    if b"\x1dv0" not in body:
        assert b"".join(cut) == body


def test_a_command_nobody_knows_is_not_cut() -> None:
    unknown = b"\x1bq" + bytes(3 * UNHELD_BYTES)
    assert list(blocks(b"first\n" * 200 + unknown))[-1] == unknown
