"""What only a mutant showed to be untested in the ledger (see docs/mutants.md)."""

from __future__ import annotations

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.draft import Holding
from terminal.ledger.lives import Journal, Mailbox
from tests.support import TestBook

OWNER = AccountId("a1" * 16)


def promise(made: TestBook, amount: int, expires_on: str = "") -> str:
    """Create points and return their bucket."""
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "feed", "")
        facts = draft.create("points", OWNER, amount, expires_on=expires_on)
        made.book.post(draft)
    return facts.id


def test_the_very_last_unit_of_a_lot_is_overdue_too(made: TestBook) -> None:
    last = promise(made, 1, expires_on="2020-01-01")
    lots, _ = made.book.overdue()
    assert [(lot.bucket, lot.amount) for lot in lots] == [(last, 1)]


def test_a_holding_may_be_spent_from_its_first_day_to_the_end_of_its_last() -> None:
    holding = Holding(1, "bonus", "2026-11-21", "2026-11-23", 5)
    days = [f"2026-11-{day}" for day in range(20, 25)]
    assert [holding.spendable_on(day) for day in days] == [False, True, True, True, False]
    endless = Holding(1, "bonus", "", "", 5)
    assert all(endless.spendable_on(day) for day in days)


def test_of_the_closed_lives_those_with_entries_are_told_and_never_the_open_one(made: TestBook) -> None:
    journal = Journal(made.database)
    promise(made, 5)
    journal.begin_life(2)
    journal.begin_life(3)
    promise(made, 5)
    assert [(life.epoch, life.seq, life.cursor) for life in journal.closed()] == [(1, 1, 0)]
    assert journal.head().epoch == 3


def test_all_letters_of_one_kind_are_dropped_and_no_other(made: TestBook) -> None:
    mailbox = Mailbox(made.database)
    for kind, body in (("feed", b"1"), ("rejoin", b"2"), ("feed", b"3")):
        mailbox.put(kind, body)
    mailbox.drop_all("feed")
    assert [letter.body for letter in mailbox.waiting()] == [b"2"]
