"""The side file of an import: the lines that did not go in, in the columns of their file, to be mended and imported."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from terminal.rules.member_file import BadLine, Column, MemberFile
from terminal.rules.member_headers import SIDE_COLUMNS

Identity = tuple[str, str]
# It begins with a letter, so that no spreadsheet takes it for a number or a date.
_BESIDE = re.compile(r"m([0-9a-f]+)-([0-9a-f]{8})")


def beside_of(members: int, identity: Identity) -> str:
    """Return the note that `members`, as bits of those stored under `identity`, have lines of their own in the file."""
    return f"m{members:x}-{_mark(identity)}" if members else ""


def members_beside(note: str, identity: Identity) -> int:
    """Return the members a note tells of; none where it is damaged or was written for another identity."""
    found = _BESIDE.fullmatch(note)
    return int(found[1], 16) if found and found[2] == _mark(identity) else 0


def reasons(line: BadLine) -> str:
    """Return everything that is wrong with a line as one text."""
    return "; ".join(_reasons(line))


class SideFile:
    """Keeps the bad lines of one run and writes them at its end, for the owner's eyes only."""

    def __init__(self, path: Path, *, write: bool) -> None:
        """Write to `path`, or nothing at all where `write` is false."""
        self.path = path
        self._write = write
        self._columns: tuple[Column, ...] = ()
        self._delimiter = ","
        self._lines: list[BadLine] = []

    def begin(self, file: MemberFile) -> None:
        """Take the form of a file whose header was recognised, and remove what an earlier run set aside."""
        self._columns, self._delimiter = file.columns, file.delimiter
        if self._write:
            # It may be right by now, and it holds personal data.
            self.path.unlink(missing_ok=True)

    def keep(self, line: BadLine) -> None:
        """Set a line aside."""
        if self._write:
            self._lines.append(line)

    def write(self, beside: Callable[[BadLine], str]) -> None:
        """Write what was set aside, each line with the note `beside` gives; no file is made for no lines."""
        if not self._lines:
            return
        own = [place for place, column in enumerate(self._columns) if column.header in SIDE_COLUMNS]
        self.path.touch(mode=0o600)
        with self.path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file, delimiter=self._delimiter)
            headers = [column.header for column in self._columns]
            table.writerow([*SIDE_COLUMNS, *_without(headers, own)])
            for line in self._lines:
                table.writerow([line.line_no, reasons(line), beside(line), *_without(line.cells, own)])


def _without(cells: tuple[str, ...] | list[str], places: list[int]) -> Iterator[str]:
    return (cell for place, cell in enumerate(cells) if place not in places)


def _reasons(line: BadLine) -> Iterator[str]:
    for error in line.errors:
        yield f"{error.column} {error.value!r}: {error.sentence}" if error.column else error.sentence


def _mark(identity: Identity) -> str:
    return hashlib.sha256("\n".join(identity).encode()).hexdigest()[:8]
