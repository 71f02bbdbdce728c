"""`terminal report takings`: what was taken, by day and month, by what it was for and how it was paid."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from terminal.base.config import Config
from terminal.base.money import format_yuan
from terminal.base.words.shift_phrases import phrase
from terminal.cli.language import add_option
from terminal.cli.tables import table
from terminal.rules.till.shift_words import word

if TYPE_CHECKING:
    from terminal.services.reports import Period, TakingsReport

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(report: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `report`, each by `add(group, name, run, words)`."""
    taken = add(report, "takings", _takings, "Show what was taken from one business day to another, both counted.")
    taken.add_argument("first", metavar="FROM", help="as 2026-11-01")
    taken.add_argument("last", metavar="TO", help="as 2026-11-30")
    taken.add_argument("--json", action="store_true")
    add_option(taken)


def _takings(options: argparse.Namespace, config: Config) -> int:
    from terminal.services.reports import takings
    from terminal.services.storage import read_store

    database = read_store(config)
    try:
        found = takings(database, options.first, options.last)
    finally:
        database.close()
    if options.json:
        made = {
            "from": options.first,
            "to": options.last,
            "days": [_plain(each) for each in found.days],
            "months": [_plain(each) for each in found.months],
            "total_fen": found.total.total_fen,
            "uncounted_shifts": list(found.uncounted),
        }
        sys.stdout.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(takings_lines(found, options.language))
    return 0


def takings_lines(found: TakingsReport, language: str) -> list[str]:
    """Return the table: the days, then their months, then everything together; below it whose cash is left out.

    What would say the same again is left out: the month of a single day, and everything in a single month.
    """
    numbers = ", ".join(map(str, found.uncounted))
    left_out = [phrase("cash_uncounted", language, numbers=numbers) + "\n"] if found.uncounted else []
    if not found.days:
        return left_out or [phrase("nothing_taken", language) + "\n"]
    heads = tuple(phrase(name, language) for name in ("day", "kind", "tender", "times", "amount"))
    rows = [heads]
    months = found.months if len(found.days) > 1 else ()
    for period in (*found.days, *months, *([found.total] if len(found.months) > 1 else [])):
        name = period.name or phrase("total", language)
        rows += [
            (name, phrase(each.kind, language), word(each.tender, language), str(each.times), format_yuan(each.fen))
            for each in period.takings
        ]
        rows.append((name, phrase("total", language) if period.name else "", "", "", format_yuan(period.total_fen)))
    return [*table(rows, 2), *left_out]


def _plain(period: Period) -> dict[str, Any]:
    rows = [{"kind": each.kind, "tender": each.tender, "count": each.times, "fen": each.fen} for each in period.takings]
    return {"name": period.name, "takings": rows, "total_fen": period.total_fen}
