"""What is wrong with the rules of prices, or with a coupon, before anybody uses them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Found, Mistake, below, choice, each_of, number, wrong
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
from terminal.rules.prices.overlap import can_hold_together
from terminal.rules.scope import EVERYTHING, Scope
from terminal.rules.value.overlap import audience_mistakes, audiences_meet, window_mistakes

KINDS = (DISCOUNT, THRESHOLD, CASH, EXCHANGE, TRIAL)
ROUND_OFF_UNITS_FEN = (1, 10, 100)


def mistakes(rules: PriceRules) -> list[Mistake]:
    """Return every mistake of the rules, with keys like `levels[0].rate_bp`."""
    return [
        *choice("line_mode", rules.line_mode, (BEST_OF, BOTH)),
        *each_of("levels", rules.levels, _of_level),
        *_levels_twice(rules.levels),
        *each_of("line_promotions", rules.line_promotions, _of_line_promotion),
        *_contradictions(rules.line_promotions),
        *each_of("bill_promotions", rules.bill_promotions, _of_bill_promotion),
        *_ids_twice(rules),
        *below("offset", _of_offset(rules.offset)),
        *_of_round_off(rules.round_off_unit_fen),
    ]


def coupon_mistakes(coupon: Coupon) -> list[Mistake]:
    """Return every mistake of a coupon, which are its template's."""
    return list(_of_coupon(coupon))


def _of_level(price: LevelPrice) -> Found:
    if not price.level:
        yield wrong("level", "setup_empty")
    yield from number("rate_bp", price.rate_bp, WHOLE_BP)


def _of_line_promotion(promotion: LinePromotion) -> Found:
    yield from number("rate_bp", promotion.rate_bp, WHOLE_BP)
    if promotion.price_fen is None:
        if promotion.rate_bp == WHOLE_BP:
            yield wrong("rate_bp", "setup_takes_nothing_off")
    else:
        yield from number("price_fen", promotion.price_fen, FEN_MAX)
        if promotion.rate_bp != WHOLE_BP:
            yield wrong("price_fen", "setup_price_beside_rate")
        if promotion.scope != Scope(items=promotion.scope.items) or promotion.scope == EVERYTHING:
            yield wrong("scope", "setup_price_without_items")
    yield from _when_and_who(promotion)


def _of_bill_promotion(promotion: BillPromotion) -> Found:
    yield from number("threshold_fen", promotion.threshold_fen, FEN_MAX)
    yield from number("off_fen", promotion.off_fen, FEN_MAX, least=1)
    # Without a threshold it is for every bill.
    if 0 < promotion.threshold_fen < promotion.off_fen:
        yield wrong("threshold_fen", "setup_threshold_low")
    if promotion.each_multiple and promotion.threshold_fen == 0:
        yield wrong("each_multiple", "setup_threshold_needed")
    yield from _when_and_who(promotion)


def _of_offset(offset: PointsOffset) -> Found:
    yield from number("step", offset.step, FEN_MAX, least=1)
    yield from number("worth_fen", offset.worth_fen, FEN_MAX, least=1)
    yield from number("most_bp", offset.most_bp, WHOLE_BP)


def _of_round_off(unit_fen: int) -> Found:
    if unit_fen not in ROUND_OFF_UNITS_FEN:
        yield wrong("round_off_unit_fen", "setup_round_off")


def _of_coupon(coupon: Coupon) -> Found:
    if not coupon.id:
        yield wrong("id", "setup_empty")
    yield from choice("kind", coupon.kind, KINDS)
    yield from number("rate_bp", coupon.rate_bp, WHOLE_BP)
    if coupon.kind == DISCOUNT and coupon.rate_bp == WHOLE_BP:
        yield wrong("rate_bp", "setup_takes_nothing_off")
    takes_amount = coupon.kind in {THRESHOLD, CASH}
    yield from number("off_fen", coupon.off_fen, FEN_MAX, least=int(takes_amount))
    yield from number("threshold_fen", coupon.threshold_fen, FEN_MAX)
    if takes_amount and 0 < coupon.threshold_fen < coupon.off_fen:
        yield wrong("threshold_fen", "setup_threshold_low")
    if coupon.on_line and coupon.kind != DISCOUNT:
        yield wrong("on_line", "setup_only_discounts")
    if coupon.first and coupon.last and coupon.last < coupon.first:
        yield wrong("last", "setup_ends_first")
    yield from _when_and_who(coupon)


def _when_and_who(rule: LinePromotion | BillPromotion | Coupon) -> Found:
    yield from below("window", window_mistakes(rule.window))
    yield from below("audience", audience_mistakes(rule.audience))


def _levels_twice(levels: Sequence[LevelPrice]) -> Found:
    for (first, one), (second, other) in combinations(enumerate(levels), 2):
        if (one.level, one.scope) == (other.level, other.scope):
            yield wrong(f"levels[{second}]", "setup_same_conditions", other=f"levels[{first}]")


def _contradictions(promotions: Sequence[LinePromotion]) -> Found:
    """Return what gives an item a second price at a time when it has another one already."""
    priced = [(place, each) for place, each in enumerate(promotions) if each.price_fen is not None]
    for (first, one), (second, other) in combinations(priced, 2):
        shared = one.scope.items & other.scope.items
        if shared and one.price_fen != other.price_fen and _meet(one, other):
            key, items = f"line_promotions[{second}].price_fen", ", ".join(sorted(shared))
            yield wrong(key, "setup_price_contradicts", other=f"line_promotions[{first}]", items=items)


def _meet(one: LinePromotion, other: LinePromotion) -> bool:
    return audiences_meet(one.audience, other.audience) and can_hold_together(one.window, other.window)


def _ids_twice(rules: PriceRules) -> Found:
    """Return the ids of promotions that are empty, or another promotion's."""
    places = [(f"line_promotions[{place}].id", each.id) for place, each in enumerate(rules.line_promotions)]
    places += [(f"bill_promotions[{place}].id", each.id) for place, each in enumerate(rules.bill_promotions)]
    seen: set[str] = set()
    for key, name in places:
        if not name:
            yield wrong(key, "setup_empty")
        elif name in seen:
            yield wrong(key, "setup_taken", found=repr(name))
        seen.add(name)
