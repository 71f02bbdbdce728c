"""`terminal book`: the ledger proved and printed, beside a running till too."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from terminal.base.config import Config
from terminal.base.words import backup
from terminal.base.words.book_phrases import phrase, wrong
from terminal.cli.language import add_option

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
FINE, PROBLEM = 0, 1


def add_commands(book: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `book`, each by `add(group, name, run, words)`."""
    verify = add(book, "verify", _verify, "Prove the ledger and name the first entry that is wrong.")
    verify.add_argument("--json", action="store_true")
    export = add(book, "export", _export, "Print the journal as JSON Lines.")
    export.add_argument("--output", type=Path, help="write to a file instead of standard output")
    for made in (verify, export):
        add_option(made)


def _verify(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.progress import Progress
    from terminal.ledger.verify import verify
    from terminal.services.storage import read_store

    database = read_store(config)
    language = options.language
    with Progress(phrase("entries", language), lambda s: backup.phrase("left", language, seconds=s)) as progress:
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
        words = wrong(language, seq=verdict.seq, code=verdict.code, detail=verdict.detail)
        sys.stdout.write(words + "\n")
    else:
        words = phrase("right", language, entries=verdict.entries, head=verdict.head)
        sys.stdout.write(words + "\n")
    return PROBLEM if verdict.code else FINE


def _export(options: argparse.Namespace, config: Config) -> int:
    from terminal.ledger.book import Book
    from terminal.ledger.export import export
    from terminal.services.storage import read_store

    database = read_store(config)
    lines = export(database, Book(database, config.till.clock()))
    if options.output is None:
        sys.stdout.buffer.writelines(lines)
    else:
        # It gets its name when it is complete, so that half an export is never taken for a whole one.
        part = options.output.with_name(options.output.name + ".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with part.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(options.output)
    database.close()
    return FINE
