"""The recorder and the model of storage behind the power-cut tests are themselves right."""

from __future__ import annotations

import os
import pathlib
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.crash import recorder
from tests.crash.recorder import Step
from tests.crash.storage import (
    ALMOST_EVERYTHING,
    EACH_SECTOR,
    EACH_WRITE,
    EVERYTHING,
    MODES,
    NOTHING,
    SECTOR_BYTES,
    Storage,
)

pytestmark = pytest.mark.crash

# Each call by which a program can change a file, on files of a folder that it is given.
PROGRAM = """
import os, sys
folder = sys.argv[1]
def at(name): return os.path.join(folder, name)
with open(at("plain"), "wb") as file:
    file.write(b"a" * 1000)
with open(at("plain"), "ab") as file:
    file.write(b"b" * 10)
handle = os.open(at("holes"), os.O_RDWR | os.O_CREAT)
os.pwrite(handle, b"c" * 700, 5000)
os.ftruncate(handle, 5600)
os.ftruncate(handle, 9000)
os.fsync(handle)
os.fdatasync(handle)
os.lseek(handle, 100, os.SEEK_SET)
os.write(handle, b"d" * 100)
os.close(handle)
os.mkdir(at("below"))
os.rename(at("plain"), at("below/moved"))
os.link(at("holes"), at("again"))
os.unlink(at("holes"))
open(at("gone"), "wb").close()
os.remove(at("gone"))
open(at("below/emptied"), "wb").write(b"e")
open(at("below/emptied"), "wb").close()
os.open(".", os.O_RDONLY, dir_fd=os.open(folder, os.O_RDONLY))
above = os.open(folder, os.O_RDONLY)
os.fsync(above)
handle = os.open("relative", os.O_WRONLY | os.O_CREAT, dir_fd=above)
os.write(handle, b"f")
os.write(1, b"done")
"""


@pytest.fixture
def library(tmp_path: pathlib.Path) -> pathlib.Path:
    return recorder.build(tmp_path)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def _write(path: str, offset: int, data: bytes, inode: int = 1) -> Step:
    return Step("w", path, inode, offset, data)


def _versions(storage: Storage, target: pathlib.Path, name: str, mode: int, seed: int) -> set[bytes]:
    """Return what many cuts at one moment leave in a file; b"-" where there is no such file."""
    chance = random.Random(seed)
    found = set()
    for number in range(60):
        left = target / f"{mode}-{number}"
        storage.cut(left, chance, mode)
        found.add((left / name).read_bytes() if (left / name).exists() else b"-")
    return found


def _follow(base: pathlib.Path, steps: Iterator[Step] | list[Step]) -> Storage:
    storage = Storage(base)
    for step in steps:
        storage.step(step)
    return storage


def test_the_log_of_every_kind_of_change_leads_to_the_same_files(
    tmp_path: pathlib.Path, folder: pathlib.Path, library: pathlib.Path
) -> None:
    storage = Storage(folder)
    environment = {**recorder.environment(library, folder), recorder.LOG_VARIABLE: str(tmp_path / "log")}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], env=environment, capture_output=True, timeout=60, check=True
    )
    assert ended.stdout == b"done"
    for step in recorder.read_log(tmp_path / "log"):
        storage.step(step)
    storage.cut(tmp_path / "left", random.Random(0), EVERYTHING)
    assert _tree(tmp_path / "left") == _tree(folder)
    assert _tree(folder)["relative"] == b"f"
    # Of the names, those before the sync of the folder stay, whatever happens to the file's contents.
    storage.cut(tmp_path / "least", random.Random(0), NOTHING)
    assert set(_tree(tmp_path / "least")) == {"again", "below", "below/moved"}


def _tree(folder: pathlib.Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def test_a_program_dies_at_the_step_it_was_told_to(
    tmp_path: pathlib.Path, folder: pathlib.Path, library: pathlib.Path
) -> None:
    control = recorder.Control(tmp_path / "control")
    environment = {**recorder.environment(library, folder), recorder.CONTROL_VARIABLE: str(control.path)}
    contents = {}
    for moment in (recorder.BEFORE, recorder.HALF_WAY, recorder.AFTER):
        control.arm(recorder.FILES, kill_at=2, moment=moment)  # the first makes the file, the second writes to it
        ended = subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], env=environment, timeout=60, check=False)
        assert ended.returncode == -9
        assert control.disarm() == 2
        contents[moment] = (folder / "plain").read_bytes()
        (folder / "plain").unlink()
    control.close()
    assert [len(data) for data in contents.values()] == [0, 500, 1000]


def test_what_was_synced_stays_and_what_was_not_may_go(tmp_path: pathlib.Path, folder: pathlib.Path, seed: int) -> None:
    path = str(folder / "file")
    made = [Step("c", path, 1, 0, b""), Step("d", str(folder), 9, 0, b"")]
    storage = _follow(folder, [*made, _write(path, 0, b"old"), Step("s", path, 1, 0, b""), _write(path, 0, b"new")])
    left = {mode: _versions(storage, tmp_path, "file", mode, seed) for mode in MODES}
    assert left[NOTHING] == {b"old"}
    assert left[EVERYTHING] == {b"new"}
    assert left[EACH_WRITE] == left[EACH_SECTOR] == left[ALMOST_EVERYTHING] == {b"old", b"new"}


def test_sectors_of_one_write_reach_the_disk_one_by_one(
    tmp_path: pathlib.Path, folder: pathlib.Path, seed: int
) -> None:
    path = folder / "file"
    path.write_bytes(b"0" * 3 * SECTOR_BYTES)
    inode = path.stat().st_ino
    storage = _follow(folder, [_write(str(path), 0, b"1" * 3 * SECTOR_BYTES, inode)])
    found = _versions(storage, tmp_path, "file", EACH_SECTOR, seed)
    assert all(len(set(data[at : at + SECTOR_BYTES])) == 1 for data in found for at in range(0, 1536, SECTOR_BYTES))
    assert {(data[0], data[-1]) for data in found} >= {(48, 49), (49, 48)}


def test_bytes_beside_a_write_are_never_touched(tmp_path: pathlib.Path, folder: pathlib.Path, seed: int) -> None:
    path = folder / "file"
    path.write_bytes(b"0" * 2000)
    storage = _follow(folder, [_write(str(path), 600, b"1" * 100, path.stat().st_ino)])
    for mode in MODES:
        for data in _versions(storage, tmp_path, "file", mode, seed):
            assert data[:600] == b"0" * 600
            assert data[700:] == b"0" * 1300


def test_a_name_lasts_once_its_folder_was_synced(tmp_path: pathlib.Path, folder: pathlib.Path, seed: int) -> None:
    (folder / "file").write_bytes(b"old")
    path, part = str(folder / "file"), str(folder / "part")
    change = [
        Step("c", part, 7, 0, b""),
        _write(part, 0, b"new", 7),
        Step("s", part, 7, 0, b""),
        Step("r", part, 0, 0, os.fsencode(path)),
    ]
    assert _versions(_follow(folder, change), tmp_path / "a", "file", EACH_WRITE, seed) == {b"old", b"new"}
    synced = _follow(folder, [*change, Step("d", str(folder), 9, 0, b"")])
    assert _versions(synced, tmp_path / "b", "file", EACH_WRITE, seed) == {b"new"}
