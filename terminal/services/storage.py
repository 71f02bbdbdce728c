"""The store of this machine: opened to write by the one process that may, or to read beside it."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from terminal.base.clock import SystemClock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.ledger.book import Book
from terminal.store.database import Database, WriterLock, load_key, sync_folder
from terminal.store.migrations import SCHEMA, migrate

STORE_FILE = "store.db"
LOCK_FILE = "store.lock"


@dataclass(slots=True)
class OpenStore:
    """The store of this machine, opened by the one process that may write it."""

    lock: WriterLock
    database: Database
    book: Book
    clock: SystemClock

    def close(self) -> None:
        """Close the calling thread's connection and let another process write."""
        self.database.close()
        self.lock.release()


class Glance:
    """Two figures of the book for whoever watches the till, read beside the writer and never waiting for it."""

    def __init__(self, database: Database) -> None:
        """Read the store of `database`, over a connection that is opened at the first look."""
        self._turn = threading.Lock()
        self._database = Database(database.path, database.key, shared=True)

    def look(self) -> tuple[int, int]:
        """Return the entries of the open life and the receipts that wait for paper; raises `Refusal`."""
        with self._turn:
            entries = self._database.row("SELECT seq FROM life WHERE open = 1")
            waiting = self._database.row("SELECT count(*) FROM print_job WHERE state IN ('queued', 'sending')")
        return (int(entries[0]) if entries else 0), (int(waiting[0]) if waiting else 0)

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._database.close()


def open_store(config: Config) -> OpenStore:
    """Return the store, made at first start, migrated, its writer lock held; raises `Refusal`."""
    with ExitStack() as undo:
        lock = _lock(config)
        undo.callback(lock.release)
        store = config.till.data_dir / STORE_FILE
        database = Database(store, _key(config, may_make=not store.exists()))
        undo.callback(database.close)
        # Connects as well, after it saw that this release may write the store: connecting alone can change the file.
        migrate(database)
        clock = config.till.clock()
        book = Book(database, clock)
        book.open()
        undo.pop_all()
    return OpenStore(lock, database, book, clock)


def read_store(config: Config) -> Database:
    """Return the store opened for reading beside a running till; raises `Refusal` `store_missing`."""
    store = require_store(config)
    database = Database(store, _key(config, may_make=False))
    (min_writer,) = database.peek("SELECT value FROM meta WHERE name = 'min_writer'")[0]
    if min_writer > SCHEMA:
        raise Refusal("store_newer", file=store.name, needs=min_writer, has=SCHEMA)
    database.connect()
    return database


def require_store(config: Config) -> Path:
    """Return the store's file; raises `Refusal` `store_missing` where there is none yet, and makes nothing."""
    store = config.till.data_dir / STORE_FILE
    if not store.exists():
        raise Refusal("store_missing", file=str(store))
    return store


def _lock(config: Config) -> WriterLock:
    folder = config.till.data_dir
    try:
        _make_folder(folder)
        return WriterLock(folder / LOCK_FILE)
    except OSError as error:
        raise Refusal("data_dir_unusable", folder=str(folder), reason=error.strerror or str(error)) from error


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each name durable: a store in a folder that a power cut forgets is lost."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    sync_folder(folder.parent)


def _key(config: Config, *, may_make: bool) -> bytes:
    file = config.till.key_file
    try:
        return load_key(file, may_make=may_make)
    except OSError as error:
        raise Refusal("key_unusable", file=str(file), reason=error.strerror or str(error)) from error
