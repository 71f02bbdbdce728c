"""`python -m tests.device_walk --config FILE`: try real devices by hand, question by question.

It uses the till's drivers and configuration without the till, which must not run meanwhile: a device has one user.
Exit codes: 0 results were written, 2 wrong usage, a wrong configuration, a running till, or no device.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import platform
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from terminal.base.config import Config, ConfigMistakes, load_config
from terminal.base.errors import Refusal
from terminal.hw.cards.keys import load_card_keys
from tests.device_walk.console import HELP, Console
from tests.device_walk.questions import Patience
from tests.device_walk.walk import Round, Walker, rounds
from tests.device_walk.watch import LossLog, Watch, Work

DONE, UNUSABLE = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk through the configured devices and return the exit code."""
    usual = Patience()
    parser = argparse.ArgumentParser(prog="python -m tests.device_walk", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the till's TOML file")
    parser.add_argument("--out", type=Path, default=Path(".data/device-walk"), help="folder for the result files")
    parser.add_argument("--only", action="append", metavar="ID", help="one device; repeat for more")
    parser.add_argument("--patience-s", type=float, default=usual.step_s, help="how long a question waits")
    parser.add_argument("--quiet-s", type=float, default=usual.quiet_s, help="how long to leave something alone")
    parser.add_argument("--settle-s", type=float, default=usual.settle_s, help="how long after a loss or return")
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.config)
        keys = load_card_keys(config.till.card_keys) if config.till.card_keys else None
    except ConfigMistakes as mistakes:
        return _unusable(str(mistakes))
    except Refusal as refusal:
        return _unusable(f"The card keys cannot be used [{refusal.code}].")
    if _till_runs(config):
        return _unusable("The till is running and holds the devices: end it first.")
    work = Work()
    way = rounds(config, work, keys, lambda: f"{dt.datetime.now().astimezone():%Y-%m-%d %H:%M}")
    known = [stop.device for each in way for stop in each.stops]
    if unknown := set(options.only or ()) - set(known):
        return _unusable(f"{', '.join(sorted(unknown))} is none of: {', '.join(known) or 'no device is configured'}")
    way = [chosen for each in way if (chosen := each.only(options.only)).stops]
    if not way:
        return _unusable("No device is configured.")
    patience = Patience(options.patience_s, options.quiet_s, options.settle_s)
    return _walk(way, patience, options.out)


def _walk(way: Sequence[Round], patience: Patience, folder: Path) -> int:
    watch, log = Watch(), LossLog()
    # Into the count and nowhere else: the terminal is the technician's.
    logging.basicConfig(level=logging.INFO, handlers=[log], force=True)
    console = Console(sys.stdin.fileno(), sys.stdout, watch)
    console.say(f"{sum(len(each.stops) for each in way)} devices.\n{HELP}")
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    date = f"{dt.datetime.now().astimezone():%Y-%m-%d}"
    walker = Walker(console, watch, log, patience, folder, date, system)
    walker.walk(way)
    watch.close()
    return DONE if walker.files else UNUSABLE


def _till_runs(config: Config) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(config.till.admin_socket))
        except OSError:
            return False
        return True


def _unusable(words: str) -> int:
    print(words, file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
