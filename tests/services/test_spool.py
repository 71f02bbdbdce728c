"""The spool: nothing is lost, and a copy that may be the second says so."""

from __future__ import annotations

import threading

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.services.spool import NewSlip, Spool
from tests.services.conftest import RULES, Bench

BODY = b"a receipt"


def add(bench: Bench, bill_no: str = "1-000001", session: str = "") -> int:
    with bench.database.write():
        return bench.spool.add(
            NewSlip("printer", BODY, "charge", bill_no, AccountId(new_id()), 100, 1_000, session=session)
        )


def state(bench: Bench, job: int) -> str:
    row = bench.database.row("SELECT state FROM print_job WHERE id = ?", (job,))
    assert row is not None
    return str(row[0])


def test_jobs_are_taken_in_order_each_with_a_process_id_of_its_own(bench: Bench) -> None:
    jobs = [add(bench) for _ in range(3)]
    taken = []
    while job := bench.spool.take("printer"):
        assert state(bench, job.job) == "sending"
        assert bench.spool.printed(job.job) is not None
        taken.append(job)
    assert [job.job for job in taken] == jobs
    assert len({job.process_id for job in taken}) == 3
    assert all(len(job.process_id) == 4 and not job.mark and job.body == BODY for job in taken)


def test_another_printers_jobs_are_not_taken(bench: Bench) -> None:
    add(bench)
    assert bench.spool.take("another") is None


def test_a_job_put_back_is_taken_again_unmarked(bench: Bench) -> None:
    add(bench)
    first = bench.spool.take("printer")
    assert first is not None
    bench.spool.put_back(first.job)
    again = bench.spool.take("printer")
    assert again == first


def test_a_doubtful_job_is_not_printed_again_until_the_cashier_says_so_and_then_marked(bench: Bench) -> None:
    job = add(bench)
    bench.spool.take("printer")
    assert bench.spool.in_doubt(job) is not None
    assert bench.spool.take("printer") is None
    assert [doubt.job for doubt in bench.spool.doubts()] == [job]
    bench.spool.settle(job, got_it=False)
    again = bench.spool.take("printer")
    assert again is not None
    assert "重印".encode("gb18030") in again.mark
    bench.spool.printed(job)
    assert bench.spool.doubts() == ()


def test_a_doubtful_job_the_cashier_has_is_never_printed_again(bench: Bench) -> None:
    job = add(bench)
    bench.spool.take("printer")
    bench.spool.in_doubt(job)
    bench.spool.settle(job, got_it=True)
    bench.spool.settle(job, got_it=False)
    assert state(bench, job) == "printed"
    assert bench.spool.take("printer") is None


def test_an_unattended_job_is_tried_once_more_by_itself_marked_and_then_stays_in_doubt(bench: Bench) -> None:
    job = add(bench, session="kiosk")
    bench.spool.take("printer")
    assert bench.spool.in_doubt(job) is None
    again = bench.spool.take("printer")
    assert again is not None
    assert again.mark
    assert bench.spool.in_doubt(job) is not None
    assert bench.spool.take("printer") is None


def test_what_was_being_sent_when_the_till_died_is_in_doubt_at_the_next_start(bench: Bench) -> None:
    job, waiting = add(bench), add(bench)
    bench.spool.take("printer")
    assert bench.spool.recover() == 1
    assert (state(bench, job), state(bench, waiting)) == ("doubt", "queued")


def test_a_job_whose_end_never_reached_the_till_is_in_doubt_when_the_printer_asks_for_more(bench: Bench) -> None:
    lost, following = add(bench), add(bench)
    bench.spool.take("printer")
    taken = bench.spool.take("printer")
    assert taken is not None
    assert taken.job == following
    assert state(bench, lost) == "doubt"


def test_a_reprint_is_a_marked_copy_of_the_same_bytes_once_for_each_action(bench: Bench, action: ActionId) -> None:
    job = add(bench)
    bench.spool.take("printer")
    bench.spool.printed(job)
    copy = bench.spool.copy(job, action)
    assert bench.spool.copy(job, action) == copy
    taken = bench.spool.take("printer")
    assert taken is not None
    assert (taken.job, taken.body) == (copy, BODY)
    assert (bench.spool.state(job), bench.spool.state(copy), bench.spool.state(copy + 1)) == ("printed", "sending", "")
    assert "重印 第2次".encode("gb18030") in taken.mark
    bench.spool.printed(copy)
    assert bench.spool.take("printer") is None
    assert [slip.job for slip in bench.spool.recent()] == [job]


def test_the_same_action_for_another_receipt_is_refused(bench: Bench, action: ActionId) -> None:
    first, second = add(bench), add(bench)
    bench.spool.copy(first, action)
    with pytest.raises(Refusal, match="action_conflict"):
        bench.spool.copy(second, action)


def test_a_second_reprint_counts_on(bench: Bench) -> None:
    job = add(bench)
    for number in (1, 2, 3):
        taken = bench.spool.take("printer")
        assert taken is not None
        assert f"第{number}次".encode("gb18030") in taken.mark or number == 1
        bench.spool.printed(taken.job)
        bench.spool.copy(job, ActionId(new_id()))


def test_an_unknown_receipt_cannot_be_reprinted(bench: Bench, action: ActionId) -> None:
    with pytest.raises(Refusal, match="receipt_unknown"):
        bench.spool.copy(99, action)


def test_only_a_job_of_which_nothing_was_sent_can_be_cancelled(bench: Bench) -> None:
    job = add(bench)
    bench.spool.take("printer")
    assert not bench.spool.cancel(job)
    waiting = add(bench)
    assert bench.spool.cancel(waiting)
    assert bench.spool.waiting() == 1


def test_a_printer_that_waits_is_woken_by_news(bench: Bench) -> None:
    woken = threading.Event()

    def wait() -> None:
        bench.spool.wait(30)
        woken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while not woken.is_set():
        bench.spool.notify()
    thread.join(30)


def test_slips_of_a_printer_that_is_gone_come_out_on_another(bench: Bench, action: ActionId) -> None:
    account, staff = bench.member(), bench.cashier()
    done = bench.money.top_up(RULES, staff, action, account, 100_00, 0)
    assert done.print_job is not None
    other = Spool(bench.database, lambda _printer, _attempt: b"MARK", ["new printer", "kiosk printer"])
    assert other.take("new printer") is None
    other.recover()
    job = other.take("new printer")
    assert job is not None
    assert job.job == done.print_job
    other.printed(done.print_job)
    bench.database.run("UPDATE print_job SET printer = 'old printer'")
    copy = other.copy(done.print_job, ActionId(new_id()))
    again = other.take("new printer")
    assert again is not None
    assert again.job == copy


def test_a_doubtful_slip_of_a_printer_that_is_gone_is_asked_about_and_can_be_printed(
    bench: Bench, action: ActionId
) -> None:
    done = bench.money.top_up(RULES, bench.cashier(), action, bench.member(), 100_00, 0)
    assert done.print_job is not None
    assert bench.spool.take("printer") is not None
    other = Spool(bench.database, lambda _printer, _attempt: b"MARK", ["new printer"])
    other.recover()
    assert [doubt.job for doubt in other.doubts()] == [done.print_job]
    other.settle(done.print_job, got_it=False)
    job = other.take("new printer")
    assert job is not None
    assert job.mark == b"MARK"


def test_slips_of_printers_that_are_there_stay_with_them(bench: Bench, action: ActionId) -> None:
    bench.money.top_up(RULES, bench.cashier(), action, bench.member(), 100_00, 0)
    other = Spool(bench.database, lambda _printer, _attempt: b"", ["new printer", "printer"])
    other.recover()
    assert other.take("new printer") is None
    assert other.take("printer") is not None
