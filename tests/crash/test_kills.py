"""The till killed with SIGKILL between its durable steps: nothing acknowledged is lost, doubled or half there."""

from __future__ import annotations

import random

import pytest

from tests.crash.ground import Ground
from tests.crash.kills import Cut, all_cuts, attempt, some_cuts
from tests.crash.recorder import CARDS, FILES, PRINTER
from tests.crash.scenes import ACTS, Act, Tap

pytestmark = pytest.mark.crash

SAMPLE = 8


def _name(act: Act) -> str:
    return type(act).__name__


@pytest.mark.timeout(900)
@pytest.mark.parametrize("act", ACTS, ids=_name)
def test_a_till_killed_between_any_two_steps_loses_doubles_and_halves_nothing(
    ground: Ground, act: Act, seed: int, all_cuts_wanted: bool
) -> None:
    chance = random.Random(f"{seed} {_name(act)}")
    whole = attempt(ground, act, Cut(0), chance)
    assert whole.steps > 0
    cuts = all_cuts(whole.steps) if all_cuts_wanted else some_cuts(whole.steps, SAMPLE, chance)
    killed = 0
    for cut in cuts:
        try:
            killed += attempt(ground, act, cut, chance).killed
        except BaseException as error:
            error.add_note(f"{_name(act)}, killed {cut} of {whole.steps}; repeat with --seed={seed}")
            raise
    print(f"{_name(act)}: {whole.steps} steps, {len(cuts)} cuts, {killed} kills, seed {seed}")
    # Threads may need a step more or less each time, so a cut near the end may come too late; most must not.
    assert killed > len(cuts) // 2


def test_a_tap_writes_nothing(ground: Ground, seed: int) -> None:
    class TapAlone(Tap):
        kinds = FILES | PRINTER

    assert attempt(ground, TapAlone(), Cut(0), random.Random(seed)).steps == 0
    assert Tap.kinds & CARDS
