"""The best combination of coupons: exactly the cheapest, its ties, and the reason of every coupon that is not in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import (
    CASH,
    DISCOUNT,
    EXCHANGE,
    THRESHOLD,
    Basket,
    BillPromotion,
    Coupon,
    LevelPrice,
    Line,
    PointsOffset,
    PriceRules,
    Use,
)
from terminal.rules.prices.best import Best, Reason, best
from terminal.rules.prices.engine import price
from terminal.rules.scope import Scope
from tests.prices.drawn_bills import AT, POINTS, PRODUCTS, RULES, SERVICES, baskets, coupons, priced_or_refused

CUT, SOAP = Line("cut", "service", "hair", 100_00), Line("soap", "product", "care", 50_00)
BASKET = Basket((CUT, SOAP), AT, "gold")
RULES_1 = PriceRules(1)


def cash(name: str, off_fen: int, stack_group: str = "", **more: int) -> Coupon:
    return Coupon(name, CASH, off_fen=off_fen, stack_group=stack_group, **more)  # type: ignore[arg-type]


def line_off(name: str, rate_bp: int, scope: Scope = SERVICES) -> Coupon:
    return Coupon(name, DISCOUNT, rate_bp=rate_bp, on_line=True, scope=scope)


def used(found: Best) -> list[tuple[str, int | None]]:
    return [(use.coupon.id, use.line) for use in found.uses]


def reasons(found: Best) -> dict[str, str]:
    return {name: reason.code for name, reason in found.unused.items()}


def test_the_coupon_that_takes_most_off_is_used_and_the_others_are_told_so() -> None:
    found = best(BASKET, RULES_1, [cash("a", 10_00), cash("b", 30_00), cash("c", 20_00)])
    assert used(found) == [("b", None)]
    assert found.priced == price(BASKET, RULES_1, found.uses)
    assert reasons(found) == {"a": "coupon_better_found", "c": "coupon_better_found"}


def test_coupons_of_one_stack_group_are_used_together_where_that_is_cheaper_than_a_better_one() -> None:
    stack = [cash("a", 10_00, "g"), cash("b", 25_00, "g")]
    assert used(best(BASKET, RULES_1, [cash("c", 30_00), *stack])) == [("a", None), ("b", None)]
    assert used(best(BASKET, RULES_1, [cash("c", 40_00), *stack])) == [("c", None)]


def test_a_coupon_for_which_the_one_before_leaves_nothing_is_not_used_with_it() -> None:
    free = Coupon("free", DISCOUNT, rate_bp=0, stack_group="g")
    found = best(BASKET, RULES_1, [free, cash("a", 10_00, "g")])
    assert (used(found), reasons(found)) == ([("free", None)], {"a": "coupon_better_found"})


def test_each_line_gets_the_coupon_with_which_all_lines_together_cost_least() -> None:
    anywhere, service = line_off("any", 5_000, Scope()), line_off("cut", 6_000)
    # Half of 100 is more than half of 50, but the other coupon is for the cut alone.
    found = best(BASKET, RULES_1, [anywhere, service])
    assert used(found) == [("cut", 0), ("any", 1)]
    assert found.priced.payable_fen == 60_00 + 25_00


def test_a_line_coupon_that_costs_the_bill_its_promotion_is_left_out() -> None:
    rules = PriceRules(1, bill_promotions=(BillPromotion("p", 150_00, 40_00),))
    found = best(BASKET, rules, [line_off("line", 9_000)])
    assert (used(found), found.priced.payable_fen) == ([], 110_00)
    assert reasons(found) == {"line": "coupon_better_found"}


def test_a_coupon_that_only_another_one_makes_usable_is_used() -> None:
    # Alone it does not go with the bill promotion; where the line costs less there is no such promotion.
    rules = PriceRules(1, bill_promotions=(BillPromotion("p", 150_00, 1_00),))
    alone = replace(cash("alone", 30_00), alone=True, scope=PRODUCTS)
    assert reasons(best(BASKET, rules, [alone])) == {"alone": "coupon_not_with_offers"}
    assert used(best(BASKET, rules, [alone, line_off("line", 9_000)])) == [("line", 0), ("alone", None)]


def test_of_equal_combinations_that_with_fewest_coupons_is_taken() -> None:
    one, stack = cash("z", 20_00), [cash("a", 10_00, "g"), cash("b", 10_00, "g")]
    found = best(BASKET, RULES_1, [*stack, one])
    assert used(found) == [("z", None)]
    assert reasons(found) == {"a": "coupon_better_found", "b": "coupon_better_found"}


def test_no_coupon_is_used_up_where_the_round_off_takes_as_much() -> None:
    rules = PriceRules(1, round_off_unit_fen=100)
    basket = replace(BASKET, lines=(replace(CUT, list_fen=100_99),))
    assert used(best(basket, rules, [cash("a", 50)])) == []


@pytest.mark.parametrize("names", [["a", "b"], ["b", "a"]])
def test_of_equal_combinations_of_one_size_that_whose_ids_come_first_is_taken(names: list[str]) -> None:
    assert used(best(BASKET, RULES_1, [cash(name, 10_00) for name in names])) == [("a", None)]
    twins = Basket((CUT, CUT), AT)
    assert used(best(twins, RULES_1, [line_off("l", 5_000)])) == [("l", 0)]


def test_ids_are_compared_in_their_own_order_not_in_that_of_their_use() -> None:
    # The first coupons of the two best pairs are for lines: z and b. Of each pair the other one needs the other line.
    lines = [line_off("z", 8_000), line_off("b", 6_000, PRODUCTS)]
    bill = [
        replace(cash("a", 30_00), alone=True, scope=PRODUCTS),
        replace(cash("c", 30_00), alone=True, scope=SERVICES),
    ]
    assert used(best(BASKET, RULES_1, [*lines, *bill])) == [("z", 0), ("a", None)]


def test_what_the_round_off_makes_equal_is_equal() -> None:
    rules = PriceRules(1, round_off_unit_fen=100)
    basket = replace(BASKET, lines=(CUT,))
    assert used(best(basket, rules, [Coupon("z", DISCOUNT, rate_bp=9_000), cash("a", 9_50)])) == [("a", None)]


def test_a_coupon_that_leaves_more_is_best_where_more_points_can_be_used_then() -> None:
    rules = PriceRules(1, offset=PointsOffset(100, 10_00, 2_000))
    basket = replace(BASKET, lines=(replace(CUT, list_fen=105_00),))
    # 105.00 and 100.00 take points for 20.00, and 99.75 for 10.00.
    found = best(basket, rules, [Coupon("z", DISCOUNT, rate_bp=9_500), cash("a", 5_00)], 2_000)
    assert (used(found), found.priced.payable_fen) == ([("a", None)], 80_00)


def test_points_are_counted_before_combinations_are_compared() -> None:
    # 5.00 less leaves 95.00, of which a fifth in whole steps of 10.00 is 10.00; without it a fifth is 20.00.
    rules = PriceRules(1, offset=PointsOffset(100, 10_00, 2_000))
    basket = replace(BASKET, lines=(CUT,))
    assert used(best(basket, rules, [cash("a", 5_00)], 2_000)) == []
    assert used(best(basket, rules, [cash("a", 5_00)], 0)) == [("a", None)]


YESTERDAY = AT.date() - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        (replace(cash("x", 1_00), last=YESTERDAY), Reason("coupon_expired")),
        (replace(line_off("x", 5_000), last=YESTERDAY), Reason("coupon_expired")),
        (replace(cash("x", 1_00), scope=Scope(items=frozenset({"dye"}))), Reason("coupon_no_item")),
        (line_off("x", 5_000, Scope(items=frozenset({"dye"}))), Reason("coupon_no_item")),
        (replace(cash("x", 1_00), threshold_fen=150_00), Reason("coupon_threshold", {"missing_fen": 20_00})),
        (
            replace(line_off("x", 5_000, Scope()), threshold_fen=81_00),
            Reason("coupon_threshold", {"missing_fen": 1_00}),
        ),
        (replace(line_off("x", 9_999, Scope()), threshold_fen=60_00), Reason("coupon_no_gain")),
        (replace(line_off("x", 5_000), alone=True), Reason("coupon_not_with_offers")),
        (replace(cash("x", 1_00), alone=True, scope=SERVICES), Reason("coupon_not_with_offers")),
        (Coupon("x", EXCHANGE, scope=Scope(items=frozenset({"pass"}))), Reason("coupon_no_item")),
        (cash("x", 0), Reason("coupon_no_gain")),
    ],
)
def test_the_reason_of_a_coupon_is_the_one_of_the_line_where_it_gets_furthest(coupon: Coupon, reason: Reason) -> None:
    lines = (replace(CUT, item="pass", session=True), SOAP, CUT)
    rules = PriceRules(1, levels=(LevelPrice("gold", 8_000, SERVICES),))
    found = best(replace(BASKET, lines=lines), rules, [coupon])
    assert (used(found), found.unused) == ([], {"x": reason})


def test_on_a_bill_of_sessions_alone_no_coupon_is_used() -> None:
    basket = replace(BASKET, lines=(replace(CUT, session=True),))
    found = best(basket, RULES_1, [line_off("l", 5_000), cash("c", 1_00)])
    assert reasons(found) == {"l": "coupon_wrong_use", "c": "coupon_no_item"}


def test_a_coupon_given_twice_counts_once() -> None:
    found = best(BASKET, RULES_1, [cash("a", 10_00, "g"), cash("a", 10_00, "g")])
    assert (used(found), found.unused) == ([("a", None)], {})


@pytest.mark.parametrize(
    ("basket", "points_offered", "code"),
    [(replace(BASKET, lines=()), 0, "bill_empty"), (BASKET, -1, "points_bad")],
)
def test_what_is_no_bill_is_refused(basket: Basket, points_offered: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        best(basket, RULES_1, [], points_offered)
    assert refused.value.code == code


# More combinations than are tried: ten lines, six coupons for any of them, and some for the bill.

TEN = Basket(tuple(Line(f"i{place}", "service", "", 20_00 + place * 10_00) for place in range(10)), AT)


def test_where_there_are_too_many_combinations_coupons_are_added_one_by_one() -> None:
    lines = [line_off(f"l{rate}", rate) for rate in (5_000, 6_000, 7_000, 8_000, 9_000, 9_500)]
    found = best(TEN, RULES_1, lines)
    assert used(found) == [("l9500", 4), ("l9000", 5), ("l8000", 6), ("l7000", 7), ("l6000", 8), ("l5000", 9)]
    assert found.unused == {}


def test_where_there_are_too_many_combinations_those_for_the_bill_are_exchanged_or_added_as_well() -> None:
    lines = [line_off(f"l{rate}", rate) for rate in (5_000, 6_000, 7_000, 8_000)]
    # The first is best by itself; with all the lines' coupons its threshold is not reached.
    high = Coupon("high", THRESHOLD, off_fen=60_00, threshold_fen=600_00)
    stack = [cash("b", 50_00, "g"), cash("c", 10_00, "g")]
    assert used(best(TEN, RULES_1, [high, *stack]))[0][0] == "high"
    found = best(TEN, RULES_1, [*lines, high, *stack])
    assert {name for name, _ in used(found)} == {"l5000", "l6000", "l7000", "l8000", "b", "c"}
    assert reasons(found) == {"high": "coupon_better_found"}


def test_a_hundred_coupons_of_one_group_are_searched_step_by_step() -> None:
    stack = [cash(f"c{number:03}", 1_00, "g") for number in range(100)]
    assert best(TEN, RULES_1, stack).priced.payable_fen == 650_00 - 100_00


def test_a_hundred_coupons_for_lines_are_searched_step_by_step() -> None:
    found = best(TEN, RULES_1, [line_off(f"l{number:03}", 5_000) for number in range(100)])
    assert found.priced.payable_fen == 325_00
    assert len(found.unused) == 90


# What holds of any bill.


def everything(basket: Basket, given: Sequence[Coupon]) -> list[tuple[Use, ...]]:
    """Return every way to use some of the coupons, sensible or not."""
    places = range(len(basket.lines))
    ways = [[None, *([Use(each, place) for place in places] if each.for_line else [Use(each)])] for each in given]
    return [tuple(use for use in each if use) for each in product(*ways)]


@settings(max_examples=25)
@given(baskets(3), RULES, coupons(3), POINTS)
def test_nothing_that_may_be_used_is_cheaper_or_as_cheap_and_comes_first(
    basket: Basket, rules: PriceRules, given: list[Coupon], points: int
) -> None:
    found = best(basket, rules, given, points)
    ways = [
        (priced.payable_fen, len(uses), sorted(use.coupon.id for use in uses))
        for uses in everything(basket, given)
        if (priced := priced_or_refused(basket, rules, uses, points))
    ]
    ids = sorted(use.coupon.id for use in found.uses)
    assert (found.priced.payable_fen, len(ids), ids) == min(ways)
    assert found.priced == price(basket, rules, found.uses, points)
    assert {*ids, *found.unused} == {each.id for each in given}
    for coupon in given:
        if coupon.id in found.unused:
            alone = [uses for uses in everything(basket, [coupon]) if uses]
            usable = any(priced_or_refused(basket, rules, uses, points) for uses in alone)
            assert usable == (found.unused[coupon.id].code == "coupon_better_found")


@settings(max_examples=25)
@given(baskets(4), RULES, coupons(4), POINTS, st.data())
def test_one_coupon_more_never_makes_the_bill_dearer(
    basket: Basket, rules: PriceRules, given: list[Coupon], points: int, data: st.DataObject
) -> None:
    fewer = [each for each in given if data.draw(st.booleans())]
    more_fen = best(basket, rules, given, points).priced.payable_fen
    assert more_fen <= best(basket, rules, fewer, points).priced.payable_fen
    assert more_fen <= price(basket, rules, (), points).payable_fen
