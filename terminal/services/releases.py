"""Staged release: locked bonus that a qualifying bill opens, by whoever holds the locked lot and nobody else."""

from __future__ import annotations

from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect


class Releases:
    """Opens parts of `per_visit` bonus in the entry that settles a bill; the member may use them from the next one."""

    def __init__(self, book: Book) -> None:
        """Look up lots in `book`."""
        self._book = book

    def release(self, draft: Draft, locked: Bucket, part: int) -> int:
        """Open up to `part` units of a locked lot in a bill's draft; return how many are usable afterwards.

        Where this till holds nothing of the lot the visit is only noted, for the cloud or the holder to do. What is to
        be skipped (it came back by a void, and was used up all the same) is skipped first.
        """
        lot = self._locked_here(locked)
        if lot is None:
            self._note(draft, locked, part)
            return 0
        return self._open(draft, lot, min(part, lot.amount))

    def take_back(self, draft: Draft, locked: Bucket, bonus: Bucket, opened: int) -> int:
        """Undo in the draft of a void that a bill opened `opened` units of `bonus`; return how many are to be skipped.

        What is still here is locked again. The rest is used up or elsewhere: so much is skipped when the lot is opened
        next. A life that does not know the locked lot leaves the open units open, and skips all.
        """
        lot, back = self._book.lot_of(bonus), self._book.lot_of(locked)
        here = min(opened, lot.amount) if lot is not None and back is not None else 0
        if lot is not None and back is not None and here:
            draft.spend(lot, here)
            draft.add(back, here)
        if opened > here:
            _create(draft, _in_lot(draft, locked, "release_skip"), opened - here)
        return opened - here

    def _locked_here(self, locked: Bucket) -> Lot | None:
        """Return the locked lot when this till holds any of it: only then may it open some."""
        lot = self._book.lot_of(locked)
        return lot if lot is not None and lot.amount else None

    def _note(self, draft: Draft, locked: Bucket, part: int) -> None:
        notes = draft.payload.setdefault("release", [])
        assert isinstance(notes, list)
        note: Canonical = [locked.id, part]
        notes.append(note)

    def _open(self, draft: Draft, lot: Lot, part: int) -> int:
        opened = part
        for skip in self._skips(lot.facts):
            skipped = min(opened, skip.amount)
            if skipped:
                draft.spend(skip, skipped)
                opened -= skipped
        if opened:
            draft.spend(lot, opened)
            _create(draft, _in_lot(draft, lot.facts, "bonus"), opened)
        return opened

    def _skips(self, locked: Bucket) -> list[Lot]:
        found = self._book.lots(self._book.holdings(locked.owner, ("release_skip",)))
        return [lot for lot in found if lot.facts.lot == locked.lot]


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


def _create(draft: Draft, facts: Bucket, amount: int) -> None:
    draft.made[facts.id] = facts
    draft.effects.append(Effect("create", facts.id, amount))
