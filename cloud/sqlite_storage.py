"""The cloud's database as one SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from cloud.sql import Row, Values
from cloud.sql_feeds import SqlFeeds
from cloud.sql_journals import SqlJournals
from cloud.sql_rows import SqlRows
from cloud.sql_units import SqlUnits
from cloud.sqlite_schema import SCHEMA
from terminal.base.ids import ChainId

STATEMENTS_KEPT = 256
# Where an image says whether a write-ahead log belongs to it, which nothing in memory can have (SQLite, Database File
# Format, 1.3.3; sqlite3_deserialize).
_MODE = 18
_NO_LOG = b"\x01\x01"


class SqliteStorage(SqlJournals, SqlUnits, SqlFeeds, SqlRows):
    """See `cloud.storage.Storage`. One writer at a time: a transaction locks the whole file, so every row of it."""

    def __init__(self, path: str = ":memory:") -> None:
        """Open the file at `path`, made with its tables if it is missing; `:memory:` keeps all in memory."""
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=STATEMENTS_KEPT)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'chain'", ()):
                # All tables or none: a file that was left with some of them could never be used.
                self._connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
            undo.pop_all()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def image(self) -> bytes:
        """Return all that is kept, as `restore` takes it."""
        return self._connection.serialize()

    def restore(self, image: bytes) -> None:
        """Put back an image that was taken before; whatever happened since is forgotten, and a generation begins."""
        with closing(sqlite3.connect(":memory:")) as source:
            source.deserialize(image[:_MODE] + _NO_LOG + image[_MODE + len(_NO_LOG) :])
            source.execute("DELETE FROM generation")
            source.commit()
            source.backup(self._connection)

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
