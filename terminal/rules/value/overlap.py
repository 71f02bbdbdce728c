"""Whether two rules can be for the same member, and what is wrong with when and for whom one is."""

from __future__ import annotations

from terminal.rules.prices.overlap import can_hold
from terminal.rules.scope import Audience
from terminal.rules.when import DAY_MINUTES, WEEKDAYS, Window

CHANNELS = frozenset({"counter", "kiosk", "app"})


def audiences_meet(one: Audience, other: Audience) -> bool:
    """Tell whether somebody at some place can be in both."""
    pairs = ((one.levels, other.levels), (one.stores, other.stores), (one.channels, other.channels))
    return all(not first or not second or first & second for first, second in pairs)


def window_mistakes(window: Window) -> list[tuple[str, str]]:
    """Return what is wrong with dates, weekdays and hours as (key, sentence)."""
    found: list[tuple[str, str]] = []
    if window.first is not None and window.last is not None and window.last < window.first:
        found.append(("last", f"is {window.last}, before the first day {window.first}"))
    if not window.weekdays or not window.weekdays <= WEEKDAYS:
        found.append(("weekdays", "must be one or more of 1 (Monday) to 7 (Sunday)"))
    if not (0 <= window.from_minute < DAY_MINUTES and 0 <= window.to_minute <= DAY_MINUTES):
        found.append(("hours", "must be minutes of the day: from 0 to 1439, to at most 1440"))
    if not found and not can_hold(window):
        found.append(("weekdays", f"are none of the days from {window.first} to {window.last}"))
    return found


def audience_mistakes(audience: Audience) -> list[tuple[str, str]]:
    """Return what is wrong with channels as (key, sentence); levels and stores are for who knows them to check."""
    unknown = sorted(audience.channels - CHANNELS)
    if not unknown:
        return []
    return [("channels", f"{', '.join(unknown)} is not known; the channels are {', '.join(sorted(CHANNELS))}")]
