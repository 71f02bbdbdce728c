"""A voided bill rung up again: as an open bill with the same lines, coupons and points, to be changed and settled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from terminal.base.ids import ActionId
from terminal.rules.bill_note import PASS, BillNote, NoteLine
from terminal.services.bills.bills import Bills
from terminal.services.bills.values import Chosen, Order, OrderLine
from terminal.services.refunds.asking import By

# Opens a bill again under an id, in the transaction of the void.
OpenAgain = Callable[[By, ActionId, BillNote], None]


def opener(bills: Bills) -> OpenAgain:
    """Return what opens a bill again as an open one of `bills`, by the rules and prices of now."""

    def open_again(by: By, name: ActionId, note: BillNote) -> None:
        bills.open(by.rulebook, by.staff, name, order_of(note))

    return open_again


def order_of(note: BillNote) -> Order:
    """Return the order that a settled bill was."""
    return Order(
        account=note.account,
        lines=tuple(_line(each) for each in note.lines),
        coupons=tuple(Chosen(each.id, None if each.line < 0 else each.line) for each in note.coupons),
        points=note.points_used,
    )


def reopened_as(action_id: ActionId) -> ActionId:
    """Return the id of the open bill that a void with this action id leaves: the same for the same action."""
    return ActionId(hashlib.sha256(f"reopened {action_id}".encode()).hexdigest()[:32])


def _line(line: NoteLine) -> OrderLine:
    sold = line.kind == PASS
    # A free line has its name and the price of one piece; an item has both from the catalogue, a pass from its terms.
    own = not line.item and not sold
    return OrderLine(
        item=line.item,
        quantity=line.quantity,
        people=line.people,
        name=line.name if own else "",
        kind=line.kind,
        list_fen=line.list_fen // line.quantity if own else 0,
        pass_code=line.pass_code if sold else "",
        pass_lot="" if sold else line.pass_lot,
        pass_of=line.pass_of,
    )
