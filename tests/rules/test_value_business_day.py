"""The business day ends where the shop says, also after midnight."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.rules.value.business_day import CUTOVER_MINUTE, business_day, mistakes, span
from tests.told import keys as keys_of

SATURDAY = dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    ("at", "cutover_minute", "day"),
    [
        ("2026-11-28 15:00", CUTOVER_MINUTE, "2026-11-28"),
        ("2026-11-29 00:30", CUTOVER_MINUTE, "2026-11-28"),
        ("2026-11-29 03:59", CUTOVER_MINUTE, "2026-11-28"),
        ("2026-11-29 04:00", CUTOVER_MINUTE, "2026-11-29"),
        ("2026-11-29 00:00", 0, "2026-11-29"),
        ("2026-11-28 23:59", 0, "2026-11-28"),
        ("2027-01-01 05:59", 6 * 60, "2026-12-31"),
    ],
)
def test_until_the_cutover_it_is_still_yesterday(at: str, cutover_minute: int, day: str) -> None:
    assert business_day(dt.datetime.fromisoformat(at), cutover_minute).isoformat() == day


def test_a_business_day_is_from_cutover_to_cutover() -> None:
    assert [at.isoformat(" ") for at in span(SATURDAY)] == ["2026-11-28 04:00:00", "2026-11-29 04:00:00"]


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.times(), st.integers(0, 720))
def test_every_time_is_within_its_own_business_day(day: dt.date, time: dt.time, cutover_minute: int) -> None:
    at = dt.datetime.combine(day, time)
    start, end = span(business_day(at, cutover_minute), cutover_minute)
    assert start <= at < end


@pytest.mark.parametrize(("cutover_minute", "wrong"), [(-1, True), (0, False), (720, False), (721, True)])
def test_a_cutover_is_between_midnight_and_noon(cutover_minute: int, wrong: bool) -> None:
    assert keys_of(mistakes(cutover_minute)) == ["cutover_minute"] * wrong
