"""Units of one owner in a book, made and moved without saying why: for tests of the book itself."""

from __future__ import annotations

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.bucket import Bucket
from tests.support import TestBook

OWNER = AccountId("a1" * 16)


def create(made: TestBook, asset: str, amount: int, expires_on: str = "") -> Bucket:
    """Create units in a bucket of their own and return its facts."""
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "feed", "")
        facts = draft.create(asset, OWNER, amount, expires_on=expires_on)
        made.book.post(draft)
    return facts


def move(made: TestBook, facts: Bucket, amount: int) -> None:
    """Add units to a bucket or (below zero) spend some."""
    with made.database.write():
        draft, lot = made.book.begin(ActionId(new_id()), "feed", ""), made.book.lot_of(facts)
        assert lot is not None
        if amount > 0:
            draft.add(lot, amount)
        else:
            draft.spend(lot, -amount)
        made.book.post(draft)
