"""Making and taking units in a draft: new buckets with dates, points of one end together, and what moves as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, LotId, new_id
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Lot
from terminal.rules import bucket
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_of
from terminal.rules.entry import EFFECTS_MAX, Effect

POINTS, RIGHT = "points", "refund_right"
OPEN = (None, None)


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


def add_points(draft: Draft, book: Book, owner: AccountId, points: int, last: dt.date | None) -> None:
    """Create points good through `last`, in the bucket of this life with the same end where there is one."""
    if not points:
        return
    end = iso(last)
    for facts in draft.made.values():
        if _is_plain(facts) and (facts.owner, facts.expires_on) == (owner, end):
            draft.effects.append(Effect("create", facts.id, points))
            return
    for lot in book.lots([each for each in book.holdings(owner, (POINTS,)) if each.expires_on == end]):
        if _is_plain(lot.facts) and lot.facts.source[:2] == draft.source[:2]:
            draft.add(lot, points)
            return
    create(draft, POINTS, owner, points, attributes={}, good=(None, last))


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


def move(
    draft: Draft,
    lots: Iterable[Lot],
    rights: Iterable[Lot],
    facts: Mapping[str, object],
    used: Mapping[str, int] | None = None,
) -> dict[str, Bucket]:
    """Spend all of these lots and create as much with other facts; return the new buckets by the old ones' ids.

    `facts` are the new ones (`owner`, `expires_on`, ...; `attributes` are added to those there are). Of what is `used`
    by the same entry (units by bucket id) so much less is made. Refund rights that lead back to a bucket that moves
    lead to the new one, and still belong to the sale that made them. Raises `Refusal` `entry_full`.
    """
    moved: dict[str, Bucket] = {}
    for lot in lots:
        draft.spend(lot, lot.amount)
        moved[lot.bucket] = _again(draft, lot.facts, facts)
        if left := lot.amount - (used or {}).get(lot.bucket, 0):
            make(draft, moved[lot.bucket], left)
    for right in rights:
        old = target_of(right)
        if not old or old in moved:
            noted: dict[str, Canonical] = {"sale": sale_of(right.facts)}
            if old:
                noted["target"] = moved[old].facts()
            owner = {"owner": facts["owner"]} if "owner" in facts else {}
            draft.spend(right, right.amount)
            make(draft, _again(draft, right.facts, {**owner, "attributes": noted}), right.amount)
    return moved


def target_of(right: Lot) -> str:
    """Return the id of the bucket a refund right leads back to, empty for one to a payment."""
    target = right.facts.attributes.get("target")
    return bucket.from_facts(target).id if isinstance(target, dict) else ""


def _again(draft: Draft, before: Bucket, facts: Mapping[str, object]) -> Bucket:
    changed = dict(facts)
    added = changed.pop("attributes", None)
    attributes = {**before.attributes, **(added if isinstance(added, dict) else {})}
    return replace(before, source=draft.source, attributes=attributes, **changed)  # type: ignore[arg-type]  # by name
