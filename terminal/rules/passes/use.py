"""Using a pass: whether it may be used now, by whom and for what; reserved at check-in, used at settlement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.rules.passes.sale import last_day
from terminal.rules.passes.sold import SoldPass, Take, take_units
from terminal.rules.passes.terms import FROM_FIRST_USE, SESSIONS_MAX


@dataclass(frozen=True, slots=True)
class PassVisit:
    """Who wants which service, where and when (civil time of the shop), and how many sessions of it.

    `day` is the business day, where that is not the date of `at`: dates of passes are compared with it, like those of
    lots.
    """

    member: str
    item: str
    at: dt.datetime
    store: str = ""
    count: int = 1
    day: dt.date | None = None

    @property
    def on(self) -> dt.date:
        """The day whose visit it is."""
        return self.at.date() if self.day is None else self.day


@dataclass(frozen=True, slots=True)
class Use:
    """Units used, or reserved at check-in (then on hold until settled): none of a time pass, whose days pass anyway.

    `starts_on` and `ends_on` are the pass's dates from now on; they differ from before at a first use only.
    """

    count: int
    taken: tuple[Take, ...]
    starts_on: dt.date | None
    ends_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Settled:
    """Of what was reserved: the units used, and those that are free again."""

    used: tuple[Take, ...]
    released: tuple[Take, ...]


def why_not(sold: SoldPass, visit: PassVisit) -> Refusal | None:
    """Return why a pass may not be used for this visit, the first reason that applies, or None when it may.

    In this order: `session_count_bad`, `pass_not_holder`, `pass_wrong_service`, `pass_wrong_store`,
    `pass_not_started`, `pass_frozen`, `pass_expired`, `pass_wrong_time`, `pass_daily_limit`, `pass_used_up`.
    """
    for trouble_of in (_person_trouble, _day_trouble, _count_trouble):
        trouble = trouble_of(sold, visit)
        if trouble is not None:
            return trouble
    return None


def use(sold: SoldPass, visit: PassVisit) -> Use:
    """Return what this visit takes of the pass, used at once or reserved at check-in; raise what `why_not` answers."""
    trouble = why_not(sold, visit)
    if trouble is not None:
        raise trouble
    starts_on, ends_on = sold.starts_on, sold.ends_on
    if starts_on is None and sold.terms.valid_from == FROM_FIRST_USE:
        starts_on = visit.on
        ends_on = last_day(sold.terms, starts_on)
    held = () if sold.timed else sold.units_for(visit.item)
    return Use(visit.count, take_units(held, visit.count), starts_on, ends_on)


def after_use(sold: SoldPass, use: Use) -> SoldPass:
    """Return the pass as the next line of the same bill, or the next check-in of that day, finds it."""
    gone = {take.bucket: take.amount for take in use.taken}
    units = tuple(replace(held, amount=held.amount - gone.get(held.bucket, 0)) for held in sold.units)
    used_today = sold.used_today + use.count
    return replace(sold, units=units, used_today=used_today, starts_on=use.starts_on, ends_on=use.ends_on)


def settle(reserved: Use, count: int) -> Settled:
    """Return what `count` sessions done of those reserved use, in the order they were taken; 0: the visit was dropped.

    The check-in was judged by its own day, so neither an end nor a pause since then stands against it. The dates of a
    first use are noted with the sessions used, so that a visit that was dropped starts no validity. Raises `Refusal`
    `session_not_reserved` for more than were reserved.
    """
    if not 0 <= count <= reserved.count:
        raise Refusal("session_not_reserved", reserved=reserved.count)
    used: list[Take] = []
    released: list[Take] = []
    for take in reserved.taken:
        part = min(take.amount, count)
        count -= part
        used += [Take(take.bucket, part)] if part else []
        released += [Take(take.bucket, take.amount - part)] if part < take.amount else []
    return Settled(tuple(used), tuple(released))


def _person_trouble(sold: SoldPass, visit: PassVisit) -> Refusal | None:
    if not 1 <= visit.count <= SESSIONS_MAX:
        return Refusal("session_count_bad", most=SESSIONS_MAX)
    if visit.member != sold.holder and visit.member not in sold.sharers:
        return Refusal("pass_not_holder")
    if sold.part_of(visit.item) is None:
        return Refusal("pass_wrong_service")
    if sold.terms.stores and visit.store not in sold.terms.stores:
        return Refusal("pass_wrong_store")
    return None


def _day_trouble(sold: SoldPass, visit: PassVisit) -> Refusal | None:
    day = visit.on
    if sold.starts_on is not None and day < sold.starts_on:
        return Refusal("pass_not_started", starts_on=sold.starts_on.isoformat())
    freeze = sold.frozen_on(day)
    if freeze is not None:
        return Refusal("pass_frozen", until=freeze.last.isoformat())
    if sold.ends_on is not None and day > sold.ends_on:
        return Refusal("pass_expired", ended_on=sold.ends_on.isoformat())
    if not sold.terms.window.holds(visit.at):
        return Refusal("pass_wrong_time")
    return None


def _count_trouble(sold: SoldPass, visit: PassVisit) -> Refusal | None:
    limit, left = sold.terms.daily_limit, sold.left_for(visit.item)
    if limit is not None and sold.used_today + visit.count > limit:
        return Refusal("pass_daily_limit", limit=limit)
    if not sold.timed and left < visit.count:
        return Refusal("pass_used_up", left=left)
    return None
