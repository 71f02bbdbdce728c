"""Card return: every step is asked for, closing blocks spending, and what could not be paid stays owed."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.rules.refunds.card_return import (
    ACCOUNT,
    ACTIVE,
    AMOUNT,
    APPROVAL,
    CLOSED,
    CLOSING,
    DEPOSIT,
    IDENTITY,
    MEDIUM,
    PAYOUT,
    PRINTED,
    PURSES,
    RECORD,
    SIGNED,
    STEPS,
    CardReturn,
    answered,
    approve,
    compute,
    give_up,
    missing,
    note,
    send,
)
from terminal.rules.refunds.payout import BANK, CASH, Payout

PAYOUTS = (Payout("w", "wechat", 2000_00), Payout("c", BANK, 100_00), Payout("", BANK, 20_00))


def computed() -> CardReturn:
    case = CardReturn("anna")
    for step in (IDENTITY, RECORD, ACCOUNT):
        case = note(case, step)
    return compute(case, 2100_00, 20_00)


def approved() -> CardReturn:
    return approve(computed(), "boss", PAYOUTS)


def test_a_card_return_goes_through_all_its_steps() -> None:
    case = CardReturn("anna")
    assert missing(case) == STEPS
    assert (case.state, case.due_fen) == (ACTIVE, 0)
    case = computed()
    assert missing(case) == (APPROVAL, PAYOUT, PURSES, MEDIUM, PRINTED, SIGNED)
    assert (case.state, case.due_fen) == (ACTIVE, 2120_00)
    case = approved()
    assert missing(case) == (PAYOUT, PURSES, MEDIUM, PRINTED, SIGNED)
    assert (case.state, case.owed_fen) == (CLOSING, 2120_00)
    for place in range(3):
        case = answered(case, place, paid=True)
    for step in (PURSES, MEDIUM, PRINTED, SIGNED):
        assert case.state == CLOSING
        case = note(case, step)
    assert (missing(case), case.state, case.owed_fen) == ((), CLOSED, 0)


def test_a_payout_that_failed_stays_owed_and_the_account_stays_closing() -> None:
    case = approved()
    for step in (PURSES, MEDIUM, PRINTED, SIGNED):
        case = note(case, step)
    case = answered(answered(case, 1, paid=True), 2, paid=True)
    case = answered(case, 0, paid=False)
    assert (case.state, case.owed_fen, missing(case)) == (CLOSING, 2000_00, (PAYOUT,))
    again = answered(case, 0, paid=True)
    assert (again.state, again.owed_fen, again.failed) == (CLOSED, 0, frozenset())


def test_an_account_to_pay_to_is_needed_only_for_a_bank() -> None:
    case = CardReturn("anna", frozenset({IDENTITY, RECORD}))
    assert ACCOUNT in missing(case)
    in_cash = approve(compute(case, 80_00, 0), "boss", (Payout("c", CASH, 80_00),))
    assert ACCOUNT not in missing(in_cash)
    with pytest.raises(Refusal, match="card_return_account_missing"):
        approve(compute(case, 80_00, 0), "boss", (Payout("c", BANK, 80_00),))


def test_a_card_with_nothing_on_it_is_returned_without_a_payout() -> None:
    case = approve(compute(computed(), 0, 0), "boss", ())
    assert missing(case) == (PURSES, MEDIUM, PRINTED, SIGNED)


def test_a_return_is_given_up_until_something_was_paid_or_the_card_is_retired() -> None:
    back = give_up(note(answered(approved(), 0, paid=False), PURSES))
    assert back == computed()
    with pytest.raises(Refusal, match="card_return_not_approved"):
        give_up(back)
    with pytest.raises(Refusal, match="card_return_payout_done"):
        give_up(answered(approved(), 1, paid=True))
    with pytest.raises(Refusal, match="card_return_retired"):
        give_up(note(approved(), MEDIUM))


def test_what_is_under_way_is_not_given_up_nor_sent_again_until_it_is_answered() -> None:
    under_way = send(approved(), 0)
    assert (under_way.state, under_way.owed_fen) == (CLOSING, 2120_00)
    with pytest.raises(Refusal, match="card_return_payout_under_way"):
        give_up(under_way)
    with pytest.raises(Refusal, match="card_return_payout_under_way"):
        send(under_way, 0)
    failed = answered(under_way, 0, paid=False)
    assert (failed.sent, failed.failed) == (frozenset(), frozenset({0}))
    assert give_up(failed) == computed()
    retried = send(failed, 0)
    assert (retried.sent, retried.failed) == (frozenset({0}), frozenset())
    paid = answered(retried, 0, paid=True)
    assert (paid.sent, paid.owed_fen) == (frozenset(), 120_00)
    with pytest.raises(Refusal, match="card_return_payout_done"):
        send(paid, 0)
    for place in (-1, 3):
        with pytest.raises(Refusal, match="card_return_payout_unknown"):
            send(paid, place)


def test_steps_are_not_taken_before_their_turn() -> None:
    for step in (PURSES, MEDIUM, PRINTED, SIGNED):
        with pytest.raises(Refusal, match="card_return_step_early"):
            note(computed(), step)
    with pytest.raises(Refusal, match="card_return_step_early"):
        note(approved(), SIGNED)
    with pytest.raises(Refusal, match="card_return_step_early"):
        compute(note(CardReturn("anna"), IDENTITY), 1, 0)
    with pytest.raises(Refusal, match="card_return_step_early"):
        approve(CardReturn("anna"), "boss", ())


@pytest.mark.parametrize("step", [AMOUNT, DEPOSIT, APPROVAL, PAYOUT, "coffee"])
def test_a_step_with_a_figure_or_an_approval_is_not_simply_noted(step: str) -> None:
    with pytest.raises(Refusal, match="card_return_step_bad"):
        note(approved(), step)


@pytest.mark.parametrize("manager", ["anna", ""])
def test_nobody_approves_their_own_card_return(manager: str) -> None:
    with pytest.raises(Refusal, match="approval_own"):
        approve(computed(), manager, PAYOUTS)


@pytest.mark.parametrize("payouts", [PAYOUTS[:2], (*PAYOUTS, Payout("", CASH, 0)), ()])
def test_the_payouts_are_just_the_refund_and_the_deposit(payouts: tuple[Payout, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        approve(computed(), "boss", payouts)
    assert (refused.value.code, refused.value.values) == ("card_return_payouts_bad", {"due_fen": 2120_00})


def test_what_is_approved_stands() -> None:
    with pytest.raises(Refusal, match="card_return_approved"):
        approve(approved(), "boss", PAYOUTS)
    with pytest.raises(Refusal, match="card_return_approved"):
        compute(approved(), 0, 0)


@pytest.mark.parametrize(("refund_fen", "deposit_fen"), [(-1, 0), (0, -1)])
def test_amounts_are_not_negative(refund_fen: int, deposit_fen: int) -> None:
    with pytest.raises(Refusal, match="card_return_amount_bad"):
        compute(computed(), refund_fen, deposit_fen)


def test_a_payout_is_answered_once_paid_and_only_if_there_is_one() -> None:
    for place in (-1, 3):
        with pytest.raises(Refusal, match="card_return_payout_unknown"):
            answered(approved(), place, paid=True)
    with pytest.raises(Refusal, match="card_return_payout_done"):
        answered(answered(approved(), 0, paid=True), 0, paid=True)
