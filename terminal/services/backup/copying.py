"""A store copied page by page under another key, as of one moment, in slices that leave the disk to the till."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from terminal.base.errors import Refusal
from terminal.store.database import Database

SLICE_PAGES = 256
# After each slice the disk and the processor are the till's for as long as the slice took, at most so long.
REST_S_MAX = 0.05

Shown = Callable[[int, int], None]


def copy_store(source: Database, target: Path, key: bytes, shown: Shown, *, at_rest: bool = False) -> None:
    """Copy an open store to the new file `target`, encrypted under `key`, complete and durable when this returns.

    The copy is of the moment at which this began, whatever is written meanwhile; every page of it was read through the
    source's authentication. `shown` is told pages done and pages in all. A source that is `at_rest` has no till to
    leave room for. Raises `Refusal` `disk_full`, `store_damaged` or `store_unusable`.
    """
    remove_store(target)
    copy = Database(target, key)
    with closing(copy):
        copy.connect()
        # What is not complete is thrown away, so nothing has to be undone in it.
        copy.run("PRAGMA journal_mode = OFF")
        copy.run("PRAGMA synchronous = OFF")
        handle = os.open(target, os.O_RDONLY)
        try:
            slices = _Slices(handle, shown, rests=not at_rest)
            with source.read():
                # The first look is what fixes the moment; without one a copy begins anew after each write of the till.
                source.rows("SELECT 1 FROM meta")
                source.connection().backup(copy.connection(), pages=SLICE_PAGES, progress=slices.done)  # type: ignore[no-untyped-call]  # the driver has no types
                _check_pages(source)
        except Refusal as refusal:
            raise _named(refusal, target) from refusal
        finally:
            os.close(handle)
    # Closing folded what the connection itself had written into the file.
    sync_file(target)


def remove_store(path: Path) -> None:
    """Remove a copy with everything SQLite may have left beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _check_pages(source: Database) -> None:
    """Raise `Refusal` `store_damaged` when a page that was copied was not the one that had been written.

    Copying page by page does not say so itself. The connection remembers it (SQLCipher keeps the error with the
    connection's cipher) and refuses the next page that it does not have in memory.
    """
    try:
        source.run("PRAGMA shrink_memory")
        source.rows("SELECT 1 FROM meta")
    except Refusal as refusal:
        raise Refusal("store_damaged", file=source.path.name) from refusal


class _Slices:
    """Says how far a copy is, and keeps what waits for the disk small: a till's commit would wait behind it."""

    def __init__(self, handle: int, shown: Shown, *, rests: bool) -> None:
        self._handle = handle
        self._shown = shown
        self._rests = rests
        self._began_s = time.monotonic()

    def done(self, _: int, left: int, whole: int) -> None:
        self._shown(whole - left, whole)
        if self._rests:
            os.fdatasync(self._handle)
            time.sleep(min(REST_S_MAX, time.monotonic() - self._began_s))
        self._began_s = time.monotonic()


def _named(refusal: Refusal, target: Path) -> Refusal:
    """Return a refusal of the storage with the name of the file that grew: only the copy can fill a disk."""
    return Refusal("disk_full", file=target.name) if refusal.code == "disk_full" else refusal


def sync_file(path: Path) -> None:
    """Make what a file holds durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
