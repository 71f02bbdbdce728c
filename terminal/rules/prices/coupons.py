"""Which coupons may be used on a bill and what they take off: for each that may not, the first reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import BOTH, CASH, DISCOUNT, EXCHANGE, THRESHOLD, TRIAL, Basket, Coupon, Use
from terminal.rules.prices.bill import Bill
from terminal.rules.prices.sheet import Sheet
from terminal.rules.split import at_rate

# Why a coupon may not be used, in the order in which the reasons are looked for.
REASONS = (
    "coupon_twice",
    "coupon_not_yet",
    "coupon_expired",
    "coupon_wrong_time",
    "coupon_wrong_level",
    "coupon_wrong_store",
    "coupon_wrong_channel",
    "coupon_wrong_use",
    "coupon_no_item",
    "coupon_line_taken",
    "coupon_one_only",
    "coupon_not_with_offers",
    "coupon_threshold",
    "coupon_no_gain",
    "coupons_not_together",
)
# Coupons for the bill are used in this order, of one kind by their ids.
KINDS_IN_ORDER = (DISCOUNT, THRESHOLD, CASH)


def check_uses(bill: Bill, uses: Sequence[Use]) -> None:
    """Raise `Refusal` for the first use that can be refused without any price."""
    ids: set[str] = set()
    taken: set[int] = set()
    for use in uses:
        if use.coupon.id in ids:
            raise Refusal("coupon_twice")
        code = unfit(use.coupon, bill.basket) or _misplaced(use, bill, taken)
        if code:
            raise Refusal(code)
        ids.add(use.coupon.id)
        if use.line is not None:
            taken.add(use.line)


def unfit(coupon: Coupon, basket: Basket) -> str:
    """Return the first of a coupon's own conditions that is not met (day, hour, level, store, channel), or nothing."""
    day, audience = basket.at.date(), coupon.audience
    conditions = (
        ("coupon_not_yet", coupon.first is None or coupon.first <= day),
        ("coupon_expired", coupon.last is None or day <= coupon.last),
        ("coupon_wrong_time", coupon.window.holds(basket.at)),
        ("coupon_wrong_level", not audience.levels or basket.level in audience.levels),
        ("coupon_wrong_store", not audience.stores or basket.store in audience.stores),
        ("coupon_wrong_channel", not audience.channels or basket.channel in audience.channels),
    )
    return next((code for code, met in conditions if not met), "")


def _misplaced(use: Use, bill: Bill, taken: Collection[int]) -> str:
    """Return why a coupon cannot be used on this place, where `taken` are the lines that have one, or nothing."""
    coupon, place, lines = use.coupon, use.line, bill.basket.lines
    if place is None or not coupon.for_line:
        return "" if place is None and not coupon.for_line else "coupon_wrong_use"
    if not 0 <= place < len(lines) or lines[place].session:
        return "coupon_wrong_use"
    if place not in bill.places(coupon.scope):
        return "coupon_no_item"
    if place in taken:
        return "coupon_line_taken"
    return "coupon_one_only" if coupon.kind in {EXCHANGE, TRIAL} and lines[place].quantity > 1 else ""


def line_cost_fen(bill: Bill, coupon: Coupon, place: int) -> int:
    """Return what a line costs with this coupon; raise `Refusal` where it may not be used or takes nothing off.

    A coupon that gives the line for nothing takes nothing off a line that costs nothing.
    """
    value = bill.values[place]
    if coupon.alone and value.special:
        raise Refusal("coupon_not_with_offers")
    if value.value_fen < coupon.threshold_fen:
        raise Refusal("coupon_threshold", missing_fen=coupon.threshold_fen - value.value_fen)
    base_fen = value.value_fen if bill.rules.line_mode == BOTH else value.list_fen
    cost_fen = 0 if coupon.kind in {EXCHANGE, TRIAL} else at_rate(base_fen, coupon.rate_bp)
    if cost_fen >= value.value_fen:
        raise Refusal("coupon_no_gain")
    return cost_fen


@dataclass(frozen=True, slots=True)
class Reach:
    """A coupon for the bill that may be used on it: its lines, and what was left of them before any such coupon."""

    coupon: Coupon
    places: frozenset[int]
    before_fen: int

    def off_fen(self, left_fen: int) -> int:
        """Return what it takes off where so much is left of its lines: never less where more is left."""
        if self.coupon.kind == DISCOUNT:
            return left_fen - at_rate(left_fen, self.coupon.rate_bp)
        return min(self.coupon.off_fen, left_fen)


def in_order(coupons: Iterable[Coupon]) -> list[Coupon]:
    """Return coupons for the bill in the order in which they are used."""
    return sorted(coupons, key=lambda each: (KINDS_IN_ORDER.index(each.kind), each.id))


def go_together(coupons: Sequence[Coupon]) -> bool:
    """Tell whether coupons for the bill may be used on one bill: one of them, or several of one stack group."""
    groups = {each.stack_group for each in coupons}
    return len(coupons) <= 1 or (len(groups) == 1 and groups != {""})


def redeem(sheet: Sheet, bill: Bill, coupons: Sequence[Coupon], lined: Collection[int]) -> None:
    """Take coupons for the bill off it, in their order; `lined` are lines with one of theirs. Raises `Refusal`."""
    if not go_together(coupons):
        raise Refusal("coupons_not_together")
    before = sheet.copy()
    for coupon in in_order(coupons):
        take(sheet, reach(before, bill, coupon, lined))


def reach(sheet: Sheet, bill: Bill, coupon: Coupon, lined: Collection[int]) -> Reach:
    """Return what a coupon reaches of a bill from which none was taken; raise `Refusal` where it may not be used."""
    places = sheet.worth(bill.places(coupon.scope))
    if not places:
        raise Refusal("coupon_no_item")
    if coupon.alone:
        places = frozenset(each for each in places if each not in lined and not bill.values[each].special)
        if not places or sheet.lowered(places):
            raise Refusal("coupon_not_with_offers")
    reached = Reach(coupon, places, sheet.sum_fen(places))
    if reached.before_fen < coupon.threshold_fen:
        raise Refusal("coupon_threshold", missing_fen=coupon.threshold_fen - reached.before_fen)
    return reached


def take(sheet: Sheet, reached: Reach) -> None:
    """Take a coupon off the bill; raise `Refusal` where nothing is left for it to take."""
    off_fen = reached.off_fen(sheet.sum_fen(reached.places))
    if off_fen == 0:
        raise Refusal("coupon_no_gain")
    sheet.take("bill_coupon", reached.coupon.id, off_fen, reached.places)
