"""Stored value: what a top-up grants, which lots a bill takes, what it earns."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from terminal.base.errors import Refusal
from terminal.rules.split import largest_remainder

SPEND_ORDERS = ("proportional", "principal_first", "bonus_first")
TIER_MODES = ("highest_once", "each_multiple", "sum_all")
POINTS_VALID_MONTHS = 24


class Units(Protocol):
    """Units held, as far as choosing among them needs."""

    @property
    def expires_on(self) -> str:
        """The last good day, or nothing."""
        ...

    @property
    def amount(self) -> int:
        """Units held."""
        ...


T = TypeVar("T", bound=Units)


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


def bonus_for(rule: TopUpRule, paid_fen: int) -> int:
    """Return the bonus in fen for a top-up; raise `Refusal` `top_up_range` outside the rule's limits."""
    if paid_fen <= 0 or not rule.least_fen <= paid_fen <= rule.most_fen:
        raise Refusal("top_up_range", least_fen=rule.least_fen, most_fen=rule.most_fen)
    reached = [tier for tier in rule.tiers if 0 < tier.paid_fen <= paid_fen]
    if not reached:
        return 0
    if rule.mode == "sum_all":
        return sum(tier.bonus_fen for tier in reached)
    highest = max(reached, key=lambda tier: tier.paid_fen)
    times = paid_fen // highest.paid_fen if rule.mode == "each_multiple" else 1
    return times * highest.bonus_fen


def split_charge(principal_fen: int, bonus_fen: int, amount_fen: int, order: str = "proportional") -> tuple[int, int]:
    """Return (principal, bonus) in fen that pay `amount_fen`.

    Raises `Refusal` `not_enough` with `missing_fen` and `balance_fen`; nothing is then taken.
    """
    balance_fen = principal_fen + bonus_fen
    if amount_fen > balance_fen:
        raise Refusal("not_enough", missing_fen=amount_fen - balance_fen, balance_fen=balance_fen)
    if order == "principal_first":
        taken = min(principal_fen, amount_fen)
        return taken, amount_fen - taken
    if order == "bonus_first":
        taken = min(bonus_fen, amount_fen)
        return amount_fen - taken, taken
    from_principal, from_bonus = largest_remainder(amount_fen, (principal_fen, bonus_fen))
    return from_principal, from_bonus


def choose(lots: Sequence[T], amount: int) -> list[tuple[T, int]]:
    """Return which lots give `amount` units: earliest end first (no end last), then oldest."""
    ordered = sorted(lots, key=lambda lot: lot.expires_on or "9999-12-31")
    chosen: list[tuple[T, int]] = []
    for lot in ordered:
        taken = min(lot.amount, amount)
        if taken:
            chosen.append((lot, taken))
            amount -= taken
    assert amount == 0, "the caller checked that the lots hold enough"
    return chosen


def points_earned(rule: PointsRule, paid_fen: int) -> int:
    """Return the points for money actually paid (never for bonus)."""
    return paid_fen // rule.unit_fen


def points_end(day: dt.date, months: int = POINTS_VALID_MONTHS) -> dt.date:
    """Return the last day of points earned on `day`: the end of the month `months` later."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
