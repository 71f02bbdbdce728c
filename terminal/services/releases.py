"""Staged release: locked bonus that a qualifying bill opens, by whoever holds the locked lot and nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from terminal.base.ids import BucketId
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import NoteReleased
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect
from terminal.rules.value.bonus_note import release_of
from terminal.rules.value.releases import Locked, at_visit, at_void
from terminal.rules.value.releases import Opening as Due


def nothing_on_hold(_: BucketId) -> int:
    """Return that nothing is on hold."""
    return 0


class Releases:
    """Opens parts of `per_visit` bonus in the entry that settles a bill; the member may use them from the next one."""

    def __init__(self, book: Book, holds: Callable[[BucketId], int] = nothing_on_hold) -> None:
        """Look up lots in `book`; `holds` tells how many units of a bucket are on hold, which stay as they are."""
        self._book = book
        self._holds = holds

    def visit(
        self, draft: Draft, locked: Sequence[Lot], skips: Sequence[Lot], bill_fen: int, day: dt.date
    ) -> tuple[NoteReleased, ...]:
        """Open in a bill's draft what each locked lot's terms say of a bill of `bill_fen`, and return what was done.

        `locked` and `skips` are the member's free lots of `bonus_locked` and `release_skip`, as this till holds them.
        """
        done: list[NoteReleased] = []
        for lot in locked:
            own = [skip for skip in skips if skip.facts.lot == lot.facts.lot]
            due = _due(lot.facts, lot.amount, own, bill_fen, day)
            if due.opened_fen or due.skipped_fen:
                bonus = self._open(draft, lot, own, due)
                name = bonus.id if bonus else ""
                done.append(NoteReleased(lot.facts.lot, lot.bucket, name, due.opened_fen, due.skipped_fen))
        return tuple(done)

    def visit_elsewhere(
        self, draft: Draft, locked: Sequence[tuple[Bucket, int]], skips: Sequence[Lot], bill_fen: int, day: dt.date
    ) -> None:
        """Note in a bill's draft what its visit opens of locked lots that this till holds nothing of.

        The cloud opens it, never more than is locked by then. What is to be skipped of such a lot and is here (a bill
        of this till was voided) is skipped here first.
        """
        for facts, units in locked:
            own = [skip for skip in skips if skip.facts.lot == facts.lot]
            due = _due(facts, units, own, bill_fen, day)
            _skip(draft, own, due.skipped_fen)
            if due.opened_fen:
                self._note(draft, facts, due.opened_fen)

    def release(self, draft: Draft, locked: Bucket, part: int) -> int:
        """Open up to `part` units of a locked lot in a bill's draft; return how many are usable afterwards.

        Where this till holds nothing of the lot the visit is only noted, for the cloud or the holder to do. What is to
        be skipped (it came back by a void, and was used up all the same) is skipped first.
        """
        lot = self._locked_here(locked)
        if lot is None:
            self._note(draft, locked, part)
            return 0
        own = self._skips(locked)
        due_fen = min(part, max(0, lot.amount - self._holds(lot.bucket)))
        skipped_fen = min(due_fen, sum(skip.amount for skip in own))
        self._open(draft, lot, own, Due(due_fen - skipped_fen, skipped_fen))
        return due_fen - skipped_fen

    def take_back(self, draft: Draft, locked: Bucket, bonus: Bucket | None, opened: int, skipped: int = 0) -> int:
        """Undo in the draft of a void that a bill opened `opened` units of `bonus`; return how many are to be skipped.

        What is still here and not on hold is locked again. The rest is used up or elsewhere: so much is skipped when
        the lot is opened next, as is again what the bill had `skipped`. A life that does not know the locked lot
        leaves the open units open, and skips all.
        """
        lot = None if bonus is None else self._book.lot_of(bonus)
        back = self._book.lot_of(locked)
        here = 0
        if lot is not None and back is not None:
            here = min(opened, max(0, lot.amount - self._holds(lot.bucket)))
        done = at_void(Due(opened, skipped), here)
        if lot is not None and back is not None and done.relocked_fen:
            draft.spend(lot, done.relocked_fen)
            draft.add(back, done.relocked_fen)
        if done.skip_fen:
            _create(draft, _in_lot(draft, locked, "release_skip"), done.skip_fen)
        return done.skip_fen

    def _locked_here(self, locked: Bucket) -> Lot | None:
        """Return the locked lot when this till holds any of it: only then may it open some."""
        lot = self._book.lot_of(locked)
        return lot if lot is not None and lot.amount else None

    def _note(self, draft: Draft, locked: Bucket, part: int) -> None:
        notes = draft.payload.setdefault("release", [])
        assert isinstance(notes, list)
        note: Canonical = [locked.id, part]
        notes.append(note)

    def _open(self, draft: Draft, lot: Lot, skips: Sequence[Lot], due: Due) -> Bucket | None:
        """Spend what is to be skipped and open the rest; return the bucket of what opened, None where nothing did."""
        _skip(draft, skips, due.skipped_fen)
        if not due.opened_fen:
            return None
        draft.spend(lot, due.opened_fen)
        return _create(draft, _in_lot(draft, lot.facts, "bonus"), due.opened_fen)

    def _skips(self, locked: Bucket) -> list[Lot]:
        found = self._book.lots(self._book.holdings(locked.owner, ("release_skip",)))
        return [lot for lot in found if lot.facts.lot == locked.lot]


def noted(payload: Mapping[str, object]) -> list[tuple[str, int]]:
    """Return what a bill's payload notes as due of locked lots that its till did not hold: bucket and units."""
    found = payload.get("release")
    return [(name, units) for name, units in found] if isinstance(found, list | tuple) else []


def _due(facts: Bucket, units: int, skips: Sequence[Lot], bill_fen: int, day: dt.date) -> Due:
    """Return what a bill opens of a locked lot that has so many units, and how much of `skips` it skips."""
    release, granted_fen = release_of(facts.attributes)
    end = dt.date.fromisoformat(facts.expires_on) if facts.expires_on else None
    return at_visit(release, Locked(granted_fen, units, sum(each.amount for each in skips), end), bill_fen, day)


def _skip(draft: Draft, skips: Sequence[Lot], skip_fen: int) -> None:
    """Spend so much of what is to be skipped, which there is."""
    for skip in skips:
        part = min(skip_fen, skip.amount)
        if part:
            draft.spend(skip, part)
            skip_fen -= part


def _in_lot(draft: Draft, locked: Bucket, asset: str) -> Bucket:
    """Return the bucket of another asset that a draft makes of a locked one: the same lot, end and attributes."""
    return Bucket(
        chain=locked.chain,
        owner=locked.owner,
        asset=asset,
        lot=locked.lot,
        source=draft.source,
        expires_on=locked.expires_on,
        attributes=locked.attributes,
    )


def _create(draft: Draft, facts: Bucket, amount: int) -> Bucket:
    draft.made[facts.id] = facts
    draft.effects.append(Effect("create", facts.id, amount))
    return facts
