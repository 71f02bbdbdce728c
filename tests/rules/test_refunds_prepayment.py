"""Refunds of prepayments: both formulas, what is better for the member, and what bills note as consumed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.refunds.prepayment import (
    AGREED,
    COOLING_OFF,
    LIST,
    MEMBERS_WISH,
    NOT_MEMBERS_FAULT,
    PRINCIPAL_LEFT,
    Consumed,
    Contract,
    Formula,
    Offer,
    PaymentRight,
    Policy,
    TopUp,
    by_formula,
    calculate,
    cooling_off_until,
    mistakes,
    shares,
    spend_rights,
    subtracted,
    total,
)
from tests.rules.naive_split import split_charge
from tests.told import keys as keys_of

PAID_ON = dt.date(2026, 3, 2)
LATER = dt.date(2026, 6, 1)
POLICY = Policy(cooling_off_days=7)


def topped_up(paid: int, bonus: int, charged: int = 0, at_list: int = 0, left_fen: int = 0) -> TopUp:
    """Return a top-up of so many yuan, with so much consumed."""
    consumed = Consumed(charged * 100, at_list * 100)
    return TopUp("t1", paid * 100, bonus * 100, PAID_ON, consumed, left_fen)


@pytest.mark.parametrize(
    ("top_up", "days", "no_fault_fen", "wish_fen"),
    [
        pytest.param(topped_up(3000, 1000, 3594, 3594), 30, 304_50, 0, id="F-1"),
        pytest.param(topped_up(3000, 1000, 1200, 1200), 30, 2100_00, 1800_00, id="F-2"),
        pytest.param(topped_up(3000, 600, 880, 1000), 30, 2266_67, 2000_00, id="F-3"),
        pytest.param(topped_up(3000, 1000), 5, 3000_00, 3000_00, id="F-4"),
    ],
)
def test_both_formulas_refund_what_was_paid_less_what_was_delivered(
    top_up: TopUp, days: int, no_fault_fen: int, wish_fen: int
) -> None:
    day = PAID_ON + dt.timedelta(days=days)
    assert calculate(top_up, NOT_MEMBERS_FAULT, POLICY, day).fen == no_fault_fen
    assert calculate(top_up, MEMBERS_WISH, POLICY, day).fen == wish_fen


@pytest.mark.parametrize(
    ("order", "left_fen"),
    [("proportional", 2100_00), ("principal_first", 1800_00), ("bonus_first", 2800_00)],
)
def test_the_principal_left_after_f_2_is_what_its_spend_order_says(order: str, left_fen: int) -> None:
    principal_fen, _ = split_charge(3000_00, 1000_00, 1200_00, order)
    assert 3000_00 - principal_fen == left_fen


@settings(max_examples=50)
@given(st.integers(1, 5_000_00), st.integers(0, 2_000_00), st.data())
def test_spent_in_proportion_the_principal_left_is_the_refund_when_it_is_not_the_members_fault(
    paid_fen: int, bonus_fen: int, choice: st.DataObject
) -> None:
    principal_fen, left_fen, bills = paid_fen, bonus_fen, choice.draw(st.integers(1, 6))
    for _ in range(bills):
        bill_fen = choice.draw(st.integers(0, principal_fen + left_fen))
        from_principal, from_bonus = split_charge(principal_fen, left_fen, bill_fen) if bill_fen else (0, 0)
        principal_fen, left_fen = principal_fen - from_principal, left_fen - from_bonus
    charged_fen = paid_fen + bonus_fen - principal_fen - left_fen
    refund_fen = by_formula(POLICY.not_members_fault, paid_fen, bonus_fen, Consumed(charged_fen, charged_fen))
    assert abs(refund_fen - principal_fen) <= bills


@settings(max_examples=50)
@given(st.integers(1, 5_000_00), st.integers(0, 2_000_00), st.integers(0, 7_000_00), st.integers(0, 9_000_00))
def test_a_refund_is_between_nothing_and_what_was_paid_and_no_fault_never_gives_less(
    paid_fen: int, bonus_fen: int, charged_fen: int, discount_fen: int
) -> None:
    top_up = TopUp("t", paid_fen, bonus_fen, PAID_ON, Consumed(charged_fen, charged_fen + discount_fen), 0)
    wish = calculate(top_up, MEMBERS_WISH, POLICY, LATER).fen
    assert 0 <= wish <= calculate(top_up, NOT_MEMBERS_FAULT, POLICY, LATER).fen <= paid_fen


def test_with_the_principal_spent_first_the_principal_left_is_the_members_wish() -> None:
    top_up = topped_up(3000, 1000, 1200, 1200, left_fen=1800_00)
    result = calculate(top_up, MEMBERS_WISH, replace(POLICY, principal_left=True), LATER)
    assert (result.basis, result.fen, result.adjust_fen) == (MEMBERS_WISH, 1800_00, 0)


def test_a_policy_may_offer_the_principal_left_and_the_better_counts() -> None:
    top_up = topped_up(3000, 1000, 1200, 1200, left_fen=2100_00)
    result = calculate(top_up, MEMBERS_WISH, replace(POLICY, principal_left=True), LATER)
    assert (result.basis, result.fen, result.adjust_fen) == (PRINCIPAL_LEFT, 2100_00, 0)
    assert result.offers == (Offer(MEMBERS_WISH, 1800_00), Offer(PRINCIPAL_LEFT, 2100_00))
    assert calculate(top_up, MEMBERS_WISH, POLICY, LATER).adjust_fen == 300_00


def test_a_contract_that_is_better_for_the_member_wins_and_a_worse_one_does_not() -> None:
    top_up = topped_up(3000, 1000, 1200, 1200, left_fen=2100_00)

    def wish(contract: Contract) -> tuple[str, int]:
        result = calculate(replace(top_up, contract=contract), MEMBERS_WISH, POLICY, LATER)
        return result.basis, result.fen

    assert wish(Contract(principal_left=True)) == (PRINCIPAL_LEFT, 2100_00)
    assert wish(Contract(least_fen=2500_00)) == (AGREED, 2500_00)
    assert wish(Contract(least_fen=1000_00)) == (MEMBERS_WISH, 1800_00)
    assert wish(Contract(least_fen=9999_00)) == (AGREED, 3000_00)
    assert wish(Contract(cooling_off_days=365)) == (COOLING_OFF, 2100_00)


def test_cooling_off_lasts_to_its_last_day_and_not_for_who_had_the_same_service_before() -> None:
    top_up = topped_up(3000, 1000, 1200, 1200)
    last = cooling_off_until(top_up, POLICY)
    assert last == dt.date(2026, 3, 9)
    assert calculate(top_up, MEMBERS_WISH, POLICY, last).fen == 2100_00
    assert calculate(top_up, MEMBERS_WISH, POLICY, last + dt.timedelta(days=1)).fen == 1800_00
    assert calculate(replace(top_up, received_before=True), MEMBERS_WISH, POLICY, last).fen == 1800_00
    assert cooling_off_until(top_up, replace(POLICY, cooling_off_days=15)) == dt.date(2026, 3, 17)


def test_without_cooling_off_days_there_are_none_on_the_day_of_the_payment_either() -> None:
    top_up, none = topped_up(3000, 1000, 1200, 1200), Policy()
    assert cooling_off_until(top_up, none) is None
    assert calculate(top_up, MEMBERS_WISH, none, top_up.paid_on).offers == (Offer(MEMBERS_WISH, 1800_00),)


def test_a_city_may_count_otherwise() -> None:
    policy = replace(POLICY, not_members_fault=Formula(LIST, in_proportion=True))
    assert calculate(topped_up(3000, 600, 880, 1000), NOT_MEMBERS_FAULT, policy, LATER).fen == 2166_67


def test_a_refund_of_nothing_ends_a_top_up_only_in_a_card_return() -> None:
    nothing = calculate(topped_up(100, 0, 100, 100), MEMBERS_WISH, POLICY, LATER)
    something = calculate(topped_up(100, 0), MEMBERS_WISH, POLICY, LATER)
    assert not nothing.ends(card_return=False)
    assert nothing.ends(card_return=True)
    assert something.ends(card_return=False)


@pytest.mark.parametrize(
    "top_up",
    [
        topped_up(0, 0),
        topped_up(100, -1),
        topped_up(100, 0, -1, 0),
        topped_up(100, 0, 0, -1),
        topped_up(100, 0, left_fen=-1),
        topped_up(100, 0, left_fen=100_01),
        replace(topped_up(100, 0), contract=Contract(least_fen=-1)),
    ],
)
def test_figures_that_cannot_be_are_refused(top_up: TopUp) -> None:
    with pytest.raises(Refusal, match="refund_top_up_bad"):
        calculate(top_up, MEMBERS_WISH, POLICY, LATER)


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(Refusal, match="refund_reason_unknown"):
        calculate(topped_up(100, 0), "whim", POLICY, LATER)


RIGHTS = (
    PaymentRight("cash-late", "cash", 100_00, PAID_ON, 9),
    PaymentRight("bank", "bank", 50_00, PAID_ON, 8),
    PaymentRight("wechat", "wechat", 80_00, PAID_ON, 1),
    PaymentRight("alipay", "alipay", 70_00, PAID_ON, 3),
    PaymentRight("spent", "wechat", 0, PAID_ON, 7),
)


@pytest.mark.parametrize(
    ("amount_fen", "taken"),
    [
        (60_00, [("alipay", 60_00)]),
        (100_00, [("alipay", 70_00), ("wechat", 30_00)]),
        (180_00, [("alipay", 70_00), ("wechat", 80_00), ("bank", 30_00)]),
        (300_00, [("alipay", 70_00), ("wechat", 80_00), ("bank", 50_00), ("cash-late", 100_00)]),
        (0, []),
    ],
)
def test_rights_are_spent_providers_first_latest_first_and_cash_last(
    amount_fen: int, taken: list[tuple[str, int]]
) -> None:
    assert [(right.id, fen) for right, fen in spend_rights(RIGHTS, amount_fen)] == taken


@pytest.mark.parametrize("amount_fen", [-1, 300_01])
def test_rights_give_no_more_than_they_hold(amount_fen: int) -> None:
    with pytest.raises(Refusal) as refused:
        spend_rights(RIGHTS, amount_fen)
    assert (refused.value.code, refused.value.values) == ("refund_too_much", {"left_fen": 300_00})


def test_every_payment_notes_its_share_of_a_bill_at_charged_and_list_value() -> None:
    noted = shares(292_50, 486_00, (100_00, 92_50, 100_00))
    assert noted == [Consumed(100_00, 166_16), Consumed(92_50, 153_69), Consumed(100_00, 166_15)]
    assert shares(0, 0, (0, 0)) == [Consumed(0, 0), Consumed(0, 0)]


def test_a_refund_subtracts_so_that_what_stays_has_the_share_of_what_was_kept() -> None:
    # A haircut at 90.00 (list 90.00) and a shampoo at 10.00 (list 110.00); cash paid 10.00 of it and goes back first.
    noted = shares(100_00, 200_00, (10_00, 90_00))
    back = subtracted(noted, (0, 90_00), 90_00)
    assert back == [Consumed(10_00, 20_00), Consumed(0, 90_00)]
    assert total([noted[1]], [back[1]]) == Consumed(90_00, 90_00)
    assert total([noted[1]]) == Consumed(90_00, 180_00)


def test_what_missing_points_cost_stays_consumed_and_is_not_refunded_with_the_top_up() -> None:
    # A bill of 100.00 from the principal comes back less 5.00 for points that were spent already.
    noted = shares(100_00, 110_00, (100_00,))
    back = subtracted(noted, (5_00,), 5_00)
    top_up = replace(topped_up(100, 0, left_fen=95_00), consumed=total(noted, back))
    assert calculate(top_up, MEMBERS_WISH, POLICY, LATER).fen == top_up.principal_left_fen


@settings(max_examples=50)
@given(st.lists(st.integers(0, 500_00), min_size=1, max_size=5), st.integers(0, 900_00), st.data())
def test_notes_add_up_to_the_bill_and_a_bill_refunded_in_full_has_consumed_nothing(
    paid: list[int], discount_fen: int, choice: st.DataObject
) -> None:
    list_fen = sum(paid) + discount_fen
    now, list_left_fen = shares(sum(paid), list_fen, paid), list_fen
    if any(paid):
        assert total(now) == Consumed(sum(paid), list_fen)
        assert [note.charged_fen for note in now] == paid
    left = paid
    for last in (False, False, True):
        left = [0 if last else choice.draw(st.integers(0, fen)) for fen in left]
        list_left_fen = (
            0 if last or not any(left) else choice.draw(st.integers(sum(left), max(sum(left), list_left_fen)))
        )
        back = subtracted(now, left, list_left_fen)
        now = [total([note], [less]) for note, less in zip(now, back, strict=True)]
        assert total(now) == Consumed(sum(left), list_left_fen)
    assert set(now) == {Consumed(0, 0)}


def test_all_mistakes_of_a_policy_are_found() -> None:
    assert mistakes(POLICY, "bonus_first") == []
    wrong = Policy(0, Formula("half", in_proportion=True), Formula("", in_proportion=False), True, -1)
    assert keys_of(mistakes(wrong, "bonus_first")) == [
        "not_members_fault.consumed",
        "members_wish.consumed",
        "cooling_off_days",
        "principal_left",
    ]
    for order in ("proportional", "principal_first"):
        assert mistakes(replace(POLICY, principal_left=True), order) == []
