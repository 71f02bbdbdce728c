"""Mistakes in the rules of prices are all found, each by its key, and right rules have none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.money import FEN_MAX
from terminal.rules.prices.basket import (
    BOTH,
    CASH,
    DISCOUNT,
    EXCHANGE,
    THRESHOLD,
    BillPromotion,
    Coupon,
    LevelPrice,
    LinePromotion,
    PointsOffset,
    PriceRules,
)
from terminal.rules.prices.checks import KINDS, coupon_mistakes, mistakes
from terminal.rules.prices.overlap import can_hold, can_hold_together
from terminal.rules.scope import Audience, Scope
from terminal.rules.when import Window
from tests.prices.drawn_bills import PRODUCTS, SERVICES
from tests.told import said

CUT, BOTH_CUTS = Scope(items=frozenset({"cut"})), Scope(items=frozenset({"cut", "dye"}))
SPECIAL = LinePromotion("special", price_fen=88_00, scope=CUT)
RATE = LinePromotion("rate", 9_000)
LESS = BillPromotion("less", 400_00, 40_00)
MORNING, EVENING = Window(to_minute=12 * 60), Window(from_minute=18 * 60)
AT_APP = Audience(channels=frozenset({"app"}))
NEVER = Window(weekdays=frozenset({0}), from_minute=1440, to_minute=1441)
NO_DAY = Window(weekdays=frozenset())
LATE = Window(weekdays=frozenset({7}), from_minute=22 * 60, to_minute=60)
ENDS_FIRST = "is before the day on which it begins"
WEEKDAYS = "must be a list of days, 1 for Monday to 7 for Sunday, such as [1, 2]"
CHANNELS = "is 'tv'; it must be one of app, counter, kiosk"
AMOUNT = "0.00 to 10,000,000,000.00"


def of(**rules: object) -> PriceRules:
    return replace(PriceRules(1), **rules)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rules",
    [
        PriceRules(),
        of(line_mode=BOTH, round_off_unit_fen=100, offset=PointsOffset(1, 1, 0)),
        of(levels=(LevelPrice("gold", 8_800, SERVICES), LevelPrice("gold", 9_500, PRODUCTS), LevelPrice("vip", 0))),
        of(line_promotions=(SPECIAL, RATE), bill_promotions=(LESS, BillPromotion("any", 0, 10_00))),
        of(bill_promotions=(replace(LESS, each_multiple=True), BillPromotion("edge", 5_00, 5_00))),
        of(line_promotions=(SPECIAL, replace(SPECIAL, id="same price"))),
        of(line_promotions=(SPECIAL, replace(SPECIAL, id="b", price_fen=1, scope=Scope(items=frozenset({"dye"}))))),
        of(line_promotions=(replace(SPECIAL, window=MORNING), replace(SPECIAL, id="b", price_fen=1, window=EVENING))),
    ],
)
def test_right_rules_have_no_mistakes(rules: PriceRules) -> None:
    assert mistakes(rules) == []


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (of(line_mode="all"), [("line_mode", "is 'all'; it must be one of best_of, both")]),
        (of(round_off_unit_fen=0), [("round_off_unit_fen", 'must be "0.01" (nothing is cut), "0.10" or "1.00"')]),
        (
            of(levels=(LevelPrice("", 8_000), LevelPrice("gold", 10_001))),
            [
                ("levels[0].level", "is empty"),
                ("levels[1].rate_bp", "is 100.01%; it must be 0% to 100%"),
            ],
        ),
        (
            of(levels=(LevelPrice("gold", 8_000, CUT), LevelPrice("silver", 1), LevelPrice("gold", 9, CUT))),
            [("levels[2]", "is for the same as levels[0]")],
        ),
        (
            of(line_promotions=(replace(RATE, rate_bp=-1), LinePromotion("no"))),
            [
                ("line_promotions[0].rate_bp", "is -0.01%; it must be 0% to 100%"),
                ("line_promotions[1].rate_bp", "takes nothing off"),
            ],
        ),
        (
            of(line_promotions=(replace(SPECIAL, price_fen=-1, rate_bp=9_000),)),
            [
                ("line_promotions[0].price_fen", f"is -0.01; it must be {AMOUNT}"),
                ("line_promotions[0].price_fen", "stands beside a rate; an offer is one of the two"),
            ],
        ),
        (
            of(line_promotions=(replace(SPECIAL, scope=Scope()), replace(SPECIAL, id="b", scope=SERVICES))),
            [
                ("line_promotions[0].scope", "must name items, and nothing else, for one price"),
                ("line_promotions[1].scope", "must name items, and nothing else, for one price"),
            ],
        ),
        (
            of(bill_promotions=(BillPromotion("a", -1, 0), BillPromotion("b", 40_00, 400_00))),
            [
                ("bill_promotions[0].threshold_fen", f"is -0.01; it must be {AMOUNT}"),
                ("bill_promotions[0].off_fen", "is 0.00; it must be 0.01 to 10,000,000,000.00"),
                ("bill_promotions[1].threshold_fen", "is below what is taken off"),
            ],
        ),
        (
            of(bill_promotions=(BillPromotion("a", 0, 1, each_multiple=True), BillPromotion("b", 0, FEN_MAX + 1))),
            [
                ("bill_promotions[0].each_multiple", "needs a threshold"),
                ("bill_promotions[1].off_fen", "is 10,000,000,000.01; it must be 0.01 to 10,000,000,000.00"),
            ],
        ),
        (
            of(line_promotions=(RATE, replace(RATE, id="")), bill_promotions=(replace(LESS, id="rate"),)),
            [
                ("line_promotions[1].id", "is empty"),
                ("bill_promotions[0].id", "is 'rate', which another one has"),
            ],
        ),
        (
            of(offset=PointsOffset(0, 0, 10_001)),
            [
                ("offset.step", "is 0; it must be 1 to 1000000000000"),
                ("offset.worth_fen", "is 0.00; it must be 0.01 to 10,000,000,000.00"),
                ("offset.most_bp", "is 100.01%; it must be 0% to 100%"),
            ],
        ),
        (
            of(line_promotions=(replace(RATE, window=NO_DAY),), bill_promotions=(replace(LESS, window=NEVER),)),
            [
                ("line_promotions[0].window.weekdays", WEEKDAYS),
                ("bill_promotions[0].window.weekdays", WEEKDAYS),
                ("bill_promotions[0].window.hours", 'must be hours such as "10:00-14:00"'),
            ],
        ),
        (
            of(line_promotions=(RATE, SPECIAL, replace(SPECIAL, id="b", price_fen=80_00, scope=BOTH_CUTS))),
            [("line_promotions[2].price_fen", "contradicts line_promotions[1] for cut")],
        ),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_key(rules: PriceRules, found: list[tuple[str, str]]) -> None:
    assert said(mistakes(rules)) == found


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ({}, {"audience": Audience(levels=frozenset({"gold"}))}, True),
        ({"audience": Audience(levels=frozenset({"vip"}))}, {"audience": Audience(levels=frozenset({"gold"}))}, False),
        ({"audience": Audience(stores=frozenset({"a", "b"}))}, {"audience": Audience(stores=frozenset({"b"}))}, True),
        ({"audience": AT_APP}, {"audience": Audience(channels=frozenset({"kiosk"}))}, False),
        ({"window": MORNING}, {"window": Window(from_minute=12 * 60)}, False),
        ({"window": MORNING}, {"window": Window(from_minute=12 * 60 - 1)}, True),
    ],
)  # fmt: skip
def test_two_prices_of_one_item_contradict_only_where_both_can_be_asked(
    one: dict[str, Window], other: dict[str, Window], contradict: bool
) -> None:
    promotions = (replace(SPECIAL, **one), replace(SPECIAL, id="b", price_fen=1, **other))  # type: ignore[arg-type]
    assert bool(mistakes(of(line_promotions=promotions))) == contradict


FIRST = dt.date(2025, 2, 24)
DATES = st.none() | st.integers(0, 12).map(lambda days: FIRST + dt.timedelta(days=days))
MINUTES = st.sampled_from([0, 1, 6 * 60, 12 * 60, 22 * 60, 24 * 60 - 1])
WINDOWS = st.builds(
    Window,
    DATES,
    DATES,
    st.frozensets(st.integers(1, 7), max_size=2) | st.just(Window().weekdays),
    MINUTES,
    MINUTES | st.just(24 * 60),
)
# All minutes at which some window may begin or end, on the days around the dates that are drawn.
TIMES = [
    dt.datetime.combine(FIRST, dt.time.min) + dt.timedelta(days=day, minutes=minute)  # civil time of the shop
    for day in range(-10, 24)
    for minute in (0, 1, 2, 6 * 60, 12 * 60, 22 * 60, 24 * 60 - 1)
]


@settings(max_examples=60)
@given(WINDOWS, WINDOWS)
def test_windows_overlap_exactly_where_some_minute_is_in_both(one: Window, other: Window) -> None:
    assert can_hold_together(one, other) == any(one.holds(at) and other.holds(at) for at in TIMES)
    assert can_hold(one) == any(one.holds(at) for at in TIMES)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        # A night that begins on a Sunday reaches into Monday.
        (LATE, Window(weekdays=frozenset({1}), to_minute=30), True),
        (LATE, Window(weekdays=frozenset({1}), from_minute=60), False),
        (Window(last=FIRST, from_minute=22 * 60, to_minute=60), Window(FIRST + dt.timedelta(days=1)), True),
        (Window(last=FIRST), Window(FIRST + dt.timedelta(days=1)), False),
        (Window(FIRST, FIRST, frozenset({2})), Window(), False),
        (Window(dt.date.min, dt.date.min), Window(last=dt.date.max), True),
    ],
)  # fmt: skip
def test_windows_overlap_over_midnight_and_at_the_ends_of_their_dates(
    one: Window, other: Window, overlap: bool
) -> None:
    assert can_hold_together(one, other) == can_hold_together(other, one) == overlap


def test_a_night_reaches_into_the_next_weekday_and_no_other() -> None:
    for night, day in product(range(1, 8), range(1, 8)):
        late, early = replace(LATE, weekdays=frozenset({night})), Window(weekdays=frozenset({day}), to_minute=30)
        assert can_hold_together(late, early) == can_hold_together(early, late) == (day == night % 7 + 1)


@pytest.mark.parametrize(
    ("coupon", "found"),
    [
        (Coupon("c", CASH, off_fen=50_00), []),
        (Coupon("c", DISCOUNT, rate_bp=8_000, on_line=True, first=FIRST, last=FIRST), []),
        (Coupon("c", EXCHANGE), []),
        (Coupon("c", THRESHOLD, off_fen=50_00, threshold_fen=50_00), []),
        (Coupon("", "gift"), [("id", "is empty"), ("kind", f"is 'gift'; it must be one of {', '.join(KINDS)}")]),
        (Coupon("c", DISCOUNT), [("rate_bp", "takes nothing off")]),
        (Coupon("c", DISCOUNT, rate_bp=-1), [("rate_bp", "is -0.01%; it must be 0% to 100%")]),
        (Coupon("c", CASH), [("off_fen", "is 0.00; it must be 0.01 to 10,000,000,000.00")]),
        (Coupon("c", THRESHOLD, off_fen=50_01, threshold_fen=50_00), [("threshold_fen", "is below what is taken off")]),
        (Coupon("c", CASH, off_fen=1, threshold_fen=-1), [("threshold_fen", f"is -0.01; it must be {AMOUNT}")]),
        (Coupon("c", CASH, off_fen=1, on_line=True), [("on_line", "is for discounts only")]),
        (Coupon("c", EXCHANGE, first=FIRST, last=FIRST - dt.timedelta(days=1)), [("last", ENDS_FIRST)]),
        (Coupon("c", EXCHANGE, window=Window(weekdays=frozenset())), [("window.weekdays", WEEKDAYS)]),
        (Coupon("c", EXCHANGE, audience=Audience(channels=frozenset({"tv"}))), [("audience.channels", CHANNELS)]),
    ],
)  # fmt: skip
def test_a_coupons_mistakes_are_told_with_their_keys(coupon: Coupon, found: list[tuple[str, str]]) -> None:
    assert said(coupon_mistakes(coupon)) == found
