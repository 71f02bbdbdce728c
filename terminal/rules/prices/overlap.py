"""Whether rules can hold at all, and whether two of them can hold at the same time."""

from __future__ import annotations

from terminal.rules.when import DAY_MINUTES, Window

# Within a week and a day every pair of neighbouring weekdays comes.
_DAYS = 8


def can_hold(window: Window) -> bool:
    """Tell whether a window holds on any day."""
    return any(_begins(window, day) for day in _days(window, window))


def can_hold_together(one: Window, other: Window) -> bool:
    """Tell whether there is a minute at which both windows hold."""
    return any(
        _begins(one, day) and _begins(other, day + later) and _touch(one, other, later * DAY_MINUTES)
        for day in _days(one, other)
        for later in (-1, 0, 1)
    )


def _days(one: Window, other: Window) -> range:
    """Return days (as ordinals) that are enough to look at: both are dated there, or end the day before or after."""
    firsts = [each.first.toordinal() for each in (one, other) if each.first]
    lasts = [each.last.toordinal() for each in (one, other) if each.last]
    last = min(lasts, default=max(firsts, default=0) + _DAYS)
    first = max([*firsts, last - _DAYS] if lasts else firsts, default=last - _DAYS)
    return range(first - 1, last + 2)


def _begins(window: Window, day: int) -> bool:
    """Tell whether the window's hours begin on the day with this ordinal (the first of all, a Monday, has 1)."""
    if window.first and day < window.first.toordinal():
        return False
    if window.last and day > window.last.toordinal():
        return False
    return (day - 1) % 7 + 1 in window.weekdays


def _touch(one: Window, other: Window, later: int) -> bool:
    """Tell whether the hours meet, where the other's begin `later` minutes after the day of the first."""
    return one.from_minute < _end(other) + later and other.from_minute + later < _end(one)


def _end(window: Window) -> int:
    """Return the minute at which the hours end, counted from the day on which they begin."""
    return window.to_minute + (DAY_MINUTES if window.to_minute <= window.from_minute else 0)
