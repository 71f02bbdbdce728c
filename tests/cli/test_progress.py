"""The progress bar on a terminal: drawn while something goes on, and gone when it is done."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import sys
from collections.abc import Iterator

from terminal.cli.progress import Progress

WAIT_S = 20.0


class Screen:
    """A terminal: what is written to it, and what stands on its one line."""

    def __init__(self, master: int) -> None:
        self._master = master

    def written(self) -> str:
        """Return what was written since it was read last; fail where that is nothing."""
        assert select.select([self._master], [], [], WAIT_S)[0], "nothing was written"
        return os.read(self._master, 1 << 16).decode()

    def line(self) -> str:
        """Return what is seen by now."""
        shown = ""
        for part in self.written().split("\r"):
            text, erased, rest = part.partition("\x1b[K")
            shown = text + rest if erased else text + shown[len(text) :]
        return shown


@contextlib.contextmanager
def a_screen() -> Iterator[Screen]:
    """Have standard error go to a terminal."""
    master, slave = pty.openpty()
    try:
        with os.fdopen(slave, "w", encoding="utf-8") as terminal, contextlib.redirect_stderr(terminal):
            yield Screen(master)
    finally:
        os.close(master)


def test_the_bar_is_there_while_something_goes_on_and_gone_when_it_is_done() -> None:
    with a_screen() as screen:
        with Progress("entries") as progress:
            progress.show(1_000, 1_000)
            assert "100% 1,000/1,000 entries" in screen.line()
        assert screen.line() == ""


def test_a_shorter_line_leaves_nothing_of_a_longer_one() -> None:
    with (
        a_screen() as screen,
        Progress("bytes", lambda left_s: "a long time yet" if left_s else "done") as progress,
    ):
        progress.show(500, 1_000)
        progress.show(1_000, 1_000)
        assert screen.line().endswith("1,000/1,000 bytes, done ")


def test_what_fails_takes_its_bar_away_too() -> None:
    with a_screen() as screen:
        with contextlib.suppress(LookupError), Progress("entries") as progress:
            progress.show(10, 10)
            raise LookupError
        assert screen.line() == ""


def test_what_never_drew_a_bar_writes_nothing() -> None:
    with a_screen() as screen:
        with Progress("entries"):
            pass
        sys.stderr.write("the first")
        sys.stderr.flush()
        assert screen.written() == "the first"
