"""A story told: one seed, step by step, as it would be told to somebody who looks for a mistake."""

from __future__ import annotations

import logging
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.sim.editions import Edition
from tests.sim.machine import Parts, empty_store
from tests.sim.simulator import Simulator, Totals
from tests.sim.world import Violation

MEMORY = pathlib.Path("/dev/shm")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the product's log silent: of accidents that are meant to happen it has much to say."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def stage(folder: pathlib.Path | None = None) -> Iterator[tuple[pathlib.Path, bytes]]:
    """Give a folder for stores, in memory where there is such a place, and an empty store to begin with."""
    where = folder or (MEMORY if MEMORY.is_dir() else None)
    made = pathlib.Path(tempfile.mkdtemp(prefix="sim-", dir=where))
    try:
        yield made, empty_store(made)
    finally:
        shutil.rmtree(made)


def play(
    seed: int,
    place: tuple[pathlib.Path, bytes],
    *,
    steps: int = 500,
    restores: bool = True,
    parts: Parts | None = None,
    edition: Edition = Edition.COUNTERS,
    tell: Callable[[int, str], None] = lambda _step, _words: None,
) -> Totals | Violation:
    """Go through a story, as its `edition` tells it; return what it came to, or the invariant it broke."""
    folder = place[0] / str(seed)
    folder.mkdir()
    with quiet():
        simulator = Simulator(seed, folder, place[1], restores=restores, parts=parts, edition=edition, tell=tell)
        try:
            return simulator.run(steps)
        except Violation as violation:
            tell(simulator.world.step, f"VIOLATED {violation}")
            return violation
        finally:
            simulator.close()
            shutil.rmtree(folder)


def tell(
    seed: int,
    *,
    steps: int = 500,
    restores: bool = True,
    parts: Parts | None = None,
    edition: Edition = Edition.COUNTERS,
) -> Totals | Violation:
    """Print a story and return how it ended."""
    with stage() as place:
        return play(
            seed,
            place,
            steps=steps,
            restores=restores,
            parts=parts,
            edition=edition,
            tell=lambda step, words: print(f"{step:5} {words}"),
        )
