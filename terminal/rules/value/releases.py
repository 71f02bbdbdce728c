"""Staged release: which lots a granted bonus becomes, and what a visit or its void opens and locks again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Mistake, choice, number, wrong
from terminal.rules.when import add_months

IMMEDIATE, PERIODIC, PER_VISIT, CAP_PER_BILL = "immediate", "periodic", "per_visit", "cap_per_bill"
KINDS = (IMMEDIATE, PERIODIC, PER_VISIT, CAP_PER_BILL)
DAY, WEEK, MONTH = "day", "week", "month"
PERIODS = (DAY, WEEK, MONTH)
WHOLE_BP = 10_000
# One entry makes at most 400 effects, and a top-up makes others beside its parts.
PARTS_MAX = 366
VALID_MONTHS_MAX = 1_200


@dataclass(frozen=True, slots=True)
class Release:
    """How granted bonus becomes spendable, and how long it stays.

    PERIODIC: `parts` every `period`, the first one `delay` periods after the grant (0: at once). PER_VISIT: `rate_bp`
    of the original grant after each settled bill of at least `min_bill_fen`. CAP_PER_BILL: a bill takes at most
    `rate_bp` of its payable amount from it. All of it ends `valid_months` after the grant (that day is still good; 0:
    never), whenever it opened.
    """

    kind: str = IMMEDIATE
    parts: int = 1
    period: str = MONTH
    delay: int = 0
    rate_bp: int = WHOLE_BP
    min_bill_fen: int = 0
    valid_months: int = 0

    @property
    def cap_bp(self) -> int:
        """The part of a bill's payable amount that its lots may pay, in ten-thousandths; the whole where not capped."""
        return self.rate_bp if self.kind == CAP_PER_BILL else WHOLE_BP


AT_ONCE = Release()


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot to create: its asset (`bonus`, `bonus_locked`), amount and dates (both good, None: open)."""

    asset: str
    amount_fen: int
    spendable_from: dt.date | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """A locked lot as its holder has it: what was granted at first, what is left, what is to be skipped, its end."""

    granted_fen: int
    locked_fen: int
    skip_fen: int = 0
    expires_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a bill opens: so much locked bonus, from the next bill on, and so much that is no longer to skip."""

    opened_fen: int
    skipped_fen: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What the void of a bill does to what it opened: so much is locked again, and so much more is to be skipped."""

    relocked_fen: int
    skip_fen: int


NOTHING = Opening(0, 0)


def lots(release: Release, bonus_fen: int, day: dt.date) -> tuple[NewLot, ...]:
    """Return the lots that a bonus granted on `day` becomes; together they are the bonus, none is empty.

    Periodic parts are rounded down and the last one takes the rest. They are lots of their own from the start, so
    that nothing is left to be made later, by two tills at once. A bonus with fewer fen than parts is only the last.
    """
    if bonus_fen <= 0:
        return ()
    end = add_months(day, release.valid_months) if release.valid_months else None
    if release.kind == PER_VISIT:
        return (NewLot("bonus_locked", bonus_fen, None, end),)
    if release.kind != PERIODIC:
        return (NewLot("bonus", bonus_fen, None, end),)
    part_fen = bonus_fen // release.parts
    amounts = [part_fen] * (release.parts - 1) + [bonus_fen - part_fen * (release.parts - 1)]
    return tuple(
        NewLot("bonus", amount_fen, part_day(release, day, number), end)
        for number, amount_fen in enumerate(amounts)
        if amount_fen
    )


def part_day(release: Release, day: dt.date, number: int) -> dt.date:
    """Return from when the part with this number (the first is 0) of a grant on `day` may be spent.

    Months count from the grant's own day of the month, so that 31 January goes on to 28 or 29 February and 31 March.
    """
    periods = number + release.delay
    if release.period == MONTH:
        return add_months(day, periods)
    return day + dt.timedelta(days=periods * (7 if release.period == WEEK else 1))


def at_visit(release: Release, lot: Locked, bill_fen: int, day: dt.date) -> Opening:
    """Return what a settled bill of `bill_fen` (payable) opens of a locked lot; only the lot's holder may do it.

    A part is `rate_bp` of the original grant rounded down, at least one fen; min(part, locked) less what is to be
    skipped opens. The last part takes what rounding left. Nothing opens for a bill below the least one, nor past the
    lot's end.
    """
    over = lot.expires_on is not None and day > lot.expires_on
    if release.kind != PER_VISIT or bill_fen < release.min_bill_fen or over:
        return NOTHING
    part_fen = max(1, lot.granted_fen * release.rate_bp // WHOLE_BP)
    visits = -(-WHOLE_BP // release.rate_bp)
    rest_fen = max(0, lot.granted_fen - part_fen * visits)
    due_fen = lot.locked_fen if lot.locked_fen <= part_fen + rest_fen else part_fen
    skipped_fen = min(due_fen, lot.skip_fen)
    return Opening(due_fen - skipped_fen, skipped_fen)


def at_void(opening: Opening, here_fen: int) -> TakenBack:
    """Return what the void of the bill that made `opening` does, with `here_fen` of what it opened still at this till.

    That is locked again. What was spent, or is elsewhere, stays with the member and is skipped the next time, as is
    again what the bill had skipped.
    """
    relocked_fen = min(opening.opened_fen, here_fen)
    return TakenBack(relocked_fen, opening.opened_fen - relocked_fen + opening.skipped_fen)


def mistakes(release: Release) -> list[Mistake]:
    """Return everything that is wrong with a release."""
    found = [
        *choice("kind", release.kind, KINDS),
        *number("valid_months", release.valid_months, VALID_MONTHS_MAX),
    ]
    if release.kind == PERIODIC:
        found += _periodic_mistakes(release)
    if release.kind in {PER_VISIT, CAP_PER_BILL}:
        found += number("rate_bp", release.rate_bp, WHOLE_BP, least=1)
    if release.kind == PER_VISIT:
        found += number("min_bill_fen", release.min_bill_fen, FEN_MAX)
    return found


def _periodic_mistakes(release: Release) -> list[Mistake]:
    found = [
        *number("parts", release.parts, PARTS_MAX, least=1),
        *choice("period", release.period, PERIODS),
        *number("delay", release.delay, PARTS_MAX),
    ]
    if not found and 0 < release.valid_months <= VALID_MONTHS_MAX and _outlives(release):
        found.append(wrong("valid_months", "setup_ends_before_opened"))
    return found


def _outlives(release: Release) -> bool:
    """Tell whether the last part of some grant would open after its end: February has the shortest months."""
    return any(
        part_day(release, day, release.parts - 1) > add_months(day, release.valid_months)
        for day in (dt.date(2001, month, 1) for month in range(1, 13))
    )
