"""Performance: money that came in and value that was delivered, two views that are never added together; tiers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.mistake import Mistake, choice, number, wrong
from terminal.rules.pay.commission import SERVICE, Earned, Person, Work
from terminal.rules.split import half_up, largest_remainder

WHOLE_BP = 10_000
PROGRESSIVE, RETROACTIVE = "progressive", "retroactive"
# The two views, as tiers name them.
CASH_VIEW, CONSUMED_VIEW = "cash_performance", "consumed_performance"


@dataclass(frozen=True, slots=True)
class Performance:
    """What somebody brought in and what somebody delivered, in fen; negative for a refund."""

    cash_fen: int = 0
    consumed_fen: int = 0

    def __add__(self, other: Performance) -> Performance:
        return Performance(self.cash_fen + other.cash_fen, self.consumed_fen + other.consumed_fen)

    def __neg__(self) -> Performance:
        return Performance(-self.cash_fen, -self.consumed_fen)

    def view(self, name: str) -> int:
        """Return one view, in fen."""
        return self.cash_fen if name == CASH_VIEW else self.consumed_fen


@dataclass(frozen=True, slots=True)
class Tier:
    """`rate_bp` is reached by what lies above `above_fen` (an amount just equal still has the rate below)."""

    above_fen: int
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Tiers:
    """Monthly tiers over one view: PROGRESSIVE gives each slice its rate, RETROACTIVE the reached rate to all."""

    tiers: tuple[Tier, ...]
    mode: str = PROGRESSIVE
    view: str = CASH_VIEW
    version: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """What one event did for one person on a day: performance, and commission of lines (negative: taken back)."""

    day: dt.date
    staff: str
    performance: Performance
    commission_fen: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """One person's month."""

    staff: str
    year: int
    month: int
    performance: Performance
    commission_fen: int
    tiered_fen: int = 0


def mistakes(tiers: Tiers) -> list[Mistake]:
    """Return every mistake of the tiers."""
    found = [
        *choice("mode", tiers.mode, (PROGRESSIVE, RETROACTIVE)),
        *choice("view", tiers.view, (CASH_VIEW, CONSUMED_VIEW)),
    ]
    if not tiers.tiers or tiers.tiers[0].above_fen != 0:
        found.append(wrong("tiers", "setup_tiers_from_zero"))
    for place, tier in enumerate(tiers.tiers):
        found += number(f"tiers[{place}].rate_bp", tier.rate_bp, WHOLE_BP)
        if place and tier.above_fen <= tiers.tiers[place - 1].above_fen:
            found.append(wrong(f"tiers[{place}].above_fen", "setup_not_rising"))
    return found


def tiered(tiers: Tiers, total_fen: int) -> int:
    """Return the commission on a month's total, rounded half up once.

    A month that refunds more than it sells gives back at the first rate.
    """
    if total_fen <= 0:
        return -half_up(-total_fen * tiers.tiers[0].rate_bp, WHOLE_BP)
    reached = [tier for tier in tiers.tiers if tier.above_fen < total_fen]
    if tiers.mode == RETROACTIVE:
        return half_up(total_fen * reached[-1].rate_bp, WHOLE_BP)
    ends = [*(tier.above_fen for tier in reached[1:]), total_fen]
    slices = ((end - tier.above_fen) * tier.rate_bp for tier, end in zip(reached, ends, strict=True))
    return half_up(sum(slices), WHOLE_BP)


def performance_of(work: Work, *, on_credit_fen: int = 0) -> Performance:
    """Return what a line counts in the two views.

    Money: what was paid now with cash-like tenders, be it for services, goods, passes or a top-up; of `cash_fen` what
    is `on_credit_fen` counts when it is repaid. Value delivered: services at what money and stored value (bonus too)
    paid for them, and sessions at their value; goods and what is only prepaid are none. Raises `Refusal`
    `commission_base_bad` where more is on credit than counts as cash.
    """
    if not 0 <= on_credit_fen <= work.cash_fen:
        raise Refusal("commission_base_bad")
    delivered_fen = work.cash_fen + work.principal_fen + work.bonus_fen + work.session_fen
    return Performance(work.cash_fen - on_credit_fen, delivered_fen if work.kind == SERVICE else 0)


def shared(performance: Performance, people: Sequence[Person]) -> tuple[tuple[str, Performance], ...]:
    """Return each person's part of a line's performance, by weight (largest remainder in each view)."""
    weights = [person.weight for person in people]
    cash, consumed = (_split(fen, weights) for fen in (performance.cash_fen, performance.consumed_fen))
    parts = zip(people, cash, consumed, strict=True)
    return tuple((person.staff, Performance(cash_fen, consumed_fen)) for person, cash_fen, consumed_fen in parts)


def items_of(
    day: dt.date, people: Sequence[Person], shares: Sequence[Performance], earned: Iterable[Earned]
) -> tuple[Item, ...]:
    """Return what a line, or its refund (all negative, on the day of the refund), puts to each person's month.

    `shares` are the people's parts of the line's performance (`shared`), in their order.
    """
    commission: dict[str, int] = {}
    for share in (share for each in earned for share in each.shares):
        commission[share.staff] = commission.get(share.staff, 0) + share.fen
    pairs = zip(people, shares, strict=True)
    return tuple(Item(day, person.staff, share, commission.get(person.staff, 0)) for person, share in pairs)


def months(items: Iterable[Item], tiers: Tiers | None = None) -> tuple[Month, ...]:
    """Return everybody's months by staff, year and month: each item counts on its own day, refunds too."""
    sums: dict[tuple[str, int, int], tuple[Performance, int]] = {}
    for item in items:
        key = (item.staff, item.day.year, item.day.month)
        performance, commission_fen = sums.get(key, (Performance(), 0))
        sums[key] = (performance + item.performance, commission_fen + item.commission_fen)
    return tuple(
        Month(*key, performance, commission_fen, tiered(tiers, performance.view(tiers.view)) if tiers else 0)
        for key, (performance, commission_fen) in sorted(sums.items())
    )


def _split(fen: int, weights: Sequence[int]) -> list[int]:
    if fen < 0:
        return [-part for part in largest_remainder(-fen, weights)]
    return largest_remainder(fen, weights)
