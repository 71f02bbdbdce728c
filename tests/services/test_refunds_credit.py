"""On credit: what is repaid goes to the oldest debt, and comes back as money when the bill is refunded."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.services.refunds.credit import Credit
from tests.services.refund_bench import RefundBench, line, open_bench, with_mode


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def test_the_oldest_debt_is_repaid_first_and_the_rest_stays_owed(bench: RefundBench) -> None:
    account = bench.member()
    first = bench.bill(account, [line(60_00)], {"on_credit": 60_00})
    second = bench.bill(account, [line(40_00)], {"on_credit": 40_00})
    credit = Credit(bench.records)
    done = credit.repay(bench.by(), account, 70_00, "wechat")
    bench.prove()
    assert (done.amount_fen, done.left_fen) == (70_00, 30_00)
    assert [debt.owed.amount for debt in credit.debts(account)] == [30_00]
    assert dict(bench.last().postings) == {"receivable": -70_00, "tender/wechat": 70_00}
    assert bench.last().payload["paid"] == [{"sale": first, "fen": 60_00}, {"sale": second, "fen": 10_00}]
    (day,) = bench.records.deeds.days(account)
    assert day.paid_fen == 70_00, "what was owed counts as paid when it is"


def test_a_refund_cancels_what_is_owed_and_gives_back_what_was_repaid(bench: RefundBench) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(100_00, 4)], {"on_credit": 100_00})
    Credit(bench.records).repay(bench.by(), account, 60_00, "cash")
    done = bench.refund(bill, {0: 2})
    assert (done.given_fen, done.cash_fen) == (50_00, 10_00), "40.00 owed is cancelled before money is handed out"
    assert bench.held(account) == {}
    assert dict(bench.last().postings) == {"receivable": -40_00, "sales/service": 50_00, "tender/cash": -10_00}
    done = bench.refund(bill)
    assert (done.given_fen, done.cash_fen) == (50_00, 50_00)
    assert bench.accounts() == {}
    assert bench.made.book.balances(account) == {}, "the right of the debt is spent along with those that took it over"


def test_no_more_than_is_owed_is_taken_and_only_by_money(bench: RefundBench) -> None:
    account = bench.member()
    bench.bill(account, [line(60_00)], {"on_credit": 60_00})
    credit = Credit(bench.records)
    assert bench.refused(lambda: credit.repay(bench.by(), account, 60_01, "cash")) == "repay_too_much"
    assert bench.refused(lambda: credit.repay(bench.by(), bench.member(), 1, "cash")) == "repay_too_much"
    assert bench.refused(lambda: credit.repay(bench.by(), account, 0, "cash")) == "amount_bad"
    assert bench.refused(lambda: credit.repay(bench.by(), account, 1, "principal")) == "repay_tender"


def test_the_same_repayment_again_answers_as_before(bench: RefundBench) -> None:
    account = bench.member()
    bench.bill(account, [line(60_00)], {"on_credit": 60_00})
    by, credit = bench.by(), Credit(bench.records)
    first = credit.repay(by, account, 10_00, "cash")
    before = bench.everything()
    assert credit.repay(by, account, 10_00, "cash") == first
    assert bench.everything() == before
    assert bench.refused(lambda: credit.repay(by, account, 10_01, "cash")) == "action_conflict"


def test_a_debt_whose_refund_window_is_over_is_repaid_without_a_right(bench: RefundBench) -> None:
    account = bench.member()
    bench.bill(account, [line(60_00)], {"on_credit": 60_00})
    (right,) = bench.records.held(account, "refund_right")
    bench.post("expire", {}, lambda draft: draft.expire(right, 60_00))
    Credit(bench.records).repay(bench.by(), account, 60_00, "cash")
    assert bench.made.book.balances(account) == {}


def test_what_points_cost_of_a_cancelled_debt_is_repaid_without_a_right_to_it(bench: RefundBench) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(100_00, 5)], {"cash": 60_00, "on_credit": 40_00}, points=18)
    bench.use_up(account, "points")
    first = bench.refund(bill, {0: 1}, rulebook=with_mode("deduct_money"))
    kept_fen = 12
    assert (first.deducted_fen, bench.held(account)) == (kept_fen, {"owed": 20_00 + kept_fen})
    credit = Credit(bench.records)
    (debt,) = credit.debts(account)
    assert (debt.owed.amount, debt.right_fen) == (20_00 + kept_fen, 20_00)
    for fen in (5_00, 15_00 + kept_fen):
        credit.repay(bench.by(), account, fen, "wechat")
    bench.prove()
    assert bench.held(account) == {}
    rest = bench.refund(bill)
    bench.prove()
    assert (rest.deducted_fen, rest.cash_fen + rest.payable_fen) == (6, 80_00 - 6)
    assert bench.accounts()["sales/service"] == -(kept_fen + 6)
    assert bench.made.book.balances(account).get("refund_right", 0) == 0
