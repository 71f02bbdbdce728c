"""Prices typed by hand on a bill: who may, asked before the bill is posted."""

from __future__ import annotations

from terminal.base.ids import ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import PASS, BillNote, NoteLine
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Also
from terminal.services.bills.pricing import SaleLine
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn

CHANGE_PRICE = "change_price"


def priced_by_hand(rights: Rights) -> Also:
    """Return what asks for the right `change_price` where a line of an open bill is of no item in the catalogue.

    Such a line has no price of the shop's to be compared with, so the right is asked for to any part of one. A single
    amount that the counter charges was never an open bill, and its price is what was agreed. An approval is of all
    lines and prices of that bill, as they were shown, and of no other. It refuses as `Rights.check`; who approved it is
    noted (`approved_by`), unless somebody approved more of the same bill before.
    """

    def ask(draft: Draft, rules: Rulebook, note: BillNote) -> None:
        if not draft.payload.get("bill") or not any(map(is_typed, note.lines)):
            return
        operator = str(draft.payload["operator"])
        by = SignedIn("", operator, "", 0, rights.role_of(operator))
        shown = _shown(str(draft.payload["bill"]), note)
        given = rights.check(rules.roles, by, ActionId(draft.action_id), CHANGE_PRICE, subject=shown)
        for name, value in given.items():
            draft.payload.setdefault(name, value)

    return ask


def _shown(bill: str, note: BillNote) -> str:
    """Return what stands for the lines and prices of a bill."""
    lines: list[Canonical] = [
        [line.item, line.name, line.kind, line.quantity, line.list_fen, line.net_fen] for line in note.lines
    ]
    return request_digest({"do": CHANGE_PRICE, "bill": bill, "lines": lines})


def is_typed(line: NoteLine | SaleLine) -> bool:
    """Tell whether the price of a line was typed: it is of no item, no pass that is sold, and no session of one."""
    return not line.item and line.kind != PASS and not line.pass_lot
