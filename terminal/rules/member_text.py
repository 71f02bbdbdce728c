"""From the bytes of a member file to its records: encoding, line ends, quoted cells; flat in memory throughout."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from terminal.rules.member_headers import MemberFileRefused

PROBE_BYTES = 65_536
LINE_CHARS_MAX = 16_384
RECORD_LINES_MAX = 20  # a quoted remark may hold a few line breaks; a forgotten quote must not swallow the file
RECORD_CHARS_MAX = 65_536  # below the csv module's own limit of 131,072 for one cell
SHOWN_CHARS = 200  # what is kept of a line that is too long
REPLACEMENT = "\ufffd"
_MAGIC = {
    b"PK\x03\x04": "member_file_spreadsheet",  # .xlsx and .ods are ZIP archives
    b"\xd0\xcf\x11\xe0": "member_file_spreadsheet",  # .xls is an OLE compound file
}
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml")  # what many systems save under the name .xls
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Record(NamedTuple):
    """One record: the number of its first line, its text as it stood, and its cells.

    `fault` is empty, or `line_too_long` or `quote_open` where there are no cells.
    """

    line_no: int
    raw: str
    cells: list[str]
    fault: str = ""


class Text:
    """The text of a file, piece by piece, every line end a line feed; undecodable bytes come as U+FFFD.

    Without a given encoding it is found out: a byte order mark; else, from the first 64 KiB after the first byte that
    is not ASCII, UTF-8 where they mostly are valid UTF-8, and GB18030 where not. `encoding` is `ascii` until it is
    known. Iterating raises `MemberFileRefused` for an empty file and for one that is no text.
    """

    def __init__(self, chunks: Iterable[bytes], encoding: str = "") -> None:
        """Read `chunks` as `encoding`, or find the encoding out where that is empty."""
        self._chunks = chunks
        self._given = encoding
        self.encoding = encoding or "ascii"

    def __iter__(self) -> Iterator[str]:
        """Return the pieces; they may end anywhere."""
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        for piece in self._decoded():
            yield newlines.decode(piece)
        yield newlines.decode("", final=True)

    def _decoded(self) -> Iterator[str]:
        source = iter(self._chunks)
        head = _take(source, 1024)
        _check_text(head, self._given)
        chosen = next((name for mark, name in _MARKS.items() if head.startswith(mark)), self._given)
        pending = head
        while not chosen:
            if not pending.isascii():
                pending += _take(source, PROBE_BYTES)
                chosen = _guess(pending)
            else:
                yield pending.decode("ascii")
                pending = next(source, None) or b""
                if not pending:
                    return
        self.encoding = chosen.removesuffix("-sig")
        if chosen == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            chosen = "utf-16-le"  # what Windows programs write
        decoder = codecs.getincrementaldecoder(chosen)(errors="replace")
        yield decoder.decode(pending)
        for chunk in source:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def lines_of(pieces: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Return each line without its end, and whether it was too long and cut to its first `SHOWN_CHARS`."""
    rest, cutting = "", False
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            if not cutting:
                yield _bounded(line)
            cutting = False
        if cutting:
            rest = ""
        elif len(rest) > LINE_CHARS_MAX:
            yield _bounded(rest)
            rest, cutting = "", True
    if rest:
        yield _bounded(rest)


def records(lines: Iterable[tuple[str, bool]], delimiter: str, line_no: int = 0) -> Iterator[Record]:
    """Return the records of comma-separated text (RFC 4180, lenient about stray quotes), the first after `line_no`.

    A quote that is never closed costs its own line only: reading goes on behind that line.
    """
    source = _Source(lines, line_no)
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        first_no = source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _CutLine:
            yield Record(first_no, source.first_line(), [], "line_too_long")
        except (_OpenQuote, csv.Error):
            yield Record(first_no, source.first_line(), [], "quote_open")
        else:
            yield Record(first_no, source.raw(), cells)
            continue
        reader = csv.reader(source, delimiter=delimiter)


class _CutLine(Exception):  # noqa: N818 - stays inside this module
    """The line at hand was too long."""


class _OpenQuote(Exception):  # noqa: N818 - stays inside this module
    """A record grew beyond its limits, or the file ended inside a quoted cell."""


class _Source:
    """Lines for the csv module, which asks for another one while a quoted cell is open."""

    def __init__(self, lines: Iterable[tuple[str, bool]], line_no: int) -> None:
        self._lines = iter(lines)
        self._again: deque[tuple[str, bool]] = deque()
        self._record: list[str] = []
        self._chars = 0
        self._line_no = line_no

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        """Return the next line; raises where the record at hand must not grow."""
        item = self._again.popleft() if self._again else next(self._lines, None)
        if item is None:
            if self._record:
                raise _OpenQuote
            raise StopIteration
        line, cut = item
        self._line_no += 1
        self._record.append(line)
        self._chars += len(line)
        if cut and len(self._record) == 1:
            raise _CutLine
        if cut or len(self._record) > RECORD_LINES_MAX or self._chars > RECORD_CHARS_MAX:
            # The cut line is looked at again by itself, as every line behind the first.
            self._again.appendleft((self._record.pop(), cut))
            self._line_no -= 1
            raise _OpenQuote
        return line + "\n"

    def begin(self) -> int:
        """Start a record and return the number its first line will have."""
        self._record = []
        self._chars = 0
        return self._line_no + 1

    def raw(self) -> str:
        """Return the record's text."""
        return "\n".join(self._record)

    def first_line(self) -> str:
        """Return the record's first line and give the others back to be read again."""
        first, *others = self._record
        self._again.extendleft((line, False) for line in reversed(others))
        self._line_no -= len(others)
        return first


def _bounded(line: str) -> tuple[str, bool]:
    return (line[:SHOWN_CHARS], True) if len(line) > LINE_CHARS_MAX else (line, False)


def _take(source: Iterator[bytes], size_min: int) -> bytes:
    """Return the next chunks up to at least `size_min` bytes, or what is left."""
    taken, size = [], 0
    for chunk in source:
        taken.append(chunk)
        size += len(chunk)
        if size >= size_min:
            break
    return b"".join(taken)


def _check_text(head: bytes, given: str) -> None:
    """Refuse what is certainly no delimited text, by its first bytes."""
    if not head:
        raise MemberFileRefused("member_file_empty")
    for magic, code in _MAGIC.items():
        if head.startswith(magic):
            raise MemberFileRefused(code)
    if head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP):
        raise MemberFileRefused("member_file_markup")
    if b"\x00" in head and given != "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise MemberFileRefused("member_file_binary")


def _guess(sample: bytes) -> str:
    """Return `utf-8` where most foreign characters are valid in it, else `gb18030`.

    Not all must be: a few damaged characters shall not spoil the rest. Of Chinese in GB18030 about one character in
    seven looks like valid UTF-8.
    """
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(sample)
    damaged = text.count(REPLACEMENT)
    sound = sum(not character.isascii() for character in text) - damaged
    return "utf-8" if sound > damaged else "gb18030"
