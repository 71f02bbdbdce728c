"""Units asked for: who gets them, from whom, and that it happens once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloud.corrections import NewUnits
from cloud.grants import PAUSE_MS
from terminal.base.ids import ActionId, BucketId
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.sync import wire
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


def feed_of(world: World, till: Till) -> list[tuple[str, int]]:
    """Return kind and amount of all that stands in a till's feed."""
    return [(line.kind, line.amount) for line in world.storage.feed(world.chain, till.device, till.life.epoch, 0, 1000)]


def in_two_tills(world: World, first: Till) -> tuple[Bucket, Till]:
    """Return a lot of which the first till and another one hold 100 each, and that other till."""
    second = world.till()
    lot, _ = first.top_up(world.account(), 200)
    world.sync(first)
    world.ask(second, lot, 100)
    world.sync(first)
    world.sync(second)
    assert (first.has(lot.id), second.has(lot.id)) == (100, 100)
    return lot, second


def test_a_want_answered_with_nothing_is_taken_to_the_others(world: World, till: Till) -> None:
    lot, second = in_two_tills(world, till)
    third = world.till()
    holders = sorted((till, second), key=lambda one: one.device)
    holders[0].on_hold[lot.id] = 100
    gid = world.ask(third, lot, 100)
    world.sync(holders[0])
    assert third.has(lot.id) == 0
    world.sync(third)
    world.sync(holders[1])
    world.sync(third)
    assert (holders[0].has(lot.id), holders[1].has(lot.id), third.has(lot.id)) == (100, 0, 100)
    assert gid not in third.life.wants


def test_a_till_that_is_off_line_does_not_keep_the_others_from_being_asked(world: World, till: Till) -> None:
    lot, second = in_two_tills(world, till)
    third = world.till()
    silent, other = sorted((till, second), key=lambda one: one.device)
    before = feed_of(world, silent), feed_of(world, other)
    world.ask(third, lot, 100)
    world.sync(third)
    assert (feed_of(world, silent), feed_of(world, other)) == ([*before[0], ("recall", 100)], before[1])
    world.now_ms += PAUSE_MS
    world.sync(third)
    world.sync(third)
    assert (feed_of(world, silent), feed_of(world, other)) == (
        [*before[0], ("recall", 100)],
        [*before[1], ("recall", 100)],
    )
    world.sync(other)
    world.sync(third)
    assert third.has(lot.id) == 100
    world.sync(silent)
    assert (silent.has(lot.id), world.held(lot)) == (0, 100)


def test_who_holds_units_back_is_asked_again_after_a_pause(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    till.on_hold[lot.id] = 100
    world.ask(other, lot, 60)
    world.sync(till)
    for _ in range(3):
        world.sync(other)
        world.sync(till)
    assert feed_of(world, till) == [("recall", 60)]
    till.on_hold.clear()
    world.now_ms += PAUSE_MS - 1
    world.sync(other)
    assert feed_of(world, till) == [("recall", 60)]
    world.now_ms += 1
    world.sync(other)
    world.sync(other)
    assert feed_of(world, till) == [("recall", 60), ("recall", 60)], "one at a time"
    world.sync(till)
    world.sync(other)
    assert (till.has(lot.id), other.has(lot.id)) == (40, 60)


def test_who_held_units_back_is_asked_again_when_something_happened_there(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    till.on_hold[lot.id] = 100
    world.ask(other, lot, 60)
    world.sync(till)
    till.on_hold.clear()
    till.spend(lot, 10)
    world.sync(till)
    world.sync(other)
    world.sync(till)
    world.sync(other)
    assert (till.has(lot.id), other.has(lot.id)) == (30, 60)


def test_two_tills_that_hold_back_what_the_other_wants_come_to_rest(world: World, till: Till) -> None:
    lot, second = in_two_tills(world, till)
    till.on_hold[lot.id] = second.on_hold[lot.id] = 100
    till.want(lot.id, 10)
    second.want(lot.id, 10)
    for _ in range(10):
        world.sync(till)
        world.sync(second)
    assert [kind for kind, _ in feed_of(world, second)] == ["grant", "recall"]
    assert feed_of(world, till)[1:] == [("recall", 10)]


def test_nobody_is_asked_for_more_than_it_has(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    for number, asked in enumerate((70, 30, 0)):
        assert world.cloud.recall(world.chain, ActionId(f"{number:032x}"), lot.id, 70) == asked
    world.sync(till)
    assert world.held(lot) == 100


def test_a_correction_asks_again_for_what_was_on_hold(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    till.on_hold[lot.id] = 80
    assert world.cloud.correct(world.chain, ActionId("c1" * 16), lot.id, 50) == 0
    world.sync(till)
    assert (world.held(lot), till.has(lot.id)) == (0, 80)
    till.on_hold.clear()
    till.top_up(world.account(), 5)
    world.sync(till)
    assert (world.held(lot), till.has(lot.id)) == (0, 50)


def test_a_leaving_till_with_an_open_bill_comes_to_rest_and_is_drained_later(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    till.on_hold[lot.id] = 40
    world.cloud.decommission(world.chain, till.device)
    world.cloud.decommission(world.chain, till.device)
    world.sync(till)
    world.sync(till)
    assert [kind for kind, amount in feed_of(world, till) if amount == 100] == ["recall"] * 2  # the lot and its right
    till.on_hold.clear()
    world.now_ms += PAUSE_MS
    world.sync(till)
    assert world.held(lot) == 100
    device = world.storage.device(world.chain, till.device)
    assert device is not None
    assert device.epoch == 0


def test_lines_about_long_facts_come_some_at_a_time(world: World, till: Till) -> None:
    note: dict[str, Canonical] = {"note": '"' * 30_000}
    names = [make_long(world, note) for _ in range(40)]
    for name in names:
        till.want(name, 1)
    answer = accepted(world.push(till.push()))
    assert 0 < len(answer.feed) < len(names)
    assert wire.decode(wire.encode(answer)) == answer
    world.sync(till)
    assert [till.has(name) for name in names] == [1] * len(names)


def make_long(world: World, note: dict[str, Canonical]) -> BucketId:
    units = NewUnits(world.account(), "coupon", 1, attributes=note)
    return world.cloud.create(world.chain, ActionId(world.id()), units)
