"""Two rules meet where a member can be in both, and rules that nobody can ever be in are mistakes."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.rules.scope import Audience
from terminal.rules.value.overlap import audience_mistakes, audiences_meet, window_mistakes
from terminal.rules.when import ALWAYS, Window
from tests.told import keys as keys_of
from tests.told import said

MONDAY = dt.date(2026, 11, 2)


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


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
        # Tuesday to Saturday have no Monday.
        (Window(first=day(1), last=day(5), weekdays=frozenset({1})), ["weekdays"]),
        (Window(first=day(1), last=day(7), weekdays=frozenset({1})), []),
        (Window(from_minute=1439, to_minute=0), []),
        (Window(from_minute=-1), ["hours"]),
        (Window(from_minute=1440), ["hours"]),
        (Window(to_minute=1441), ["hours"]),
        (Window(to_minute=-1), ["hours"]),
        (Window(day(2), day(1), frozenset({8}), 2000, 0), ["last", "weekdays", "hours"]),
    ],
)
def test_all_mistakes_of_a_window_are_told_at_once(window: Window, keys: list[str]) -> None:
    assert keys_of(window_mistakes(window)) == keys


def test_an_unknown_channel_is_a_mistake() -> None:
    assert audience_mistakes(Audience(channels=frozenset({"kiosk", "app", "counter"}))) == []
    ((key, words),) = said(audience_mistakes(Audience(channels=frozenset({"kiosk", "phone"}))))
    assert (key, words) == ("channels", "is 'phone'; it must be one of app, counter, kiosk")
