"""Points a bill earns: on money really paid for lines that earn, rounded down once at the very end."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.loyalty.condition import ALWAYS_EVERYTHING, Condition, PaidLine, Visit, condition_mistakes
from terminal.rules.mistake import Found, Mistake, below, choice, each_of, number, twice, wrong
from terminal.rules.prices.basket import WHOLE_BP, Priced
from terminal.rules.split import cross
from terminal.rules.stored_value import POINTS_VALID_MONTHS, points_end

BONUS, PRINCIPAL, GIFT_CARD = "bonus", "principal", "gift_card"
# Nobody pays twice for the same points: purses filled by gifts, rights, and what is only owed are no money paid.
NOT_EARNING_TENDERS = frozenset({BONUS, "coupon", GIFT_CARD, "on_credit", "pass", "points"})
# Fees and deposits are no sales of the trade; a gift card earns where it is used, if anywhere.
NOT_EARNING_KINDS = frozenset({"deposit", "fee", GIFT_CARD})
HIGHEST, PRODUCT = "highest", "product"
MULTIPLIER_MODES = (HIGHEST, PRODUCT)
MARGINAL, WHOLE_BILL = "marginal", "whole_bill"
STAGE_MODES = (MARGINAL, WHOLE_BILL)
MULTIPLIER_BP_MAX = 1_000_000
POINTS_PER_UNIT_MAX = 100_000
VALID_MONTHS_MAX = 1_200


@dataclass(frozen=True, slots=True)
class Payment:
    """What one tender paid of a bill: `cash`, `wechat`, ..., `principal`, `bonus`, `gift_card`, `on_credit`."""

    tender: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Rate:
    """`points` for each `unit_fen` paid, where its condition fits; 0 points: such lines earn nothing."""

    id: str
    points: int = 1
    unit_fen: int = 10_00
    condition: Condition = ALWAYS_EVERYTHING


@dataclass(frozen=True, slots=True)
class Multiplier:
    """`rate_bp` ten-thousandths of the usual points (15000: half as many again), where its condition fits."""

    id: str
    rate_bp: int
    condition: Condition = ALWAYS_EVERYTHING


@dataclass(frozen=True, slots=True)
class Stage:
    """From `from_fen` of earning money on, `rate_bp` ten-thousandths of the usual points."""

    from_fen: int
    rate_bp: int


@dataclass(frozen=True, slots=True)
class PointsRules:
    """How bills earn; `version` is noted in each bill.

    For each part of the money (what one tender paid of one line) the first of `rates` that fits counts, no other. Of
    the multipliers that fit, the highest counts (`highest`), or all, multiplied with each other (`product`). Stages
    are those of the whole bill's earning money: each slice at its own rate (`marginal`), or everything at the rate
    reached (`whole_bill`). A bill payable below `min_bill_fen` earns nothing. `valid_months` None: points never end.
    """

    version: int = 0
    rates: tuple[Rate, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    multiplier_mode: str = HIGHEST
    stages: tuple[Stage, ...] = ()
    stage_mode: str = MARGINAL
    min_bill_fen: int = 0
    bonus_earns: bool = False
    tenders_not: frozenset[str] = NOT_EARNING_TENDERS
    kinds_not: frozenset[str] = NOT_EARNING_KINDS
    valid_months: int | None = POINTS_VALID_MONTHS

    @property
    def ids(self) -> list[str]:
        """The ids of its rates, then of its multipliers."""
        return [*(each.id for each in self.rates), *(each.id for each in self.multipliers)]

    def earns(self, line: PaidLine, tender: str) -> bool:
        """Tell whether money of this tender for this line is in the base."""
        paid = (self.bonus_earns and tender == BONUS) or tender not in self.tenders_not
        return paid and line.kind not in self.kinds_not


@dataclass(frozen=True, slots=True)
class Earned:
    """Points of a bill, the money they were earned on, and the ids of the rates and multipliers that counted."""

    points: int = 0
    base_fen: int = 0
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Money that earns at one rate, with the multipliers that count for it."""

    fen: int
    rate: Rate
    multipliers: tuple[Multiplier, ...]

    @property
    def share(self) -> tuple[int, int]:
        """Return its points as a fraction, not yet divided."""
        over, under = self.fen * self.rate.points, self.rate.unit_fen
        for each in self.multipliers:
            over, under = over * each.rate_bp, under * WHOLE_BP
        return over, under


def paid_lines(priced: Priced) -> tuple[PaidLine, ...]:
    """Return the lines of a priced bill with their net values."""
    return tuple(PaidLine(each.line.item, each.line.kind, each.line.category, each.net_fen) for each in priced.lines)


def earned(rules: PointsRules, lines: Sequence[PaidLine], payments: Sequence[Payment], visit: Visit) -> Earned:
    """Return what a bill earns; after a refund, given the lines and payments that are left, the points on the rest.

    Who paid how much of which line follows `split.cross`, the payments in their given order. Raises `Refusal`
    `points_amount_bad` for a negative or impossible amount and `points_shares_unequal` when the payments do not add
    up to the lines.
    """
    _check(lines, payments)
    if sum(line.net_fen for line in lines) < rules.min_bill_fen:
        return Earned()
    parts = _parts(rules, lines, payments, visit)
    base_fen = sum(part.fen for part in parts)
    if not base_fen:
        return Earned()
    shares = [part.share for part in parts]
    whole = math.lcm(*(under for _, under in shares))
    over = sum(over * (whole // under) for over, under in shares)
    points = over * _staged(rules, base_fen) // (whole * base_fen * WHOLE_BP)
    return Earned(points, base_fen, _counted(rules, parts))


def with_gifts(payments: Iterable[Payment], gift_fen: int) -> tuple[Payment, ...]:
    """Return payments in which what gift cards paid (`gift_fen`) is a payment of its own, the last one.

    A bill and the member's purse know it as principal: that is what it is once it was loaded. No points are earned on
    it by default, as somebody else paid it in.
    """
    left, found = gift_fen, list[Payment]()
    for payment in payments:
        part = min(left, payment.amount_fen) if payment.tender == PRINCIPAL else 0
        left -= part
        found += [Payment(payment.tender, payment.amount_fen - part)] if payment.amount_fen > part else []
    return (*found, Payment(GIFT_CARD, gift_fen)) if gift_fen else tuple(found)


def points_expire_on(rules: PointsRules, day: dt.date) -> dt.date | None:
    """Return the last good day of points earned on `day` (the end of a month), None when they never end."""
    return None if rules.valid_months is None else points_end(day, rules.valid_months)


def mistakes(rules: PointsRules) -> list[Mistake]:
    """Return every mistake of the rules, none when they can be used."""
    return [
        *each_of("rates", rules.rates, _rate_mistakes),
        *each_of("multipliers", rules.multipliers, _multiplier_mistakes),
        *twice("rates", rules.ids),
        *_stage_mistakes(rules),
        *choice("multiplier_mode", rules.multiplier_mode, MULTIPLIER_MODES),
        *choice("stage_mode", rules.stage_mode, STAGE_MODES),
        *number("min_bill_fen", rules.min_bill_fen, FEN_MAX),
        *number("valid_months", rules.valid_months, VALID_MONTHS_MAX),
    ]


def _check(lines: Sequence[PaidLine], payments: Sequence[Payment]) -> None:
    amounts = [*(line.net_fen for line in lines), *(payment.amount_fen for payment in payments)]
    for amount_fen in amounts:
        if not 0 <= amount_fen <= FEN_MAX:
            raise Refusal("points_amount_bad", amount_fen=amount_fen)
    lines_fen, payments_fen = sum(amounts[: len(lines)]), sum(amounts[len(lines) :])
    if lines_fen != payments_fen:
        raise Refusal("points_shares_unequal", lines_fen=lines_fen, payments_fen=payments_fen)


def _parts(rules: PointsRules, lines: Sequence[PaidLine], payments: Sequence[Payment], visit: Visit) -> list[_Part]:
    rates = [rate for rate in rules.rates if rate.condition.holds(visit)]
    multipliers = [each for each in rules.multipliers if each.condition.holds(visit)]
    table = cross([line.net_fen for line in lines], [payment.amount_fen for payment in payments])
    parts: list[_Part] = []
    for line, row in zip(lines, table, strict=True):
        for payment, fen in zip(payments, row, strict=True):
            if not fen or not rules.earns(line, payment.tender):
                continue
            rate = next((each for each in rates if each.condition.covers(line, payment.tender)), None)
            if rate is not None and rate.points:
                fitting = [each for each in multipliers if each.condition.covers(line, payment.tender)]
                parts.append(_Part(fen, rate, _counting(rules, fitting)))
    return parts


def _counting(rules: PointsRules, fitting: Sequence[Multiplier]) -> tuple[Multiplier, ...]:
    if rules.multiplier_mode == PRODUCT or not fitting:
        return tuple(fitting)
    return (max(fitting, key=lambda each: each.rate_bp),)


def _staged(rules: PointsRules, base_fen: int) -> int:
    """Return the base weighted by its stages, in fen times ten-thousandths; a base without stages counts once."""
    reached = [stage for stage in rules.stages if stage.from_fen <= base_fen]
    if not reached:
        return base_fen * WHOLE_BP
    if rules.stage_mode == WHOLE_BILL:
        return base_fen * reached[-1].rate_bp
    ends = [*(stage.from_fen for stage in reached[1:]), base_fen]
    return sum((end - stage.from_fen) * stage.rate_bp for stage, end in zip(reached, ends, strict=True))


def _counted(rules: PointsRules, parts: Sequence[_Part]) -> tuple[str, ...]:
    used = {part.rate.id for part in parts} | {each.id for part in parts for each in part.multipliers}
    return tuple(each for each in rules.ids if each in used)


def _rate_mistakes(rate: Rate) -> Found:
    yield from number("points", rate.points, POINTS_PER_UNIT_MAX)
    yield from number("unit_fen", rate.unit_fen, FEN_MAX, least=1)
    yield from below("condition", condition_mistakes(rate.condition))


def _multiplier_mistakes(multiplier: Multiplier) -> Found:
    yield from number("rate_bp", multiplier.rate_bp, MULTIPLIER_BP_MAX, least=1)
    yield from below("condition", condition_mistakes(multiplier.condition))


def _stage_mistakes(rules: PointsRules) -> Found:
    starts = [stage.from_fen for stage in rules.stages]
    if starts and (starts[0] != 0 or starts != sorted(set(starts))):
        yield wrong("stages", "setup_stages")
    yield from each_of("stages", rules.stages, lambda stage: number("rate_bp", stage.rate_bp, MULTIPLIER_BP_MAX, 1))
