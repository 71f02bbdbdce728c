"""A book with the use cases that post to it."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Book
from terminal.ledger.verify import Verdict, verify
from terminal.rules import canonical, entry
from terminal.rules.entry import Entry
from terminal.rules.member_file import MemberLine
from terminal.rules.stored_value import PointsRule, Tier, TopUpRule
from terminal.services.imports import NEW_PEOPLE, ImportLine, Imports
from terminal.services.members import Members
from terminal.services.money import Money, Rules
from terminal.services.views import SignedIn
from terminal.store.database import Database
from tests.support import ManualClock, TestBook, open_test_book

RULES = Rules(
    TopUpRule(1, (Tier(500_00, 50_00), Tier(1000_00, 200_00)), "highest_once", 1, 50_000_00), PointsRule(1, 10_00)
)
STAFF = SignedIn("token", "0" * 31 + "5", "陈晓", 1)


@dataclass(slots=True)
class Counter:
    """A counter without paper: members, top-ups and charges over a real book."""

    folder: pathlib.Path
    database: Database
    book: Book
    clock: ManualClock
    members: Members
    money: Money
    imports: Imports
    lines: int = 0

    def member(self, **parts: object) -> AccountId:
        """Import one member and return the account."""
        self.lines += 1
        line = MemberLine(self.lines, **{"old_number": f"M{self.lines}", "name": "王小芳", **parts})  # type: ignore[arg-type]  # the line's own fields
        self.imports.take([ImportLine(line, "WXF", step=NEW_PEOPLE)])
        row = self.database.row("SELECT account FROM member ORDER BY n DESC LIMIT 1")
        assert row is not None
        return AccountId(row[0].hex())

    def top_up(self, account: AccountId, paid_fen: int, bonus_fen: int = 0, action: str = "") -> None:
        """Top up in cash."""
        self.money.top_up(RULES, STAFF, ActionId(action or new_id()), account, paid_fen, bonus_fen)

    def charge(self, account: AccountId, amount_fen: int, action: str = "") -> None:
        """Charge to stored value."""
        self.money.charge(RULES, STAFF, ActionId(action or new_id()), account, amount_fen, "photo")

    def last(self) -> Entry:
        """Return the newest entry as the journal has it."""
        return self.entries()[-1]

    def entries(self) -> list[Entry]:
        """Return the journal."""
        return [entry.from_bytes(row[0]) for row in self.database.rows("SELECT bytes FROM entry ORDER BY life, seq")]

    def verify(self) -> Verdict:
        """Prove the book."""
        return verify(self.database, self.folder / "verify.scratch")

    def tamper(self, sql: str, parameters: tuple[object, ...] = ()) -> None:
        """Change the store behind the book's back, constraints or not."""
        for pragma in ("foreign_keys = 0", "ignore_check_constraints = 1"):
            self.database.run(f"PRAGMA {pragma}")
        with self.database.write():
            changed = self.database.run(sql, parameters)
            assert changed.rowcount > 0, "the test changed something"


def counter_over(made: TestBook) -> Counter:
    """Return a counter that posts to a book."""
    members = Members(made.database, made.book, made.clock)
    money = Money(made.database, made.book, members, made.clock, lambda _: None)
    imports = Imports(made.database, made.book, made.clock)
    return Counter(made.folder, made.database, made.book, made.clock, members, money, imports)


@pytest.fixture
def counter(tmp_path: pathlib.Path) -> Iterator[Counter]:
    """Give a counter over an empty book."""
    made = open_test_book(tmp_path)
    yield counter_over(made)
    made.database.close()


@pytest.fixture
def day(counter: Counter) -> Counter:
    """Give a book of six entries: two imports, two top-ups, two bills."""
    first, second = counter.member(principal_fen=75000, bonus_fen=15000), counter.member(points=30)
    for account in (first, second):
        counter.top_up(account, 1000_00, 200_00)
        counter.charge(account, 300_00)
    return counter


def part(name: str, value: canonical.Canonical) -> Callable[[bytes], bytes]:
    """Return what changes one part of an entry."""

    def change(data: bytes) -> bytes:
        value_of = canonical.decode(data)
        assert isinstance(value_of, dict)
        return canonical.encode({**value_of, name: value})

    return change


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Iterator[TestBook]:
    """Give an empty book."""
    opened = open_test_book(tmp_path)
    yield opened
    opened.database.close()
