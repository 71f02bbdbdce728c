"""Reports: what was taken, by day and month, by what it was for and how it was paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.ledger.deeds import Deeds, Taking
from terminal.rules.till.shift import CASH_IN, CASH_OUT, CLOSING, OPENING

TENDER = "tender/"
# Cash that goes between the drawer and the safe is taken from nobody.
MOVES = frozenset({OPENING, CASH_IN, CASH_OUT, CLOSING})
DAYS_MAX = 3_660


@dataclass(frozen=True, slots=True)
class Taken:
    """What entries of one kind took by one tender: fen, negative where more was paid out, and in how many entries."""

    kind: str
    tender: str
    fen: int
    times: int


@dataclass(frozen=True, slots=True)
class Period:
    """The takings of a business day (`2026-11-21`) or of the days of a month (`2026-11`) that were asked for."""

    name: str
    takings: tuple[Taken, ...]

    @property
    def total_fen(self) -> int:
        """Return all that was taken, less what was paid out."""
        return sum(each.fen for each in self.takings)


@dataclass(frozen=True, slots=True)
class TakingsReport:
    """The takings from one business day to another, both counted; days and months without any are left out."""

    days: tuple[Period, ...]
    months: tuple[Period, ...]
    total: Period


def takings(deeds: Deeds, first: str, last: str) -> TakingsReport:
    """Return the takings from one ISO date to another; raise `Refusal` `days_bad`."""
    days = [Period(day, found) for day in _days(first, last) if (found := _taken(deeds.takings(day, day)))]
    names = sorted({day.name[:7] for day in days})
    months = [
        Period(name, _added(each for day in days if day.name.startswith(name) for each in day.takings))
        for name in names
    ]
    total = Period("", _added(each for month in months for each in month.takings))
    return TakingsReport(tuple(days), tuple(months), total)


def _days(first: str, last: str) -> list[str]:
    try:
        since, until = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    except ValueError as error:
        raise Refusal("days_bad", most=DAYS_MAX) from error
    number = (until - since).days + 1
    if not 0 < number <= DAYS_MAX:
        raise Refusal("days_bad", most=DAYS_MAX)
    return [(since + dt.timedelta(days=place)).isoformat() for place in range(number)]


def _taken(found: Iterable[Taking]) -> tuple[Taken, ...]:
    """Return what came in by tenders: what else entries post is no taking, and nor are floats."""
    return tuple(
        Taken(each.kind, each.account.removeprefix(TENDER), each.fen, each.times)
        for each in found
        if each.account.startswith(TENDER) and each.kind not in MOVES
    )


def _added(parts: Iterable[Taken]) -> tuple[Taken, ...]:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for each in parts:
        fen, times = sums.get((each.kind, each.tender), (0, 0))
        sums[each.kind, each.tender] = (fen + each.fen, times + each.times)
    return tuple(Taken(*key, *figures) for key, figures in sorted(sums.items()))
