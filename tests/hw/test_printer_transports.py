"""What the driver makes of transports: transfers that break off, narrow links, small buffers."""

from __future__ import annotations

import contextlib
import pathlib
import threading

import pytest

from terminal.base.events import PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.hw.escpos_printer import EscposPrinterDriver, PrinterSettings
from terminal.hw.printer_transport import PrinterTransport, transport_of
from terminal.hw.serial_transport import SerialTransport
from terminal.hw.tcp_transport import TcpTransport
from terminal.hw.usblp_transport import UsblpTransport
from terminal.rules.receipt import Cut, Picture
from terminal.rules.receipt_raster import Strip
from tests.golden import slips
from tests.hw.printer_desk import job
from tests.hw.printer_links import LINKS, Bench, DrawerJobs
from tests.hw.printer_peer import Served, until
from tests.hw.printer_talk import a_printer
from tests.hw.recorder import Recorder
from tests.hw_sim.printer_serial import SerialPrinter
from tests.hw_sim.printer_usb import UsbPlug
from tests.timing import fastest_s

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("link", ["usblp", "libusb"])
def test_a_transfer_that_broke_off_under_way_counts_as_sent(tmp_path: pathlib.Path, link: str) -> None:
    with contextlib.closing(Bench(link, tmp_path)) as shop:
        served = Served(shop.driver, shop.seen)
        until(lambda: shop.driver._ready and not shop.driver._pad_due)
        assert isinstance(shop.plug, UsbPlug)
        shop.jobs.on_take = lambda: shop.plug.break_after(50)  # type: ignore[attr-defined]
        shop.jobs.add(job(1, slips.topup()))
        assert shop.seen.wait(ReceiptInDoubt).job == 1
        assert served.ended().code == "printer_link_lost"
        assert shop.jobs.put_backs == []
        assert shop.link_faults.counts()["broken_transfer"] == 1
        again = Served(shop.driver, shop.seen)
        shop.jobs.on_take = lambda: None
        shop.jobs.add(job(2))
        assert shop.seen.wait(ReceiptPrinted).job == 2
        again.stop()
        assert shop.slips()[-1].splitlines()[-1] == "slip 2"


class Narrow:
    """A transport that takes one byte a call, and every other time none."""

    def __init__(self, inner: PrinterTransport) -> None:
        self._inner = inner
        self._turn = 0

    def open(self) -> None:
        self._inner.open()

    def close(self) -> None:
        self._inner.close()

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        self._inner.wait(timeout_s, to_write=to_write)

    def read(self) -> bytes:
        return self._inner.read()

    def write(self, data: bytes | memoryview) -> int:
        self._turn += 1
        return self._inner.write(data[:1]) if self._turn % 2 else 0


@pytest.mark.parametrize("link", LINKS)
def test_a_question_cut_by_a_narrow_link_still_arrives_whole(tmp_path: pathlib.Path, link: str) -> None:
    with contextlib.closing(Bench(link, tmp_path)) as shop:
        driver = EscposPrinterDriver("printer", Narrow(shop.transport), DrawerJobs(), PrinterSettings(True, 15.0, 40.0))
        driver.open()
        seen = Recorder()
        driver._listen(seen)
        driver._show(seen)
        assert seen.wait(PrinterStatus) == PrinterStatus("printer", "", paper_low=False)
        assert shop.printer.strict_errors == []
        driver.close()


def test_software_flow_control_carries_a_slip_through_a_small_buffer(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "ttyUSB0")
    printer = a_printer(buffer_bytes=1024, speed_mm_s=60.0)
    line = SerialPrinter(printer, path, flow="software")
    line.start()
    with contextlib.closing(line):
        jobs, seen = DrawerJobs(), Recorder()
        driver = EscposPrinterDriver("printer", SerialTransport(path, 115200, "software"), jobs, PrinterSettings())
        served = Served(driver, seen)
        jobs.add(job(1, slips.charge(surname="䶮女士")))
        until(lambda: printer.busy)
        printer.set_switch("lid_open", value=True)
        until(lambda: line.stops)
        printer.set_switch("lid_open", value=False)
        seen.wait(ReceiptPrinted)
        served.stop()
        [slip] = printer.slips
        alone = a_printer()
        alone.feed(b"\x1b@" + job(1, slips.charge(surname="䶮女士")).body)
        assert slip.transcript == alone.slips[0].transcript
        assert seen.of(ReceiptInDoubt) == []


def test_a_text_is_a_tcp_address_and_a_transport_is_itself() -> None:
    node = UsblpTransport("/dev/usb/lp0")
    assert transport_of(node) is node
    assert isinstance(transport_of("10.0.0.9:9100"), TcpTransport)
    with pytest.raises(ValueError, match="lp0"):
        transport_of("/dev/usb/lp0")


def open_files() -> int:
    """Return how many files this process has open."""
    return len(list(pathlib.Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("link", LINKS)
def test_opening_and_closing_many_times_leaves_nothing_open(tmp_path: pathlib.Path, link: str) -> None:
    with contextlib.closing(Bench(link, tmp_path)) as shop:
        shop.driver.open()
        shop.driver.close()
        files, threads = open_files(), threading.active_count()
        for _ in range(30):
            shop.driver.open()
            shop.driver.close()
        until(lambda: open_files() <= files)
        assert threading.active_count() <= threads


@pytest.mark.parametrize("link", LINKS)
def test_serving_stops_within_a_second_in_a_job_the_printer_does_not_take(tmp_path: pathlib.Path, link: str) -> None:
    def stopped_s() -> float:
        with contextlib.closing(Bench(link, tmp_path, speed_mm_s=20.0, buffer_bytes=512)) as shop:
            served = Served(shop.driver, shop.seen)
            shop.jobs.add(job(1, (Picture(Strip(48, 240, b"\xaa" * 48 * 240)), Cut())))
            until(lambda: shop.jobs.taken and shop.printer.busy)
            shop.plug.set_switch("hang", value=True)
            passed_s = served.stop()
            assert [doubt.code for doubt in shop.seen.of(ReceiptInDoubt)] == ["terminal_stopped"]
            return passed_s

    assert fastest_s(1.0, 5, stopped_s) < 1.0
