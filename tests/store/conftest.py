"""A store of one table, and what a test may do to its file."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.store.database import Database
from tests.support import new_store


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Database]:
    """Give a new store, migrated and connected."""
    database = new_store(tmp_path / "store.db")
    yield database
    database.close()
