"""Windows hold on their dates, weekdays and hours, over midnight too; months end where they end."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.rules.scope import EVERYBODY, EVERYTHING, Audience, Scope
from terminal.rules.when import ALWAYS, Window, add_months

NIGHT = Window(
    dt.date(2026, 12, 4), dt.date(2026, 12, 11), frozenset({5}), from_minute=22 * 60, to_minute=2 * 60
)  # Fridays


@pytest.mark.parametrize(
    ("window", "at", "holds"),
    [
        (ALWAYS, "2026-12-04 00:00", True),
        (ALWAYS, "2026-12-04 23:59", True),
        (Window(first=dt.date(2026, 12, 5)), "2026-12-04 23:59", False),
        (Window(last=dt.date(2026, 12, 4)), "2026-12-04 23:59", True),
        (Window(last=dt.date(2026, 12, 4)), "2026-12-05 00:00", False),
        (Window(from_minute=600, to_minute=840), "2026-12-04 10:00", True),
        (Window(from_minute=600, to_minute=840), "2026-12-04 09:59", False),
        (Window(from_minute=600, to_minute=840), "2026-12-04 14:00", False),
        (Window(weekdays=frozenset({1})), "2026-12-07 08:00", True),
        (Window(weekdays=frozenset({1})), "2026-12-08 08:00", False),
        (NIGHT, "2026-12-04 22:00", True),
        (NIGHT, "2026-12-05 01:59", True),  # Friday's night
        (NIGHT, "2026-12-05 02:00", False),
        (NIGHT, "2026-12-05 22:00", False),
        (NIGHT, "2026-12-04 01:00", False),  # Thursday's night
        (NIGHT, "2026-12-12 01:00", True),  # began on the last day
        (NIGHT, "2026-12-18 23:00", False),
    ],
)
def test_a_window_holds_on_its_dates_weekdays_and_hours(window: Window, at: str, holds: bool) -> None:
    assert window.holds(dt.datetime.fromisoformat(at)) is holds


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2026-05-15", 0, "2026-05-15"),
        ("2028-02-29", 12, "2029-02-28"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(day: str, months: int, later: str) -> None:
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(later)


@pytest.mark.parametrize(
    ("scope", "has"),
    [
        (EVERYTHING, True),
        (Scope(kinds=frozenset({"service"})), True),
        (Scope(kinds=frozenset({"product"})), False),
        (Scope(kinds=frozenset({"product"}), categories=frozenset({"hair"})), True),
        (Scope(kinds=frozenset({"product"}), items=frozenset({"101"})), True),
        (Scope(categories=frozenset({"nails"}), items=frozenset({"102"})), False),
    ],
)
def test_a_scope_has_what_it_names_in_any_way(scope: Scope, has: bool) -> None:
    assert scope.has("service", "hair", "101") is has


@pytest.mark.parametrize(
    ("audience", "has"),
    [
        (EVERYBODY, True),
        (Audience(levels=frozenset({"gold"})), True),
        (Audience(levels=frozenset({"silver"})), False),
        (Audience(levels=frozenset({"gold"}), channels=frozenset({"kiosk"})), False),
        (Audience(stores=frozenset({"north"})), True),
    ],
)
def test_an_audience_asks_for_everything_it_names(audience: Audience, has: bool) -> None:
    assert audience.has("gold", "north", "counter") is has
    assert not Audience(levels=frozenset({"gold"})).has("", "north", "counter")
