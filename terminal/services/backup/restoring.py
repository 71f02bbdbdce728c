"""Restoring: a backup opened, proved, marked as restored and put in the store's place, or nothing changed at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from terminal.base.clock import Clock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.ids import Draw
from terminal.ledger.book import Book
from terminal.ledger.draft import Life
from terminal.ledger.rows import open_life
from terminal.ledger.verify import verify
from terminal.services.backup.copying import copy_store, sync_file
from terminal.services.backup.label import Label, read_label
from terminal.services.backup.making import worded
from terminal.services.backup.marking import mark_restored
from terminal.services.backup.recovery_key import RecoveryKey, keep_lock, load_lock
from terminal.services.backup.sealed_file import BackupKeys, key_name, open_header, read_chunks, read_header
from terminal.services.backup.swapping import local_key, put_in_place
from terminal.services.files.erasing import Erasing, remembered
from terminal.store.database import Database
from terminal.store.migrations import SCHEMA, migrate

# Everything of a restore that is not done yet is called so, and is removed when the next one begins.
LEFT_OVER = "restore.*"
OPENED_FILE = "restore.opened"
NEW_FILE = "restore.db"
SCRATCH_FILE = "restore.scratch"
CACHE_KIB = 65_536

# What is being done (`unpack`, `copy`, `check` or `carry`), how much of it, of how much.
Shown = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore led to: the open life, and whether it has to rejoin.

    `entries` were proved, over all lives; `aside` is where the old store is kept, None where there was none.
    """

    life: Life
    rejoins: bool
    entries: int
    aside: Path | None


@dataclass(frozen=True, slots=True)
class OpenBackup:
    """A backup that its recovery key has opened; `pieces` is the store in it, to be taken once."""

    label: Label
    keys: BackupKeys
    pieces: Iterator[bytes]


def locked_for(source: Path) -> str:
    """Return the name of the recovery key that opens a backup; raises `Refusal` where the file is none."""
    with _open(source) as file, worded(source):
        return key_name(read_header(file, source.name))


@contextmanager
def opened_backup(source: Path, key: RecoveryKey) -> Iterator[OpenBackup]:
    """Give a backup opened by its recovery key.

    Raises `Refusal` `file_unreadable`, `backup_not_one`, `backup_form_newer`, `recovery_key_other`, `backup_damaged`,
    or `backup_newer` when this release may not write such a store.
    """
    name = source.name
    with _open(source) as file:
        with worded(source):
            header = read_header(file, name)
        keys = open_header(header, key, name)
        pieces = _read(source, file, keys)
        label = read_label(next(pieces), name)
        if label.min_writer > SCHEMA:
            raise Refusal("backup_newer", file=name, needs=label.min_writer, has=SCHEMA)
        yield OpenBackup(label, keys, pieces)


class Restorer:
    """Puts backups into this machine's data folder, which is held (`held_place`)."""

    def __init__(self, config: Config, clock: Clock, draw: Draw = os.urandom) -> None:
        """Restore for `config`; what is written then is dated by `clock`, and ids come from `draw`."""
        self._config = config
        self._clock = clock
        self._draw = draw

    def restore(self, backup: OpenBackup, key: RecoveryKey, shown: Shown) -> Restored:
        """Make an opened backup this machine's store, under this machine's own key.

        Raises `Refusal` `backup_damaged`, `backup_gone`, `restore_book_wrong` (`wrong` is the proof's code, `seq` the
        entry), `disk_full`, those of the key files and of the storage. Until the last step the old store stays.
        """
        folder = self._config.till.data_dir
        with _worded_of_ours(folder):
            _remove_left_overs(folder)
            lock, own = load_lock(folder), local_key(self._config)
            now = self._clock.local(self._clock.now_ms())
            try:
                new = _unpack(folder, backup, own, shown)
                with closing(Database(new, own)) as store:
                    life, rejoins, entries = self._prove_and_mark(store, folder, backup.label, shown)
                sync_file(new)
                aside = put_in_place(new, folder, own, f"store.replaced-{now:%Y%m%d-%H%M%S}.db")
                if lock is None:
                    keep_lock(folder, key.lock())
            finally:
                _remove_left_overs(folder)
        return Restored(life, rejoins, entries, aside)

    def _prove_and_mark(self, store: Database, folder: Path, label: Label, shown: Shown) -> tuple[Life, bool, int]:
        """Bring the store to this release, prove it, mark it as restored, and prove what that made of it."""
        migrate(store)
        # It is synced as a whole before it takes its place, and no till runs that could want the memory.
        store.run("PRAGMA synchronous = OFF")
        store.widen_cache(CACHE_KIB)
        entries = _prove(store, folder, shown)
        book = Book(store, self._clock, self._draw)
        rejoins = mark_restored(
            store, book, label.backup_id, self._draw, lambda done, whole: shown("carry", done, whole)
        )
        # A backup knows nothing of who was erased after it was made; this machine does.
        Erasing(store, book, self._draw).again(remembered(folder))
        if not rejoins:
            entries = _prove(store, folder, shown)
        store.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return open_life(store), rejoins, entries


def _unpack(folder: Path, backup: OpenBackup, own: bytes, shown: Shown) -> Path:
    """Write the backup's store under this machine's own key."""
    packed, new, size = folder / OPENED_FILE, folder / NEW_FILE, backup.label.store_bytes
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in backup.pieces:
            file.write(piece)
            shown("unpack", file.tell(), size)
    with closing(Database(packed, backup.keys.store)) as store:
        store.connect()
        copy_store(store, new, own, lambda done, whole: shown("copy", done, whole), at_rest=True)
    packed.unlink()
    return new


def _prove(store: Database, folder: Path, shown: Shown) -> int:
    """Return how many entries a book has that is right; raise `Refusal` `restore_book_wrong` for any other."""
    verdict = verify(store, folder / SCRATCH_FILE, lambda done, whole: shown("check", done, whole))
    if verdict.code:
        raise Refusal("restore_book_wrong", wrong=verdict.code, seq=verdict.seq)
    return verdict.entries


@contextmanager
def _open(source: Path) -> Iterator[BinaryIO]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise Refusal("file_unreadable", file=str(source), reason=error.strerror or str(error)) from error
    with file:
        yield file


def _read(source: Path, file: BinaryIO, keys: BackupKeys) -> Iterator[bytes]:
    """Yield the backup's chunks; a medium that goes away meanwhile is told as such."""
    with worded(source):
        yield from read_chunks(file, keys.chunks, source.name)


@contextmanager
def _worded_of_ours(folder: Path) -> Iterator[None]:
    """Have trouble with the data folder told as a `Refusal`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Refusal("disk_full", file=NEW_FILE) from error
        raise Refusal("data_dir_unusable", folder=str(folder), reason=error.strerror or str(error)) from error


def _remove_left_overs(folder: Path) -> None:
    for left in folder.glob(LEFT_OVER):
        left.unlink(missing_ok=True)
