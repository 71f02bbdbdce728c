"""Card returns as entries keep them: what an approval notes, and the case that a member's newest entries say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.rows import owner_key
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from terminal.rules.refunds.card_return import AFTER_APPROVAL, CLOSING, PURSES, CardReturn
from terminal.rules.refunds.payout import Payout
from terminal.services.refunds.asking import By
from terminal.services.refunds.payouts import FAILED, PAID, SENT, Payouts
from terminal.services.refunds.prepayments import PrepaidBack, said_of
from terminal.services.refunds.records import (
    CARD_RETURN,
    CARD_RETURN_NOTED,
    GIVEN_UP,
    Records,
    accounts_of,
    name_of,
    number,
    text,
    texts,
)

_APPROVED = (
    "SELECT 1 FROM deed JOIN life ON life.n = deed.life"
    " WHERE deed.account = ? AND deed.account <> x'' AND deed.kind = 'card_return' AND NOT EXISTS"
    " (SELECT 1 FROM deed AS later WHERE later.undoes = device || '/' || epoch || '/' || deed.seq"
    " AND later.undoes <> '' AND later.kind = 'given_up') LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Case:
    """A card return as far as it has come: its state by the rules, and the entry that approved it, empty for none."""

    account: AccountId
    state: CardReturn
    reason: str = ""
    approved: str = ""


class Cases:
    """Reads card returns; used inside the transaction of a use case, or in none to look.

    A member's case is that of the account that stands for all files that were merged. One that was approved before its
    file was merged goes on until it is closed.
    """

    def __init__(self, records: Records) -> None:
        """Read in the book of `records`."""
        self._records = records
        self._payouts = Payouts(records)

    def standing(self, account: AccountId) -> Case | None:
        """Return the case that a member's next step is of, a closed one too; None where there never was one."""
        owners = accounts_of(self._records, account)
        return next((case for each in owners if (case := self.closing(each))), None) or self.of(owners[0])

    def latest(self, account: AccountId) -> Case | None:
        """Return a member's last case, also that of a file which was closed before it was merged."""
        case = self.standing(account)
        others = accounts_of(self._records, account)[1:]
        return case or next((self.of(each) for each in others if self.is_approved(each)), None)

    def is_approved(self, account: AccountId) -> bool:
        """Tell whether a return of exactly this account was approved and nobody gave it up; deeds alone tell it."""
        return self._records.database.row(_APPROVED, (owner_key(account),)) is not None

    def closing(self, account: AccountId) -> Case | None:
        """Return the case of exactly this account while it is approved and not closed, else None.

        One of which entries are no longer kept is over.
        """
        if not self.is_approved(account):
            return None
        try:
            case = self.of(account)
        except Refusal as refusal:
            if refusal.code != "refund_past":
                raise
            return None
        return case if case is not None and case.state.state == CLOSING else None

    def of(self, account: AccountId) -> Case | None:
        """Return the case that the newest entries of exactly this account say: a step, or an approval with its payouts.

        Raises `Refusal` `refund_past` where one of them is no longer kept.
        """
        case: Case | None = None
        for made in self._records.of_member(account, (CARD_RETURN_NOTED, CARD_RETURN)):
            case = self._after(account, case, made)
        return case

    def _after(self, account: AccountId, before: Case | None, made: Entry) -> Case:
        payload = made.payload
        if made.kind == CARD_RETURN_NOTED:
            state = state_of(payload)
            approved = before.approved if before is not None and state.approved_by else ""
            if approved:
                state = self._paid(approved, state)
            else:
                # It was noted after an approval that was given up since.
                state = replace(state, approved_by="", noted=state.noted - AFTER_APPROVAL)
            return Case(account, state, text(payload, "reason"), approved)
        noted = texts(payload, "noted") | {PURSES}
        state = CardReturn(text(payload, "begun_by"), noted, -number(payload, "amount_fen"), 0)
        name, reason = name_of(made), text(payload, "reason")
        if any(each.kind == GIVEN_UP for each in self._records.undoing(name)):
            return Case(account, replace(state, noted=noted - {PURSES}), reason)
        return Case(account, self._paid(name, replace(state, approved_by=text(payload, "operator"))), reason, name)

    def _paid(self, name: str, state: CardReturn) -> CardReturn:
        """Return the state with the payouts of the approval, as they stand."""
        found = self._payouts.of(name)
        places = {want: frozenset(each.place for each in found if each.state == want) for want in (PAID, FAILED, SENT)}
        return replace(
            state,
            payouts=tuple(Payout("", each.tender, each.fen) for each in found),
            paid=places[PAID],
            failed=places[FAILED],
            sent=places[SENT],
        )


def require_settled(records: Records, accounts: Iterable[AccountId]) -> None:
    """Raise `Refusal` `refund_account_closing` while a card return of one of these accounts may still be withdrawn.

    What a bill gave back then would go to a purse that is being closed, and the withdrawal would give it again. Files
    that were merged are one member.
    """
    cases = Cases(records)
    owners = (each for account in dict.fromkeys(accounts) for each in accounts_of(records, account))
    if any(cases.closing(each) for each in dict.fromkeys(owners)):
        raise Refusal("refund_account_closing")


def said_of_case(by: By, case: Case, state: CardReturn, backs: Sequence[PrepaidBack]) -> dict[str, Canonical]:
    """Return what the entry keeps: whose return, each top-up's figures, and what is to be paid."""
    payouts: list[Canonical] = [{"right": way.right, "tender": way.tender, "fen": way.fen} for way in state.payouts]
    return {
        "account": case.account,
        "amount_fen": -sum(back.result.fen for back in backs),
        "paid_fen": 0,
        "top_up_fen": -sum(back.result.fen for back in backs if back.given.counts),
        "visits": 0,
        "cash_fen": 0,
        "payouts": payouts,
        "reason": case.reason,
        "points_back": 0,
        "begun_by": state.operator,
        "noted": [*sorted(state.noted)],
        "top_ups": [said_of(back) for back in backs],
        "versions": {**by.rulebook.noted("refunds", "region", "payout", "roles")},
    }


def state_of(payload: Mapping[str, Canonical]) -> CardReturn:
    """Return the state that the entry of a step keeps; payouts are read from the approval's own entry."""
    refund_fen = number(payload, "refund_fen", -1)
    known = refund_fen >= 0
    return CardReturn(
        operator=text(payload, "begun_by"),
        noted=texts(payload, "noted"),
        refund_fen=refund_fen if known else None,
        deposit_fen=0 if known else None,
        approved_by=text(payload, "approved_by_manager"),
    )
