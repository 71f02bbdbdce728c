"""Tills in processes of their own, forked from one program that has everything loaded, and worked over a connection."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.ids import new_id

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ANSWER_S = 90.0
POLL_S = 0.01


class TillKilled(Exception):  # noqa: N818 - it names what happened, which a test waits for
    """The till died before it answered."""


class TillRefused(Exception):  # noqa: N818 - the same
    """The till refused, with a stable code."""


def wait_until(ready: Callable[[], bool], what: str, timeout_s: float = ANSWER_S) -> None:
    """Return once `ready`; fail with `what` at the deadline."""
    deadline_s = time.monotonic() + timeout_s
    while not ready():
        assert time.monotonic() < deadline_s, f"waited {timeout_s:.0f} s for {what}"
        time.sleep(POLL_S)


class LiveTill:
    """A till in a process of its own, worked over a connection; every call raises `TillKilled` when it dies."""

    def __init__(self, socket_path: str) -> None:
        """Have a process forked for this till; `start` starts it."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(socket_path)
        self._lines = self._socket.makefile("rwb")
        self._life = os.pidfd_open(json.loads(self._lines.readline())["pid"])
        self.token = ""

    def call(self, verb: str, /, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        """Have something done and return the answer."""
        try:
            self._lines.write(json.dumps({"do": verb, **arguments}).encode() + b"\n")
            self._lines.flush()
            line = self._lines.readline()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise TillKilled from error
        if not line:
            raise TillKilled
        answer = json.loads(line)
        if "refused" in answer:
            raise TillRefused(answer["refused"])
        return answer["answer"]

    def desk(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Do what a page would, as the person signed in."""
        return self.call("desk", method=method, arguments=[self.token, *arguments])

    def kill(self) -> None:
        """Kill the process, if it still lives, and return when it is dead."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._life, signal.SIGKILL)
        # Not by the end of the connection: the kernel closes a dying process's files one by one, and the store's lock
        # may be among the last. The descriptor of the process is readable once all of it is gone (pidfd_open(2)).
        died, _, _ = select.select([self._life], [], [], ANSWER_S)
        assert died, "a killed till lives on"
        self._close()

    def _close(self) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._lines.close()
        self._socket.close()
        os.close(self._life)


class Program:
    """The program that tills are forked from, under the recorder."""

    def __init__(self, path: pathlib.Path, environment: Mapping[str, str]) -> None:
        """Start it with everything loaded, listening at `path`."""
        self._path = str(path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.acts", "--socket", self._path],
            cwd=REPOSITORY,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self._end()
            raise AssertionError("the program that tills are forked from did not start")

    def till(self) -> LiveTill:
        """Return a process for a till; nothing is started in it yet."""
        return LiveTill(self._path)

    def close(self) -> None:
        """End the program; its tills are the callers' to kill."""
        self._end()
        pathlib.Path(self._path).unlink()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def ids(count: int) -> list[str]:
    """Return fresh action ids."""
    return [new_id() for _ in range(count)]
