"""`terminal serve` itself, used by HTTP, killed between the steps of a top-up and a charge and their slips."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from tests.crash import scene as scenes
from tests.crash.ground import Ground, Shop
from tests.crash.kills import Cut, some_cuts
from tests.crash.recorder import FILES, PRINTER
from tests.crash.served import ServedTill
from tests.crash.tills import TillKilled, wait_until

pytestmark = pytest.mark.crash

SAMPLE = 4
SAMPLE_ALL = 40
FORMS: Mapping[str, Mapping[str, str]] = {
    "top_up": {"amount_fen": str(scenes.TOP_UP_FEN), "bonus_fen": str(scenes.BONUS_FEN)},
    "charge": {"amount_fen": str(scenes.CHARGE_FEN), "confirmed": "photo"},
}


def _settle(shop: Shop, till: ServedTill) -> None:
    """Ask for a copy of every doubtful slip, and return when all are printed."""

    def settled() -> bool:
        till.check_alive()
        with shop.store() as store:
            rows = store.rows("SELECT id, state FROM print_job")
        for job, state in rows:
            if state == "doubt":
                till.post("/cashier/doubt", {"job": str(job), "got_it": "0"})
        return all(state == "printed" for _, state in rows)

    wait_until(settled, "the slip to be printed")


def _attempt(ground: Ground, what: str, cut: Cut) -> tuple[bool, int]:
    """Do one action, killed at `cut`, and again; return whether it was killed, and its steps."""
    with ground.shop() as shop:
        scene = scenes.Scene(ground, shop, ground.account(scenes.MEMBER))
        path, form = f"/cashier/members/{scene.account}/{what}", {**FORMS[what], "action_id": scene.actions[0]}
        till = ServedTill(ground, shop)
        acknowledged = ""
        ground.control.arm(FILES | PRINTER, kill_at=cut.number, moment=cut.moment)
        killed = False
        try:
            acknowledged = till.bill(path, form)
            _settle(shop, till)
        except TillKilled:
            killed = True
        finally:
            steps = ground.control.disarm()
            till.kill()
        again = ServedTill(ground, shop)
        try:
            bill_no = again.bill(path, form)
            assert acknowledged in {"", bill_no}, f"bill {acknowledged} was shown as done, now it is {bill_no}"
            _settle(shop, again)
        finally:
            again.kill()
        with shop.store() as scene.store:
            scenes.check_entries(scene, entries=2)  # the shift and the bill
            scenes.check_receipts(scene, slips=1)
        shop.verify()
    return killed, steps


@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", FORMS)
def test_a_bill_that_a_browser_was_shown_as_done_outlives_the_till(
    ground: Ground, what: str, seed: int, all_cuts_wanted: bool
) -> None:
    chance = random.Random(f"{seed} {what}")
    _, steps = _attempt(ground, what, Cut(0))
    cuts = some_cuts(steps, SAMPLE_ALL if all_cuts_wanted else SAMPLE, chance)
    kills = 0
    for cut in cuts:
        try:
            kills += _attempt(ground, what, cut)[0]
        except BaseException as error:
            error.add_note(f"{what}, killed {cut} of {steps}; repeat with --seed={seed}")
            raise
    print(f"terminal serve, {what}: {steps} steps, {len(cuts)} cuts, {kills} kills, seed {seed}")
    assert kills
