"""Which members may be one person: marks for the staff to look at, never an error.

Families share a telephone and namesakes a birthday, so a mark says why it was set and decides nothing. Members are
given in groups, one for each thing they share, since one telephone written into a thousand files would make half a
million pairs.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal
from terminal.rules import card_numbers, names
from terminal.rules.member import birthdays

BY_PHONE, BY_CARD, BY_NAME_AND_BIRTHDAY = REASONS = ("same_phone", "same_card", "same_name_and_birthday")
MAINLAND, TAIWAN = HOMES = ("86", "886")
_NOISE = re.compile(r"[\s()\-.\u2010-\u2015\xa0/]")
_MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_TAIWAN_MOBILE = re.compile(r"09[0-9]{8}")
_DIGITS = re.compile(r"\+?[0-9]{7,16}")
_LATIN_BLANKS: Final = re.compile(r"[\s·•・‧.\-']+")


@dataclass(frozen=True, slots=True)
class Person:
    """What of a member is compared; `birthday` in its stored form, or empty."""

    account: str
    name: str = ""
    phone: str = ""
    birthday: str = ""
    cards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """Members that share something, two or more, in the order of their accounts."""

    reason: str
    accounts: tuple[str, ...]


def phone_key(text: str, home: str = MAINLAND) -> str:
    """Return what two spellings of one telephone number have in common, empty where it is none.

    Country codes are taken from `+86`, `0086` or `86` (also 886) before a mobile number; a mobile number alone tells
    its own country by its shape; anything else without a country code is of the shop's `home`, its leading 0 left off.
    """
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    if not _DIGITS.fullmatch(bare):
        return ""
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    if bare.startswith("+"):
        return _international(bare[1:])
    if _MAINLAND_MOBILE.fullmatch(bare):
        return MAINLAND + bare
    if _TAIWAN_MOBILE.fullmatch(bare):
        return TAIWAN + bare[1:]
    for code in (TAIWAN, MAINLAND):
        rest = bare.removeprefix(code)
        if rest != bare and (_MAINLAND_MOBILE if code == MAINLAND else _TAIWAN_MOBILE).fullmatch(
            _as_at_home(code, rest)
        ):
            return _international(bare)
    return home + bare.removeprefix("0")


def name_key(name: str) -> str:
    """Return a name without blanks, dots and case, in composed form."""
    return _LATIN_BLANKS.sub("", names.closed_up(unicodedata.normalize("NFKC", name))).casefold()


def possible(people: Iterable[Person], home: str = MAINLAND) -> tuple[Alike, ...]:
    """Return the groups of members that may be one person, each group once for each reason."""
    sharing: dict[tuple[str, str], set[str]] = {}
    for person in people:
        for key in _keys(person, home):
            sharing.setdefault(key, set()).add(person.account)
    groups = {Alike(key[0], tuple(sorted(accounts))) for key, accounts in sharing.items() if len(accounts) > 1}
    return tuple(sorted(groups, key=lambda group: (REASONS.index(group.reason), group.accounts)))


def alike(person: Person, others: Iterable[Person], home: str = MAINLAND) -> tuple[Alike, ...]:
    """Return for each reason the other members who may be this one, for the hint beside a new file; may be of one."""
    own = set(_keys(person, home))
    found: dict[str, set[str]] = {}
    for other in others:
        if other.account != person.account:
            for reason, _ in own & set(_keys(other, home)):
                found.setdefault(reason, set()).add(other.account)
    return tuple(Alike(reason, tuple(sorted(found[reason]))) for reason in REASONS if reason in found)


def _keys(person: Person, home: str) -> Iterator[tuple[str, str]]:
    """Give (reason, key) of all that a person can share."""
    if key := phone_key(person.phone, home):
        yield BY_PHONE, key
    for card in person.cards:
        for spelling in _spellings(card):
            yield BY_CARD, spelling
    born = _born(person.birthday)
    if born is not None and (key := name_key(person.name)):
        yield BY_NAME_AND_BIRTHDAY, f"{born.isoformat()} {key}"


def _spellings(card: str) -> Sequence[str]:
    try:
        return card_numbers.candidates(card)
    except ValueError:
        return ()


def _born(birthday: str) -> dt.date | None:
    """Return the civil date of birth, so that a lunar one and the same day in the civil calendar meet."""
    try:
        return birthdays.born_on(birthdays.read(birthday))
    except Refusal:
        return None


def _international(digits: str) -> str:
    """Return a number with its country code, without the 0 that people leave behind it (+886 0912 ...)."""
    for code in (TAIWAN, MAINLAND):
        if digits.startswith(code):
            return code + digits[len(code) :].removeprefix("0")
    return digits


def _as_at_home(code: str, rest: str) -> str:
    """Return the number as it is dialled within its country."""
    return "0" + rest.removeprefix("0") if code == TAIWAN else rest
