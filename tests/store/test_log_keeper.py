"""The write-ahead log is carried over into the file beside the work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from terminal.store.database import Database
from terminal.store.log_keeper import ENOUGH_PAGES, LogKeeper
from tests.timing import wait_until

ADD = "INSERT INTO setting (name, value, version) VALUES (?, ?, 1)"
PAGE = "x" * 4000


def fill(store: Database, rows: int, first: int = 0) -> None:
    """Write so many rows of about a page each, in one transaction."""
    with store.write():
        for number in range(first, first + rows):
            store.run(ADD, (f"row {number}", PAGE))


def behind(store: Database) -> int:
    """Return the pages that are in the log alone."""
    _, pages, carried = store.rows("PRAGMA wal_checkpoint(NOOP)")[0]
    return int(pages - carried)


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_long_log_is_carried_over_and_a_short_one_left(store: Database) -> None:
    keeper = LogKeeper(store)
    fill(store, 10)
    assert keeper.keep() == 0
    assert behind(store) > 0
    fill(store, ENOUGH_PAGES, first=10)
    assert keeper.keep() >= ENOUGH_PAGES
    assert behind(store) == 0


def test_no_commit_carries_over_what_the_keeper_is_there_for(store: Database) -> None:
    for number in range(6):
        fill(store, ENOUGH_PAGES, first=number * ENOUGH_PAGES)
    assert behind(store) >= 6 * ENOUGH_PAGES


def test_it_waits_for_nobody_who_writes(store: Database) -> None:
    fill(store, ENOUGH_PAGES)
    keeper, left = LogKeeper(store), list[int]()

    def keep() -> None:
        with store.connection_context():
            keeper.keep()
            left.append(behind(store))

    with store.write():
        store.run(ADD, ("mine", ""))
        in_a_thread(keep)
        assert left == [0], "all that was committed"
        store.run(ADD, ("mine too", ""))
    assert store.row("SELECT count(*) FROM setting WHERE name LIKE 'mine%'") == (2,)


def test_the_thread_does_it_by_itself_and_ends(store: Database) -> None:
    keeper = LogKeeper(store, look_again_s=0.01)
    keeper.start()
    try:
        fill(store, ENOUGH_PAGES + 10)
        wait_until(lambda: behind(store) < ENOUGH_PAGES)
    finally:
        keeper.stop()
    assert "log-keeper" not in {thread.name for thread in threading.enumerate()}


def test_a_storage_that_fails_is_told_once(store: Database, caplog: pytest.LogCaptureFixture) -> None:
    other = Database(store.path, bytes(32))
    keeper = LogKeeper(other, look_again_s=0.01)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            keeper.attempt()
    other.close()
    assert [record.getMessage() for record in caplog.records] == [
        "the log of the store cannot be carried over now: store_key_wrong"
    ]
