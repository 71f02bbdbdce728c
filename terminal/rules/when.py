"""When a rule holds: dates, weekdays and hours of the shop's own civil time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

DAY_MINUTES = 24 * 60
WEEKDAYS = frozenset(range(1, 8))  # ISO: Monday is 1


@dataclass(frozen=True, slots=True)
class Window:
    """Dates (both good, None: open), ISO weekdays, and minutes of the day from `from_minute` to before `to_minute`.

    A window whose end is not behind its start reaches over midnight; its hours after midnight belong to the weekday
    and the date on which it began.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    weekdays: frozenset[int] = WEEKDAYS
    from_minute: int = 0
    to_minute: int = DAY_MINUTES

    def holds(self, at: dt.datetime) -> bool:
        """Tell whether it holds at this civil time."""
        minute, day = at.hour * 60 + at.minute, at.date()
        if self.from_minute < self.to_minute:
            return self.from_minute <= minute < self.to_minute and self._on(day)
        if minute >= self.from_minute:
            return self._on(day)
        return minute < self.to_minute and self._on(day - dt.timedelta(days=1))

    def _on(self, day: dt.date) -> bool:
        if self.first is not None and day < self.first:
            return False
        if self.last is not None and day > self.last:
            return False
        return day.isoweekday() in self.weekdays


ALWAYS = Window()


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day of the month `months` later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (following - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))
