"""Reading rules from a file's tables: every mistake is noted with its key, and a harmless value put in its place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from terminal.base.errors import Value
from terminal.base.money import FEN_MAX, parse_yuan
from terminal.rules.mistake import Mistake
from terminal.rules.rates import parse_rate
from terminal.rules.setup.fields import Field, fields_of
from terminal.rules.setup.special import NOTHING, Form, Special
from terminal.rules.when import DAY_MINUTES, WEEKDAYS, Window

LIST_MAX = 5_000
RATE_BP_MAX = 100_000
FOUND_CHARS_MAX = 60
WINDOW_KEYS = ("from", "to", "weekdays", "hours")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_CODES = {
    Form.AMOUNT: "setup_not_amount",
    Form.RATE: "setup_not_rate",
    Form.COUNT: "setup_not_count",
    Form.FLAG: "setup_not_flag",
    Form.DATE: "setup_not_date",
    Form.TEXT: "setup_not_text",
}

_LACKING = object()  # stands for what cannot be left out

T = TypeVar("T")


class Reader:
    """Reads values of ours out of tables and keeps what was wrong, in the file's order."""

    def __init__(self, *, stand_in: bool = False) -> None:
        """Begin without a mistake; with `stand_in` a wrong key counts as left out, so that the rest can be judged.

        `gaps` are lists of which a part is missing for its mistakes, so that places in them are not the file's.
        """
        self.mistakes: list[Mistake] = []
        self.gaps: set[str] = set()
        self._stand_in = stand_in
        self._tables: list[Mapping[str, object]] = []

    def table(self, kind: type[T], value: object, where: str) -> T | None:
        """Return the value of `kind` that a table describes, or None after noting what is wrong with it.

        Where wrong keys count as left out, None comes only for want of one that has to be there.
        """
        if not isinstance(value, dict):
            self.wrong(where, "setup_not_table")
            return None
        before = len(self.mistakes)
        known = fields_of(kind)
        self._tables.append(value)
        read = {each.name: self._field(each, value, _join(where, each.key)) for each in known.values()}
        self._tables.pop()
        self.unknown(value, known, where)
        if len(self.mistakes) == before or (self._stand_in and _LACKING not in read.values()):
            return kind(**read)
        return None

    def tables(self, kind: type[T], value: object, where: str) -> tuple[T, ...]:
        """Return the values of `kind` that a list of tables describes; those with a mistake are left out."""
        read = [self.table(kind, each, f"{where}[{place}]") for place, each in enumerate(self.parts(value, where))]
        if None in read:
            self.gaps.add(where)
        return tuple(each for each in read if each is not None)

    def value(self, each: Field, value: object, where: str) -> object:
        """Return the value of a field; None, or a list without it, after noting what is wrong."""
        if each.form is Form.TABLE:
            return self.table(each.inner, value, where)
        if each.form is Form.LIST:
            return self._list(each, value, where)
        if each.form is Form.WINDOW:
            return self._window(value, where)
        if each.form in {Form.COUNTS, Form.PAIRS}:
            return self._by_name(each.form, value, where)
        return self._plain(self._form(each), value, where, each.special)

    def unknown(self, table: Mapping[str, object], known: Mapping[str, object], where: str) -> None:
        """Note the keys of a table that nobody knows."""
        for key in table:
            if key not in known:
                self.wrong(_join(where, str(key)), "setup_unknown_key", known=", ".join(known))

    def wrong(self, key: str, code: str, **values: Value) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(key, code, values))

    def _field(self, each: Field, table: Mapping[str, object], where: str) -> object:
        before, lacking = len(self.mistakes), each.key not in table
        if lacking and each.default is None:
            self.wrong(where, "setup_missing")
        read = None if lacking else self.value(each, table[each.key], where)
        if lacking or (read is None and len(self.mistakes) > before):
            return each.default() if each.default is not None else _LACKING
        return read

    def _form(self, each: Field) -> Form:
        """Return the form of a plain field, as another key of its table or of one around it decides."""
        if (unit := each.special.unit) is None:
            return each.form
        tables = self._tables[:-1] if each.key == unit.key else self._tables
        return unit.form(next((table[unit.key] for table in reversed(tables) if unit.key in table), None))

    def parts(self, value: object, where: str) -> Sequence[object]:
        """Return what a list holds; nothing after noting that it is none."""
        if isinstance(value, list) and len(value) <= LIST_MAX:
            return value
        self.wrong(where, "setup_not_list", most=LIST_MAX)
        return ()

    def _list(self, each: Field, value: object, where: str) -> object:
        if each.part is Form.TABLE:
            return each.several(self.tables(each.inner, value, where))
        parts = [(part, f"{where}[{place}]") for place, part in enumerate(self.parts(value, where))]
        before = len(self.mistakes)
        if each.exactly and len(parts) != each.exactly:
            self.wrong(where, "setup_not_so_many", number=each.exactly)
        if each.part is Form.WINDOW:
            read: list[object] = [self._window(part, place) for part, place in parts]
        else:
            read = [self._plain(each.part, part, place) for part, place in parts]
        return each.several(read) if len(self.mistakes) == before else None

    def _by_name(self, form: Form, value: object, where: str) -> object:
        """Read a table of any keys: counts by them, or words."""
        if not isinstance(value, dict):
            self.wrong(where, "setup_not_table")
            return None
        part, before = (Form.COUNT if form is Form.COUNTS else Form.TEXT), len(self.mistakes)
        read = {str(key): self._plain(part, each, _join(where, str(key))) for key, each in value.items()}
        if len(self.mistakes) > before:
            return None
        return read if form is Form.COUNTS else tuple(read.items())

    def _plain(self, form: Form, value: object, where: str, special: Special = NOTHING) -> object:
        if form is Form.FLAG and isinstance(value, bool):
            return value
        if form is Form.DATE and type(value) is dt.date:
            return value
        if form is Form.COUNT and type(value) is int and special.least <= value <= special.most:
            return value
        if isinstance(value, str):
            try:
                return _from_text(form, value, special)
            except ValueError:
                pass
        most = special.chars if form is Form.TEXT else special.most
        self.wrong(where, _CODES[form], found=_shown(value), least=special.least, most=most)
        return None

    def _window(self, value: object, where: str) -> Window | None:
        """Read `{from = 2026-12-01, to = 2026-12-31, weekdays = [1, 2], hours = "10:00-14:00"}`, all as one likes."""
        if not isinstance(value, dict):
            self.wrong(where, "setup_not_table")
            return None
        before = len(self.mistakes)
        self.unknown(value, dict.fromkeys(WINDOW_KEYS), where)
        days = {key: self._plain(Form.DATE, value[key], _join(where, key)) for key in ("from", "to") if key in value}
        weekdays = self._weekdays(value.get("weekdays", sorted(WEEKDAYS)), _join(where, "weekdays"))
        hours = self._hours(value.get("hours", "00:00-24:00"), _join(where, "hours"))
        first, last = (cast("dt.date | None", days.get(key)) for key in ("from", "to"))
        if first and last and last < first:
            self.wrong(_join(where, "to"), "setup_ends_first")
        return Window(first, last, weekdays, *hours) if len(self.mistakes) == before else None

    def _weekdays(self, value: object, where: str) -> frozenset[int]:
        if isinstance(value, list) and value and all(type(each) is int and each in WEEKDAYS for each in value):
            return frozenset(value)
        self.wrong(where, "setup_not_weekdays")
        return WEEKDAYS

    def _hours(self, value: object, where: str) -> tuple[int, int]:
        found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
        if found:
            numbers = [int(each) for each in found.groups()]
            begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
            if max(numbers[1], numbers[3]) < 60 and begin < DAY_MINUTES and end <= DAY_MINUTES and begin != end:
                return begin, end
        self.wrong(where, "setup_not_hours")
        return 0, DAY_MINUTES


def _from_text(form: Form, text: str, special: Special) -> object:
    """Return what a text says; raise `ValueError` where it says no such thing."""
    if form is Form.AMOUNT:
        fen = parse_yuan(text)
        if not 0 <= fen <= FEN_MAX:
            raise ValueError(text)
        return fen
    if form is Form.RATE:
        rate_bp = parse_rate(text)
        if rate_bp > RATE_BP_MAX:
            raise ValueError(text)
        return rate_bp
    if form is Form.DATE:  # as JSON has it
        day = dt.date.fromisoformat(text)
        if day.isoformat() != text:
            raise ValueError(text)
        return day
    lines = text.strip().splitlines() if special.lines else [text.strip()]
    if form is Form.TEXT and len(text.strip()) <= special.chars and all(line.isprintable() for line in lines):
        return "\n".join(lines)
    raise ValueError(text)


def _shown(value: object) -> str:
    return repr(value)[:FOUND_CHARS_MAX]


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
