"""What a top-up grants, which lots a bill takes, what it earns: the tables with the awkward cents."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.stored_value import (
    SPEND_ORDERS,
    PointsRule,
    Tier,
    TopUpRule,
    bonus_for,
    choose,
    points_earned,
    points_end,
    split_charge,
)

TIERS = (Tier(500_00, 50_00), Tier(1000_00, 200_00), Tier(3000_00, 900_00))


def rule(mode: str = "highest_once", tiers: tuple[Tier, ...] = TIERS, least_fen: int = 1) -> TopUpRule:
    return TopUpRule(1, tiers, mode, least_fen, 10_000_00)


@dataclass(frozen=True, slots=True)
class Pool:
    """Units with an end, as the book hands them out."""

    expires_on: str
    amount: int
    made: int


@pytest.mark.parametrize(
    ("paid_fen", "mode", "bonus_fen"),
    [
        (1000_00, "highest_once", 200_00),  # T-1
        (2300_00, "highest_once", 200_00),  # T-2
        (2300_00, "each_multiple", 400_00),  # T-3: twice the tier of 1000
        (499_99, "highest_once", 0),  # T-4, in any mode
        (499_99, "each_multiple", 0),
        (499_99, "sum_all", 0),
        (500_00, "highest_once", 50_00),
        (999_99, "each_multiple", 50_00),
        (1000_00, "sum_all", 250_00),
        (3000_00, "sum_all", 1150_00),
        (6000_00, "each_multiple", 1800_00),
    ],
)
def test_a_top_up_gives_the_bonus_of_its_tier(paid_fen: int, mode: str, bonus_fen: int) -> None:
    assert bonus_for(rule(mode), paid_fen) == bonus_fen
    assert bonus_for(rule(mode, TIERS[::-1]), paid_fen) == bonus_fen


@pytest.mark.parametrize("mode", ["highest_once", "each_multiple", "sum_all"])
def test_a_tier_from_nothing_on_gives_nothing(mode: str) -> None:
    assert bonus_for(rule(mode, (Tier(0, 5_00),)), 100_00) == 0


@pytest.mark.parametrize("paid_fen", [-1, 0, 99, 10_000_01])
def test_a_top_up_outside_the_limits_is_refused(paid_fen: int) -> None:
    for least_fen in (100, 0):
        if least_fen <= paid_fen <= 10_000_00 and paid_fen > 0:
            continue
        with pytest.raises(Refusal) as caught:
            bonus_for(rule(least_fen=least_fen), paid_fen)
        assert caught.value.code == "top_up_range"


@pytest.mark.parametrize(
    ("before", "bill", "order", "taken"),
    [
        ((1000_00, 200_00), 300_00, "proportional", (250_00, 50_00)),  # W-1
        ((1000_00, 200_00), 300_00, "principal_first", (300_00, 0)),  # W-2
        ((1000_00, 200_00), 300_00, "bonus_first", (100_00, 200_00)),  # W-3
        ((1000_00, 200_00), 99_99, "proportional", (83_33, 16_66)),  # W-4
        ((1000_00, 200_00), 1200_00, "principal_first", (1000_00, 200_00)),
        ((100_00, 200_00), 150_00, "principal_first", (100_00, 50_00)),
        ((0, 200_00), 1, "proportional", (0, 1)),
        ((1, 1), 1, "proportional", (1, 0)),
    ],
)
def test_a_bill_is_taken_in_the_shops_order(
    before: tuple[int, int], bill: int, order: str, taken: tuple[int, int]
) -> None:
    assert split_charge(*before, bill, order) == taken


@pytest.mark.parametrize("order", SPEND_ORDERS)
def test_a_bill_above_the_balance_is_refused_with_what_is_missing(order: str) -> None:
    with pytest.raises(Refusal) as caught:  # W-6
        split_charge(100_00, 0, 100_01, order)
    assert caught.value.code == "not_enough"
    assert caught.value.values == {"missing_fen": 1, "balance_fen": 100_00}


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(SPEND_ORDERS), st.data())
def test_a_bill_takes_exactly_its_amount_and_no_purse_below_zero(
    principal: int, bonus: int, order: str, choice: st.DataObject
) -> None:
    if principal + bonus == 0:
        return
    bill = choice.draw(st.integers(1, principal + bonus))
    from_principal, from_bonus = split_charge(principal, bonus, bill, order)
    assert from_principal + from_bonus == bill
    assert 0 <= from_principal <= principal
    assert 0 <= from_bonus <= bonus


def test_lots_are_used_by_their_end_then_oldest_first() -> None:
    oldest, later, soon, sooner = (
        Pool(end, 10, made) for made, end in ((1, ""), (2, ""), (3, "2027-01-31"), (4, "2026-12-31"))
    )
    lots = [oldest, later, soon, sooner]
    assert choose(lots, 35) == [(sooner, 10), (soon, 10), (oldest, 10), (later, 5)]
    assert choose(lots, 10) == [(sooner, 10)]
    assert choose(lots, 0) == []
    with pytest.raises(AssertionError):
        choose(lots, 41)


@pytest.mark.parametrize(("paid_fen", "points"), [(0, 0), (9_99, 0), (10_00, 1), (250_00, 25), (292_50, 29)])
def test_points_are_earned_on_money_paid_rounded_down(paid_fen: int, points: int) -> None:
    assert points_earned(PointsRule(1, 10_00), paid_fen) == points


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (dt.date(2026, 11, 21), 24, dt.date(2028, 11, 30)),
        (dt.date(2026, 2, 28), 24, dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 31), 1, dt.date(2027, 1, 31)),
        (dt.date(2026, 1, 31), 0, dt.date(2026, 1, 31)),
    ],
)
def test_points_end_with_the_month(day: dt.date, months: int, end: dt.date) -> None:
    assert points_end(day, months) == end
