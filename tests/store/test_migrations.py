"""Migrations: each step once, with a backup before it, and never over a newer store."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from terminal.base.errors import Refusal
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, Migration, migrate
from tests.support import STORE_KEY

FIRST = Migration(1, 1, "CREATE TABLE thing (name TEXT NOT NULL);")
SECOND = Migration(2, 1, "ALTER TABLE thing ADD colour TEXT NOT NULL DEFAULT 'red'; CREATE TABLE other (n INTEGER);")
THIRD = Migration(3, 3, "DROP TABLE other;")


def opened(path: pathlib.Path, *steps: Migration) -> Database:
    """Return the store at this release's steps, connected."""
    database = Database(path, STORE_KEY)
    migrate(database, steps)
    return database


def versions(database: Database) -> dict[str, int]:
    return dict(database.rows("SELECT name, value FROM meta"))  # type: ignore[arg-type]  # rows of two columns


def tables(database: Database) -> list[str]:
    return [row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def test_a_new_store_takes_every_step_and_needs_no_backup(tmp_path: pathlib.Path) -> None:
    database = opened(tmp_path / "store.db", FIRST, SECOND, THIRD)
    assert versions(database) == {"schema": 3, "min_writer": 3}
    assert tables(database) == ["meta", "thing"]
    database.close()
    assert [file.name for file in tmp_path.iterdir()] == ["store.db"]


def test_the_same_release_again_changes_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    opened(path, FIRST).close()
    before = path.read_bytes()
    opened(path, FIRST).close()
    assert path.read_bytes() == before


def test_an_older_store_is_backed_up_before_each_step(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    old = opened(path, FIRST)
    with old.write():
        old.run("INSERT INTO thing VALUES ('chair')")
    old.close()
    database = opened(path, FIRST, SECOND, THIRD)
    assert database.rows("SELECT * FROM thing") == [("chair", "red")]
    database.close()
    for name, schema, columns in (("store.before-2", 1, 1), ("store.before-3", 2, 2)):
        backup = tmp_path / name
        assert b"SQLite format" not in backup.read_bytes(), "encrypted under the same key"
        kept = Database(backup, STORE_KEY)
        kept.connect()
        assert versions(kept) == {"schema": schema, "min_writer": 1}
        assert [len(row) for row in kept.rows("SELECT * FROM thing")] == [columns]
        kept.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    opened(path, FIRST).close()
    broken = Migration(2, 2, "CREATE TABLE other (n INTEGER); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Refusal):
        opened(path, FIRST, broken)
    database = opened(path, FIRST)
    assert versions(database) == {"schema": 1, "min_writer": 1}
    assert tables(database) == ["meta", "thing"]
    database.close()


def test_the_release_before_still_writes_a_newer_store_that_allows_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    opened(path, FIRST, SECOND).close()
    previous = opened(path, FIRST)
    with previous.write():
        previous.run("INSERT INTO thing (name) VALUES ('table')")
    assert versions(previous) == {"schema": 2, "min_writer": 1}
    previous.close()


def test_a_store_that_demands_a_newer_writer_is_refused_untouched(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    opened(path, FIRST, SECOND, THIRD).close()
    before = path.read_bytes()
    with pytest.raises(Refusal) as caught:
        opened(path, FIRST, SECOND)
    assert caught.value.code == "store_newer"
    assert caught.value.values == {"file": "store.db", "needs": 3, "has": 2}
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*before*"))


def test_a_newer_store_that_lost_power_keeps_its_log_untouched_too(tmp_path: pathlib.Path) -> None:
    running = opened(tmp_path / "running.db", FIRST, SECOND, THIRD)
    for suffix in ("", "-wal"):
        shutil.copy(tmp_path / f"running.db{suffix}", tmp_path / f"cut.db{suffix}")
    running.close()
    files = [tmp_path / "cut.db", tmp_path / "cut.db-wal"]
    before = [file.read_bytes() for file in files]
    assert before[1], "what the newer release wrote last is only in the log"
    refused = Database(files[0], STORE_KEY)
    with pytest.raises(Refusal) as caught:
        migrate(refused, (FIRST,))
    assert caught.value.code == "store_newer"
    refused.close()  # the last writing connection to close would fold the log into the file
    assert [file.read_bytes() for file in files] == before


def test_an_empty_file_left_by_a_power_cut_becomes_a_store(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    database = opened(path, FIRST)
    assert versions(database) == {"schema": 1, "min_writer": 1}
    database.close()


def test_this_releases_steps_are_numbered_without_gaps_and_never_lower_min_writer() -> None:
    assert [step.schema for step in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert all(step.min_writer <= step.schema for step in MIGRATIONS)
    assert sorted(MIGRATIONS, key=lambda step: step.min_writer) == list(MIGRATIONS)
