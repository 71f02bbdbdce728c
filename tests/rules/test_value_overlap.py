"""Two rules meet exactly where some minute and some member has both."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.rules.scope import Audience
from terminal.rules.value.overlap import audience_mistakes, audiences_meet, window_mistakes, windows_meet
from terminal.rules.when import ALWAYS, WEEKDAYS, Window

MONDAY = dt.date(2026, 11, 2)
MON_TO_FRI, WEEKEND = frozenset(range(1, 6)), frozenset({6, 7})


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Window(), Window(), True),
        (Window(last=day(3)), Window(first=day(4)), False),
        (Window(last=day(4)), Window(first=day(4)), True),
        (Window(weekdays=MON_TO_FRI), Window(weekdays=WEEKEND), False),
        (Window(from_minute=600, to_minute=720), Window(from_minute=720, to_minute=800), False),
        (Window(from_minute=600, to_minute=721), Window(from_minute=720, to_minute=800), True),
        # Friday evening reaches into Saturday's first hours.
        (
            Window(weekdays=frozenset({5}), from_minute=1320, to_minute=120),
            Window(weekdays=frozenset({6}), to_minute=60),
            True,
        ),
        (
            Window(weekdays=frozenset({5}), from_minute=1320, to_minute=120),
            Window(weekdays=frozenset({6}), from_minute=120),
            False,
        ),
        # Sunday's night reaches into Monday, over the end of the week.
        (
            Window(weekdays=frozenset({1}), to_minute=30),
            Window(weekdays=frozenset({7}), from_minute=1380, to_minute=60),
            True,
        ),
        # The last night of one reaches into the first morning of the other.
        (Window(last=day(4), from_minute=1320, to_minute=120), Window(first=day(5), to_minute=60), True),
        (Window(last=day(4), from_minute=1320, to_minute=120), Window(first=day(6), to_minute=60), False),
        (Window(last=day(4), from_minute=1320), Window(first=day(5), to_minute=60), False),
        # The only days of both are no Mondays.
        (Window(first=day(1), last=day(5)), Window(weekdays=frozenset({1})), False),
        (Window(last=dt.date.min), Window(first=dt.date.max), False),
        (Window(first=dt.date.max), Window(first=dt.date.max), True),
        (Window(first=day(2), last=day(1)), Window(), False),
    ],
)
def test_windows_meet_where_a_minute_is_in_both(one: Window, other: Window, meet: bool) -> None:
    assert windows_meet(one, other) is meet
    assert windows_meet(other, one) is meet


BOUNDS = st.none() | st.integers(0, 9).map(day)
HOURS = st.integers(0, 23).map(lambda hour: hour * 60)
ENDS = st.integers(0, 24).map(lambda hour: hour * 60)
WINDOWS = st.builds(Window, BOUNDS, BOUNDS, st.frozensets(st.sampled_from(sorted(WEEKDAYS)), max_size=3), HOURS, ENDS)
# Every hour from a week before the first bound to more than a week after the last one.
TIMES = [dt.datetime.combine(day(number), dt.time(hour)) for number in range(-8, 19) for hour in range(24)]


@settings(max_examples=60)
@given(WINDOWS, WINDOWS)
def test_windows_meet_exactly_when_some_hour_is_in_both(one: Window, other: Window) -> None:
    assert windows_meet(one, other) is any(one.holds(at) and other.holds(at) for at in TIMES)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Audience(), Audience(), True),
        (Audience(levels=frozenset({"gold"})), Audience(), True),
        (Audience(levels=frozenset({"gold"})), Audience(levels=frozenset({"silver"})), False),
        (Audience(levels=frozenset({"gold", "silver"})), Audience(levels=frozenset({"silver"})), True),
        (Audience(levels=frozenset({"gold"})), Audience(channels=frozenset({"kiosk"})), True),
        (Audience(stores=frozenset({"a"})), Audience(stores=frozenset({"b"})), False),
        (Audience(channels=frozenset({"app"})), Audience(channels=frozenset({"kiosk"})), False),
    ],
)
def test_audiences_meet_where_a_member_can_be_in_both(one: Audience, other: Audience, meet: bool) -> None:
    assert audiences_meet(one, other) is meet


@pytest.mark.parametrize(
    ("window", "keys"),
    [
        (ALWAYS, []),
        (Window(first=day(2), last=day(2)), []),
        (Window(first=day(2), last=day(1)), ["last"]),
        (Window(weekdays=frozenset()), ["weekdays"]),
        (Window(weekdays=frozenset({0, 1})), ["weekdays"]),
        (Window(from_minute=1439, to_minute=0), []),
        (Window(from_minute=-1), ["hours"]),
        (Window(from_minute=1440), ["hours"]),
        (Window(to_minute=1441), ["hours"]),
        (Window(to_minute=-1), ["hours"]),
        (Window(day(2), day(1), frozenset({8}), 2000, 0), ["last", "weekdays", "hours"]),
    ],
)
def test_all_mistakes_of_a_window_are_told_at_once(window: Window, keys: list[str]) -> None:
    assert [key for key, _ in window_mistakes(window)] == keys


def test_an_unknown_channel_is_a_mistake() -> None:
    assert audience_mistakes(Audience(channels=frozenset({"kiosk", "app", "counter"}))) == []
    ((key, sentence),) = audience_mistakes(Audience(channels=frozenset({"kiosk", "phone"})))
    assert key == "channels"
    assert sentence.startswith("phone is not known")
