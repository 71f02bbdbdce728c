"""The power fails at any moment of a day's work: what was acknowledged is in the store that is left, once."""

from __future__ import annotations

import random

import pytest

from tests.crash import power, recorder, storage
from tests.crash.ground import Ground
from tests.crash.promises import PromiseBrokenError, judge

pytestmark = pytest.mark.crash

ACTIONS = 75
CUTS = 330
CUTS_ALL = 3_000
FIRST_START_CUTS = 150
CARELESS_ACTIONS = 20
CARELESS_CUTS = 40


def _record(
    ground: Ground, name: str, chance: random.Random, actions: int, *, careless: bool = False
) -> power.Recording:
    log = ground.folder / f"{name}.log"
    with power.recorded(ground, log) as (shop, before):
        power.first_day(shop, chance, actions, careless=careless)
        recording = power.Recording(before, list(recorder.read_log(log)))
        recording.check_complete(shop.folder, ground.folder / f"{name}.all")
    return recording


def _try(recording: power.Recording, ground: Ground, count: int, seed: int, chance: random.Random) -> None:
    """Judge `count` cuts, most of which must have had something to forget."""
    unsynced = 0
    for cut in power.try_cuts(recording, count, ground.folder / "cut", chance):
        unsynced += cut.unsynced > 0
        try:
            judge(recording, cut, ground.sockets)
        except BaseException as error:
            error.add_note(f"{cut} of {len(recording.steps)} steps; repeat with --seed={seed}")
            raise
    print(f"{len(recording.steps)} steps, {len(recording.acknowledged)} acknowledgements, {count} power cuts, ", end="")
    print(f"{unsynced} of them with something unsynced, seed {seed}")
    assert unsynced > count // 3


@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_when_the_power_fails(ground: Ground, seed: int, all_cuts_wanted: bool) -> None:
    chance = random.Random(f"{seed} power")
    recording = _record(ground, "day", chance, ACTIONS)
    _try(recording, ground, CUTS_ALL if all_cuts_wanted else CUTS, seed, chance)


@pytest.mark.timeout(600)
def test_a_first_start_that_lost_its_power_anywhere_is_followed_by_one_that_succeeds(
    ground: Ground, seed: int, all_cuts_wanted: bool
) -> None:
    chance = random.Random(f"{seed} first start")
    log = ground.folder / "first.log"
    with power.recorded(ground, log) as (shop, before):
        till = shop.program.till()
        till.call("start", config=str(shop.config))
        till.kill()
        recording = power.Recording(before, list(recorder.read_log(log)))
    _try(recording, ground, len(recording.steps) * 12 if all_cuts_wanted else FIRST_START_CUTS, seed, chance)


def test_a_till_that_does_not_wait_for_the_storage_is_found_out(ground: Ground, seed: int) -> None:
    chance = random.Random(f"{seed} careless")
    recording = _record(ground, "careless", chance, CARELESS_ACTIONS, careless=True)
    lost = 0
    for cut in power.try_cuts(recording, CARELESS_CUTS, ground.folder / "careless", chance):
        try:
            judge(recording, cut, ground.sockets)
        except PromiseBrokenError:
            lost += 1
    print(
        f"commits that were not synced: {lost} of {CARELESS_CUTS} power cuts lost something acknowledged, seed {seed}"
    )
    assert lost


def test_a_data_folder_that_the_till_made_itself_outlives_the_power(ground: Ground, seed: int) -> None:
    chance = random.Random(f"{seed} folder")
    log = ground.folder / "folder.log"
    with power.recorded(ground, log, folder_there=False) as (shop, before):
        till = shop.program.till()
        till.call("start", config=str(shop.config))
        till.call("door", verb="staff_add", arguments={"name": "甲", "role": "cashier", "pin": "1234"})
        till.kill()
        recording = power.Recording(before, list(recorder.read_log(log)))
    last = recording.acknowledged[-1]
    for step in recording.steps[: last + 1]:
        before.step(step)
    left = ground.folder / "folder"
    before.cut(left, chance, storage.NOTHING)
    judge(recording, power.Cut(0, last, storage.NOTHING, before.unsynced, left), ground.sockets)
