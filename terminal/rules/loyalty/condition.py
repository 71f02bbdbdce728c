"""When a rule of points holds: for which members, times, lines and means of payment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.rules.mistake import Found, below, choice
from terminal.rules.scope import ANY, EVERYBODY, EVERYTHING, Audience, Scope
from terminal.rules.value.overlap import audience_mistakes, window_mistakes
from terminal.rules.when import ALWAYS, Window

BIRTHDAY_DAY, BIRTHDAY_MONTH = "day", "month"
BIRTHDAYS = ("", BIRTHDAY_DAY, BIRTHDAY_MONTH)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who settles a bill or takes a reward, where and when (civil time of the shop).

    `level` is the one that held before this bill. `birthday` is the civil day on which the member's birthday is kept
    this year (a lunar one already turned into a civil date), None where it is not known.
    """

    at: dt.datetime
    level: str = ""
    store: str = ""
    channel: str = "counter"
    birthday: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of a settled bill, or what is left of it after refunds: `net_fen` is its net line value."""

    item: str
    kind: str
    category: str
    net_fen: int


@dataclass(frozen=True, slots=True)
class Condition:
    """All that has to fit for a rule to count; `birthday` is empty, or limits it to the birthday's day or month.

    `tenders` are the means of payment it is for, none named: all that earn.
    """

    scope: Scope = EVERYTHING
    audience: Audience = EVERYBODY
    window: Window = ALWAYS
    tenders: frozenset[str] = ANY
    birthday: str = ""

    def holds(self, visit: Visit) -> bool:
        """Tell whether it holds for this member, place and time."""
        here = self.audience.has(visit.level, visit.store, visit.channel)
        return here and self.window.holds(visit.at) and self._birthday_fits(visit)

    def covers(self, line: PaidLine, tender: str) -> bool:
        """Tell whether what this tender paid of this line is in it."""
        return (not self.tenders or tender in self.tenders) and self.scope.has(line.kind, line.category, line.item)

    def _birthday_fits(self, visit: Visit) -> bool:
        if not self.birthday:
            return True
        if visit.birthday is None:
            return False
        day = visit.at.date()
        if self.birthday == BIRTHDAY_DAY:
            return day == visit.birthday
        return (day.year, day.month) == (visit.birthday.year, visit.birthday.month)


ALWAYS_EVERYTHING = Condition()


def when_and_who_mistakes(window: Window, audience: Audience) -> Found:
    """Give the mistakes of a rule's window and audience."""
    yield from below("window", window_mistakes(window))
    yield from below("audience", audience_mistakes(audience))


def condition_mistakes(condition: Condition) -> Found:
    """Give the mistakes of a condition."""
    yield from when_and_who_mistakes(condition.window, condition.audience)
    yield from choice("birthday", condition.birthday, BIRTHDAYS)
