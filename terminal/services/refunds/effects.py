"""The effects and postings by which rights are given back, and an entry's exact opposite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bucket import Bucket, from_facts
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_of
from terminal.rules.entry import KINDS_ADDING, Effect, Entry
from terminal.rules.refunds.bill import BONUS, OWED, PASS, PRINCIPAL, Back
from terminal.services.refunds.records import Records, number, target_of, text
from terminal.services.refunds.settled import means_of

CASH = "cash"
PAYABLE = "refund_payable"
# The account that what comes back to a member is credited to; rights to points and coupons move no money.
_CREDITED = {PRINCIPAL: "deferred", BONUS: "bonus_discount", PASS: "deferred", OWED: "receivable"}


def give_back(
    draft: Draft, records: Records, lots: Mapping[str, Lot], backs: Iterable[Back], *, in_hand: bool = True
) -> None:
    """Spend rights and give back what they lead to: units of the same lot, a debt cancelled, or the payment.

    Cash is posted as paid at once where it goes `in_hand`; that which does not, and what a provider took, is owed until
    it was paid out. Raises `Refusal` `refund_rights_elsewhere` where the debt of a bill is not here to be cancelled.
    """
    spent: dict[str, int] = {}
    for back in backs:
        spent[back.right.id] = spent.get(back.right.id, 0) + back.spent
        if back.right.repays:
            spent[back.right.repays] = spent.get(back.right.repays, 0) + back.spent
        _give(draft, records, lots[back.right.id].facts, back, "tender/cash" if in_hand else PAYABLE)
    for right, amount in spent.items():
        draft.spend(lots[right], amount)


def create_again(draft: Draft, records: Records, facts: Bucket, amount: int) -> None:
    """Create units in a bucket that a spent right leads back to, whether this life knows it or not."""
    if not amount:
        return
    lot = records.book.lot_of(facts)
    if lot is not None:
        draft.add(lot, amount)
        return
    draft.made[facts.id] = facts
    draft.effects.append(Effect("create", facts.id, amount))


def take(draft: Draft, lots: Iterable[Lot], amount: int) -> None:
    """Spend `amount` units of lots that hold as much, in their order."""
    for lot in lots:
        part = min(lot.amount, amount)
        if part:
            draft.spend(lot, part)
        amount -= part
    assert amount == 0, "whoever takes has looked what there is"


def noted_backs(backs: Iterable[Back]) -> list[Canonical]:
    """Return what a payload keeps of rights given back, so that later refunds and proofs know it."""
    return [
        {
            "right": back.right.id,
            "asset": back.right.asset,
            "means": means_of(back.right),
            "spent": back.spent,
            "given": back.given,
        }
        for back in backs
    ]


def opposite(draft: Draft, lots: Mapping[str, Lot], made: Entry, without: Collection[Effect] = ()) -> None:
    """Add to a draft the opposite of every effect of an entry but those in `without`, and of all its postings.

    What it made is spent, what it took is created again in the same bucket; `lots` are those of its buckets. Money of
    providers goes to what is owed until it was paid out.
    """
    for effect in made.effects:
        if effect in without:
            continue
        if effect.kind in KINDS_ADDING:
            draft.spend(lots[effect.bucket], effect.amount)
        else:
            draft.add(lots[effect.bucket], effect.amount)
    for account, fen in made.postings:
        draft.debit(payable_for(account, fen), -fen)


def payable_for(account: str, fen: int) -> str:
    """Return where the opposite of a posting goes: money a provider took (a debit) is owed until it was paid out."""
    tender = account.removeprefix("tender/")
    return PAYABLE if fen > 0 and tender not in {account, CASH} else account


def end_rights(draft: Draft, rights: Iterable[Lot]) -> list[Canonical]:
    """Let rights end that lead into units which end, and return what a payload keeps of them, for later refunds."""
    ended: list[Canonical] = []
    for lot in rights:
        target, facts = target_of(lot.facts), lot.facts.attributes
        draft.expire(lot, lot.amount)
        ended.append(
            {
                "sale": sale_of(lot.facts),
                "asset": "" if target is None else text(target, "asset"),
                "line": number(facts, "line", -1),
                "of_pass": text(facts, "pass"),
                "amount": lot.amount,
            }
        )
    return ended


def owe_points(draft: Draft, account: AccountId, points: int, sale: str) -> None:
    """Make the debt of points that a refund took back and nobody holds here."""
    if points:
        draft.create("points_owed", account, points, attributes={"of": "refund", "sale": sale})


def _give(draft: Draft, records: Records, right: Bucket, back: Back, cash: str) -> None:
    target = target_of(right)
    if target is None:
        draft.credit(cash if back.right.tender == CASH else PAYABLE, back.given)
        return
    facts = facts_of(target)
    if facts.asset == OWED:
        lot = records.book.lot_of(facts)
        if lot is None or lot.amount < back.given:
            raise Refusal("refund_rights_elsewhere")
        if back.given:
            draft.spend(lot, back.given)
    else:
        create_again(draft, records, facts, back.given)
    if account := _CREDITED.get(facts.asset):
        draft.credit(account, back.given * (facts.unit_value_fen if facts.asset == PASS else 1))


def facts_of(target: Mapping[str, Any]) -> Bucket:
    """Return the bucket whose facts a right keeps."""
    return from_facts(dict(target))
