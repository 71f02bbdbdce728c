"""`terminal pay show`: what each person brought in, delivered and earned in a month."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from terminal.base.config import Config
from terminal.base.money import format_yuan
from terminal.base.words.shift_phrases import phrase
from terminal.cli.language import add_option
from terminal.cli.tables import table

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
FIGURES = ("money_in", "delivered", "commission", "tiered")


def add_commands(pay: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `pay`, each by `add(group, name, run, words)`."""
    show = add(pay, "show", _show, "Show a month: money that came in and value delivered, apart, and commission.")
    show.add_argument("month", metavar="MONTH", help="as 2026-11")
    show.add_argument("--json", action="store_true")
    add_option(show)


def _show(options: argparse.Namespace, config: Config) -> int:
    from terminal.base.words import backup, member_phrases
    from terminal.cli.progress import Progress
    from terminal.services.pay import PastCommission, Pay
    from terminal.services.rulebook import RuleStore
    from terminal.services.storage import read_store

    database = read_store(config)
    try:
        rules = RuleStore(database)
        pay = Pay(database, config.till.clock(), PastCommission(database, rules))
        unit = member_phrases.phrase("entries", options.language)
        with Progress(unit, lambda left_s: backup.phrase("left", options.language, seconds=left_s)) as progress:
            found = pay.month(options.month, rules.current().tiers, progress.show)
    finally:
        database.close()
    rows = [
        {
            "staff": row.staff,
            "name": row.name,
            "cash_performance_fen": row.month.performance.cash_fen,
            "consumed_performance_fen": row.month.performance.consumed_fen,
            "commission_fen": row.month.commission_fen,
            "tiered_fen": row.month.tiered_fen,
        }
        for row in found.rows
    ]
    if options.json:
        month = {"month": options.month, "missing": found.missing, "people": rows}
        sys.stdout.write(json.dumps(month, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(pay_lines(rows, found.missing, options.language))
    return 0


def pay_lines(rows: list[dict[str, Any]], missing: int, language: str) -> list[str]:
    """Return the table of a month; the two views of performance stand side by side and are added nowhere."""
    said = [phrase("pay_missing", language, number=missing) + "\n"] if missing else []
    if not rows:
        return [phrase("nothing_earned", language) + "\n", *said]
    names = ("cash_performance_fen", "consumed_performance_fen", "commission_fen", "tiered_fen")
    cells = [
        (
            row["name"] or (row["staff"][:8] if row["staff"] else phrase("nobody", language)),
            *(format_yuan(row[name]) for name in names),
        )
        for row in rows
    ]
    heads = (phrase("person", language), *(phrase(name, language) for name in FIGURES))
    return [*table([heads, *cells], len(FIGURES)), *said]
