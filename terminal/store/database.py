"""The encrypted SQLite file: opening it, one connection a thread, and `write()`."""

from __future__ import annotations

import fcntl
import os
import pathlib
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import peewee
from sqlcipher3 import dbapi2 as sqlcipher

from terminal.base.errors import Refusal

# The first release whose WAL reset is sound (SQLite change log, 3.51.3); the library is the one bundled in
# sqlcipher3, never the system's.
SQLITE_VERSION_LEAST = (3, 51, 3)
SQLITE_VERSION = str(sqlcipher.sqlite_version)
KEY_BYTES = 32
BUSY_TIMEOUT_MS = 5_000
# The write-ahead log stays allocated at this size, so that a commit does not have to grow the file.
WAL_BYTES = 16 << 20
# A commit that finds a log this long carries it over itself, while everybody waits. In a till `LogKeeper` comes first;
# this is for what runs without one.
CHECKPOINT_PAGES = 8_000
PAGE_CACHE_KIB = 8_192
# A transaction that reads more before it writes remembers the first ones only: memory stays flat.
QUESTIONS_MOST = 64

Row = Sequence[Any]


class _Told(threading.local):
    """What a thread's transaction was told since it last wrote, by question; None outside of one."""

    answers: dict[tuple[Any, ...], Any] | None = None


class Database(peewee.SqliteDatabase):
    """An open store. Connections belong to threads; every write is `with database.write():`."""

    server_version = sqlcipher.sqlite_version_info

    def __init__(self, path: pathlib.Path, key: bytes, *, shared: bool = False) -> None:
        """Describe the store at `path`, encrypted under a raw 32-byte `key`; nothing is opened yet.

        The one connection of a `shared` one serves all threads; its callers take turns.
        """
        if sqlcipher.sqlite_version_info < SQLITE_VERSION_LEAST:
            raise Refusal("sqlite_too_old", version=sqlcipher.sqlite_version)
        super().__init__(str(path), thread_safe=not shared)
        self._told = _Told()
        self.path = path.absolute()
        self.key = key

    def _connect(self) -> Any:  # noqa: ANN401 - peewee's hook; the driver has no types
        return self._open(self.path.as_uri(), _PRAGMAS)

    def peek(self, sql: str) -> list[Row]:
        """Return the rows of a query through a connection of its own that changes nothing and leaves nothing."""
        # Read-only alone would still make an empty log; where there is none, nobody is writing.
        log = self.path.with_name(self.path.name + "-wal")
        connection = self._open(f"{self.path.as_uri()}?{'mode=ro' if log.exists() else 'immutable=1'}", ())
        try:
            found: list[Row] = connection.execute(sql).fetchall()
        except sqlcipher.DatabaseError as error:
            raise _refusal_for(error, self.path) from error
        finally:
            connection.close()
        return found

    def _open(self, uri: str, pragmas: Sequence[str]) -> Any:  # noqa: ANN401 - the driver has no types
        try:
            connection = sqlcipher.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        except sqlcipher.DatabaseError as error:
            raise _refusal_for(error, self.path) from error
        try:
            # A raw key skips the key derivation, which would cost 150 ms and more for each connection.
            connection.execute("PRAGMA cipher_log_level = NONE")
            # A default, so that attached files and copies get it too. Processors of this class hash SHA-256 in
            # hardware; with SQLCipher's own choice, SHA-512, each page of an import costs half as much again.
            connection.execute("PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256")
            connection.execute(f"PRAGMA key = \"x'{self.key.hex()}'\"")
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except sqlcipher.DatabaseError as error:
            connection.close()
            raise _refusal_for(error, self.path) from error
        return connection

    @contextmanager
    def write(self) -> Iterator[None]:
        """Open the one kind of transaction that writes: it takes the write lock at its start.

        Everything in it is durable when it ends, or nothing of it is. In it a question that was answered is not asked
        again until something is written: nobody else can write meanwhile, and use cases, which look at the same rows
        for many reasons, need not hand answers around. Raises `Refusal` `disk_full` or `store_unusable` when the
        storage fails.
        """
        with self._refusing(), self.atomic("IMMEDIATE"):
            around, self._told.answers = self._told.answers, {}
            try:
                yield
            finally:
                self._told.answers = around
                self._forget()

    @contextmanager
    def read(self) -> Iterator[None]:
        """Open a transaction that sees the store as of one moment; raises `Refusal` like `write`."""
        with self._refusing(), self.atomic("DEFERRED"):
            yield

    def rollback(self) -> None:
        """Undo the open transaction. A full disk makes SQLite undo it itself, and there is none left to undo."""
        if self.connection().in_transaction:  # type: ignore[no-untyped-call]
            super().rollback()

    def widen_cache(self, kib: int) -> None:
        """Let this thread's connection keep `kib` of pages in memory: a long import touches every index at random."""
        self.run(f"PRAGMA cache_size = -{kib}")

    def attach_scratch(self, path: pathlib.Path) -> None:
        """Attach a file encrypted under the same key as schema `scratch` of this connection."""
        self.run("ATTACH ? AS scratch KEY ?", (str(path), f"x'{self.key.hex()}'"))

    def execute_sql(self, sql: str, params: Sequence[Any] | None = None) -> Any:  # noqa: ANN401 - a driver's cursor
        """Execute one statement; without peewee's log and hooks, which cost a third of a statement's time."""
        self._forget()
        return self.connection().execute(sql, params or ())  # type: ignore[no-untyped-call]

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - a driver's cursor
        """Execute one statement and return its cursor; raises `Refusal` when the storage fails."""
        if not sql.startswith("SELECT"):
            self._forget()
        try:
            return self.connection().execute(sql, parameters)  # type: ignore[no-untyped-call]
        except _MISTAKES:
            raise
        except sqlcipher.DatabaseError as error:
            raise _refusal_for(error, self.path) from error

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query; raises `Refusal` when the storage fails."""
        return list(self._answer(_ALL, sql, parameters))

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None; raises `Refusal` when the storage fails."""
        return self._answer(_FIRST, sql, parameters)  # type: ignore[no-any-return]

    def _answer(self, fetch: str, sql: str, parameters: Sequence[Any]) -> Any:  # noqa: ANN401 - rows or a row
        told = self._told.answers
        # What changes something as it is asked (`RETURNING`) is no question.
        if told is None or not sql.startswith("SELECT"):
            return self._ask(fetch, sql, parameters)
        question = (fetch, sql, *parameters)
        if question in told:
            return told[question]
        answer = self._ask(fetch, sql, parameters)
        if len(told) < QUESTIONS_MOST:
            told[question] = answer
        return answer

    def _ask(self, fetch: str, sql: str, parameters: Sequence[Any]) -> Any:  # noqa: ANN401 - rows or a row
        cursor = self.run(sql, parameters)
        # Not `_refusing`: a context manager made for each read costs as much as the read.
        try:
            return getattr(cursor, fetch)()
        except sqlcipher.DatabaseError as error:
            raise _refusal_for(error, self.path) from error

    def _forget(self) -> None:
        if self._told.answers:
            self._told.answers.clear()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except _MISTAKES:
            raise
        except (peewee.DatabaseError, sqlcipher.DatabaseError) as error:
            raise _refusal_for(error, self.path) from error


_ALL, _FIRST = "fetchall", "fetchone"
# A row that breaks a constraint or a statement that is none is a mistake of ours, and no fault of the storage.
_MISTAKES = (sqlcipher.IntegrityError, sqlcipher.ProgrammingError)
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = 1",
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    f"journal_size_limit = {WAL_BYTES}",
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    f"cache_size = -{PAGE_CACHE_KIB}",
)


def _refusal_for(error: Exception, path: pathlib.Path) -> Refusal:
    text = str(error)
    if "not a database" in text or "encrypted" in text or "hmac" in text:
        return Refusal("store_key_wrong", file=path.name)
    if "malformed" in text:
        return Refusal("store_damaged", file=path.name)
    if "disk is full" in text:
        return Refusal("disk_full", file=path.name)
    return Refusal("store_unusable", file=path.name, reason=text)


def load_key(path: pathlib.Path, *, may_make: bool) -> bytes:
    """Return the raw key in `path`, readable by its owner only; make it first when `may_make` and it is missing.

    Raises `Refusal` `key_missing`, `key_exposed` (others may read it) or `key_malformed`.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise Refusal("key_exposed", file=str(path))
        key = path.read_bytes()
    except FileNotFoundError:
        if not may_make:
            raise Refusal("key_missing", file=str(path)) from None
        key = secrets.token_bytes(KEY_BYTES)
        write_private(path, key)
    if len(key) != KEY_BYTES:
        raise Refusal("key_malformed", file=str(path))
    return key


def write_private(path: pathlib.Path, data: bytes) -> None:
    """Write a new file only its owner can read, durable (name included) before this returns.

    It gets its name when it is complete, so that a power cut leaves all of it or nothing. Raises `FileExistsError`.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.link(part, path)  # unlike a rename, it never takes the place of a key that is there
    part.unlink()
    sync_folder(path.parent)


def sync_folder(folder: pathlib.Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class WriterLock:
    """The one right to write a store, held by the till or by a command while no till runs."""

    def __init__(self, path: pathlib.Path) -> None:
        """Take the lock at `path`; raise `Refusal` `store_in_use` when another process has it."""
        self._file = path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise Refusal("store_in_use", file=str(path)) from error

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        self._file.close()
