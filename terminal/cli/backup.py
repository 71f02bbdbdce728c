"""`terminal backup` and `terminal restore`: the words of the command line, and what the two commands say."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from terminal.base.config import Config
from terminal.cli.language import add_option

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(commands: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add both commands, each by `add(group, name, run, words)`."""
    words = "Make an encrypted backup of the store, also while the till runs. The recovery key alone opens it."
    made = add(commands, "backup", _backup, words)
    made.add_argument("dest", type=Path, nargs="?", metavar="DEST", help="a folder, or a file that is not there yet")
    made.add_argument("--new-key", action="store_true", help="make a recovery key and show it; later backups need it")
    made.add_argument("--print", action="store_true", help="print a new key on the counter's printer as well")
    made.set_defaults(usage=made.error)
    add_option(made)
    words = "Put a backup in the place of the store. No till may run; a till that was restored rejoins its chain."
    put = add(commands, "restore", _restore, words)
    put.add_argument("source", type=Path, metavar="SRC", help="a file that terminal backup made")
    put.add_argument("--replace", action="store_true", help="keep the store that is there aside and replace it")
    put.add_argument("--key-file", type=Path, metavar="FILE", help="read the recovery key from a file")
    add_option(put)


def _backup(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.backing_up import backup

    if options.dest is None and not options.new_key:
        options.usage("say where to with DEST, or make a recovery key with --new-key")
    if options.print and not options.new_key:
        options.usage("--print is for a new key, with --new-key")
    backup(options, config)
    sys.stdout.flush()
    return 0


def _restore(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.putting_back import put_back

    put_back(options, config)
    return 0
