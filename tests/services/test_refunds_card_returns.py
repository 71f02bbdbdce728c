"""Card returns: step by step, approved by somebody else, and closed only when nothing is owed any more."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from functools import partial

import pytest

from terminal.base.ids import AccountId
from terminal.rules.refunds.card_return import (
    ACTIVE,
    CLOSING,
    IDENTITY,
    MEDIUM,
    PAYOUT,
    PRINTED,
    PURSES,
    RECORD,
    SIGNED,
    missing,
)
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT
from terminal.services.refunds.card_returns import CardReturns
from terminal.services.refunds.credit import Credit
from terminal.services.refunds.payouts import FAILED, SENT, Payouts
from terminal.services.refunds.prepayments import Prepayments
from tests.services.refund_bench import CASHIER, RefundBench, line, open_bench


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def returns(bench: RefundBench) -> CardReturns:
    return CardReturns(bench.records, Payouts(bench.records), Prepayments(bench.records))


def begun(bench: RefundBench, reason: str = NOT_MEMBERS_FAULT) -> AccountId:
    """Return a member with two top-ups, points and a coupon, whose return is computed."""
    account = bench.member()
    bench.top_up(account, 1000_00, 200_00)
    bench.top_up(account, 50_00)
    bench.units(account, "points", 30)
    bench.units(account, "coupon", 1)
    bench.bill(account, [line(600_00)], {"principal": 500_00, "bonus": 100_00})
    desk = returns(bench)
    for step in (IDENTITY, RECORD, "receiving_account"):
        desk.note(bench.by(CASHIER), account, step)
    desk.compute(bench.by(CASHIER), account, reason)
    return account


def test_an_account_is_paid_out_and_closed(bench: RefundBench) -> None:
    account, desk, payouts = begun(bench), returns(bench), Payouts(bench.records)
    case = desk.case(account)
    assert case is not None
    assert (case.state.state, case.state.refund_fen, desk.may_spend(account)) == (ACTIVE, 550_00, True)
    case = desk.approve(bench.by(), account)
    bench.prove()
    assert (case.state.state, case.state.owed_fen, desk.may_spend(account)) == (CLOSING, 550_00, False)
    assert bench.held(account) == {}
    assert [(each.tender, each.fen) for each in payouts.owed()] == [("bank", 500_00), ("bank", 50_00)]
    payouts.note(bench.by(), case.approved, 0, SENT)
    payouts.note(bench.by(), case.approved, 0, FAILED)
    case = desk.case(account)
    assert case is not None
    assert (case.state.state, case.state.owed_fen, case.state.failed) == (CLOSING, 550_00, frozenset({0}))
    for place in (0, 1):
        payouts.pay(bench.by(), case.approved, place)
    for step in (MEDIUM, PRINTED):
        case = desk.note(bench.by(CASHIER), account, step)
    assert missing(case.state) == (SIGNED,)
    desk.note(bench.by(CASHIER), account, SIGNED)
    assert desk.case(account) is None
    assert not desk.may_spend(account)
    assert bench.accounts().get("refund_payable", 0) == bench.accounts().get("deferred", 0) == 0


def test_what_was_approved_is_given_up_and_the_account_is_active_again(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    before = (bench.made.book.balances(account), bench.accounts())
    desk.approve(bench.by(), account)
    case = desk.give_up(bench.by(), account)
    bench.prove()
    assert (case.state.state, case.state.payouts, PURSES in case.state.noted) == (ACTIVE, (), False)
    assert (bench.made.book.balances(account), bench.accounts()) == before
    assert desk.may_spend(account)
    assert desk.approve(bench.by(), account).state.state == CLOSING


def test_the_steps_have_their_order_and_their_people(bench: RefundBench) -> None:
    account, desk = bench.member(), returns(bench)
    bench.top_up(account, 1000_00)
    compute = partial(desk.compute, bench.by(), account, MEMBERS_WISH)
    assert bench.refused(compute) == "card_return_step_early"
    assert bench.refused(lambda: desk.approve(bench.by(), account)) == "card_return_step_early"
    for step in (IDENTITY, RECORD):
        desk.note(bench.by(), account, step)
    assert bench.refused(lambda: desk.note(bench.by(), account, PRINTED)) == "card_return_step_early"
    assert bench.refused(lambda: desk.note(bench.by(), account, PAYOUT)) == "card_return_step_bad"
    desk.compute(bench.by(), account, MEMBERS_WISH)
    assert bench.refused(lambda: desk.approve(bench.by(), account)) == "approval_own", "whoever began it"
    assert bench.refused(lambda: desk.approve(bench.by(CASHIER), account)) == "card_return_account_missing"
    desk.note(bench.by(), account, "receiving_account")
    assert bench.refused(lambda: desk.approve(bench.by(CASHIER), account)) == "approval_needed"
    assert bench.refused(lambda: desk.give_up(bench.by(), account)) == "card_return_not_approved"


def test_everything_else_is_settled_first_and_nothing_changes_unseen(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    bench.bill(account, [line(10_00)], {"on_credit": 10_00})
    assert bench.refused(lambda: desk.approve(bench.by(), account)) == "card_return_passes"
    Credit(bench.records).repay(bench.by(), account, 10_00, "cash")
    bench.top_up(account, 5_00)
    assert bench.refused(lambda: desk.approve(bench.by(), account)) == "refund_changed"
    elsewhere = bench.by(alone=False)
    assert bench.refused(lambda: desk.compute(elsewhere, account, MEMBERS_WISH)) == "refund_alone_only"
    assert bench.refused(lambda: desk.compute(bench.by(), account, "because")) == "refund_reason_unknown"


def test_a_card_that_works_is_taken_back_before_that_is_noted(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    desk.approve(bench.by(), account)
    with bench.made.database.write():
        bench.made.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance)"
            " VALUES (?, 'A1', 'card', 'active', 'id-only')",
            (bytes.fromhex(account),),
        )
    assert bench.refused(lambda: desk.note(bench.by(), account, MEDIUM)) == "card_return_medium"


def test_the_same_step_again_changes_nothing(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    by = bench.by()
    first = desk.approve(by, account)
    before = bench.everything()
    assert desk.approve(by, account) == first
    assert bench.everything() == before
