"""Clouds restored, lives cut short and refunds made twice: what is learned again, and what is the chain's loss."""

from __future__ import annotations

import pytest

from cloud.journal import FACTS_BYTES_MAX
from terminal.rules.canonical import Canonical
from terminal.rules.checkpoint import Checkpoint, held_digest
from terminal.sync.wire import Accepted, Joined, RejoinMore
from tests.cloud.conftest import World, accepted, joined
from tests.cloud.till import Till


def said(till: Till, held: str) -> dict[str, Canonical]:
    """Return what a checkpoint says that comes next."""
    return Checkpoint(till.seq, till.life.hashes[-1], held, {}).payload()


def test_a_life_cut_to_its_checkpoint_can_rejoin_with_a_cloud_that_forgot(world: World, till: Till) -> None:
    image = world.storage.image()
    lot, _ = till.top_up(world.account(), 1000)
    till.post([], kind="checkpoint", payload=said(till, ""))
    fresh, _ = till.top_up(world.account(), 70)
    right = till.spend(lot, 400)
    world.storage.restore(image)
    joined(world.rejoin(till.rejoin(2, start=2)))
    assert (world.held(fresh), world.held(lot), world.lost(lot)) == (70, 0, 0)
    assert (world.held(right), world.account_fen("sales/service"), world.account_fen("loss")) == (400, -400, 400)
    assert "bucket_unknown" in world.alarms()


def test_what_is_spent_beside_a_bucket_the_cloud_forgot_stays_spent(world: World, till: Till) -> None:
    image = world.storage.image()
    old, _ = till.top_up(world.account(), 1000)
    till.post([], kind="checkpoint", payload=said(till, ""))
    fresh, _ = till.top_up(world.account(), 70)
    till.post([("spend", fresh, 30), ("spend", old, 10)], {"deferred": 40, "sales/service": -40}, kind="charge")
    world.storage.restore(image)
    joined(world.rejoin(till.rejoin(2, start=2)))
    assert (world.held(fresh), world.held(old), world.lost(fresh)) == (40, 0, 0)
    assert (world.account_fen("deferred"), world.account_fen("sales/service")) == (-40, -40)


def test_what_is_given_back_into_a_bucket_the_cloud_forgot_is_no_gain_of_the_chain(world: World, till: Till) -> None:
    image = world.storage.image()
    lot, _ = till.top_up(world.account(), 1000)
    right = till.spend(lot, 400)
    till.post([], kind="checkpoint", payload=said(till, ""))
    fresh, _ = till.top_up(world.account(), 70)
    till.refund(right, 300)
    world.storage.restore(image)
    joined(world.rejoin(till.rejoin(3, start=3)))
    assert (world.held(lot), world.held(fresh)) == (0, 70)
    assert (world.account_fen("suspense"), world.account_fen("deferred"), world.account_fen("loss")) == (-300, -70, 0)


def test_a_bucket_that_another_till_describes_later_counts_from_then_on(world: World, till: Till) -> None:
    image = world.storage.image()
    lot, _ = till.top_up(world.account(), 1000)
    right = till.spend(lot, 400)
    till.post([], kind="checkpoint", payload=said(till, ""))
    till.post([("return", right, 400)])
    other = world.till()
    world.sync(till)
    world.ask(other, right, 400)
    other.refund(right, 100)
    world.storage.restore(image)
    world.cloud.enrol(world.chain, till.device, till.public_key)
    world.cloud.enrol(world.chain, other.device, other.public_key)
    joined(world.rejoin(till.rejoin(3, start=3)))
    assert (world.held(right), world.lost(right)) == (0, 0)
    world.sent.clear()
    world.sync(other)
    assert (world.held(lot), world.held(right), world.lost(right)) == (100, 0, 100)


def test_a_late_part_that_begins_with_a_checkpoint_is_no_whole_life_to_a_cloud_that_forgot(
    world: World, till: Till
) -> None:
    image = world.storage.image()
    lot, _ = till.top_up(world.account(), 1000)
    till.post([], kind="checkpoint", payload=said(till, ""))
    late = till.rejoin(2)
    world.storage.restore(image)
    assert world.rejoin(late) == RejoinMore(1, late.rejoin_id, 1, world.generation)
    joined(world.rejoin(till.rejoin()))
    assert world.held(lot) == 1000


def test_a_refund_made_twice_takes_the_sales_back_once(world: World, till: Till) -> None:
    lot, bonus = till.top_up(world.account(), 1000, 200)
    assert bonus is not None
    paid, given = till.spend(lot, 500), till.spend(bonus, 100)
    world.sync(till)
    image = till.image()
    till.refund(paid, 500)
    till.refund(given, 100)
    world.sync(till)
    till.restore(image)
    till.refund(paid, 500)
    till.refund(given, 100)
    world.sync(till)
    assert (world.held(lot), world.held(bonus)) == (1500, 300)
    assert (world.account_fen("loss"), world.account_fen("sales/service"), world.account_fen("bonus_discount")) == (
        500,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("asset", "value", "attributes", "loss", "sales"),
    [
        ("pass", 300, {}, 600, 0),
        ("points", 0, {}, 0, 600),
        ("", 0, {"of": "bill", "tender": "cash"}, 2, 598),
        ("", 0, {"of": "top_up", "tender": "cash"}, 0, 600),
    ],
)
def test_what_a_second_refund_costs_depends_on_what_its_right_leads_to(
    world: World, till: Till, asset: str, value: int, attributes: dict[str, Canonical], loss: int, sales: int
) -> None:
    owner = world.account()
    target = till.new_bucket(owner, asset, value=value) if asset else None
    if target:
        attributes = {"of": "bill", "target": target.facts()}
        till.post([("create", target, 1)], {"tender/cash": value, "deferred": -value})
    right = till.new_bucket(owner, "refund_right", attributes=attributes)
    till.post([("create", right, 2)])
    world.sync(till)
    image = till.image()
    for _ in range(2):
        till.restore(image)
        back = [("create", target, 2)] if target else []
        against = "deferred" if value else "tender/cash"
        till.post([("spend", right, 2), *back], {"sales/product": 200, "sales/service": 400, against: -600})
        world.sync(till)
    assert world.lost(right) == 2
    # Both refunds debited sales with 600; what the second one is worth is taken back.
    assert world.account_fen("loss") == loss
    assert world.account_fen("sales/product") + world.account_fen("sales/service") == 600 + sales


def test_a_cloud_restored_from_a_backup_learns_everything_again(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    image = world.storage.image()
    till.spend(lot, 300)
    fresh, _ = till.top_up(world.account(), 80)
    world.sync(till)
    world.storage.restore(image)
    till.spend(lot, 50)
    world.sync(till)
    assert till.life.epoch == 2
    assert (world.held(lot), world.held(fresh), world.lost(lot)) == (650, 80, 0)
    world.sent.clear()


def test_a_restored_cloud_takes_in_a_life_it_has_forgotten(world: World, till: Till) -> None:
    till.top_up(world.account(), 1000)
    world.sync(till)
    image = world.storage.image()
    world.rejoin(till.rejoin())
    world.sync(till)
    fresh, _ = till.top_up(world.account(), 80)
    world.sync(till)
    world.storage.restore(image)
    world.sync(till)
    assert till.life.epoch == 3
    assert world.held(fresh) == 80
    assert world.alarms() == ["life_unknown", "two_lives"]
    world.sent.clear()


def test_a_checkpoint_is_confirmed_in_the_feed_when_it_is_true(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    held = held_digest((name, known.held) for name, known in sorted(till.life.held.items()))
    till.post([], kind="checkpoint", payload=said(till, held))
    feed = accepted(world.push(till.push())).feed
    assert [(item.kind, item.gid, item.amount, item.critical) for item in feed] == [
        ("checkpoint", till.life.hashes[2][:16].hex(), 2, False)
    ]
    world.sync(till)
    till.spend(lot, 10)
    till.post([], kind="checkpoint", payload=said(till, held))
    world.sync(till)
    assert world.alarms() == ["checkpoint_wrong"]


def test_a_pot_of_many_buckets_is_closed_in_several_entries(world: World, till: Till) -> None:
    lots = [till.top_up(world.account(), 10)[0] for _ in range(150)]
    till.top_up(world.account(), 10)
    world.sync(till)
    world.cloud.declare_lost(world.chain, till.device)
    assert sum(world.held(lot) for lot in lots) == 1500
    own = [record for record in world.storage.history(world.chain) if record.device != till.device]
    assert len(own) == 2


@pytest.mark.parametrize("given_back", [False, True])
def test_a_pot_of_buckets_with_long_facts_is_closed_in_several_entries(
    world: World, till: Till, given_back: bool
) -> None:
    note: dict[str, Canonical] = {"note": "x" * 90_000}
    lots = []
    for _ in range(4):
        lots.append(till.new_bucket(world.account(), "points", attributes=note))
        till.post([("create", lots[-1], 5)])
    for lot in lots if given_back else []:
        till.post([("return", lot, 5)])
    answer = world.rejoin(till.rejoin()) if not given_back else world.push(till.push())
    assert isinstance(answer, Accepted if given_back else Joined)
    assert [world.held(lot) for lot in lots] == [5] * 4


def test_facts_longer_than_any_bucket_needs_are_kept_and_not_counted(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "points", attributes={"note": "x" * FACTS_BYTES_MAX})
    till.post([("create", lot, 5)])
    till.top_up(world.account(), 100)
    assert accepted(world.push(till.push())).acked == 2
    assert (world.alarms(), world.pot(till, lot)) == (["entry_unreadable"], 0)
    world.sync(till)
