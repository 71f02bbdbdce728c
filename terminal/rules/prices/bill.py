"""A bill as its own offers leave it (steps 1 and 2): what is the same whichever coupons are used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.prices.basket import BOTH, WHOLE_BP, Basket, Line, LinePromotion, PriceRules
from terminal.rules.scope import Audience, Scope
from terminal.rules.split import at_rate
from terminal.rules.when import Window

LINES_MAX = 200
QUANTITY_MAX = 9_999


@dataclass(frozen=True, slots=True)
class Value:
    """A line's list value, its value after its own offers, and what the promotion and the level took off it."""

    list_fen: int
    value_fen: int
    promotion: str = ""
    promotion_fen: int = 0
    level_fen: int = 0

    @property
    def special(self) -> bool:
        """Tell whether the line is at a special price already."""
        return self.promotion_fen > 0 or self.level_fen > 0


class Bill:
    """A basket with the rules that fit it: every line's value, and the bill promotions that hold now."""

    def __init__(self, basket: Basket, rules: PriceRules) -> None:
        """Value every line; raise `Refusal` for a basket that cannot be priced."""
        check_basket(basket)
        self.basket = basket
        self.rules = rules
        self._places: dict[Scope, frozenset[int]] = {}
        self.values = tuple(self._values())
        self.promotions = tuple(each for each in rules.bill_promotions if self.fits(each.audience, each.window))

    def fits(self, audience: Audience, window: Window) -> bool:
        """Tell whether a rule is for this customer, here, at this time."""
        return audience.has(self.basket.level, self.basket.store, self.basket.channel) and window.holds(self.basket.at)

    def places(self, scope: Scope) -> frozenset[int]:
        """Return the places of the lines in `scope` that no pass settles."""
        if scope not in self._places:
            lines = enumerate(self.basket.lines)
            self._places[scope] = frozenset(place for place, line in lines if not line.session and _in(scope, line))
        return self._places[scope]

    def _values(self) -> Iterable[Value]:
        level, rules = self.basket.level, self.rules
        levels = [each for each in rules.levels if level and each.level == level]
        promotions = [each for each in rules.line_promotions if self.fits(each.audience, each.window)]
        for line in self.basket.lines:
            if line.session:
                yield Value(_list_fen(line), 0)
                continue
            rates = [each.rate_bp for each in levels if _in(each.scope, line)]
            offered = [each for each in promotions if _in(each.scope, line)]
            yield _value(line, min(rates, default=WHOLE_BP), offered, together=rules.line_mode == BOTH)


def check_basket(basket: Basket) -> None:
    """Raise `Refusal` for a basket without lines or with too many, or with a quantity or price out of bounds."""
    if not basket.lines:
        raise Refusal("bill_empty")
    if not all(1 <= line.quantity <= QUANTITY_MAX for line in basket.lines):
        raise Refusal("quantity_bad")
    # No price is below zero, so that a line alone is above the bound only where all lines together are.
    if min(line.list_fen for line in basket.lines) < 0 or sum(map(_list_fen, basket.lines)) > FEN_MAX:
        raise Refusal("price_bad")
    if len(basket.lines) > LINES_MAX:
        raise Refusal("bill_too_long")


def _value(line: Line, rate_bp: int, offered: Iterable[LinePromotion], *, together: bool) -> Value:
    list_fen = _list_fen(line)
    # Of equal ones the first counts, and none that is not below the list.
    costs = [(_promoted_fen(line, each), each.id) for each in offered]
    promoted_fen, promotion = min([(list_fen, ""), *costs], key=lambda cost: cost[0])
    if together:
        value_fen = at_rate(promoted_fen, rate_bp)
        return Value(list_fen, value_fen, promotion, list_fen - promoted_fen, promoted_fen - value_fen)
    level_fen = min(list_fen, at_rate(list_fen, rate_bp))
    if promoted_fen < level_fen:
        return Value(list_fen, promoted_fen, promotion, list_fen - promoted_fen)
    return Value(list_fen, level_fen, level_fen=list_fen - level_fen)


def _promoted_fen(line: Line, promotion: LinePromotion) -> int:
    if promotion.price_fen is not None:
        return promotion.price_fen * line.quantity
    return at_rate(_list_fen(line), promotion.rate_bp)


def _list_fen(line: Line) -> int:
    return line.list_fen * line.quantity


def _in(scope: Scope, line: Line) -> bool:
    return scope.has(line.kind, line.category, line.item)
