"""The rules of the counter's two amounts as one shop has them, and when points end."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

POINTS_VALID_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Tier:
    """From `paid_fen` on, `bonus_fen` is given."""

    paid_fen: int
    bonus_fen: int


@dataclass(frozen=True, slots=True)
class TopUpRule:
    """The shop's one bonus rule; `version` is noted in every entry that used it."""

    version: int
    tiers: tuple[Tier, ...]
    mode: str
    least_fen: int
    most_fen: int


@dataclass(frozen=True, slots=True)
class PointsRule:
    """One point for each `unit_fen` of money actually paid, rounded down."""

    version: int
    unit_fen: int


def points_end(day: dt.date, months: int = POINTS_VALID_MONTHS) -> dt.date:
    """Return the last day of points earned on `day`: the end of the month `months` later."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
