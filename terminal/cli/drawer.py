"""`terminal drawer openings`: who opened the cash drawer, when, for what, and what became of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.clock import SystemClock
from terminal.base.config import Config
from terminal.cli.language import add_option
from terminal.rules.command_words import cell, said
from terminal.rules.receipt_text import width_columns

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(drawer: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `drawer`, each by `add(group, name, run, words)`."""
    words = "Show the last 200 openings of the cash drawer, newest first: when, who, why, and what became of each."
    listed = add(drawer, "openings", _openings, words)
    listed.add_argument("--json", action="store_true")
    add_option(listed)


def _openings(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        rows = call("drawer_openings")["openings"]
    clock = SystemClock(config.till.timezone)
    for row in rows:
        row["at"] = clock.local(row["at_ms"]).isoformat(sep=" ", timespec="seconds")
    if options.json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(opening_lines(rows, options.language))
    return 0


def opening_lines(rows: list[Mapping[str, Any]], language: str) -> list[str]:
    """Return a line for each opening, whose local time is `at`; one that says so where there is none."""
    if not rows:
        return [said("no_opening", language) + "\n"]
    names = [str(row["name"] or row["staff"]) for row in rows]
    widest = max(width_columns(name) for name in names)
    reasons = max(width_columns(cell(row["reason"], language, 0)) for row in rows)
    bills = max(len(row["bill_no"]) for row in rows)
    return [
        # A second is enough; the offset from UTC, behind it in `--json`, is not for people.
        f"{row['at'][:19]}  {cell(name, language, widest)}  {cell(row['reason'], language, reasons)}"
        f"  {row['bill_no']:<{bills}}  {cell(row['state'], language, 0)}"
        + (f" [{row['code']}]" if row["code"] else "")
        + "\n"
        for row, name in zip(rows, names, strict=True)
    ]
