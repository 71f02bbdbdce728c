"""Rules as they are stored: plain values for JSON, and the rules again from those."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from terminal.rules.setup.fields import Field, fields_of
from terminal.rules.setup.special import Form
from terminal.rules.when import Window

T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401 - what JSON holds
    """Return a rule as JSON holds it, without its version: tables for values of ours, ISO dates, sets in order."""
    if isinstance(value, Window):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields_of(type(value)).values()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def from_plain(kind: type[T], stored: dict[str, Any]) -> T:
    """Return the rule that `plain` made this of; what a later release added to `kind` has its default."""
    known = {each.name: each for each in fields_of(kind).values()}
    return kind(**{name: value_of(known[name], value) for name, value in stored.items() if name in known})


def value_of(field: Field, value: Any) -> Any:  # noqa: ANN401 - what JSON holds, and any value of a rule
    """Return the value of a field that `plain` made this of."""
    if value is None:
        return None
    if field.form is Form.LIST:
        return field.several(_part(field.part, field.inner, each) for each in value)
    if field.form is Form.PAIRS:
        return tuple((key, words) for key, words in value)
    return _part(field.form, field.inner, value)


def _part(form: Form, kind: type[object], value: Any) -> object:  # noqa: ANN401 - what JSON holds
    if form is Form.TABLE:
        return from_plain(kind, value)
    if form is Form.WINDOW:
        return _window(value)
    return dt.date.fromisoformat(value) if form is Form.DATE else value


def _window(value: dict[str, Any]) -> Window:
    first, last = (dt.date.fromisoformat(value[key]) if value[key] else None for key in ("first", "last"))
    return Window(first, last, frozenset(value["weekdays"]), value["from_minute"], value["to_minute"])
