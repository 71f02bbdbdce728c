"""The proof of a book of several lives: right ones pass, and life and entry of the first offender are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.ledger.lives import Journal
from terminal.rules import entry
from tests.ledger.conftest import Counter, part


@pytest.fixture
def lives(day: Counter) -> Counter:
    """Give a book of two lives: the day before, and a new life in which a grant of a bucket of the old one arrived."""
    facts = next(made for made in day.entries()[0].buckets if made.asset == "principal")
    Journal(day.database).begin_life(3)
    with day.database.write():
        draft = day.book.begin(ActionId(new_id()), "feed", "")
        draft.accept(facts, 5000, "f1" * 16)
        draft.cursor += 1
        day.book.post(draft)
    day.charge(facts.owner, 20_00)
    Journal(day.database).mark(1, Journal(day.database).hash_at(1) or b"")
    return day


def test_every_life_is_proved(lives: Counter) -> None:
    verdict = lives.verify()
    assert (verdict.code, verdict.entries, verdict.epoch) == ("", 8, 0)
    assert verdict.head == lives.book.life().hash.hex()
    Journal(lives.database).begin_life(4)
    assert (lives.verify().code, lives.verify().entries, lives.verify().head) == ("", 8, entry.GENESIS.hex())


@pytest.mark.parametrize(
    ("sql", "code", "epoch", "seq"),
    [
        ("UPDATE entry SET bytes = zeroblob(9) WHERE life = 1 AND seq = 6", "chain_broken", 1, 6),
        ("UPDATE entry SET bytes = zeroblob(9) WHERE life = 2 AND seq = 1", "chain_broken", 3, 1),
        ("DELETE FROM entry WHERE life = 1 AND seq = 6", "head_wrong", 1, 5),
        ("DELETE FROM entry WHERE life = 2 AND seq = 1", "gap", 3, 1),
        ("UPDATE entry SET life = 2, seq = 9 WHERE life = 1 AND seq = 6", "head_wrong", 1, 5),
        ("UPDATE entry SET life = 7 WHERE life = 2 AND seq = 2", "head_wrong", 3, 1),
        ("UPDATE life SET seq = 5 WHERE n = 1", "head_wrong", 1, 6),
        ("UPDATE life SET epoch = 2 WHERE n = 2", "misplaced", 2, 1),
        ("UPDATE life SET epoch = 4 WHERE n = 1", "lives_wrong", 0, 0),
        ("UPDATE life SET epoch = x'05' WHERE n = 2", "lives_wrong", 0, 0),
        ("UPDATE life SET seq = x'05' WHERE n = 2", "head_wrong", 3, 2),
        ("UPDATE life SET open = 1", "lives_wrong", 0, 0),
        ("UPDATE life SET open = 0", "lives_wrong", 0, 0),
        ("UPDATE life SET open = 1 - open", "lives_wrong", 0, 0),
        ("UPDATE life SET cursor = 0", "cursor_wrong", 3, 0),
        ("UPDATE life SET cursor = cursor + 1 WHERE n = 1", "cursor_wrong", 1, 0),
        ("UPDATE account_balance SET amount = amount + 1 WHERE life = 1", "balance_wrong", 1, 0),
        ("UPDATE account_balance SET amount = amount + 1 WHERE life = 2", "balance_wrong", 3, 0),
        ("UPDATE held SET amount = amount + 1 WHERE life = 1 AND asset = 'principal'", "units_wrong", 1, 0),
        ("UPDATE held SET amount = amount + 1 WHERE life = 2 AND asset = 'principal'", "units_wrong", 3, 0),
        ("UPDATE held SET life = 1 WHERE life = 2", "units_wrong", 3, 0),
        ("UPDATE accepted SET seq = 2", "grants_wrong", 0, 0),
        ("UPDATE accepted SET life = 1", "grants_wrong", 0, 0),
        ("UPDATE accepted SET gid = zeroblob(16)", "grants_wrong", 0, 0),
        ("DELETE FROM accepted", "grants_wrong", 0, 0),
        ("INSERT INTO accepted VALUES (zeroblob(16), 1, 1)", "grants_wrong", 0, 0),
        ("UPDATE sync_mark SET acked = 2", "mark_wrong", 0, 0),
        ("UPDATE sync_mark SET acked = 3", "mark_wrong", 0, 0),
        ("UPDATE sync_mark SET acked = 0", "mark_wrong", 0, 0),
        ("UPDATE sync_mark SET acked_hash = zeroblob(32)", "mark_wrong", 0, 0),
        (
            "INSERT INTO entry SELECT 9, seq, hash, zeroblob(16), bytes FROM entry WHERE life = 1 AND seq = 1",
            "misplaced",
            0,
            0,
        ),
    ],
)
def test_of_several_lives_the_first_wrong_one_is_named(
    lives: Counter, sql: str, code: str, epoch: int, seq: int
) -> None:
    lives.tamper(sql)
    verdict = lives.verify()
    assert (verdict.code, verdict.epoch, verdict.seq) == (code, epoch, seq), verdict


def reseal_life(day: Counter, life: int, first: int, change: Callable[[bytes], bytes]) -> None:
    """Change one entry of a life and seal it and all that follow again."""
    row = day.database.row("SELECT hash FROM entry WHERE life = ? AND seq = ?", (life, first - 1))
    head = row[0] if row else entry.GENESIS
    for seq, data in day.database.rows(
        "SELECT seq, bytes FROM entry WHERE life = ? AND seq >= ? ORDER BY seq", (life, first)
    ):
        sealed = change(data) if seq == first else data
        head = entry.seal(head, sealed)
        day.tamper("UPDATE entry SET bytes = ?, hash = ? WHERE life = ? AND seq = ?", (sealed, head, life, seq))
    day.tamper("UPDATE life SET hash = ? WHERE n = ?", (head, life))


@pytest.mark.parametrize(
    ("seq", "change", "code"),
    [
        (1, part("cursor", 2), "cursor_wrong"),
        (2, part("cursor", 0), "cursor_wrong"),
        (1, part("gid", ""), "gid_wrong"),
        (2, part("gid", "f2" * 16), "gid_wrong"),
        (1, part("epoch", 1), "misplaced"),
        (1, part("postings", [["deferred", -5000], ["opening", 5000]]), "l1_broken"),
        (2, part("postings", [["loss", 1], ["suspense", -1]]), "wrong_holder"),
    ],
)
def test_an_entry_of_a_later_life_that_breaks_a_rule_is_named(
    lives: Counter, seq: int, change: Callable[[bytes], bytes], code: str
) -> None:
    reseal_life(lives, 2, seq, change)
    verdict = lives.verify()
    assert (verdict.code, verdict.epoch, verdict.seq, verdict.entries) == (code, 3, seq, 5 + seq)


def test_a_grant_that_two_lives_accepted_is_named(lives: Counter) -> None:
    Journal(lives.database).begin_life(4)
    facts = next(made for made in lives.entries()[0].buckets if made.asset == "principal")
    with lives.database.write():
        draft = lives.book.begin(ActionId(new_id()), "feed", "")
        draft.accept(facts, 5000, "f2" * 16)
        lives.book.post(draft)
    assert lives.verify().code == ""
    reseal_life(lives, 3, 1, part("gid", "f1" * 16))
    verdict = lives.verify()
    assert (verdict.code, verdict.epoch, verdict.seq) == ("gid_repeated", 4, 1)
