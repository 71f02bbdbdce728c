"""Reports: what was taken, by day and month, by what it was for and how it was paid.

Cash is counted blind: what a drawer should hold is told to nobody before it was counted. So the cash of a shift is in
no report until then; what was paid otherwise is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from terminal.base.errors import Refusal
from terminal.rules.till.shift import CASH_IN, CASH_OUT, CLOSING, OPENING
from terminal.store.database import Database

TENDER = "tender/"
# Cash that goes between the drawer and the safe is taken from nobody.
MOVES = frozenset({OPENING, CASH_IN, CASH_OUT, CLOSING})
DAYS_MAX = 3_660
_TAKEN = (
    "SELECT day, kind, account, sum(fen), sum(count) FROM taking WHERE day >= ? AND day <= ? AND NOT (account ="
    " 'tender/cash' AND shift IN (SELECT number FROM shift WHERE closed_at = 0 AND counted_fen IS NULL))"
    " GROUP BY day, kind, account ORDER BY day, kind, account"
)
_LEFT_OUT = (
    "SELECT shift, kind FROM taking WHERE day >= ? AND day <= ? AND account = 'tender/cash'"
    " AND shift IN (SELECT number FROM shift WHERE closed_at = 0 AND counted_fen IS NULL)"
    " GROUP BY shift, kind ORDER BY shift"
)


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
    """The takings from one business day to another, both counted; days and months without any are left out.

    `uncounted` are the numbers of the shifts whose cash is left out, as nobody has counted it yet.
    """

    days: tuple[Period, ...]
    months: tuple[Period, ...]
    total: Period
    uncounted: tuple[int, ...] = ()


def takings(database: Database, first: str, last: str) -> TakingsReport:
    """Return the takings from one ISO date to another; raise `Refusal` `days_bad`."""
    span = _checked(first, last)
    rows = [row for row in database.rows(_TAKEN, span) if row[2].startswith(TENDER) and row[1] not in MOVES]
    days = [
        Period(day, tuple(Taken(kind, account.removeprefix(TENDER), fen, times) for _, kind, account, fen, times in of))
        for day, of in groupby(rows, key=lambda row: row[0])
    ]
    left_out = dict.fromkeys(shift for shift, kind in database.rows(_LEFT_OUT, span) if kind not in MOVES)
    names = sorted({day.name[:7] for day in days})
    months = [
        Period(name, _added(each for day in days if day.name.startswith(name) for each in day.takings))
        for name in names
    ]
    total = Period("", _added(each for month in months for each in month.takings))
    return TakingsReport(tuple(days), tuple(months), total, tuple(left_out))


def _checked(first: str, last: str) -> tuple[str, str]:
    try:
        since, until = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    except ValueError as error:
        raise Refusal("days_bad", most=DAYS_MAX) from error
    if not 0 <= (until - since).days < DAYS_MAX:
        raise Refusal("days_bad", most=DAYS_MAX)
    return since.isoformat(), until.isoformat()


def _added(parts: Iterable[Taken]) -> tuple[Taken, ...]:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for each in parts:
        fen, times = sums.get((each.kind, each.tender), (0, 0))
        sums[each.kind, each.tender] = (fen + each.fen, times + each.times)
    return tuple(Taken(*key, *figures) for key, figures in sorted(sums.items()))
