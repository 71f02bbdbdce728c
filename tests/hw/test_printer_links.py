"""The same driver over every kind of cable: the same receipts come out, and each doubtful one is reported once."""

from __future__ import annotations

import pathlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from terminal.base.errors import DeviceFault
from terminal.base.events import PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrintJob
from terminal.hw.escpos_printer import PrinterSettings
from terminal.rules.receipt import Cut, Document, Picture, Text, reprint_mark
from terminal.rules.receipt_raster import Strip
from tests.golden import slips
from tests.golden.drawing import pattern_strip
from tests.hw.printer_desk import NARROW, job
from tests.hw.printer_links import LINKS, Bench, HurryingClock
from tests.hw.printer_peer import Served, until
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., Bench]
PICTURE: Document = (Picture(Strip(48, 240, b"\xaa" * 48 * 240)), Text("total"), Cut())
CABLES = [link for link in LINKS if link != "tcp"]  # TCP has tests of its own


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[BenchMaker]:
    made: list[Bench] = []

    def make(*args: Any, **model: Any) -> Bench:
        link, *rest = args
        made.append(Bench(link, tmp_path, *rest, **model))
        return made[-1]

    yield make
    for one in made:
        one.close()


def golden_jobs() -> list[PrintJob]:
    documents = [slips.topup(), slips.charge(surname="䶮女士"), slips.balance(), PICTURE]
    return [job(number, document) for number, document in enumerate(documents)]


def transcript_of(jobs: list[PrintJob]) -> list[tuple[Any, ...]]:
    """Return what a printer makes of the jobs' bytes without any driver or cable."""
    printer = Printer(Settings(dots=384, render=False))
    for one in jobs:
        printer.feed(b"\x1b@" + one.mark + one.body)
    return [slip.transcript for slip in printer.slips]


@pytest.mark.parametrize("link", LINKS)
def test_the_same_receipts_come_out_of_every_cable(bench: BenchMaker, link: str) -> None:
    shop = bench(link)
    served = Served(shop.driver, shop.seen)
    jobs = golden_jobs()
    shop.jobs.add(*jobs)
    shop.seen.wait(ReceiptPrinted, len(jobs))
    served.stop()
    assert [slip.transcript for slip in shop.printer.slips] == transcript_of(jobs)
    assert [event.job for event in shop.seen.of(ReceiptPrinted)] == [0, 1, 2, 3]
    assert shop.seen.of(ReceiptInDoubt) == []
    assert shop.printer.strict_errors == []
    assert shop.seen.of(PrinterStatus) == [PrinterStatus("printer", "", paper_low=False)]


@pytest.mark.parametrize("link", CABLES)
def test_a_slow_printer_gets_every_byte(bench: BenchMaker, link: str) -> None:
    shop = bench(link)
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1))
    shop.seen.wait(ReceiptPrinted)
    shop.plug.set_switch("slow", value=True)
    jobs = golden_jobs()[:1]
    shop.jobs.add(*jobs)
    shop.seen.wait(ReceiptPrinted, 2)
    served.stop()
    assert shop.link_faults.counts()["slow"]
    assert [slip.transcript for slip in shop.printer.slips][1:] == transcript_of(jobs)
    assert shop.seen.of(ReceiptInDoubt) == []


@pytest.mark.parametrize("link", CABLES)
def test_a_full_buffer_without_paper_loses_nothing(bench: BenchMaker, link: str) -> None:
    shop = bench(link, buffer_bytes=600)
    served = Served(shop.driver, shop.seen)
    shop.printer.paper_end_after(40)
    jobs = golden_jobs()[:2]
    shop.jobs.add(*jobs)
    until(lambda: "printer_paper_out" in shop.blocked())
    shop.printer.reload()
    shop.seen.wait(ReceiptPrinted, 2)
    served.stop()
    whole = "".join(slip.text for slip in shop.printer.slips)
    assert "云锦美发" in whole
    assert shop.seen.of(ReceiptInDoubt) == []
    assert shop.jobs.taken == [0, 1]


@pytest.mark.parametrize("link", CABLES)
@pytest.mark.parametrize("count", [40, 3000])
def test_unplugged_inside_a_slip_is_one_doubt_and_the_marked_copy_is_whole(
    bench: BenchMaker, link: str, count: int
) -> None:
    shop = bench(link)
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1))
    shop.seen.wait(ReceiptPrinted)
    until(lambda: shop.driver._ready)
    shop.plug.unplug_after(count)
    shop.jobs.add(job(2, PICTURE))
    doubt = shop.seen.wait(ReceiptInDoubt)
    assert (doubt.job, doubt.code) == (2, "printer_link_lost")
    assert served.ended().code == "printer_link_lost"
    with pytest.raises(DeviceFault) as missing:
        shop.driver.open()
    assert missing.value.code == "printer_unreachable"
    shop.plug.plug()
    again = Served(shop.driver, shop.seen)
    shop.jobs.add(job(2, PICTURE, reprint_mark(2, "11-28 15:00", NARROW, pattern_strip)), job(3))
    shop.seen.wait(ReceiptPrinted, 3)
    again.stop()
    assert [event.job for event in shop.seen.of(ReceiptPrinted)] == [1, 2, 3]
    assert len(shop.seen.of(ReceiptInDoubt)) == 1
    marked, last = shop.slips()[-2:]
    assert "重印 第2次 11-28 15:00" in marked
    assert marked.endswith("total")
    assert last == "slip 3"


@pytest.mark.parametrize("link", CABLES)
def test_unplugged_while_idle_is_noticed_and_no_job_is_touched(bench: BenchMaker, link: str) -> None:
    shop = bench(link)
    served = Served(shop.driver, shop.seen)
    shop.seen.wait(PrinterStatus)
    shop.plug.unplug()
    assert served.ended().code == "printer_link_lost"
    shop.jobs.add(job(1))
    shop.plug.plug()
    again = Served(shop.driver, shop.seen)
    assert shop.seen.wait(ReceiptPrinted).job == 1
    again.stop()
    assert shop.link_faults.counts()["unplugged"] == 1
    assert shop.seen.of(ReceiptInDoubt) == []


@pytest.mark.parametrize("link", LINKS)
def test_a_printer_that_hangs_inside_a_slip_is_one_doubt_and_never_counts_as_there(
    bench: BenchMaker, link: str
) -> None:
    clock = HurryingClock()
    shop = bench(link, PrinterSettings(), clock, speed_mm_s=20.0, buffer_bytes=512)
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1, PICTURE * 4))
    until(lambda: shop.printer.waiting_for_bytes and len(shop.jobs.taken) == 1 and shop.printer.busy)
    shop.plug.set_switch("hang", value=True)
    until(lambda: shop.link_faults.counts()["black_hole" if link == "tcp" else "hang"])
    clock.hurry()
    assert shop.seen.wait(ReceiptInDoubt) == ReceiptInDoubt("printer", 1, "printer_silent")
    assert served.ended().code == "printer_silent"
    with pytest.raises(DeviceFault) as hung:
        shop.driver.open()
    assert hung.value.code == "printer_silent"
    assert len(shop.seen.of(ReceiptInDoubt)) == 1
    assert shop.jobs.put_backs == []


@pytest.mark.parametrize("link", LINKS)
def test_a_power_cut_with_the_slip_in_the_buffer_is_one_doubt(bench: BenchMaker, link: str) -> None:
    clock = HurryingClock()
    shop = bench(link, PrinterSettings(), clock)
    served = Served(shop.driver, shop.seen)
    shop.seen.wait(PrinterStatus)
    shop.printer.paper_end_after(20)
    one = job(1, slips.topup())
    shop.jobs.add(one)
    until(lambda: shop.printer.buffer_fill_bytes > 7 and not shop.printer.waiting_for_bytes)
    until(lambda: "printer_paper_out" in shop.blocked())
    until(lambda: any(one.process_id in operation.data for operation in list(shop.printer._queue)))
    shop.plug.power_cut()
    shop.printer.reload()
    clock.hurry()
    doubt = shop.seen.wait(ReceiptInDoubt)
    clock.calm()  # a held-up test would otherwise be a printer that does not answer
    assert doubt.job == 1
    if link in {"serial", "node"}:  # the port is the adapter's, which has its power from us
        assert doubt.code in {"printer_no_confirmation", "printer_silent"}  # silent where this test was held up
    else:
        assert doubt.code == "printer_link_lost"
    if doubt.code != "printer_no_confirmation":
        assert served.ended().code == doubt.code
        served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(2))
    assert shop.seen.wait(ReceiptPrinted).job == 2
    served.stop()
    assert shop.slips()[-1] == "slip 2"
    assert len(shop.seen.of(ReceiptInDoubt)) == 1


class Spool:
    """What the product does around the driver while somebody pulls the plug: again, with the mark after a doubt."""

    def __init__(self, shop: Bench, chance: random.Random) -> None:
        self._shop = shop
        self._chance = chance
        self._served = Served(shop.driver, shop.seen)

    def print(self, number: int) -> None:
        """Print one slip, whatever happens meanwhile."""
        doubted = False
        while not self._printed(number):
            if self._served.faults:
                self._served.ended()
                self._shop.plug.plug()
                self._shop.jobs.queue.clear()  # before anybody serves again: what still waits is asked for anew below
                self._served = Served(self._shop.driver, self._shop.seen)
            mark = reprint_mark(2, "now", NARROW, pattern_strip) if doubted else b""
            before = self._doubts()
            if self._chance.random() < 0.5:
                self._shop.plug.unplug_after(self._chance.randint(1, 1500))
            self._shop.jobs.add(job(number, (Text("䶮"), Text(f"slip {number}"), Cut()), mark))
            until(lambda: self._printed(number) or self._doubts() > before or self._served.faults)  # noqa: B023 - now
            doubted = doubted or self._doubts() > before

    def stop(self) -> None:
        """Stop serving."""
        if self._served.faults:
            self._served.ended()
        else:
            self._served.stop()

    def _printed(self, number: int) -> bool:
        return ReceiptPrinted("printer", number) in self._shop.seen.of(ReceiptPrinted)

    def _doubts(self) -> int:
        return len(self._shop.seen.of(ReceiptInDoubt))


@pytest.mark.parametrize("link", CABLES)
def test_random_unplugging_loses_no_slip_and_leaves_no_copy_unmarked(bench: BenchMaker, link: str, seed: int) -> None:
    shop = bench(link)
    spool = Spool(shop, random.Random(seed))
    for number in range(12):
        spool.print(number)
    spool.stop()
    texts = [slip.text.splitlines() for slip in shop.printer.slips]
    for number in range(12):
        copies = [text for text in texts if f"slip {number}" in text]
        assert copies, number
        assert sum(not any("重印" in line for line in copy) for copy in copies) <= 1, copies
    assert shop.seen.of(ReceiptPrinted) == [ReceiptPrinted("printer", number) for number in range(12)]
