"""What storage holds after its power was cut: the strictest reading of what POSIX lets a file system forget.

Until a sync of the file, each 512-byte sector may hold what any of the writes since the last sync left there, whatever
their order, and the file may have any of its lengths since then. Until a sync of the folder, each name made, moved or
removed since may or may not have been. A sector is written whole or not at all, and bytes outside a write are never
touched: what SQLite calls power-safe overwrite and relies on by default.
"""

from __future__ import annotations

import pathlib
import random
from dataclasses import dataclass, field
from typing import TypeVar

from tests.crash.recorder import Step

T = TypeVar("T")

SECTOR_BYTES = 512
NAME_CHANGES = frozenset("crlum")
FOLDER = -1

# How a cut chooses among what may have reached the disk.
MODES = range(6)
NOTHING, EVERYTHING, EACH_WRITE, EACH_SECTOR, ALMOST_NOTHING, ALMOST_EVERYTHING = MODES
LUCK = {NOTHING: 0.0, EVERYTHING: 1.0, EACH_WRITE: 0.5, EACH_SECTOR: 0.5, ALMOST_NOTHING: 0.05, ALMOST_EVERYTHING: 0.95}


@dataclass(slots=True)
class _File:
    """One file: its durable bytes, and the steps that no sync has covered yet."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        for step in self.pending:
            _apply(self.durable, step)
        self.pending.clear()

    def after_cut(self, chance: random.Random, mode: int) -> bytes:
        """Return contents the file may have."""
        if mode == NOTHING or not self.pending:
            return bytes(self.durable)
        if mode == EACH_WRITE:
            return self._whole_writes(chance)
        return self._sectors(chance, LUCK[mode])

    def _whole_writes(self, chance: random.Random) -> bytes:
        data = bytearray(self.durable)
        for step in self.pending:
            if chance.random() < LUCK[EACH_WRITE]:
                _apply(data, step)
        return bytes(data)

    def _sectors(self, chance: random.Random, luck: float) -> bytes:
        """Take, for each sector and for the length, a version that some prefix of the pending steps left."""
        versions: dict[int, list[bytes]] = {}
        lengths = [len(self.durable)]
        now = bytearray(self.durable)
        for step in self.pending:
            before = len(now)
            _apply(now, step)
            lengths.append(len(now))
            first, end = (step.offset, step.offset + len(step.data)) if step.what == "w" else (len(now), before)
            for sector in range(min(first, before) // SECTOR_BYTES, -(-end // SECTOR_BYTES)):
                at = sector * SECTOR_BYTES
                versions.setdefault(sector, []).append(bytes(now[at : at + SECTOR_BYTES]))
        length = _pick(chance, luck, lengths)
        data = bytearray(self.durable[:length].ljust(length, b"\0"))
        for sector, later in versions.items():
            at = sector * SECTOR_BYTES
            chosen = _pick(chance, luck, [bytes(self.durable[at : at + SECTOR_BYTES]), *later])
            room = max(0, min(SECTOR_BYTES, length - at))
            data[at : at + room] = chosen[:room].ljust(room, b"\0")
        return bytes(data)


class Storage:
    """Follows a log from a known start; at any moment it can say what a power cut would leave."""

    def __init__(self, base: pathlib.Path) -> None:
        """Start with the files in `base` as they are, all of them durable."""
        self._base = str(base)
        self._files: dict[int, _File] = {}
        self._of_inode: dict[int, int] = {}
        self._names: dict[str, int] = {str(base): FOLDER}
        self._pending_names: list[tuple[Step, int]] = []
        for path in sorted(base.rglob("*")):
            self._names[str(path)] = FOLDER if path.is_dir() else self._add(path.stat().st_ino, path.read_bytes())

    def _add(self, inode: int, data: bytes = b"") -> int:
        # A number of its own: the file system gives the inode of a removed file to the next one.
        number = len(self._files)
        self._files[number] = _File(bytearray(data))
        self._of_inode[inode] = number
        return number

    def step(self, step: Step) -> None:
        """Let one step happen."""
        if step.what == "c":
            self._pending_names.append((step, self._add(step.inode)))
        elif step.what in NAME_CHANGES:
            self._pending_names.append((step, FOLDER))
        elif step.what in "wt":
            self._files[self._of_inode[step.inode]].pending.append(step)
        elif step.what == "s":
            self._files[self._of_inode[step.inode]].sync()
        elif step.what == "d":
            self._sync_names(step.path)

    @property
    def unsynced(self) -> int:
        """How many steps a power cut now could undo."""
        return len(self._pending_names) + sum(len(file.pending) for file in self._files.values())

    def _sync_names(self, folder: str) -> None:
        rest = []
        for step, number in self._pending_names:
            if folder in {_folder_of(step.path), _folder_of(step.data.decode()) if step.what in "rl" else ""}:
                _rename(self._names, step, number)
            else:
                rest.append((step, number))
        self._pending_names = rest

    def cut(self, target: pathlib.Path, chance: random.Random, mode: int) -> None:
        """Write into `target` what the base folder may hold if the power fails now."""
        names = dict(self._names)
        for step, number in self._pending_names:
            if chance.random() < LUCK[mode]:
                _rename(names, step, number)
        target.mkdir(parents=True)
        for path, number in sorted(names.items()):
            if not all(str(parent) in names for parent in pathlib.PurePath(path).parents if self._below(str(parent))):
                continue  # its folder is not there
            there = target / pathlib.PurePath(path).relative_to(self._base)
            if number == FOLDER:
                there.mkdir(exist_ok=True)
            else:
                there.write_bytes(self._files[number].after_cut(chance, mode))
                there.chmod(0o600)

    def _below(self, path: str) -> bool:
        return path.startswith(self._base)


def _apply(data: bytearray, step: Step) -> None:
    if step.what == "t":
        del data[step.offset :]
    end = step.offset + len(step.data)
    if len(data) < end:
        data.extend(bytes(end - len(data)))
    data[step.offset : end] = step.data


def _pick(chance: random.Random, luck: float, versions: list[T]) -> T:
    newest = len(versions) - 1
    if luck in {0.0, 1.0}:
        return versions[newest if luck else 0]
    if luck != LUCK[EACH_SECTOR]:
        return versions[newest if chance.random() < luck else 0]
    return versions[chance.randint(0, newest)]


def _rename(names: dict[str, int], step: Step, number: int) -> None:
    """Carry a change of names out, as far as what it changes is there."""
    if step.what in "cm":
        names[step.path] = number
    elif step.what == "u":
        names.pop(step.path, None)
    elif step.path in names:
        names[step.data.decode()] = names[step.path] if step.what == "l" else names.pop(step.path)


def _folder_of(path: str) -> str:
    return str(pathlib.PurePath(path).parent)
