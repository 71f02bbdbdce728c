"""The proof of printers without process id: no answer to a question of before confirms a slip."""

from __future__ import annotations

import contextlib
import pathlib

import pytest

from terminal.base.events import PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.hw.escpos_answers import AutoStatus, InOrderStatus
from terminal.hw.escpos_printer import PrinterSettings
from terminal.hw.escpos_proof import FENCE, QUIET_S, Fences
from terminal.rules.receipt import Cut, Document, Text
from tests.hw.printer_desk import job
from tests.hw.printer_links import LINKS, Bench
from tests.hw.printer_peer import HandClock, Served, until

ANSWER = InOrderStatus(0)
QUICK = PrinterSettings(process_id=False, id_timeout_s=2.5)
LONG: Document = (*(Text(f"line {number}") for number in range(24)), Cut())


@pytest.mark.slow
@pytest.mark.parametrize("link", LINKS)
def test_the_late_answer_of_a_given_up_slip_does_not_confirm_the_next(tmp_path: pathlib.Path, link: str) -> None:
    with contextlib.closing(Bench(link, tmp_path, QUICK, process_id="silent", speed_mm_s=100.0)) as shop:
        first = Served(shop.driver, shop.seen)
        shop.printer.set_switch("late", value=True)
        shop.jobs.add(job(1))
        assert shop.seen.wait(ReceiptInDoubt).job == 1
        assert first.ended().code == "printer_silent"
        assert shop.printer_faults.counts()["late"] == 1
        second = Served(shop.driver, shop.seen)
        # Of the next slip the printer takes all and prints a part: nothing may confirm it yet.
        shop.jobs.add(job(2, LONG))
        until(lambda: shop.printer.state()["rows_uncut"] > 300)
        shop.printer.set_switch("lid_open", value=True)
        shop.printer.set_switch("late", value=False)
        # This comes behind the late answers, so that those were heard once it is known.
        shop.printer.set_switch("paper_near_end", value=True)
        heard = PrinterStatus("printer", "printer_lid_open", paper_low=True)
        until(lambda: heard in shop.seen.of(PrinterStatus))
        assert shop.seen.of(ReceiptPrinted) == []
        shop.printer.set_switch("lid_open", value=False)
        assert shop.seen.wait(ReceiptPrinted).job == 2
        second.stop()
        assert [doubt.job for doubt in shop.seen.of(ReceiptInDoubt)] == [1]


def asked(fences: Fences) -> int:
    """Ask, and return by how many fences."""
    wire = fences.ask()
    assert wire == FENCE * (len(wire) // len(FENCE))
    return len(wire) // len(FENCE)


def hear(fences: Fences, count: int) -> None:
    """Let so many answers come."""
    for _ in range(count):
        fences.hear(ANSWER)


def test_one_more_is_asked_than_may_still_be_answered_from_before() -> None:
    fences = Fences(HandClock())
    assert asked(fences) == 2
    hear(fences, 1)
    assert not fences.passed
    # The answer of a program before, one of two of these: now two may be under way.
    assert asked(fences) == 3
    hear(fences, 2)
    fences.hear(AutoStatus(0x10, 0, 0, 0))
    assert not fences.passed
    hear(fences, 1)
    assert fences.passed


def test_after_an_answer_and_a_quiet_moment_one_fence_is_enough() -> None:
    clock = HandClock()
    fences = Fences(clock)
    hear(fences, asked(fences))
    assert asked(fences) == 2, "at once, there may be one more to come"
    hear(fences, 2)
    clock.now_s += QUIET_S
    assert asked(fences) == 1
    hear(fences, 1)
    assert fences.passed


def test_quiet_after_no_answer_proves_nothing() -> None:
    clock = HandClock()
    fences = Fences(clock)
    asked(fences)
    clock.now_s += 1000 * QUIET_S
    assert asked(fences) == 4


def test_a_printer_that_never_answers_is_not_asked_without_end() -> None:
    fences = Fences(HandClock())
    assert max(asked(fences) for _ in range(100)) == 32
