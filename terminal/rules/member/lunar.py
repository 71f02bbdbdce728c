"""The Chinese lunisolar calendar of the years 1900 to 2100, by table.

The lengths of the months were computed from new moons and solar terms (GB/T 33661-2017: a month begins on the day of
the new moon, and the leap month is the first without a principal term), and compared with published tables. Five years
follow what was published, not the computation: 1906, 1917 and 1922, whose almanacs were made by older rules, and 2057
(ninth month) and 2097 (seventh month), which begin so close to midnight that that one day may still be moved.
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal

FIRST_YEAR, LAST_YEAR = 1900, 2100
LONG_DAYS, SHORT_DAYS = 30, 29
_NEW_YEAR_1900: Final = dt.date(1900, 1, 31)
_MONTHS_MAX = 13
# A year is five hexadecimal digits: the month behind which a leap month stands (0: none), then 13 bits, the first
# month's first, set where a month, in the order they come, has 30 days.
_TABLE: Final = """
    8096d 0095c 014ae 50a4d 01a4c 01b2a 40d55 00ad4 0135a 2095d
    0095c 6149b 0149a 01a4a 51aa5 016a8 01ad4 212da 012b6 70937
    0092e 01496 5164b 00d4a 00da8 415b5 0056c 012ae 2092f 0092e
    60c96 01a94 01d4a 50da9 00b5a 0056c 3126e 0125c 7192d 0192a
    01a94 61b4a 016aa 00ad4 4155b 004ba 0125a 2192b 0152a 71695
    00d94 016aa 50ab5 009b4 014b6 30a57 00a56 8152a 01d2a 00d54
    615aa 0156a 0096c 414ae 014ae 00a4c 31d26 01b2a 70b55 00ad4
    012da 5095d 0095a 0149a 41a4d 01a4a 81aa5 016a8 016d4 612da
    012b6 00936 41497 01496 a164b 00d4a 00da8 615b4 0156c 012ae
    5092f 0092e 00c96 30d4a 01d4a 80d65 00b58 0156c 5126d 0125c
    0192c 41a95 01a94 01b4a 20b55 00ad4 7155b 004ba 0125a 5192b
    0152a 01694 416aa 015aa 90ab5 00974 014b6 60a57 00a56 01526
    40e95 00d54 015aa 209b5 0096c 614ae 0149c 01a4c 51d26 01aa6
    00b54 30d6a 012da b095d 0095a 0149a 61a4b 01a4a 01aa4 51b54
    016b4 00ada 2095b 00936 71497 01496 0154a 516a5 00da4 015b4
    30ab6 0126e 8092f 0092e 00c96 60d4a 01d4a 00d54 4156c 0155c
    0125c 3192e 0192c 71a95 01a94 01b4a 50b55 00ad4 014da 40a5d
    00a5a 8152b 0152a 01694 616aa 015aa 00ab4 414ba 014b6 00a56
    31527 00d26 70e53 00d54 015aa 509b5 0096c 014ae 40a4e 01a2c
    81d26 01aa4 01b54 60d6a 00ada 0095c 4149d 0145a 01a2a 21b25
    01aa4
    """
_YEARS: Final = tuple(_TABLE.split())


def _lengths_of(word: str) -> tuple[int, ...]:
    """Return the days of each month of a year, in the order they come."""
    bits, months = int(word[1:], 16), 13 if word[0] != "0" else 12
    return tuple(LONG_DAYS if bits >> (_MONTHS_MAX - 1 - place) & 1 else SHORT_DAYS for place in range(months))


_LEAPS: Final = tuple(int(word[0], 16) for word in _YEARS)
_LENGTHS: Final = tuple(_lengths_of(word) for word in _YEARS)
_NEW_YEARS: Final = tuple(
    _NEW_YEAR_1900 + dt.timedelta(days=days) for days in itertools.accumulate(map(sum, _LENGTHS), initial=0)
)  # one more than there are years: the day after the last


@dataclass(frozen=True, slots=True, order=True)
class LunarDate:
    """A day of the lunar calendar; `is_leap` says that the month is the second one of its number (闰四月)."""

    year: int
    month: int
    is_leap: bool
    day: int


def leap_month(year: int) -> int:
    """Return the number of the month that comes twice in a lunar year, 0 for none; raise `Refusal` `calendar_year`."""
    return _LEAPS[_row(year)]


def month_days(year: int, month: int, *, is_leap: bool = False) -> int:
    """Return how many days a month has, 0 where the year has no such month; raise `Refusal` `calendar_year`."""
    row = _row(year)
    if not 1 <= month <= 12 or (is_leap and month != _LEAPS[row]):
        return 0
    return _LENGTHS[row][_place(row, month, is_leap=is_leap)]


def new_year(year: int) -> dt.date:
    """Return the civil date of a lunar year's first day; raise `Refusal` `calendar_year` outside 1900 to 2100."""
    return _NEW_YEARS[_row(year)]


def to_civil(date: LunarDate) -> dt.date:
    """Return the civil date of a lunar one.

    Raises `Refusal` `calendar_year`, or `lunar_date` where the year has no such day.
    """
    if not 1 <= date.day <= month_days(date.year, date.month, is_leap=date.is_leap):
        raise Refusal("lunar_date")
    row = _row(date.year)
    before = _LENGTHS[row][: _place(row, date.month, is_leap=date.is_leap)]
    return _NEW_YEARS[row] + dt.timedelta(days=sum(before) + date.day - 1)


def from_civil(day: dt.date) -> LunarDate:
    """Return the lunar date of a civil one; raise `Refusal` `calendar_year` before 31.1.1900 and after 28.1.2101."""
    if not _NEW_YEARS[0] <= day < _NEW_YEARS[-1]:
        raise _outside()
    row = bisect.bisect_right(_NEW_YEARS, day) - 1
    left, leap, place = (day - _NEW_YEARS[row]).days, _LEAPS[row], 0
    while left >= _LENGTHS[row][place]:
        left -= _LENGTHS[row][place]
        place += 1
    is_behind = bool(leap) and place >= leap
    return LunarDate(FIRST_YEAR + row, place + 1 - is_behind, is_behind and place == leap, left + 1)


def _row(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _outside()
    return year - FIRST_YEAR


def _outside() -> Refusal:
    return Refusal("calendar_year", first=FIRST_YEAR, last=LAST_YEAR)


def _place(row: int, month: int, *, is_leap: bool) -> int:
    """Return where in the year a month comes, from 0."""
    leap = _LEAPS[row]
    return month if is_leap or (leap and month > leap) else month - 1
