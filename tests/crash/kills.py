"""Killing a till at one step of one action, starting it again, and judging what is left."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.crash import paper
from tests.crash.ground import Ground
from tests.crash.recorder import AFTER, BEFORE, HALF_WAY
from tests.crash.scene import MEMBER, Scene, check_entries, check_receipts, slip_key
from tests.crash.scenes import Act
from tests.crash.tills import TillKilled

MOMENTS = {BEFORE: "before", HALF_WAY: "half-way through", AFTER: "after"}


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a till is killed: at the `moment` of its step `number`; 0 is nowhere."""

    number: int
    moment: int = BEFORE

    def __str__(self) -> str:
        return f"{MOMENTS[self.moment]} step {self.number}"


def all_cuts(steps: int) -> list[Cut]:
    """Return every place to be killed at: after a step is before the next one."""
    middle = [Cut(number, moment) for number in range(1, steps + 1) for moment in (HALF_WAY, AFTER)]
    return [Cut(1, BEFORE), *middle]


def some_cuts(steps: int, count: int, chance: random.Random) -> list[Cut]:
    """Return `count` places drawn over the whole of the action, or all when there are not more."""
    places = all_cuts(steps)
    if len(places) <= count:
        return places
    # One from each of equal parts, so that a sample never misses a whole phase of the action.
    edges = [len(places) * part // count for part in range(count + 1)]
    return [chance.choice(places[first:end]) for first, end in itertools.pairwise(edges)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action went: whether the till was killed on the way, and how many steps were counted until then."""

    killed: bool
    steps: int


def attempt(ground: Ground, act: Act, cut: Cut, chance: random.Random) -> Outcome:
    """Do an action, killed at `cut`; start again, do it again, and fail if a promise was broken."""
    with ground.shop(prepared=act.prepared, cards=act.cards) as shop:
        scene = Scene(ground, shop, ground.account(MEMBER))
        outcome = _first_life(scene, act, cut)
        _second_life(scene, act, chance)
        shop.verify()
    return outcome


def _first_life(scene: Scene, act: Act, cut: Cut) -> Outcome:
    """Do the action until the cut; without one, until all is done. The till is dead afterwards in any case."""
    control = scene.ground.control
    if act.begins_with_start:
        if act.prepared:
            _before_a_start(scene, act)
        control.arm(act.kinds, kill_at=cut.number, moment=cut.moment)
    scene.till = scene.shop.program.till()
    killed = False
    try:
        scene.till.call("start", config=str(scene.shop.config))
        if not act.begins_with_start:
            if act.signed_in:
                scene.till.token = scene.shop.sign_in(scene.till)["token"]
            act.before(scene)
            control.arm(act.kinds, kill_at=cut.number, moment=cut.moment)
        act.do(scene)
        act.finish(scene)
    except TillKilled:
        killed = True
    finally:
        steps = control.disarm()
        scene.till.kill()
    assert not killed or steps >= cut.number > 0, f"the till died by itself, at step {steps}"
    return Outcome(killed, steps)


def _before_a_start(scene: Scene, act: Act) -> None:
    """Give the start something to find: a till of its own does what comes before, and is killed."""
    scene.till = scene.shop.start()
    try:
        act.before(scene)
    finally:
        scene.till.kill()


def _second_life(scene: Scene, act: Act, chance: random.Random) -> None:
    """Start again, do the action again, settle every receipt as a cashier does, and judge what is there."""
    shop = scene.shop
    shop.printer.set_switch("lid_open", value=False)
    scene.till = shop.start(signed_in=act.signed_in)
    try:
        act.do(scene)
        shop.settle(scene.till, lambda slip: bool(chance.getrandbits(1)) and _is_on_paper(scene, slip))
        with shop.store() as scene.store:
            check_entries(scene, act.entries + act.signed_in)
            check_receipts(scene, act.slips)
            act.check(scene)
    finally:
        scene.till.kill()


def _is_on_paper(scene: Scene, slip: Mapping[str, Any]) -> bool:
    """Tell what a cashier sees; a copy looks like what it is a copy of, so they would ask for one more."""
    return not slip["copy_of"] and paper.copies(scene.shop.lines(), slip_key(slip["bill_no"])) > 0
