"""Making a backup beside a running till: copied, sealed, read back from the medium, and named only then."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from terminal.base.clock import Clock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.ids import Draw, new_id
from terminal.services.backup.copying import copy_store, remove_store
from terminal.services.backup.label import Label, label_of
from terminal.services.backup.recovery_key import BackupLock
from terminal.services.backup.sealed_file import (
    FILE_KEY_BYTES,
    BackupKeys,
    keys_of,
    pieces_of,
    read_chunks,
    read_header,
    seal_header,
    write_chunks,
)
from terminal.services.storage import read_store
from terminal.store.database import Database, WriterLock

PIECES_A_SYNC = 4
SUFFIX = ".cfbackup"
PART = ".part"
PART_DIGITS = 16
COPY_FILE = "backup.copy"
LOCK_FILE = "backup.lock"
NAME_BYTES_MAX = 120  # a name may have 255 bytes on Linux; the date and `.part` come behind it
# Copying, sealing and reading back each go through all of the store.
STEPS = 3
PAGE_BYTES = 4096  # of SQLCipher 4
_UNFIT = re.compile(r'[\x00-\x20\x7f/\\:*?"<>|.-]+')  # FAT and people who type names have no use for these

Shown = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: where it is, its size in bytes, and what it is of."""

    path: Path
    size_bytes: int
    label: Label


class BackupMaker:
    """Makes backups of one till's store; more than one at a time is refused."""

    def __init__(self, config: Config, clock: Clock, version: str, draw: Draw = os.urandom) -> None:
        """Back up the store of `config`, dated by `clock`; ids and keys come from `draw`."""
        self._config = config
        self._clock = clock
        self._version = version
        self._draw = draw

    def make(self, dest: Path, lock: BackupLock, shown: Shown) -> Made:
        """Make a backup at `dest`: a file that is not there yet, or a folder, in which it gets a name of its own.

        `shown` is told bytes done and bytes in all. Raises `Refusal`: `backup_exists`, `backup_folder_missing`,
        `backup_no_rights`, `backup_full`, `backup_too_large`, `backup_gone`, `backup_busy`, `backup_unlike`, and those
        of the store. Nothing is then left at `dest`.
        """
        check_place(dest)
        file_key = self._draw(FILE_KEY_BYTES)
        header = seal_header(lock, file_key)
        keys = keys_of(header, file_key, lock.witness)
        copy = self._config.till.data_dir / COPY_FILE
        with closing(read_store(self._config)) as store, self._alone():
            try:
                label = self._copy(store, copy, keys, shown)
                part, path = self._names(dest, label)
                size = _seal(copy, (part, path), header, keys, label, shown)
            finally:
                remove_store(copy)
        return Made(path, size, label)

    def _copy(self, store: Database, copy: Path, keys: BackupKeys, shown: Shown) -> Label:
        def pages(done: int, whole: int) -> None:
            shown(done * PAGE_BYTES, STEPS * whole * PAGE_BYTES)

        at_ms = self._clock.now_ms()
        copy_store(store, copy, keys.store, pages)
        with closing(Database(copy, keys.store)) as opened:
            opened.connect()
            return label_of(opened, backup_id=new_id(self._draw), at_ms=at_ms, version=self._version)

    def _names(self, dest: Path, label: Label) -> tuple[Path, Path]:
        """Return what the backup is called while it is written, and once it is complete."""
        if not dest.is_dir():
            return dest.with_name(dest.name + PART), dest
        # By the till and not by the moment: so its next backup there finds and removes what a killed one left, and
        # nothing that another till is writing there. A hash, since the device's id is in the label, which is sealed.
        till = hashlib.sha256(label.device.encode()).hexdigest()[:PART_DIGITS]
        return dest / f"{till}{SUFFIX}{PART}", dest / self._name(label)

    def _name(self, label: Label) -> str:
        """Return a file name with the shop and the moment in its own time."""
        shop = "-".join(part for part in (label.shop, label.branch) if part)
        fit = _UNFIT.sub("-", shop).strip("-").encode()[:NAME_BYTES_MAX].decode("utf-8", "ignore") or "shop"
        return f"{fit}-{self._clock.local(label.at_ms):%Y%m%d-%H%M%S}{SUFFIX}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            lock = WriterLock(self._config.till.data_dir / LOCK_FILE)
        except Refusal as refusal:
            raise Refusal("backup_busy") from refusal
        try:
            yield
        finally:
            lock.release()


def check_place(dest: Path) -> None:
    """Raise `Refusal` where a backup cannot get this name: `backup_exists` or `backup_folder_missing`."""
    with worded(dest):
        if dest.is_dir():
            return
        if os.path.lexists(dest):
            raise Refusal("backup_exists", file=str(dest))
        if not dest.parent.is_dir():
            raise Refusal("backup_folder_missing", folder=str(dest.parent))


@contextmanager
def worded(path: Path) -> Iterator[None]:
    """Have trouble with the place of a backup told as a `Refusal`."""
    try:
        yield
    except OSError as error:
        code = _CODES.get(error.errno or 0)
        if code is None:
            raise Refusal("file_unusable", file=str(path), reason=error.strerror or str(error)) from error
        raise Refusal(code, file=str(path)) from error


_CODES = {
    errno.ENOSPC: "backup_full",
    errno.EDQUOT: "backup_full",
    errno.EFBIG: "backup_too_large",  # a FAT file system holds files below 4 GiB only
    errno.EACCES: "backup_no_rights",
    errno.EPERM: "backup_no_rights",
    errno.EROFS: "backup_no_rights",
    errno.EIO: "backup_gone",
    errno.ENODEV: "backup_gone",
    errno.ENXIO: "backup_gone",
    errno.ENOENT: "backup_gone",
    errno.ESTALE: "backup_gone",
    errno.EEXIST: "backup_exists",
}


def _seal(copy: Path, names: tuple[Path, Path], header: bytes, keys: BackupKeys, label: Label, shown: Shown) -> int:
    """Write a sealed copy under its first name, prove what arrived, give it the second; return its bytes."""
    part, path = names
    size = label.store_bytes
    done = size

    def told(count: int) -> None:
        nonlocal done
        done += count
        shown(done, STEPS * size)

    with worded(path):
        try:
            part.unlink(missing_ok=True)
            digest = _write(copy, part, header, keys, label, told)
            _read_back(part, header, keys, digest, told)
            _give_name(part, path)
            return path.stat().st_size
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _write(copy: Path, part: Path, header: bytes, keys: BackupKeys, label: Label, told: Callable[[int], None]) -> bytes:
    """Write header, label and store, durable when this returns; return the SHA-256 of label and store."""
    digest = hashlib.sha256()

    def pieces(plain: BinaryIO) -> Iterator[bytes]:
        for number, piece in enumerate(itertools.chain([label.to_bytes()], pieces_of(plain, told))):
            digest.update(piece)
            yield piece
            if number % PIECES_A_SYNC == 0:
                # Where the till's own disk is written to, its commits would wait behind all that was not written yet.
                os.fdatasync(file.fileno())

    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, copy.open("rb") as plain:
        file.write(header)
        write_chunks(file, pieces(plain), keys.chunks)
        file.flush()
        os.fsync(file.fileno())
    return digest.digest()


def _read_back(part: Path, header: bytes, keys: BackupKeys, wanted: bytes, told: Callable[[int], None]) -> None:
    """Raise `Refusal` `backup_unlike` unless a file holds what was written; it is read from the medium itself."""
    digest = hashlib.sha256()
    with part.open("rb") as file:
        # What was written still lies in memory, and would say nothing of the medium.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            if read_header(file, part.name) == header:
                for piece in read_chunks(file, keys.chunks, part.name):
                    digest.update(piece)
                    told(len(piece))
        except Refusal as refusal:
            raise Refusal("backup_unlike", file=str(part)) from refusal
    if digest.digest() != wanted:
        raise Refusal("backup_unlike", file=str(part))


def _give_name(part: Path, path: Path) -> None:
    """Give a complete file its name, if that is still free, and make the name durable."""
    # FAT, which sticks have, knows no second name for a file, so this is looked at and not asked of the kernel.
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    part.rename(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        # Some file systems of sticks know no folder that could be synced; the file itself is.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
