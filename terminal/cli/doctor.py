"""`terminal doctor`: the self-check on a screen, as JSON, or on paper."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.hw.cards.keys import load_card_keys
from terminal.rules.doctor_words import ALL_WELL, TO_MEND, check_name, mark, phrase, remedy
from terminal.runtime.admin import AdminClient
from terminal.services.commands import VERSION
from terminal.services.doctor import Check, examine, versions
from terminal.services.receipt_font import receipt_fonts


def doctor(options: argparse.Namespace, config: Config) -> int:
    """Check everything, say it, and return how many checks failed; raises `Refusal` when it cannot be printed."""
    language = options.language
    report = _report(config)
    clock = config.till.clock()
    checks = examine(config, report, clock, load_card_keys, receipt_fonts(config.printers))
    running = versions(VERSION)
    if options.json:
        _say_json(checks, running, language)
    else:
        _say(checks, running, language)
    if options.print:
        _print(config, checks, running, language)
    return sum(1 for check in checks if check.failed)


def _report(config: Config) -> dict[str, Any] | None:
    """Return what the running till says of itself, or None where none runs."""
    try:
        with closing(AdminClient(config.till.admin_socket)) as client:
            told: dict[str, Any] = client("report")["report"]
            return told
    except (OSError, ValueError):
        return None


def _print(config: Config, checks: list[Check], running: dict[str, str], language: str) -> None:
    rows = [[check.code, check.subject, check.trouble, dict(check.values)] for check in checks]
    try:
        with closing(AdminClient(config.till.admin_socket)) as client:
            client("doctor_print", checks=rows, versions=running, language=language)
    except (OSError, ValueError) as error:
        raise Refusal("till_gone") from error


def _say(checks: list[Check], running: dict[str, str], language: str) -> None:
    for check in checks:
        name = f"{check_name(check.code, language)} {check.subject}".strip()
        words = f": {remedy(check.trouble, check.values, language)} [{check.trouble}]" if check.trouble else ""
        sys.stdout.write(f"{mark(check.trouble, language):<7}{name}{words}\n")
    sys.stdout.write("".join(f"{'':<7}{name} {value}\n" for name, value in running.items()))
    failed = sum(1 for check in checks if check.failed)
    sys.stdout.write((phrase(TO_MEND, language, count=failed) if failed else phrase(ALL_WELL, language)) + "\n")


def _say_json(checks: list[Check], running: dict[str, str], language: str) -> None:
    rows = [
        {
            "code": check.code,
            "subject": check.subject,
            # Null: it could not be looked at.
            "passed": check.passed if check.passed or check.failed else None,
            "trouble": check.trouble,
            "remedy": remedy(check.trouble, check.values, language) if check.trouble else "",
        }
        for check in checks
    ]
    document = {"passed": not any(check.failed for check in checks), "checks": rows, "versions": running}
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
