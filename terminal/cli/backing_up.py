"""`terminal backup`: a new recovery key where one is asked for or missing, and a backup locked for it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.words.backup import phrase
from terminal.cli.progress import Progress
from terminal.cli.recovery import make_key
from terminal.services.backup.making import BackupMaker, Made, check_place
from terminal.services.backup.recovery_key import BackupLock, load_lock
from terminal.services.commands import VERSION
from terminal.services.storage import require_store

KIB = 1024
NICENESS = 10


def backup(options: argparse.Namespace, config: Config) -> None:
    """Make what is asked for and say it; raises `Refusal`."""
    language: str = options.language
    require_store(config)
    dest: Path | None = options.dest
    if dest is not None:
        check_place(dest)
    lock = load_lock(config.till.data_dir) if not options.new_key else None
    if lock is None:
        if not (options.new_key or sys.stdout.isatty()):
            raise Refusal("recovery_key_missing")
        lock = make_key(config, language, on_paper=options.print)
    if dest is not None:
        made = _make(config, dest, lock, language)
        sys.stdout.write(made_line(made, lock, language) + "\n")


def made_line(made: Made, lock: BackupLock, language: str) -> str:
    """Return the sentence about a finished backup."""
    label = made.label
    return phrase(
        "made",
        language,
        shop=" ".join(part for part in (label.shop, label.branch) if part),
        entries=f"{label.entries:,}",
        members=f"{label.members:,}",
        file=made.path,
        size=f"{made.size_bytes / KIB**2:,.1f} MiB",
        name=lock.name,
    )


def _make(config: Config, dest: Path, lock: BackupLock, language: str) -> Made:
    # A till that serves beside this goes first.
    os.nice(NICENESS)
    maker = BackupMaker(config, config.till.clock(), VERSION)
    unit = phrase("backing_up", language)
    with Progress(unit, lambda left_s: phrase("left", language, seconds=left_s)) as progress:
        return maker.make(dest, lock, progress.show)
