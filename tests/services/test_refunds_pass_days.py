"""Refunds of passes for a time: days that are over are sold service first, and what is given back stays the same."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.ids import AccountId
from terminal.rules.passes.terms import TIME_PASS, PassPart, PassTerms
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.members import Members
from terminal.services.prepaid.pass_days import DaysSettled, PassDays
from terminal.services.prepaid.till import Till
from terminal.services.refunds.passes import PassRefunds, PassWish
from tests.services.refund_bench import BOOK, RefundBench, line, open_bench

DAY_S = 86_400
YEAR = PassTerms("y", TIME_PASS, 3650_00, (PassPart(frozenset({"spa"})),), valid_days=365)
RULES = replace(BOOK, passes=(YEAR,), versions={"passes": 0})


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter whose book is proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def refunds(bench: RefundBench, settled: list[DaysSettled]) -> PassRefunds:
    """Return refunds of passes that settle days first, as the till joins them."""
    made = bench.made
    till = Till(
        made.database, made.book, Members(made.database, made.book, made.clock), made.clock, bench.records.deeds
    )
    days = PassDays(till, lambda _, __: YEAR)

    def settle(account: AccountId, lot: str) -> None:
        settled.append(days.settle_pass(account, lot))

    return PassRefunds(bench.records, lambda name, _: bench.sections.get(name, (YEAR,)), settle_days=settle)


def test_the_days_that_are_over_are_sold_before_the_rest_is_given_back(bench: RefundBench) -> None:
    account, settled = bench.member(), list[DaysSettled]()
    lot = bench.sell_pass(account, YEAR, {"wechat": 3650_00})
    bench.made.clock.advance(99 * DAY_S)
    passes = refunds(bench, settled)
    wish = PassWish(account, lot, NOT_MEMBERS_FAULT)
    assert passes.preview(RULES, wish, alone=True).done.given_fen == 2650_00
    by = bench.by(rulebook=RULES)
    done = passes.refund(by, replace(wish, expected_fen=2650_00))
    assert (done.given_fen, settled) == (2650_00, [DaysSettled(99, 1, 990_00)])
    accounts = bench.accounts()
    assert accounts["sales/service"] == -990_00
    assert accounts["sales/adjust"] == -10_00, "today, which is had and not over"
    assert (accounts.get("deferred", 0), accounts["refund_payable"]) == (0, -2650_00)
    seq = bench.made.book.life().seq
    assert passes.refund(by, replace(wish, expected_fen=2650_00)).given_fen == 2650_00
    assert (bench.made.book.life().seq, len(settled)) == (seq, 1), "the same again does nothing"


def test_a_refund_that_is_refused_or_was_another_pass_s_settles_no_days(bench: RefundBench) -> None:
    account, settled = bench.member(), list[DaysSettled]()
    first, second = (bench.sell_pass(account, YEAR, {"wechat": 3650_00}) for _ in range(2))
    bench.made.clock.advance(99 * DAY_S)
    passes, by = refunds(bench, settled), bench.by(rulebook=RULES)
    passes.refund(by, PassWish(account, first, NOT_MEMBERS_FAULT))
    again = PassWish(account, second, NOT_MEMBERS_FAULT)
    assert bench.refused(lambda: passes.refund(by, again)) == "action_conflict"
    unclear = replace(again, reason="whim")
    assert bench.refused(lambda: passes.refund(bench.by(rulebook=RULES), unclear)) == "refund_reason_unknown"
    assert len(settled) == 1, "of the pass that was refunded"


def test_a_refund_tells_what_the_member_has_then_and_a_walk_ins_tells_nothing(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 500_00, 50_00)
    bill = bench.bill(account, [line(150_00, 3)], {"principal": 100_00, "bonus": 50_00})
    bench.refund(bill, {0: 1})
    assert bench.last().payload["balance_after_fen"] == 450_00
    bench.refund(bill)
    assert bench.last().payload["balance_after_fen"] == 550_00
    walk_in = bench.bill(AccountId(""), [line(30_00)], {"cash": 30_00})
    bench.refund(walk_in)
    assert "balance_after_fen" not in bench.last().payload
