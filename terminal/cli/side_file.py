"""The side file of an import: the lines that did not go in, in the columns of their file, to be mended and imported."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from terminal.rules.import_words import phrase, wrong
from terminal.rules.member_file import BadLine, Column, MemberFile
from terminal.rules.member_headers import SIDE_COLUMNS
from terminal.rules.member_notes import OWN, Identity, mark_of, members_note, read_notes


def beside_of(members: int, identity: Identity) -> str:
    """Return the note that `members`, as bits of those stored under `identity`, have lines of their own in the file."""
    return members_note(OWN, members, mark_of(identity)) if members else ""


def members_beside(note: str, identity: Identity) -> int:
    """Return the members a note tells of; none where it is damaged or was written for another identity."""
    return read_notes(note).own.get(mark_of(identity), 0)


def reasons(line: BadLine, language: str = "en") -> str:
    """Return everything that is wrong with a line as one text."""
    return phrase("then", language).join(_reasons(line, language))


class SideFile:
    """Keeps the bad lines of one run and writes them at its end, for the owner's eyes only."""

    def __init__(self, path: Path, *, write: bool, language: str = "en") -> None:
        """Write to `path`, the reasons in a language, or nothing at all where `write` is false."""
        self.path = path
        self._language = language
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
                table.writerow([line.line_no, reasons(line, self._language), beside(line), *_without(line.cells, own)])


def _without(cells: tuple[str, ...] | list[str], places: list[int]) -> Iterator[str]:
    return (cell for place, cell in enumerate(cells) if place not in places)


def _reasons(line: BadLine, language: str) -> Iterator[str]:
    for error in line.errors:
        words = wrong(error.code, language)
        where = f"{error.column} {error.value!r}"
        yield phrase("because", language, words=where, why=words) if error.column else words
