"""Card returns: step by step, approved by somebody else, and closed only when nothing is owed any more."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from terminal.base.ids import AccountId, new_id
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.prices.basket import Step
from terminal.rules.refunds.card_return import (
    ACTIVE,
    CLOSED,
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
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.card_returns import CardReturns
from terminal.services.refunds.credit import Credit
from terminal.services.refunds.passes import PassRefunds, PassWish
from terminal.services.refunds.payouts import FAILED, SENT, Payouts
from terminal.services.refunds.prepayments import Prepayments
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from tests.services.refund_bench import BOOK, CASHIER, SAME_SHIFT, RefundBench, line, open_bench

TWELVE = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
RULES = replace(BOOK, passes=(TWELVE,))


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def returns(bench: RefundBench) -> CardReturns:
    passes = PassRefunds(bench.records, lambda name, _: bench.sections[name])
    return CardReturns(bench.records, Payouts(bench.records), Prepayments(bench.records), passes)


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


def test_what_was_printed_of_an_approval_that_was_given_up_no_longer_counts(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    desk.approve(bench.by(), account)
    desk.note(bench.by(CASHIER), account, PRINTED)
    case = desk.give_up(bench.by(), account)
    assert (case.state.state, desk.may_spend(account)) == (ACTIVE, True)
    assert case.state.noted.isdisjoint({PURSES, PRINTED})
    assert desk.compute(bench.by(CASHIER), account, NOT_MEMBERS_FAULT).state.refund_fen == 550_00
    assert {PRINTED, SIGNED} <= set(missing(desk.approve(bench.by(), account).state))


def test_an_approval_is_given_up_once_and_not_after_the_medium_is_retired(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    desk.approve(bench.by(), account)
    by = bench.by()
    first = desk.give_up(by, account)
    before = bench.everything()
    assert desk.give_up(by, account) == first
    assert bench.everything() == before
    case = desk.approve(bench.by(), account)
    desk.note(bench.by(CASHIER), account, MEDIUM)
    payouts = Payouts(bench.records)
    assert bench.refused(lambda: payouts.give_up(bench.by(), case.approved)) == "card_return_retired"
    assert bench.refused(lambda: desk.give_up(bench.by(), account)) == "card_return_retired"


def test_a_closed_account_stays_closed(bench: RefundBench) -> None:
    account, desk, payouts = begun(bench), returns(bench), Payouts(bench.records)
    case = desk.approve(bench.by(), account)
    for place in (0, 1):
        payouts.pay(bench.by(), case.approved, place)
    for step in (MEDIUM, PRINTED, SIGNED):
        case = desk.note(bench.by(CASHIER), account, step)
    assert case.state.state == CLOSED
    for again in (
        lambda: desk.note(bench.by(), account, IDENTITY),
        lambda: desk.compute(bench.by(), account, MEMBERS_WISH),
        lambda: desk.approve(bench.by(), account),
    ):
        assert bench.refused(again) == "card_return_closed"
    assert not desk.may_spend(account)


def test_passes_that_give_nothing_back_end_with_the_account_and_others_are_settled_before(bench: RefundBench) -> None:
    account, desk = begun(bench, MEMBERS_WISH), returns(bench)
    lot = bench.sell_pass(account, TWELVE, {"cash": 1980_00})
    bench.units(account, "pass", 3)
    steps = (Step("session", "", 4 * 258_00, (4 * 258_00,)),)
    used = line(0, 4, list_fen=4 * 258_00, units=4)
    bench.bill(account, [used], {}, sessions={0: 4}, steps=steps)
    by = partial(bench.by, rulebook=RULES)
    assert bench.refused(lambda: desk.approve(by(), account)) == "card_return_passes", "4 of 12 used: 948.00 are due"
    last = bench.bill(account, [used], {}, sessions={0: 4}, steps=steps)
    before = (bench.made.book.balances(account), bench.accounts())
    case = desk.approve(by(), account)
    bench.prove()
    assert (bench.held(account), bench.accounts().get("deferred", 0)) == ({}, 0)
    assert bench.accounts()["sales/breakage"] == -4 * 165_00
    assert bench.refused(lambda: bench.refunds.refund(by(), Wish(last))) == "refund_account_closing"
    refund = partial(PassRefunds(bench.records, lambda name, _: bench.sections[name]).refund, by())
    assert bench.refused(lambda: refund(PassWish(account, lot, MEMBERS_WISH))) == "refund_pass_unknown"
    desk.give_up(by(), account)
    assert case.state.refund_fen is not None
    assert (bench.made.book.balances(account), bench.accounts()) == before


def test_nothing_of_a_bill_is_taken_back_while_its_members_card_return_may_be_withdrawn(bench: RefundBench) -> None:
    account, desk = bench.member(), returns(bench)
    bench.top_up(account, 300_00)
    bills = [
        bench.bill(account, [line(50_00)], {"principal": 50_00}, points=5),
        bench.bill(account, [line(50_00)], {"cash": 50_00}),
    ]
    other = bench.bill(bench.member(), [line(10_00)], {"cash": 10_00})
    for step in (IDENTITY, RECORD, "receiving_account"):
        desk.note(bench.by(CASHIER), account, step)
    desk.compute(bench.by(CASHIER), account, NOT_MEMBERS_FAULT)
    desk.approve(bench.by(), account)
    voids = Voids(bench.records, Releases(bench.made.book))
    shared = replace(line(20_00), pass_of=account, pass_lot=new_id())
    bills.append(bench.bill(None, [shared], {"cash": 20_00}))
    for bill in bills:
        assert bench.refused(partial(bench.refund, bill)) == "refund_account_closing"
        undo = partial(voids.void, bench.by(SAME_SHIFT), bill, "typed twice")
        assert bench.refused(undo) == "refund_account_closing"
    bench.refund(other)
    desk.give_up(bench.by(), account)
    voids.void(bench.by(SAME_SHIFT), bills[1], "typed twice")
    bench.refund(bills[0])
    bench.prove()
    assert bench.held(account) == {"principal": 300_00}


def test_what_was_paid_outside_of_a_closed_account_is_still_given_back(bench: RefundBench) -> None:
    account, desk = begun(bench), returns(bench)
    bill = bench.bill(account, [line(50_00)], {"cash": 50_00})
    case = desk.approve(bench.by(), account)
    for place in (0, 1):
        Payouts(bench.records).pay(bench.by(), case.approved, place)
    for step in (MEDIUM, PRINTED, SIGNED):
        desk.note(bench.by(CASHIER), account, step)
    assert bench.refund(bill).cash_fen == 50_00
