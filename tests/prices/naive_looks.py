"""What is refused before anything is priced, a second time: naive, rule after rule."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import EXCHANGE, TRIAL, Basket, Coupon, Line, Use
from terminal.rules.scope import Audience, Scope

MOST_FEN = 10**12
MOST_LINES = 200
MOST_QUANTITY = 9999


def has(scope: Scope, line: Line) -> bool:
    """Tell whether a line is in a scope."""
    return scope.has(line.kind, line.category, line.item)


def look_at_basket(basket: Basket, points_offered: int) -> None:
    """Refuse a bill without lines, with a bad quantity or price, with too many lines, and less than no points."""
    values = [line.list_fen * line.quantity for line in basket.lines]
    if len(basket.lines) == 0:
        raise Refusal("bill_empty")
    if any(not 1 <= line.quantity <= MOST_QUANTITY for line in basket.lines):
        raise Refusal("quantity_bad")
    if any(line.list_fen < 0 for line in basket.lines) or max(values) > MOST_FEN or sum(values) > MOST_FEN:
        raise Refusal("price_bad")
    if len(basket.lines) > MOST_LINES:
        raise Refusal("bill_too_long")
    if points_offered < 0:
        raise Refusal("points_bad")


def look_at_uses(basket: Basket, uses: Sequence[Use]) -> None:
    """Refuse the first coupon that may not be used whatever the prices are."""
    for number, use in enumerate(uses):
        earlier = uses[:number]
        if any(other.coupon.id == use.coupon.id for other in earlier):
            raise Refusal("coupon_twice")
        look_at_time(basket, use.coupon)
        look_at_audience(basket, use.coupon.audience)
        if use.coupon.for_line:
            look_at_line(basket, use, earlier)
        elif use.line is not None:
            raise Refusal("coupon_wrong_use")


def look_at_time(basket: Basket, coupon: Coupon) -> None:
    """Refuse a coupon before its first day, after its last, and outside its window."""
    day = basket.at.date()
    if coupon.first is not None and day < coupon.first:
        raise Refusal("coupon_not_yet")
    if coupon.last is not None and day > coupon.last:
        raise Refusal("coupon_expired")
    if not coupon.window.holds(basket.at):
        raise Refusal("coupon_wrong_time")


def look_at_audience(basket: Basket, audience: Audience) -> None:
    """Refuse a coupon for other levels, stores or channels."""
    if audience.levels and basket.level not in audience.levels:
        raise Refusal("coupon_wrong_level")
    if audience.stores and basket.store not in audience.stores:
        raise Refusal("coupon_wrong_store")
    if audience.channels and basket.channel not in audience.channels:
        raise Refusal("coupon_wrong_channel")


def look_at_line(basket: Basket, use: Use, earlier: Sequence[Use]) -> None:
    """Refuse a line coupon that does not fit the line it is used on."""
    if use.line is None or not 0 <= use.line < len(basket.lines) or basket.lines[use.line].session:
        raise Refusal("coupon_wrong_use")
    line = basket.lines[use.line]
    if not has(use.coupon.scope, line):
        raise Refusal("coupon_no_item")
    if any(other.line == use.line for other in earlier):
        raise Refusal("coupon_line_taken")
    if use.coupon.kind in {EXCHANGE, TRIAL} and line.quantity > 1:
        raise Refusal("coupon_one_only")
