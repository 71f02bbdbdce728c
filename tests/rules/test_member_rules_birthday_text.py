"""Lunar birthdays as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.member import lunar
from terminal.rules.member.birthday_text import is_lunar, read_lunar

DAYS = ["", *(f"初{sign}" for sign in "一二三四五六七八九十"), *(f"十{sign}" for sign in "一二三四五六七八九")]
DAYS += ["二十", *(f"廿{sign}" for sign in "一二三四五六七八九"), "三十"]
MONTHS = ["", "正", *"二三四五六七八九十", "冬", "腊"]


@given(
    st.integers(1900, 2100), st.integers(1, 12), st.booleans(), st.integers(1, 30), st.sampled_from(("农历", "陰曆"))
)
@settings(max_examples=50)
def test_every_day_of_the_lunar_calendar_is_read_in_words_and_in_figures(
    year: int, month: int, leap: bool, day: int, calendar: str
) -> None:
    exists = day <= lunar.month_days(year, month, is_leap=leap)
    stored = f"L{year}-{month:02d}{'R' if leap else ''}-{day:02d}"
    sign = "闰" if leap else ""
    for text in (
        f"{calendar}{year}年{sign}{MONTHS[month]}月{DAYS[day]}",
        f"{year}-{sign}{month}-{day}({calendar})",
        stored,
    ):
        assert is_lunar(text)
        if exists:
            assert read_lunar(text) == stored
        else:
            with pytest.raises(Refusal, match="birthday_bad"):
                read_lunar(text)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("农历八月二十一", "L08-21"),
        ("旧历：10月十九日", "L10-19"),
        ("農曆 十二月 卅", "L12-30"),
        ("Lunar 8/15", "L08-15"),
        ("阴历闰四月初三", "L04R-03"),
        ("农历十一月一号", "L11-01"),
    ],
)
def test_a_lunar_birthday_without_a_year_is_read_in_many_ways(text: str, stored: str) -> None:
    assert read_lunar(text) == stored


@pytest.mark.parametrize(
    "text", ["农历", "农历八月", "农历二二月初一", "农历0000-01-01", "L1990-8-15", "农历13-01", "农历八月初"]
)
def test_what_is_no_lunar_birthday_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="birthday_bad"):
        read_lunar(text)


@pytest.mark.parametrize("text", ["1990-08-15", "L", "Li", "八月十五", ""])
def test_a_text_that_does_not_say_so_is_not_of_the_lunar_calendar(text: str) -> None:
    assert not is_lunar(text)
