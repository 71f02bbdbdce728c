"""`python -m bench [--quick] [--data DIR] [NAME ...]`: measures, prints each figure beside its limit.

Exit codes: 0 no limit is clearly missed, 1 at least one is, 2 wrong usage or a piece that could not run.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from bench import machine
from bench.browser import NoBrowserError
from bench.figures import MISSED, NEAR, Figure, table
from bench.programs import BenchError
from bench.scale import QUICK, WHOLE, Scale

# In this order: the import leaves the store that the others read.
PIECES = (
    "postings",
    "sync",
    "book",
    "importing",
    "start",
    "glass",
    "memory",
    "cards",
    "paper",
    "devices",
    "health",
    "flat",
)
FINE, CLEARLY_MISSED, UNUSABLE = 0, 1, 2

Measure = Callable[[pathlib.Path, Scale], list[Figure]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(PIECES)} (all by default)")
    parser.add_argument("--quick", action="store_true", help="few repetitions and small stores: a look, not a figure")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(".data/bench"), help="folder for the stores")
    parser.add_argument(
        "--entries",
        type=int,
        default=0,
        help="of the large shop of `book` (else 5 million); the small has as many a member",
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(PIECES):
        parser.error(f"there is no piece called {', '.join(sorted(unknown))}")
    folder: pathlib.Path = options.data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Measured on\n{machine.description(folder)}", flush=True)
    if options.quick:
        print("  --quick: few repetitions and small stores; nothing here proves or refutes a limit")
    try:
        figures = _measure_all([name for name in PIECES if name in options.names or not options.names], folder, options)
    except (BenchError, NoBrowserError, TimeoutError, subprocess.TimeoutExpired) as error:
        print(f"The bench stopped: {error}", file=sys.stderr)
        return UNUSABLE
    return _sum_up(figures)


def _measure_all(names: Sequence[str], folder: pathlib.Path, options: argparse.Namespace) -> list[Figure]:
    figures = []
    for name in names:
        began_s = time.monotonic()
        module = importlib.import_module(f"bench.{name}")
        measure: Measure = module.measure
        found = measure(folder, scale_of(options))
        took_s = time.monotonic() - began_s
        title = (module.__doc__ or "").partition("\n")[0]
        print(f"\n{table(f'{name}: {title}', found)}")
        print(f"{machine.load()}, {took_s:.0f} s", flush=True)
        figures += found
    return figures


def scale_of(options: argparse.Namespace) -> Scale:
    """Return how much is measured; as many entries come to a member in the small shop as in the large one."""
    scale = QUICK if options.quick else WHOLE
    if not options.entries:
        return scale
    small_entries = options.entries * scale.small_members // scale.book_members
    return dataclasses.replace(scale, book_entries=options.entries, small_entries=small_entries)


def _sum_up(figures: Sequence[Figure]) -> int:
    missed = [figure.name for figure in figures if figure.verdict == MISSED]
    near = [figure.name for figure in figures if figure.verdict == NEAR]
    limits = sum(1 for figure in figures if figure.limit is not None)
    print(f"\n{limits - len(missed) - len(near)} of {limits} limits are kept.")
    for words, names in (("Beyond the limit, but not surely", near), ("CLEARLY MISSED", missed)):
        if names:
            print(f"{words}: {'; '.join(names)}.")
    return CLEARLY_MISSED if missed else FINE


if __name__ == "__main__":
    sys.exit(main())
