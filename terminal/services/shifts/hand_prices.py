"""What staff decide on a bill themselves, prices they type and coupons they gave: who may is asked before it stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from terminal.base.ids import ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.roles import WHOLE_BP
from terminal.services.bills.asks import Decided
from terminal.services.bills.noting import discount_bp
from terminal.services.bills.pricing import Sale, SaleLine
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn

CHANGE_PRICE, DISCOUNT = "change_price", "discount"
# The catalogue's prices in fen, by those of some names that it has.
Prices = Callable[[Collection[str]], Mapping[str, int]]


def decided_by_hand(rights: Rights, prices: Prices) -> Decided:
    """Return what asks for the rights to what staff decided on an open bill themselves (`decisions`).

    A single amount that the counter charges was never an open bill, and its price is what was agreed. An approval is of
    all lines, prices and coupons of that bill, as they were shown, and of no other. It refuses as `Rights.check`; who
    approved it is noted (`approved_by`), unless somebody approved more of the same bill before.
    """

    def ask(draft: Draft, rules: Rulebook, sale: Sale) -> None:
        bill, operator = str(draft.payload.get("bill", "")), str(draft.payload["operator"])
        if not bill:
            return
        by = SignedIn("", operator, "", 0, rights.role_of(operator))
        for right, amount_bp in decisions(sale, prices):
            shown = _shown(right, bill, sale)
            given = rights.check(rules.roles, by, ActionId(draft.action_id), right, amount_bp, subject=shown)
            for name, value in given.items():
                draft.payload.setdefault(name, value)

    return ask


def decisions(sale: Sale, prices: Prices) -> list[tuple[str, int]]:
    """Return which rights of `roles.ACTIONS` a bill needs for what staff decided, each to how many ten-thousandths.

    A typed price is changed by what it is below the price of that name in the catalogue; a name that is not there has
    no price to be compared with, so the right to any part is enough. A discount is what coupons that staff gave take
    off the whole bill: levels, offers, points and all other coupons are what the shop itself set up.
    """
    found: list[tuple[str, int]] = []
    if typed := [line for line in sale.lines if is_typed(line)]:
        usual = prices({line.name for line in typed})
        found.append((CHANGE_PRICE, max(_below_bp(line.list_fen, usual.get(line.name, 0)) for line in typed)))
    if off_bp := discount_bp(sale, by_hand=True):
        found.append((DISCOUNT, off_bp))
    return found


def is_typed(line: SaleLine) -> bool:
    """Tell whether the price of a line was typed: it is of no item, no pass that is sold, and no session of one."""
    return not line.item and line.kind != PASS and not line.pass_lot


def _below_bp(fen: int, usual_fen: int) -> int:
    """Return by how many ten-thousandths, of a part of one the whole, a price is below the usual one."""
    return -(-(usual_fen - fen) * WHOLE_BP // usual_fen) if usual_fen > fen else 0


def _shown(right: str, bill: str, sale: Sale) -> str:
    """Return what stands for the lines, prices and coupons of a bill."""
    lines: list[Canonical] = [
        [line.item, line.name, line.kind, line.ordered.quantity, priced.list_fen, priced.net_fen]
        for line, priced in zip(sale.lines, sale.priced.lines, strict=True)
    ]
    return request_digest({"do": right, "bill": bill, "lines": lines, "coupons": list[Canonical](sorted(sale.used))})
