"""Every query of a till's day finds its rows through an index: with a hundred thousand members, a scan is a pause."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Book
from terminal.ledger.deeds import Deeds
from terminal.ledger.export import export
from terminal.ledger.lives import Journal, Mailbox, Wants
from terminal.ledger.rows import _NAMED
from terminal.services.spool import NewSlip, Spool
from terminal.store.database import Database
from terminal.store.migrations import migrate
from tests.ledger.conftest import Counter, counter_over
from tests.support import STORE_KEY, ManualClock, TestBook

# These never have more than a handful of rows.
SMALL = {"life", "device", "account_balance", "sync_mark", "mailbox", "deed_mark"}
# These read the newest few by their number, from the end.
NEWEST = ("WHERE copy_of = 0 ORDER BY id DESC LIMIT ?", "FROM member ORDER BY n DESC LIMIT 1")


class Recorder(Database):
    """A store that remembers every statement."""

    def __init__(self, path: pathlib.Path, key: bytes) -> None:
        super().__init__(path, key)
        self.statements: dict[str, Sequence[Any]] = {}

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - a driver's cursor
        self.statements.setdefault(sql, parameters)
        return super().run(sql, parameters)

    def scans(self) -> dict[str, list[str]]:
        """Return the statements that read a whole table, with their plans."""
        found = {}
        for sql, parameters in self.statements.items():
            if not sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) or sql.endswith(NEWEST):
                continue
            plan = [row[3] for row in self.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            # The rows an INSERT brings along are told as a scan too ("SCAN 2-ROW VALUES CLAUSE").
            scanned = {match[1] for step in plan if (match := re.match(r"SCAN (?!\d+-ROW VALUES)(\w+)", step))}
            if scanned - SMALL or any("AUTOMATIC" in step for step in plan):
                found[sql] = plan
        return found


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[tuple[Recorder, Counter, AccountId]]:
    """Give a till with a member, whose statements are recorded from now on."""
    database = Recorder(tmp_path / "store.db", STORE_KEY)
    migrate(database)
    clock = ManualClock()
    book = Book(database, clock)
    book.open()
    counter = counter_over(TestBook(tmp_path, database, book, clock))
    account = counter.member(phone="13900000001", cards=("0012345678",), principal_fen=75000, bonus_fen=15000)
    database.statements.clear()
    yield database, counter, account
    database.close()


def test_finding_a_member_reads_no_whole_table(till: tuple[Recorder, Counter, AccountId]) -> None:
    database, counter, account = till
    texts = ("13900000001", "0001", "WX", "wang", "wangxiaofang", "王", "王小芳", "0012345678", "5678", "45678")
    for text in (*texts, counter.members.member_code(account)):
        assert [hit.account for hit in counter.members.search(text)] == [account], text
    counter.members.by_card(b"", "0012345678")
    with pytest.raises(Refusal):
        counter.members.by_card(b"\x01\x02\x03\x04", "")
    counter.members.panel(account)
    counter.members.counter_member(account)
    (look,) = (sql for sql in database.statements if "refund_right" in sql)
    plan = [row[3] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {look}", database.statements[look])]
    assert any("held USING COVERING INDEX held_live (owner=? AND asset=?)" in step for step in plan), plan
    counter.members.require(account)
    counter.members.masked_name(account)
    assert len(database.statements) >= 10
    assert database.scans() == {}


def test_posting_and_reading_the_book_reads_no_whole_table(till: tuple[Recorder, Counter, AccountId]) -> None:
    database, counter, account = till
    for action in (new_id(), "a1" * 16, "a1" * 16):
        counter.top_up(account, 1000_00, 200_00, action)
    counter.charge(account, 300_00)
    counter.charge(account, 300_00)
    counter.member(phone="13900000001", cards=("0012345678",), old_number="M9")
    counter.member(phone="13900000001", cards=("0012345678",), old_number="M10", points=3)
    counter.book.balances(account)
    counter.book.accounts()
    list(export(database, counter.book))
    deeds = Deeds(database, lambda _at_ms: counter.book.today())
    deeds.days(account, since="2026-01-01")
    deeds.of_member(account, "2026-01-01")
    deeds.of_shift(1)
    deeds.since(1)
    deeds.takings("2026-01-01", "2026-12-31")
    deeds.takings_of_shift(1)
    deeds.undone("d/1/1")
    deeds.rights("d/1/1")
    while deeds.catch_up():
        pass
    assert len(database.statements) >= 15
    assert database.scans() == {}


def test_talking_to_the_cloud_reads_no_whole_table(till: tuple[Recorder, Counter, AccountId]) -> None:
    database, counter, account = till
    book, journal, mailbox, wants = counter.book, Journal(database), Mailbox(database), Wants(database)
    (lot,) = book.lots(book.holdings(account, ("bonus",)))
    for number in range(2):
        asked = wants.ask(lot.facts, 50)
        with database.write():
            draft = book.begin(ActionId(new_id()), "feed", "")
            if number:
                draft.accept(lot.facts, 50, asked)
            else:
                draft.give_back(lot, lot.amount)
            book.post(draft)
        wants.state(asked)
        wants.drop(asked)
    wants.open()
    book.overdue()
    book.hear_time(1)
    mailbox.put("feed", b"item")
    mailbox.waiting()
    letter = mailbox.first()
    assert letter is not None
    mailbox.drop(letter.n)
    assert journal.accepted(asked)
    assert journal.mark(2, journal.hash_at(2) or b"")
    assert journal.append_tail([data for _, _, data in journal.entries(0, 10)], book.day_at) == 0
    journal.set_rejoining("ab" * 16)
    journal.begin_life(2)
    assert len(database.statements) >= 25
    assert database.scans() == {}
    used = [row[3] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {_NAMED}", [b"", "", 1, b""] * 2)]
    assert [step for step in used if "held_live" in step]
    assert [step for step in used if "held_spent" in step]


def test_the_print_spool_reads_no_whole_table(till: tuple[Recorder, Counter, AccountId]) -> None:
    database, _, account = till
    spool = Spool(database, lambda _printer, _attempt: b"")
    action = ActionId(new_id())
    with database.write():
        job = spool.add(NewSlip("p", b"slip", "top_up", "1-000001", account, 1, 1, action_id=action))
    with database.write():
        assert spool.earlier(action, account, "") == job
    assert spool.take("p") is not None
    spool.recover()
    spool.again(job)
    spool.take("p")
    spool.put_back(job)
    spool.take("p")
    spool.printed(job)
    copy = spool.copy(job, ActionId(new_id()))
    spool.cancel(copy)
    spool.doubts()
    spool.waiting()
    spool.recent()
    assert len(database.statements) >= 12
    assert database.scans() == {}
