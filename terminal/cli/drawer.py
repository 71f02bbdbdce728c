"""`terminal drawer`: the cash drawer opened without a sale; who opened it, when, for what, and what became of it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.cli.asking import say
from terminal.cli.language import add_option
from terminal.cli.signed import do
from terminal.rules.command_words import cell, said
from terminal.rules.receipt_text import width_columns

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
# What becomes of an opening is known within a few seconds: later it is given up.
ANSWER_S = 6.0
UNDER_WAY = frozenset({"waiting", "sent"})


def add_commands(drawer: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `drawer`, each by `add(group, name, run, words)`."""
    words = "Show the last 200 openings of the cash drawer, newest first: when, who, why, and what became of each."
    listed = add(drawer, "openings", _openings, words)
    listed.add_argument("--json", action="store_true")
    opened = add(drawer, "open", _open, "Open the drawer of the running till without a sale, once.")
    opened.add_argument("--staff", required=True, metavar="NAME", help="who does it; their PIN is asked for")
    opened.add_argument("--approver", default="", metavar="NAME", help="who approves it; their PIN is asked for too")
    for made in (listed, opened):
        add_option(made)


def _open(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import PAUSE_S, running_till

    action = options.action = new_id()
    with running_till(config) as call:
        opening = do(call, options, "drawer_open")
        until_s = time.monotonic() + ANSWER_S
        while opening["state"] in UNDER_WAY and time.monotonic() < until_s:
            time.sleep(PAUSE_S)
            opening = call("drawer_state", action=action)
    if opening["state"] == "failed":
        raise Refusal(str(opening["code"]))
    say(said("drawer_asked" if opening["state"] in UNDER_WAY else "drawer_open", options.language))
    return 0


def _openings(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        rows = call("drawer_openings")["openings"]
    clock = config.till.clock()
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
        + (said("drawer_approved", language, name=row["approver"]) if row.get("approver") else "")
        + (f" [{row['code']}]" if row["code"] else "")
        + "\n"
        for row, name in zip(rows, names, strict=True)
    ]
