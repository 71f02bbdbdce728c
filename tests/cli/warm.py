"""Commands without the wait for the interpreter: a process that has loaded the till forks for each of them.

What a command does is its own, as from a shell: a process, standard streams, an end of the interpreter. Run as a
program it reads a JSON object a line (`words`, `in`, `out`, `err`) and answers with the exit code.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
from typing import Any

# What commands load when they are called.
LOADED = (
    "terminal.app",
    "terminal.cli.door",
    "terminal.cli.importing",
    "terminal.cli.progress",
    "terminal.ledger.export",
    "terminal.ledger.verify",
    "pypinyin",
)


class Warm:
    """The process that forks; one command at a time."""

    def __init__(self, repository: pathlib.Path) -> None:
        """Start it in `repository`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=repository,
            # Whoever runs the tests may speak Chinese; a test that wants that says so.
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, words: tuple[object, ...], timeout_s: float, typed: str = "") -> tuple[int, str, str]:
        """Run `terminal WORDS`, type what it asks for, and return its exit code, what it said, and its errors."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            out, err, keys = (pathlib.Path(folder, name) for name in ("out", "err", "in"))
            keys.write_text(typed, encoding="utf-8")
            order = {"words": [str(word) for word in words], "in": str(keys), "out": str(out), "err": str(err)}
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            assert select.select([self._process.stdout], [], [], timeout_s)[0], f"{words} takes over {timeout_s:.0f} s"
            code = int(self._process.stdout.readline())
            # As text of a pipe is read: with the line ends of the system.
            return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@functools.cache
def warm(repository: pathlib.Path) -> Warm:
    """Return the one of this test run."""
    made = Warm(repository)
    atexit.register(made.close)
    return made


def _serve() -> None:
    for name in LOADED:
        importlib.import_module(name)
    # What is loaded by now is left out of each child's last collection of garbage, which is most of a short command.
    gc.freeze()
    orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for line in orders:
        order = json.loads(line)
        child = os.fork()
        if not child:
            # The end of this loop is the end of the child, by the way every program ends.
            _be_the_command(order)
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()


def _be_the_command(order: dict[str, Any]) -> None:
    from terminal.cli import main

    for number, path in enumerate((order["in"], order["out"], order["err"])):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["terminal", *order["words"]]
    sys.exit(main(order["words"]))


if __name__ == "__main__":
    _serve()
