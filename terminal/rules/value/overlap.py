"""Whether two rules can hold for the same member at the same time, and what is wrong with when and for whom one is."""

from __future__ import annotations

import datetime as dt

from terminal.rules.scope import Audience
from terminal.rules.when import DAY_MINUTES, WEEKDAYS, Window

CHANNELS = frozenset({"counter", "kiosk", "app"})
_WEEK = 7


def audiences_meet(one: Audience, other: Audience) -> bool:
    """Tell whether somebody at some place can be in both."""
    pairs = ((one.levels, other.levels), (one.stores, other.stores), (one.channels, other.channels))
    return all(not first or not second or first & second for first, second in pairs)


def windows_meet(one: Window, other: Window) -> bool:
    """Tell whether there is a minute at which both hold, also where one reaches over midnight into the other's day."""
    return any(_hours_meet(one, other, shift) and _days_meet(one, other, shift) for shift in (-1, 0, 1))


def _end(window: Window) -> int:
    """Return the minute a window ends at, counted from the midnight before it began."""
    return window.to_minute + (DAY_MINUTES if window.to_minute <= window.from_minute else 0)


def _hours_meet(one: Window, other: Window, shift: int) -> bool:
    """Tell whether their hours touch when `other` begins `shift` days after `one`."""
    start = other.from_minute + shift * DAY_MINUTES
    return one.from_minute < _end(other) + shift * DAY_MINUTES and start < _end(one)


def _days_meet(one: Window, other: Window, shift: int) -> bool:
    """Tell whether `one` begins on some day and `other` begins `shift` days after it."""
    (first, last), (other_first, other_last) = _dates(one, 0), _dates(other, shift)
    start = max(first, other_first)
    end = min(last, other_last, start + _WEEK - 1)  # after a week the weekdays come again
    return any(
        _weekday(day) in one.weekdays and _weekday(day + shift) in other.weekdays for day in range(start, end + 1)
    )


def _dates(window: Window, shift: int) -> tuple[int, int]:
    """Return the first and last day a window begins on, as ordinals, `shift` days earlier."""
    first = dt.date.min if window.first is None else window.first
    last = dt.date.max if window.last is None else window.last
    return first.toordinal() - shift, last.toordinal() - shift


def _weekday(ordinal: int) -> int:
    """Return the ISO weekday of a date by its ordinal (1 is a Monday)."""
    return (ordinal - 1) % _WEEK + 1


def window_mistakes(window: Window) -> list[tuple[str, str]]:
    """Return what is wrong with dates, weekdays and hours as (key, sentence)."""
    found: list[tuple[str, str]] = []
    if window.first is not None and window.last is not None and window.last < window.first:
        found.append(("last", f"is {window.last}, before the first day {window.first}"))
    if not window.weekdays or not window.weekdays <= WEEKDAYS:
        found.append(("weekdays", "must be one or more of 1 (Monday) to 7 (Sunday)"))
    if not (0 <= window.from_minute < DAY_MINUTES and 0 <= window.to_minute <= DAY_MINUTES):
        found.append(("hours", "must be minutes of the day: from 0 to 1439, to at most 1440"))
    return found


def audience_mistakes(audience: Audience) -> list[tuple[str, str]]:
    """Return what is wrong with channels as (key, sentence); levels and stores are for who knows them to check."""
    unknown = sorted(audience.channels - CHANNELS)
    if not unknown:
        return []
    return [("channels", f"{', '.join(unknown)} is not known; the channels are {', '.join(sorted(CHANNELS))}")]
