"""What is wrong with a rule: where, a code that has words, and what the words are filled with.

Keys are the names of a rule's fields; in front of a person they stand as the file has them, without their units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from terminal.base.errors import Value
from terminal.base.money import format_yuan
from terminal.rules.rates import format_rate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: the key it is at (`promotions[2].rate`), a code that has words, and what they are filled with."""

    key: str
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


Found = Iterator[Mistake]


def wrong(key: str, code: str, **values: Value) -> Mistake:
    """Return a mistake whose words are filled with `values`."""
    return Mistake(key, code, values)


def below(key: str, found: Iterable[Mistake]) -> Found:
    """Give the mistakes of a part with its own key before theirs: `levels[0]` and `rate` make `levels[0].rate`."""
    for each in found:
        glue = "" if not each.key or each.key.startswith("[") else "."
        yield replace(each, key=f"{key}{glue}{each.key}")


def each_of(key: str, rules: Sequence[T], of: Callable[[T], Iterable[Mistake]]) -> Found:
    """Give the mistakes of each of several rules, with its place in their keys."""
    for place, rule in enumerate(rules):
        yield from below(f"{key}[{place}]", of(rule))


def number(key: str, value: int | None, most: int, least: int = 0) -> Found:
    """Give the mistake of a number outside `least` to `most`; None, where it may be left out, is inside."""
    if value is not None and not least <= value <= most:
        limits = {"least": _shown(key, least), "most": _shown(key, most)}
        yield wrong(key, "setup_out_of_range", found=_shown(key, value), **limits)


def choice(key: str, value: str, choices: Iterable[str]) -> Found:
    """Give the mistake of a word that is none of the choices."""
    if value not in (known := tuple(choices)):
        yield wrong(key, "setup_not_one_of", found=repr(value)[:60], choices=", ".join(each or '""' for each in known))


def twice(key: str, names: Sequence[str]) -> Found:
    """Give the mistake of each name that stands for two things, or of one that is empty."""
    if not all(names):
        yield wrong(key, "setup_name_empty")
    for name in sorted({each for each in names if each and names.count(each) > 1}):
        yield wrong(key, "setup_name_twice", name=name)


def _shown(key: str, value: int) -> str:
    """Return a number as the file has it: money in yuan, a rate in percent."""
    if key.endswith("_fen"):
        return format_yuan(value)
    return format_rate(value) if key.endswith("_bp") else str(value)
