"""A store of the release before: its cards go on as they were, and it may still write them."""

from __future__ import annotations

import pathlib

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Book
from terminal.rules.media import states
from terminal.services.media_life.asked import Asked, By
from terminal.services.media_life.life import MediaLife
from terminal.services.members import Members
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, migrate
from tests.support import STORE_KEY, ManualClock

OLDER = tuple(step for step in MIGRATIONS if step.schema < 8)
ACCOUNT = AccountId("a1" * 16)
_INSERT = "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'card', 'active', 'id-only')"


def test_cards_written_before_or_by_the_release_before_have_a_life_as_all_others(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    database = Database(path, STORE_KEY)
    migrate(database, OLDER)
    database.run(_INSERT, (bytes.fromhex(ACCOUNT), "0BE2FB0B"))
    database.close()
    migrate(database)
    before = Database(path, STORE_KEY)
    migrate(before, OLDER)
    before.run(_INSERT, (bytes.fromhex(ACCOUNT), "1CE2FB0C"))
    before.close()
    book = Book(database, ManualClock())
    book.open()
    life = MediaLife(database, book, Members(database, book, ManualClock()))
    for number in ("0BE2FB0B", "1CE2FB0C"):
        (kept,) = life.by_number(number)
        assert (kept.id, kept.medium) == ("", states.Medium(number, states.ACTIVE, ACCOUNT))
        asked = Asked(ActionId(new_id()), By(states.CASHIER))
        done = life.report_loss(asked, kept.n)
        (kept,) = life.by_number(number)
        assert (kept.id, kept.medium.state) == (done.medium, states.FROZEN)
    assert [kept.number for kept in life.of(ACCOUNT)] == ["0BE2FB0B", "1CE2FB0C"]
    database.close()
