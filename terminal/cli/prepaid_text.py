"""Prepaid value as lines of text: what a top-up would give, and what members have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terminal.base.money import format_yuan
from terminal.base.words.prepaid_phrases import phrase
from terminal.cli.tables import table

Told = Mapping[str, Any]
LOT_LETTERS = 8


def preview_lines(shown: Told, language: str) -> list[str]:
    """Return what a top-up would give, a line for each thing; the terms that will be signed come last."""
    rows = [(phrase("amount", language), format_yuan(shown["amount_fen"]))]
    for day, fen in _by_day(shown["parts"]):
        label = phrase("bonus_on", language, day=day) if day else phrase("bonus_visits", language)
        rows.append((label, format_yuan(fen)))
    if not shown["parts"]:
        rows.append((phrase("bonus", language), format_yuan(shown["bonus_fen"])))
    for name, gifts in (("coupon", shown["coupons"]), ("pass", shown["passes"])):
        rows += [(phrase(name, language), f"{code} x{count}") for code, count in gifts]
    if shown["points"]:
        rows.append((phrase("points", language), str(shown["points"])))
    if shown["level"]:
        code, months = shown["level"]
        rows.append((phrase("level", language), phrase("level_months", language, level=code, months=months)))
    for name, value in (("offer", shown["offer"]), ("cooling_off", shown["cooling_off_until"])):
        rows += [(phrase(name, language), value)] if value else []
    rows.append((phrase("balance_after", language), format_yuan(shown["balance_after_fen"])))
    terms = [f"  {line}\n" for line in shown["terms"].splitlines()]
    return [*table(rows, 1), *terms]


def pass_lines(passes: Sequence[Told], language: str) -> list[str]:
    """Return a line for each pass: the first letters of its lot, its name, what is left, its dates, and how it is."""
    rows = [
        (
            each["pass"][:LOT_LETTERS],
            each["name"],
            f"{each['left']}/{each['total']}",
            _dates(each, language),
            _how(each, language),
        )
        for each in passes
    ]
    return _listed(rows, language)


def coupon_lines(coupons: Sequence[Told], language: str) -> list[str]:
    """Return a line for each bucket of coupons: the first letters of its id, its name, how many, its dates."""
    rows = [
        (
            each["coupon"][:LOT_LETTERS],
            each["name"],
            f"x{each['count']}",
            _span(each["first"], each["last"], language),
            phrase(each["state"], language),
        )
        for each in coupons
    ]
    return _listed(rows, language)


def points_lines(shown: Told, language: str) -> list[str]:
    """Return a member's points by their end, what is owed, what they take off a bill, and what there is for them."""
    rows = [(phrase("points", language), str(shown["points"]))]
    rows += [(phrase("ends", language, day=end), str(count)) for end, count in shown["ends"] if end]
    if shown["owed"]:
        rows.append((phrase("owed", language), str(shown["owed"])))
    rows.append((phrase("spendable", language), str(shown["spendable"])))
    offset = shown["offset"]
    rows.append((phrase("offset", language, points=offset["points"]), format_yuan(offset["fen"])))
    for each in shown["rewards"]:
        given = format_yuan(each["value_fen"]) if each["value_fen"] else each["what"]
        rows.append((phrase("reward", language, points=each["points"]), f"{each['reward']} {given}".strip()))
    return table(rows, 1)


def gift_lines(shown: Told, language: str) -> list[str]:
    """Return what is on a gift card, with the end of each part."""
    rows = [(phrase("gift_card", language), format_yuan(shown["amount_fen"]), "")]
    for each in shown["lots"]:
        state = "" if each["good"] else phrase("ended", language)
        rows.append((_span("", each["until"], language), format_yuan(each["fen"]), state))
    if shown["cooling_off_until"]:
        rows.append((phrase("cooling_off", language), shown["cooling_off_until"], ""))
    return table(rows, 2)


def notice_lines(notices: Sequence[Told], language: str, *, in_money: bool) -> list[str]:
    """Return a line for each member whose level falls: the first letters of their id, their name, and what falls."""
    rows = [
        (
            each["account"][:LOT_LETTERS],
            each["name"],
            phrase(
                "falls",
                language,
                level=each["level"],
                falls_to=each["falls_to"] or phrase("no_level", language),
                day=each["review_on"],
            ),
            phrase("growth_missing", language, missing=format_yuan(each["missing"]) if in_money else each["missing"]),
        )
        for each in notices
    ]
    return _listed(rows, language)


def sale_lines(shown: Told, language: str) -> list[str]:
    """Return what the sale of a gift card would do, a line for each thing."""
    rows = [
        (phrase("gift_number", language), shown["card_tail"]),
        (phrase("amount", language), format_yuan(shown["amount_fen"])),
        (phrase("on_card_after", language), format_yuan(shown["held_fen"] + shown["amount_fen"])),
        (phrase("good_until", language), shown["until"] or phrase("no_end", language)),
    ]
    if shown["cooling_off_until"]:
        rows.append((phrase("cooling_off", language), shown["cooling_off_until"]))
    return table(rows, 1)


def load_lines(shown: Told, language: str) -> list[str]:
    """Return what loading a gift card would do, a line for each thing."""
    rows = [
        (phrase("gift_number", language), shown["card_tail"]),
        (phrase("amount", language), format_yuan(shown["amount_fen"])),
        (phrase("balance_loaded", language), format_yuan(shown["balance_after_fen"])),
    ]
    return table(rows, 1)


def _by_day(parts: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    """Return bonus by the day it opens, parts of one day together."""
    days: dict[str, int] = {}
    for day, fen in parts:
        days[day] = days.get(day, 0) + fen
    return list(days.items())


def _listed(rows: Sequence[Sequence[str]], language: str) -> list[str]:
    return table(rows, 0) if rows else [phrase("nothing", language) + "\n"]


def _dates(sold: Told, language: str) -> str:
    if sold["kind"] and not sold["starts_on"] and not sold["ends_on"] and sold["value_fen"]:
        return phrase("first_use", language)
    return _span(sold["starts_on"], sold["ends_on"], language)


def _span(first: str, last: str, language: str) -> str:
    if not last:
        return phrase("no_end", language)
    return phrase("from_to", language, first=first, last=last) if first else phrase("until", language, day=last)


def _how(sold: Told, language: str) -> str:
    words = phrase(sold["state"], language)
    if sold["kept_fen"]:
        words = phrase("kept", language, amount=format_yuan(sold["kept_fen"]))
    elif sold["frozen_until"]:
        words = phrase("frozen", language, day=sold["frozen_until"])
    if sold["sharers"]:
        words += ", " + phrase("shared", language, names=", ".join(sold["sharers"]))
    return words
