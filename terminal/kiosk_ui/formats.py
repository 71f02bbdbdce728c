"""How the screens write amounts, hours and greetings."""

from __future__ import annotations

import re

import flask_babel
from markupsafe import Markup

from terminal.base.money import format_yuan
from terminal.rules import names, surnames

# A phrase of Chinese text: up to and with its full-width punctuation.
_PHRASE = re.compile(r"[^，。；：？！]+[，。；：？！]*|[，。；：？！]+")
_MORNING_H, _NOON_H, _AFTERNOON_H, _EVENING_H = 5, 11, 13, 18


def gettext(text: str, **values: object) -> str:
    """Return `text` in the language of the moment, filled with `values`."""
    translated: str = flask_babel.gettext(text, **values)
    return translated


def in_language(english: str, simplified: str, traditional: str) -> str:
    """Return the text that is in the screen's language."""
    locale = flask_babel.get_locale()
    if locale is None or locale.language != "zh":
        return simplified if locale is None else english
    return traditional if "TW" in (locale.territory or "") or locale.script == "Hant" else simplified


def yuan(fen: int) -> str:
    """Return an amount in running text: `¥1,234.50`."""
    return f"-¥{format_yuan(-fen)}" if fen < 0 else f"¥{format_yuan(fen)}"


def money(fen: int) -> Markup:
    """Return a large figure whose sign and cents are set smaller."""
    whole, cents = format_yuan(abs(fen)).split(".")
    sign = "-" if fen < 0 else ""
    return Markup('<span class="money"><small>{}¥</small>{}<small>.{}</small></span>').format(sign, whole, cents)


def count(number: int) -> str:
    """Return a whole number with thousands commas."""
    return f"{number:,}"


def day_part(hour: int) -> str:
    """Return the greeting of a local hour in the screen's language."""
    if _MORNING_H <= hour < _NOON_H:
        return gettext("早上好")
    if _NOON_H <= hour < _AFTERNOON_H:
        return gettext("中午好")
    if _AFTERNOON_H <= hour < _EVENING_H:
        return gettext("下午好")
    return gettext("晚上好")


def person(masked_name: str) -> str:
    """Return a masked name in the screen's language: `王女士`, in English `Ms Wang`, or `Wang*` for an unknown sex."""
    locale = flask_babel.get_locale()
    if locale is None or locale.language != "en":
        return masked_name
    surname, sex = names.parted(masked_name)
    latin = surnames.latin(surname)
    if latin and sex == "f":
        return gettext("%(surname)s女士", surname=latin)
    if latin and sex == "m":
        return gettext("%(surname)s先生", surname=latin)
    return latin + masked_name.removeprefix(surname)


def phrases(text: str) -> Markup:
    """Return Chinese text with each phrase unbreakable where it fits, so that no single character ends a line."""
    if text.isascii():
        return Markup("{}").format(text)
    parts = _PHRASE.findall(text)
    return Markup("").join(Markup('<span class="phrase">{}</span>').format(part) for part in parts)
