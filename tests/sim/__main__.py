"""`python -m tests.sim --seeds 1000`: many stories and their totals; `--seed 7`: one of them, told step by step."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.sim.editions import Edition
from tests.sim.happened import missing
from tests.sim.machine import Parts
from tests.sim.mutations import MUTATIONS
from tests.sim.simulator import Totals
from tests.sim.story import play, stage, tell
from tests.sim.world import Violation

SEEDS_A_TASK = 5
# In so many stories of such a length everything has to happen, or the simulator is at fault.
ENOUGH = (200, 500)
EDITIONS = {edition.name.lower(): edition for edition in Edition}
Span = tuple[int, int, int, bool, str, Edition]


def main() -> int:
    """Run what the command line asks for; return 0 when no invariant was broken."""
    asked = _arguments()
    if asked.seed is not None:
        end = tell(
            asked.seed,
            steps=asked.steps,
            restores=not asked.no_restores,
            parts=_parts(asked.mutation),
            edition=EDITIONS[asked.edition],
        )
        print(end)
        return isinstance(end, Violation)
    began = time.monotonic()
    totals: list[Totals] = []
    broken = 0
    spans = [
        (
            first,
            min(SEEDS_A_TASK, asked.first + asked.seeds - first),
            asked.steps,
            not asked.no_restores,
            asked.mutation,
            EDITIONS[asked.edition],
        )
        for first in range(asked.first, asked.first + asked.seeds, SEEDS_A_TASK)
    ]
    with ProcessPoolExecutor(asked.jobs) as pool:
        for ends in pool.map(_play, spans):
            for seed, ended in ends:
                if isinstance(ended, Totals):
                    totals.append(ended)
                else:
                    broken += 1
                    print(f"seed {seed}: {ended}", flush=True)
    _print(totals, broken, time.monotonic() - began)
    never = _print_happened(totals, harm=not asked.no_restores, now=EDITIONS[asked.edition] == Edition.COUNTERS)
    enough = (len(totals), asked.steps) >= ENOUGH
    return bool(broken) or (enough and never)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many stories")
    parser.add_argument("--first", type=int, default=0, help="the first story's seed")
    parser.add_argument("--seed", type=int, help="tell one story instead")
    parser.add_argument("--steps", type=int, default=500, help="how long a story is")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes")
    parser.add_argument("--no-restores", action="store_true", help="without images put back, copies and write-offs")
    parser.add_argument("--edition", choices=EDITIONS, default="counters", help="whose dice: kept stories need theirs")
    parser.add_argument("--mutation", default="", help="break this rule: " + ", ".join(one.name for one in MUTATIONS))
    return parser.parse_args()


def _parts(name: str) -> Parts | None:
    return next((one.parts for one in MUTATIONS if one.name == name), None)


def _play(span: Span) -> list[tuple[int, Totals | str]]:
    return list(_ends(*span))


def _ends(
    first: int, count: int, steps: int, restores: bool, mutation: str, edition: Edition
) -> Iterator[tuple[int, Totals | str]]:
    with stage() as place:
        for seed in range(first, first + count):
            ended = play(seed, place, steps=steps, restores=restores, parts=_parts(mutation), edition=edition)
            yield seed, str(ended)[:300] if isinstance(ended, Violation) else ended


def _print(totals: list[Totals], broken: int, took_s: float) -> None:
    lost, exposed = (sum(one.lost_units for one in totals), sum(one.exposed_units for one in totals))
    print(
        f"{len(totals) + broken} stories in {took_s:.0f} s: {broken} broken; {sum(one.facts for one in totals)} facts,"
        f" {sum(one.messages for one in totals)} messages, {sum(one.lost_messages for one in totals)} of them lost,"
        f" {sum(one.restores for one in totals)} restores, {sum(one.write_offs for one in totals)} write-offs;"
        f" loss {lost} {'<=' if lost <= exposed else '>'} exposure {exposed} units,"
        f" {sum(not one.harmed for one in totals)} stories without harm"
    )


def _print_happened(totals: list[Totals], *, harm: bool, now: bool) -> bool:
    """Print how often everything happened and in how many stories; return whether something never did."""
    counts: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    for one in totals:
        counts += one.happened
        stories += Counter(one.happened.keys())
    for name, count in sorted(counts.items()):
        print(f"{count:10} {stories[name]:7} {name}")
    never = missing(counts, harm=harm) if now else []
    for name in never:
        print(f"     never         {name}")
    return bool(never)


if __name__ == "__main__":
    sys.exit(main())
