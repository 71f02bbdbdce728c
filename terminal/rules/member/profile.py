"""A member's file beyond name and telephone: the shop's own typed fields, and tags.

Every value has one stored form, a text: blanks made single and Unicode composed (NFC); a number with exactly its
decimals; a date as `2026-01-31`; a choice by its key; `yes` or `no`. What is empty is not stored.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal

TEXT, NUMBER, DATE, CHOICE, YES_NO = KINDS = ("text", "number", "date", "choice", "yes_no")
# Notes on health are sensitive by law; every member's file has room for these two, whatever the shop defines.
SENSITIVE_NOTES: Final = ("allergies", "formula")
FIELDS_MAX, CHOICES_MAX, TEXT_CHARS_MAX, LABEL_CHARS_MAX, DECIMALS_MAX = 40, 50, 500, 30, 4
NUMBER_MAX: Final = 10**12
TAGS_MAX, TAG_CHARS_MAX = 30, 20
_KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
_NUMBER = re.compile(r"([+-]?)([0-9]{1,13})(?:\.([0-9]{0,9}))?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YES: Final = frozenset(("yes", "y", "true", "1", "是", "有"))
_NO: Final = frozenset(("no", "n", "false", "0", "否", "无", "無", "不"))


@dataclass(frozen=True, slots=True)
class Field:
    """The definition of a field; limits of a number count its smallest unit (`decimals` behind the point).

    `chars_max` is for text, `least`, `most`, `decimals` for numbers, `first`, `last` for dates, `choices` (key and
    words) for choices. A sensitive field is kept apart and needs the member's own consent.
    """

    key: str
    label: str
    kind: str
    is_required: bool = False
    is_sensitive: bool = False
    chars_max: int = 100
    least: int = -NUMBER_MAX
    most: int = NUMBER_MAX
    decimals: int = 0
    first: dt.date = dt.date(1900, 1, 1)
    last: dt.date = dt.date(2100, 12, 31)
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a value that was filled in: a code with words, and what the words need."""

    key: str
    code: str
    values: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """The stored forms of what was filled in, by key, and all that is wrong; store them only where nothing is."""

    values: Mapping[str, str]
    wrong: tuple[Wrong, ...]


def mistakes(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Return every (key, code) that is wrong with the shop's definitions, all at once."""
    found = [("fields", "fields_too_many")] if len(fields) > FIELDS_MAX else []
    keys = [field.key for field in fields]
    found += [(key, "field_twice") for key in dict.fromkeys(keys) if keys.count(key) > 1]
    for field in fields:
        found += [(field.key, code) for code in _mistakes_of(field)]
    return found


def checked(fields: Sequence[Field], filled: Mapping[str, str]) -> Checked:
    """Return the stored form of each value and all that is wrong, in the definitions' order, unknown keys last."""
    values: dict[str, str] = {}
    found: list[Wrong] = []
    for field in fields:
        text = tidy(filled.get(field.key, ""))
        if not text:
            found += [Wrong(field.key, "field_required")] if field.is_required else []
            continue
        try:
            values[field.key] = stored(field, text)
        except Refusal as refusal:
            found.append(Wrong(field.key, refusal.code, refusal.values))
    known = {field.key for field in fields}
    found += [Wrong(key, "field_unknown") for key in filled if key not in known]
    return Checked(values, tuple(found))


def stored(field: Field, text: str) -> str:
    """Return the one stored form of a value; raise `Refusal` with what is wrong with it."""
    text = tidy(text)
    if field.kind == NUMBER:
        return _number(field, text)
    if field.kind == DATE:
        return _date(field, text)
    if field.kind == CHOICE:
        return _choice(field, text)
    if field.kind == YES_NO:
        return _yes_no(text)
    if len(text) > field.chars_max or not text.isprintable():
        raise Refusal("field_text", chars=field.chars_max)
    return text


def tagged(tags: Sequence[str], tag: str) -> tuple[str, ...]:
    """Return the tags with one more, in the order they were given; one that is there in other letters is there.

    Raises `Refusal` `tag_bad` or `tags_too_many`.
    """
    new = tidy(tag)
    if not 1 <= len(new) <= TAG_CHARS_MAX or not new.isprintable() or "," in new or "，" in new:
        raise Refusal("tag_bad", chars=TAG_CHARS_MAX)
    if new.casefold() in {each.casefold() for each in tags}:
        return tuple(tags)
    if len(tags) >= TAGS_MAX:
        raise Refusal("tags_too_many", most=TAGS_MAX)
    return (*tags, new)


def untagged(tags: Sequence[str], tag: str) -> tuple[str, ...]:
    """Return the tags without one, whatever its letters' case."""
    gone = tidy(tag).casefold()
    return tuple(each for each in tags if each.casefold() != gone)


def tidy(text: str) -> str:
    """Return text in composed form on one line, blanks made single and none at its ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _mistakes_of(field: Field) -> list[str]:
    """Return the codes of what is wrong with one definition."""
    kind = field.kind
    named = {choice for choice, _ in field.choices}
    wrong = {
        "field_key": not _KEY.fullmatch(field.key),
        "field_label": not 1 <= len(field.label) <= LABEL_CHARS_MAX or not field.label.isprintable(),
        "field_kind": kind not in KINDS,
        "field_not_sensitive": field.key in SENSITIVE_NOTES and not field.is_sensitive,
        "field_chars": kind == TEXT and not 1 <= field.chars_max <= TEXT_CHARS_MAX,
        "field_decimals": kind == NUMBER and not 0 <= field.decimals <= DECIMALS_MAX,
        "field_range": (kind == NUMBER and field.least > field.most) or (kind == DATE and field.first > field.last),
        "field_choices": kind == CHOICE and not 1 <= len(field.choices) <= CHOICES_MAX,
        "field_choice_twice": len(named) < len(field.choices),
        "field_choice_bad": not all(_KEY.fullmatch(choice) and words for choice, words in field.choices),
    }
    return [code for code, is_wrong in wrong.items() if is_wrong]


def _number(field: Field, text: str) -> str:
    found = _NUMBER.fullmatch(text) if text.isascii() else None
    behind = (found[3] or "").rstrip("0") if found else ""
    if found is None or len(behind) > field.decimals:
        raise Refusal("field_number", decimals=field.decimals)
    scale = 10**field.decimals
    units = int(found[2]) * scale + int(behind.ljust(field.decimals, "0") or "0")
    units = -units if found[1] == "-" else units
    if not field.least <= units <= field.most:
        raise Refusal("field_number_range", least=_shown(field.least, field), most=_shown(field.most, field))
    return _shown(units, field)


def _shown(units: int, field: Field) -> str:
    whole, rest = divmod(abs(units), 10**field.decimals)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{rest:0{field.decimals}d}" if field.decimals else f"{sign}{whole}"


def _date(field: Field, text: str) -> str:
    found = _DATE.fullmatch(text) if text.isascii() else None
    try:
        date = dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        date = None
    if date is None:
        raise Refusal("field_date")
    if not field.first <= date <= field.last:
        raise Refusal("field_date_range", first=field.first.isoformat(), last=field.last.isoformat())
    return date.isoformat()


def _choice(field: Field, text: str) -> str:
    """Return the key of a choice that is given by its key or its words."""
    for key, words in field.choices:
        if text in {key, tidy(words)}:
            return key
    raise Refusal("field_choice")


def _yes_no(text: str) -> str:
    word = text.casefold()
    if word not in _YES and word not in _NO:
        raise Refusal("field_yes_no")
    return "yes" if word in _YES else "no"
