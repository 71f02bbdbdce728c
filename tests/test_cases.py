"""Tests marked as sampled are tried with a few cases that the run's seed draws, and with all of them where asked."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
TEST = "tests/kiosk_ui/test_kiosk_look.py"
DRAWN = 36 + 2 + 2  # of the screens, of the refused presses, and the two tests that are not sampled


def collected(*options: str) -> set[str]:
    """Return the tests that a run with these options takes from a file with sampled ones."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", TEST, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {line for line in done.stdout.splitlines() if "::" in line}


def test_a_run_takes_the_cases_that_its_seed_draws() -> None:
    first, again, other = (collected(f"--seed={seed}") for seed in (1, 1, 2))
    assert len(first) == len(other) == DRAWN
    assert first == again
    assert first != other


def test_all_cases_are_taken_where_asked() -> None:
    everything = collected("--cases=all")
    assert len(everything) > 2 * DRAWN
    assert everything > collected("--seed=1")
