"""What a top-up or charge booked, read back from its entry: for its slip and for the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId
from terminal.ledger.book import Posted
from terminal.rules.bill_note import bill_number
from terminal.rules.entry import Entry
from terminal.rules.slip_reading import account_in, number, proof_of, text
from terminal.services.views import Done

BILL, CHARGE = "bill", "charge"
# What a bill of which only the figures are known was read from.
NO_ENTRY = Entry(ChainId(""), DeviceId(""), 0, 0, "", 0, "", ActionId(""), (), (), (), {"kind": ""})


@dataclass(frozen=True, slots=True)
class Bill:
    """What a posted action did, for its slip: read back from the entry `made`, never worked out again.

    What an entry does not say is 0 or empty; `account` is empty for a walk-in.
    """

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
    made: Entry = NO_ENTRY


# Writes the slip of a bill in the same transaction; returns the print job, or None where there is no printer.
Slip = Callable[[Bill], int | None]


def done_of(bill: Bill, job: int | None) -> Done:
    """Return the answer of the action that booked a bill, with the job of its slip."""
    return Done(bill.bill_no, bill.kind, bill.amount_fen, bill.bonus_fen, bill.balance_after_fen, bill.points, job)


def bill_of(posted: Posted) -> Bill:
    """Return the bill an entry records."""
    made = posted.entry
    payload = made.payload
    return Bill(
        bill_no=bill_number(made.epoch, made.seq),
        kind=CHARGE if made.kind == BILL else made.kind,
        account=AccountId(account_in(payload)),
        at_ms=made.at,
        operator=text(payload, "operator"),
        amount_fen=number(payload, "amount_fen"),
        principal_fen=number(payload, "principal_fen"),
        bonus_fen=number(payload, "bonus_fen"),
        points=number(payload, "points"),
        balance_after_fen=number(payload, "balance_after_fen"),
        points_after=number(payload, "points_after"),
        confirmed=proof_of(payload),
        made=made,
    )
