"""What the counter's pages are told of taps, scans and devices."""

from __future__ import annotations

from terminal.base.events import CardRefused, CardTapped, CodeScanned, PrinterStatus, ScanRejected
from terminal.base.ids import ActionId, new_id
from terminal.rules.counter import CounterScreen, DeviceNotice
from tests.services.conftest import RULES, Bench


def test_a_tap_names_its_member_and_a_later_trouble_forgets_the_name(bench: Bench) -> None:
    account = bench.member("吴佩珊", cards=("0BE2FB0B",))
    bench.counter.card_tapped(CardTapped("counter-reader", "A", "m1", 0.0, bytes.fromhex("0BE2FB0B")))
    assert bench.told[-1] == CounterScreen(sequence=1, found=account, found_name="吴佩珊")
    bench.counter.card_refused(CardRefused("counter-reader", "A", "card_foreign"))
    assert bench.told[-1] == CounterScreen(sequence=2, error="card_foreign")
    bench.counter.scan_rejected(ScanRejected("scanner", "scan_too_long"))
    assert bench.told[-1] == CounterScreen(sequence=3, error="scan_too_long")


def test_a_scanned_phone_that_two_members_share_gives_both_accounts_and_no_number(bench: Bench) -> None:
    both = {bench.member("周敏", phone="13800138012"), bench.member("周芳", phone="13800138012")}
    bench.counter.code_scanned(CodeScanned("scanner", 0.0, "13800138012"))
    told = bench.told[-1]
    assert (set(told.several), told.found, told.error, told.sequence) == (both, "", "", 1)
    assert "13800138012" not in repr(told)
    bench.counter.code_scanned(CodeScanned("scanner", 0.0, "13900000000"))
    assert bench.told[-1] == CounterScreen(sequence=2, error="code_unknown")


def test_a_lost_device_is_told_by_what_it_is_and_where(bench: Bench) -> None:
    bench.counter.device_down("counter-reader", "reader_gone")
    bench.counter.device_down("unnamed", "device_lost")
    assert list(bench.told[-1].devices) == [
        DeviceNotice("counter-reader", "reader_gone", "reader", "counter"),
        DeviceNotice("unnamed", "device_lost"),
    ]
    bench.counter.device_up("counter-reader")
    assert list(bench.told[-1].devices) == [DeviceNotice("unnamed", "device_lost")]


def test_paper_that_runs_low_or_out_is_told_until_the_printer_is_lost_itself(bench: Bench) -> None:
    bench.counter.printer_status(PrinterStatus("receipts", blocked="", paper_low=True))
    assert (bench.told[-1].printer_blocked, bench.told[-1].paper_low) == ("", True)
    bench.counter.printer_status(PrinterStatus("receipts", blocked="printer_paper_out", paper_low=True))
    assert (bench.told[-1].printer_blocked, bench.told[-1].paper_low) == ("printer_paper_out", True)
    bench.counter.device_down("receipts", "printer_unreachable")
    assert (bench.told[-1].printer_blocked, bench.told[-1].paper_low) == ("", False), "nobody knows its paper now"


def test_every_page_is_told_of_each_slip_that_is_new_and_of_what_became_of_it(bench: Bench) -> None:
    def slips() -> int:
        return bench.told[-1].slips if bench.told else 0

    assert slips() == 0
    bench.money.top_up(RULES, bench.cashier(), ActionId(new_id()), bench.member(), 100_00, 0)
    assert slips() == 1
    job = bench.spool.take("printer")
    assert job is not None
    bench.spool.in_doubt(job.job)
    bench.spool.settle(job.job, got_it=True)
    assert slips() == 3
    bench.counter.refresh()
    assert slips() == 3
