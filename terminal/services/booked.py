"""What a top-up or charge booked, read back from its entry: for its slip and for the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.ids import AccountId
from terminal.ledger.book import Posted
from terminal.rules.bill_note import bill_number
from terminal.services.views import Done

BILL, CHARGE = "bill", "charge"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a posted action did, for its slip: read back from the entry, never worked out again."""

    bill_no: str
    kind: str
    account: AccountId
    at_ms: int
    operator: str
    amount_fen: int
    principal_fen: int
    bonus_fen: int
    points: int
    balance_after_fen: int
    points_after: int
    confirmed: str


# Writes the slip of a bill in the same transaction; returns the print job, or None where there is no printer.
Slip = Callable[[Bill], int | None]


def done_of(bill: Bill, job: int | None) -> Done:
    """Return the answer of the action that booked a bill, with the job of its slip."""
    return Done(bill.bill_no, bill.kind, bill.amount_fen, bill.bonus_fen, bill.balance_after_fen, bill.points, job)


def bill_of(posted: Posted) -> Bill:
    """Return the bill an entry records."""
    payload = posted.entry.payload

    def number(name: str) -> int:
        value = payload[name]
        assert isinstance(value, int)
        return value

    return Bill(
        bill_no=bill_number(posted.entry.epoch, posted.entry.seq),
        kind=CHARGE if posted.entry.kind == BILL else posted.entry.kind,
        account=AccountId(str(payload["account"])),
        at_ms=posted.entry.at,
        operator=str(payload["operator"]),
        amount_fen=number("amount_fen"),
        principal_fen=number("principal_fen"),
        bonus_fen=number("bonus_fen"),
        points=number("points"),
        balance_after_fen=number("balance_after_fen"),
        points_after=number("points_after"),
        confirmed=str(payload.get("confirmed", "")),
    )
