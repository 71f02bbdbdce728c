"""On which dates a birthday is kept, solar or lunar, and its one stored form."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.member import birthdays, lunar
from terminal.rules.member.birthdays import Birthday

DAYS = st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31))
MID_AUTUMN = Birthday(8, 15, is_lunar=True)


@st.composite
def some_birthdays(draw: st.DrawFn) -> Birthday:
    """A birthday of a real day, solar or lunar, with its year or without."""
    day, is_lunar, has_year = draw(DAYS), draw(st.booleans()), draw(st.booleans())
    if not is_lunar:
        return Birthday(day.month, day.day, day.year if has_year else 0)
    date = lunar.from_civil(day)
    return Birthday(date.month, date.day, date.year if has_year else 0, is_lunar=True, is_leap=date.is_leap)


def test_a_solar_birthday_comes_every_year_on_its_day() -> None:
    birthday = Birthday(11, 22, 1990)
    assert birthdays.following(birthday, dt.date(2026, 11, 22)) == dt.date(2026, 11, 22)
    assert birthdays.following(birthday, dt.date(2026, 11, 23)) == dt.date(2027, 11, 22)


def test_29_february_is_kept_on_the_28th_of_a_common_year() -> None:
    birthday = Birthday(2, 29, 2000)
    assert birthdays.following(birthday, dt.date(2024, 1, 1)) == dt.date(2024, 2, 29)
    assert birthdays.following(birthday, dt.date(2024, 3, 1)) == dt.date(2025, 2, 28)
    assert birthdays.kept_in(birthday, 2100) == dt.date(2100, 2, 28)


def test_a_lunar_birthday_moves_through_the_civil_year() -> None:
    assert birthdays.following(MID_AUTUMN, dt.date(2025, 1, 1)) == dt.date(2025, 10, 6)
    assert birthdays.following(MID_AUTUMN, dt.date(2025, 10, 7)) == dt.date(2026, 9, 25)


def test_a_lunar_day_30_is_kept_on_the_29th_where_the_month_is_short() -> None:
    eve = Birthday(12, 30, is_lunar=True)
    assert birthdays.kept_in(eve, 2023) == dt.date(2024, 2, 9)
    assert birthdays.kept_in(eve, 2024) == dt.date(2025, 1, 28)


def test_a_birthday_of_a_leap_month_is_kept_in_it_or_in_the_ordinary_month() -> None:
    born = Birthday(6, 1, 1987, is_lunar=True, is_leap=True)
    assert birthdays.kept_in(born, 2025) == dt.date(2025, 7, 25)  # the leap sixth month of 2025 began on that day
    assert birthdays.kept_in(born, 2026) == lunar.to_civil(lunar.LunarDate(2026, 6, is_leap=False, day=1))


def test_a_birthday_of_an_ordinary_month_is_not_kept_twice_in_a_leap_year() -> None:
    assert birthdays.kept_in(Birthday(6, 1, is_lunar=True), 2025) == dt.date(2025, 6, 25)


def test_a_lunar_birthday_may_come_twice_in_a_civil_year_or_not_at_all() -> None:
    twelfth = Birthday(12, 8, is_lunar=True)
    counts = {
        year: len(birthdays.between(twelfth, dt.date(year, 1, 1), dt.date(year, 12, 31))) for year in range(2000, 2030)
    }
    assert {0, 1, 2} == set(counts.values())
    assert sum(counts.values()) == 30


@settings(max_examples=100)
@given(some_birthdays(), DAYS)
def test_the_following_birthday_is_the_first_that_any_year_keeps(birthday: Birthday, on: dt.date) -> None:
    found = birthdays.following(birthday, on)
    kept = [birthdays.kept_in(birthday, year) for year in range(on.year - 1, on.year + 2)]
    assert found == min(day for day in kept if day >= on)
    assert 0 <= (found - on).days <= 385


@settings(max_examples=100)
@given(some_birthdays())
def test_the_stored_form_reads_as_the_same_birthday(birthday: Birthday) -> None:
    assert birthdays.read(birthdays.stored(birthday)) == birthday


@pytest.mark.parametrize(
    ("birthday", "text"),
    [
        (Birthday(1, 2, 1990), "1990-01-02"),
        (Birthday(2, 29), "02-29"),
        (Birthday(8, 15, is_lunar=True), "L08-15"),
        (Birthday(8, 15, 1990, is_lunar=True), "L1990-08-15"),
        (Birthday(8, 15, 1995, is_lunar=True, is_leap=True), "L1995-08R-15"),
        (Birthday(4, 3, is_lunar=True, is_leap=True), "L04R-03"),
    ],
)
def test_a_birthday_is_stored_like_this(birthday: Birthday, text: str) -> None:
    assert birthdays.stored(birthday) == text
    assert birthdays.read(text) == birthday


@pytest.mark.parametrize(
    "text",
    [
        *("", "1990", "1990-02-30", "02-30", "1899-01-01", "2101-01-01", "0000-01-01", "1990-1-2", "1990-04R-01"),
        *("L1990-04R-01", "L12R-01", "L13-01", "L01-31", "L2024-12-30", "L1899-01-01", "L01-00", "１９９０-01-02"),
        *("1990-01-02\n", " 01-02", "l01-02", "00-01"),
    ],
)
def test_any_other_text_is_no_birthday(text: str) -> None:
    with pytest.raises(Refusal, match="birthday_bad"):
        birthdays.read(text)


def test_the_day_of_birth_is_known_where_its_year_is() -> None:
    assert birthdays.born_on(Birthday(1, 2, 1990)) == dt.date(1990, 1, 2)
    assert birthdays.born_on(Birthday(1, 1, 1990, is_lunar=True)) == dt.date(1990, 1, 27)
    assert birthdays.born_on(Birthday(1, 2)) is None


def test_beyond_the_calendar_there_are_no_birthdays() -> None:
    with pytest.raises(Refusal, match="calendar_year"):
        birthdays.following(MID_AUTUMN, dt.date(2102, 1, 1))
    with pytest.raises(Refusal, match="calendar_year"):
        birthdays.kept_in(MID_AUTUMN, 2101)
    assert birthdays.between(MID_AUTUMN, dt.date(2102, 1, 1), dt.date(2103, 1, 1)) == ()
