"""Bills, rules and coupons as Hypothesis draws them: few names and round figures, so that rules meet and tie."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import (
    BEST_OF,
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
from terminal.rules.scope import EVERYTHING, Audience, Scope

AT = dt.datetime(2025, 3, 5, 14, 30)  # noqa: DTZ001 - the shop's own civil time; a Wednesday

SERVICES = Scope(kinds=frozenset({"service"}))
PRODUCTS = Scope(kinds=frozenset({"product"}))
ONE_ITEM = Scope(items=frozenset({"i1"}))
SCOPES = st.sampled_from([EVERYTHING, EVERYTHING, SERVICES, PRODUCTS, ONE_ITEM])
AMOUNTS = st.integers(0, 200_00) | st.sampled_from([0, 1, 10_00, 50_00, 99_99, 100_00])
RATES = st.sampled_from([0, 5_000, 7_777, 8_800, 9_500, 10_000])
LINES = st.builds(
    Line,
    st.sampled_from(["i1", "i2"]),
    st.sampled_from(["service", "product"]),
    st.just("c"),
    AMOUNTS,
    st.sampled_from([1, 1, 1, 2, 3]),
    st.sampled_from([False, False, False, True]),
)


def baskets(most: int) -> st.SearchStrategy[Basket]:
    return st.builds(Basket, st.lists(LINES, min_size=1, max_size=most).map(tuple), st.just(AT), st.just("gold"))


def _named(strategy: st.SearchStrategy[LinePromotion], most: int) -> st.SearchStrategy[tuple[LinePromotion, ...]]:
    return st.lists(strategy, max_size=most, unique_by=lambda each: each.id).map(tuple)


RULES = st.builds(
    PriceRules,
    version=st.just(1),
    line_mode=st.sampled_from([BEST_OF, BOTH]),
    levels=st.lists(st.builds(LevelPrice, st.sampled_from(["gold", "silver"]), RATES, SCOPES), max_size=2).map(tuple),
    line_promotions=_named(
        st.builds(
            LinePromotion, st.sampled_from(["p1", "p2", "p3"]), RATES, st.none() | st.integers(0, 150_00), SCOPES
        ),
        2,
    ),
    bill_promotions=st.lists(
        st.builds(BillPromotion, st.sampled_from(["b1", "b2"]), AMOUNTS, st.integers(0, 60_00), st.booleans(), SCOPES),
        max_size=2,
        unique_by=lambda each: each.id,
    ).map(tuple),
    offset=st.builds(PointsOffset, st.sampled_from([1, 100]), st.sampled_from([1, 1_00]), st.sampled_from([0, 2_000])),
    round_off_unit_fen=st.sampled_from([1, 10, 100]),
)
POINTS = st.sampled_from([0, 99, 100, 1_234, 100_000])
COUPONS = st.builds(
    Coupon,
    st.sampled_from(["k1", "k2", "k3", "k4", "k5"]),
    st.sampled_from([DISCOUNT, DISCOUNT, THRESHOLD, CASH, CASH, EXCHANGE, TRIAL]),
    rate_bp=RATES,
    off_fen=st.integers(0, 80_00),
    threshold_fen=st.sampled_from([0, 0, 0, 50_00, 200_00]),
    on_line=st.just(False),
    alone=st.sampled_from([False, False, True]),
    stack_group=st.sampled_from(["", "g", "g", "h"]),
    last=st.sampled_from([None, None, None, AT.date(), AT.date() - dt.timedelta(days=1)]),
    scope=SCOPES,
    audience=st.sampled_from([Audience(), Audience(), Audience(levels=frozenset({"silver"}))]),
)
LINE_DISCOUNTS = st.builds(
    Coupon,
    st.sampled_from(["l1", "l2", "l3"]),
    st.just(DISCOUNT),
    rate_bp=RATES,
    threshold_fen=st.sampled_from([0, 50_00]),
    on_line=st.just(True),
    alone=st.booleans(),
    scope=SCOPES,
)


def coupons(most: int) -> st.SearchStrategy[list[Coupon]]:
    return st.lists(COUPONS | LINE_DISCOUNTS, max_size=most, unique_by=lambda each: each.id)


@st.composite
def bills(draw: st.DrawFn) -> tuple[Basket, PriceRules, tuple[Use, ...], int]:
    """Return a bill to be priced, with coupons on any lines; those that are refused are left out, one by one."""
    basket, rules, points = draw(baskets(6)), draw(RULES), draw(POINTS)
    uses: tuple[Use, ...] = ()
    for coupon in draw(coupons(4)):
        place = draw(st.integers(0, len(basket.lines) - 1)) if coupon.for_line else None
        if priced_or_refused(basket, rules, (*uses, Use(coupon, place)), points):
            uses = (*uses, Use(coupon, place))
    return basket, rules, uses, points


def priced_or_refused(basket: Basket, rules: PriceRules, uses: tuple[Use, ...], points: int) -> Priced | None:
    try:
        return price(basket, rules, uses, points)
    except Refusal:
        return None
