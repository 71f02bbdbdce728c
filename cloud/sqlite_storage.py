"""The cloud's database as one SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from cloud.sql import Row, Values
from cloud.sql_feeds import SqlFeeds
from cloud.sql_journals import SqlJournals
from cloud.sql_rows import SqlRows
from cloud.sql_units import SqlUnits
from cloud.sqlite_schema import SCHEMA
from terminal.base.ids import ChainId

STATEMENTS_KEPT = 256


class SqliteStorage(SqlJournals, SqlUnits, SqlFeeds, SqlRows):
    """See `cloud.storage.Storage`. One writer at a time: a transaction locks the whole file, so every row of it."""

    def __init__(self, path: str = ":memory:") -> None:
        """Open the file at `path`, made with its tables if it is missing; `:memory:` keeps all in memory."""
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=STATEMENTS_KEPT)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'chain'", ()):
            self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def image(self) -> bytes:
        """Return all that is kept, as `restore` takes it."""
        return self._connection.serialize()

    def restore(self, image: bytes) -> None:
        """Put back an image that was taken before; whatever happened since is forgotten, and a generation begins."""
        source = sqlite3.connect(":memory:")
        source.deserialize(image)
        source.execute("DELETE FROM generation")
        source.commit()
        source.backup(self._connection)
        source.close()

    @contextmanager
    def transaction(self, chain: ChainId) -> Iterator[None]:  # noqa: ARG002 - the file's lock is every chain's
        """Do all or nothing of what is asked within."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def run(self, statement: str, values: Values) -> None:
        """Run a statement that writes."""
        self._connection.execute(statement, values)

    def rows(self, statement: str, values: Values) -> list[Row]:
        """Return what a query finds."""
        return self._connection.execute(statement, values).fetchall()
