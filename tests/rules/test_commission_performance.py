"""Performance in its two views, monthly tiers, and refunds in their own month."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.pay.commission import CASH, Earned, Person, Share, Work, take_back
from terminal.rules.pay.performance import (
    CASH_VIEW,
    CONSUMED_VIEW,
    PROGRESSIVE,
    RETROACTIVE,
    Item,
    Month,
    Performance,
    Tier,
    Tiers,
    items_of,
    mistakes,
    months,
    performance_of,
    shared,
    tiered,
)
from tests.told import keys as keys_of

TIERS = Tiers((Tier(0, 1000), Tier(20_000_00, 1500), Tier(50_000_00, 2000)))
ANNA, BEN = Person("anna", "stylist", 2), Person("ben", "assistant", 1)
HAIRCUT = Work("service", "hair", "cut", (ANNA, BEN))


def parts(performance: Performance) -> list[Performance]:
    """Return the parts of anna and ben."""
    return [part for _, part in shared(performance, (ANNA, BEN))]


@pytest.mark.parametrize(
    ("mode", "total_fen", "commission_fen"),
    [
        pytest.param(PROGRESSIVE, 62_000_00, 8_900_00, id="C-6 progressive"),
        pytest.param(RETROACTIVE, 62_000_00, 12_400_00, id="C-6 retroactive"),
        (PROGRESSIVE, 20_000_00, 2_000_00),
        (RETROACTIVE, 20_000_00, 2_000_00),
        (RETROACTIVE, 20_000_01, 3_000_00),
        (PROGRESSIVE, 0, 0),
        (RETROACTIVE, 5, 1),
        (PROGRESSIVE, -300_00, -30_00),
        (RETROACTIVE, -5, -1),
    ],
)
def test_tiers_give_each_slice_its_rate_or_all_the_rate_that_is_reached(
    mode: str, total_fen: int, commission_fen: int
) -> None:
    assert tiered(replace(TIERS, mode=mode), total_fen) == commission_fen


STEPS = st.lists(st.tuples(st.integers(1, 10_000_00), st.integers(0, 10_000)), min_size=1, max_size=5)


@settings(max_examples=50)
@given(STEPS, st.integers(-1_000_00, 60_000_00), st.integers(0, 60_000_00))
def test_more_never_earns_less_by_progressive_tiers(steps: list[tuple[int, int]], low_fen: int, more_fen: int) -> None:
    starts = [sum(width for width, _ in steps[:place]) for place in range(len(steps))]
    tiers = Tiers(tuple(Tier(start, rate_bp) for start, (_, rate_bp) in zip(starts, steps, strict=True)))
    assert mistakes(tiers) == []
    assert tiered(tiers, low_fen) <= tiered(tiers, low_fen + more_fen)


@settings(max_examples=50)
@given(STEPS, st.integers(0, 60_000_00))
def test_rising_tiers_give_at_most_as_much_by_slices_as_to_all(steps: list[tuple[int, int]], total_fen: int) -> None:
    starts = [sum(width for width, _ in steps[:place]) for place in range(len(steps))]
    rates = sorted(rate_bp for _, rate_bp in steps)
    tiers = Tiers(tuple(Tier(*pair) for pair in zip(starts, rates, strict=True)))
    assert tiered(tiers, total_fen) <= tiered(replace(tiers, mode=RETROACTIVE), total_fen)


@pytest.mark.parametrize(
    ("work", "performance"),
    [
        (replace(HAIRCUT, cash_fen=100_00), Performance(100_00, 100_00)),
        (replace(HAIRCUT, principal_fen=250_00, bonus_fen=50_00), Performance(0, 300_00)),
        (replace(HAIRCUT, session_fen=165_00), Performance(0, 165_00)),
        (replace(HAIRCUT, kind="product", cash_fen=60_00, principal_fen=5_00), Performance(60_00, 0)),
        (replace(HAIRCUT, kind="top_up", cash_fen=3000_00, bonus_fen=900_00), Performance(3000_00, 0)),
        (replace(HAIRCUT, kind="pass_sale", cash_fen=1980_00), Performance(1980_00, 0)),
        (replace(HAIRCUT, kind="pass_sale", principal_fen=1650_00, bonus_fen=330_00), Performance(0, 0)),
    ],
)
def test_money_counts_when_it_comes_in_and_value_when_it_is_delivered(work: Work, performance: Performance) -> None:
    assert performance_of(work) == performance


def test_what_is_on_credit_is_delivered_and_not_yet_received() -> None:
    work = replace(HAIRCUT, cash_fen=100_00)
    assert performance_of(work, on_credit_fen=40_00) == Performance(60_00, 100_00)
    for wrong in (-1, 100_01):
        with pytest.raises(Refusal, match="commission_base_bad"):
            performance_of(work, on_credit_fen=wrong)


@settings(max_examples=50)
@given(st.integers(-500, 500), st.integers(-500, 500), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_people_share_both_views_apart_to_the_fen(cash_fen: int, consumed_fen: int, weights: list[int]) -> None:
    people = [Person(f"p{place}", "stylist", weight) for place, weight in enumerate(weights)]
    whole = sum((part for _, part in shared(Performance(cash_fen, consumed_fen), people)), Performance())
    assert whole == Performance(cash_fen, consumed_fen)


def test_a_refund_counts_in_the_month_in_which_it_is_made() -> None:
    earned = Earned(CASH, 300_00, (Share("anna", 20_00), Share("ben", 10_00)))
    back, _ = take_back(earned, 300_00)
    performance = performance_of(replace(HAIRCUT, cash_fen=300_00))
    march = items_of(dt.date(2026, 3, 31), (ANNA, BEN), parts(performance), [earned])
    april = items_of(dt.date(2026, 4, 1), (ANNA, BEN), parts(-performance), [back])
    assert march[0] == Item(dt.date(2026, 3, 31), "anna", Performance(200_00, 200_00), 20_00)
    assert months((*march, *april)) == (
        Month("anna", 2026, 3, Performance(200_00, 200_00), 20_00),
        Month("anna", 2026, 4, Performance(-200_00, -200_00), -20_00),
        Month("ben", 2026, 3, Performance(100_00, 100_00), 10_00),
        Month("ben", 2026, 4, Performance(-100_00, -100_00), -10_00),
    )


def test_tiers_look_at_one_view_only() -> None:
    items = [
        Item(dt.date(2026, 3, 1), "anna", Performance(60_000_00, 5_000_00)),
        Item(dt.date(2026, 3, 9), "anna", Performance(2_000_00, 5_000_00)),
    ]
    (by_cash,) = months(items, TIERS)
    (by_consumed,) = months(items, replace(TIERS, view=CONSUMED_VIEW))
    assert (by_cash.tiered_fen, by_consumed.tiered_fen) == (8_900_00, 1_000_00)
    assert Performance(1, 2).view(CASH_VIEW) == 1


def test_all_mistakes_of_tiers_are_found() -> None:
    assert mistakes(TIERS) == []
    assert keys_of(mistakes(Tiers((), "sliding", "both"))) == ["mode", "view", "tiers"]
    wrong = Tiers((Tier(1, 10_001), Tier(1, -1), Tier(5, 0)))
    assert keys_of(mistakes(wrong)) == ["tiers", "tiers[0].rate_bp", "tiers[1].rate_bp", "tiers[1].above_fen"]
