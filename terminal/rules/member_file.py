"""The member file of a shop's old system: bytes in, one checked member or one explained bad line out at a time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from terminal.rules import member_values as values
from terminal.rules.member_headers import (
    BESIDE,
    DELIMITERS,
    FileMapping,
    MemberFileRefused,
    assign,
    looks_like_headers,
    meaning_of,
    parse_mapping,
)
from terminal.rules.member_text import LINE_CHARS_MAX, REPLACEMENT, Record, Text, lines_of, records
from terminal.rules.member_values import SENTENCES, BadValue, PassLine

__all__ = [
    "BadLine",
    "Column",
    "FileMapping",
    "LineError",
    "MemberFile",
    "MemberFileRefused",
    "MemberLine",
    "PassLine",
    "identity_key",
    "known_by",
    "parse_mapping",
    "read_members",
]

REMEMBERED_CELLS = 4096
HEADER_LINES_MAX = 20  # some systems write a title and a date above the header
_TOTALS = re.compile(
    r"(?:合计|合計|总计|總計|小计|小計|本页合计|汇总|彙總|共计|共計|total|sum)(?![a-z\u3400-\u9fff])", re.IGNORECASE
)
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=([,;\t|])", re.IGNORECASE)
_SUM_FIELDS = frozenset({"balance", "bonus", "total", "points", "passes"})
_IDENTITY_FIELDS = frozenset({"old_number", "phone", "cards"})
_ATTRIBUTES = {"balance": "principal_fen", "bonus": "bonus_fen"}  # the rest are called as their fields
_NO_MAPPING = FileMapping()


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member as the file tells it; texts are empty and amounts 0 where it says nothing.

    `cards` are normalised spellings, `birthday` is `1990-01-02` or `01-02`, `sex` is `m`, `f` or empty; `beside` is
    what an earlier import wrote beside a line it set aside. Personal data: none of it may be logged.
    """

    line_no: int
    name: str = ""
    phone: str = ""
    cards: tuple[str, ...] = ()
    level: str = ""
    principal_fen: int = 0
    bonus_fen: int = 0
    points: int = 0
    birthday: str = ""
    sex: str = ""
    remark: str = ""
    old_number: str = ""
    passes: tuple[PassLine, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class LineError:
    """One thing wrong with a line: the column's header (empty: the line as a whole), the cell, a code, its sentence."""

    column: str
    value: str
    code: str

    @property
    def sentence(self) -> str:
        """Return what is wrong and what would be right, in English."""
        return SENTENCES[self.code]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not taken over, with everything that is wrong with it.

    `raw` is its text and `cells` what stands in its columns, as it stood; `identity` is what it would be known by and
    `name` whose it is, as far as that can be read, and `beside` as in `MemberLine`.
    """

    line_no: int
    raw: str
    errors: tuple[LineError, ...]
    cells: tuple[str, ...] = ()
    identity: tuple[str, str] | None = None
    beside: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file and the field it is read as (empty: it is not read)."""

    header: str
    field: str


class MemberFile:
    """A member file whose header is understood.

    `columns` are all its columns, `delimiter` the sign between them; iterating gives the lines once, in order, one
    `MemberLine` or `BadLine` each; blank lines give nothing.
    """

    def __init__(self, chunks: Iterable[bytes], mapping: FileMapping = _NO_MAPPING) -> None:
        """Read up to the header; raises `MemberFileRefused` where the file cannot be used at all."""
        self._text = Text(chunks, mapping.encoding)
        lines = lines_of(self._text)
        head = list(itertools.islice(lines, HEADER_LINES_MAX))
        self.delimiter, header = _find_header(head, mapping)
        headers = [values.clean(cell) for cell in header.cells]
        fields = assign(headers, mapping.columns)
        self.columns = tuple(map(Column, headers, fields))
        self._header_no = header.line_no
        self._records = records(itertools.chain(head, lines), self.delimiter)

    @property
    def encoding(self) -> str:
        """Return the encoding as known so far: `ascii` until another character has come."""
        return self._text.encoding

    def __iter__(self) -> Iterator[MemberLine | BadLine]:
        """Return the members and bad lines behind the header."""
        read = _LineReader(self.columns, self.delimiter).read
        for record in self._records:
            if record.line_no > self._header_no:
                line = read(record)
                if line is not None:
                    yield line


def read_members(chunks: Iterable[bytes], mapping: FileMapping = _NO_MAPPING) -> Iterator[MemberLine | BadLine]:
    """Return the lines of a member file given in chunks of bytes; see `MemberFile`."""
    return iter(MemberFile(chunks, mapping))


def identity_key(line: MemberLine) -> tuple[str, str]:
    """Return what the line is known by when the file comes again."""
    return known_by(line.old_number, line.phone, line.cards) or ("", "")  # every line read from a file has one


def known_by(old_number: str, phone: str, cards: Sequence[str]) -> tuple[str, str] | None:
    """Return by what of these somebody is known, kind (`number`, `phone`, `card`) and text, or None for nothing."""
    if old_number:
        return "number", old_number
    if phone:
        return "phone", phone
    return ("card", cards[0]) if cards else None


class _LineReader:
    """Turns records into lines, column by column, gathering every error."""

    def __init__(self, columns: Sequence[Column], delimiter: str) -> None:
        parsers = _parsers()
        self._delimiter = delimiter
        self._read = [
            (place, column.header, _ATTRIBUTES.get(column.field, column.field), parsers[column.field])
            for place, column in enumerate(columns)
            if column.field
        ]
        self._identity_places = [place for place, column in enumerate(columns) if column.field in _IDENTITY_FIELDS]
        self._columns = len(columns)
        self._cells_min = max(
            (1 + place for place, column in enumerate(columns) if column.field in _SUM_FIELDS), default=0
        )

    def read(self, record: Record) -> MemberLine | BadLine | None:
        """Return the member or the bad line; None for a blank line."""
        if record.fault:
            # A line that could not be told apart into cells is cut at every separator, to be mended by hand.
            pieces = tuple(record.raw.split(self._delimiter))
            return BadLine(record.line_no, record.raw, (LineError("", "", record.fault),), pieces)
        cells = [cell and values.clean(cell) for cell in record.cells]
        filled = next(filter(None, cells), "")
        if not filled:
            return None
        if _TOTALS.match(filled):
            totals = LineError("", filled, "totals_row")
            return BadLine(record.line_no, record.raw, (totals,), tuple(record.cells))
        errors = self._shape_errors(record, cells)
        found = self._values(cells, errors)
        identity = known_by(found.get("old_number", ""), found.get("phone", ""), found.get("cards", ()))
        if identity is None and not self._identity_given(cells, errors):
            errors.append(LineError("", "", "no_identity"))
        if "total" in found and not errors:
            _settle_total(found, errors)
        if errors:
            whose = found.get(BESIDE, ""), found.get("name", "")
            return BadLine(record.line_no, record.raw, tuple(errors), tuple(record.cells), identity, *whose)
        return MemberLine(record.line_no, **found)

    def _identity_given(self, cells: Sequence[str], errors: Sequence[LineError]) -> bool:
        """Tell whether something stands where members are told apart; a cell that is wrong was told as such."""
        return bool(errors) and any(place < len(cells) and cells[place] for place in self._identity_places)

    def _values(self, cells: Sequence[str], errors: list[LineError]) -> dict[str, Any]:
        """Return what the cells say, by attribute of `MemberLine` (and `total`)."""
        found: dict[str, Any] = {}
        for place, header, attribute, parse in self._read:
            if place >= len(cells) or not cells[place]:
                continue
            try:
                value = parse(cells[place])
            except BadValue as bad:
                errors.append(LineError(header, cells[place], bad.code))
            else:
                found[attribute] = _joined(found[attribute], value) if attribute in found else value
        return found

    def _shape_errors(self, record: Record, cells: Sequence[str]) -> list[LineError]:
        errors = []
        if REPLACEMENT in record.raw:
            errors.append(LineError("", "", "undecodable"))
        if len(cells) > self._columns and any(cells[self._columns :]):
            errors.append(LineError("", "", "too_many_columns"))
        if len(cells) < self._cells_min:
            errors.append(LineError("", "", "too_few_columns"))
        return errors


def _parsers() -> dict[str, Callable[[str], Any]]:
    """Return the parser of each field; columns whose cells repeat remember what they have read, within limits."""
    remember = lru_cache(maxsize=REMEMBERED_CELLS)
    limits = values.TEXT_CHARS_MAX
    return {
        "name": partial(values.text, chars_max=limits["name"]),
        "phone": values.phone,
        "cards": values.cards,
        "level": remember(partial(values.text, chars_max=limits["level"])),
        "balance": remember(values.amount_fen),
        "bonus": remember(values.amount_fen),
        "total": remember(values.amount_fen),
        "points": remember(values.points),
        "birthday": remember(values.birthday),
        "sex": remember(values.sex),
        "remark": partial(values.text, chars_max=limits["remark"]),
        "old_number": partial(values.number_text, chars_max=limits["old_number"]),
        "passes": remember(values.passes),
        BESIDE: partial(values.text, chars_max=LINE_CHARS_MAX),
    }


def _settle_total(found: dict[str, Any], errors: list[LineError]) -> None:
    """Take the total balance out of `found`: it gives the principal where no column does, and must agree with it."""
    total, bonus_fen = found.pop("total"), found.get("bonus_fen", 0)
    principal_fen = found.setdefault("principal_fen", total - bonus_fen)
    if principal_fen < 0 or principal_fen + bonus_fen != total:
        errors.append(LineError("", "", "balance_sum"))


def _joined(earlier: Any, later: Any) -> Any:  # noqa: ANN401 - two columns of any one field
    """Return the contents of two columns of one field together."""
    if isinstance(earlier, tuple):
        return tuple(dict.fromkeys((*earlier, *later)))
    return f"{earlier} {later}"


def _find_header(head: Sequence[tuple[str, bool]], mapping: FileMapping) -> tuple[str, Record]:
    """Return the delimiter and the header line: the first that looks like one, under the delimiter that knows most.

    Spreadsheets may say the delimiter themselves in a first line `sep=;`.
    """
    said = _SEPARATOR_LINE.fullmatch(head[0][0]) if head else None
    delimiters = [mapping.delimiter] if mapping.delimiter else [said[1]] if said else DELIMITERS
    best: tuple[int, str, Record] | None = None
    for delimiter in delimiters:
        for record in records(head, delimiter):
            cells = [values.clean(cell) for cell in record.cells]
            if looks_like_headers(cells, mapping.columns):
                known = sum(cell in mapping.columns or bool(meaning_of(cell)) for cell in cells)
                if best is None or known > best[0]:
                    best = known, delimiter, record
                break
    if best is None:
        raise MemberFileRefused("member_file_no_header")
    return best[1], best[2]
