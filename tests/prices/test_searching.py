"""How many combinations of coupons are looked at, and what a bill's sheet keeps of several steps."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.rules.prices.basket import (
    CASH,
    DISCOUNT,
    Basket,
    BillPromotion,
    Coupon,
    Line,
    LinePromotion,
    PointsOffset,
    PriceRules,
)
from terminal.rules.prices.best import COMBINATIONS_MAX, best
from terminal.rules.prices.checks import mistakes
from terminal.rules.prices.overlap import can_hold_together
from terminal.rules.prices.sheet import Sheet
from terminal.rules.scope import Scope
from terminal.rules.when import Window
from tests.prices.drawn_bills import AT

DAY = dt.date(2026, 11, 23)
RULES = PriceRules(1)


def line_off(name: str, rate_bp: int, *items: str) -> Coupon:
    return Coupon(name, DISCOUNT, rate_bp=rate_bp, on_line=True, scope=Scope(items=frozenset(items)))


def basket(count: int) -> Basket:
    """Return so many lines of 100.00, called i0, i1 and so on."""
    return Basket(tuple(Line(f"i{place}", "service", "hair", 100_00) for place in range(count)), AT)


def test_one_coupon_for_each_of_thirteen_lines_is_used_on_every_line() -> None:
    # Twelve of them are exactly as many combinations as are tried one by one.
    assert COMBINATIONS_MAX == 2**12
    coupons = [line_off(f"c{place:02}", 9_000, f"i{place}") for place in range(13)]
    found = best(basket(13), RULES, coupons)
    assert [(use.coupon.id, use.line) for use in found.uses] == [(f"c{place:02}", place) for place in range(13)]


def test_two_coupons_for_one_line_are_no_combination_so_that_many_of_them_are_still_searched_whole() -> None:
    # One by one, "x" would go to the dearer place first and leave nothing for "y", which is for that line alone.
    x, y = line_off("x", 5_000, "i0", "i1"), line_off("y", 6_000, "i0")
    prices_fen = (100_00, 90_00, 1_00)
    dear = Basket(tuple(Line(f"i{place}", "service", "hair", fen) for place, fen in enumerate(prices_fen)), AT)
    fillers = [line_off(f"f{number:02}", 9_999 - number * 100, "i2") for number in range(12)]
    found = best(dear, RULES, [x, y, *fillers])
    assert [(use.coupon.id, use.line) for use in found.uses] == [("y", 0), ("x", 1), ("f11", 2)]


def test_lines_are_lowered_by_a_step_for_them_and_by_no_other() -> None:
    sheet = Sheet([100, 100, 100])
    sheet.take("a", "", 10, frozenset({0}))
    sheet.take("b", "", 20, frozenset({1}))
    assert [sheet.lowered(frozenset({place})) for place in range(3)] == [True, True, False]
    assert sheet.lowered(frozenset({1, 2}))
    left, steps = sheet.settled()
    assert (left, [step.parts for step in steps]) == ([90, 80, 100], [(10, 0, 0), (0, 20, 0)])


def test_what_is_left_of_some_lines_is_their_sum_less_what_steps_took_off_those_lines() -> None:
    sheet = Sheet([100, 200, 300])
    sheet.take("a", "", 10, frozenset({0}))
    sheet.take("b", "", 20, frozenset({1}))
    sheet.take("c", "", 50, frozenset({1, 2}))
    assert sheet.copy().sum_fen(frozenset({0})) == 90
    # Of the last step 20 fall to the second line and 30 to the third.
    assert sheet.copy().sum_fen(frozenset({0, 1})) == 90 + 200 - 20 - 20
    assert sheet.copy().sum_fen(frozenset({0, 1, 2})) == sheet.total_fen == 600 - 80


@pytest.mark.parametrize(("unit_fen", "wrong"), [(1, 0), (10, 0), (100, 0), (11, 1), (2, 1), (101, 1), (50, 1), (0, 1)])
def test_a_bill_is_rounded_off_to_the_fen_the_jiao_or_the_yuan(unit_fen: int, wrong: int) -> None:
    found = mistakes(PriceRules(1, round_off_unit_fen=unit_fen))
    assert [(each.key, each.code) for each in found] == [("round_off_unit_fen", "setup_round_off")] * wrong


@pytest.mark.parametrize("apart", [1, 7, 8, 9, 30, 400])
def test_rules_without_an_end_hold_together_from_the_later_beginning_on(apart: int) -> None:
    early, late = Window(first=DAY), Window(first=DAY + dt.timedelta(days=apart))
    assert can_hold_together(early, late)
    assert can_hold_together(late, early)
    ended = Window(last=DAY + dt.timedelta(days=apart - 1))
    assert not can_hold_together(ended, late)


def test_a_single_fen_decides_where_points_pay_a_part_too() -> None:
    rules = PriceRules(1, offset=PointsOffset(step=1, worth_fen=1, most_bp=2_000))
    coupons = [Coupon("a", CASH, off_fen=9_99), Coupon("b", CASH, off_fen=10_00)]
    found = best(Basket((Line("i0", "service", "hair", 510_00),), AT), rules, coupons, 1_000_000)
    assert ([use.coupon.id for use in found.uses], found.priced.payable_fen) == (["b"], 400_00)


def test_a_rate_and_a_price_for_one_item_contradict_each_other_nowhere() -> None:
    scope = Scope(items=frozenset({"cut"}))
    offers = (LinePromotion("rate", 9_000, scope=scope), LinePromotion("price", price_fen=88_00, scope=scope))
    assert mistakes(PriceRules(1, line_promotions=offers)) == []
    assert mistakes(PriceRules(1, line_promotions=offers[::-1])) == []


def test_where_not_all_combinations_are_tried_the_best_single_coupon_is_where_it_begins() -> None:
    # The greater discount takes the bill below what the promotion asks for, and so is the worse one.
    less = BillPromotion("less", 400_00, 100_00)
    rules = PriceRules(1, bill_promotions=(less,))
    prices_fen = (500_00, 1_00, 1_00)
    bill = Basket(tuple(Line(f"i{place}", "service", "hair", fen) for place, fen in enumerate(prices_fen)), AT)
    more, right = line_off("more", 7_760, "i0"), line_off("right", 8_200, "i0")
    fillers = [line_off(f"f{number}", 9_000, "i1" if number % 2 else "i2") for number in range(140)]
    assert COMBINATIONS_MAX < 3 * 71 * 71
    found = best(bill, rules, [more, right, *fillers])
    assert [use.coupon.id for use in found.uses if use.line == 0] == ["right"]
    assert found.priced.payable_fen == 410_00 + 90 + 90 - 100_00


def test_as_many_combinations_as_are_promised_are_all_tried() -> None:
    # Nine lines with a coupon each, and eight sets of coupons for the bill. One by one, "a" would be taken first, and
    # nothing goes with it.
    lines = [line_off(f"l{place}", 9_000, f"i{place}") for place in range(9)]
    stack = [Coupon(name, CASH, off_fen=20_00, stack_group="g") for name in ("b", "c")]
    alone = [Coupon(name, CASH, off_fen=fen) for name, fen in (("a", 30_00), ("d", 1_00), ("e", 1_00), ("f", 1_00))]
    assert COMBINATIONS_MAX == 2**9 * 8
    found = best(basket(9), RULES, [*lines, *stack, *alone])
    assert [use.coupon.id for use in found.uses if use.line is None] == ["b", "c"]
    assert found.priced.payable_fen == 9 * 90_00 - 40_00


def test_a_line_that_a_coupon_does_not_reach_hides_none_behind_it() -> None:
    lines = tuple(Line(f"i{place}", "service", "hair", fen) for place, fen in enumerate((50_00, 200_00, 50_00)))
    high = Coupon("high", DISCOUNT, rate_bp=5_000, on_line=True, threshold_fen=100_00)
    found = best(Basket(lines, AT), RULES, [high])
    assert [(use.coupon.id, use.line) for use in found.uses] == [("high", 1)]


def test_who_offers_no_points_uses_none() -> None:
    rules = PriceRules(1, offset=PointsOffset(step=1, worth_fen=1, most_bp=10_000))
    assert best(basket(1), rules, []).priced.points_used == 0
    assert best(basket(1), rules, [], 1).priced.points_used == 1
