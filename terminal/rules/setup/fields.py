"""How a field of a rule is written: the one list that reading, storing and comparing go by.

A field's name and type say it all: `price_fen` is written `price`, an amount of yuan; `rate_bp` is written `rate`,
"88%" or "8.8折"; a set or a tuple is a list, a value of ours is a table, and a `Window` has words of its own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
import types
import typing
from collections.abc import Mapping
from enum import Enum

from terminal.base.money import format_yuan
from terminal.rules.when import Window

Several = tuple[typing.Any, ...] | frozenset[typing.Any]

_ZHE = re.compile(r"([0-9](?:\.[0-9]{1,3})?|10)\s*折")
_PERCENT = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,2}))?\s*[%％]")


class Form(Enum):
    """What stands in the file for a field."""

    AMOUNT = "amount"
    RATE = "rate"
    COUNT = "count"
    FLAG = "flag"
    TEXT = "text"
    DATE = "date"
    WINDOW = "window"
    TABLE = "table"
    LIST = "list"


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the value, its key in the file, its form, and what a list is of.

    `inner` is the class of a table, or of each table of a list (a list of plain texts or numbers has `str` or `int`);
    `several` makes a tuple or a frozenset of a list; `open` says that None is a value. `default` makes what stands for
    a key that is left out; without it the key is asked for.
    """

    name: str
    key: str
    form: Form
    inner: type = str
    several: type[Several] = tuple
    open: bool = False
    default: typing.Callable[[], object] | None = None


def fields_of(kind: type[object]) -> Mapping[str, Field]:
    """Return the fields of a dataclass by their keys in a file; raise `TypeError` for one that has no form."""
    return _fields_of(kind)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are


@functools.cache
def _fields_of(kind: type) -> Mapping[str, Field]:
    hints = typing.get_type_hints(kind)
    made = [_field(each, hints[each.name]) for each in dataclasses.fields(kind) if each.init]
    by_key = {field.key: field for field in made}
    if len(by_key) < len(made):
        raise TypeError(f"{kind.__name__}: two fields have one key")
    return types.MappingProxyType(by_key)


def _field(field: dataclasses.Field[object], hint: object) -> Field:
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    is_open = type(None) in typing.get_args(hint)
    bare = parts[0] if is_open else hint
    default = _default(field)
    name, form = field.name, _form(field.name, bare)
    inner: type = bare if isinstance(bare, type) else str
    several: type[Several] = tuple
    if form is Form.LIST:
        several = frozenset if typing.get_origin(bare) is frozenset else tuple
        inner = typing.get_args(bare)[0]
    key = name.removesuffix("_fen").removesuffix("_bp")
    return Field(name, key, form, inner, several, is_open, default)


def _default(field: dataclasses.Field[object]) -> typing.Callable[[], object] | None:
    if field.default is not dataclasses.MISSING:
        value = field.default
        return lambda: value
    return None if field.default_factory is dataclasses.MISSING else field.default_factory


def _form(name: str, hint: object) -> Form:
    if typing.get_origin(hint) in {tuple, frozenset}:
        return Form.LIST
    if hint is int:
        return Form.AMOUNT if name.endswith("_fen") else Form.RATE if name.endswith("_bp") else Form.COUNT
    plain = {str: Form.TEXT, bool: Form.FLAG, dt.date: Form.DATE, Window: Form.WINDOW}
    if isinstance(hint, type):
        if form := plain.get(hint):
            return form
        if dataclasses.is_dataclass(hint):
            return Form.TABLE
    raise TypeError(f"{name}: {hint} has no form in a file")


def parse_rate(text: str) -> int:
    """Return ten-thousandths of a rate as people write it (`88%`, `8.8折`); raise `ValueError` for anything else."""
    if found := _ZHE.fullmatch(text.strip()):
        whole, _, rest = found[1].partition(".")
        return int(whole) * 1_000 + int(rest.ljust(3, "0"))
    if found := _PERCENT.fullmatch(text.strip()):
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    raise ValueError(text)


def format_rate(rate_bp: int) -> str:
    """Return a rate as a percentage without needless digits: 8800 -> `88%`, 8850 -> `88.5%`."""
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def format_window(window: Window) -> str:
    """Return a window as a person reads it: dates, weekdays and hours, as far as they limit anything."""
    parts = []
    if window.first or window.last:
        parts.append(f"{window.first or ''}..{window.last or ''}")
    if len(window.weekdays) < 7:
        parts.append("weekdays " + ",".join(map(str, sorted(window.weekdays))))
    if (window.from_minute, window.to_minute) != (Window().from_minute, Window().to_minute):
        parts.append(f"{format_minute(window.from_minute)}-{format_minute(window.to_minute)}")
    return " ".join(parts) or "always"


def format_minute(minute: int) -> str:
    """Return a minute of the day as hours and minutes: 570 -> `09:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def shown(field: Field, value: object) -> str:
    """Return a value that is no table or list as the file would have it."""
    if value is None:
        return "-"
    if isinstance(value, Window):
        return format_window(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return {Form.AMOUNT: format_yuan, Form.RATE: format_rate}.get(field.form, str)(value)
    return str(value)
