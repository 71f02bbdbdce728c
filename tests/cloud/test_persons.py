"""What persons do with units in the cloud: moved, made, destroyed, opened and expired, each action once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from cloud.corrections import NewUnits
from cloud.journal import FACTS_BYTES_MAX
from terminal.base.ids import AccountId, ActionId, BucketId, DeviceId
from terminal.rules import bucket
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.sync.wire import Accepted
from tests.cloud.conftest import World, accepted, impossible
from tests.cloud.till import Till


def facts_of(world: World, name: BucketId) -> Bucket:
    found = world.storage.bucket(world.chain, name)
    assert found is not None
    return bucket.from_store(found.facts)


def own_buckets(world: World, asset: str) -> dict[BucketId, int]:
    """Return what the cloud holds of an asset."""
    chain = world.storage.chain(world.chain)
    assert chain is not None
    held = world.storage.holdings(world.chain, chain.cloud, 1, 1000)
    return {has.bucket: has.amount for has in held if facts_of(world, has.bucket).asset == asset}


def test_head_office_gives_and_recalls_units_once(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    action = ActionId(world.id())
    assert world.cloud.recall(world.chain, action, lot.id, 70) == 70
    assert world.cloud.recall(world.chain, action, lot.id, 70) == 70
    world.sync(till)
    assert (till.has(lot.id), world.held(lot)) == (30, 70)
    action = ActionId(world.id())
    assert world.cloud.grant(world.chain, action, other.device, lot.id, 90) == 70
    assert world.cloud.grant(world.chain, action, other.device, lot.id, 90) == 70
    world.sync(other)
    assert other.has(lot.id) == 70
    impossible("action_conflict", lambda: world.cloud.grant(world.chain, action, other.device, lot.id, 91))
    assert world.alarms() == ["action_conflict"]


def test_head_office_cannot_give_what_is_not_there(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    gid = till.want(lot.id, 1)
    world.sync(till)
    units = NewUnits(world.account(), "coupon", 2)
    coupon = world.cloud.create(world.chain, ActionId(world.id()), units)

    def give(action: str, name: str, amount: int = 1, device: DeviceId = till.device) -> Callable[[], int]:
        return lambda: world.cloud.grant(world.chain, ActionId(action), device, BucketId(name), amount)

    impossible("nothing_held", give(world.id(), lot.id))
    impossible("id_used", give(gid, coupon))
    impossible("id_malformed", give("x", coupon))
    impossible("id_malformed", give(world.id(), "x"))
    impossible("units_wrong", give(world.id(), coupon, 0))
    impossible("device_unknown", give(world.id(), coupon, 1, DeviceId(world.id())))
    world.cloud.declare_lost(world.chain, till.device)
    impossible("no_open_life", give(world.id(), coupon))


def test_the_cloud_makes_units_once(world: World, till: Till) -> None:
    owner = world.account()
    action = ActionId(world.id())
    units = NewUnits(owner, "principal", 500, against="sales/adjust", unit_value_fen=1)
    name = world.cloud.create(world.chain, action, units)
    assert world.cloud.create(world.chain, action, units) == name
    assert world.account_fen("deferred") == -500
    assert world.account_fen("sales/adjust") == 500
    world.ask(till, name, 500)
    till.spend(facts_of(world, name), 500)
    world.sync(till)
    assert world.account_fen("deferred") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"asset": "gold"},
        {"amount": 0},
        {"against": "pocket"},
        {"expires_on": "soon"},
        {"owner": AccountId("x")},
        {"attributes": {"note": "x" * FACTS_BYTES_MAX}},
    ],
)
def test_the_cloud_makes_no_units_that_could_not_be(world: World, till: Till, change: dict[str, object]) -> None:
    units = NewUnits(**{"owner": world.account(), "asset": "bonus", "amount": 5, **change})  # type: ignore[arg-type]
    impossible("units_wrong", lambda: world.cloud.create(world.chain, ActionId(world.id()), units))
    assert till.seq == 0


def test_a_correction_takes_what_the_cloud_has_and_waits_for_the_rest(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    till.post([("return", lot, 30)])
    world.sync(till)
    action = ActionId(world.id())
    assert world.cloud.correct(world.chain, action, lot.id, 80) == 30
    assert world.cloud.correct(world.chain, action, lot.id, 80) == 30
    assert (world.held(lot), world.account_fen("sales/adjust")) == (0, -30)
    world.sync(till)
    assert (till.has(lot.id), world.held(lot), world.account_fen("sales/adjust")) == (20, 0, -80)
    assert world.cloud.forgo(world.chain, action) == 0
    impossible(
        "bucket_unknown", lambda: world.cloud.correct(world.chain, ActionId(world.id()), BucketId(world.id()), 1)
    )
    gid = till.want(lot.id, 1)
    world.sync(till)
    impossible("id_used", lambda: world.cloud.correct(world.chain, ActionId(gid), lot.id, 1))
    impossible("correction_unknown", lambda: world.cloud.forgo(world.chain, ActionId(world.id())))
    impossible("correction_unknown", lambda: world.cloud.forgo(world.chain, ActionId(gid)))


def test_what_a_correction_cannot_get_becomes_a_debt(world: World, till: Till) -> None:
    owner = world.account()
    lot, bonus = till.top_up(owner, 100, 10)
    points = till.new_bucket(owner, "points")
    till.post([("create", points, 40)])
    assert bonus is not None
    till.on_hold = {lot.id: 60, bonus.id: 10, points.id: 40}
    world.sync(till)
    actions = [ActionId(world.id()) for _ in range(3)]
    for action, name, amount in zip(actions, (lot.id, bonus.id, points.id), (100, 10, 40), strict=True):
        world.cloud.correct(world.chain, action, name, amount)
    world.sync(till)
    assert [world.cloud.forgo(world.chain, action) for action in actions] == [60, 10, 40]
    assert list(own_buckets(world, "owed").values()) == [60]
    assert list(own_buckets(world, "points_owed").values()) == [40]
    assert world.account_fen("receivable") == 60
    assert [world.cloud.forgo(world.chain, action) for action in actions] == [0, 0, 0]


def test_the_cloud_destroys_what_ended_after_a_day_of_grace(world: World, till: Till) -> None:
    owner = world.account()
    day = dt.date(2026, 11, 21)
    sessions = till.new_bucket(owner, "pass", value=500, expires_on="2026-11-20")
    points = till.new_bucket(owner, "points", expires_on="2026-11-19")
    paid = till.new_bucket(owner, "principal", value=1, expires_on="2026-01-01")
    till.post(
        [("create", sessions, 3), ("create", points, 9), ("create", paid, 7)], {"tender/cash": 1507, "deferred": -1507}
    )
    till.post([("return", sessions, 2), ("return", points, 9), ("return", paid, 7)])
    world.sync(till)
    assert world.cloud.expire_due(world.chain, day) == 1
    assert world.cloud.expire_due(world.chain, day) == 0
    assert (world.held(points), world.held(sessions)) == (0, 2)
    assert world.cloud.expire_due(world.chain, day + dt.timedelta(days=1)) == 1
    assert (world.held(sessions), world.pot(till, sessions), world.held(paid)) == (0, 1, 7)
    assert world.account_fen("sales/breakage") == -1000
    # Units that had ended are still taken in, and a till's own expiry counts.
    till.post([("expire", sessions, 1)], {"deferred": 500, "sales/breakage": -500})
    assert isinstance(world.sync(till), Accepted)


def locked_lot(world: World, till: Till, amount: int) -> Bucket:
    locked = till.new_bucket(world.account(), "bonus_locked", expires_on="2027-12-31")
    till.post([("create", locked, amount)])
    return locked


def visit(world: World, till: Till, *parts: Canonical) -> None:
    till.post([], kind="charge", payload={"release": list(parts)})
    world.sync(till)


def test_the_cloud_opens_locked_bonus_that_it_holds(world: World, till: Till) -> None:
    locked = locked_lot(world, till, 100)
    till.post([("return", locked, 100)])
    world.sync(till)
    visit(world, till, [locked.id, 30])
    visit(world, till, [locked.id, 90])
    assert world.held(locked) == 0
    opened = own_buckets(world, "bonus")
    assert sorted(opened.values()) == [30, 70]
    for name in opened:
        facts = facts_of(world, name)
        assert (facts.owner, facts.lot, facts.expires_on) == (locked.owner, locked.lot, locked.expires_on)


def test_locked_bonus_at_another_till_is_asked_for_and_opened_when_it_comes(world: World, till: Till) -> None:
    other = world.till()
    locked = locked_lot(world, till, 100)
    world.sync(till)
    visit(world, other, [locked.id, 30])
    assert own_buckets(world, "bonus") == {}
    world.sync(till)
    assert (list(own_buckets(world, "bonus").values()), till.has(locked.id)) == ([30], 70)


def test_what_is_to_be_skipped_is_not_opened(world: World, till: Till) -> None:
    locked = locked_lot(world, till, 100)
    skip = Bucket(world.chain, locked.owner, "release_skip", locked.lot, till.new_bucket(locked.owner, "bonus").source)
    till.post([("create", skip, 40)])
    till.post([("return", skip, 40), ("return", locked, 100)])
    world.sync(till)
    visit(world, till, [locked.id, 30])
    assert (world.held(skip), world.held(locked), own_buckets(world, "bonus")) == (10, 100, {})
    visit(world, till, [locked.id, 30])
    assert (world.held(skip), world.held(locked), list(own_buckets(world, "bonus").values())) == (0, 80, [20])


def test_only_locked_bonus_is_opened_and_what_cannot_be_read_is_said(world: World, till: Till) -> None:
    bonus = till.new_bucket(world.account(), "bonus")
    till.post([("create", bonus, 10)])
    till.post([("return", bonus, 10)])
    visit(world, till, [bonus.id, 5], [world.id(), 5])
    assert world.held(bonus) == 10
    visit(world, till, "all")
    assert world.alarms() == ["release_unreadable"]
    till.post([], payload={"release": "all"})
    world.sync(till)
    assert world.alarms() == ["release_unreadable"]


def test_a_skip_that_is_not_here_is_left_for_later(world: World, till: Till) -> None:
    locked = locked_lot(world, till, 100)
    skip = Bucket(world.chain, locked.owner, "release_skip", locked.lot, till.new_bucket(locked.owner, "bonus").source)
    till.post([("create", skip, 40)])
    till.post([("return", locked, 100)])
    world.sync(till)
    visit(world, till, [locked.id, 30])
    assert list(own_buckets(world, "bonus").values()) == [30]


def test_what_is_promised_to_one_is_recalled_from_nobody_else(world: World, till: Till) -> None:
    other = world.till()
    first, _ = till.top_up(world.account(), 100)
    second, _ = till.top_up(world.account(), 100)
    till.post([("return", first, 100)])
    world.sync(till)
    other.want(first.id, 100)
    other.want(second.id, 100)
    answer = accepted(world.push(other.push()))
    assert [(item.kind, item.amount) for item in answer.feed] == [("grant", 100)]
    world.sync(till)
    world.sync(other)
    assert (other.has(first.id), other.has(second.id)) == (100, 100)


def test_grants_of_two_wants_share_an_entry(world: World, till: Till) -> None:
    names = [
        world.cloud.create(world.chain, ActionId(world.id()), NewUnits(world.account(), "coupon", 1)) for _ in range(2)
    ]
    for name in names:
        till.want(name, 1)
    before = len(world.storage.history(world.chain))
    answer = accepted(world.push(till.push()))
    assert len(answer.feed) == 2
    assert len(world.storage.history(world.chain)) == before + 1
    world.sync(till)
    assert [till.has(name) for name in names] == [1, 1]


def test_points_that_come_back_pay_points_that_are_owed(world: World, till: Till) -> None:
    owner = world.account()
    debt = world.cloud.create(world.chain, ActionId(world.id()), NewUnits(owner, "points_owed", 50))
    first, second = till.new_bucket(owner, "points"), till.new_bucket(owner, "points")
    strange = till.new_bucket(world.account(), "points")
    till.post([("create", first, 30), ("create", second, 30), ("create", strange, 30)])
    till.post([("return", first, 30), ("return", strange, 30)])
    world.sync(till)
    assert (world.held(debt), world.held(first), world.held(strange)) == (20, 0, 30)
    till.post([("return", second, 30)])
    world.sync(till)
    assert (world.held(debt), world.held(second)) == (0, 10)
    world.cloud.create(world.chain, ActionId(world.id()), NewUnits(owner, "points_owed", 4))
    assert world.held(second) == 6
