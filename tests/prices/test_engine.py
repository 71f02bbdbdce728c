"""What a bill costs: the worked examples, every step at its edges, and what holds of any bill."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.prices.basket import (
    BOTH,
    CASH,
    DISCOUNT,
    EXCHANGE,
    THRESHOLD,
    TRIAL,
    Basket,
    BillPromotion,
    Coupon,
    LevelPrice,
    Line,
    LinePromotion,
    PointsOffset,
    Priced,
    PriceRules,
    Use,
)
from terminal.rules.prices.engine import price
from terminal.rules.scope import Audience, Scope
from terminal.rules.when import Window
from tests.prices.drawn_bills import AT, PRODUCTS, SERVICES, bills

HAIRCUT = Line("haircut", "service", "hair", 388_00)
SHAMPOO = Line("shampoo", "product", "care", 98_00)
GOLD = (LevelPrice("gold", 8_800, SERVICES), LevelPrice("gold", 9_500, PRODUCTS))
BASKET = Basket((HAIRCUT, SHAMPOO), AT, "gold")
LESS_40 = BillPromotion("400-40", 400_00, 40_00)
CASH_50 = Use(Coupon("cash-50", CASH, off_fen=50_00))
K1 = PriceRules(1, levels=GOLD, bill_promotions=(LESS_40,), round_off_unit_fen=10)


def shown(priced: Priced) -> list[tuple[str, str, int, tuple[int, ...]]]:
    return [(step.name, step.source, step.off_fen, step.parts) for step in priced.steps]


def named(priced: Priced, name: str) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(step.source, step.off_fen, step.parts) for step in priced.steps if step.name == name]


def of(*list_fen: int, level: str = "") -> Basket:
    """Return a bill of services with these prices."""
    return Basket(tuple(Line(f"i{place}", "service", "", fen) for place, fen in enumerate(list_fen)), AT, level)


# The worked examples.


@pytest.mark.parametrize(
    ("step", "off_fen", "left_fen"),
    [
        pytest.param(0, 51_46, 434_54, id="K-1: level price"),
        pytest.param(1, 40_00, 394_54, id="K-1: promotion"),
        pytest.param(2, 50_00, 344_54, id="K-1: cash coupon"),
        pytest.param(3, 52_00, 292_54, id="K-1: points"),
        pytest.param(4, 4, 292_50, id="K-1: round-off"),
    ],
)
def test_each_step_of_the_worked_bill_leaves_what_it_says(step: int, off_fen: int, left_fen: int) -> None:
    priced = price(BASKET, K1, [CASH_50], 5_230)
    assert priced.steps[step].off_fen == off_fen
    assert 486_00 - sum(each.off_fen for each in priced.steps[: step + 1]) == left_fen


@pytest.mark.parametrize(
    "points_offered", [pytest.param(5_230, id="K-1"), pytest.param(5_299, id="K-1 with points to the next step")]
)
def test_the_worked_bill_is_shared_out_to_its_lines_to_the_fen(points_offered: int) -> None:
    priced = price(BASKET, K1, [CASH_50], points_offered)
    assert shown(priced) == [
        ("level", "gold", 51_46, (46_56, 4_90)),
        ("bill_promotion", "400-40", 40_00, (31_43, 8_57)),
        ("bill_coupon", "cash-50", 50_00, (39_29, 10_71)),
        ("points", "", 52_00, (40_86, 11_14)),
        ("round_off", "", 4, (3, 1)),
    ]
    spread = [sum(step.parts[place] for step in priced.steps[1:]) for place in (0, 1)]
    assert spread == [111_61, 30_43]
    assert sum(spread) == 142_04
    assert [line.own_fen for line in priced.lines] == [341_44, 93_10]
    assert [line.net_fen for line in priced.lines] == [229_83, 62_67]
    assert (priced.payable_fen, priced.points_used) == (292_50, 5_200)


@pytest.mark.parametrize("payable_fen", [pytest.param(347_63, id="K-2")])
def test_a_discount_on_the_bill_comes_on_top_of_level_prices(payable_fen: int) -> None:
    priced = price(BASKET, PriceRules(1, levels=GOLD), [Use(Coupon("d", DISCOUNT, rate_bp=8_000))])
    assert priced.payable_fen == payable_fen
    assert named(priced, "bill_coupon") == [("d", 86_91, (68_29, 18_62))]


@pytest.mark.parametrize("own_fen", [pytest.param(310_40, id="K-3")])
def test_a_line_coupon_takes_the_place_of_the_level_price(own_fen: int) -> None:
    priced = price(BASKET, PriceRules(1, levels=GOLD), [Use(Coupon("d", DISCOUNT, rate_bp=8_000, on_line=True), 0)])
    assert [line.own_fen for line in priced.lines] == [own_fen, 93_10]
    assert shown(priced) == [("level", "gold", 4_90, (0, 4_90)), ("line_coupon", "d", 77_60, (77_60, 0))]


# Each step.


def test_a_session_is_settled_by_its_pass_and_takes_part_in_nothing_else() -> None:
    session = Line("wash", "service", "hair", 60_00, 2, session=True)
    basket = replace(BASKET, lines=(session, HAIRCUT, SHAMPOO, replace(session, quantity=1)))
    priced = price(basket, K1, [CASH_50], 5_230)
    assert shown(priced)[0] == ("session", "", 180_00, (120_00, 0, 0, 60_00))
    assert [line.net_fen for line in priced.lines] == [0, 229_83, 62_67, 0]
    assert [line.own_fen for line in priced.lines] == [0, 341_44, 93_10, 0]
    assert all((step.parts[0], step.parts[3]) == (0, 0) for step in priced.steps[1:])


OFFER_90 = LinePromotion("offer", 9_000)


@pytest.mark.parametrize(
    ("offers", "steps"),
    [
        ((OFFER_90,), [("level", "gold", 12_00, (12_00,))]),
        ((LinePromotion("offer", 8_000),), [("promotion", "offer", 20_00, (20_00,))]),
        ((LinePromotion("offer", 8_800),), [("level", "gold", 12_00, (12_00,))]),
        ((OFFER_90, LinePromotion("special", price_fen=87_99)), [("promotion", "special", 12_01, (12_01,))]),
        ((LinePromotion("b", 7_000), LinePromotion("a", 7_000)), [("promotion", "b", 30_00, (30_00,))]),
        ((LinePromotion("free", price_fen=0),), [("promotion", "free", 100_00, (100_00,))]),
        ((LinePromotion("dear", price_fen=200_00),), [("level", "gold", 12_00, (12_00,))]),
        ((), [("level", "gold", 12_00, (12_00,))]),
    ],
    ids=["level", "promotion", "equal", "special price", "first of equal offers", "nothing", "dearer", "no offer"],
)
def test_of_level_price_and_offers_the_lowest_counts(
    offers: tuple[LinePromotion, ...], steps: list[tuple[str, str, int, tuple[int, ...]]]
) -> None:
    rules = PriceRules(1, levels=(LevelPrice("gold", 8_800), LevelPrice("gold", 9_000)), line_promotions=offers)
    assert shown(price(of(100_00, level="gold"), rules)) == steps


def test_both_takes_the_level_price_off_the_offer() -> None:
    rules = PriceRules(1, BOTH, GOLD, (OFFER_90, LinePromotion("goods", 9_900, scope=PRODUCTS)))
    assert shown(price(BASKET, rules)) == [
        ("promotion", "offer", 48_60, (38_80, 9_80)),
        ("level", "gold", 46_31, (41_90, 4_41)),
    ]


def test_offers_are_listed_in_the_order_of_the_rules_with_the_lines_each_was_best_for() -> None:
    offers = (
        LinePromotion("goods", 8_000, scope=PRODUCTS),
        LinePromotion("never", 9_990),
        LinePromotion("work", 7_000, scope=SERVICES),
    )
    basket = replace(BASKET, lines=(HAIRCUT, SHAMPOO, replace(HAIRCUT, quantity=2)))
    assert shown(price(basket, PriceRules(1, line_promotions=offers))) == [
        ("promotion", "goods", 19_60, (0, 19_60, 0)),
        ("promotion", "work", 349_20, (116_40, 0, 232_80)),
    ]


@pytest.mark.parametrize("level", ["", "silver"])
def test_who_is_of_no_such_level_pays_the_list_price(level: str) -> None:
    rules = PriceRules(1, levels=(*GOLD, LevelPrice("", 1)))
    assert price(replace(BASKET, level=level), rules).payable_fen == 486_00


AT_OTHERS = [
    {"audience": Audience(levels=frozenset({"silver"}))},
    {"audience": Audience(stores=frozenset({"other"}))},
    {"audience": Audience(channels=frozenset({"kiosk"}))},
    {"window": Window(weekdays=frozenset({1, 2, 4}))},
    {"window": Window(from_minute=14 * 60 + 31)},
    {"window": Window(last=dt.date(2025, 3, 4))},
]


@pytest.mark.parametrize("other", AT_OTHERS, ids=["level", "store", "channel", "weekday", "hour", "date"])
def test_an_offer_that_is_not_for_here_and_now_takes_nothing_off(other: dict[str, Audience]) -> None:
    line, bill = LinePromotion("a", 5_000), BillPromotion("b", 0, 1_00)
    assert price(BASKET, PriceRules(1, line_promotions=(line,), bill_promotions=(bill,))).payable_fen == 242_00
    rules = PriceRules(1, line_promotions=(replace(line, **other),), bill_promotions=(replace(bill, **other),))  # type: ignore[arg-type]
    assert shown(price(BASKET, rules)) == []


@pytest.mark.parametrize(
    ("sum_fen", "promotion", "off_fen"),
    [
        (399_99, LESS_40, 0),
        (400_00, LESS_40, 40_00),
        (400_01, LESS_40, 40_00),
        (800_00, LESS_40, 40_00),
        (799_99, replace(LESS_40, each_multiple=True), 40_00),
        (800_00, replace(LESS_40, each_multiple=True), 80_00),
        (1_00, BillPromotion("any", 0, 5_00), 1_00),
        (7_00, BillPromotion("any", 0, 5_00, each_multiple=True), 5_00),
        (0, BillPromotion("any", 0, 5_00), 0),
    ],
)
def test_a_bill_promotion_begins_at_its_threshold_to_the_fen(
    sum_fen: int, promotion: BillPromotion, off_fen: int
) -> None:
    priced = price(of(sum_fen), PriceRules(1, bill_promotions=(promotion,)))
    assert priced.payable_fen == sum_fen - off_fen
    assert len(priced.steps) == (off_fen > 0)


def test_one_bill_promotion_counts_that_which_takes_most_off_and_the_first_of_equal_ones() -> None:
    less = BillPromotion("less", 0, 5_00)
    most = (BillPromotion("most", 0, 9_00), BillPromotion("no more", 0, 9_00), BillPromotion("high", 900_00, 99_00))
    assert named(price(of(100_00), PriceRules(1, bill_promotions=(less, *most))), "bill_promotion") == [
        ("most", 9_00, (9_00,))
    ]


def test_a_bill_promotion_counts_and_lowers_only_the_lines_in_its_scope() -> None:
    goods = BillPromotion("goods", 98_00, 10_00, scope=PRODUCTS)
    assert named(price(BASKET, PriceRules(1, bill_promotions=(goods,))), "bill_promotion") == [
        ("goods", 10_00, (0, 10_00))
    ]
    too_high = replace(goods, threshold_fen=98_01)
    assert price(BASKET, PriceRules(1, bill_promotions=(too_high,))).steps == ()


def test_what_a_step_takes_off_is_shared_out_by_own_values_and_never_above_what_is_left() -> None:
    cash = [
        Coupon("a", CASH, off_fen=99_00, stack_group="g", scope=Scope(items=frozenset({"i0"}))),
        Coupon("b", CASH, off_fen=40_00, stack_group="g"),
    ]
    priced = price(of(100_00, 100_00), PriceRules(1), [Use(each) for each in cash])
    # By own values it were 20.00 each, and the first line has 1.00 left.
    assert named(priced, "bill_coupon") == [("a", 99_00, (99_00, 0)), ("b", 40_00, (1_00, 39_00))]


def test_a_cash_coupon_above_the_bill_gives_no_change() -> None:
    priced = price(of(30_00, 5_00), PriceRules(1), [CASH_50])
    assert named(priced, "bill_coupon") == [("cash-50", 35_00, (30_00, 5_00))]
    assert priced.payable_fen == 0


@pytest.mark.parametrize("kind", [EXCHANGE, TRIAL])
def test_an_exchange_sets_its_line_to_nothing_and_is_not_shared_out(kind: str) -> None:
    use = Use(Coupon("x", kind, scope=SERVICES), 0)
    best_of = price(BASKET, PriceRules(1, levels=GOLD), [use])
    assert shown(best_of) == [("level", "gold", 4_90, (0, 4_90)), ("line_coupon", "x", 388_00, (388_00, 0))]
    both = price(BASKET, PriceRules(1, BOTH, levels=GOLD), [use])
    assert shown(both) == [("level", "gold", 51_46, (46_56, 4_90)), ("line_coupon", "x", 341_44, (341_44, 0))]


def test_in_both_a_line_discount_comes_on_top_of_the_offers() -> None:
    use = Use(Coupon("d", DISCOUNT, rate_bp=8_000, on_line=True), 0)
    priced = price(BASKET, PriceRules(1, BOTH, levels=GOLD), [use])
    assert named(priced, "line_coupon") == [("d", 68_29, (68_29, 0))]


def test_the_bill_promotion_is_tested_on_what_line_coupons_leave() -> None:
    use = Use(Coupon("x", EXCHANGE), 1)
    assert price(BASKET, K1, [use]).payable_fen == 341_40  # 341.44 does not reach 400


def test_line_coupons_are_listed_in_the_order_of_lines() -> None:
    uses = [Use(Coupon("a", DISCOUNT, rate_bp=5_000, on_line=True), 1), Use(Coupon("b", EXCHANGE), 0)]
    priced = price(of(10_00, 20_00), PriceRules(1), uses)
    assert named(priced, "line_coupon") == [("b", 10_00, (10_00, 0)), ("a", 10_00, (0, 10_00))]


def test_coupons_for_the_bill_are_used_in_one_order_however_they_are_given() -> None:
    stack = [
        Coupon("a", CASH, off_fen=10_00, stack_group="g"),
        Coupon("b", THRESHOLD, off_fen=20_00, threshold_fen=150_00, stack_group="g"),
        Coupon("d", DISCOUNT, rate_bp=9_000, stack_group="g"),
        Coupon("c", DISCOUNT, rate_bp=5_000, stack_group="g"),
    ]
    for coupons in (stack, stack[::-1]):
        priced = price(of(200_00), PriceRules(1), [Use(each) for each in coupons])
        assert [(source, off_fen) for source, off_fen, _ in named(priced, "bill_coupon")] == [
            ("c", 100_00),
            ("d", 10_00),
            ("b", 20_00),  # 90.00 are left, yet its threshold was tested before any coupon
            ("a", 10_00),
        ]


def test_a_coupon_for_some_lines_after_one_for_all_takes_off_what_is_left_of_its_own() -> None:
    everything = Coupon("a", DISCOUNT, rate_bp=5_000, stack_group="g")
    goods = Coupon("b", DISCOUNT, rate_bp=5_000, stack_group="g", scope=PRODUCTS)
    priced = price(BASKET, PriceRules(1), [Use(goods), Use(everything)])
    assert named(priced, "bill_coupon") == [("a", 243_00, (194_00, 49_00)), ("b", 24_50, (0, 24_50))]


def test_each_step_is_listed_once_where_a_coupon_for_some_lines_follows_a_promotion_for_all() -> None:
    priced = price(BASKET, K1, [Use(Coupon("c", CASH, off_fen=4_57, scope=PRODUCTS))])
    assert shown(priced) == [
        ("level", "gold", 51_46, (46_56, 4_90)),
        ("bill_promotion", "400-40", 40_00, (31_43, 8_57)),
        ("bill_coupon", "c", 4_57, (0, 4_57)),
        ("round_off", "", 7, (6, 1)),
    ]


@pytest.mark.parametrize(
    ("payable_fen", "points_offered", "offset", "used", "off_fen"),
    [
        (100_00, 99, PointsOffset(), 0, 0),
        (100_00, 100, PointsOffset(), 100, 1_00),
        (100_00, 199, PointsOffset(), 100, 1_00),
        (100_00, 5_000, PointsOffset(), 2_000, 20_00),
        (99_99, 5_000, PointsOffset(), 1_900, 19_00),  # a fifth is 19.99, and only whole steps are taken
        (5_00, 5_000, PointsOffset(), 100, 1_00),
        (4_99, 5_000, PointsOffset(), 0, 0),
        (100_00, 5_000, PointsOffset(most_bp=0), 0, 0),
        (100_00, 5_000, PointsOffset(500, 3_00, 10_000), 5_000, 30_00),
        (10_00, 5_000, PointsOffset(1, 1, 10_000), 1_000, 10_00),
    ],
)
def test_points_are_taken_in_whole_steps_up_to_their_part_of_the_bill(
    payable_fen: int, points_offered: int, offset: PointsOffset, used: int, off_fen: int
) -> None:
    priced = price(of(payable_fen), PriceRules(1, offset=offset), (), points_offered)
    assert (priced.points_used, priced.payable_fen) == (used, payable_fen - off_fen)
    assert named(priced, "points") == ([("", off_fen, (off_fen,))] if off_fen else [])


@pytest.mark.parametrize(
    ("unit_fen", "off_fen"), [(1, 0), (10, 9), (100, 99)], ids=["to the fen", "to the jiao", "to the yuan"]
)
def test_the_bill_is_rounded_off_downwards(unit_fen: int, off_fen: int) -> None:
    priced = price(of(3_99, 4_00), PriceRules(1, round_off_unit_fen=unit_fen))
    assert priced.payable_fen == 7_99 - off_fen
    assert sum(step.off_fen for step in priced.steps) == off_fen


# What no bill is.


@pytest.mark.parametrize(
    ("basket", "points_offered", "code"),
    [
        (of(), 0, "bill_empty"),
        (replace(BASKET, lines=(replace(HAIRCUT, quantity=0),)), 0, "quantity_bad"),
        (replace(BASKET, lines=(HAIRCUT, replace(SHAMPOO, quantity=-1))), 0, "quantity_bad"),
        (replace(BASKET, lines=(replace(HAIRCUT, quantity=10_000),)), 0, "quantity_bad"),
        (of(1_00, -1), 0, "price_bad"),
        (of(FEN_MAX, 1), 0, "price_bad"),
        (replace(BASKET, lines=(replace(HAIRCUT, list_fen=FEN_MAX // 2 + 1, quantity=2),)), 0, "price_bad"),
        (of(*[1] * 201), 0, "bill_too_long"),
        (BASKET, -1, "points_bad"),
    ],
)
def test_a_bill_out_of_bounds_is_refused(basket: Basket, points_offered: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        price(basket, PriceRules(1), (), points_offered)
    assert refused.value.code == code


def test_a_bill_at_its_bounds_is_priced() -> None:
    assert price(of(FEN_MAX), PriceRules(1)).payable_fen == FEN_MAX
    assert price(of(*[1] * 200), PriceRules(1)).payable_fen == 200
    assert price(replace(BASKET, lines=(replace(HAIRCUT, quantity=9_999),)), PriceRules(1)).payable_fen == 3879612_00


# What holds of any bill.


@settings(max_examples=25)
@given(bills())
def test_list_values_are_the_net_values_and_all_that_was_taken_off(
    bill: tuple[Basket, PriceRules, tuple[Use, ...], int],
) -> None:
    basket, rules, uses, points = bill
    priced = price(basket, rules, uses, points)
    list_fen = [line.list_fen * line.quantity for line in basket.lines]
    assert [line.list_fen for line in priced.lines] == list_fen
    assert all(sum(step.parts) == step.off_fen > 0 for step in priced.steps)
    assert all(part >= 0 for step in priced.steps for part in step.parts)
    assert sum(list_fen) == sum(line.net_fen for line in priced.lines) + sum(step.off_fen for step in priced.steps)
    for place, line in enumerate(priced.lines):
        assert line.net_fen == list_fen[place] - sum(step.parts[place] for step in priced.steps)
        own = [step.parts[place] for step in priced.steps if step.name in {"session", "promotion", "level"}]
        own += [step.parts[place] for step in priced.steps if step.name == "line_coupon"]
        assert line.own_fen == list_fen[place] - sum(own)
        assert 0 <= line.net_fen <= line.own_fen
    assert priced.payable_fen == sum(line.net_fen for line in priced.lines)
    assert priced.payable_fen % rules.round_off_unit_fen == 0
    assert priced.points_used <= points
    assert price(basket, rules, uses[::-1], points) == priced == price(basket, rules, uses, points)
