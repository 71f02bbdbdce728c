"""The table of the lunar calendar, against dates that everybody can look up and against the mean moon."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.member import lunar
from terminal.rules.member.lunar import LunarDate

# Public holidays and almanacs: the first day of the lunar year.
NEW_YEARS = """
1901-02-19 1902-02-08 1912-02-18 1924-02-05 1930-01-30 1936-01-24 1940-02-08 1945-02-13 1949-01-29 1950-02-17
1955-01-24 1960-01-28 1964-02-13 1965-02-02 1966-01-21 1967-02-09 1968-01-30 1970-02-06 1972-02-15 1976-01-31
1979-01-28 1980-02-16 1981-02-05 1982-01-25 1983-02-13 1984-02-02 1985-02-20 1986-02-09 1987-01-29 1988-02-17
1989-02-06 1990-01-27 1991-02-15 1992-02-04 1993-01-23 1994-02-10 1995-01-31 1996-02-19 1997-02-07 1998-01-28
1999-02-16 2000-02-05 2001-01-24 2002-02-12 2003-02-01 2004-01-22 2005-02-09 2006-01-29 2007-02-18 2008-02-07
2009-01-26 2010-02-14 2011-02-03 2012-01-23 2013-02-10 2014-01-31 2015-02-19 2016-02-08 2017-01-28 2018-02-16
2019-02-05 2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26
2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08 2050-01-23 2100-02-09
""".split()  # noqa: SIM905 - a table reads better than a list of quotes
# The month that came, or will come, twice; 2033 is the year whose leap month was long disputed.
LEAPS = {
    1976: 8, 1979: 6, 1982: 4, 1984: 10, 1987: 6, 1990: 5, 1993: 3, 1995: 8, 1998: 5, 2001: 4, 2004: 2, 2006: 7,
    2009: 5, 2012: 4, 2014: 9, 2017: 6, 2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3, 2033: 11, 2036: 6, 2039: 5,
}  # fmt: skip
FESTIVALS = [
    *[(LunarDate(int(day[:4]), 8, is_leap=False, day=15), day) for day in (
        "1995-09-09", "2018-09-24", "2019-09-13", "2020-10-01", "2021-09-21", "2022-09-10", "2023-09-29",
        "2024-09-17", "2025-10-06", "2026-09-25",
    )],
    *[(LunarDate(int(day[:4]), 5, is_leap=False, day=5), day) for day in (
        "2018-06-18", "2019-06-07", "2020-06-25", "2021-06-14", "2022-06-03", "2023-06-22", "2024-06-10",
        "2025-05-31", "2026-06-19",
    )],
    *[(LunarDate(int(day[:4]), 9, is_leap=False, day=9), day) for day in (
        "2014-10-02", "2023-10-23", "2024-10-11", "2025-10-29",
    )],
    # New Year's Eve, on a 29th or a 30th of the twelfth month.
    (LunarDate(2021, 12, is_leap=False, day=29), "2022-01-31"),
    (LunarDate(2022, 12, is_leap=False, day=30), "2023-01-21"),
    (LunarDate(2023, 12, is_leap=False, day=30), "2024-02-09"),
    (LunarDate(2024, 12, is_leap=False, day=29), "2025-01-28"),
    (LunarDate(2025, 12, is_leap=False, day=29), "2026-02-16"),
]  # fmt: skip
FIRST, LAST = dt.date(1900, 1, 31), dt.date(2101, 1, 28)


@pytest.mark.parametrize("day", NEW_YEARS)
def test_a_lunar_year_begins_on_the_day_of_the_almanac(day: str) -> None:
    assert lunar.new_year(int(day[:4])).isoformat() == day


@pytest.mark.parametrize("year", range(1976, 2040))
def test_the_years_with_a_leap_month_are_those_of_the_almanac(year: int) -> None:
    assert lunar.leap_month(year) == LEAPS.get(year, 0)


@pytest.mark.parametrize(("date", "day"), FESTIVALS)
def test_a_festival_falls_on_the_day_it_was_kept(date: LunarDate, day: str) -> None:
    assert lunar.to_civil(date).isoformat() == day
    assert lunar.from_civil(dt.date.fromisoformat(day)) == date


def test_every_month_begins_within_a_day_and_a_third_of_the_mean_new_moon() -> None:
    # Mean new moons are 29.530588861 days apart; one was on 6 January 2000, 14:20 UTC (Meeus, chapter 49).
    mean, first = 29.530588861, dt.date(2000, 1, 6).toordinal() + (14 + 20 / 60 + 8) / 24
    for year in range(1900, 2101):
        leap = lunar.leap_month(year)
        for month, is_leap in [(month, False) for month in range(1, 13)] + ([(leap, True)] if leap else []):
            start = lunar.to_civil(LunarDate(year, month, is_leap, 1)).toordinal()
            moon = first + mean * round((start + 0.5 - first) / mean)
            assert abs(start + 0.5 - moon) < 1.34, (year, month, is_leap)


def test_nineteen_years_have_seven_leap_months() -> None:
    for first in range(1900, 2082):
        assert sum(lunar.leap_month(year) > 0 for year in range(first, first + 19)) in {6, 7, 8}
    assert sum(lunar.leap_month(year) > 0 for year in range(1900, 2090)) == 70


@settings(max_examples=100)
@given(st.dates(FIRST, LAST))
def test_every_civil_day_is_one_lunar_day_and_back(day: dt.date) -> None:
    date = lunar.from_civil(day)
    assert lunar.to_civil(date) == day
    if day < LAST:
        following = lunar.from_civil(day + dt.timedelta(days=1))
        assert following.day == date.day + 1 or following.day == 1


@pytest.mark.parametrize(
    ("year", "leap"), [(1900, 8), (1906, 4), (1917, 2), (1919, 7), (1922, 5), (1933, 5), (2099, 2)]
)
def test_the_leap_months_of_far_years_are_as_published(year: int, leap: int) -> None:
    assert lunar.leap_month(year) == leap
    assert lunar.month_days(year, leap, is_leap=True) in {29, 30}


def test_the_months_that_begin_at_midnight_begin_on_the_published_day() -> None:
    assert lunar.to_civil(LunarDate(2057, 9, is_leap=False, day=1)) == dt.date(2057, 9, 28)
    assert lunar.to_civil(LunarDate(2089, 8, is_leap=False, day=1)) == dt.date(2089, 9, 4)
    assert lunar.to_civil(LunarDate(2097, 7, is_leap=False, day=1)) == dt.date(2097, 8, 7)


@pytest.mark.parametrize("day", [dt.date(1900, 1, 30), dt.date(2101, 1, 29), dt.date.min, dt.date.max])
def test_a_day_outside_the_table_is_refused(day: dt.date) -> None:
    with pytest.raises(Refusal, match="calendar_year first=1900 last=2100"):
        lunar.from_civil(day)


@pytest.mark.parametrize("year", [1899, 2101])
def test_a_year_outside_the_table_is_refused(year: int) -> None:
    for look in (lunar.leap_month, lunar.new_year, lambda each: lunar.month_days(each, 1)):
        with pytest.raises(Refusal, match="calendar_year"):
            look(year)


@pytest.mark.parametrize(
    "date",
    [
        LunarDate(2025, 5, is_leap=True, day=1),
        LunarDate(2024, 12, is_leap=False, day=30),
        LunarDate(2024, 0, is_leap=False, day=1),
        LunarDate(2024, 13, is_leap=False, day=1),
        LunarDate(2024, 1, is_leap=False, day=0),
    ],
)
def test_a_day_that_the_lunar_calendar_does_not_have_is_refused(date: LunarDate) -> None:
    with pytest.raises(Refusal, match="lunar_date"):
        lunar.to_civil(date)
