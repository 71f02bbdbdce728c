"""The price of a bill a second time: naive, in fractions, rule after rule as the shop's price rules are written down.

It is slow and takes no short cuts, so that it can be read beside the rules and believed; the engine must agree with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import (
    BEST_OF,
    CASH,
    DISCOUNT,
    EXCHANGE,
    THRESHOLD,
    TRIAL,
    WHOLE_BP,
    Basket,
    BillPromotion,
    Coupon,
    Line,
    LinePromotion,
    Priced,
    PricedLine,
    PriceRules,
    Step,
    Use,
)
from terminal.rules.scope import Scope
from tests.prices.naive_looks import has, look_at_basket, look_at_uses
from tests.prices.naive_sums import at_rate, spread

# --- The bill while it is priced --------------------------------------------------------------------------------------


class Bill:
    """What is left of each line, and the steps that took the rest off."""

    def __init__(self, basket: Basket) -> None:
        self.lines = basket.lines
        self.list_fen = [line.list_fen * line.quantity for line in basket.lines]
        self.left = list(self.list_fen)
        self.own_fen = list(self.list_fen)
        self.steps: list[Step] = []

    def take(self, name: str, source: str, parts: Sequence[int]) -> None:
        """Take a step's parts off the lines; a step that takes nothing is not listed."""
        assert all(0 <= part <= left for part, left in zip(parts, self.left, strict=True)), (name, source, parts)
        self.left = [left - part for left, part in zip(self.left, parts, strict=True)]
        if sum(parts) > 0:
            self.steps.append(Step(name, source, sum(parts), tuple(parts)))

    def take_spread(self, name: str, source: str, off_fen: int, places: Sequence[int]) -> None:
        """Take an amount off some lines in proportion to their own value, off no line more than is left of it."""
        parts = [0] * len(self.lines)
        shares = spread(off_fen, [self.own_fen[place] for place in places], [self.left[place] for place in places])
        for place, share in zip(places, shares, strict=True):
            parts[place] = share
        self.take(name, source, parts)

    def places(self, scope: Scope) -> list[int]:
        """Return the places of the lines in a scope that are no session lines."""
        return [place for place, line in enumerate(self.lines) if not line.session and has(scope, line)]

    def took_off(self, name: str, place: int) -> bool:
        """Tell whether a step of this name took something off a line."""
        return any(step.parts[place] > 0 for step in self.steps if step.name == name)


# --- Step 1: session lines --------------------------------------------------------------------------------------------


def settle_sessions(bill: Bill) -> None:
    """Take the whole list value off the lines that a pass settles."""
    pairs = zip(bill.lines, bill.list_fen, strict=True)
    bill.take("session", "", [value if line.session else 0 for line, value in pairs])


# --- Step 2: promotions of lines, and level prices --------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """What step 2 takes off one line: a promotion's part (and which promotion's), and the level's."""

    promotion: LinePromotion | None = None
    promotion_fen: int = 0
    level_fen: int = 0

    @property
    def off_fen(self) -> int:
        """What both take off."""
        return self.promotion_fen + self.level_fen


def offer_for(line: Line, basket: Basket, rules: PriceRules) -> Offer:
    """Return what step 2 takes off a line."""
    if line.session:
        return Offer()
    value = line.list_fen * line.quantity
    promotion, promotion_value = best_promotion(line, basket, rules)
    rates = [
        price.rate_bp
        for price in rules.levels
        if basket.level != "" and price.level == basket.level and has(price.scope, line)
    ]
    if rules.line_mode == BEST_OF:
        level_value = min([value, *(at_rate(value, rate_bp) for rate_bp in rates)])
        if level_value <= promotion_value:
            return Offer(level_fen=value - level_value)
        return Offer(promotion, value - promotion_value)
    both_value = at_rate(promotion_value, min(rates, default=WHOLE_BP))
    return Offer(promotion, value - promotion_value, promotion_value - both_value)


def best_promotion(line: Line, basket: Basket, rules: PriceRules) -> tuple[LinePromotion | None, int]:
    """Return the promotion that makes a line cheapest (none when none does), and the line's value with it."""
    value = line.list_fen * line.quantity
    best: tuple[LinePromotion | None, int] = (None, value)
    for promotion in rules.line_promotions:
        if not (has(promotion.scope, line) and holds(promotion, basket)):
            continue
        costs = at_rate(value, promotion.rate_bp)
        if promotion.price_fen is not None:
            costs = promotion.price_fen * line.quantity
        if costs < best[1]:
            best = (promotion, costs)
    return best


def holds(promotion: LinePromotion | BillPromotion, basket: Basket) -> bool:
    """Tell whether a promotion is for this member, store and channel, and now."""
    audience = promotion.audience
    return (
        (not audience.levels or basket.level in audience.levels)
        and (not audience.stores or basket.store in audience.stores)
        and (not audience.channels or basket.channel in audience.channels)
        and promotion.window.holds(basket.at)
    )


# --- Step 3: coupons of lines -----------------------------------------------------------------------------------------


def price_with_coupon(coupon: Coupon, list_fen: int, offer: Offer, mode: str) -> int:
    """Return what a line costs with its coupon; refuse the coupon where it may not be used or does not help."""
    value = list_fen - offer.off_fen
    if coupon.alone and offer.off_fen > 0:
        raise Refusal("coupon_not_with_offers")
    if value < coupon.threshold_fen:
        raise Refusal("coupon_threshold", missing_fen=coupon.threshold_fen - value)
    free = coupon.kind in {EXCHANGE, TRIAL}
    costs = 0 if free else at_rate(list_fen if mode == BEST_OF else value, coupon.rate_bp)
    if costs >= value:
        raise Refusal("coupon_no_gain")
    return costs


def price_lines(bill: Bill, basket: Basket, rules: PriceRules, uses: Sequence[Use]) -> set[int]:
    """Take steps 2 and 3 off the bill; return the places of the lines that are special or had a coupon."""
    offers = [offer_for(line, basket, rules) for line in bill.lines]
    special = {place for place, offer in enumerate(offers) if offer.off_fen > 0}
    by_line = {use.line: use.coupon for use in uses if use.line is not None}
    costs: dict[int, int] = {}
    for place in sorted(by_line):
        costs[place] = price_with_coupon(by_line[place], bill.list_fen[place], offers[place], rules.line_mode)
        if rules.line_mode == BEST_OF:
            offers[place] = Offer()
    for promotion in rules.line_promotions:
        parts = [offer.promotion_fen if offer.promotion is promotion else 0 for offer in offers]
        bill.take("promotion", promotion.id, parts)
    bill.take("level", basket.level, [offer.level_fen for offer in offers])
    for place in sorted(by_line):
        parts = [0] * len(bill.lines)
        parts[place] = bill.left[place] - costs[place]
        bill.take("line_coupon", by_line[place].id, parts)
    bill.own_fen = list(bill.left)
    return special | set(by_line)


# --- Step 4: the promotion of the bill --------------------------------------------------------------------------------


def take_bill_promotion(bill: Bill, basket: Basket, rules: PriceRules) -> None:
    """Take off the bill promotion that takes most off, the first where several take the same."""
    best: tuple[int, BillPromotion] | None = None
    for promotion in rules.bill_promotions:
        if holds(promotion, basket):
            off_fen = bill_promotion_off(bill, promotion)
            if best is None or off_fen > best[0]:
                best = (off_fen, promotion)
    if best is not None:
        bill.take_spread("bill_promotion", best[1].id, best[0], bill.places(best[1].scope))


def bill_promotion_off(bill: Bill, promotion: BillPromotion) -> int:
    """Return what a bill promotion takes off, 0 where its lines do not reach its threshold."""
    total = sum(bill.own_fen[place] for place in bill.places(promotion.scope))
    if total == 0 or total < promotion.threshold_fen:
        return 0
    times = total // promotion.threshold_fen if promotion.each_multiple and promotion.threshold_fen > 0 else 1
    return min(promotion.off_fen * times, total)


# --- Step 5: coupons of the bill --------------------------------------------------------------------------------------


def take_bill_coupons(bill: Bill, uses: Sequence[Use], touched: set[int]) -> None:
    """Take off the coupons for the bill; `touched` lines are special or had a coupon."""
    coupons = [use.coupon for use in uses if use.line is None]
    groups = {coupon.stack_group for coupon in coupons}
    if len(coupons) > 1 and (len(groups) > 1 or "" in groups):
        raise Refusal("coupons_not_together")
    before = list(bill.left)
    order = [DISCOUNT, THRESHOLD, CASH]
    for coupon in sorted(coupons, key=lambda each: (order.index(each.kind), each.id)):
        take_bill_coupon(bill, coupon, touched, before)


def take_bill_coupon(bill: Bill, coupon: Coupon, touched: set[int], before: Sequence[int]) -> None:
    """Take off one coupon for the bill; `before` is what was left of each line before the first of them."""
    places = [place for place in bill.places(coupon.scope) if bill.own_fen[place] > 0]
    if not places:
        raise Refusal("coupon_no_item")
    if coupon.alone:
        places = [place for place in places if place not in touched]
        if not places:
            raise Refusal("coupon_not_with_offers")
    if coupon.alone and any(bill.took_off("bill_promotion", place) for place in places):
        raise Refusal("coupon_not_with_offers")
    reached = sum(before[place] for place in places)
    if reached < coupon.threshold_fen:
        raise Refusal("coupon_threshold", missing_fen=coupon.threshold_fen - reached)
    total = sum(bill.left[place] for place in places)
    off_fen = total - at_rate(total, coupon.rate_bp) if coupon.kind == DISCOUNT else min(coupon.off_fen, total)
    if off_fen == 0:
        raise Refusal("coupon_no_gain")
    bill.take_spread("bill_coupon", coupon.id, off_fen, places)


# --- Steps 6 to 8: points, round-off, and what is payable -------------------------------------------------------------


def take_points(bill: Bill, rules: PriceRules, points_offered: int) -> int:
    """Take off what the points offered are worth; return the points used."""
    offset = rules.offset
    most_fen = sum(bill.left) * offset.most_bp // WHOLE_BP
    steps = min(points_offered // offset.step, most_fen // offset.worth_fen)
    bill.take_spread("points", "", steps * offset.worth_fen, range(len(bill.lines)))
    return steps * offset.step


def round_off(bill: Bill, rules: PriceRules) -> None:
    """Take off what is above a whole unit of the round-off."""
    bill.take_spread("round_off", "", sum(bill.left) % rules.round_off_unit_fen, range(len(bill.lines)))


def price(basket: Basket, rules: PriceRules, uses: Sequence[Use] = (), points_offered: int = 0) -> Priced:
    """Return what a bill costs with every step; raise `Refusal` for a bill or a coupon that is not good."""
    look_at_basket(basket, points_offered)
    look_at_uses(basket, uses)
    bill = Bill(basket)
    settle_sessions(bill)
    touched = price_lines(bill, basket, rules, uses)
    take_bill_promotion(bill, basket, rules)
    take_bill_coupons(bill, uses, touched)
    points_used = take_points(bill, rules, points_offered)
    round_off(bill, rules)
    columns = zip(bill.lines, bill.list_fen, bill.own_fen, bill.left, strict=True)
    lines = tuple(PricedLine(line, list_fen, own, net) for line, list_fen, own, net in columns)
    return Priced(lines, tuple(bill.steps), sum(bill.left), points_used)
