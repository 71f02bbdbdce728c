"""A store of one table, and what a test may do to its file."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.store.database import Database
from terminal.store.migrations import migrate
from tests.support import STORE_KEY


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Database]:
    """Give a new store, migrated and connected."""
    database = Database(tmp_path / "store.db", STORE_KEY)
    migrate(database)
    yield database
    database.close()
