"""Reading rules from a file's tables: every mistake is noted with its key, and a harmless value put in its place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from terminal.base.errors import Value
from terminal.base.money import FEN_MAX, parse_yuan
from terminal.rules.setup.fields import Field, Form, fields_of, parse_rate
from terminal.rules.when import DAY_MINUTES, WEEKDAYS, Window

TEXT_CHARS_MAX = 60
LIST_MAX = 5_000
COUNT_MAX = 1_000_000
RATE_BP_MAX = 100_000
WINDOW_KEYS = ("from", "to", "weekdays", "hours")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: the key it is at (`promotions[2].rate`), a code that has words, and what they are filled with."""

    key: str
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


class Reader:
    """Reads values of ours out of tables and keeps what was wrong, in the file's order."""

    def __init__(self) -> None:
        """Begin without a mistake."""
        self.mistakes: list[Mistake] = []

    def table(self, kind: type[T], value: object, where: str) -> T | None:
        """Return the value of `kind` that a table describes, or None after noting what is wrong with it."""
        if not isinstance(value, dict):
            self.wrong(where, "setup_not_table")
            return None
        before = len(self.mistakes)
        known = fields_of(kind)
        read = {each.name: self._field(each, value, _join(where, each.key)) for each in known.values()}
        for key in value:
            if key not in known:
                self.wrong(_join(where, str(key)), "setup_unknown_key", known=", ".join(known))
        return kind(**read) if len(self.mistakes) == before else None

    def tables(self, kind: type[T], value: object, where: str) -> tuple[T, ...]:
        """Return the values of `kind` that a list of tables describes; those with a mistake are left out."""
        if not isinstance(value, list) or len(value) > LIST_MAX:
            self.wrong(where, "setup_not_list", most=LIST_MAX)
            return ()
        read = (self.table(kind, each, f"{where}[{place}]") for place, each in enumerate(value))
        return tuple(each for each in read if each is not None)

    def wrong(self, key: str, code: str, **values: Value) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(key, code, values))

    def _field(self, each: Field, table: Mapping[str, object], where: str) -> object:
        if each.key not in table:
            if each.default is not None:
                return each.default()
            self.wrong(where, "setup_missing")
            return None
        return self._value(each, table[each.key], where)

    def _value(self, each: Field, value: object, where: str) -> object:
        if each.form is Form.TABLE:
            return self.table(each.inner, value, where)
        if each.form is Form.LIST:
            return self._list(each, value, where)
        if each.form is Form.WINDOW:
            return self._window(value, where)
        return self._plain(each.form, value, where)

    def _list(self, each: Field, value: object, where: str) -> object:
        if each.inner not in {str, int}:
            return each.several(self.tables(each.inner, value, where))
        if not isinstance(value, list) or len(value) > LIST_MAX:
            self.wrong(where, "setup_not_list", most=LIST_MAX)
            return each.several()
        form = Form.TEXT if each.inner is str else Form.COUNT
        return each.several(self._plain(form, part, f"{where}[{place}]") for place, part in enumerate(value))

    def _plain(self, form: Form, value: object, where: str) -> object:
        if form is Form.FLAG and isinstance(value, bool):
            return value
        if form is Form.DATE and type(value) is dt.date:
            return value
        if form is Form.COUNT and type(value) is int and 0 <= value <= COUNT_MAX:
            return value
        if isinstance(value, str):
            try:
                return _from_text(form, value)
            except ValueError:
                pass
        codes = {Form.AMOUNT: "setup_not_amount", Form.RATE: "setup_not_rate", Form.COUNT: "setup_not_count"}
        codes |= {Form.FLAG: "setup_not_flag", Form.DATE: "setup_not_date", Form.TEXT: "setup_not_text"}
        most = {Form.COUNT: COUNT_MAX, Form.TEXT: TEXT_CHARS_MAX}.get(form, 0)
        self.wrong(where, codes[form], most=most)
        return None

    def _window(self, value: object, where: str) -> Window | None:
        """Read `{from = 2026-12-01, to = 2026-12-31, weekdays = [1, 2], hours = "10:00-14:00"}`, all as one likes."""
        if not isinstance(value, dict):
            self.wrong(where, "setup_not_table")
            return None
        before = len(self.mistakes)
        for key in value:
            if key not in WINDOW_KEYS:
                self.wrong(_join(where, str(key)), "setup_unknown_key", known=", ".join(WINDOW_KEYS))
        days = {key: self._plain(Form.DATE, value[key], _join(where, key)) for key in ("from", "to") if key in value}
        weekdays = self._weekdays(value.get("weekdays", sorted(WEEKDAYS)), _join(where, "weekdays"))
        hours = self._hours(value.get("hours", "00:00-24:00"), _join(where, "hours"))
        first, last = (cast("dt.date | None", days.get(key)) for key in ("from", "to"))
        if first and last and last < first:
            self.wrong(_join(where, "to"), "setup_window_ends_first")
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


def _from_text(form: Form, text: str) -> object:
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
    if form is Form.TEXT and len(text.strip()) <= TEXT_CHARS_MAX and text.isprintable():
        return text.strip()
    raise ValueError(text)


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
