"""Units asked for: who gets them, from whom, and that it happens once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.base.ids import BucketId
from terminal.sync.wire import Want
from tests.cloud.conftest import World, accepted
from tests.cloud.till import Till


def test_units_asked_for_come_through_the_feed_once(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    gid = other.want(lot.id, 400)
    asked = accepted(world.push(other.push()))
    assert asked.feed == ()
    world.sync(till)
    assert till.has(lot.id) == 600
    first = accepted(world.push(other.push()))
    assert [(item.kind, item.gid, item.amount) for item in first.feed] == [("grant", gid, 400)]
    assert accepted(world.push(other.push())) == first
    other.hear(first)
    other.hear(first)
    world.sync(other)
    assert (other.has(lot.id), world.pot(other, lot), world.held(lot)) == (400, 400, 0)
    assert world.account_fen("interstore") == 0


def test_a_want_gets_what_the_cloud_has(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    till.post([("return", lot, 300)])
    world.sync(till)
    assert world.held(lot) == 300
    world.ask(other, lot, 500)
    assert (other.has(lot.id), till.has(lot.id), world.held(lot)) == (300, 700, 0)


def test_units_on_hold_are_not_given_back(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    till.on_hold[lot.id] = 900
    world.ask(other, lot, 500)
    world.sync(till)
    world.sync(other)
    assert (other.has(lot.id), till.has(lot.id)) == (100, 900)


def test_a_want_waits_for_units_that_are_not_known_yet(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    world.ask(other, lot, 100)
    world.sync(till)
    world.sync(other)
    world.sync(till)
    world.sync(other)
    assert (other.has(lot.id), till.has(lot.id)) == (100, 900)


def test_those_who_wait_are_served_in_turn(world: World, till: Till) -> None:
    second, third = world.till(), world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    world.ask(second, lot, 80)
    world.now_ms += 1
    world.ask(third, lot, 80)
    for _ in range(3):
        for one in (till, second, third):
            world.sync(one)
    assert (till.has(lot.id), second.has(lot.id), third.has(lot.id)) == (0, 80, 20)


def test_units_on_their_way_can_be_recalled(world: World, till: Till) -> None:
    second, third = world.till(), world.till()
    lot, _ = till.top_up(world.account(), 100)
    till.post([("return", lot, 100)])
    world.sync(till)
    second.want(lot.id, 100)
    world.push(second.push())
    world.ask(third, lot, 60)
    world.sync(second)
    world.sync(third)
    assert (second.has(lot.id), third.has(lot.id)) == (40, 60)


@pytest.mark.parametrize(
    "want",
    [Want("x", BucketId("ab" * 16), 1), Want("ab" * 16, BucketId("?"), 1), Want("ab" * 16, BucketId("ab" * 16), 0)],
)
def test_a_malformed_want_does_not_hold_up_the_entries(world: World, till: Till, want: Want) -> None:
    lot, _ = till.top_up(world.account(), 100)
    assert accepted(world.push(replace(till.push(), wants=(want,)))).acked == 1
    assert world.pot(till, lot) == 100
    assert world.alarms() == ["want_malformed"]


def test_units_that_arrive_are_given_to_the_first_who_waits_as_far_as_they_go(world: World, till: Till) -> None:
    second, third = world.till(), world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    till.on_hold[lot.id] = 60
    world.ask(second, lot, 80)
    world.now_ms += 1
    world.ask(third, lot, 80)
    for one in (till, second, third):
        world.sync(one)
    assert (till.has(lot.id), second.has(lot.id), third.has(lot.id)) == (60, 40, 0)
