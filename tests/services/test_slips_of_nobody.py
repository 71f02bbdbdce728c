"""Slips that belong to no member (a print test, the self-check): paper, and no trace in what cashiers work with."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.services.spool import NewSlip
from tests.services.conftest import Bench


def add(bench: Bench, account: str = "", kind: str = "test") -> int:
    with bench.database.write():
        return bench.spool.add(NewSlip("printer", b"slip", kind, "", AccountId(account), 0, 1_000))


def state(bench: Bench, job: int) -> str:
    row = bench.database.row("SELECT state FROM print_job WHERE id = ?", (job,))
    assert row is not None
    return str(row[0])


def test_it_is_printed_like_any_other_and_stands_in_no_list(bench: Bench) -> None:
    bill, job = add(bench, bench.member(), "charge"), add(bench)
    taken = [bench.spool.take("printer"), bench.spool.take("printer")]
    assert [each.job for each in taken if each] == [bill, job]
    assert bench.spool.printed(job) is not None
    assert [slip.job for slip in bench.spool.recent()] == [bill]


def test_no_copy_of_it_is_made(bench: Bench, action: ActionId) -> None:
    job = add(bench)
    bench.spool.take("printer")
    bench.spool.printed(job)
    with pytest.raises(Refusal, match="receipt_unknown"):
        bench.spool.copy(job, action)


def test_a_doubtful_one_asks_the_cashier_nothing_and_is_never_printed_again(bench: Bench) -> None:
    bill, job = add(bench, new_id(), "charge"), add(bench)
    for each in (bill, job):
        bench.spool.take("printer")
        bench.spool.in_doubt(each)
    assert [doubt.job for doubt in bench.spool.doubts()] == [bill]
    bench.spool.settle(job, got_it=False)
    assert (state(bench, job), bench.spool.take("printer")) == ("doubt", None)


def test_one_that_waits_when_the_till_stops_is_dropped(bench: Bench) -> None:
    bill, job = add(bench, new_id(), "charge"), add(bench)
    bench.spool.recover()
    assert (state(bench, bill), state(bench, job)) == ("queued", "cancelled")
