"""The shop's business day, which may end after midnight."""

from __future__ import annotations

import datetime as dt

from terminal.rules.mistake import Mistake, number

CUTOVER_MINUTE = 4 * 60
# Later than noon, a day would end in the middle of the next one's work.
CUTOVER_MINUTE_MAX = 12 * 60


def business_day(at: dt.datetime, cutover_minute: int = CUTOVER_MINUTE) -> dt.date:
    """Return the date the shop works on at a civil time: until `cutover_minute` of the day it is still yesterday's."""
    return (at - dt.timedelta(minutes=cutover_minute)).date()


def span(day: dt.date, cutover_minute: int = CUTOVER_MINUTE) -> tuple[dt.datetime, dt.datetime]:
    """Return the civil times at which a business day begins and ends; the end belongs to the next one."""
    start = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=cutover_minute)
    return start, start + dt.timedelta(days=1)


def mistakes(cutover_minute: int) -> list[Mistake]:
    """Return what is wrong with a cutover, in minutes past midnight; nothing where it is good."""
    return list(number("cutover_minute", cutover_minute, CUTOVER_MINUTE_MAX))
