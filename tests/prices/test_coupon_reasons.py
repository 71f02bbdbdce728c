"""Why a coupon may not be used: every reason, which of several is told, and that each has words."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.base.errors import Refusal
from terminal.base.words.prices import WORDS
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
    PriceRules,
    Use,
)
from terminal.rules.prices.coupons import REASONS
from terminal.rules.prices.engine import price
from terminal.rules.scope import Audience, Scope
from terminal.rules.when import Window
from tests.prices.drawn_bills import AT, PRODUCTS, SERVICES

# A service, a product, a session, and two of a product that is free.
LINES = (
    Line("cut", "service", "hair", 100_00),
    Line("soap", "product", "care", 50_00),
    Line("wash", "service", "hair", 30_00, session=True),
    Line("gift", "present", "", 0, 2),
)
BASKET = Basket(LINES, AT, "gold", "jingan", "counter")
DAY = dt.timedelta(days=1)
CASH_10 = Coupon("cash", CASH, off_fen=10_00)
LINE_90 = Coupon("line", DISCOUNT, rate_bp=9_000, on_line=True)
FREE = Coupon("free", EXCHANGE)
NO_RULES = PriceRules(1)
LEVEL = PriceRules(1, levels=(LevelPrice("gold", 8_000, SERVICES),))
OFFER = PriceRules(1, bill_promotions=(BillPromotion("less", 0, 5_00, scope=SERVICES),))


def refused(uses: list[Use], rules: PriceRules = NO_RULES, basket: Basket = BASKET) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refusal) as refusal:
        price(basket, rules, uses)
    return refusal.value.code, dict(refusal.value.values)


def group(coupon: Coupon, name: str = "g") -> Coupon:
    return replace(coupon, stack_group=name)


NO_MORE: dict[str, object] = {}
CASES = [
    ("coupon_twice", [Use(LINE_90, 0), Use(LINE_90, 1)], NO_RULES, NO_MORE),
    ("coupon_not_yet", [Use(replace(CASH_10, first=AT.date() + DAY))], NO_RULES, NO_MORE),
    ("coupon_expired", [Use(replace(CASH_10, last=AT.date() - DAY))], NO_RULES, NO_MORE),
    ("coupon_wrong_time", [Use(replace(CASH_10, window=Window(to_minute=14 * 60 + 30)))], NO_RULES, NO_MORE),
    ("coupon_wrong_time", [Use(replace(CASH_10, window=Window(weekdays=frozenset({6, 7}))))], NO_RULES, NO_MORE),
    ("coupon_wrong_level", [Use(replace(CASH_10, audience=Audience(levels=frozenset({"silver"}))))], LEVEL, NO_MORE),
    ("coupon_wrong_store", [Use(replace(CASH_10, audience=Audience(stores=frozenset({"xuhui"}))))], LEVEL, NO_MORE),
    ("coupon_wrong_channel", [Use(replace(CASH_10, audience=Audience(channels=frozenset({"app"}))))], LEVEL, NO_MORE),
    ("coupon_wrong_use", [Use(CASH_10, 0)], NO_RULES, NO_MORE),
    ("coupon_wrong_use", [Use(LINE_90)], NO_RULES, NO_MORE),
    ("coupon_wrong_use", [Use(FREE)], NO_RULES, NO_MORE),
    ("coupon_wrong_use", [Use(LINE_90, 4)], NO_RULES, NO_MORE),
    ("coupon_wrong_use", [Use(LINE_90, -1)], NO_RULES, NO_MORE),
    ("coupon_wrong_use", [Use(LINE_90, 2)], NO_RULES, NO_MORE),
    ("coupon_no_item", [Use(replace(LINE_90, scope=PRODUCTS), 0)], NO_RULES, NO_MORE),
    ("coupon_no_item", [Use(replace(CASH_10, scope=Scope(items=frozenset({"wash"}))))], NO_RULES, NO_MORE),
    ("coupon_no_item", [Use(replace(CASH_10, scope=Scope(items=frozenset({"gift"}))))], NO_RULES, NO_MORE),
    ("coupon_not_with_offers", [Use(replace(CASH_10, scope=SERVICES, alone=True))], LEVEL, NO_MORE),
    ("coupon_no_item", [Use(FREE, 0), Use(replace(CASH_10, scope=SERVICES))], NO_RULES, NO_MORE),
    ("coupon_not_with_offers", [Use(LINE_90, 0), Use(replace(CASH_10, scope=SERVICES, alone=True))], NO_RULES, NO_MORE),
    ("coupon_no_item", [Use(FREE, 0), Use(replace(CASH_10, scope=SERVICES, alone=True))], NO_RULES, NO_MORE),
    ("coupon_line_taken", [Use(LINE_90, 0), Use(FREE, 0)], NO_RULES, NO_MORE),
    ("coupon_one_only", [Use(FREE, 3)], NO_RULES, NO_MORE),
    ("coupon_one_only", [Use(replace(FREE, kind=TRIAL), 3)], NO_RULES, NO_MORE),
    ("coupon_not_with_offers", [Use(replace(FREE, alone=True), 0)], LEVEL, NO_MORE),
    ("coupon_not_with_offers", [Use(replace(CASH_10, alone=True))], OFFER, NO_MORE),
    ("coupon_threshold", [Use(replace(LINE_90, threshold_fen=100_01), 0)], NO_RULES, {"missing_fen": 1}),
    ("coupon_threshold", [Use(replace(FREE, threshold_fen=100_00), 0)], LEVEL, {"missing_fen": 20_00}),
    ("coupon_threshold", [Use(replace(CASH_10, threshold_fen=150_01))], NO_RULES, {"missing_fen": 1}),
    ("coupon_threshold", [Use(replace(CASH_10, threshold_fen=150_00))], OFFER, {"missing_fen": 5_00}),
    ("coupon_threshold", [Use(replace(CASH_10, threshold_fen=60_00, scope=PRODUCTS))], OFFER, {"missing_fen": 10_00}),
    ("coupon_no_gain", [Use(LINE_90, 0)], LEVEL, NO_MORE),
    ("coupon_no_gain", [Use(replace(LINE_90, rate_bp=8_000), 0)], LEVEL, NO_MORE),
    ("coupon_no_gain", [Use(replace(LINE_90, rate_bp=10_000), 0)], replace(LEVEL, line_mode=BOTH), NO_MORE),
    ("coupon_no_gain", [Use(replace(LINE_90), 3)], NO_RULES, NO_MORE),
    ("coupon_no_gain", [Use(replace(CASH_10, off_fen=0))], NO_RULES, NO_MORE),
    ("coupon_no_gain", [Use(Coupon("all", DISCOUNT, rate_bp=10_000))], NO_RULES, NO_MORE),
    ("coupon_no_gain", [Use(Coupon("a", DISCOUNT, rate_bp=0, stack_group="g")), Use(group(CASH_10))], LEVEL, NO_MORE),
    ("coupons_not_together", [Use(CASH_10), Use(replace(CASH_10, id="other"))], NO_RULES, NO_MORE),
    ("coupons_not_together", [Use(group(CASH_10)), Use(group(replace(CASH_10, id="o"), "h"))], NO_RULES, NO_MORE),
    ("coupons_not_together", [Use(group(CASH_10)), Use(replace(CASH_10, id="other"))], NO_RULES, NO_MORE),
]


@pytest.mark.parametrize(("code", "uses", "rules", "values"), CASES, ids=lambda each: each if type(each) is str else "")
def test_a_coupon_that_may_not_be_used_is_refused(
    code: str, uses: list[Use], rules: PriceRules, values: dict[str, object]
) -> None:
    assert refused(uses, rules) == (code, values)


def test_a_coupon_that_goes_alone_is_for_the_lines_that_nothing_else_lowered() -> None:
    rules = replace(LEVEL, bill_promotions=OFFER.bill_promotions)
    priced = price(BASKET, rules, [Use(replace(CASH_10, alone=True))])
    assert [(step.name, step.parts) for step in priced.steps[1:]] == [
        ("level", (20_00, 0, 0, 0)),
        ("bill_promotion", (5_00, 0, 0, 0)),
        ("bill_coupon", (0, 10_00, 0, 0)),
    ]


def test_every_reason_is_shown_by_a_case() -> None:
    assert {code for code, *_ in CASES} == set(REASONS)


@pytest.mark.parametrize(
    "uses",
    [
        [Use(replace(CASH_10, first=AT.date(), last=AT.date()))],
        [Use(replace(CASH_10, window=Window(from_minute=14 * 60 + 30, to_minute=14 * 60 + 31)))],
        [Use(replace(CASH_10, window=Window(weekdays=frozenset({3}))))],
        [Use(replace(CASH_10, threshold_fen=150_00))],
        [Use(replace(LINE_90, threshold_fen=100_00), 0)],
        [Use(replace(CASH_10, alone=True))],
        [Use(replace(CASH_10, scope=PRODUCTS, audience=Audience(frozenset({"gold"}), frozenset({"jingan"}))))],
        [Use(group(CASH_10)), Use(group(replace(CASH_10, id="other"))), Use(LINE_90, 0), Use(FREE, 1)],
    ],
)
def test_a_coupon_at_the_edge_of_its_conditions_is_used(uses: list[Use]) -> None:
    priced = price(BASKET, NO_RULES, uses)
    assert sum(step.name in {"line_coupon", "bill_coupon"} for step in priced.steps) == len(uses)


# Each of these has everything wrong that the ones after it have, and the one thing more.
WRONG = replace(
    CASH_10,
    first=AT.date() + DAY,
    last=AT.date() - DAY,
    window=Window(weekdays=frozenset()),
    audience=Audience(frozenset({"silver"}), frozenset({"xuhui"}), frozenset({"app"})),
    scope=Scope(items=frozenset({"nothing"})),
    threshold_fen=999_00,
    off_fen=0,
)
ORDER: list[tuple[str, dict[str, object]]] = [
    ("coupon_not_yet", {"first": None}),
    ("coupon_expired", {"last": None}),
    ("coupon_wrong_time", {"window": Window()}),
    ("coupon_wrong_level", {"audience": Audience(stores=frozenset({"xuhui"}), channels=frozenset({"app"}))}),
    ("coupon_wrong_store", {"audience": Audience(channels=frozenset({"app"}))}),
    ("coupon_wrong_channel", {"audience": Audience()}),
]


def test_of_several_reasons_for_a_coupon_on_the_bill_the_first_is_told() -> None:
    coupon, told = WRONG, []
    other = Use(replace(CASH_10, id="a", off_fen=0))
    for code, righted in ORDER:
        told.append((refused([other, Use(coupon, 0)])[0], code))
        coupon = replace(coupon, **righted)  # type: ignore[arg-type]
    told.append((refused([other, Use(coupon, 0)])[0], "coupon_wrong_use"))
    told.append((refused([other, Use(coupon)])[0], "coupons_not_together"))
    told.append((refused([Use(coupon)], OFFER)[0], "coupon_no_item"))
    coupon = replace(coupon, scope=SERVICES, alone=True)
    told.append((refused([Use(coupon)], OFFER)[0], "coupon_not_with_offers"))
    coupon = replace(coupon, alone=False)
    told.append((refused([Use(coupon)], OFFER)[0], "coupon_threshold"))
    told.append((refused([Use(replace(coupon, threshold_fen=0))], OFFER)[0], "coupon_no_gain"))
    assert [found for found, _ in told] == [code for _, code in told]


def test_of_several_reasons_for_a_coupon_on_a_line_the_first_is_told() -> None:
    lines = (replace(LINES[0], quantity=2), *LINES[1:])
    basket = replace(BASKET, lines=lines)
    rules = PriceRules(1, line_promotions=(LinePromotion("o", 0, scope=SERVICES),))
    coupon = replace(FREE, id="x", scope=PRODUCTS, alone=True, threshold_fen=1)
    first = Use(LINE_90, 0)
    assert refused([first, Use(replace(coupon, id="line"), 0)], rules, basket)[0] == "coupon_twice"
    assert refused([first, Use(coupon, 2)], rules, basket)[0] == "coupon_wrong_use"
    assert refused([first, Use(coupon, 0)], rules, basket)[0] == "coupon_no_item"
    coupon = replace(coupon, scope=SERVICES)
    assert refused([first, Use(coupon, 0)], rules, basket)[0] == "coupon_line_taken"
    assert refused([Use(coupon, 0)], rules, basket)[0] == "coupon_one_only"
    assert refused([Use(coupon, 0)], rules)[0] == "coupon_not_with_offers"
    assert refused([Use(replace(coupon, alone=False), 0)], rules)[0] == "coupon_threshold"
    assert refused([Use(replace(coupon, alone=False, threshold_fen=0), 0)], rules)[0] == "coupon_no_gain"


def test_coupons_are_looked_at_in_their_given_order_then_by_lines_then_for_the_bill() -> None:
    expired = Use(replace(CASH_10, last=AT.date() - DAY))
    no_gain, threshold = Use(LINE_90, 3), Use(replace(LINE_90, id="t", threshold_fen=999_00), 1)
    assert refused([no_gain, expired])[0] == "coupon_expired"
    assert refused([no_gain, threshold])[0] == "coupon_threshold"
    assert refused([Use(CASH_10), Use(replace(CASH_10, id="other")), no_gain])[0] == "coupon_no_gain"
    nothing = Use(group(Coupon("n", DISCOUNT)))
    high = Use(group(Coupon("h", THRESHOLD, off_fen=1, threshold_fen=999_00)))
    assert refused([high, nothing])[0] == "coupon_no_gain"


def test_every_reason_and_every_refusal_of_a_bill_has_words_in_three_languages() -> None:
    refusals = {"bill_empty", "quantity_bad", "price_bad", "bill_too_long", "points_bad", "coupon_better_found"}
    assert WORDS.keys() == refusals | set(REASONS)
    for code, sentences in WORDS.items():
        english, *chinese = sentences
        assert english.endswith("."), code
        assert all(each.endswith("。") for each in chinese), code
        assert chinese[0] != chinese[1], code
        assert {tuple(re.findall(r"\{\w+\}", each)) for each in sentences} == {
            ("{missing_fen}",) if code == "coupon_threshold" else ()
        }


def test_the_page_on_prices_lists_the_reasons_in_the_order_in_which_they_are_told() -> None:
    page = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.partition("## Which coupons")[2].splitlines() if line.startswith("| `")]
    assert tuple(re.findall(r"`(\w+)`", "".join(rows))) == (*REASONS, "coupon_better_found")
