"""Bills as JSON for whoever shows them: open ones with what they cost now, settled ones as their entry says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.rules.bill_note import NoteLine
from terminal.rules.pay.commission import Person
from terminal.rules.prices.basket import Step
from terminal.rules.prices.best import Reason
from terminal.services.bills.taken_back import Taken, TakenBack
from terminal.services.bills.values import OpenBill, Order, OrderLine, Quote, Settled

Names = Mapping[str, str]


def told_open(bill: OpenBill, member: str, names: Names, opened_at: str) -> dict[str, Any]:
    """Return an open bill; `names` are people's by their ids."""
    return {
        "id": bill.id,
        "state": bill.state,
        "version": bill.version,
        "label": bill.label,
        "account": bill.order.account,
        "member": member,
        "opened_at": opened_at,
        "staff": names.get(bill.staff, ""),
        "lines": [_told_line(line, names) for line in bill.order.lines],
        "points": bill.order.points,
        "coupons": told_chosen(bill.order),
    }


def told_chosen(order: Order) -> list[list[Any]]:
    """Return the coupons an order chose: their ids, and the number of the line each is used on (0: the bill)."""
    return [[each.coupon, 0 if each.line is None else each.line + 1] for each in order.coupons]


def told_quote(quote: Quote, order: Order) -> dict[str, Any]:
    """Return what an order costs now with every step, and what could pay it."""
    coupons = {each.id: each.name or each.template for each in quote.coupons}
    chosen = {each.coupon for each in order.coupons}
    return {
        "level": quote.level,
        "payable_fen": quote.priced.payable_fen,
        "list_fen": sum(line.list_fen for line in quote.priced.lines),
        "prices": [
            {"name": name, "list_fen": line.list_fen, "net_fen": line.net_fen}
            for name, line in zip(quote.lines, quote.priced.lines, strict=True)
        ],
        "steps": _told_steps(quote.priced.steps, coupons),
        "points_used": quote.priced.points_used,
        "best_fen": quote.priced.payable_fen if quote.best is None else quote.best.priced.payable_fen,
        "coupons": [
            {
                "id": each.id,
                "name": coupons[each.id],
                "template": each.template,
                "last": each.last,
                "is_chosen": each.id in chosen,
                **_told_reason(each.reason),
            }
            for each in quote.coupons
        ],
        "purse_fen": quote.purse.balance_fen,
        "purse_most_fen": quote.purse_most_fen,
        "points_held": quote.points_held,
        "points_usable": quote.points_usable,
        "sessions": [
            {"line": each.line + 1, "pass": each.pass_lot, "name": each.name, "left": each.left}
            for each in quote.sessions
        ],
        "passes_unused": [
            {
                "line": 0 if each.line is None else each.line + 1,
                "pass": each.pass_lot,
                "name": each.name,
                **_told_reason(each.reason),
            }
            for each in quote.passes_unused
        ],
    }


def told_settled(
    settled: Settled, member: str, names: Names, time_text: Callable[[int], str], back: TakenBack
) -> dict[str, Any]:
    """Return a settled bill as its entry says, and what was taken `back` of it; `time_text` tells a time in UTC ms."""
    note, payload = settled.note, settled.posted.entry.payload
    changes = payload.get("changes")
    return {
        "number": settled.bill_no,
        "bill": payload.get("bill", ""),
        "at": time_text(settled.posted.entry.at),
        "account": note.account,
        "member": member,
        "staff": names.get(str(payload.get("operator", "")), ""),
        "shift": settled.figure("shift"),
        "level": note.level,
        "lines": [{**_told_sold(line, names), **_told_left(place, back)} for place, line in enumerate(note.lines)],
        "steps": _told_steps(note.steps, {each.id: each.template for each in note.coupons}),
        "payable_fen": note.payable_fen,
        "tenders": [[each.tender, each.amount_fen, each.reference, each.person] for each in note.tenders],
        "split": list(note.split),
        "change_fen": settled.figure("change_fen"),
        "changes": changes if isinstance(changes, list) else [],
        "points_used": note.points_used,
        "points": note.points,
        "coupons": [each.template for each in note.coupons],
        "opened_fen": sum(each.opened_fen for each in note.released),
        "balance_after_fen": settled.figure("balance_after_fen"),
        "points_after": settled.figure("points_after"),
        "undone": list(back.kinds),
        "refunds": [_told_taken(each, names, time_text) for each in back.taken],
        "left_fen": sum(fen for _, fen in back.left) if back.left and not back.trouble else 0,
        "refund_until": back.until,
        "refund_trouble": back.trouble,
        "is_repeated": settled.posted.repeated,
    }


def _told_line(line: OrderLine, names: Names) -> dict[str, Any]:
    return {
        "item": line.pass_code or line.item,
        "name": line.name,
        "quantity": line.quantity,
        "pass": line.pass_lot,
        "people": _told_people(line.people, names),
    }


def _told_sold(line: NoteLine, names: Names) -> dict[str, Any]:
    return {
        "item": line.item,
        "name": line.name or line.pass_code,
        "quantity": line.quantity,
        "list_fen": line.list_fen,
        "net_fen": line.net_fen,
        "sessions": line.quantity if line.pass_lot and line.kind != "pass" else 0,
        "people": _told_people(line.people, names),
    }


def _told_left(place: int, back: TakenBack) -> dict[str, Any]:
    """Return what was taken back of a line, and what of it may still be; nothing where nothing was of the bill."""
    if not back.taken:
        return {}
    gone = [(n, fen) for each in back.taken for at, n, fen in each.lines if at == place]
    told = {"refunded": sum(n for n, _ in gone), "refunded_fen": sum(fen for _, fen in gone)}
    quantity, fen = back.left[place] if back.left else (0, 0)
    return {**told, "left": quantity, "left_fen": fen}


def _told_taken(taken: Taken, names: Names, time_text: Callable[[int], str]) -> dict[str, Any]:
    return {
        "number": taken.number,
        "kind": taken.kind,
        "at": time_text(taken.at),
        "staff": names.get(taken.staff, ""),
        "given_fen": taken.given_fen,
        "lines": [{"line": place + 1, "quantity": quantity, "fen": fen} for place, quantity, fen in taken.lines],
        "ways": [{"means": each.means, "fen": each.fen, "state": each.state} for each in taken.ways],
    }


def _told_people(people: Sequence[Person], names: Names) -> list[str]:
    return [names.get(each.staff, "") for each in people]


def _told_steps(steps: Sequence[Step], coupons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return steps with what people call their source: a coupon's name, an offer's or a level's code."""
    return [
        {"name": each.name, "source": coupons.get(each.source, each.source), "off_fen": each.off_fen} for each in steps
    ]


def _told_reason(reason: Reason | None) -> dict[str, Any]:
    return {"code": "", "values": {}} if reason is None else {"code": reason.code, "values": dict(reason.values)}
