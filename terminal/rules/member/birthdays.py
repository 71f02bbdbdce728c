"""Birthdays, solar and lunar: their one stored form, and on which civil dates they are kept.

A birthday falls on one day of every year of its own calendar: 29 February on the 28th of a common year; a lunar day 30
on the 29th of a month that has no 30th; one of a leap month in the ordinary month of the same number where the year has
no such leap month. A shop greets rather on the day before than on the day after, and never twice for one year.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.member import lunar
from terminal.rules.member.lunar import LunarDate

YEARS = range(lunar.FIRST_YEAR, lunar.LAST_YEAR + 1)
_STORED = re.compile(r"(L?)(?:([0-9]{4})-)?([0-9]{2})(R?)-([0-9]{2})")
_LEAP_YEAR = 2000  # stands in for a year that is not known, so that 29 February may be a birthday


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day of birth; `year` is 0 where nobody told it, and of the lunar year where `is_lunar`."""

    month: int
    day: int
    year: int = 0
    is_lunar: bool = False
    is_leap: bool = False


def checked(birthday: Birthday) -> Birthday:
    """Return the birthday; raise `Refusal` `birthday_bad` where there is or was no such day in 1900 to 2100."""
    good = _lunar_is_good(birthday) if birthday.is_lunar else _solar_is_good(birthday)
    if not good:
        raise Refusal("birthday_bad", first=YEARS[0], last=YEARS[-1])
    return birthday


def stored(birthday: Birthday) -> str:
    """Return the one stored form: `1990-01-02`, `01-02`; lunar `L1990-08-15`, in a leap month `L1995-08R-15`.

    Raises `Refusal` `birthday_bad`.
    """
    checked(birthday)
    year = f"{birthday.year:04d}-" if birthday.year else ""
    sign, leap = "L" if birthday.is_lunar else "", "R" if birthday.is_leap else ""
    return f"{sign}{year}{birthday.month:02d}{leap}-{birthday.day:02d}"


def read(text: str) -> Birthday:
    """Return the birthday whose one stored form is `text`; raise `Refusal` `birthday_bad` for any other text."""
    found = _STORED.fullmatch(text)
    if found is None or not text.isascii() or found[2] == "0000":
        raise Refusal("birthday_bad", first=YEARS[0], last=YEARS[-1])
    return checked(Birthday(int(found[3]), int(found[5]), int(found[2] or 0), bool(found[1]), bool(found[4])))


def kept_in(birthday: Birthday, year: int) -> dt.date:
    """Return the civil date on which it is kept in a year of its own calendar (1900 to 2100).

    For a lunar birthday the date may lie in the next civil year. Raises `Refusal` `birthday_bad` or `calendar_year`.
    """
    checked(birthday)
    if year not in YEARS:
        raise Refusal("calendar_year", first=YEARS[0], last=YEARS[-1])
    if not birthday.is_lunar:
        is_missing = (birthday.month, birthday.day) == (2, 29) and not calendar.isleap(year)
        return dt.date(year, birthday.month, 28 if is_missing else birthday.day)
    is_leap = birthday.is_leap and lunar.leap_month(year) == birthday.month
    days = lunar.month_days(year, birthday.month, is_leap=is_leap)
    return lunar.to_civil(LunarDate(year, birthday.month, is_leap, min(birthday.day, days)))


def following(birthday: Birthday, on: dt.date) -> dt.date:
    """Return the first date from `on` that it is kept on; raise `Refusal` `birthday_bad` or `calendar_year`."""
    for date in _dates(birthday, on.year):
        if date >= on:
            return date
    raise Refusal("calendar_year", first=YEARS[0], last=YEARS[-1])


def between(birthday: Birthday, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Return every date it is kept on from `first` to `last`, both in; a lunar one may have none or two in a year."""
    found = []
    for date in _dates(birthday, first.year):
        if date > last:
            break
        if date >= first:
            found.append(date)
    return tuple(found)


def born_on(birthday: Birthday) -> dt.date | None:
    """Return the civil date of birth, None where the year is not known; raise `Refusal` `birthday_bad`."""
    checked(birthday)
    return kept_in(birthday, birthday.year) if birthday.year else None


def _dates(birthday: Birthday, year: int) -> Iterator[dt.date]:
    """Give the dates it is kept on, in order, from the one of the year before on."""
    checked(birthday)
    return (kept_in(birthday, each) for each in range(max(year - 1, YEARS[0]), YEARS[-1] + 1))


def _solar_is_good(birthday: Birthday) -> bool:
    if birthday.is_leap or (birthday.year and birthday.year not in YEARS):
        return False
    try:
        dt.date(birthday.year or _LEAP_YEAR, birthday.month, birthday.day)
    except ValueError:
        return False
    return True


def _lunar_is_good(birthday: Birthday) -> bool:
    month, day, is_leap = birthday.month, birthday.day, birthday.is_leap
    if birthday.year:
        return birthday.year in YEARS and 1 <= day <= lunar.month_days(birthday.year, month, is_leap=is_leap)
    return any(1 <= day <= lunar.month_days(year, month, is_leap=is_leap) for year in YEARS)
