"""`python -m tests.fuzz [--minutes 10] [--only NAME] [--jobs 1] [--seed N] [--done FILE] [--list]`: fuzz every parser.

Each property runs for so many minutes of processor time, so a run on a busy machine, or one that was stopped for a
while, tries no less. The minutes go by in slices, those with the fewest first, each slice with a seed of its own. What
failed is printed with its seed and kept in `--findings`; it becomes an `@example` of its property once it is mended.
With `--done FILE`, which takes each slice that held, a run that was ended goes on where it was.

Exit codes: 0 nothing failed, 1 something did, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO

from tests.fuzz import catalogue

FINE, FAILED = 0, 1
LOOK_S = 0.2
SLICE_MINUTES = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """A worker on its way, and where its output goes."""

    name: str
    seed: int
    minutes: float
    process: subprocess.Popen[bytes]
    said: IO[str]
    began_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz what was asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="processor time for each property (default 10)")
    parser.add_argument("--only", default="", metavar="NAME", help="only properties with NAME in their name")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once (default 1)")
    parser.add_argument("--seed", type=int, default=None, help="the first seed (default: a new one for each property)")
    parser.add_argument("--done", type=pathlib.Path, help="count the minutes in this file, and add what is done to it")
    parser.add_argument("--findings", type=pathlib.Path, default=pathlib.Path(".data/fuzz"), help="where failures go")
    parser.add_argument("--list", action="store_true", help="print the names and leave")
    options = parser.parse_args(arguments)
    names = [found.name for found in catalogue.properties() if options.only in found.name]
    if not names:
        parser.error(f"no property is called like {options.only}")
    if options.list:
        print("\n".join(names))
        return FINE
    return _fuzz(_had(names, options.done), options)


def _had(names: Sequence[str], done: pathlib.Path | None) -> dict[str, float]:
    """Return for each property the minutes it had already."""
    had = dict.fromkeys(names, 0.0)
    for line in done.read_text(encoding="utf-8").splitlines() if done and done.exists() else []:
        name, minutes, _ = line.split("\t", 2)
        if name in had:
            had[name] += float(minutes)
    return had


def _next(had: dict[str, float], running: list[Run], failed: list[str], minutes: float) -> str:
    """Return the property that had the least and needs more, or nothing."""
    busy = {*failed, *(run.name for run in running)}
    return min((name for name in had if had[name] < minutes and name not in busy), key=had.__getitem__, default="")


def _fuzz(had: dict[str, float], options: argparse.Namespace) -> int:
    print(f"{len(had)} properties, {options.minutes:g} min of processor time each, {options.jobs} at once", flush=True)
    failed, running = list[str](), list[Run]()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while True:
            while len(running) < options.jobs and (name := _next(had, running, failed, options.minutes)):
                running.append(_start(name, min(SLICE_MINUTES, options.minutes - had[name]), options.seed))
            if not running:
                break
            time.sleep(LOOK_S)
            for run in list(_ended(running)):
                running.remove(run)
                if _report(run, options):
                    had[run.name] += run.minutes
                else:
                    failed.append(run.name)
    except KeyboardInterrupt:
        print("ended; the slices that were on their way are not done", flush=True)
        return FAILED
    finally:
        for run in running:
            run.process.terminate()
            run.process.wait()
    print(f"{len(had) - len(failed)} of {len(had)} held{': failed ' if failed else ''}{', '.join(failed)}")
    return FAILED if failed else FINE


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(name: str, minutes: float, seed: int | None) -> Run:
    chosen = random.SystemRandom().randrange(2**32) if seed is None else seed
    said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the run
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(minutes), str(chosen)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    return Run(name, chosen, minutes, process, said, time.monotonic())


def _ended(running: list[Run]) -> Iterator[Run]:
    yield from (run for run in running if run.process.poll() is not None)


def _report(run: Run, options: argparse.Namespace) -> bool:
    """Print what became of a run, keep it, and return whether the property held."""
    with run.said as file:
        file.seek(0)
        said = file.read()
    took_s = time.monotonic() - run.began_s
    held = run.process.returncode == 0
    if held:
        tried = json.loads(said.splitlines()[-1])
        rate = tried["examples"] / max(tried["cpu_s"], 1e-9)
        line = f"seed {run.seed}\t{tried['examples']:,} examples\t{rate:,.0f}/s\tok"
    else:
        options.findings.mkdir(parents=True, exist_ok=True)
        place = options.findings / (re.sub(r"[^A-Za-z0-9_]+", "-", run.name) + ".txt")
        place.write_text(said, encoding="utf-8")
        print(said)
        line = f"seed {run.seed}\tFAILED (see {place}; exit code {run.process.returncode})"
    print(f"{run.name}\t{line}\t{took_s:.0f} s", flush=True)
    if options.done and held:
        with options.done.open("a", encoding="utf-8") as done:
            done.write(f"{run.name}\t{run.minutes:g}\t{line}\n")
    return held


if __name__ == "__main__":
    sys.exit(main())
