"""The terminal a technician sits at: words out, lines in, and waiting for a device with a way out."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import TextIO

from tests.device_walk.watch import Watch

SEEN, SKIPPED, TIMED_OUT = "seen", "skipped", "timed out"
READ_BYTES_MAX = 4096
HELP = "   (s and Enter skips this question, q and Enter ends the walk)"


class WalkEnded(Exception):  # noqa: N818 - nothing went wrong: the technician left
    """The technician typed q, or the terminal is gone."""


class Console:
    """Reads lines from a descriptor and writes to a text file."""

    def __init__(self, lines: int, out: TextIO, watch: Watch) -> None:
        """Listen to `lines` and to the devices' events."""
        self._lines, self._out, self._watch = lines, out, watch
        self._typed = b""

    def say(self, words: str) -> None:
        """Show a line; what was typed before it was shown is no answer to it."""
        self._drop()
        self._out.write(words + "\n")
        self._out.flush()

    def ask(self, words: str) -> str:
        """Return what is typed, without blanks; raise `WalkEnded` at q."""
        self._drop()
        self._out.write(words + " ")
        self._out.flush()
        while (line := self._next_line()) is None:
            self._read()
        return _heeded(line)

    def yes(self, words: str) -> bool | None:
        """Return what the technician says to a question, None for a skipped one."""
        while True:
            answer = self.ask(f"{words} [y/n/s]").lower()
            if answer in {"y", "n", "s"}:
                return {"y": True, "n": False, "s": None}[answer]

    def until(self, condition: Callable[[], bool], timeout_s: float) -> str:
        """Wait for the devices: `seen` once the condition holds, `skipped` at s, `timed out` after the time."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._watch.clear()
            if condition():
                return SEEN
            while (line := self._next_line()) is not None:
                if _heeded(line).lower() == "s":
                    return SKIPPED
                self.say(HELP)
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return TIMED_OUT
            ready, _, _ = select.select([self._lines, self._watch.fileno()], [], [], left_s)
            if self._lines in ready:
                self._read()

    def _drop(self) -> None:
        while select.select([self._lines], [], [], 0)[0]:
            self._read()
        while (line := self._next_line()) is not None:
            _heeded(line)

    def _read(self) -> None:
        try:
            data = os.read(self._lines, READ_BYTES_MAX)
        except OSError:  # a terminal that was closed
            data = b""
        if not data:
            raise WalkEnded
        self._typed += data

    def _next_line(self) -> str | None:
        line, end, rest = self._typed.partition(b"\n")
        if not end:
            return None
        self._typed = rest
        return line.decode("utf-8", "replace")


def _heeded(line: str) -> str:
    words = line.strip()
    if words.lower() == "q":
        raise WalkEnded
    return words
