"""A sold pass as the shop finds it: its terms, people, dates, pauses, and the units left of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from terminal.rules.passes.terms import TIME_PASS, PassTerms


@dataclass(frozen=True, slots=True)
class HeldUnits:
    """Units of one bucket that may be used here: those held less those on hold."""

    bucket: str
    part: int
    amount: int
    unit_value_fen: int


@dataclass(frozen=True, slots=True)
class Take:
    """Units of one bucket that are used, reserved or ended together."""

    bucket: str
    amount: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """A pause of a pass: its first and its last day, both without use."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many days it takes."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class SoldPass:
    """A pass and all that decides its use; `price_fen` is what was charged for it, `ends_on` its last good day.

    `used_today` counts sessions (visits of a time pass) used or reserved on the day that is asked about.
    """

    terms: PassTerms
    price_fen: int
    holder: str
    sharers: frozenset[str] = frozenset()
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    freezes: tuple[Freeze, ...] = ()
    units: tuple[HeldUnits, ...] = ()
    used_today: int = 0

    def part_of(self, item: str) -> int | None:
        """Return the place of the part that this item is in, None when the pass is not for it."""
        return next((place for place, part in enumerate(self.terms.parts) if item in part.items), None)

    def units_for(self, item: str) -> tuple[HeldUnits, ...]:
        """Return the units of the part that this item is in."""
        part = self.part_of(item)
        return tuple(held for held in self.units if held.part == part)

    def left_for(self, item: str) -> int:
        """Return how many sessions of an item are left; a time pass answers with its days."""
        return sum(held.amount for held in self.units_for(item))

    def frozen_on(self, day: dt.date) -> Freeze | None:
        """Return the pause that `day` is in."""
        return next((freeze for freeze in self.freezes if freeze.first <= day <= freeze.last), None)

    def days_done(self, day: dt.date) -> int:
        """Return how many days of its validity are over at the end of `day`, those of pauses not counted."""
        if self.starts_on is None:
            return 0
        over = day if self.ends_on is None else min(day, self.ends_on)
        paused = sum(max(0, (min(each.last, over) - each.first).days + 1) for each in self.freezes)
        return max(0, (over - self.starts_on).days + 1 - paused)

    def paid_days_done(self, day: dt.date) -> int:
        """Return how many of the days that were paid for are over at the end of `day`; days given later come last."""
        return min(self.days_done(day), self.terms.valid_days or 0)

    @property
    def timed(self) -> bool:
        """Tell whether its units are days."""
        return self.terms.kind == TIME_PASS


def take_units(units: Iterable[HeldUnits], amount: int) -> tuple[Take, ...]:
    """Return which buckets give `amount` units, at most what there is: the even ones first, unpaid ones last.

    The even units are worth the floor of price by count, so they are the cheapest paid ones; a session that was given
    without a price is used when those that were paid for are gone.
    """
    taken: list[Take] = []
    for held in sorted(units, key=lambda each: (not each.unit_value_fen, each.unit_value_fen)):
        part = min(held.amount, amount)
        if part:
            taken.append(Take(held.bucket, part))
            amount -= part
    return tuple(taken)
