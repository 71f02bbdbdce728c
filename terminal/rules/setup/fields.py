"""How a field of a rule is written: the one list that reading, storing and comparing go by.

A field's name and type say it all: `price_fen` is written `price`, an amount of yuan; `rate_bp` is written `rate`,
"88%" or "8.8折"; a set or a tuple is a list, a value of ours is a table, and a `Window` has words of its own. What they
do not say stands in `special`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Mapping, Sequence

from terminal.base.money import format_yuan
from terminal.rules.rates import format_rate
from terminal.rules.setup.special import NOTHING, SPECIAL, Form, Special
from terminal.rules.when import Window

Several = tuple[typing.Any, ...] | frozenset[typing.Any]
_PLAIN = types.MappingProxyType(
    {str: Form.TEXT, bool: Form.FLAG, dt.date: Form.DATE, Window: Form.WINDOW},
)
VERSION = "version"  # given by the store when a rule changes, and written in no file


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the value, its key in the file, its form, and what a list is of.

    `inner` is the class of a table, or of each table of a list; `part` the form of what a list holds, `several` makes a
    tuple or a frozenset of it, and `exactly` is how many there must be (0: any number). `open` says that None is a
    value. `default` makes what stands for a key that is left out; without it the key is asked for.
    """

    name: str
    key: str
    form: Form
    inner: type = str
    part: Form = Form.TEXT
    several: type[Several] = tuple
    exactly: int = 0
    open: bool = False
    default: typing.Callable[[], object] | None = None
    special: Special = NOTHING


def fields_of(kind: type[object]) -> Mapping[str, Field]:
    """Return the fields of a dataclass by their keys in a file; raise `TypeError` for one that has no form."""
    return _fields_of(kind)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are


@functools.cache
def _fields_of(kind: type) -> Mapping[str, Field]:
    hints = typing.get_type_hints(kind)
    written = [each for each in dataclasses.fields(kind) if each.init and each.compare and each.name != VERSION]
    made = [_field(each, hints[each.name], SPECIAL.get((kind, each.name), NOTHING)) for each in written]
    by_key = {field.key: field for field in made}
    if len(by_key) < len(made):
        raise TypeError(f"{kind.__name__}: two fields have one key")
    return types.MappingProxyType(by_key)


def _field(field: dataclasses.Field[object], hint: object, special: Special) -> Field:
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    is_open = type(None) in typing.get_args(hint)
    bare = parts[0] if is_open else hint
    form = _form(field.name, bare)
    several: type[Several] = frozenset if typing.get_origin(bare) is frozenset else tuple
    inner: type = str
    part, exactly = Form.TEXT, 0
    if form is Form.LIST:
        found = typing.get_args(bare)
        inner, part = found[0], _form(field.name, found[0])
        exactly = 0 if several is frozenset or found[-1] is Ellipsis else len(found)
    elif isinstance(bare, type):
        inner = bare
    key = special.key or key_of(field.name)
    return Field(field.name, key, form, inner, part, several, exactly, is_open, _default(field), special)


def key_of(name: str) -> str:
    """Return the key in a file of a field that is not special: its name without its unit."""
    return name.removesuffix("_fen").removesuffix("_bp")


def _default(field: dataclasses.Field[object]) -> typing.Callable[[], object] | None:
    if field.default is not dataclasses.MISSING:
        value = field.default
        return lambda: value
    return None if field.default_factory is dataclasses.MISSING else field.default_factory


def _form(name: str, hint: object) -> Form:
    if hint == tuple[tuple[str, str], ...]:
        return Form.PAIRS
    if hint == Mapping[str, int]:
        return Form.COUNTS
    if typing.get_origin(hint) in {tuple, frozenset}:
        return Form.LIST
    if hint is int:
        return Form.AMOUNT if name.endswith("_fen") else Form.RATE if name.endswith("_bp") else Form.COUNT
    if isinstance(hint, type):
        if form := _PLAIN.get(hint):
            return form
        if dataclasses.is_dataclass(hint):
            return Form.TABLE
    raise TypeError(f"{name}: {hint} has no form in a file")


def form_among(field: Field, owners: Sequence[object]) -> Form:
    """Return the form of a field of the last of these values, each of which is a part of the one before it."""
    if (unit := field.special.unit) is None:
        return field.form
    around = owners[:-1] if field.key == unit.key else owners
    values = (getattr(owner, unit.key) for owner in reversed(around) if hasattr(owner, unit.key))
    return unit.form(next(values, None))


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


def shown(form: Form, value: object) -> str:
    """Return a value that is no table or list as the file would have it."""
    if value is None:
        return "-"
    if isinstance(value, Window | bool):
        return format_window(value) if isinstance(value, Window) else str(value).lower()
    if isinstance(value, int):
        return {Form.AMOUNT: format_yuan, Form.RATE: format_rate}.get(form, str)(value)
    if isinstance(value, Mapping):
        value = tuple(value.items())
    if isinstance(value, tuple):
        return ", ".join(f"{key} {words}" for key, words in value)
    return " ".join(str(value).split())
