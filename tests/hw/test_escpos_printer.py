"""The shipped printer driver over real TCP against the emulated printer and all its faults."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from terminal.base.errors import DeviceFault
from terminal.base.events import PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.hw.escpos_printer import PrinterSettings
from terminal.hw.tcp_transport import TcpTransport
from terminal.rules.receipt import Cut, Document, Picture, Text, reprint_mark
from terminal.rules.receipt_raster import Strip
from tests.golden import slips
from tests.golden.drawing import pattern_strip
from tests.hw.printer_desk import NARROW, USUAL, Desk, job
from tests.hw.printer_peer import HandClock, Served, until

pytestmark = pytest.mark.slow

SLIPS = 30  # in the random test
DeskMaker = Callable[..., Desk]


@pytest.fixture
def desk() -> Iterator[DeskMaker]:
    made: list[Desk] = []

    def make(*args: Any, **model: Any) -> Desk:
        made.append(Desk(*args, **model))
        return made[-1]

    yield make
    for one in made:
        one.driver.close()
        one.printer.close()


def test_a_slip_comes_out_as_it_was_written_and_is_confirmed(desk: DeskMaker) -> None:
    shop = desk()
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(7, slips.topup()))
    assert shop.seen.wait(ReceiptPrinted) == ReceiptPrinted("printer", 7)
    served.stop()
    [text] = shop.slips()
    assert text.splitlines()[0] == "云锦美发"
    assert "充值金额              ￥1,000.00" in text.splitlines()
    assert (shop.verbs["strict_errors"]() or {})["strict_errors"] == []
    assert shop.seen.of(PrinterStatus) == [PrinterStatus("printer", "", paper_low=False)]
    assert served.faults == []


def test_slips_come_out_in_order_each_confirmed_once(desk: DeskMaker) -> None:
    shop = desk()
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(*(job(number) for number in range(20)))
    shop.seen.wait(ReceiptPrinted, 20)
    served.stop()
    assert [event.job for event in shop.seen.of(ReceiptPrinted)] == list(range(20))
    assert shop.slips() == [f"slip {number}" for number in range(20)]
    assert shop.seen.of(ReceiptInDoubt) == []


@pytest.mark.parametrize(("switch", "code"), [("paper_end", "printer_paper_out"), ("lid_open", "printer_lid_open")])
def test_a_job_waits_untouched_while_the_printer_cannot_print(desk: DeskMaker, switch: str, code: str) -> None:
    shop = desk()
    shop.switch(switch, on=True)
    served = Served(shop.driver, shop.seen)
    until(lambda: code in shop.blocked())
    shop.jobs.add(job(1))
    shop.switch("paper_near_end", on=True)
    until(lambda: any(status.paper_low for status in shop.seen.of(PrinterStatus)))
    assert shop.jobs.taken == []
    shop.switch("paper_near_end", on=False)
    shop.switch(switch, on=False)
    shop.verbs["reload"]()
    assert shop.seen.wait(ReceiptPrinted).job == 1
    served.stop()
    assert shop.blocked()[-1] == ""
    assert shop.seen.of(ReceiptInDoubt) == []
    assert served.faults == []


def test_a_jammed_cutter_is_named_and_the_slip_is_confirmed_once_it_is_free(desk: DeskMaker) -> None:
    clock = HandClock()
    shop = desk(USUAL, clock)
    served = Served(shop.driver, shop.seen)
    shop.seen.wait(PrinterStatus)
    shop.switch("cutter_error", on=True)
    shop.jobs.add(job(1))
    until(lambda: "printer_cutter" in shop.blocked())
    clock.pass_s(100)
    assert shop.seen.of(ReceiptPrinted) == []
    shop.switch("cutter_error", on=False)
    shop.verbs["reload"]()
    assert shop.seen.wait(ReceiptPrinted).job == 1
    served.stop()
    assert shop.seen.of(ReceiptInDoubt) == []
    assert "printer_error" not in shop.blocked()


def test_paper_low_is_told_and_does_not_stop_printing(desk: DeskMaker) -> None:
    shop = desk()
    shop.switch("paper_near_end", on=True)
    served = Served(shop.driver, shop.seen)
    assert shop.seen.wait(PrinterStatus) == PrinterStatus("printer", "", paper_low=True)
    shop.jobs.add(job(1))
    shop.seen.wait(ReceiptPrinted)
    served.stop()


@pytest.mark.parametrize("rows", [40, 200])
def test_time_without_paper_does_not_count_and_the_same_slip_goes_on(desk: DeskMaker, rows: int) -> None:
    clock = HandClock()
    shop = desk(USUAL, clock)
    served = Served(shop.driver, shop.seen)
    shop.verbs["paper_end_after"](rows=rows)
    shop.jobs.add(job(1, slips.charge(surname="䶮女士")))
    until(lambda: "printer_paper_out" in shop.blocked())
    clock.pass_s(100)
    clock.pass_s(100)
    assert shop.seen.of(ReceiptInDoubt) == []
    shop.verbs["reload"]()
    assert shop.seen.wait(ReceiptPrinted).job == 1
    served.stop()
    assert shop.jobs.taken == [1]
    assert len(shop.slips()) >= 1


def test_a_printer_that_never_confirms_leaves_one_doubt_and_stays_in_use(desk: DeskMaker) -> None:
    clock = HandClock()
    shop = desk(USUAL, clock, process_id="silent")
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1))
    until(shop.slips)
    clock.pass_s(14)
    assert shop.seen.of(ReceiptInDoubt) == []
    while not shop.seen.of(ReceiptInDoubt) and clock.now_s < 1_040:
        clock.pass_s(1)  # the driver may have begun to count only after the slip was on paper
    assert shop.seen.wait(ReceiptInDoubt) == ReceiptInDoubt("printer", 1, "printer_no_confirmation")
    until(lambda: shop.driver._ready and not shop.driver._pad_due)
    assert served.faults == []
    served.stop()
    assert len(shop.seen.of(ReceiptInDoubt)) == 1


@pytest.mark.parametrize("process_id", ["silent", "digits"])
def test_without_process_id_the_fence_confirms(desk: DeskMaker, process_id: str) -> None:
    shop = desk(PrinterSettings(process_id=False), process_id=process_id)
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1), job(2))
    shop.seen.wait(ReceiptPrinted, 2)
    served.stop()
    assert shop.slips() == ["slip 1", "slip 2"]


def test_a_reset_inside_raster_data_is_one_doubt_and_the_marked_copy_is_whole(desk: DeskMaker) -> None:
    shop = desk()
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1))
    shop.seen.wait(ReceiptPrinted)
    picture: Document = (Picture(Strip(48, 240, b"\xaa" * 48 * 240)), Text("total"), Cut())
    shop.verbs["reset_after"](bytes=3000)
    shop.jobs.add(job(2, picture))
    doubt = shop.seen.wait(ReceiptInDoubt)
    assert (doubt.job, doubt.code) == (2, "printer_link_lost")
    assert served.ended().code == "printer_link_lost"
    again = Served(shop.driver, shop.seen)
    shop.jobs.add(job(2, picture, reprint_mark(2, "11-28 15:00", NARROW, pattern_strip)), job(3))
    shop.seen.wait(ReceiptPrinted, 3)
    again.stop()
    assert [event.job for event in shop.seen.of(ReceiptPrinted)] == [1, 2, 3]
    assert len(shop.seen.of(ReceiptInDoubt)) == 1
    marked, last = shop.slips()[-2:]
    assert "重印 第2次 11-28 15:00" in marked
    assert marked.endswith("total")
    assert last == "slip 3"


def test_a_connection_lost_at_any_byte_of_a_picture_s_head_does_not_swallow_the_next_slip(desk: DeskMaker) -> None:
    shop = desk()
    picture: Document = (Picture(Strip(48, 3, b"\x55" * 48 * 3)), Cut())
    served = Served(shop.driver, shop.seen)
    # The questions before the job are 9 bytes; the picture begins within the first 60.
    for number, count in enumerate(range(9, 70)):
        until(lambda: shop.driver._ready and not shop.driver._pad_due)
        shop.verbs["reset_after"](bytes=count)
        shop.jobs.add(job(1000 + number, picture))
        served.ended()
        shop.jobs.queue.clear()
        served = Served(shop.driver, shop.seen)
        shop.jobs.add(job(number))
        assert shop.seen.wait(ReceiptPrinted, number + 1).job == number
        assert shop.slips()[-1].splitlines()[-1] == f"slip {number}"
    served.stop()


def test_a_power_cut_in_a_slip_is_one_doubt(desk: DeskMaker) -> None:
    shop = desk(USUAL, speed_mm_s=50.0)
    served = Served(shop.driver, shop.seen)
    shop.jobs.add(job(1, slips.topup()))
    until(lambda: shop.jobs.taken)
    until(lambda: (shop.verbs["state"]() or {})["busy"])
    shop.verbs["power_cut"]()
    assert shop.seen.wait(ReceiptInDoubt).job == 1
    served.ended()
    again = Served(shop.driver, shop.seen)
    shop.jobs.add(job(2))
    shop.seen.wait(ReceiptPrinted)
    again.stop()
    assert len(shop.seen.of(ReceiptInDoubt)) == 1


@pytest.mark.parametrize("switch", ["black_hole", "silent"])
def test_a_printer_that_falls_silent_while_idle_is_lost_and_its_jobs_stay(desk: DeskMaker, switch: str) -> None:
    shop = desk(PrinterSettings(status_timeout_s=0.3))
    served = Served(shop.driver, shop.seen)
    shop.seen.wait(PrinterStatus)
    shop.switch(switch, on=True)
    assert served.ended().code == "printer_silent"
    shop.jobs.add(job(1))
    with pytest.raises(DeviceFault) as refused:
        shop.driver.open()
    assert refused.value.code == "printer_silent"
    assert shop.jobs.taken == []
    assert shop.seen.of(ReceiptInDoubt) == []
    shop.switch(switch, on=False)
    again = Served(shop.driver, shop.seen)
    assert shop.seen.wait(ReceiptPrinted).job == 1
    again.stop()


def test_a_printer_that_refuses_is_unreachable(desk: DeskMaker) -> None:
    shop = desk()
    shop.switch("refuse", on=True)
    with pytest.raises(DeviceFault) as refused:
        shop.driver.open()
    assert refused.value.code in {"printer_unreachable", "printer_link_lost"}
    assert not refused.value.permanent


def test_a_printer_another_host_holds_never_counts_as_there(desk: DeskMaker) -> None:
    shop = desk(PrinterSettings(status_timeout_s=0.2))
    other = TcpTransport(f"127.0.0.1:{shop.printer.port}")
    other.open()
    until(lambda: (shop.verbs["state"]() or {})["connected"])
    with pytest.raises(DeviceFault) as occupied:
        shop.driver.open()
    assert occupied.value.code == "printer_silent"
    other.close()
    until(lambda: not (shop.verbs["state"]() or {})["connected"])
    Served(shop.driver, shop.seen).stop()


class Spool:
    """What the product does around the driver: one slip after another, again with the mark after a doubt."""

    def __init__(self, shop: Desk, chance: random.Random) -> None:
        """Serve the desk's driver."""
        self._shop = shop
        self._chance = chance
        self._served = Served(shop.driver, shop.seen)

    def print(self, number: int) -> None:
        """Print one slip, whatever happens meanwhile."""
        attempt, printed = 0, ReceiptPrinted("printer", number)
        while printed not in self._shop.seen.of(ReceiptPrinted):
            attempt += 1
            self._mischief()
            mark = reprint_mark(attempt, "now", NARROW, pattern_strip) if attempt > 1 else b""
            outcomes = self._outcomes() + 1
            self._shop.jobs.add(job(number, (Text("䶮"), Text(f"slip {number}"), Cut()), mark))
            while self._outcomes() < outcomes:
                self._tend(outcomes)

    def _mischief(self) -> None:
        kind = self._chance.randrange(5)
        if kind == 0:
            self._shop.verbs["reset_after"](bytes=self._chance.randint(1, 2500))
        elif kind == 1:
            self._shop.verbs["paper_end_after"](rows=self._chance.randint(1, 150))

    def _tend(self, outcomes: int) -> None:
        """Wait for something to happen, and do what the supervisor and the cashier do about it."""
        until(lambda: self._served.faults or self._out_of_paper() or self._outcomes() >= outcomes)
        if self._served.faults:
            self._served.ended()
            self._served = Served(self._shop.driver, self._shop.seen)
        elif self._out_of_paper():
            self._shop.verbs["reload"]()
            until(lambda: self._served.faults or not self._out_of_paper())

    def _out_of_paper(self) -> bool:
        return self._shop.blocked()[-1:] == ["printer_paper_out"]

    def _outcomes(self) -> int:
        return len(self._shop.seen.of(ReceiptPrinted)) + len(self._shop.seen.of(ReceiptInDoubt))

    def stop(self) -> None:
        """Stop serving."""
        if self._served.faults:
            self._served.ended()
        else:
            self._served.stop()


def test_random_faults_lose_no_slip_and_leave_no_copy_unmarked(desk: DeskMaker, seed: int) -> None:
    shop = desk()
    spool = Spool(shop, random.Random(seed))
    for number in range(SLIPS):
        spool.print(number)
    spool.stop()
    texts = [slip["text"].splitlines() for slip in (shop.verbs["slips"]() or {})["slips"]]
    for number in range(SLIPS):
        copies = [text for text in texts if f"slip {number}" in text]
        assert copies, number
        assert sum(not any("重印" in line for line in copy) for copy in copies) <= 1, copies
    assert shop.seen.of(ReceiptPrinted) == [ReceiptPrinted("printer", number) for number in range(SLIPS)]
