"""Lives begun and ended by persons, and what becomes of their units."""

from __future__ import annotations

import pytest

from cloud.core import Cloud
from cloud.grants import PAUSE_MS
from terminal.base.ids import ChainId, DeviceId
from terminal.sync.wire import Accepted, MustRejoin
from tests.cloud.conftest import World, impossible
from tests.cloud.till import Till


def test_enrolling_again_answers_the_open_life(world: World, till: Till) -> None:
    assert world.cloud.enrol(world.chain, till.device, till.public_key) == 1
    world.sync(till)
    world.rejoin(till.rejoin())
    assert world.cloud.enrol(world.chain, till.device, till.public_key) == 2


def test_a_box_that_joins_a_chain_goes_on_counting_its_lives(world: World) -> None:
    till = Till(world.chain, world.rng)
    till.life.epoch = 4
    assert world.cloud.enrol(world.chain, till.device, till.public_key, 4) == 4
    lot, _ = till.top_up(world.account(), 10)
    assert isinstance(world.push(till.push()), Accepted)
    assert world.pot(till, lot) == 10


def test_another_key_is_taken_only_after_the_first_is_revoked(world: World, till: Till) -> None:
    other = Till(world.chain, world.rng)
    impossible("key_differs", lambda: world.cloud.enrol(world.chain, till.device, other.public_key))
    world.cloud.revoke(world.chain, till.device)
    world.cloud.revoke(world.chain, till.device)
    impossible("key_revoked", lambda: world.cloud.enrol(world.chain, till.device, till.public_key))
    assert world.cloud.enrol(world.chain, till.device, other.public_key) == 2


@pytest.mark.parametrize(
    ("device", "key", "epoch"), [("x", bytes(32), 1), ("ab" * 16, bytes(31), 1), ("ab" * 16, bytes(32), 0)]
)
def test_a_malformed_device_is_not_enrolled(world: World, device: str, key: bytes, epoch: int) -> None:
    impossible("device_malformed", lambda: world.cloud.enrol(world.chain, DeviceId(device), key, epoch))


def test_a_chain_must_exist_and_have_a_name(world: World) -> None:
    impossible("chain_unknown", lambda: world.cloud.decommission(world.chain, DeviceId(world.id())))
    impossible("id_malformed", lambda: world.cloud.decommission(ChainId("x"), DeviceId(world.id())))


def test_writing_off_says_which_life_it_ended_and_ends_no_other(world: World, till: Till) -> None:
    assert world.cloud.declare_lost(world.chain, till.device, 2) == 0
    assert world.cloud.declare_lost(world.chain, till.device, 1) == 1
    assert world.cloud.declare_lost(world.chain, till.device, 1) == 0
    world.sync(till)
    assert till.life.epoch == 2
    assert world.cloud.declare_lost(world.chain, till.device, 1) == 0
    impossible("device_unknown", lambda: world.cloud.declare_lost(world.chain, DeviceId(world.id())))
    impossible("device_unknown", lambda: world.cloud.declare_lost(world.chain, DeviceId("x")))


def test_units_written_off_go_to_who_waits_for_them(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    world.ask(other, lot, 60)
    world.cloud.declare_lost(world.chain, till.device)
    world.sync(other)
    assert (other.has(lot.id), world.held(lot)) == (60, 40)


def test_a_want_of_a_life_that_ended_is_dropped(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    gid = world.ask(other, lot, 60)
    world.cloud.declare_lost(world.chain, other.device)
    world.sync(till)
    want = world.storage.want(world.chain, gid)
    assert want is not None
    assert (want.state, world.held(lot)) == ("dropped", 60)


def test_a_decommissioned_till_is_drained_and_then_closed(world: World, till: Till) -> None:
    other = world.till()
    lot, bonus = till.top_up(world.account(), 1000, 50)
    assert bonus is not None
    world.sync(till)
    till.on_hold[lot.id] = 400
    world.cloud.decommission(world.chain, till.device)
    world.cloud.decommission(world.chain, till.device)
    till.hear(world.push(till.push()))
    till.hear(world.push(till.push()))
    assert (world.held(lot), world.held(bonus)) == (600, 50)
    gid = till.want(lot.id, 10)
    till.on_hold.clear()
    world.now_ms += PAUSE_MS
    till.hear(world.push(till.push()))
    world.push(till.push())
    world.push(till.push())
    assert world.push(till.push()) == MustRejoin(1, "closed")
    want = world.storage.want(world.chain, gid)
    assert want is not None
    assert (want.state, world.held(lot)) == ("dropped", 1000)
    fresh, _ = till.top_up(world.account(), 5)
    world.sync(till)
    assert (till.life.epoch, world.held(fresh)) == (2, 5)
    assert isinstance(world.sync(till), Accepted)
    world.ask(other, lot, 1000)
    assert other.has(lot.id) == 1000
    world.cloud.revoke(world.chain, till.device)
    world.cloud.decommission(world.chain, till.device)
    world.sent.clear()


def open_life(world: World, till: Till) -> int:
    """Return the open life of a till as the cloud has it, 0 for none."""
    device = world.storage.device(world.chain, till.device)
    assert device is not None
    return device.epoch


def test_a_leaving_till_is_not_closed_before_it_has_said_all(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "points")
    till.post([("create", lot, 5)])
    till.post([("spend", lot, 5)])
    last = till.new_bucket(world.account(), "points")
    till.post([("create", last, 7)])
    world.cloud.decommission(world.chain, till.device)
    till.hear(world.push(till.push(limit=2)))
    assert open_life(world, till) == 1, "its head lies beyond what it sent"
    world.sync(till)
    assert (open_life(world, till), world.held(last)) == (0, 7)


def test_a_leaving_till_is_not_closed_before_it_has_heard_all(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "points")
    till.post([("create", lot, 5)])
    world.sync(till)
    world.cloud.decommission(world.chain, till.device)
    till.post([("spend", lot, 5)])
    answer = world.push(till.push())
    assert open_life(world, till) == 1, "it has a recall to answer"
    till.hear(answer)
    world.push(till.push())
    assert open_life(world, till) == 0


def test_a_leaving_till_is_asked_for_what_is_on_its_way_to_it(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 100)
    till.post([("return", lot, 100)])
    world.sync(till)
    other.want(lot.id, 100)
    lost = world.push(other.push())
    world.cloud.decommission(world.chain, other.device)
    for _ in range(4):
        other.hear(world.push(other.push()))
    assert (other.has(lot.id), world.held(lot)) == (0, 100)
    assert world.push(other.push()) == MustRejoin(1, "closed")
    other.hear(lost)


def test_grants_in_flight_are_reclaimed_with_the_entry_that_names_their_bucket(world: World, till: Till) -> None:
    lots = [till.top_up(world.account(), 10)[0] for _ in range(150)]
    till.post([("return", lot, 5) for lot in lots])
    world.sync(till)
    for lot in lots:
        till.want(lot.id, 5)
    world.push(till.push())
    assert world.cloud.declare_lost(world.chain, till.device) == 1
    assert sum(world.held(lot) for lot in lots) == 1500
    assert sum(world.exposed(lot) for lot in lots) == 1500


def test_signatures_are_judged_by_what_the_cloud_was_given(world: World, till: Till) -> None:
    cloud = Cloud(world.storage, lambda: 0, world.rng.randbytes, lambda *_: True)
    till.sign = lambda _: b""
    assert isinstance(cloud.push(till.push()), Accepted)
