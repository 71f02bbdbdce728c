"""What is typed behind `terminal bill`: lines, coupons, sessions and payments, read for the till."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.base.errors import Refusal
from terminal.cli.asking import amount_fen

# What a payment is before the price is known: its means, fen (None: what is left to pay), and who pays it.
Paying = tuple[str, int | None, int]
# A line that is read once it is known what the command is about, so that what is wrong with it is told in a sentence.
Line = tuple[Callable[[str], dict[str, Any]], str]
_QUANTITY = re.compile("[1-9][0-9]{0,5}")
SHOWN_CHARS_MAX = 80


def later(read: Callable[[str], dict[str, Any]]) -> Callable[[str], Line]:
    """Return what keeps a typed line until `order_of` reads it."""
    return lambda text: (read, text)


def line(text: str) -> dict[str, Any]:
    """Return a line of an item: `CODE[:QUANTITY][@PERSON...]`."""
    head, people = _people(text)
    item, quantity = _quantity(head)
    return {"item": item, "quantity": quantity, "people": people}


def free(text: str, kind: str = "service") -> dict[str, Any]:
    """Return a free line of a service: `NAME=YUAN[:QUANTITY][@PERSON...]`, the price for one."""
    head, people = _people(text)
    name, sign, priced = head.rpartition("=")
    yuan, quantity = _quantity(priced)
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=YUAN")
    return {"name": name, "kind": kind, "list_fen": amount_fen(yuan), "quantity": quantity, "people": people}


def goods(text: str) -> dict[str, Any]:
    """Return the same of goods."""
    return free(text, "product")


def sold_pass(text: str) -> dict[str, Any]:
    """Return a line that sells a pass: `CODE[@PERSON...]`."""
    code, people = _people(text)
    return {"pass_code": code, "people": people}


def coupon(text: str) -> list[Any]:
    """Return a coupon and the line it is used on: `COUPON[@LINE]`."""
    name, sign, number = text.rpartition("@")
    return [name, _whole(number)] if sign else [text, None]


def session(text: str) -> list[Any]:
    """Return which pass settles a line: `LINE=PASS`, `LINE=PASS@ACCOUNT` for another member's, `LINE=` for none."""
    number, sign, name = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text} is not LINE=PASS")
    name, _, account = name.partition("@")
    return [_whole(number), name, account]


def payment(text: str) -> Paying:
    """Return a payment: `MEANS[=YUAN][@PERSON]`; without an amount it is what is left to pay."""
    head, sign, person = text.partition("@")
    means, equals, yuan = head.partition("=")
    return means, amount_fen(yuan) if equals else None, _whole(person) if sign else 0


def reference(text: str) -> tuple[str, int, str]:
    """Return whose number it is and the number: `MEANS[@PERSON]=NUMBER`."""
    head, sign, number = text.partition("=")
    means, at, person = head.partition("@")
    if not sign or not number:
        raise argparse.ArgumentTypeError(f"{text} is not MEANS=NUMBER")
    return means, _whole(person) if at else 0, number


def split(text: str) -> int | list[int]:
    """Return among how many people a bill is split evenly, or what each pays: `3`, or `60,40.50`."""
    if text.isascii() and text.isdigit():
        return int(text)
    return [amount_fen(part) for part in text.split(",")]


def shares_of(wanted: int | list[int] | None, payable_fen: int) -> list[int]:
    """Return what each person pays of a bill, nothing where it is not split; raise `Refusal` `split_person_bad`."""
    if not isinstance(wanted, int):
        return wanted or []
    from terminal.services.bills.paying import split_evenly

    return split_evenly(payable_fen, wanted)


def tenders_of(
    payments: Sequence[Paying], numbers: Sequence[tuple[str, int, str]], payable_fen: int, shares: Sequence[int]
) -> list[list[Any]]:
    """Return the payments as the till takes them: with amounts, and with the number of each one's receipt.

    A payment without an amount pays what is left of the bill, or of its person's share.
    """
    by_number: Mapping[tuple[str, int], str] = {(means, person): number for means, person, number in numbers}
    found: list[list[Any]] = []
    for means, fen, person in payments:
        if fen is None:
            theirs = 0 < person <= len(shares)
            due_fen = shares[person - 1] if theirs else payable_fen
            known_fen = sum(each[1] or 0 for each in payments if not theirs or each[2] == person)
            fen = due_fen - known_fen  # noqa: PLW2901 - the amount that was left out
            if fen <= 0:
                continue
        found.append([means, fen, by_number.get((means, person), ""), person])
    return found


def order_of(options: argparse.Namespace, account: str | None = None) -> dict[str, Any]:
    """Return what the options say of a bill, as the till takes it; what they leave out stays.

    Raises `Refusal` `bill_line_typed` (line) for a line that is typed otherwise than its option says.
    """
    asked: dict[str, Any] = {} if account is None else {"account": account}
    if typed := getattr(options, "lines", None):
        asked["lines"] = [_read(each) for each in typed]
    for name in ("without", "coupons", "sessions", "points", "no_coupons"):
        value = getattr(options, name, None)
        if value:
            asked[name] = value
    if getattr(options, "points", None) == 0:
        asked["points"] = 0
    return asked


def _people(text: str) -> tuple[str, list[list[Any]]]:
    """Return what stands before the people, and the people: `NAME[/ROLE][*WEIGHT][!]`, `!` for one asked for."""
    head, *people = text.split("@")
    return head, [_person(each) for each in people]


def _person(text: str) -> list[Any]:
    requested = text.endswith("!")
    named, _, weight = text.removesuffix("!").partition("*")
    name, _, role = named.partition("/")
    return [name, role, _whole(weight) if weight else 1, requested]


def _read(typed: Line) -> dict[str, Any]:
    read, text = typed
    try:
        return read(text)
    except argparse.ArgumentTypeError as error:
        raise Refusal("bill_line_typed", line=text[:SHOWN_CHARS_MAX]) from error


def _quantity(text: str) -> tuple[str, int]:
    """Return what stands before a quantity, and the quantity; what stands behind a colon is one."""
    name, sign, number = text.rpartition(":")
    if not sign:
        return text, 1
    if not name or not _QUANTITY.fullmatch(number):
        raise argparse.ArgumentTypeError(f"{number} is no quantity")
    return name, int(number)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"{text} is no number")
    return int(text)
