"""Repayments of what was sold on credit: the oldest debt first, each payment with a right of its own."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.base.money import FEN_MAX
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import EXTERNAL
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_of
from terminal.services.refunds.asking import By
from terminal.services.refunds.posting import Slip, no_slip
from terminal.services.refunds.records import REPAY, RIGHT, Records, number, number_of, target_of, text

OWED = "owed"


@dataclass(frozen=True, slots=True)
class Debt:
    """What a member still owes for one bill, and the right to have that debt cancelled, None once it has ended.

    `right_fen` is what repayments have not taken over of that right. More than that is owed where missing points were
    taken off what was cancelled.
    """

    owed: Lot
    right: Lot | None
    right_fen: int = 0


@dataclass(frozen=True, slots=True)
class Repaid:
    """What a repayment did, read back from its entry; amounts are fen, `left_fen` is still owed at this till."""

    number: str
    amount_fen: int
    left_fen: int
    print_job: int | None = None


class Credit:
    """What members owe the shop. `debts` reads; `repay` writes and is done by the dispatcher."""

    def __init__(self, records: Records, slip: Slip = no_slip) -> None:
        """Post to the book of `records`."""
        self._records = records
        self._slip = slip

    def debts(self, account: AccountId) -> list[Debt]:
        """Return what a member owes, as far as this till holds it, the oldest first."""
        owed = self._records.held(account, OWED)
        if not owed:
            return []
        rights, repaid = dict[tuple[str, int], Lot](), dict[str, int]()
        for right in self._records.held(account, RIGHT):
            if first := text(right.facts.attributes, "repays"):
                repaid[first] = repaid.get(first, 0) + right.amount
            elif (target := target_of(right.facts)) is not None and target["asset"] == OWED:
                rights[target["lot"], target["source"][2]] = right
        debts: list[Debt] = []
        for lot in owed:
            found = rights.get((lot.facts.lot, lot.facts.source.seq))
            left_fen = 0 if found is None else found.amount - repaid.get(found.bucket, 0)
            debts.append(Debt(lot, found, max(0, left_fen)))
        return debts

    def repay(self, by: By, account: AccountId, amount_fen: int, tender: str) -> Repaid:
        """Take a payment of what a member owes, once for each action; the oldest debt is paid first.

        Raises `Refusal` `amount_bad`, `repay_tender`, `repay_too_much` with what is owed here, and as `By.moving`.
        """
        records = self._records
        request = request_digest({"do": REPAY, "account": account, "amount_fen": amount_fen, "tender": tender})
        with records.database.write():
            if earlier := records.book.find(by.action_id, request):
                return _repaid(earlier.entry.payload, number_of(earlier.entry), None)
            if not 0 < amount_fen <= FEN_MAX:
                raise Refusal("amount_bad")
            if tender not in EXTERNAL:
                raise Refusal("repay_tender")
            debts = self.debts(account)
            owed_fen = sum(debt.owed.amount for debt in debts)
            if amount_fen > owed_fen:
                raise Refusal("repay_too_much", owed_fen=owed_fen)
            draft = records.book.begin(by.action_id, REPAY, request)
            draft.payload |= {**by.moving(records), "account": account, "amount_fen": amount_fen}
            draft.payload["paid_fen"] = amount_fen
            draft.payload |= {"tender": tender, "left_fen": owed_fen - amount_fen, "visits": 0, "versions": {}}
            draft.payload["paid"] = self._pay(draft, debts, amount_fen, tender)
            draft.debit(f"tender/{tender}", amount_fen)
            draft.credit("receivable", amount_fen)
            posted = records.book.post(draft)
            return _repaid(posted.entry.payload, number_of(posted.entry), self._slip(posted))

    def _pay(self, draft: Draft, debts: list[Debt], amount_fen: int, tender: str) -> list[Canonical]:
        """Spend debts with a right for each payment, which names the right it takes over from."""
        paid: list[Canonical] = []
        for debt in debts:
            part = min(debt.owed.amount, amount_fen)
            if not part:
                break
            amount_fen -= part
            draft.spend(debt.owed, part)
            sale = ""
            if debt.right is not None:
                sale, first = sale_of(debt.right.facts), debt.right
                facts: dict[str, Canonical] = {"of": "bill", "sale": sale, "tender": tender, "repays": first.bucket}
                ends_on = first.facts.expires_on
                # What missing points cost was kept off the debt that was cancelled; paying it gives no right to it.
                if of_right := min(part, debt.right_fen):
                    draft.create(RIGHT, first.facts.owner, of_right, expires_on=ends_on, attributes=facts)
            paid.append({"sale": sale, "fen": part})
        return paid


def _repaid(payload: dict[str, Canonical], entry_no: str, job: int | None) -> Repaid:
    return Repaid(entry_no, number(payload, "amount_fen"), number(payload, "left_fen"), job)
