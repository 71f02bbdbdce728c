"""What a test may say about time on a machine that is slow, or busy with other programs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

DEADLINE_S = 40.0


def fastest_s(enough_s: float, tries: int, measure: Callable[[], float]) -> float:
    """Return the first measured time under `enough_s` seconds, or the shortest of `tries` where none is.

    Other programs make single measurements longer and none shorter; a pause in our own code makes all of them longer.
    Each measurement begins at the same moment of the driver's round, so that a poll costs its whole interval each time.
    """
    shortest_s = float("inf")
    for _ in range(tries):
        shortest_s = min(shortest_s, measure())
        if shortest_s < enough_s:
            break
    return shortest_s


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when something is so; fail where it never comes true."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, "the condition never came true"
        threading.Event().wait(0.002)
