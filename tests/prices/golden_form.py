"""Cases and prices as JSON and back: short, with what is as usual left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Callable

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import Basket, Priced, PriceRules, Use
from tests.prices.baskets import Case

Told = dict[str, object]
Price = Callable[[Basket, PriceRules, tuple[Use, ...], int], Priced]


def told(value: object) -> object:
    """Return a value as JSON has it; fields that are as usual are left out."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: told(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [told(each) for each in value]
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


@functools.cache
def _hints(kind: type) -> dict[str, object]:
    return typing.get_type_hints(kind)


def _read(kind: object, value: object) -> object:
    """Return the value of a type that JSON tells."""
    if isinstance(kind, types.UnionType):
        return _read(typing.get_args(kind)[0], value)
    if isinstance(value, list):
        parts = [_read(typing.get_args(kind)[0], each) for each in value]
        return frozenset(parts) if typing.get_origin(kind) is frozenset else tuple(parts)
    if isinstance(value, str) and kind is dt.datetime:
        return dt.datetime.fromisoformat(value)
    if isinstance(value, str) and kind is dt.date:
        return dt.date.fromisoformat(value)
    if isinstance(value, dict) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], each) for name, each in value.items()})
    return value


def case_read(value: Told) -> Case:
    """Return the case that JSON tells."""
    case = _read(Case, value)
    assert isinstance(case, Case)
    return case


def answer(price: Price, case: Case) -> Priced | Refusal:
    """Return a price, or the refusal."""
    try:
        return price(case.basket, case.rules, case.uses, case.points_offered)
    except Refusal as refusal:
        return refusal


def answer_told(price: Price, case: Case) -> Told:
    """Return a price with every step, or a refusal, as JSON has it."""
    found = answer(price, case)
    if isinstance(found, Refusal):
        return {"refused": found.code, **found.values}
    assert [line.line for line in found.lines] == list(case.basket.lines)
    return {
        "steps": [[step.name, step.source, step.off_fen, list(step.parts)] for step in found.steps],
        "list_own_net": [[line.list_fen, line.own_fen, line.net_fen] for line in found.lines],
        "payable_fen": found.payable_fen,
        "points_used": found.points_used,
    }
