"""Points at a refund: taken back, given back, and paid for where they are gone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.loyalty.clawback import (
    MODES,
    Clawback,
    claw_back,
    mistakes,
    points_taken_back,
)
from terminal.rules.loyalty.condition import Condition, PaidLine, Visit
from terminal.rules.loyalty.points import Multiplier, Payment, PointsRules, Rate, earned
from terminal.rules.prices.basket import PointsOffset
from terminal.rules.refunds.bill import points_by_line
from terminal.rules.scope import Audience
from tests.told import keys as keys_of

OFFSET = PointsOffset()
VISIT = Visit(dt.datetime(2026, 11, 22, 15, 0), "gold")  # noqa: DTZ001 - the shop's civil time
GOLD = PointsRules(1, (Rate("base"),), (Multiplier("gold", 15_000, Condition(audience=Audience(frozenset({"gold"})))),))
HAIRCUT, SHAMPOO = PaidLine("cut", "service", "hair", 229_83), PaidLine("shampoo", "product", "care", 62_67)


@pytest.mark.parametrize("mode", [pytest.param(mode, id=f"R-1 {mode}") for mode in MODES])
def test_the_shampoo_goes_back_with_its_points(mode: str) -> None:
    whole = earned(GOLD, (HAIRCUT, SHAMPOO), (Payment("cash", 292_50),), VISIT).points
    rest = earned(GOLD, (HAIRCUT,), (Payment("cash", 229_83),), VISIT).points
    back = points_taken_back(whole, rest, 0)
    used = points_by_line(5200, (40_86, 11_14))
    assert (whole, rest, back, used) == (43, 34, 9, [4086, 1114])
    assert claw_back(mode, back, used[1], 30, 62_67, OFFSET) == Clawback(1114, 9, 0)
    # The haircut, later: whatever is left.
    assert points_taken_back(whole, 0, back) == 34


def test_a_half_refund_takes_back_what_the_rest_would_not_have_earned() -> None:
    rules = PointsRules(1, (Rate("base"),))
    rest = earned(
        rules,
        (PaidLine("cut", "service", "", 150_00),),
        (Payment("principal", 125_00), Payment("bonus", 25_00)),
        VISIT,
    )
    assert points_taken_back(25, rest.points, 0) == 13


def test_a_rest_that_was_paid_with_better_money_takes_nothing_back() -> None:
    assert points_taken_back(25, 30, 0) == 0
    assert points_taken_back(25, 20, 6) == 0


@pytest.mark.parametrize(
    ("mode", "held", "given", "refund_fen", "expected"),
    [
        ("deduct_money", 9, 0, 62_67, Clawback(0, 9, 0)),
        ("deduct_money", 4, 0, 62_67, Clawback(0, 4, 5, 5, 5)),
        ("deduct_money", 0, 3, 62_67, Clawback(0, 0, 6, 6, 6)),
        ("deduct_money", 0, 1114, 62_67, Clawback(1105, 0, 0)),
        ("deduct_money", 0, 0, 9, Clawback(0, 0, 9, 9, 9)),
        ("deduct_money", 0, 0, 4, Clawback(0, 0, 9, 4, 4, 5)),
        ("deduct_money", 0, 0, 0, Clawback(0, 0, 9, 0, 0, 9)),
        ("owe_points", 4, 2, 62_67, Clawback(0, 4, 3, owed=3)),
        ("forgive", 4, 0, 62_67, Clawback(0, 4, 5, forgiven=5)),
    ],
)
def test_missing_points_follow_the_shops_choice(
    mode: str, held: int, given: int, refund_fen: int, expected: Clawback
) -> None:
    assert claw_back(mode, 9, given, held, refund_fen, OFFSET) == expected


def test_missing_points_are_priced_at_the_offset_rate_half_up() -> None:
    assert claw_back("deduct_money", 5, 0, 0, 100, PointsOffset(100, 50)).deducted_fen == 3
    assert claw_back("deduct_money", 3, 0, 0, 100, PointsOffset(100, 40)).deducted_fen == 1
    assert claw_back("deduct_money", 5, 0, 0, 3, PointsOffset(100, 50)) == Clawback(0, 0, 5, 5, 3)
    assert claw_back("deduct_money", 5, 0, 0, 2, PointsOffset(100, 50)) == Clawback(0, 0, 5, 4, 2, 1)


@pytest.mark.parametrize("counts", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_negative_points_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(Refusal, match=r"^points_count_bad\b"):
        points_taken_back(*counts)
    with pytest.raises(Refusal, match=r"^points_count_bad\b"):
        claw_back("forgive", *counts, 0, OFFSET)
    with pytest.raises(Refusal, match=r"^points_refund_bad\b"):
        claw_back("forgive", 0, 0, 0, -1, OFFSET)


def test_mistakes_of_the_setting_are_told() -> None:
    assert [mistakes(mode) for mode in MODES] == [[], [], []]
    assert keys_of(mistakes("forget")) == ["points_clawback"]


COUNT = st.integers(0, 10_000)


@settings(max_examples=50)
@given(st.sampled_from(MODES), COUNT, COUNT, COUNT, COUNT, st.integers(1, 300), st.integers(1, 300))
def test_every_point_is_accounted_for_and_nothing_goes_below_zero(
    mode: str, back: int, given_back: int, held: int, refund_fen: int, step: int, step_fen: int
) -> None:
    done = claw_back(mode, back, given_back, held, refund_fen, PointsOffset(step, step_fen))
    assert done.taken + (given_back - done.given) + done.missing == back
    assert done.paid_points + done.owed + done.forgiven == done.missing
    assert done.taken <= held
    assert done.deducted_fen <= refund_fen
    assert min(done.given, done.taken, done.missing, done.paid_points, done.owed, done.forgiven) >= 0
