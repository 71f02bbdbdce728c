"""The preloaded library's Python end: building it, counting and killing from outside, and reading its log."""

from __future__ import annotations

import mmap
import os
import pathlib
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

SOURCE = pathlib.Path(__file__).with_name("recorder.c")
CONTROL_VARIABLE = "RECORDER_CONTROL"
LOG_VARIABLE = "RECORDER_LOG"
ACKS_VARIABLE = "RECORDER_ACKS"

# What is counted as a step; the numbers stand in recorder.c.
FILES = 1
PRINTER = 2
CARDS = 4

# When, of the step it dies at, a program is killed: half-way lets half of its bytes through.
BEFORE, AFTER, HALF_WAY = range(3)

_WORD = 8
_WORDS = 6
_ARMED, _STEPS, _KILL_AT, _MOMENT, _KINDS, _PRINTER_PORT = range(_WORDS)
_HEAD = struct.Struct("=c3xIQqQ")


class NoCompilerError(RuntimeError):
    """This machine cannot build the recorder."""


def build(folder: pathlib.Path) -> pathlib.Path:
    """Return the library built into `folder`; raise `NoCompilerError` with the way out when there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise NoCompilerError("no C compiler on this machine; image/setup.sh test says what to install")
    library = folder / "recorder.so"
    flags = ("-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC")
    subprocess.run([compiler, *flags, "-o", str(library), str(SOURCE), "-ldl", "-lpthread"], check=True, timeout=60)
    return library


class Control:
    """The numbers a program under the recorder shares with its test: what is counted, and where it is killed."""

    def __init__(self, path: pathlib.Path) -> None:
        """Make the file; a program started with `CONTROL_VARIABLE` set to it can be counted and killed."""
        path.write_bytes(bytes(_WORD * _WORDS))
        self.path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _WORD * _WORDS)
        # Through a view of whole words, so that the other process never sees half a number.
        self._words = memoryview(self._memory).cast("q")

    def arm(self, kinds: int, *, kill_at: int = 0, moment: int = BEFORE) -> None:
        """Count steps of `kinds` from now on; kill at the `moment` of step `kill_at`, never when that is 0."""
        self._words[_ARMED] = 0
        self._words[_STEPS] = 0
        self._words[_KINDS] = kinds
        self._words[_KILL_AT] = kill_at
        self._words[_MOMENT] = moment
        self._words[_ARMED] = 1

    def disarm(self) -> int:
        """Stop counting and return how many steps there were."""
        self._words[_ARMED] = 0
        return self._words[_STEPS]

    def printer(self, port: int) -> None:
        """Say on which TCP port the printer is."""
        self._words[_PRINTER_PORT] = port

    def close(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self._memory.close()


def environment(library: pathlib.Path, folder: pathlib.Path) -> dict[str, str]:
    """Return the environment of a program whose files under `folder` are watched."""
    return {**os.environ, "LD_PRELOAD": str(library), "RECORDER_FOLDER": str(folder)}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the log.

    `what`: c (made a file), w (wrote `data` at `offset`), t (cut the file to `offset` bytes), s (synced a file),
    d (synced a folder), r (renamed to the path in `data`), l (given the second name
    in `data`), u (removed), m (made a folder), A (acknowledged),
    P (sent to the printer).
    """

    what: str
    path: str
    inode: int
    offset: int
    data: bytes


def read_log(path: pathlib.Path) -> Iterator[Step]:
    """Yield the steps of a log in the order in which they happened; one that is just being written is left out."""
    log = path.read_bytes()
    at = 0
    while at + _HEAD.size <= len(log):
        what, path_bytes, inode, offset, data_bytes = _HEAD.unpack_from(log, at)
        name_at = at + _HEAD.size
        data_at = name_at + path_bytes
        at = data_at + data_bytes
        if at > len(log):
            break
        yield Step(what.decode(), log[name_at:data_at].decode(), inode, offset, log[data_at:at])
