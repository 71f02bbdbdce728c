"""`python -m tests.fuzz.worker NAME MINUTES SEED`: one property for so many minutes of processor time, round by round.

Each round has a seed of its own, counted up from SEED. The last line of output is a JSON object with `examples`,
`cpu_s` and `rounds`. An example that fails ends the process with Hypothesis' own account of it, smallest first.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from types import FrameType

import hypothesis

ROUND_EXAMPLES = 3_000
EXAMPLE_S = 30.0  # of processor time; a parser that takes longer than this for one example hangs


def main(name: str, minutes: float, seed: int) -> None:
    """Run rounds until the time is over."""
    # Before the tests are imported, which fix their settings: what they set themselves stays as it is.
    hypothesis.settings.register_profile(
        "rounds",
        max_examples=ROUND_EXAMPLES,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("rounds")
    from tests.fuzz import catalogue

    found = catalogue.named(name)
    examples = rounds = 0

    def counted() -> None:
        nonlocal examples
        examples += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, EXAMPLE_S)

    signal.signal(signal.SIGVTALRM, _hangs)
    began_s = time.process_time()
    while time.process_time() - began_s < minutes * 60:
        print(f"round {rounds}: seed {seed + rounds}", file=sys.stderr, flush=True)
        found.run(seed + rounds, counted)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        rounds += 1
    print(json.dumps({"examples": examples, "cpu_s": time.process_time() - began_s, "rounds": rounds}))


def _hangs(_signal: int, _frame: FrameType | None) -> None:
    raise AssertionError(f"one example has taken {EXAMPLE_S:.0f} s of processor time")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
