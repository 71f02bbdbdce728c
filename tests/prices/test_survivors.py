"""What only a mutant showed to be untested in the engine of prices (see docs/mutants.md)."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import (
    DISCOUNT,
    THRESHOLD,
    Basket,
    BillPromotion,
    Coupon,
    LevelPrice,
    Line,
    LinePromotion,
    PriceRules,
    Use,
)
from terminal.rules.prices.best import COMBINATIONS_MAX
from terminal.rules.prices.bill import Bill
from terminal.rules.prices.checks import coupon_mistakes, mistakes
from terminal.rules.prices.engine import price
from terminal.rules.prices.overlap import can_hold
from terminal.rules.when import WEEKDAYS, Window
from tests.prices.drawn_bills import AT
from tests.told import said

LINE = Line("cut", "service", "hair", 100_00)
BASKET = Basket((LINE,), AT, "gold")


@pytest.mark.parametrize(
    "rules",
    [PriceRules(1, levels=(LevelPrice("gold", 9_999),)), PriceRules(1, line_promotions=(LinePromotion("p", 9_999),))],
    ids=["level", "promotion"],
)
def test_a_line_is_at_a_special_price_when_a_level_or_an_offer_takes_off_one_fen(rules: PriceRules) -> None:
    cheap = Basket((Line("cut", "service", "hair", 50_00 + 1),), AT, "gold")
    (value,) = Bill(cheap, rules).values
    assert (value.list_fen - value.value_fen, value.special) == (1, True)
    with pytest.raises(Refusal, match="coupon_not_with_offers"):
        price(cheap, rules, [Use(Coupon("d", DISCOUNT, rate_bp=5_000, on_line=True, alone=True), 0)])


def test_a_threshold_of_one_fen_below_what_is_taken_off_is_a_mistake() -> None:
    wrong = [("threshold_fen", "is below what is taken off")]
    assert said(coupon_mistakes(Coupon("c", THRESHOLD, threshold_fen=1, off_fen=2))) == wrong
    assert coupon_mistakes(Coupon("c", THRESHOLD, threshold_fen=2, off_fen=2)) == []
    rules = PriceRules(1, bill_promotions=(BillPromotion("b", 1, 2),))
    assert said(mistakes(rules)) == [("bill_promotions[0].threshold_fen", "is below what is taken off")]


def test_a_window_of_one_day_can_hold_on_the_weekday_of_that_day_and_on_no_other() -> None:
    monday = dt.date(2026, 11, 23)
    held = [each for each in sorted(WEEKDAYS) if can_hold(Window(monday, monday, weekdays=frozenset({each})))]
    assert held == [monday.isoweekday()] == [1]


def test_as_many_combinations_of_coupons_are_tried_as_was_promised() -> None:
    assert COMBINATIONS_MAX == 4_096
