"""Money at the counter: cash top-ups and charges to stored value, each in one transaction with its slip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.money import FEN_MAX
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.draft import Draft, Holding
from terminal.rules.canonical import Canonical
from terminal.rules.stored_value import (
    PointsRule,
    TopUpRule,
    bonus_for,
    choose,
    points_earned,
    points_end,
    split_charge,
)
from terminal.services.members import Holdings, Members
from terminal.services.views import ChargePreview, Done, SignedIn, TopUpPreview
from terminal.store.database import Database

# An entry notes the facts of every lot it takes, for refunds; so many fit in one with room to spare.
LOTS_MAX = 198
CONFIRMATIONS = ("phone_tail", "photo")


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


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force."""

    top_up: TopUpRule
    points: PointsRule
    spend_order: str = "proportional"
    refund_window_days: int = 30


class Money:
    """Top-ups and charges. Previews read; `top_up` and `charge` write and are done by the dispatcher."""

    def __init__(self, database: Database, book: Book, members: Members, clock: Clock, slip: Slip) -> None:
        """Post to `book`; `slip` stores the receipt of each bill."""
        self._database = database
        self._book = book
        self._members = members
        self._clock = clock
        self._slip = slip

    def preview_top_up(self, rules: Rules, account: AccountId, amount_fen: int) -> TopUpPreview:
        """Return what a top-up would give."""
        bonus_fen = bonus_for(rules.top_up, amount_fen)
        self._members.require(account)
        balance_fen = self._members.holdings(account).balance_fen
        return TopUpPreview(amount_fen, bonus_fen, balance_fen + amount_fen + bonus_fen)

    def preview_charge(self, rules: Rules, account: AccountId, amount_fen: int) -> ChargePreview:
        """Return what a charge would take; raise `Refusal` `not_enough` or `amount_bad`."""
        _check_amount(amount_fen)
        held = self._members.holdings(account)
        principal_fen, bonus_fen = split_charge(held.principal_fen, held.bonus_fen, amount_fen, rules.spend_order)
        _chosen(held, principal_fen, bonus_fen)
        points = points_earned(rules.points, principal_fen)
        return ChargePreview(amount_fen, principal_fen, bonus_fen, points, held.balance_fen - amount_fen)

    def top_up(
        self,
        rules: Rules,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        amount_fen: int,
        expected_bonus_fen: int,
    ) -> Done:
        """Take cash and give stored value with its bonus, once for each `action_id`.

        Raises `Refusal` `bonus_changed` when the rule no longer gives the bonus that was shown.
        """
        request = request_digest(
            {"do": "top_up", "account": account, "amount_fen": amount_fen, "bonus_fen": expected_bonus_fen}
        )
        with self._database.write():
            if earlier := self._book.find(action_id, request):
                return self.answer_of(earlier)
            bonus_fen = bonus_for(rules.top_up, amount_fen)
            if bonus_fen != expected_bonus_fen:
                raise Refusal("bonus_changed", bonus_fen=bonus_fen)
            self._members.require(account)
            draft = self._begin(action_id, "top_up", request, staff, account, amount_fen)
            draft.payload |= {"bonus_fen": bonus_fen, "principal_fen": amount_fen, "points": 0, "tender": "cash"}
            draft.payload["rules"] = {"top_up": rules.top_up.version}
            create_value(draft, account, amount_fen, bonus_fen, "cash")
            draft.debit("tender/cash", amount_fen)
            draft.credit("deferred", amount_fen)
            held = self._members.holdings(account, self._book.day_of(draft))
            return self._post(draft, held, amount_fen + bonus_fen, 0)

    def charge(
        self,
        rules: Rules,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        amount_fen: int,
        confirmed: str,
    ) -> Done:
        """Take a bill from stored value, once for each `action_id`; `confirmed` is how the cashier knew the member.

        Raises `Refusal` `not_enough`, `amount_bad` or `confirmation_missing`.
        """
        request = request_digest({"do": "charge", "account": account, "amount_fen": amount_fen, "confirmed": confirmed})
        with self._database.write():
            if earlier := self._book.find(action_id, request):
                return self.answer_of(earlier)
            if confirmed not in CONFIRMATIONS or (confirmed == "phone_tail" and not self._members.has_phone(account)):
                raise Refusal("confirmation_missing")
            _check_amount(amount_fen)
            draft = self._begin(action_id, "charge", request, staff, account, amount_fen)
            today = self._book.day_of(draft)
            held = self._members.holdings(account, today)
            principal_fen, bonus_fen = split_charge(held.principal_fen, held.bonus_fen, amount_fen, rules.spend_order)
            points = points_earned(rules.points, principal_fen)
            draft.payload |= {"bonus_fen": bonus_fen, "principal_fen": principal_fen, "points": points}
            draft.payload |= {"confirmed": confirmed, "rules": {"points": rules.points.version}}
            draft.payload["lines"] = [{"kind": "service", "amount_fen": amount_fen}]
            refund_until = (today + dt.timedelta(days=rules.refund_window_days)).isoformat()
            taken = _chosen(held, principal_fen, bonus_fen)
            self._spend(draft, taken, refund_until)
            self._earn(draft, account, points, held, points_end(today).isoformat())
            draft.debit("deferred", principal_fen)
            draft.debit("bonus_discount", bonus_fen)
            draft.credit("sales/service", amount_fen)
            return self._post(draft, held, -amount_fen, points)

    def _begin(
        self, action_id: ActionId, kind: str, request: str, staff: SignedIn, account: AccountId, amount_fen: int
    ) -> Draft:
        draft = self._book.begin(action_id, kind, request)
        draft.payload |= {"account": account, "operator": staff.staff_id, "shift": staff.shift_no}
        draft.payload["amount_fen"] = amount_fen
        return draft

    def _spend(self, draft: Draft, taken: list[tuple[Holding, int]], expires_on: str) -> None:
        """Spend units of each lot, leaving for each the right to be given back until `expires_on`."""
        lots = self._book.lots([holding for holding, _ in taken])
        for lot, (_, amount) in zip(lots, taken, strict=True):
            draft.spend(lot, amount)
            attributes: dict[str, Canonical] = {"of": "bill", "target": lot.facts.facts()}
            draft.create("refund_right", lot.facts.owner, amount, expires_on=expires_on, attributes=attributes)

    def _earn(self, draft: Draft, account: AccountId, points: int, held: Holdings, expires_on: str) -> None:
        """Create points, in the bucket of this life with the same end where there is one."""
        if not points:
            return
        for lot in self._book.lots([holding for holding in held.points if holding.expires_on == expires_on]):
            if (lot.facts.source.device, lot.facts.source.epoch) == (draft.source.device, draft.source.epoch):
                draft.add(lot, points)
                return
        draft.create("points", account, points, expires_on=expires_on)

    def _post(self, draft: Draft, held: Holdings, balance_change_fen: int, points: int) -> Done:
        """Post the draft with what the member has afterwards; `held` is what the member had before."""
        draft.payload["balance_after_fen"] = held.balance_fen + balance_change_fen
        draft.payload["points_after"] = held.points_left + points
        bill = bill_of(self._book.post(draft))
        return _done(bill, self._slip(bill))

    def answer_of(self, posted: Posted) -> Done:
        """Return what the top-up or charge that posted an entry answered."""
        bill = bill_of(posted)
        row = self._database.row("SELECT min(id) FROM print_job WHERE bill_no = ?", (bill.bill_no,))
        return _done(bill, row[0] if row else None)


def _done(bill: Bill, job: int | None) -> Done:
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
        kind=posted.entry.kind,
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


def bill_number(epoch: int, seq: int) -> str:
    """Return the number people call a bill by: the life and the entry's place in it, `1-000042`."""
    return f"{epoch}-{seq:06d}"


def create_value(draft: Draft, account: AccountId, paid_fen: int, bonus_fen: int, tender: str) -> None:
    """Create principal, bonus and the right to have the payment back; each knows what was paid and granted."""
    facts: dict[str, Canonical] = {"paid_fen": paid_fen, "bonus_fen": bonus_fen}
    if paid_fen:
        draft.create("principal", account, paid_fen, unit_value_fen=1, attributes=facts)
    if bonus_fen:
        draft.create("bonus", account, bonus_fen, attributes=facts)
    if paid_fen:
        draft.create("refund_right", account, paid_fen, attributes={**facts, "of": "top_up", "tender": tender})


def _chosen(held: Holdings, principal_fen: int, bonus_fen: int) -> list[tuple[Holding, int]]:
    """Return the lots a bill takes; raise `Refusal` `too_many_lots` when one entry cannot hold them all."""
    taken = [*choose(held.principal, principal_fen), *choose(held.bonus, bonus_fen)]
    if len(taken) > LOTS_MAX:
        most_fen = sum(amount for _, amount in taken[:LOTS_MAX])
        raise Refusal("too_many_lots", most_fen=most_fen)
    return taken


def _check_amount(amount_fen: int) -> None:
    if not 0 < amount_fen <= FEN_MAX:
        raise Refusal("amount_bad")
