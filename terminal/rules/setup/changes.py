"""What a new set-up changes, line by line, for a person to read before it takes effect."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from terminal.rules.setup.fields import Form, fields_of, shown

NAMING = ("id", "code", "name", "level")


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One line: the place (`promotions[spring].rate`), and what stood there and will stand there; empty: nothing."""

    place: str
    before: str
    after: str


def changes(before: object, after: object, place: str = "") -> Iterator[Change]:
    """Yield what differs between two rules of the same class, in the order of its fields."""
    for key, field in fields_of(type(after)).items():
        old, new, where = getattr(before, field.name), getattr(after, field.name), f"{place}.{key}" if place else key
        if old == new:
            continue
        if field.form is Form.TABLE:
            yield from changes(old, new, where)
        elif field.form is Form.LIST and field.inner not in {str, int}:
            yield from _of_list(old, new, where)
        elif field.form is Form.LIST:
            yield Change(where, _joined(old), _joined(new))
        else:
            yield Change(where, shown(field, old), shown(field, new))


def summary(value: object) -> str:
    """Return the fields of a rule that differ from what would stand there anyway, in one line."""
    parts = []
    for key, field in fields_of(type(value)).items():
        has = getattr(value, field.name)
        if field.default is not None and has == field.default():
            continue
        if field.form is Form.TABLE:
            parts.append(f"{key} {{{summary(has)}}}")
        elif field.form is Form.LIST:
            parts.append(f"{key} [{_joined(has)}]")
        else:
            parts.append(f"{key} {shown(field, has)}")
    return ", ".join(parts)


def _of_list(before: Sequence[object], after: Sequence[object], place: str) -> Iterator[Change]:
    """Match what bears a name by it, and the rest by its place."""
    old, new = _named(before), _named(after)
    for name in [*old, *(each for each in new if each not in old)]:
        where = f"{place}[{name}]"
        if name not in new:
            yield Change(where, summary(old[name]), "")
        elif name not in old:
            yield Change(where, "", summary(new[name]))
        elif old[name] != new[name]:
            yield from changes(old[name], new[name], where)


def _named(values: Sequence[object]) -> Mapping[str, object]:
    """Return the values by what names them, several of one name with a count, or by their place."""
    named: dict[str, object] = {}
    for place, value in enumerate(values):
        name = next((str(getattr(value, key)) for key in NAMING if hasattr(value, key)), str(place))
        named[name if name not in named else f"{name}#{place}"] = value
    return named


def _joined(values: frozenset[object] | tuple[object, ...]) -> str:
    ordered = sorted(values, key=str) if isinstance(values, frozenset) else values
    return ", ".join(summary(each) if dataclasses.is_dataclass(each) else str(each) for each in ordered)
