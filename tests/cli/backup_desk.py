"""A person at a terminal who makes recovery keys, backs a till up and restores it, as from a shell."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import pty
import re
import select
import subprocess
from collections.abc import Iterator

from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command

WAIT_S = 60.0
KEY = re.compile(r"^ {4}((?:[0-9A-Z]{5}  ){6}[0-9A-Z]{5})\r?$", re.MULTILINE)
WORD = re.compile(r"To go on, type (\w+): $")


class Screen:
    """A command that talks to a person over a terminal."""

    def __init__(self, *words: object, language: str = "en") -> None:
        """Start `terminal WORDS`; its three streams are one terminal."""
        self._own, theirs = pty.openpty()
        locale = {"LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            command(*words, "--language", language),
            cwd=REPOSITORY,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **locale},
        )
        os.close(theirs)
        self.seen = ""

    def until(self, words: str) -> str:
        """Return all that is on the screen once `words` are; fail when the command ends before."""
        while words not in self.seen:
            assert self._read(), self.seen
        return self.seen

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._own, f"{line}\n".encode())

    def end(self) -> int:
        """Return the exit code, with all that was said in `seen`."""
        while self._read():
            pass
        os.close(self._own)
        assert "Traceback" not in self.seen, self.seen
        return self.process.wait(WAIT_S)

    def _read(self) -> bool:
        assert select.select([self._own], [], [], WAIT_S)[0], f"nothing is said any more behind: {self.seen}"
        try:
            data = os.read(self._own, 4096)
        except OSError as error:
            # So Linux says that nobody has the other end any more (pty(7)).
            if error.errno != errno.EIO:
                raise
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)


@contextlib.contextmanager
def screen(*words: object, language: str = "en") -> Iterator[Screen]:
    """Give a command at a terminal, which is gone afterwards."""
    made = Screen(*words, language=language)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait()


def make_key(home: Home, *words: object) -> str:
    """Make a recovery key, with whatever else the command is told, and return its text."""
    with screen("backup", "--new-key", *words, "--config", home.config) as shown:
        found = KEY.search(shown.until("Type its last group: "))
        assert found, shown.seen
        shown.type(found[1].split()[-1])
        assert shown.end() == 0, shown.seen
    return found[1]


def restore(home: Home, source: pathlib.Path, key: str, *words: object, answer: str | None = None) -> Said:
    """Restore by typing the key and then the word that is asked for, or `answer`."""
    process = subprocess.Popen(
        command("restore", source, *words, "--config", home.config, "--language", "en"),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        if key:
            process.stdin.write(key + "\n")
            process.stdin.flush()
        said = ""
        while not (found := WORD.search(said)) and (letter := process.stdout.read(1)):
            said += letter
        out, err = process.communicate((answer or (found[1] if found else "")) + "\n", timeout=COMMAND_S)
    assert "Traceback" not in err, err
    return Said(process.returncode, said + out, err)
