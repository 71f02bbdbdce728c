"""A member's file and balances as lines for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.words.member_phrases import phrase
from terminal.rules.member import birthdays
from terminal.rules.receipt_text import width_columns

LABEL_COLUMNS = 10


def member_lines(member: Mapping[str, Any], language: str = "en") -> Iterator[tuple[str, str]]:
    """Yield (name, value) of what is known and shown; amounts in yuan."""
    amounts = {name: format_yuan(member[f"{name}_fen"]) for name in ("balance", "principal", "bonus")}
    shown = {
        "id": member["account"],
        "name": member["name"],
        "sex": member.get("sex", ""),
        "level": _level(member, language),
        "balance": phrase("balance_parts", language, **amounts),
        "points": f"{member['points']:,}",
        "phone": member.get("phone") or member["phone_masked"],
        "cards": ", ".join(f"...{tail}" for tail in member["cards"]),
        "passes": ", ".join(_pass(part, language) for part in member["passes"]),
        "birthday": birthday_text(member.get("birthday", ""), language),
        "number": member.get("old_number", ""),
        "remark": member.get("remark", ""),
        "tags": ", ".join(member.get("tags", ())),
        "brought_by": member.get("brought_by", ""),
        "duplicate": phrase("shares", language) if member["marked_duplicate"] else "",
    }
    yield from ((phrase(name, language), value) for name, value in shown.items() if value)
    for top_up in member.get("ask_back", ()):
        left = {"amount": format_yuan(top_up["paid_fen"]), "day": top_up["until"], "days": top_up["days_left"]}
        yield (
            phrase("ask_back", language),
            phrase("ask_back_days" if left["days"] else "ask_back_today", language, **left),
        )
    yield from member.get("fields", {}).items()
    yield from member.get("notes", {}).items()
    for kind, is_given, on, channel, version in member.get("consents", ()):
        told = phrase(
            "given" if is_given else "withdrawn", language, kind=kind, on=on, channel=channel, version=version
        )
        yield phrase("consents", language), told
    for other in member.get("merged", ()):
        yield phrase("merged", language), f"{other['account']} {other['name']}"


def _level(member: Mapping[str, Any], language: str) -> str:
    return phrase("level_locked", language, level=member["level"]) if member.get("level_locked") else member["level"]


def padded(name: str) -> str:
    """Return a label with blanks behind it, as wide as all are."""
    return name + " " * max(1, LABEL_COLUMNS + 1 - width_columns(name))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with their columns one below the other."""
    widest = [max(width_columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (most - width_columns(cell)) for cell, most in zip(row, widest, strict=True)).rstrip()
        + "\n"
        for row in rows
    ]


def hit_cells(hit: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one member of a list as cells: id, masked name, phone and card, level, balance in yuan."""
    card = f"...{hit['card_tail']}" if hit["card_tail"] else ""
    return (hit["account"], hit["name"], hit["phone_masked"], card, hit["level"], format_yuan(hit["balance_fen"]))


def birthday_text(stored: str, language: str) -> str:
    """Return a stored birthday in words; one that is not in its one form (older imports) as it is."""
    try:
        birthday = birthdays.read(stored)
    except Refusal:
        return stored
    if not birthday.is_lunar:
        return stored
    date = stored.removeprefix("L").replace("R", "")
    return phrase("leap" if birthday.is_leap else "lunar", language, date=date)


def _pass(part: Mapping[str, Any], language: str) -> str:
    """Return a pass with its sessions left of all, or how long one for a time is good."""
    if part["total"]:
        return f"{part['name']} {part['left']}/{part['total']}"
    if part["ends_on"]:
        return f"{part['name']} {phrase('pass_until', language, day=part['ends_on'])}"
    return f"{part['name']} {phrase('pass_days', language, days=part['left'])}"
