"""Whether two rules can be for the same member, and what is wrong with when and for whom one is."""

from __future__ import annotations

from terminal.rules.mistake import Mistake, choice, wrong
from terminal.rules.prices.overlap import can_hold
from terminal.rules.scope import Audience
from terminal.rules.when import DAY_MINUTES, WEEKDAYS, Window

CHANNELS = frozenset({"counter", "kiosk", "app"})


def audiences_meet(one: Audience, other: Audience) -> bool:
    """Tell whether somebody at some place can be in both."""
    pairs = ((one.levels, other.levels), (one.stores, other.stores), (one.channels, other.channels))
    return all(not first or not second or first & second for first, second in pairs)


def window_mistakes(window: Window) -> list[Mistake]:
    """Return what is wrong with dates, weekdays and hours."""
    found: list[Mistake] = []
    if window.first is not None and window.last is not None and window.last < window.first:
        found.append(wrong("last", "setup_ends_first"))
    if not window.weekdays or not window.weekdays <= WEEKDAYS:
        found.append(wrong("weekdays", "setup_not_weekdays"))
    if not (0 <= window.from_minute < DAY_MINUTES and 0 <= window.to_minute <= DAY_MINUTES):
        found.append(wrong("hours", "setup_not_hours"))
    if not found and not can_hold(window):
        found.append(wrong("weekdays", "setup_never_holds"))
    return found


def audience_mistakes(audience: Audience) -> list[Mistake]:
    """Return what is wrong with channels; levels and stores are for who knows them to check."""
    return [each for channel in sorted(audience.channels) for each in choice("channels", channel, sorted(CHANNELS))]
