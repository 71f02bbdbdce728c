"""What a bill costs: every step in its order, each with what it took off every line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import (
    BOTH,
    Basket,
    BillPromotion,
    Coupon,
    Priced,
    PricedLine,
    PriceRules,
    Step,
    Use,
)
from terminal.rules.prices.bill import Bill, Value
from terminal.rules.prices.coupons import check_uses, line_cost_fen, redeem
from terminal.rules.prices.sheet import Sheet
from terminal.rules.scope import EVERYTHING


def price(basket: Basket, rules: PriceRules, uses: Sequence[Use] = (), points_offered: int = 0) -> Priced:
    """Return the bill with every step; raise `Refusal` for a basket or a coupon that does not fit.

    Rules and coupons are free of mistakes (`checks`). What a step takes off several lines is shared out by their own
    values (after steps 1 to 3, by largest remainder), and no line gives more than is left of it.
    """
    bill = Bill(basket, rules)
    check_points(points_offered)
    check_uses(bill, uses)
    on_lines = {use.line: use.coupon for use in sorted(uses, key=_place) if use.line is not None}
    costs = {place: line_cost_fen(bill, coupon, place) for place, coupon in on_lines.items()}
    sheet = Sheet(own_values(bill, costs))
    promote(sheet, bill)
    redeem(sheet, bill, [use.coupon for use in uses if use.line is None], costs)
    points_used, points_fen, round_off_fen = last_cuts(rules, sheet.total_fen, points_offered)
    sheet.take("points", "", points_fen, bill.places(EVERYTHING))
    sheet.take("round_off", "", round_off_fen, bill.places(EVERYTHING))
    left, steps = sheet.settled()
    lines = map(PricedLine, basket.lines, (value.list_fen for value in bill.values), sheet.own, left)
    return Priced(tuple(lines), (*_line_steps(bill, on_lines, costs), *steps), sum(left), points_used)


def check_points(points_offered: int) -> None:
    """Raise `Refusal` for fewer points than none."""
    if points_offered < 0:
        raise Refusal("points_bad")


def own_values(bill: Bill, costs: Mapping[int, int]) -> list[int]:
    """Return every line's own value in fen, where `costs` has what lines with a coupon of theirs cost."""
    return [costs.get(place, value.value_fen) for place, value in enumerate(bill.values)]


def promote(sheet: Sheet, bill: Bill) -> None:
    """Take off the bill promotion that takes most, of equal ones the first."""
    offers = [(each, sheet.worth(bill.places(each.scope))) for each in bill.promotions]
    cuts = [(_promotion_fen(each, sheet.sum_fen(places)), each.id, places) for each, places in offers]
    if cuts:
        off_fen, source, places = max(cuts, key=lambda cut: cut[0])
        sheet.take("bill_promotion", source, off_fen, places)


def last_cuts(rules: PriceRules, total_fen: int, points_offered: int) -> tuple[int, int, int]:
    """Return the points used on what is left of the bill, what they take off it in fen, and the round-off in fen."""
    offset = rules.offset
    most_fen = total_fen * offset.most_bp // 10_000
    steps = min(points_offered // offset.step, most_fen // offset.worth_fen)
    points_fen = steps * offset.worth_fen
    return steps * offset.step, points_fen, (total_fen - points_fen) % rules.round_off_unit_fen


def _promotion_fen(promotion: BillPromotion, sum_fen: int) -> int:
    if sum_fen < promotion.threshold_fen:
        return 0
    times = sum_fen // promotion.threshold_fen if promotion.each_multiple and promotion.threshold_fen else 1
    return min(promotion.off_fen * times, sum_fen)


def _line_steps(bill: Bill, on_lines: Mapping[int, Coupon], costs: Mapping[int, int]) -> Iterator[Step]:
    """Return the steps that concern each line by itself (1 to 3), those only that took something off."""
    kept = [_kept(bill, value, place, costs) for place, value in enumerate(bill.values)]
    sources = dict.fromkeys(each.id for each in bill.rules.line_promotions)
    sessions = zip(bill.basket.lines, kept, strict=True)
    parts = (
        ("session", "", [value.list_fen * line.session for line, value in sessions]),
        *(
            ("promotion", source, [each.promotion_fen * (each.promotion == source) for each in kept])
            for source in sources
        ),
        ("level", bill.basket.level, [each.level_fen for each in kept]),
        *(("line_coupon", on_lines[place].id, _alone(kept, place, cost)) for place, cost in costs.items()),
    )
    return (Step(name, source, sum(each), tuple(each)) for name, source, each in parts if any(each))


def _alone(kept: Sequence[Value], place: int, cost_fen: int) -> list[int]:
    return [(value.value_fen - cost_fen) * (place == each) for each, value in enumerate(kept)]


def _kept(bill: Bill, value: Value, place: int, costs: Collection[int]) -> Value:
    """Return a line's value with the offers that count: none where only the best of them and a coupon does."""
    if place in costs and bill.rules.line_mode != BOTH:
        return Value(value.list_fen, value.list_fen)
    return value


def _place(use: Use) -> int:
    return -1 if use.line is None else use.line
