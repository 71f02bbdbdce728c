"""`python -m tests.mutants.server`, in a copy of the sources: tries each mutant it is told in a process of its own.

Told a `Job` as a line of JSON, it answers with a line: what the tests said (`trial.Told`), or that they did not end.
It ends, and ends what it tries, when nobody tells it anything any more.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
import time
from typing import TypedDict

from tests.mutants.trial import Job, Told, tried

WALL_S = 300.0
# Exit code of a mutant's process when its answer was written.
ANSWERED = 0


class Answer(TypedDict):
    """`ended` is how the mutant's process did: `answered`, `timed out` or `died`; `told` is empty for the last two."""

    ended: str
    told: Told


def main() -> None:
    """Answer until the end of the input."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # Whatever a test prints is not an answer.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    while line := _line():
        asked = json.loads(line)
        if "warm" in asked:
            _import(asked["warm"])
            answers.write("{}\n")
            continue
        answers.write(json.dumps(_answer(asked)) + "\n")


def _line() -> bytes:
    """Return the next line of the input, read byte by byte so that `select` sees whether more is there."""
    read = bytearray()
    while byte := os.read(0, 65_536):
        read += byte
        if read.endswith(b"\n"):
            break
    return bytes(read)


def _import(names: list[str]) -> None:
    """Import other people's modules once for all mutants."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def _answer(job: Job) -> Answer:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _try(job, theirs)
    os.close(theirs)
    os.setpgid(child, child)
    try:
        said = _heard(ours)
    finally:
        os.close(ours)
        # All that the tests may have started goes with them.
        os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    nothing: Told = {"code": 1, "failed": "", "times_s": {}, "modules": []}
    if said:
        return {"ended": "answered", "told": json.loads(said)}
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGPROF, signal.SIGKILL}
    return {"ended": "timed out" if late else "died", "told": nothing}


def _heard(pipe: int) -> bytes:
    """Return what the child says before it ends; nothing when it takes too long."""
    until_s = time.monotonic() + WALL_S
    said = b""
    while True:
        ready, _, _ = select.select([pipe, 0], [], [], max(0.0, until_s - time.monotonic()))
        if not ready:
            return b""
        if 0 in ready:
            # Nothing is asked before the answer: this is the end of the input.
            sys.exit(1)
        part = os.read(pipe, 65_536)
        if not part:
            return said
        said += part


def _try(job: Job, pipe: int) -> None:
    os.setpgid(0, 0)
    told = tried(job)
    told_bytes = json.dumps(told).encode()
    while told_bytes:
        told_bytes = told_bytes[os.write(pipe, told_bytes) :]
    os._exit(ANSWERED)


if __name__ == "__main__":
    main()
