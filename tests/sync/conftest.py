"""A till on a real store, proved after every test."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.sync.till import Till


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a till with an empty journal."""
    made = Till(tmp_path)
    yield made
    made.prove()
    made.database.close()
