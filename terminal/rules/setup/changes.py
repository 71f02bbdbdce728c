"""What a new set-up changes, line by line, for a person to read before it takes effect."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from terminal.rules.setup.fields import Field, fields_of, form_among, shown
from terminal.rules.setup.special import Form

NAMING = ("id", "code", "name", "level", "action", "key")


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One line: the place (`promotions[spring].rate`), and what stood there and will stand there; empty: nothing."""

    place: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Lists:
    """Two lists to compare, and the values each is a part of, the outermost first."""

    before: Sequence[object]
    old: object
    after: Sequence[object]
    new: object


def changes(before: object, after: object, place: str = "") -> Iterator[Change]:
    """Yield what differs between two rules of the same class, in the order of its fields."""
    yield from _of_table((before,), (after,), place)


def summary(value: object, above: Sequence[object] = ()) -> str:
    """Return the fields of a rule that differ from what would stand there anyway, in one line.

    `above` are the rules it is a part of, the outermost first.
    """
    owners, parts = (*above, value), []
    for key, field in fields_of(type(value)).items():
        has = getattr(value, field.name)
        if field.default is not None and has == field.default():
            continue
        words = _in_one_line(field, has, owners)
        if has is not None and field.form is Form.TABLE:
            words = f"{{{words}}}"
        elif has is not None and field.form is Form.LIST:
            words = f"[{words}]"
        parts.append(f"{key} {words}")
    return ", ".join(parts)


def _of_table(before: Sequence[object], after: Sequence[object], place: str) -> Iterator[Change]:
    """Compare the last of each, which are parts of those before them."""
    for key, field in fields_of(type(after[-1])).items():
        old, new = getattr(before[-1], field.name), getattr(after[-1], field.name)
        where = f"{place}.{key}" if place else key
        if old == new:
            continue
        if field.form is Form.TABLE and old is not None and new is not None:
            yield from _of_table((*before, old), (*after, new), where)
        elif field.form is Form.LIST and field.part is Form.TABLE:
            yield from _of_list(_Lists(before, old, after, new), where)
        else:
            yield Change(where, _in_one_line(field, old, before), _in_one_line(field, new, after))


def _of_list(lists: _Lists, place: str) -> Iterator[Change]:
    """Match what bears a name by it, and the rest by its place."""
    old, new = _named(lists.old), _named(lists.new)
    for name in [*old, *(each for each in new if each not in old)]:
        where = f"{place}[{name}]"
        if name not in new:
            yield Change(where, summary(old[name], lists.before), "")
        elif name not in old:
            yield Change(where, "", summary(new[name], lists.after))
        elif old[name] != new[name]:
            yield from _of_table((*lists.before, old[name]), (*lists.after, new[name]), where)
    if old == new:  # and yet the lists differ: in their order, by which levels and rates rank
        yield Change(place, ", ".join(old), ", ".join(new))


def _named(values: object) -> Mapping[str, object]:
    """Return the values by what names them, several of one name with a count, or by their place."""
    named: dict[str, object] = {}
    assert isinstance(values, (tuple, frozenset))
    for place, value in enumerate(values):
        name = next((str(getattr(value, key)) for key in NAMING if hasattr(value, key)), str(place))
        named[name if name not in named else f"{name}#{place}"] = value
    return named


def _in_one_line(field: Field, value: object, owners: Sequence[object]) -> str:
    """Return the value of a field of the last owner in one line."""
    if value is None or field.form is not Form.LIST:
        is_ours = field.form is Form.TABLE and value is not None
        return summary(value, owners) if is_ours else shown(form_among(field, owners), value)
    assert isinstance(value, (tuple, frozenset))
    ordered = sorted(value, key=str) if isinstance(value, frozenset) else value
    if field.part is Form.TABLE:
        return ", ".join(f"{{{summary(each, owners)}}}" for each in ordered)
    return ", ".join(shown(field.part, each) for each in ordered)
