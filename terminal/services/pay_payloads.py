"""What the payloads of entries say that pay goes by, whatever else another release put there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.rules.entry import Entry
from terminal.rules.pay.commission import Person

CARD_RETURN = "card_return"


def parts(made: Entry) -> list[tuple[str, int]]:
    """Return the sales that a repayment paid for, or the top-ups that a card return ended, and how much of each."""
    if made.kind == CARD_RETURN:
        return [(_name(made, str(each.get("bill", ""))), _chosen(each)) for each in objects(made.payload, "top_ups")]
    return [(str(each.get("sale", "")), _fen(each)) for each in objects(made.payload, "paid")]


def _name(made: Entry, number: str) -> str:
    """Return the name of an entry that a card return of the same till calls by its number."""
    epoch, _, seq = number.partition("-")
    return f"{made.device}/{epoch}/{seq.lstrip('0')}"


def _chosen(top_up: Mapping[str, object]) -> int:
    """Return what was given back for a top-up: what the way of computing it that was taken came to."""
    return sum(_fen(each) for each in objects(top_up, "offers") if each.get("basis") == top_up.get("basis"))


def objects(values: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list; none where there is no list."""
    found = values.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _fen(values: Mapping[str, object]) -> int:
    fen = values.get("fen")
    return fen if type(fen) is int else 0


def sellers(made: Entry) -> tuple[Person, ...]:
    """Return who sold a top-up: those it names, or who was at the counter."""
    if people := objects(made.payload, "people"):
        return tuple(Person(str(each.get("staff", "")), str(each.get("role", ""))) for each in people)
    operator = str(made.payload.get("operator", ""))
    return (Person(operator, ""),) if operator else ()


def number(made: Entry, name: str) -> int:
    """Return a number of an entry's payload, 0 where there is none."""
    value = made.payload.get(name, 0)
    return value if type(value) is int else 0
