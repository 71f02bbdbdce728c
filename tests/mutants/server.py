"""`python -m tests.mutants.server`, in a copy of the sources: tries each mutant it is told in a process of its own.

Told a `Job` as a line of JSON, it answers with a line: what the tests said (`trial.Told`), or that they did not end.
It ends, and ends what it tries, when nobody tells it anything any more.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import TypedDict

from tests.mutants.trial import Told, nothing, tried

WALL_S = 300.0
# Exit code of a mutant's process when its answer was written.
ANSWERED = 0


class Answer(TypedDict):
    """`ended` is how the mutant's process did: `answered`, `timed out` or `died`; `told` is empty for the last two."""

    ended: str
    told: Told


class Lines:
    """The lines that a process is told over a pipe, read so that `select` sees whether there are more."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def next(self) -> bytes:
        """Return the next line, or nothing at the end."""
        read = bytearray()
        while part := os.read(self.fd, 65_536):
            read += part
            if read.endswith(b"\n"):
                break
        return bytes(read)


def main() -> None:
    """Answer until the end of the input."""
    asks, answers = begin()
    while line := asks.next():
        asked = json.loads(line)
        if "warm" in asked:
            import_all(asked["warm"])
            say(answers, {})
            continue
        say(answers, answer_of(functools.partial(tried, asked), asks.fd))


def begin() -> tuple[Lines, int]:
    """Return where this process is told what to do and where it answers; what a test prints is not an answer."""
    asks, answers = Lines(os.dup(0)), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nowhere, fd)
    return asks, answers


def say(answers: int, answer: object) -> None:
    """Write an answer as one line."""
    said = json.dumps(answer).encode() + b"\n"
    while said:
        said = said[os.write(answers, said) :]


def import_all(names: list[str]) -> None:
    """Import other people's modules once for all mutants."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def answer_of(work: Callable[[], Told], asks: int) -> Answer:
    """Return what `work` says in a process of its own, which is ended when there is nobody any more who asks."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            os.setpgid(0, 0)
            say(theirs, work())
        finally:
            # Whatever ends the tests, this process never goes on as the one that it came from.
            os._exit(ANSWERED)
    os.close(theirs)
    os.setpgid(child, child)
    try:
        said = _heard(ours, asks)
    finally:
        os.close(ours)
        # All that the tests may have started goes with them.
        os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if said:
        return {"ended": "answered", "told": json.loads(said)}
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGPROF, signal.SIGKILL}
    return {"ended": "timed out" if late else "died", "told": {**nothing(), "code": 1}}


def _heard(pipe: int, asks: int) -> bytes:
    """Return what the child says before it ends; nothing when it takes too long."""
    until_s = time.monotonic() + WALL_S
    said = b""
    while True:
        ready, _, _ = select.select([pipe, asks], [], [], max(0.0, until_s - time.monotonic()))
        if not ready:
            return b""
        if asks in ready:
            # Nothing is asked before the answer: this is the end of the input.
            sys.exit(1)
        part = os.read(pipe, 65_536)
        if not part:
            return said
        said += part


if __name__ == "__main__":
    main()
