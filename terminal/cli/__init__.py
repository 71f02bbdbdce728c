"""The command line: `terminal COMMAND`. Exit codes: 0 fine, 1 found a problem, 2 wrong usage."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from terminal.base.config import Config, load_config
from terminal.cli.backup import add_commands as add_backup_commands
from terminal.cli.bill import add_commands as add_bill_commands
from terminal.cli.book import add_commands as add_book_commands
from terminal.cli.cards import add_commands as add_card_commands
from terminal.cli.catalogue import add_commands as add_catalogue_command
from terminal.cli.devices import add_commands
from terminal.cli.drawer import add_commands as add_drawer_commands
from terminal.cli.language import add_option, spoken
from terminal.cli.media import add_commands as add_media_commands
from terminal.cli.member import add_commands as add_member_commands
from terminal.cli.pay import add_commands as add_pay_commands
from terminal.cli.prepaid import add_commands as add_prepaid_commands
from terminal.cli.refund import add_commands as add_refund_commands
from terminal.cli.report import add_commands as add_report_commands
from terminal.cli.setup import add_commands as add_setup_commands
from terminal.cli.shift import add_commands as add_shift_commands
from terminal.cli.trouble import told

FINE, PROBLEM, USAGE = 0, 1, 2

Command = Callable[[argparse.Namespace, Config], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.config is None:
        options.config = options.bare_config
    options.language = spoken(options, os.environ)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # A name that the terminal's character set lacks is written as its number, and ends no command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def work() -> int:
        command: Command = options.run
        code = command(options, load_config(options.config))
        sys.stdout.flush()
        return code

    trouble = told(work, options.config, options.language)
    return PROBLEM if trouble is None else trouble


class _Version(argparse.Action):
    """Tells the version; the till's services are loaded only for those who ask."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from terminal.services.commands import VERSION

        sys.stdout.write(f"counterfoil {VERSION}\n")
        parser.exit(FINE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="terminal", description="Counterfoil, the store terminal.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(group: Any, name: str, run: Command, words: str) -> argparse.ArgumentParser:  # noqa: ANN401 - untyped there
        made: argparse.ArgumentParser = group.add_parser(name, help=words, description=words)
        made.add_argument(
            "--config", type=Path, default=Path("/etc/counterfoil/till.toml"), help="the till's TOML file"
        )
        made.set_defaults(run=run)
        return made

    def group(name: str, words: str) -> Any:  # noqa: ANN401 - untyped there
        made = commands.add_parser(name, help=words, description=words)
        return made.add_subparsers(required=True, metavar="COMMAND")

    add(commands, "serve", _serve, "Run the till.")
    words = "Tell every mistake in a configuration file."
    check = commands.add_parser("check-config", help=words, description=words)
    # Named as for other commands or bare, but always named: nobody wants another file than they think proved right.
    named = check.add_mutually_exclusive_group(required=True)
    named.add_argument("bare_config", type=Path, nargs="?", metavar="FILE", help="the till's TOML file")
    named.add_argument("--config", type=Path, metavar="FILE", help="the same, as other commands are told it")
    check.set_defaults(run=_check_config)

    add_setup_commands(group("setup", "The shop's own data."), add)
    add_catalogue_command(commands, add)
    staff = add(group("staff", "People who sign in."), "add", _staff_add, "Add somebody and print the first PIN.")
    staff.add_argument("name")
    staff.add_argument("--role", default="cashier")
    staff.add_argument("--pin")

    _add_import(add(group("import", "Take over data."), "members", _import_members, "Import members from a CSV file."))
    add_member_commands(group("member", "Members' files."), add)
    add_card_commands(group("cards", "The shop's own cards."), add)
    add_media_commands(group("media", "The life of members' cards."), add)
    add_drawer_commands(group("drawer", "The cash drawer."), add)
    add_shift_commands(group("shift", "Shifts of the people at the till."), add)
    add_bill_commands(group("bill", "Bills: opening, settling, looking up."), add)
    add_refund_commands(group("refund", "What was settled, given back."), add)
    add_prepaid_commands(group("prepaid", "Gift cards, coupons, passes and points."), add)
    add_pay_commands(group("pay", "What people earn."), add)
    add_report_commands(group("report", "What the book adds up to."), add)
    add_book_commands(group("book", "The ledger."), add)

    checked = add(commands, "doctor", _doctor, "Check the till, its devices, storage, clock, keys and store.")
    checked.add_argument("--json", action="store_true")
    checked.add_argument("--print", action="store_true", help="print it on the counter's printer as well")
    add_option(checked)
    add_commands(group("devices", "Devices: what there is, changing and trying them."), add)
    add_backup_commands(commands, add)
    return parser


def _add_import(bring: argparse.ArgumentParser) -> None:
    bring.add_argument("file", type=Path)
    bring.add_argument("--dry-run", action="store_true", help="say line by line what would happen, change nothing")
    bring.add_argument("--mapping", type=Path, help="TOML file that maps the file's columns")
    bring.add_argument("--rejected", type=Path, help="where bad lines go (default: FILE.rejected.csv)")
    words = "lines that may be of members imported before, under another number, phone or card, are of other people"
    bring.add_argument("--new-people", action="store_true", help=words)
    add_option(bring)


def _serve(options: argparse.Namespace, config: Config) -> int:
    from terminal.app import Till
    from terminal.runtime.heap import share_heap

    share_heap()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    till = Till(config, options.config)
    till.start()
    try:
        ready = json.dumps({"kiosk": f"{till.address}/kiosk", "counter": f"{till.address}/cashier"})
        sys.stdout.write(f"ready {ready}\n")
        sys.stdout.flush()
        stop.wait()
    finally:
        till.stop()
    return FINE


def _check_config(options: argparse.Namespace, _: Config) -> int:
    _say(f"{options.config} is right.")
    return FINE


def _staff_add(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config) as call:
        answer = call("staff_add", name=options.name, role=options.role, pin=options.pin)
    sys.stdout.write(f"PIN {answer['pin']}\n")
    return FINE


def _import_members(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.importing import import_members

    return PROBLEM if import_members(options, config) else FINE


def _doctor(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.doctor import doctor

    return PROBLEM if doctor(options, config) else FINE


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
