"""The proof of the book: right books pass, and the first thing that is wrong is named."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.verify import verify
from terminal.rules import bucket, entry
from terminal.store.database import Database
from tests.ledger.conftest import Counter, part
from tests.support import STORE_KEY

Spoil = Callable[[Counter], None]


def data_of(day: Counter, seq: int) -> bytes:
    row = day.database.row("SELECT bytes FROM entry WHERE seq = ?", (seq,))
    assert row is not None
    return bytes(row[0])


def reseal(day: Counter, first: int, change: Callable[[bytes], bytes]) -> None:
    """Change one entry and seal it and all that follow again, as somebody with the key of the store could."""
    row = day.database.row("SELECT hash FROM entry WHERE seq = ?", (first - 1,))
    head = row[0] if row else entry.GENESIS
    for seq, data in day.database.rows("SELECT seq, bytes FROM entry WHERE seq >= ? ORDER BY seq", (first,)):
        sealed = change(data) if seq == first else data
        head = entry.seal(head, sealed)
        day.tamper("UPDATE entry SET bytes = ?, hash = ? WHERE seq = ?", (sealed, head, seq))
    day.tamper("UPDATE life SET hash = ?", (head,))


def test_a_right_book_passes_and_names_its_head(day: Counter) -> None:
    verdict = day.verify()
    assert (verdict.code, verdict.seq, verdict.detail) == ("", 0, "")
    assert verdict.entries == 6
    assert verdict.head == day.book.life().hash.hex()
    assert not (day.folder / "verify.scratch").exists()
    assert day.verify() == verdict, "proving changes nothing"


def test_an_empty_book_passes(counter: Counter) -> None:
    assert counter.verify().code == ""


def test_progress_is_told_by_the_chunk(day: Counter) -> None:
    for _ in range(500):
        with day.database.write():
            day.book.post(day.book.begin(_action(), "note", ""))
    told: list[tuple[int, int]] = []
    verify(day.database, day.folder / "verify.scratch", lambda done, whole: told.append((done, whole)))
    assert told == [(500, 506)]


def _action() -> ActionId:
    return ActionId(new_id())


def test_a_book_is_proved_as_of_one_moment_beside_a_writer(day: Counter) -> None:
    reader = Database(day.database.path, STORE_KEY)
    reader.connect()
    account = next(made.owner for made in day.entries()[0].buckets)
    seen: list[int] = []

    def write_meanwhile(done: int, _: int) -> None:
        seen.append(done)
        day.top_up(account, 1_00)

    for _ in range(500):
        with day.database.write():
            day.book.post(day.book.begin(_action(), "note", ""))
    verdict = verify(reader, day.folder / "verify.scratch", write_meanwhile)
    assert (verdict.code, verdict.entries) == ("", 506)
    assert seen == [500]
    assert day.verify().entries == 507
    reader.close()


def changed_byte(day: Counter) -> None:
    data = data_of(day, 4).replace(b'"trusted"', b'"trustee"')
    day.tamper("UPDATE entry SET bytes = ? WHERE seq = 4", (data,))


def changed_byte_with_its_hash(day: Counter) -> None:
    data = data_of(day, 4).replace(b'"at_quality":"trusted"', b'"at_quality":"untrusted"')
    row = day.database.row("SELECT hash FROM entry WHERE seq = 3")
    assert row is not None
    day.tamper("UPDATE entry SET bytes = ?, hash = ? WHERE seq = 4", (data, entry.seal(row[0], data)))


def bytes_as_text(day: Counter) -> None:
    day.tamper("UPDATE entry SET bytes = 'text' WHERE seq = 4")


def changed_hash(day: Counter) -> None:
    day.tamper("UPDATE entry SET hash = zeroblob(32) WHERE seq = 4")


def deleted(day: Counter) -> None:
    day.tamper("DELETE FROM entry WHERE seq = 4")


def last_deleted(day: Counter) -> None:
    day.tamper("DELETE FROM entry WHERE seq = 6")


def swapped(day: Counter) -> None:
    day.tamper("UPDATE entry SET seq = 100 WHERE seq = 4")
    day.tamper("UPDATE entry SET seq = 4 WHERE seq = 5")
    day.tamper("UPDATE entry SET seq = 5 WHERE seq = 100")


def inserted_between(day: Counter) -> None:
    day.tamper("UPDATE entry SET seq = 7 WHERE seq = 6")
    day.tamper("UPDATE entry SET seq = 6 WHERE seq = 5")
    day.tamper("UPDATE entry SET seq = 5 WHERE seq = 4")
    day.tamper("INSERT INTO entry SELECT life, 4, hash, zeroblob(16), bytes FROM entry WHERE seq = 3")


def inserted_before(day: Counter) -> None:
    day.tamper("INSERT INTO entry SELECT life, -1, hash, zeroblob(16), bytes FROM entry WHERE seq = 3")


def inserted_after(day: Counter) -> None:
    data = part("seq", 7)(data_of(day, 6))
    row = day.database.row("SELECT hash FROM entry WHERE seq = 6")
    assert row is not None
    day.tamper("INSERT INTO entry VALUES (1, 7, ?, zeroblob(16), ?)", (entry.seal(row[0], data), data))


def other_device(day: Counter) -> None:
    reseal(day, 4, part("device", "f0" * 16))


def other_number(day: Counter) -> None:
    reseal(day, 4, part("seq", 5))


def other_spelling(day: Counter) -> None:
    reseal(day, 4, lambda data: data + b" ")


def unbalanced(day: Counter) -> None:
    reseal(day, 4, part("postings", [["tender/cash", 1]]))


def l1_off(day: Counter) -> None:
    reseal(day, 3, part("postings", [["deferred", -100001], ["tender/cash", 100001]]))


def overspent(day: Counter) -> None:
    name = day.entries()[1].buckets[0].id
    reseal(day, 4, part("effects", [["spend", name, 31]]))


def other_action(day: Counter) -> None:
    day.tamper("UPDATE entry SET action_id = zeroblob(16) WHERE seq = 4")


@pytest.mark.parametrize(
    ("spoil", "code", "seq"),
    [
        (changed_byte, "chain_broken", 4),
        (changed_byte_with_its_hash, "chain_broken", 5),
        (bytes_as_text, "chain_broken", 4),
        (changed_hash, "chain_broken", 4),
        (deleted, "gap", 4),
        (last_deleted, "head_wrong", 5),
        (swapped, "chain_broken", 4),
        (inserted_between, "chain_broken", 4),
        (inserted_before, "misplaced", 1),
        (inserted_after, "action_wrong", 7),
        (other_device, "misplaced", 4),
        (other_number, "misplaced", 4),
        (other_spelling, "bytes_wrong", 4),
        (unbalanced, "unbalanced", 4),
        (l1_off, "l1_broken", 3),
        (overspent, "not_held", 4),
        (other_action, "action_wrong", 4),
    ],
)
def test_the_first_wrong_entry_is_named(day: Counter, spoil: Spoil, code: str, seq: int) -> None:
    spoil(day)
    verdict = day.verify()
    assert (verdict.code, verdict.seq) == (code, seq)
    assert verdict.detail
    assert not (day.folder / "verify.scratch").exists()


def test_of_two_wrong_entries_the_first_is_named(day: Counter) -> None:
    for seq in (5, 2):
        day.tamper("UPDATE entry SET bytes = zeroblob(5) WHERE seq = ?", (seq,))
    assert day.verify().seq == 2


def points_row(day: Counter) -> int:
    """Return the row of the first bucket of points."""
    row = day.database.row("SELECT bucket FROM held WHERE asset = 'points' ORDER BY bucket LIMIT 1")
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("sql", "code", "words"),
    [
        ("UPDATE life SET seq = seq + 1", "head_wrong", "ends at 6, the device believes 7"),
        ("UPDATE life SET hash = zeroblob(32)", "head_wrong", "ends at 6"),
        ("UPDATE account_balance SET amount = amount + 1 WHERE account = 'tender/cash'", "balance_wrong", "200001"),
        ("DELETE FROM account_balance WHERE account = 'deferred'", "balance_wrong", "deferred"),
        ("INSERT INTO account_balance VALUES (1, 'suspense', 5)", "balance_wrong", "suspense"),
        ("UPDATE held SET amount = amount + 1 WHERE bucket = :points", "units_wrong", "points"),
        ("UPDATE held SET amount = -1 WHERE bucket = :points", "units_wrong", "kept as -1"),
        ("UPDATE held SET owner = zeroblob(16) WHERE bucket = :points", "units_wrong", "points"),
        ("UPDATE held SET asset = 'bonus' WHERE bucket = :points", "units_wrong", "points"),
        ("UPDATE held SET expires_on = '2099-01-01' WHERE bucket = :points", "units_wrong", "points"),
        ("UPDATE held SET spendable_from = '2000-01-01' WHERE bucket = :points", "units_wrong", "points"),
        ("UPDATE held SET life = 2 WHERE bucket = :points", "units_wrong", "points"),
        ("DELETE FROM held WHERE bucket = :points", "units_wrong", "points"),
        ("DELETE FROM bucket WHERE n = :points", "units_wrong", "points"),
        ("UPDATE bucket SET facts = zeroblob(9) WHERE n = :points", "units_wrong", "points"),
        ("UPDATE bucket SET id = zeroblob(16) WHERE n = :points", "units_wrong", "00000000"),
        ("INSERT INTO bucket (id, facts) VALUES (zeroblob(16), x'7b7d')", "units_wrong", "no entry made it"),
        (
            "INSERT INTO held SELECT bucket, 2, owner, asset, spendable_from, expires_on, amount FROM held LIMIT 1",
            "units_wrong",
            "principal",
        ),
        ("INSERT INTO life SELECT 2, device, 2, 0, hash, 0, 0, 0 FROM life", "lives_wrong", "2 journals"),
        ("DELETE FROM life", "lives_wrong", "0 journals"),
        ("DELETE FROM device", "misplaced", "another place"),
    ],
)
def test_kept_state_that_differs_from_the_entries_is_named(day: Counter, sql: str, code: str, words: str) -> None:
    day.tamper(sql.replace(":points", str(points_row(day))))
    verdict = day.verify()
    assert verdict.code == code
    assert words in verdict.detail


def test_facts_changed_together_with_their_id_are_found(day: Counter) -> None:
    n = points_row(day)
    row = day.database.row("SELECT facts FROM bucket WHERE n = ?", (n,))
    assert row is not None
    facts = row[0].replace(b'"expires_on":""', b'"expires_on":"2038-01-01"')
    assert facts != row[0]
    name = bytes.fromhex(bucket.bucket_id(facts))
    day.tamper("UPDATE bucket SET facts = ?, id = ? WHERE n = ?", (facts, name, n))
    assert name.hex() in day.verify().detail


def test_the_first_wrong_bucket_is_named(day: Counter) -> None:
    day.tamper("UPDATE held SET amount = amount + 1")
    assert day.entries()[0].buckets[0].id in day.verify().detail


def test_a_scratch_file_left_by_a_power_cut_is_no_hindrance(day: Counter) -> None:
    (day.folder / "verify.scratch").write_bytes(b"left over")
    assert day.verify().code == ""


@pytest.mark.slow
def test_the_scratch_file_is_encrypted_too(day: Counter) -> None:
    scratch = day.folder / "verify.scratch"
    seen: list[bytes] = []
    for _ in range(500):
        with day.database.write():
            day.book.post(day.book.begin(_action(), "note", ""))
    verify(day.database, scratch, lambda *_: seen.append(scratch.read_bytes()))
    assert seen
    assert b"SQLite format" not in seen[0]


FLAT = """
import pathlib, resource, sys
from terminal.ledger.verify import verify
from terminal.store.database import Database
database = Database(pathlib.Path(sys.argv[1]), bytes(range(32)))
database.connect()
verdict = verify(database, pathlib.Path(sys.argv[1] + ".scratch"))
assert not verdict.code, verdict
print(verdict.entries, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _grown(path: pathlib.Path) -> tuple[int, int]:
    run = subprocess.run(
        [sys.executable, "-c", FLAT, str(path)], capture_output=True, text=True, timeout=100, check=True
    )
    entries, peak_kib = map(int, run.stdout.split())
    return entries, peak_kib


@pytest.mark.slow
def test_memory_does_not_grow_with_the_journal(counter: Counter) -> None:
    # Each entry brings some 3 KiB of facts and bytes, so gathering either would show as many MiB.
    fill(counter, 1_000)
    few, few_peak_kib = _grown(counter.database.path)
    fill(counter, 4_000)
    many, many_peak_kib = _grown(counter.database.path)
    assert (few, many) == (1_000, 5_000)
    assert many_peak_kib - few_peak_kib < 3 * 1024


def fill(counter: Counter, entries: int) -> None:
    """Post that many entries of three buckets each, a hundred in a transaction."""
    for _ in range(entries // 100):
        with counter.database.write():
            for _ in range(100):
                draft = counter.book.begin(_action(), "fill", "")
                for asset in ("bonus", "points", "coupon"):
                    draft.create(asset, AccountId(new_id()), 5, attributes={"note": "x" * 300})
                counter.book.post(draft)
