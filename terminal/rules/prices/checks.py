"""What is wrong with the rules of prices, or with a coupon, before anybody uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TypeVar

from terminal.base.money import FEN_MAX, format_yuan
from terminal.rules.prices.basket import (
    BEST_OF,
    BOTH,
    CASH,
    DISCOUNT,
    EXCHANGE,
    THRESHOLD,
    TRIAL,
    WHOLE_BP,
    BillPromotion,
    Coupon,
    LevelPrice,
    LinePromotion,
    PointsOffset,
    PriceRules,
)
from terminal.rules.prices.overlap import can_hold, can_hold_together
from terminal.rules.scope import EVERYTHING, Audience, Scope
from terminal.rules.when import DAY_MINUTES, WEEKDAYS, Window

KINDS = (DISCOUNT, THRESHOLD, CASH, EXCHANGE, TRIAL)
ROUND_OFF_UNITS_FEN = (1, 10, 100)
Mistakes = Iterator[tuple[str, str]]
T = TypeVar("T")


def mistakes(rules: PriceRules) -> list[tuple[str, str]]:
    """Return every mistake of the rules as (key, sentence), where a key is like `levels[0].rate_bp`."""
    return [
        *_choice("line_mode", rules.line_mode, (BEST_OF, BOTH)),
        *_each("levels", rules.levels, _of_level),
        *_levels_twice(rules.levels),
        *_each("line_promotions", rules.line_promotions, _of_line_promotion),
        *_contradictions(rules.line_promotions),
        *_each("bill_promotions", rules.bill_promotions, _of_bill_promotion),
        *_ids_twice(rules),
        *((f"offset.{key}", sentence) for key, sentence in _of_offset(rules.offset)),
        *_choice("round_off_unit_fen", rules.round_off_unit_fen, ROUND_OFF_UNITS_FEN),
    ]


def coupon_mistakes(coupon: Coupon) -> list[tuple[str, str]]:
    """Return every mistake of a coupon, which are its template's, as (key, sentence)."""
    return list(_of_coupon(coupon))


def _of_level(price: LevelPrice) -> Mistakes:
    if not price.level:
        yield "level", "is empty; a level's price needs its level"
    yield from _number("rate_bp", price.rate_bp, WHOLE_BP)


def _of_line_promotion(promotion: LinePromotion) -> Mistakes:
    yield from _number("rate_bp", promotion.rate_bp, WHOLE_BP)
    if promotion.price_fen is None:
        if promotion.rate_bp == WHOLE_BP:
            yield "rate_bp", "takes nothing off"
    else:
        yield from _number("price_fen", promotion.price_fen, FEN_MAX)
        if promotion.rate_bp != WHOLE_BP:
            yield "price_fen", "stands beside a rate; an offer is one of the two"
        if promotion.scope != Scope(items=promotion.scope.items) or promotion.scope == EVERYTHING:
            yield "scope", "must name items, and nothing else, for one price"
    yield from _window("window", promotion.window)


def _of_bill_promotion(promotion: BillPromotion) -> Mistakes:
    yield from _number("threshold_fen", promotion.threshold_fen, FEN_MAX)
    yield from _number("off_fen", promotion.off_fen, FEN_MAX, least=1)
    # Without a threshold it is for every bill.
    if 0 < promotion.threshold_fen < promotion.off_fen:
        yield "threshold_fen", "is below what is taken off"
    if promotion.each_multiple and promotion.threshold_fen == 0:
        yield "each_multiple", "needs a threshold"
    yield from _window("window", promotion.window)


def _of_offset(offset: PointsOffset) -> Mistakes:
    yield from _number("step", offset.step, FEN_MAX, least=1)
    yield from _number("worth_fen", offset.worth_fen, FEN_MAX, least=1)
    yield from _number("most_bp", offset.most_bp, WHOLE_BP)


def _of_coupon(coupon: Coupon) -> Mistakes:
    if not coupon.id:
        yield "id", "is empty"
    yield from _choice("kind", coupon.kind, KINDS)
    yield from _number("rate_bp", coupon.rate_bp, WHOLE_BP)
    if coupon.kind == DISCOUNT and coupon.rate_bp == WHOLE_BP:
        yield "rate_bp", "takes nothing off"
    takes_amount = coupon.kind in {THRESHOLD, CASH}
    yield from _number("off_fen", coupon.off_fen, FEN_MAX, least=int(takes_amount))
    yield from _number("threshold_fen", coupon.threshold_fen, FEN_MAX)
    if takes_amount and 0 < coupon.threshold_fen < coupon.off_fen:
        yield "threshold_fen", "is below what is taken off"
    if coupon.on_line and coupon.kind != DISCOUNT:
        yield "on_line", "is for discounts only"
    if coupon.first and coupon.last and coupon.last < coupon.first:
        yield "last", "is before the first day"
    yield from _window("window", coupon.window)


def _window(key: str, window: Window) -> Mistakes:
    yield from _number(f"{key}.from_minute", window.from_minute, DAY_MINUTES - 1)
    yield from _number(f"{key}.to_minute", window.to_minute, DAY_MINUTES)
    if not window.weekdays <= WEEKDAYS:
        yield f"{key}.weekdays", "are 1 (Monday) to 7"
    elif not can_hold(window):
        yield key, "never holds: no day is in it"


def _levels_twice(levels: Sequence[LevelPrice]) -> Mistakes:
    for (first, one), (second, other) in combinations(enumerate(levels), 2):
        if (one.level, one.scope) == (other.level, other.scope):
            yield f"levels[{second}]", f"is for the same level and things as levels[{first}]"


def _contradictions(promotions: Sequence[LinePromotion]) -> Mistakes:
    """Return what gives an item a second price at a time when it has another one already."""
    priced = [(place, each) for place, each in enumerate(promotions) if each.price_fen is not None]
    for (first, one), (second, other) in combinations(priced, 2):
        shared = one.scope.items & other.scope.items
        if shared and one.price_fen != other.price_fen and _meet(one, other):
            key = f"line_promotions[{first}]"
            yield f"line_promotions[{second}].price_fen", f"contradicts {key} for {', '.join(sorted(shared))}"


def _meet(one: LinePromotion, other: LinePromotion) -> bool:
    return _same_people(one.audience, other.audience) and can_hold_together(one.window, other.window)


def _same_people(one: Audience, other: Audience) -> bool:
    pairs = ((one.levels, other.levels), (one.stores, other.stores), (one.channels, other.channels))
    return all(not left or not right or left & right for left, right in pairs)


def _ids_twice(rules: PriceRules) -> Mistakes:
    """Return the ids of promotions that are empty, or another promotion's."""
    places = [(f"line_promotions[{place}].id", each.id) for place, each in enumerate(rules.line_promotions)]
    places += [(f"bill_promotions[{place}].id", each.id) for place, each in enumerate(rules.bill_promotions)]
    seen: set[str] = set()
    for key, name in places:
        if not name:
            yield key, "is empty"
        elif name in seen:
            yield key, f"is {name!r}, which another promotion has"
        seen.add(name)


def _each(key: str, rules: Sequence[T], of: Callable[[T], Mistakes]) -> Mistakes:
    for place, rule in enumerate(rules):
        yield from ((f"{key}[{place}].{part}", sentence) for part, sentence in of(rule))


def _number(key: str, value: int, most: int, least: int = 0) -> Mistakes:
    if not least <= value <= most:
        yield key, f"is {_shown(key, value)}; it must be {_shown(key, least)} to {_shown(key, most)}"


def _shown(key: str, value: int) -> str:
    """Return a number as the sentence has it: money in yuan."""
    return format_yuan(value) if key.endswith("_fen") else str(value)


def _choice(key: str, value: T, choices: Sequence[T]) -> Mistakes:
    if value not in choices:
        yield key, f"is {value!r}; it must be one of {', '.join(map(str, choices))}"
