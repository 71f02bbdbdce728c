"""When points end."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.rules.stored_value import points_end


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (dt.date(2026, 11, 21), 24, dt.date(2028, 11, 30)),
        (dt.date(2026, 2, 28), 24, dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 31), 1, dt.date(2027, 1, 31)),
        (dt.date(2026, 1, 31), 0, dt.date(2026, 1, 31)),
    ],
)
def test_points_end_with_the_month(day: dt.date, months: int, end: dt.date) -> None:
    assert points_end(day, months) == end
