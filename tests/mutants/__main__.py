"""`python -m tests.mutants [--minutes 60] [--only TEXT] [--count N] [--seed N] [--done FILE] [--list] [--verbose]`.

Changes the product in one place at a time and sees whether a test fails. All mutants stand on a ring in an order that
only their names decide; a run begins where `--seed` says or, with `--done FILE`, where the last one ended.

Exit codes: 0 all that were tried are killed or on the list of equivalent ones, 1 one is not or the list is wrong,
2 wrong usage or tests that fail without any change, 130 interrupted.
"""

from __future__ import annotations

import argparse
import functools
import os
import pathlib
import queue
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import FrameType

from tests.mutants.changes import Mutant
from tests.mutants.equivalents import listed, mistakes
from tests.mutants.runs import (
    KILLED,
    SURVIVED,
    TIMED_OUT,
    NotReady,
    Trials,
    Tried,
    all_mutants,
    copied,
    from_place,
    trying,
)
from tests.mutants.targets import TARGETS

FINE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
ROOT = pathlib.Path(__file__).parents[2]
TOLD_EVERY_S = 20.0


@dataclass(slots=True)
class Run:
    """What was asked for, and what is known so far: `every` has the target of each mutant by its name."""

    options: argparse.Namespace
    reasons: dict[str, str]
    every: dict[str, str] = field(default_factory=dict)
    ring: list[Mutant] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutants and return the exit code."""
    signal.signal(signal.SIGTERM, _interrupted)
    signal.signal(signal.SIGINT, _interrupted)
    run = Run(_parser().parse_args(arguments), listed())
    interrupted = False
    try:
        with copied(ROOT) as copy:
            _choose(run, copy)
            if run.options.list:
                print(*map(_shown, run.ring), sep="\n")
                return FINE
            _try_all(run, copy)
    except NotReady as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("Interrupted; the sources are as they were.", file=sys.stderr)
        interrupted = True
    wrong = mistakes(run.tried, run.every, run.reasons)
    _report(run, wrong)
    return INTERRUPTED if interrupted else FAILED if wrong else FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Change the product, see a test fail.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to try (default 60)")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="only mutants with TEXT in their name (or several)"
    )
    parser.add_argument("--count", type=int, default=None, help="so many mutants at most")
    parser.add_argument("--seed", type=int, default=None, help="where on the ring to begin (default: anywhere)")
    parser.add_argument("--done", type=pathlib.Path, help="begin where this file says, and keep it up to date")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (default: the cores)")
    parser.add_argument("--list", action="store_true", help="print the mutants and leave")
    parser.add_argument("--verbose", action="store_true", help="print the killed ones and what killed them, too")
    return parser


def _place(options: argparse.Namespace) -> str:
    """Return where on the ring to begin, and choose the seed unless it was given."""
    drawn = options.seed is None
    if drawn:
        options.seed = random.SystemRandom().randrange(2**32)
    if drawn and options.done is not None and options.done.exists():
        kept: str = options.done.read_text(encoding="ascii").strip()
        return kept
    return f"{random.Random(options.seed).randrange(2**64):016x}"


def _choose(run: Run, copy: pathlib.Path) -> None:
    """Find all mutants, and choose those to try in their order."""
    targets = {target.name: all_mutants(target, copy) for target in TARGETS}
    run.every = {each.name: name for name, found in targets.items() for each in found}
    parts = run.options.only or [""]
    chosen = [each for found in targets.values() for each in found if any(part in each.name for part in parts)]
    if run.options.list:
        run.ring = chosen
        return
    run.ring = from_place(chosen, _place(run.options))[: run.options.count]
    print(f"{len(run.every)} mutants, {len(run.ring)} of them to try, {len(run.reasons)} on the list", end="; ")
    print(f"--seed={run.options.seed}", flush=True)


def _try_all(run: Run, copy: pathlib.Path) -> None:
    """Try one mutant after the other, several at a time, until the time is over, and tell how far it is."""
    names = sorted({run.every[each.name] for each in run.ring})
    jobs = max(1, min(run.options.jobs, len(run.ring)))
    with ExitStack() as opened, ThreadPoolExecutor(jobs) as pool:
        opened.callback(pool.shutdown, wait=False, cancel_futures=True)
        seed = run.options.seed % 2**32
        lanes = [
            {each.name: opened.enter_context(trying(each, copy, seed)) for each in TARGETS if each.name in names}
            for _ in range(jobs)
        ]
        for name in names:
            began_s = time.monotonic()
            known = lanes[0][name].begin()
            list(pool.map(functools.partial(Trials.begin, known=known), [lane[name] for lane in lanes[1:]]))
            count, took_s = len(lanes[0][name].times_s), time.monotonic() - began_s
            print(f"{name}: {count} tests pass as it is, in {took_s:.0f} s", flush=True)
        _share_out(run, lanes, pool)


def _share_out(run: Run, lanes: Sequence[dict[str, Trials]], pool: ThreadPoolExecutor) -> None:
    """Give each mutant in turn to a lane that is free."""
    free: queue.SimpleQueue[dict[str, Trials]] = queue.SimpleQueue()
    for lane in lanes:
        free.put(lane)
    began_s = told_s = time.monotonic()

    def one(mutant: Mutant) -> Tried | None:
        if time.monotonic() - began_s > run.options.minutes * 60:
            return None
        lane = free.get()
        try:
            return lane[run.every[mutant.name]].run(mutant)
        finally:
            free.put(lane)

    for each in pool.map(one, run.ring):
        if each is None:
            return
        run.tried.append(each)
        _tell(run, each)
        if run.options.done is not None:
            run.options.done.write_text(each.mutant.place, encoding="ascii")
        now_s = time.monotonic()
        if now_s - told_s > TOLD_EVERY_S:
            told_s = now_s
            print(f"  {(now_s - began_s) / 60:.1f} min: {_sums(run.tried)}", flush=True)


def _tell(run: Run, each: Tried) -> None:
    """Print every survivor at once, and all others where that was asked for."""
    known = " (on the list)" if each.mutant.name in run.reasons else ""
    if run.options.verbose or (each.outcome != KILLED and not known):
        test = f" [{each.test}]" if each.test else ""
        print(f"{each.outcome}{known}: {_shown(each.mutant)}{test}", flush=True)


def _report(run: Run, wrong: Sequence[str]) -> None:
    """Print what became of each module's mutants, and what is wrong."""
    print()
    for path in sorted({each.mutant.path for each in run.tried}):
        print(f"{path}: {_sums([each for each in run.tried if each.mutant.path == path])}")
    print(f"{len(run.tried)} of {len(run.every)}: {_sums(run.tried)}")
    for each in run.tried:
        if each.outcome == TIMED_OUT:
            print(f"timed out: {_shown(each.mutant)}")
    for line in wrong:
        print(line)


def _sums(tried: Sequence[Tried]) -> str:
    counts = Counter(each.outcome for each in tried)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in (KILLED, SURVIVED, TIMED_OUT))


def _shown(mutant: Mutant) -> str:
    return f"{mutant.path}:{mutant.line} {mutant.name.partition(' ')[2]}"


def _interrupted(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
