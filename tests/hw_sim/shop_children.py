"""The programs a launcher starts: each in a group of its own, with a log, and gone when the launcher is gone."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

READY_WORD = "ready "
READY_TIMEOUT_S = 30.0
END_TIMEOUT_S = 8.0
POLL_S = 0.02
TAIL_LINES = 12
# prctl(2): the signal the kernel sends to a process when the one that started it dies, however that died.
PR_SET_PDEATHSIG = 1


class ShopError(Exception):
    """Something the person at the launcher must know, in one sentence, perhaps with the tail of a log."""


class ClosedByPerson(Exception):  # noqa: N818 - said of the ending everybody wants
    """Ctrl-C, SIGTERM or SIGHUP arrived."""


class ClosingTime:
    """Whether a person asked the launcher to end; looked at between steps.

    Raising from the signal handler instead would break into whatever runs, for example into the standard library
    while it holds the lock under which it waits for a child.
    """

    def __init__(self) -> None:
        """Not yet."""
        self._come = False

    def heed(self, *numbers: signal.Signals) -> None:
        """Take these signals as the wish to end."""
        for number in numbers:
            signal.signal(number, self._note)

    def check(self) -> None:
        """Raise `ClosedByPerson` when it is time."""
        if self._come:
            raise ClosedByPerson

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._come = True


@dataclass(frozen=True, slots=True)
class Program:
    """What to start: a name for people and the log file, the command, and what to add to the environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Child:
    """One running program, whose output goes to its log."""

    def __init__(self, program: Program, log: pathlib.Path, folder: pathlib.Path) -> None:
        """Start `program` in `folder` with a fresh `log`; the one of the start before is kept beside it."""
        self.name = program.name
        self.log = log
        if log.exists():
            log.replace(log.with_name(log.name + ".1"))
        log.touch(mode=0o600)
        launcher_pid = os.getpid()
        libc = ctypes.CDLL(None, use_errno=True)

        def tie_to_launcher() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != launcher_pid:
                os._exit(1)

        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(program.command),
                cwd=folder,
                env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=tie_to_launcher,  # noqa: PLW1509 - the launcher has one thread
            )

    @property
    def pid(self) -> int:
        """The program's process id, which is its group's too."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.poll()

    def wait_ready(self, closing: ClosingTime) -> dict[str, Any]:
        """Return what the program said after `ready`; `ShopError` when it ends first or takes over 30 s."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            closing.check()
            code = self.exit_code()
            for line in self._output().splitlines(keepends=True):
                if line.startswith(READY_WORD) and line.endswith("\n"):
                    said: dict[str, Any] = json.loads(line[len(READY_WORD) :])
                    return said
            if code is not None:
                raise ShopError(self.obituary(code))
            if time.monotonic() > deadline:
                raise ShopError(f"{self.name} was not ready after {READY_TIMEOUT_S:.0f} s.\n{self._tail()}")
            time.sleep(POLL_S)

    def wait_end(self, closing: ClosingTime, timeout_s: float) -> tuple[int, str]:
        """Return the exit code and all it wrote; `ShopError` when it takes longer."""
        deadline = time.monotonic() + timeout_s
        while (code := self.exit_code()) is None:
            closing.check()
            if time.monotonic() > deadline:
                raise ShopError(f"{self.name} took over {timeout_s:.0f} s.\n{self._tail()}")
            time.sleep(POLL_S)
        return code, self._output()

    def obituary(self, code: int) -> str:
        """One sentence on how it ended by itself, and the tail of its log."""
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"{self.name} ended by itself ({how}). The last lines of {self.log}:\n{self._tail()}"

    def end(self) -> None:
        """Ask the program and all it started to end, then make sure; safe to call twice."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        # The group outlives its leader while it has members, so a grandchild left behind is reached too.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _output(self) -> str:
        return self.log.read_bytes().decode("utf-8", "replace")

    def _tail(self) -> str:
        lines = self._output().splitlines()[-TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"


class Household:
    """All children of one launcher, ended in reverse order."""

    def __init__(self, logs: pathlib.Path, folder: pathlib.Path, closing: ClosingTime) -> None:
        """Keep logs in `logs`, run programs in `folder`, and stop waiting for any of them at `closing` time."""
        self._logs = logs
        self._closing = closing
        self._folder = folder
        self._children: list[Child] = []

    def start(self, program: Program) -> dict[str, Any]:
        """Start a program and return what it said when it was ready."""
        return self.await_ready(self.begin(program))

    def begin(self, program: Program) -> Child:
        """Start a program and wait for nothing, so that several can get ready side by side."""
        child = Child(program, self._logs / f"{program.name}.log", self._folder)
        self._children.append(child)
        return child

    def await_ready(self, child: Child) -> dict[str, Any]:
        """Return what a program said when it was ready."""
        try:
            return child.wait_ready(self._closing)
        except ShopError:
            # It is no member of the household any more, so that another try may follow.
            self._children.remove(child)
            child.end()
            raise

    def run(self, program: Program, timeout_s: float) -> tuple[int, str]:
        """Run a program to its end and return its exit code and what it wrote, of which no log is kept."""
        child = Child(program, self._logs / f"{program.name}.log", self._folder)
        try:
            return child.wait_end(self._closing, timeout_s)
        finally:
            child.end()
            child.log.unlink()

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {child.name: child.pid for child in self._children}

    def check(self) -> None:
        """Raise `ShopError` when a child has ended by itself, `ClosedByPerson` when it is time."""
        self._closing.check()
        for child in self._children:
            code = child.exit_code()
            if code is not None:
                raise ShopError(child.obituary(code))

    def end(self) -> None:
        """End every child, the last started first."""
        while self._children:
            self._children.pop().end()
