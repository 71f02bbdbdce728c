"""The growth value, the one figure that decides a member's level, and the milestones on its way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Found, Mistake, each_of, number, twice, wrong
from terminal.rules.when import add_months

PAID_12_MONTHS, PAID_LIFETIME = "paid_12_months", "paid_lifetime"
TOP_UP_TOTAL, POINTS, VISITS = "top_up_total", "points", "visits"
GROWTHS = (PAID_12_MONTHS, PAID_LIFETIME, TOP_UP_TOTAL, POINTS, VISITS)
GROWTH_MAX = FEN_MAX


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What a member did on one day: fen paid on bills, fen topped up, points earned, bills.

    A refund, or points taken back, is taken off the day of the bill or top-up it undoes, so that both leave the last
    twelve months together; spent or ended points take nothing off.
    """

    day: dt.date
    paid_fen: int = 0
    top_up_fen: int = 0
    points: int = 0
    visits: int = 0


def growth_value(kind: str, days: Iterable[DayTotal], today: dt.date) -> int:
    """Return the growth value on `today`, never below zero: fen, points or visits, as `kind` says.

    Only `paid_12_months` forgets: it counts from the day after the same date a year ago. Raises `Refusal`
    `growth_unknown` for another kind.
    """
    if kind == PAID_12_MONTHS:
        year_ago = add_months(today, -12)
        return max(0, sum(each.paid_fen for each in days if each.day > year_ago))
    if kind == PAID_LIFETIME:
        return max(0, sum(each.paid_fen for each in days))
    if kind == TOP_UP_TOTAL:
        return max(0, sum(each.top_up_fen for each in days))
    if kind == POINTS:
        return max(0, sum(each.points for each in days))
    if kind == VISITS:
        return max(0, sum(each.visits for each in days))
    raise Refusal("growth_unknown", growth=kind)


@dataclass(frozen=True, slots=True)
class Milestone:
    """What a member is given once, when the growth value first reaches `growth`.

    `bonus_fen` into the bonus purse, `points`, one coupon of each template named, a pass of the terms named.
    """

    id: str
    growth: int
    bonus_fen: int = 0
    points: int = 0
    coupons: tuple[str, ...] = ()
    pass_code: str = ""


def milestones_reached(milestones: Sequence[Milestone], growth: int, had: frozenset[str]) -> tuple[Milestone, ...]:
    """Return the milestones now reached and not `had` before, lowest first.

    A milestone once reached stays had, also when a refund or the year takes the growth value below it again.
    """
    new = (each for each in milestones if each.growth <= growth and each.id not in had)
    return tuple(sorted(new, key=lambda each: each.growth))


def milestone_mistakes(milestones: Sequence[Milestone]) -> list[Mistake]:
    """Return every mistake of the milestones."""
    ids = [each.id for each in milestones]
    return [*twice("milestones", ids), *each_of("milestones", milestones, _of_milestone)]


def _of_milestone(each: Milestone) -> Found:
    yield from number("growth", each.growth, GROWTH_MAX, least=1)
    yield from number("bonus_fen", each.bonus_fen, FEN_MAX)
    yield from number("points", each.points, FEN_MAX)
    if not (each.bonus_fen or each.points or each.coupons or each.pass_code):
        yield wrong("", "setup_gives_nothing")
    if not all(each.coupons):
        yield wrong("coupons", "setup_name_empty")
