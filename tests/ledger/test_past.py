"""Entries that were dropped: what is still known of them, and the proof of a book that begins at a checkpoint."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, LotId, new_id
from terminal.ledger.export import export
from terminal.ledger.lives import Journal
from terminal.ledger.past import SCHEMA, forget
from terminal.rules import checkpoint, entry
from terminal.rules.fold import EntryWrong
from terminal.rules.member_file import MemberLine
from terminal.services.compaction import Compaction
from terminal.services.imports import NEW_PEOPLE, ImportLine
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, migrate
from tests.ledger.conftest import Counter
from tests.support import STORE_KEY

TOP_UP = "aa" * 16


@pytest.fixture
def past(day: Counter) -> Counter:
    """Give a book whose first eight entries were dropped, a grant among them: it begins with checkpoint number 9."""
    facts = next(made for made in day.entries()[0].buckets if made.asset == "principal")
    day.top_up(facts.owner, 1000_00, 200_00, TOP_UP)
    with day.database.write():
        draft = day.book.begin(ActionId(new_id()), "feed", "")
        draft.accept(dataclasses.replace(facts, lot=LotId("77" * 16)), 100, "f1" * 16)
        draft.cursor += 1
        day.book.post(draft)
    assert Compaction(day.database, day.book, day.clock).checkpoint().entry.seq == 9
    with day.database.write():
        forget(day.database, 1, 9)
    day.charge(facts.owner, 20_00)
    day.top_up(facts.owner, 500_00, 50_00)
    return day


def test_a_book_is_proved_from_its_checkpoint(past: Counter) -> None:
    verdict = past.verify()
    assert (verdict.code, verdict.entries, verdict.head) == ("", 3, past.book.life().hash.hex()), verdict


def test_a_book_is_proved_again_after_a_second_checkpoint_and_in_a_later_life(past: Counter) -> None:
    made = Compaction(past.database, past.book, past.clock).checkpoint().entry.seq
    owner = next(each.owner for one in past.entries() for each in one.buckets)
    past.charge(owner, 1_00)
    with past.database.write():
        assert forget(past.database, 1, made) == 3
    assert past.verify().code == ""
    Journal(past.database).begin_life(2)
    past.top_up(owner, 500_00, 50_00)
    assert past.verify().code == ""
    assert past.verify().entries == 3


@pytest.mark.parametrize(
    ("sql", "code", "seq"),
    [
        ("UPDATE held SET amount = amount + 1 WHERE asset = 'principal' AND amount > 0", "checkpoint_wrong", 9),
        ("UPDATE held SET amount = 0 WHERE asset = 'principal' AND amount > 0", "checkpoint_wrong", 9),
        ("UPDATE held SET amount = 'many' WHERE asset = 'principal'", "checkpoint_wrong", 9),
        ("UPDATE bucket SET facts = replace(facts, 'principal', 'bonus') WHERE n = 1", "checkpoint_wrong", 9),
        ("UPDATE bucket SET id = zeroblob(16) WHERE n = 1", "checkpoint_wrong", 9),
        ("DELETE FROM held WHERE asset = 'points' AND amount > 0", "checkpoint_wrong", 9),
        ("UPDATE held SET owner = zeroblob(16) WHERE bucket = 1", "units_wrong", 0),
        ("UPDATE held SET expires_on = '2099-01-01' WHERE bucket = 1", "units_wrong", 0),
        ("UPDATE account_balance SET amount = amount + 1 WHERE account = 'tender/cash'", "balance_wrong", 0),
        ("UPDATE entry SET hash = zeroblob(32) WHERE seq = 9", "chain_broken", 9),
        ("UPDATE entry SET bytes = x'00' WHERE seq = 10", "chain_broken", 10),
        ("UPDATE entry SET bytes = x'00' WHERE seq = 9", "past_wrong", 1),
        ("DELETE FROM entry WHERE seq = 9", "past_wrong", 1),
        ("DELETE FROM entry WHERE seq = 10", "gap", 10),
        ("DELETE FROM past_entry", "past_wrong", 1),
        ("DELETE FROM past_entry WHERE seq = 4", "past_wrong", 1),
        ("DELETE FROM past_entry WHERE seq = 8", "past_wrong", 1),
        ("UPDATE past_entry SET hash = zeroblob(32) WHERE seq = 8", "past_wrong", 1),
        ("UPDATE past_entry SET bytes = x'00' WHERE seq = 1", "past_wrong", 1),
        ("UPDATE past_entry SET bytes = replace(bytes, '75000', '75001') WHERE seq = 1", "past_wrong", 1),
        ("UPDATE past_entry SET action_id = zeroblob(16) WHERE seq = 1", "past_wrong", 1),
        (
            "UPDATE past_entry SET action_id = (SELECT action_id FROM entry WHERE seq = 10) WHERE seq = 3",
            "past_wrong",
            0,
        ),
        (
            "INSERT INTO past_entry SELECT 7, seq, hash, zeroblob(16), bytes FROM past_entry WHERE seq = 1",
            "past_wrong",
            0,
        ),
        ("UPDATE accepted SET seq = 10", "grants_wrong", 0),
        ("UPDATE life SET cursor = 0", "cursor_wrong", 0),
    ],
)
def test_the_first_wrong_thing_is_named(past: Counter, sql: str, code: str, seq: int) -> None:
    past.tamper(sql)
    verdict = past.verify()
    assert (verdict.code, verdict.seq) == (code, seq), verdict
    assert verdict.detail


COLUMNS = {
    "past_entry": ("life", "seq", "hash", "action_id", "bytes"),
    "entry": ("life", "seq", "hash", "action_id", "bytes"),
    "held": ("bucket", "life", "owner", "asset", "expires_on", "amount"),
    "bucket": ("id", "facts"),
    "accepted": ("gid", "life", "seq"),
    "account_balance": ("life", "account", "amount"),
}
ODD = ("x''", "x'ff00'", "'text'", "''", "-1", "0", "1", "2", "9223372036854775807", "1.5")
# What a dropped entry did was proved when it was dropped; of its action and its grant only the names are left.
NOT_TOLD = {("past_entry", "action_id"), ("past_entry", "bytes"), ("accepted", "gid"), ("accepted", "seq")}


@pytest.mark.parametrize(("table", "column"), [(table, column) for table, names in COLUMNS.items() for column in names])
def test_whatever_stands_in_a_column_the_proof_ends_in_a_verdict(past: Counter, table: str, column: str) -> None:
    for pragma in ("foreign_keys = 0", "ignore_check_constraints = 1"):
        past.database.run(f"PRAGMA {pragma}")
    right, rows = past.verify(), past.database.rows(f"SELECT * FROM {table}")  # noqa: S608 - tables of ours
    assert right.code == ""
    for value in ODD:
        past.database.run(f"UPDATE OR IGNORE {table} SET {column} = {value}")  # noqa: S608 - columns of ours
        same = past.database.rows(f"SELECT * FROM {table}") == rows  # noqa: S608 - tables of ours
        found = past.verify()
        if (table, column) not in NOT_TOLD:
            assert (found == right) is same, (value, found)
        put_back(past, table, rows)
    assert past.verify() == right


def put_back(past: Counter, table: str, rows: Sequence[Sequence[object]]) -> None:
    with past.database.write():
        past.database.run(f"DELETE FROM {table}")  # noqa: S608 - tables of ours
        for row in rows:
            past.database.run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - marks


def test_entries_dropped_before_what_is_no_checkpoint_are_missed(day: Counter) -> None:
    with day.database.write():
        forget(day.database, 1, 3)
    verdict = day.verify()
    assert (verdict.code, verdict.seq) == ("past_wrong", 1)


def test_nothing_that_was_dropped_is_done_again(past: Counter) -> None:
    before = past.book.life()
    with pytest.raises(Refusal, match="action_past"):
        past.book.done(ActionId(TOP_UP))
    with pytest.raises(Refusal, match="action_past"):
        past.top_up(past.entries()[-1].buckets[0].owner, 1000_00, 200_00, TOP_UP)
    assert past.book.life() == before


def test_an_old_file_still_brings_in_nothing_and_a_changed_line_is_still_noticed(past: Counter) -> None:
    line = MemberLine(1, old_number="M1", name="王小芳", principal_fen=75000, bonus_fen=15000)
    before = past.book.life()
    assert past.imports.take([ImportLine(line, "WXF", step=NEW_PEOPLE)]) == past.imports.take(
        [ImportLine(line, "WXF", step=NEW_PEOPLE)]
    )
    past.imports.take([ImportLine(dataclasses.replace(line, principal_fen=80000), "WXF", step=NEW_PEOPLE)])
    assert past.book.life() == before
    assert [row[0] for row in past.database.rows("SELECT seq FROM past_entry WHERE bytes <> x'' ORDER BY seq")] == [
        1,
        2,
    ]


def test_an_own_entry_that_comes_back_is_compared_with_the_hash_of_the_dropped_one(day: Counter) -> None:
    data = [bytes(row[0]) for row in day.database.rows("SELECT bytes FROM entry ORDER BY seq")]
    Compaction(day.database, day.book, day.clock).checkpoint()
    journal = Journal(day.database)
    before = [journal.hash_at(seq) for seq in range(8)]
    with day.database.write():
        forget(day.database, 1, 7)
    assert [journal.hash_at(seq) for seq in range(8)] == before
    assert journal.append_tail(data, day.book.day_at) == 0
    with pytest.raises(EntryWrong, match="forked"):
        journal.append_tail([data[0], data[1].replace(b'"trusted"', b'"untrusted"')], day.book.day_at)


def test_the_release_before_writes_the_store_until_something_was_dropped(day: Counter) -> None:
    older = [step for step in MIGRATIONS if step.schema < SCHEMA]
    previous = Database(day.database.path, STORE_KEY)
    migrate(previous, older)
    previous.close()
    with day.database.write():
        forget(day.database, 1, 1)
    refused = Database(day.database.path, STORE_KEY)
    with pytest.raises(Refusal, match="store_newer"):
        migrate(refused, older)
    refused.close()


def test_a_compacted_journal_is_written_out_from_its_checkpoint(past: Counter) -> None:
    lines = list(export(past.database, past.book))
    assert len(lines) == 4
    said = checkpoint.read(past.entries()[0])
    assert said is not None
    head = said.hash
    for line in lines[:-1]:
        data, _, digest = line.removeprefix(b'{"entry":').rpartition(b',"hash":"')
        head = entry.seal(head, data)
        assert digest == head.hex().encode() + b'"}\n'


def test_a_scratch_file_is_gone_after_a_compacted_book_was_proved(past: Counter, tmp_path: pathlib.Path) -> None:
    past.verify()
    assert not list(tmp_path.glob("*.scratch*"))
