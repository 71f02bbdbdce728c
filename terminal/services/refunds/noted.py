"""What a bill's own entry notes, also that of a charge from before there were bills, and whose value it moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Lot
from terminal.rules.bill_note import BillNote, NotABill, NoteLine, NoteTender
from terminal.rules.entry import Entry
from terminal.services.refunds.records import number, owner_of, text


def note_of(made: Entry) -> BillNote:
    """Return the note of a bill, or of a charge from before there were bills; raise `Refusal` `refund_bill_unknown`."""
    try:
        return BillNote.from_note(made.payload if made.kind == "bill" else _as_bill(made))
    except NotABill as error:
        raise Refusal("refund_bill_unknown") from error


def concerned(note: BillNote, rights: Mapping[str, Lot]) -> list[AccountId]:
    """Return whose value a bill moved or its rights lead back to, also those whose pass was shared."""
    owners = [lot.facts.owner for lot in rights.values()]
    return [owner_of(note.account), *owners, *(AccountId(line.pass_of) for line in note.lines if line.pass_of)]


def _as_bill(made: Entry) -> dict[str, Any]:
    """Return the note of a charge: one service, paid from stored value, which can be refunded in full only."""
    payload = made.payload
    amount_fen = number(payload, "amount_fen")
    paid = (("principal", number(payload, "principal_fen")), ("bonus", number(payload, "bonus_fen")))
    rules = payload.get("rules")
    version = number(rules, "points") if isinstance(rules, dict) else 0
    return BillNote(
        account=text(payload, "account"),
        lines=(NoteLine("", "", "service", "", amount_fen, 1, amount_fen, amount_fen),),
        payable_fen=amount_fen,
        tenders=tuple(NoteTender(tender, fen) for tender, fen in paid if fen),
        points=number(payload, "points"),
        paid_fen=number(payload, "principal_fen"),
        versions={"points": version},
    ).note()
