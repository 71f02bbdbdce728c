"""Making and taking units in a draft: new buckets with dates, points of one end together, and what moves as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, BucketId, LotId, new_id
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Holding, Lot
from terminal.rules import bucket
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_of
from terminal.rules.entry import EFFECTS_MAX, Effect

POINTS, POINTS_OWED, RIGHT = "points", "points_owed", "refund_right"
OPEN = (None, None)
# Debts and deposits never move; a right that leads back to one leads there for ever.
STAYING = frozenset({"owed", "points_owed", "deposit"})


def new_lot(draft: Draft) -> LotId:
    """Return the id of a new lot."""
    return LotId(new_id(draft.draw))


def iso(day: dt.date | None) -> str:
    """Return a date as buckets keep it, empty for none."""
    return "" if day is None else day.isoformat()


def make(draft: Draft, facts: Bucket, amount: int) -> Bucket:
    """Create units in a bucket that the draft's entry is the first to name, and return its facts.

    Raises `Refusal` `entry_full` when there is no room for more in one entry.
    """
    if len(draft.effects) >= EFFECTS_MAX:
        raise Refusal("entry_full")
    bucket.check(facts)
    draft.made[facts.id] = facts
    draft.effects.append(Effect("create", facts.id, amount))
    return facts


def create(
    draft: Draft,
    asset: str,
    owner: AccountId,
    amount: int,
    *,
    attributes: dict[str, Canonical],
    lot: LotId | None = None,
    unit_value_fen: int = 0,
    good: tuple[dt.date | None, dt.date | None] = OPEN,
) -> Bucket:
    """Create units in a new bucket, spendable from one day to another (both `good`, None: open).

    Raises `Refusal` `entry_full`.
    """
    facts = Bucket(
        chain=draft.life.chain,
        owner=owner,
        asset=asset,
        lot=lot or new_lot(draft),
        source=draft.source,
        spendable_from=iso(good[0]),
        expires_on=iso(good[1]),
        unit_value_fen=unit_value_fen,
        attributes=attributes,
    )
    return make(draft, facts, amount)


def add_points(
    draft: Draft, book: Book, owner: AccountId, points: int, last: dt.date | None, merged: Iterable[AccountId] = ()
) -> int:
    """Create points good through `last`, in the bucket of this life with the same end where there is one.

    Points that the owner owes here (a refund took back what was spent already), or the files `merged` into theirs do,
    are paid first; returns how many.
    """
    if not points:
        return 0
    held = book.holdings(owner, (POINTS, POINTS_OWED))
    others = [each for old in merged if old != owner for each in book.holdings(old, (POINTS_OWED,))]
    netted = _pay_owed(draft, book, [each for each in (*held, *others) if each.asset == POINTS_OWED], points)
    left = points - netted
    if not left:
        return netted
    end = iso(last)
    for facts in draft.made.values():
        if _is_plain(facts) and (facts.owner, facts.expires_on) == (owner, end):
            draft.effects.append(Effect("create", facts.id, left))
            return netted
    for lot in book.lots([each for each in held if each.asset == POINTS and each.expires_on == end]):
        if _is_plain(lot.facts) and lot.facts.source[:2] == draft.source[:2]:
            draft.add(lot, left)
            return netted
    create(draft, POINTS, owner, left, attributes={}, good=(None, last))
    return netted


def _pay_owed(draft: Draft, book: Book, owed: Sequence[Holding], points: int) -> int:
    """Spend debts of points, at most so many, less what this draft has paid already."""
    # The cloud has this life's debts where the till is about to begin another; there they are netted.
    if not owed or draft.life.rejoin_id:
        return 0
    left = points
    for lot in book.lots(owed):
        paid = sum(each.amount for each in draft.effects if each.kind == "spend" and each.bucket == lot.bucket)
        part = min(left, lot.amount - paid)
        if part > 0:
            draft.spend(lot, part)
            left -= part
    if left < points:
        draft.payload["points_netted"] = _number(draft.payload.get("points_netted")) + points - left
    return points - left


def _number(value: Canonical | None) -> int:
    return value if type(value) is int else 0


def _is_plain(facts: Bucket) -> bool:
    return facts.asset == POINTS and not facts.attributes and not facts.spendable_from


def take(draft: Draft, lots: Sequence[Lot], amount: int, day: dt.date) -> list[tuple[Lot, int]]:
    """Spend so many units of the lots that are good on `day`, earliest end first, then oldest; return what was taken.

    The caller has seen that they hold enough.
    """
    good = [lot for lot in lots if lot.facts.spendable_on(day.isoformat())]
    taken: list[tuple[Lot, int]] = []
    for lot in sorted(good, key=lambda lot: (lot.facts.expires_on or "9999-12-31", lot.n)):
        part = min(lot.amount, amount)
        if part:
            draft.spend(lot, part)
            taken.append((lot, part))
            amount -= part
    assert amount == 0, "the caller looked"
    return taken


def move(draft: Draft, lots: Iterable[Lot], rights: Iterable[Lot], facts: Mapping[str, object]) -> dict[str, Bucket]:
    """Spend all of these lots and create as much with other facts; return the new buckets by the old ones' ids.

    `facts` are the new ones (`owner`, `expires_on`, ...; `attributes` are added to those there are). Refund rights move
    with the units they lead back to, those of units that are used up too, and lead to the new buckets: whoever has the
    units now gets them back. They still belong to the sale that made them. Raises `Refusal` `entry_full`.
    """
    moved: dict[str, Bucket] = {}
    for lot in lots:
        draft.spend(lot, lot.amount)
        moved[lot.bucket] = _again(draft, lot.facts, facts)
        make(draft, moved[lot.bucket], lot.amount)
    _move_rights(draft, list(rights), facts, moved)
    return moved


def _move_rights(draft: Draft, rights: Iterable[Lot], facts: Mapping[str, object], moved: Mapping[str, Bucket]) -> None:
    """Make rights again for what moved; a right that a repayment left names the one it is for, which gets a new id."""
    owner = {"owner": facts["owner"]} if "owner" in facts else {}
    renamed: dict[str, BucketId] = {}

    def lead(old: Bucket) -> Bucket:
        # Of units that are used up nothing moves, but they would come back with the new facts.
        return old if old.asset in STAYING else moved.get(old.id) or _again(draft, old, facts)

    for right in sorted(rights, key=lambda each: "repays" in each.facts.attributes):
        noted = noted_again(right.facts, lead, renamed)
        draft.spend(right, right.amount)
        made = make(draft, _again(draft, right.facts, {**owner, "attributes": noted}), right.amount)
        renamed[right.bucket] = made.id


def noted_again(
    right: Bucket, lead: Callable[[Bucket], Bucket], renamed: Mapping[str, BucketId]
) -> dict[str, Canonical]:
    """Return the attributes that change in a right which is made again: it still belongs to the sale that made it.

    `lead` tells where what it leads back to is now; `renamed` are the new ids of rights, of which it may repay one.
    """
    noted: dict[str, Canonical] = {"sale": sale_of(right)}
    target = right.attributes.get("target")
    if isinstance(target, dict):
        noted["target"] = lead(bucket.from_facts(target)).facts()
    first = right.attributes.get("repays")
    if isinstance(first, str) and first in renamed:
        noted["repays"] = renamed[first]
    return noted


def asset_of(right: Lot) -> str:
    """Return the asset a refund right gives back, empty for one to a payment."""
    target = right.facts.attributes.get("target")
    return bucket.from_facts(target).asset if isinstance(target, dict) else ""


def _again(draft: Draft, before: Bucket, facts: Mapping[str, object]) -> Bucket:
    changed = dict(facts)
    added = changed.pop("attributes", None)
    attributes = {**before.attributes, **(added if isinstance(added, dict) else {})}
    return replace(before, source=draft.source, attributes=attributes, **changed)  # type: ignore[arg-type]  # by name
