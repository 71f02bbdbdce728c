"""Thresholds and amounts of random bills: chosen by the sums they are compared with, just reached and just missed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import DISCOUNT, Basket, BillPromotion, PointsOffset, PriceRules, Use
from terminal.rules.scope import Scope
from tests.prices import naive


def own_and_left(basket: Basket, rules: PriceRules, uses: Sequence[Use]) -> tuple[list[int], list[int]] | None:
    """Return what is left of each line after its own offers, and in the end; none where a coupon is refused."""
    try:
        priced = naive.price(basket, replace(rules, offset=PointsOffset(most_bp=0), round_off_unit_fen=1), uses)
    except Refusal:
        return None
    return [line.own_fen for line in priced.lines], [line.net_fen for line in priced.lines]


def _near(chance: random.Random, total: int) -> int:
    """Draw a threshold: exactly a sum or its half or third, a fen beside it, none, or any."""
    edges = (total, total, total + 1, total - 1, total // 2, total // 3, 0, 0, chance.randrange(total + 2))
    return max(0, chance.choice(edges))


def _off(chance: random.Random, total: int) -> int:
    """Draw an amount to take off a sum: mostly less than it."""
    return max(
        0, chance.choice((1, 40_00, total // 10, total // 3, total - 1, total, total + 1, chance.randrange(total + 1)))
    )


def _sum_of(values: Sequence[int], basket: Basket, scope: Scope) -> int:
    pairs = zip(basket.lines, values, strict=True)
    return sum(value for line, value in pairs if scope.has(line.kind, line.category, line.item) and not line.session)


def at_the_edge_of_lines(
    chance: random.Random, basket: Basket, rules: PriceRules, uses: Sequence[Use]
) -> tuple[PriceRules, list[Use]]:
    """Choose the thresholds of line coupons and of bill promotions by the sums they are compared with."""
    plain = replace(rules, bill_promotions=())
    offered = own_and_left(basket, plain, ())
    assert offered is not None
    edged: list[Use] = []
    for use in uses:
        assert use.line is not None
        threshold_fen = _near(chance, offered[0][use.line]) if chance.random() < 0.4 else 0
        edged.append(replace(use, coupon=replace(use.coupon, threshold_fen=threshold_fen)))
    own, _ = own_and_left(basket, plain, edged) or offered
    promotions: list[BillPromotion] = []
    for promotion in rules.bill_promotions:
        total = _sum_of(own, basket, promotion.scope)
        promotions.append(replace(promotion, threshold_fen=_near(chance, total), off_fen=_off(chance, total)))
    return replace(rules, bill_promotions=tuple(promotions)), edged


def at_the_edge_of_bills(
    chance: random.Random, basket: Basket, rules: PriceRules, lines: Sequence[Use], uses: Sequence[Use]
) -> list[Use]:
    """Choose the thresholds and amounts of bill coupons by the sums they are compared with."""
    priced = own_and_left(basket, rules, lines) or own_and_left(basket, rules, ())
    assert priced is not None
    edged: list[Use] = []
    for use in uses:
        total = _sum_of(priced[1], basket, use.coupon.scope)
        off_fen = 0 if use.coupon.kind == DISCOUNT else _off(chance, total)
        threshold_fen = _near(chance, total) if chance.random() < 0.5 else 0
        edged.append(replace(use, coupon=replace(use.coupon, threshold_fen=threshold_fen, off_fen=off_fen)))
    return edged
