"""Programs that are started to be measured: each says `ready` on its standard output, and is ended with the bench."""

from __future__ import annotations

import json
import pathlib
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
READY_WORD = "ready "
END_TIMEOUT_S = 10.0


class BenchError(Exception):
    """What a person at the bench must know, in one sentence."""


class Running:
    """One running program; `ready_s` is what it took from its start to its `ready` line."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: pathlib.Path) -> None:
        """Start it and wait until it is ready; raise `BenchError` with its last words when it ends instead."""
        began_s = time.perf_counter()
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                list(command),
                cwd=REPOSITORY,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None, "it was asked for"
        # A program that hangs before it is ready hangs the bench, where a person sits and sees it.
        for line in self._process.stdout:
            if line.startswith(READY_WORD):
                break
        else:
            code = self._process.wait()
            words = log.read_text(encoding="utf-8", errors="replace")[-600:]
            raise BenchError(f"{' '.join(command[1:4])} ended with code {code} before it was ready: {words}")
        self.ready_s = time.perf_counter() - began_s

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def end(self) -> None:
        """Ask it to end, then make sure; safe to call twice."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        assert self._process.stdout is not None, "it was asked for"
        self._process.stdout.close()


def report_of(command: Sequence[str], environment: Mapping[str, str], timeout_s: float) -> dict[str, Any]:
    """Run a program to its end and return the JSON of its last line; raise `BenchError` with its last words."""
    done = subprocess.run(
        list(command),
        cwd=REPOSITORY,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise BenchError(f"{' '.join(command[1:4])} ended with code {done.returncode}: {done.stderr[-600:]}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report
