"""`python -m tests.sim --seeds 1000`: many stories and their totals; `--seed 7`: one of them, told step by step."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.sim.machine import Parts
from tests.sim.mutations import MUTATIONS
from tests.sim.simulator import Totals
from tests.sim.story import play, stage, tell
from tests.sim.world import Violation

SEEDS_A_TASK = 5
Span = tuple[int, int, int, bool, str]


def main() -> int:
    """Run what the command line asks for; return 0 when no invariant was broken."""
    asked = _arguments()
    if asked.seed is not None:
        end = tell(asked.seed, steps=asked.steps, restores=not asked.no_restores, parts=_parts(asked.mutation))
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
    return bool(broken)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many stories")
    parser.add_argument("--first", type=int, default=0, help="the first story's seed")
    parser.add_argument("--seed", type=int, help="tell one story instead")
    parser.add_argument("--steps", type=int, default=500, help="how long a story is")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes")
    parser.add_argument("--no-restores", action="store_true", help="without images put back, copies and write-offs")
    parser.add_argument("--mutation", default="", help="break this rule: " + ", ".join(one.name for one in MUTATIONS))
    return parser.parse_args()


def _parts(name: str) -> Parts | None:
    return next((one.parts for one in MUTATIONS if one.name == name), None)


def _play(span: Span) -> list[tuple[int, Totals | str]]:
    return list(_ends(*span))


def _ends(first: int, count: int, steps: int, restores: bool, mutation: str) -> Iterator[tuple[int, Totals | str]]:
    with stage() as place:
        for seed in range(first, first + count):
            ended = play(seed, place, steps=steps, restores=restores, parts=_parts(mutation))
            yield seed, str(ended)[:300] if isinstance(ended, Violation) else ended


def _print(totals: list[Totals], broken: int, took_s: float) -> None:
    print(
        f"{len(totals) + broken} stories in {took_s:.0f} s: {broken} broken; {sum(one.facts for one in totals)} facts,"
        f" {sum(one.messages for one in totals)} messages, {sum(one.lost_messages for one in totals)} of them lost,"
        f" {sum(one.restores for one in totals)} restores, {sum(one.write_offs for one in totals)} write-offs;"
        f" {sum(one.lost_units for one in totals)} units lost of {sum(one.exposed_units for one in totals)} exposed,"
        f" {sum(not one.harmed for one in totals)} stories without harm"
    )


if __name__ == "__main__":
    sys.exit(main())
