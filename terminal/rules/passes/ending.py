"""The end of a pass: days that pass by, and sessions left after the last day, which are never taken silently."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.rules.bucket import GRACE
from terminal.rules.passes.sold import SoldPass, Take, take_units


@dataclass(frozen=True, slots=True)
class AfterEnd:
    """What becomes of units past their end: `lapse` may expire, `kept` wait to be extended or refunded.

    `kept_fen` is what the kept ones are worth to the member.
    """

    lapse: tuple[Take, ...]
    kept: tuple[Take, ...]
    kept_fen: int


def days_due(sold: SoldPass, day: dt.date) -> tuple[Take, ...]:
    """Return the units of a time pass that its holder expires to sales once `day` is over; none of another pass.

    One unit a day of its validity, none on days of a pause; days that were due before and are still held are among
    them.
    """
    if not sold.timed or sold.ends_on is None:
        return ()
    coming = sold.days_done(sold.ends_on) - sold.days_done(day)
    left = sum(held.amount for held in sold.units)
    return take_units(sold.units, max(0, left - coming))


def after_end(sold: SoldPass, day: dt.date) -> AfterEnd | None:
    """Return what becomes of the units left of a pass that ended more than a day of grace before `day`, else None.

    Units without value lapse, and all of them where law and terms allow it; the rest waits for the member's choice.
    Days of a time pass are none of these: they were due day by day.
    """
    if sold.timed or sold.ends_on is None or day <= sold.ends_on + GRACE:
        return None
    paid = [held for held in sold.units if held.unit_value_fen and held.amount and not sold.terms.may_lapse]
    ended = [held for held in sold.units if held.amount and held not in paid]
    return AfterEnd(
        take_units(ended, sum(held.amount for held in ended)),
        take_units(paid, sum(held.amount for held in paid)),
        sum(held.amount * held.unit_value_fen for held in paid),
    )
