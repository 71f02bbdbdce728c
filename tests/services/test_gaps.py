"""Gaps in the journal: numbers that are missing are found slice by slice, what was dropped or kept is no gap."""

from __future__ import annotations

import pathlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from terminal.ledger.past import forget
from terminal.rules import entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import Rule
from terminal.services.backup.marking import mark_restored
from terminal.services.refunds.records import parts
from terminal.services.shifts import gaps
from terminal.services.shifts.gaps import GapWatch
from terminal.services.shifts.watch import Watch
from tests.services.shift_bench import ShiftBench, shift_bench

RULES = Rulebook(anomalies=(Rule("gap", "journal_gap"),))


@dataclass(slots=True)
class Looked:
    """A till with entries in its journal, and what its counter was told."""

    till: ShiftBench
    alarms: list[str]

    def watch(self, at_once: int = 10_000, rules: Rulebook = RULES) -> GapWatch:
        """Return what a till that starts looks with."""
        till = self.till
        watch = Watch(
            till.database, till.book, till.clock, till.rights, alarm=self.alarms.append, soon=lambda work: work()
        )
        return GapWatch(till.database, watch, lambda: rules, at_once)

    def found(self) -> list[tuple[object, int]]:
        """Return what was noted: the first that is missing, and how many are."""
        notes: list[tuple[object, int]] = []
        for (data,) in self.till.database.rows("SELECT bytes FROM entry ORDER BY life, seq"):
            made = entry.from_bytes(data)
            if made.kind == "alert":
                notes += [(made.payload["about"], int(str(each["found"]))) for each in parts(made.payload, "alerts")]
        return notes


def look(watch: GapWatch) -> int:
    """Look through everything; return in how many slices."""
    slices = 1
    while watch.next():
        slices += 1
    return slices


@pytest.fixture
def looked(tmp_path: pathlib.Path) -> Iterator[Looked]:
    """Give a till that has sold something."""
    till = shift_bench(tmp_path)
    anna = till.signed_in(till.person("陈晓"))
    for fen in range(1, 21):
        till.top_up(anna, fen * 100)
    yield Looked(till, [])
    till.database.close()


def test_all_numbers_that_are_missing_are_counted_whatever_the_slices(looked: Looked) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, database = random.Random(seed), looked.till.database
    life = looked.till.book.life()
    assert look(looked.watch(3)) > life.seq // 3
    assert (looked.alarms, looked.found()) == ([], [])
    gone = chance.sample(range(1, life.seq), chance.randint(1, 6))
    for seq in gone:
        database.run("DELETE FROM entry WHERE seq = ?", (seq,))
    look(looked.watch(chance.randint(1, 30)))
    assert looked.found() == [(f"{life.device}/1/{min(gone)}", len(gone))]
    assert looked.alarms == ["anomaly_journal_gap"]
    look(looked.watch(chance.randint(1, 30)))
    assert (len(looked.found()), looked.alarms) == (1, ["anomaly_journal_gap"] * 2), "told again, noted once"


def test_the_last_entries_may_be_missing_too(looked: Looked) -> None:
    life = looked.till.book.life()
    looked.till.database.run("DELETE FROM entry WHERE seq > ?", (life.seq - 2,))
    look(looked.watch())
    assert looked.found() == [(f"{life.device}/1/{life.seq - 1}", 2)]


def test_entries_that_were_dropped_when_they_were_old_are_no_gap(looked: Looked) -> None:
    database, life = looked.till.database, looked.till.book.life()
    with database.write():
        assert forget(database, life.n, 8) == 7
    look(looked.watch(4))
    assert looked.alarms == []
    database.run("DELETE FROM past_entry WHERE seq = 5")
    look(looked.watch(4))
    assert looked.found() == [(f"{life.device}/1/5", 1)]


def test_a_journal_that_goes_on_from_a_backup_is_told_once(looked: Looked) -> None:
    mark_restored(looked.till.database, looked.till.book, "b1")
    now = looked.till.book.life()
    for _ in range(2):
        look(looked.watch())
    assert looked.found() == [(f"{now.device}/{now.epoch}/1", 1)]
    assert looked.alarms == ["anomaly_journal_gap"]
    assert looked.till.verify() == ""


def test_a_shop_without_rules_reads_nothing_and_one_that_gets_them_begins_at_the_start(looked: Looked) -> None:
    looked.till.database.run("DELETE FROM entry WHERE seq = 3")
    assert look(looked.watch(rules=Rulebook())) == 1
    assert looked.alarms == []


def test_numbers_are_counted_in_the_index(looked: Looked) -> None:
    for sql in (gaps._COUNT, gaps._NUMBERS):
        plan = [row[3] for row in looked.till.database.rows(f"EXPLAIN QUERY PLAN {sql}", (1, 0, 10))]
        read = [step for step in plan if "entry" in step]
        assert len(read) == 2
        assert all("COVERING INDEX" in step and "life=?" in step for step in read), plan
