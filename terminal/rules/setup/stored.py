"""Rules as they are stored: plain values for JSON, and the rules again from those."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, TypeVar

from terminal.rules.setup.fields import Field, Form, fields_of
from terminal.rules.when import Window

T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401 - what JSON holds
    """Return a rule as JSON holds it: tables for values of ours, ISO dates, sets in order."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value) if each.init}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def from_plain(kind: type[T], stored: dict[str, Any]) -> T:
    """Return the rule that `plain` made this of; what a later release added to `kind` has its default."""
    known = {each.name: each for each in fields_of(kind).values()}
    return kind(**{name: _value(known[name], value) for name, value in stored.items() if name in known})


def _value(field: Field, value: Any) -> object:  # noqa: ANN401 - what JSON holds
    if value is None:
        return None
    if field.form is Form.TABLE:
        return from_plain(field.inner, value)
    if field.form is Form.WINDOW:
        return _window(value)
    if field.form is Form.DATE:
        return dt.date.fromisoformat(value)
    if field.form is Form.LIST:
        inner = field.inner
        return field.several(value if inner in {str, int} else [from_plain(inner, each) for each in value])
    return value


def _window(value: dict[str, Any]) -> Window:
    first, last = (dt.date.fromisoformat(value[key]) if value[key] else None for key in ("first", "last"))
    return Window(first, last, frozenset(value["weekdays"]), value["from_minute"], value["to_minute"])
