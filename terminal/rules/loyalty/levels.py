"""Levels: where a member stands, and when that changes: up at once for the next bill, down only at the review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from terminal.base.errors import Refusal
from terminal.rules.loyalty.growth import GROWTH_MAX, GROWTHS, PAID_12_MONTHS, Milestone, milestone_mistakes
from terminal.rules.mistake import Mistake, choice, each_of, number, twice, wrong
from terminal.rules.when import add_months

REVIEW_MONTHS = 12
NOTICE_DAYS_MAX = 180
ORDINARY = ""  # who is a member without a level


@dataclass(frozen=True, slots=True)
class Level:
    """A level and the growth value from which it is reached (fen, points or visits, as the growth value counts)."""

    code: str
    threshold: int


@dataclass(frozen=True, slots=True)
class LevelRules:
    """The levels, lowest first; `version` is noted in each bill.

    A level is reviewed every year from the day it was reached, given or first known, or every year on `review_day`
    (month, day) where that is given; it is lowered then only after a notice at least `notice_days` before. `strict`
    (the setting `strict_level`) lowers it at once when a refund lowers the growth value.
    """

    version: int = 0
    levels: tuple[Level, ...] = ()
    growth: str = PAID_12_MONTHS
    review_day: tuple[int, int] | None = None
    notice_days: int = 30
    strict: bool = False
    milestones: tuple[Milestone, ...] = ()

    def rank(self, code: str) -> int:
        """Return the place of a level from 1 on, 0 for none and for one that the shop has given up."""
        return next((place for place, level in enumerate(self.levels, start=1) if level.code == code), 0)

    def reached(self, growth: int) -> str:
        """Return the highest level whose threshold this growth value reaches, or none."""
        codes = [level.code for level in self.levels if level.threshold <= growth]
        return codes[-1] if codes else ORDINARY

    def next_review(self, day: dt.date) -> dt.date:
        """Return the review date of a level reached or reviewed on `day`."""
        if self.review_day is None:
            return add_months(day, REVIEW_MONTHS)
        this_year = dt.date(day.year, *self.review_day)
        return this_year if this_year > day else dt.date(day.year + 1, *self.review_day)

    def review_after(self, due: dt.date, day: dt.date) -> dt.date:
        """Return the first review date behind `day` of a level whose review was `due`: a late one moves none."""
        dates = (self.next_review(add_months(due, REVIEW_MONTHS * years)) for years in count())
        return next(date for date in dates if date > day)


@dataclass(frozen=True, slots=True)
class Grant:
    """A level given by a top-up or a manager, good through `until`, whatever the growth value."""

    level: str
    until: dt.date


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: the level that growth earned, levels granted beside it, and the dates of the review.

    `locked` (`level_locked`) stops every change that growth makes, up and down.
    """

    earned: str = ORDINARY
    review_on: dt.date | None = None
    noticed_on: dt.date | None = None
    grants: tuple[Grant, ...] = ()
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What a member has to be told before a review lowers the level; `missing` growth would keep it."""

    level: str
    falls_to: str
    missing: int
    review_on: dt.date


def level_on(rules: LevelRules, standing: Standing, day: dt.date) -> str:
    """Return the level that counts on `day`: the highest of the earned one and the grants that still hold, or none."""
    codes = [standing.earned, *(grant.level for grant in standing.grants if day <= grant.until)]
    return max((code for code in codes if rules.rank(code)), key=rules.rank, default=ORDINARY)


def after_growth(rules: LevelRules, standing: Standing, growth: int, day: dt.date) -> Standing:
    """Return the standing after a settled bill or top-up brought the growth value to `growth`: higher, or the same.

    The bill itself was priced and earned points with the standing before; the new one is for the next.
    """
    reached = rules.reached(growth)
    if standing.locked or rules.rank(reached) <= rules.rank(standing.earned):
        return standing
    return replace(standing, earned=reached, review_on=rules.next_review(day), noticed_on=None)


def after_refund(rules: LevelRules, standing: Standing, growth: int, day: dt.date) -> Standing:
    """Return the standing after a refund lowered the growth value: the same until the review, unless rules are strict.

    A level granted with a date stays also then.
    """
    reached = rules.reached(growth)
    if standing.locked or not rules.strict or rules.rank(reached) >= rules.rank(standing.earned):
        return standing
    return _standing_at(standing, reached, rules.next_review(day))


def granted(rules: LevelRules, standing: Standing, grant: Grant, day: dt.date) -> Standing:
    """Return the standing with a level granted on `day`, without grants that ended before.

    Given again, a level is good until the later of both dates. Raises `Refusal` `level_unknown`, or
    `level_grant_ended` when its date is past.
    """
    if not rules.rank(grant.level):
        raise Refusal("level_unknown", level=grant.level)
    if grant.until < day:
        raise Refusal("level_grant_ended", until=grant.until.isoformat())
    held = [each for each in (*standing.grants, grant) if each.until >= day]
    kept = {each.level: each for each in sorted(held, key=lambda each: each.until)}
    return replace(standing, grants=tuple(sorted(kept.values(), key=lambda each: rules.rank(each.level))))


def dated(rules: LevelRules, standing: Standing, day: dt.date) -> Standing:
    """Return the standing with a review date, counted from `day` where a level has none: nobody here saw it reached."""
    if standing.review_on is not None or not rules.rank(standing.earned):
        return standing
    return replace(standing, review_on=rules.next_review(day))


def given(rules: LevelRules, standing: Standing, level: str, day: dt.date) -> Standing:
    """Return the standing with a level that somebody gave, or said elsewhere, in place of the one it had: for a year.

    One that the shop does not have is none.
    """
    return _standing_at(standing, level if rules.rank(level) else ORDINARY, rules.next_review(day))


def notice_due(rules: LevelRules, standing: Standing, growth: int, day: dt.date) -> Notice | None:
    """Return the notice to be given by `day`, None when there is none: nothing would fall, too early, given already."""
    if standing.locked or standing.noticed_on is not None or standing.review_on is None:
        return None
    reached = rules.reached(growth)
    if rules.rank(reached) >= rules.rank(standing.earned):
        return None
    notice = dt.timedelta(days=rules.notice_days)
    if day < standing.review_on - notice:
        return None
    threshold = rules.levels[rules.rank(standing.earned) - 1].threshold
    return Notice(standing.earned, reached, threshold - growth, max(standing.review_on, day + notice))


def noticed(standing: Standing, day: dt.date) -> Standing:
    """Return the standing of a member who was told on `day` that the level may fall."""
    return replace(standing, noticed_on=day)


def review(rules: LevelRules, standing: Standing, growth: int, day: dt.date) -> Standing:
    """Return the standing after a look at it on `day`: reviewed where its date has come, else the same.

    A level that growth keeps, or that is locked, is good for another year from the date it was due. One that would fall
    waits for its notice, and for `notice_days` after it.
    """
    if standing.review_on is None or day < standing.review_on:
        return standing
    reached, following = rules.reached(growth), rules.review_after(standing.review_on, day)
    if standing.locked or rules.rank(reached) >= rules.rank(standing.earned):
        kept = standing.earned if standing.locked else reached
        return _standing_at(standing, kept, following)
    if standing.noticed_on is None or day < standing.noticed_on + dt.timedelta(days=rules.notice_days):
        return standing
    return _standing_at(standing, reached, following)


def mistakes(rules: LevelRules) -> list[Mistake]:
    """Return every mistake of the levels and milestones, none when they can be used."""
    found = list(twice("levels", [level.code for level in rules.levels]))
    thresholds = [level.threshold for level in rules.levels]
    if thresholds != sorted(set(thresholds)):
        found.append(wrong("levels", "setup_not_rising"))
    found += each_of("levels", rules.levels, lambda level: number("threshold", level.threshold, GROWTH_MAX))
    found += choice("growth", rules.growth, GROWTHS)
    found += number("notice_days", rules.notice_days, NOTICE_DAYS_MAX)
    if rules.review_day is not None and not _every_year(rules.review_day):
        found.append(wrong("review_day", "setup_not_every_year"))
    return found + milestone_mistakes(rules.milestones)


def _standing_at(standing: Standing, level: str, review_on: dt.date) -> Standing:
    """Return the standing with this level until its review; who has none has nothing to be reviewed."""
    return replace(standing, earned=level, review_on=review_on if level else None, noticed_on=None)


def _every_year(day: Sequence[int]) -> bool:
    common_year = 2001  # a day that this year lacks (29 February) does not come every year
    try:
        month, number = day
        dt.date(common_year, month, number)
    except ValueError:
        return False
    return True
