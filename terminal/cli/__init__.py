"""The command line: `terminal COMMAND`. Exit codes: 0 fine, 1 found a problem, 2 wrong usage."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from terminal.base.config import Config, ConfigMistakes, load_config
from terminal.base.errors import Refusal
from terminal.base.sentences import sentence
from terminal.services.commands import VERSION

FINE, PROBLEM, USAGE = 0, 1, 2

Command = Callable[[argparse.Namespace, Config], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        config = load_config(options.config)
        command: Command = options.run
        return command(options, config)
    except ConfigMistakes as error:
        for mistake in error.mistakes:
            _say(f"{options.config}: {mistake.key}: {mistake.sentence}" if mistake.key else mistake.sentence)
        return PROBLEM
    except Refusal as refusal:
        _say(sentence(refusal))
        return PROBLEM
    except BrokenPipeError:
        return PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="terminal", description="Counterfoil, the store terminal.")
    parser.add_argument("--version", action="version", version=f"counterfoil {VERSION}")
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
    check = commands.add_parser("check-config", help="Tell every mistake in a configuration file.")
    check.add_argument("config", type=Path)
    check.set_defaults(run=_check_config)

    apply = add(group("setup", "The shop's own data."), "apply", _setup_apply, "Apply a set-up file; safe to repeat.")
    apply.add_argument("file", type=Path)
    staff = add(group("staff", "People who sign in."), "add", _staff_add, "Add somebody and print the first PIN.")
    staff.add_argument("name")
    staff.add_argument("--role", default="cashier")
    staff.add_argument("--pin")

    bring = add(group("import", "Take over data."), "members", _import_members, "Import members from a CSV file.")
    bring.add_argument("file", type=Path)
    bring.add_argument("--dry-run", action="store_true", help="say line by line what would happen, change nothing")
    bring.add_argument("--mapping", type=Path, help="TOML file that maps the file's columns")
    bring.add_argument("--rejected", type=Path, help="where bad lines go (default: FILE.rejected.csv)")

    show = add(group("member", "Members."), "show", _member_show, "Show a member's file and balances.")
    by = show.add_mutually_exclusive_group(required=True)
    by.add_argument("--phone")
    by.add_argument("--card")
    by.add_argument("--id")
    show.add_argument("--json", action="store_true")

    book = group("book", "The ledger.")
    verify = add(book, "verify", _book_verify, "Prove the ledger and name the first entry that is wrong.")
    verify.add_argument("--json", action="store_true")
    export = add(book, "export", _book_export, "Print the journal as JSON Lines.")
    export.add_argument("--output", type=Path, help="write to a file instead of standard output")
    return parser


def _serve(_: argparse.Namespace, config: Config) -> int:
    from terminal.app import Till

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    till = Till(config)
    till.start()
    sys.stdout.write("ready " + json.dumps({"kiosk": f"{till.address}/kiosk", "counter": f"{till.address}/cashier"}))
    sys.stdout.write("\n")
    sys.stdout.flush()
    stop.wait()
    till.stop()
    return FINE


def _check_config(options: argparse.Namespace, _: Config) -> int:
    _say(f"{options.config} is right.")
    return FINE


def _setup_apply(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    text = _read(options.file).decode("utf-8-sig", "replace")
    with open_door(config) as call:
        answer = call("setup_apply", text=text)
    for key, words in answer.get("mistakes", []):
        _say(f"{options.file}: {key} {words}")
    if "mistakes" in answer:
        return PROBLEM
    _say(f"The shop is set up with {answer['items']} items." if answer["changed"] else "Nothing has changed.")
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


def _member_show(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    by, value = next((name, value) for name in ("phone", "card", "id") if (value := getattr(options, name)))
    with open_door(config) as call:
        members = call("member_find", by=by, value=value)["members"]
    if options.json:
        sys.stdout.write(json.dumps(members, ensure_ascii=False, indent=1) + "\n")
        return FINE
    for member in members:
        for name, part in member.items():
            sys.stdout.write(f"{name:<16} {part}\n")
        sys.stdout.write("\n")
    return FINE


def _book_verify(options: argparse.Namespace, config: Config) -> int:
    from terminal.app import read_store
    from terminal.cli.progress import Progress
    from terminal.ledger.verify import verify

    database = read_store(config)
    with Progress("entries") as progress:
        verdict = verify(database, config.till.data_dir / "verify.scratch", progress.show)
    database.close()
    if options.json:
        sys.stdout.write(
            json.dumps(
                {
                    "ok": not verdict.code,
                    "entries": verdict.entries,
                    "head": verdict.head,
                    "code": verdict.code,
                    "seq": verdict.seq,
                    "detail": verdict.detail,
                }
            )
            + "\n"
        )
    elif verdict.code:
        place = f"Entry {verdict.seq}" if verdict.seq else "The kept state"
        sys.stdout.write(f"{place} is wrong: {verdict.detail} [{verdict.code}]\n")
    else:
        sys.stdout.write(f"The book is right: {verdict.entries} entries, head {verdict.head}\n")
    return PROBLEM if verdict.code else FINE


def _book_export(options: argparse.Namespace, config: Config) -> int:
    from terminal.app import read_store
    from terminal.base.clock import SystemClock
    from terminal.ledger.book import Book
    from terminal.ledger.export import export

    database = read_store(config)
    lines = export(database, Book(database, SystemClock(config.till.timezone)))
    if options.output is None:
        sys.stdout.buffer.writelines(lines)
    else:
        with options.output.open("wb") as file:
            file.writelines(lines)
    database.close()
    return FINE


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", file=str(path), reason=error.strerror or str(error)) from error


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
