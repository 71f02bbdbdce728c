"""Putting a restored store in its place: the old one is there, or the new one is, at every instant."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.services.backup.copying import sync_file
from terminal.services.storage import LOCK_FILE, STORE_FILE
from terminal.store.database import Database, WriterLock, load_key, sync_folder

BESIDE = ("-wal", "-shm", "-journal")


@contextmanager
def held_place(config: Config, *, replace: bool) -> Iterator[Path]:
    """Give the data folder, made if it is missing, with no till running and none able to start.

    Raises `Refusal` `store_in_use`, `data_dir_unusable`, or `restore_store_exists` where there is a store already and
    it may not be replaced.
    """
    folder = config.till.data_dir
    try:
        _make_folder(folder)
        lock = WriterLock(folder / LOCK_FILE)
    except OSError as error:
        raise Refusal("data_dir_unusable", folder=str(folder), reason=error.strerror or str(error)) from error
    try:
        if not replace and (folder / STORE_FILE).exists():
            raise Refusal("restore_store_exists", file=str(folder / STORE_FILE))
        yield folder
    finally:
        lock.release()


def local_key(config: Config) -> bytes:
    """Return this machine's own store key, made if there is none; raises `Refusal` as for any store."""
    file = config.till.key_file
    try:
        _make_folder(file.absolute().parent)
        return load_key(file, may_make=True)
    except OSError as error:
        raise Refusal("key_unusable", file=str(file), reason=error.strerror or str(error)) from error


def put_in_place(new: Path, folder: Path, key: bytes, aside: str) -> Path | None:
    """Make the closed file `new` the store; return where the old one is kept, called `aside` or like it, or None.

    The old one has both names until the new one takes its own, in one step. Raises `OSError`.
    """
    store = folder / STORE_FILE
    kept = next(path for path in _names(folder / aside) if not os.path.lexists(path))
    if store.exists():
        _fold_log(store, key)
        # One that was cut off here before left the store with a second name.
        for other in folder.glob("store.replaced-*.db"):
            if other.samefile(store):
                other.unlink()
        _link(store, kept)
    # A log left beside the store would be taken for the new one's. It is empty by now, or of a store nobody can open.
    for suffix in BESIDE:
        left = store.with_name(store.name + suffix)
        if left.exists():
            if left.stat().st_size and suffix != "-shm":
                _link(left, kept.with_name(kept.name + suffix))
            left.unlink()
    sync_folder(folder)
    new.replace(store)
    sync_folder(folder)
    return kept if kept.exists() else None


def _names(path: Path) -> Iterator[Path]:
    """Yield a name and then others like it."""
    yield path
    yield from (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))


def _fold_log(store: Path, key: bytes) -> None:
    """Bring what is in a store's log into its file, where the key opens it."""
    with suppress(Refusal), closing(Database(store, key)) as old:
        # Only looked at first: a connection that cannot read the file may still throw its log away.
        old.peek("SELECT 1 FROM meta")
        old.connect()
        old.run("PRAGMA wal_checkpoint(TRUNCATE)")


def _link(old: Path, new: Path) -> None:
    """Give a file a second name, durable with the folder; raises `FileExistsError` where something has it."""
    sync_file(old)
    os.link(old, new)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each name durable."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    sync_folder(folder.parent)
