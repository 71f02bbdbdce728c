"""Pricing an order: its lines from the catalogue, the coupons chosen for it, and what the price engine says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.bill_note import PASS, PRODUCT, SERVICE
from terminal.rules.passes.terms import PassTerms
from terminal.rules.prices.basket import Basket, Line, Priced, Use
from terminal.rules.prices.engine import price
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.typed import one_line
from terminal.services.bills.values import Order, OrderLine, Place
from terminal.services.bills.wallet import HeldCoupon, HeldCoupons
from terminal.store.database import Database

NAME_CHARS_MAX = 60
PEOPLE_MAX = 20
WEIGHT_MAX = 10_000
_FREE_KINDS = (SERVICE, PRODUCT)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """An order's line with what the catalogue, or the terms of a pass on sale, say of it; `list_fen` is for one."""

    ordered: OrderLine
    name: str
    kind: str
    category: str
    list_fen: int
    terms: PassTerms | None = None

    @property
    def item(self) -> str:
        """The code by which rules name it."""
        return self.ordered.pass_code or self.ordered.item

    @property
    def pass_lot(self) -> str:
        """The pass of which sessions settle it, empty for none."""
        return self.ordered.pass_lot

    @property
    def is_session(self) -> bool:
        """Tell whether a pass settles it."""
        return self.pass_lot != ""


@dataclass(frozen=True, slots=True)
class Sale:
    """A priced order: its lines, the coupons used with their lots, and every step."""

    order: Order
    lines: tuple[SaleLine, ...]
    basket: Basket
    uses: tuple[Use, ...]
    used: Mapping[str, HeldCoupon]
    priced: Priced


class Catalogue:
    """Looks lines up in the shop's catalogue."""

    def __init__(self, database: Database) -> None:
        """Read an open store."""
        self._database = database

    def lines(self, order: Order, rules: Rulebook) -> tuple[SaleLine, ...]:
        """Return an order's lines as they are sold now.

        Raises `Refusal` `item_unknown` (item), `pass_not_sold` (item), `pass_one_only`, `bill_line_bad` (most) for a
        free line whose name is too long, or that is no service or product, and `commission_weights_bad` where the
        people of a line could not share what it earns.
        """
        codes = sorted({line.item for line in order.lines if line.item})
        wares = self._wares(codes) if codes else {}
        return tuple(self._line(line, wares, rules) for line in order.lines)

    def _wares(self, codes: Sequence[str]) -> dict[str, tuple[str, str, int, str]]:
        marks = ", ".join("?" * len(codes))
        rows = self._database.rows(
            f"SELECT code, kind, name, price_fen, category FROM catalogue WHERE code IN ({marks}) AND active = 1",  # noqa: S608 - marks only
            codes,
        )
        return {code: (kind, name, price_fen, category) for code, kind, name, price_fen, category in rows}

    def _line(self, line: OrderLine, wares: Mapping[str, tuple[str, str, int, str]], rules: Rulebook) -> SaleLine:
        _check_people(line)
        if line.pass_code:
            return _pass_line(line, rules)
        if not line.item:
            return _free_line(line)
        ware = wares.get(line.item)
        if ware is None:
            raise Refusal("item_unknown", item=line.item[:NAME_CHARS_MAX])
        kind, name, price_fen, category = ware
        return SaleLine(line, name, kind, category, price_fen)


def _check_people(line: OrderLine) -> None:
    names = {person.staff for person in line.people}
    whole = len(names) == len(line.people) <= PEOPLE_MAX
    if not whole or any(not 0 < person.weight <= WEIGHT_MAX for person in line.people):
        raise Refusal("commission_weights_bad")


def _pass_line(line: OrderLine, rules: Rulebook) -> SaleLine:
    terms = rules.pass_terms(line.pass_code)
    if terms is None:
        raise Refusal("pass_not_sold", item=line.pass_code[:NAME_CHARS_MAX])
    # Sessions that settled the line would sell the pass for nothing.
    if line.quantity != 1 or line.pass_lot or line.item:
        raise Refusal("pass_one_only")
    return SaleLine(line, _name(line) or terms.name or terms.code, PASS, PASS, terms.price_fen, terms)


def _free_line(line: OrderLine) -> SaleLine:
    if line.kind not in _FREE_KINDS:
        raise Refusal("bill_line_bad", most=NAME_CHARS_MAX)
    return SaleLine(line, _name(line), line.kind, "", line.list_fen)


def _name(line: OrderLine) -> str:
    return one_line(line.name, NAME_CHARS_MAX, Refusal("bill_line_bad", most=NAME_CHARS_MAX))


def basket_of(lines: Iterable[SaleLine], at: dt.datetime, level: str, place: Place) -> Basket:
    """Return the basket that the price engine takes; `at` is the shop's civil time."""
    return Basket(
        tuple(
            Line(line.item, line.kind, line.category, line.list_fen, line.ordered.quantity, line.is_session)
            for line in lines
        ),
        at.replace(tzinfo=None),
        level,
        place.store,
        place.channel,
    )


def uses_of(order: Order, held: HeldCoupons, on_hold: Iterable[str]) -> tuple[tuple[Use, ...], dict[str, HeldCoupon]]:
    """Return the coupons an order chose, and the lots they are of.

    Raises `Refusal` `coupon_locked` for one that another bill has (`on_hold` names its bucket), `coupon_rules_unknown`
    for one whose terms nobody knows here, `coupon_unknown` for one that the member has not got here, and
    `coupon_day_used`.
    """
    mine, locked = {each.coupon.id: each for each in held.usable}, frozenset(on_hold)
    strange = {each.id for each in held.strange}
    for each in order.coupons:
        if each.coupon not in mine:
            bucket = each.coupon.partition("/")[0]
            if bucket in strange:
                raise Refusal("coupon_rules_unknown")
            raise Refusal("coupon_locked" if bucket in locked else "coupon_unknown")
    uses = tuple(Use(mine[each.coupon].coupon, each.line) for each in order.coupons)
    held.check_day(uses)
    return uses, {each.coupon: mine[each.coupon] for each in order.coupons}


def priced_sale(
    order: Order,
    lines: tuple[SaleLine, ...],
    basket: Basket,
    rules: Rulebook,
    chosen: tuple[tuple[Use, ...], dict[str, HeldCoupon]],
) -> Sale:
    """Return the sale with its price; raise `Refusal` as the price engine does."""
    uses, used = chosen
    return Sale(order, lines, basket, uses, used, price(basket, rules.prices, uses, order.points))
