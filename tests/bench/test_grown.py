"""A shop that was grown is one the product could have left: it is proved, and its counts come again from its book."""

from __future__ import annotations

import multiprocessing
import os
import pathlib
import random

import pytest

from bench import book
from bench.grown import PROVED_MAX, batches_of
from bench.history import Maker, made_elsewhere
from terminal.base.ids import AccountId, ChainId, DeviceId
from terminal.ledger.draft import Life
from terminal.rules.entry import GENESIS
from terminal.store.database import Row
from tests.ledger.test_query_plans import Recorder

MEMBERS, ENTRIES = 12, 400
COUNTS = (
    "SELECT * FROM deed ORDER BY life, seq",
    "SELECT * FROM taking ORDER BY day, shift, kind, account",
    "SELECT * FROM refund_of ORDER BY sale, bucket",
)


def test_its_proof_holds_and_its_counts_come_again_from_its_entries(tmp_path: pathlib.Path) -> None:
    shop = book.open_shop(tmp_path, MEMBERS, ENTRIES)  # which has the book prove itself

    def counts() -> list[list[Row]]:
        return [[tuple(row) for row in shop.database.rows(query)] for query in COUNTS]

    try:
        kinds = dict(map(tuple, shop.database.rows("SELECT kind, count(*) FROM deed GROUP BY kind")))
        assert sum(kinds.values()) == ENTRIES == shop.book.life().seq
        assert kinds["bill"] > kinds["top_up"] > MEMBERS
        assert shop.database.row("SELECT 1 FROM held WHERE asset = 'points' AND amount > 22") is not None
        grown = counts()
        with shop.database.write():
            for table in ("deed", "taking", "refund_of", "deed_mark"):
                shop.database.run(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        while shop.deeds.catch_up():
            pass
        assert counts() == grown
    finally:
        shop.database.close()


def a_maker() -> Maker:
    life = Life(1, ChainId("c" * 32), DeviceId("d" * 32), 1, 0, GENESIS, 0)
    return Maker(life, [AccountId("a" * 32), AccountId("b" * 32)], 6_000, 1_795_000_000_000, 3)


def test_on_one_processor_no_second_process_is_made() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        made = batches_of(a_maker(), PROVED_MAX + 1)
        assert len(next(made).entries) == 5_000  # type: ignore[union-attr]  # the first is not the end
        assert multiprocessing.active_children() == []
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.slow
def test_a_process_of_its_own_makes_the_same() -> None:
    maker = a_maker()
    elsewhere = list(made_elsewhere(maker))
    assert [len(part.entries) for part in elsewhere[:-1]] == [5_000, 1_000]  # type: ignore[union-attr]  # the end's not
    assert elsewhere == list(maker.batches())


def test_what_is_timed_reads_no_whole_table(tmp_path: pathlib.Path) -> None:
    shop, draw = book.open_shop(tmp_path, MEMBERS, ENTRIES, Recorder), random.Random(1)
    database = shop.database
    assert isinstance(database, Recorder)
    try:
        database.statements.clear()
        for _ in range(2):
            book.view(shop, draw)
            book.bill(shop, draw)
            book.report(shop)
        assert len(database.statements) >= 50
        # Of bills and shifts that are open and units on hold there are never more than a handful.
        few = ("SCAN open_bill", "SCAN unit_hold", "SCAN shift USING INDEX shift_unclosed")
        scans = {sql: plan for sql, plan in database.scans().items() if not any(step.startswith(few) for step in plan)}
        assert scans == {}
        # What lies on as many pages as it has rows is read from an index alone.
        for start, index in (
            ("SELECT bucket, asset, spendable_from,", "held_live"),
            ("SELECT of_day,", "deed_account"),
        ):
            found = [sql for sql in database.statements if sql.startswith(start)]
            assert found, start
            for sql in found:
                plan = database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", database.statements[sql]).fetchall()
                assert any(f"USING COVERING INDEX {index} " in row[3] for row in plan), (sql, plan)
    finally:
        database.close()
