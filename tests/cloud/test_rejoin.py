"""Rejoin and the failures that lead to it: what is lost, who carries it, and that the till goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloud.errors import Refused
from terminal.rules.entry import GENESIS
from terminal.sync.wire import Accepted, Joined, MustRejoin, Rejoin, RejoinMore
from tests.cloud.conftest import World, accepted, joined
from tests.cloud.till import Till


def test_a_till_that_worked_on_from_an_old_image_rejoins_at_the_chains_loss(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    image = till.image()
    till.spend(lot, 700)
    world.sync(till)
    till.restore(image)
    till.spend(lot, 600)
    fresh, _ = till.top_up(world.account(), 50)
    assert isinstance(world.sync(till), Accepted)
    assert (till.life.epoch, till.seq) == (2, 0)
    assert (world.lost(lot), world.held(lot), world.held(fresh)) == (300, 0, 50)
    assert world.account_fen("loss") == 300
    assert world.account_fen("interstore") == 0


def test_a_rejoin_closes_the_life_and_gives_its_pot_to_the_cloud(world: World, till: Till) -> None:
    lot, bonus = till.top_up(world.account(), 1000, 200)
    assert bonus is not None
    answer = joined(world.rejoin(till.rejoin()))
    assert answer == Joined(till.life.rejoin_id, 1, 2, till.life.hashes[-1], world.generation)
    till.hear(answer)
    assert (world.held(lot), world.held(bonus), world.pot(till, lot, 1)) == (1000, 200, 0)
    world.ask(till, lot, 1000)
    till.spend(lot, 1000)
    world.sync(till)
    assert world.account_fen("deferred") == 0


def test_what_was_on_its_way_goes_back_to_the_cloud(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    till.post([("return", lot, 1000)])
    world.sync(till)
    other.want(lot.id, 400)
    world.push(other.push())
    assert world.account_fen("interstore") == -400
    joined(world.rejoin(other.rejoin()))
    assert (world.held(lot), world.account_fen("interstore")) == (1000, 0)


def test_a_grant_accepted_before_the_rejoin_counts_while_it_is_in_flight(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    till.post([("return", lot, 1000)])
    world.sync(till)
    other.want(lot.id, 400)
    other.hear(world.push(other.push()))
    other.spend(lot, 100)
    joined(world.rejoin(other.rejoin()))
    assert (world.held(lot), world.lost(lot)) == (900, 0)


def test_a_repeated_rejoin_begins_no_second_life(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    first = world.rejoin(till.rejoin())
    assert world.rejoin(till.rejoin()) == first
    till.top_up(world.account(), 5)
    again = joined(world.rejoin(till.rejoin()))
    assert (again.new_epoch, again.upto) == (2, till.life.hashes[-1])
    till.hear(first)
    assert till.life.epoch == 1
    till.hear(again)
    assert till.life.epoch == 2
    assert world.held(lot) == 1000


def test_an_empty_life_can_rejoin(world: World, till: Till) -> None:
    assert joined(world.rejoin(till.rejoin())).upto == GENESIS


def test_a_long_life_comes_in_parts_and_nothing_happens_before_the_last(world: World, till: Till) -> None:
    lots = [till.top_up(world.account(), 100)[0] for _ in range(5)]
    assert world.rejoin(till.rejoin(1, 2)) == RejoinMore(1, till.life.rejoin_id, 3, world.generation)
    assert world.rejoin(till.rejoin(3, 2)) == RejoinMore(1, till.life.rejoin_id, 5, world.generation)
    assert [world.held(lot) for lot in lots] == [0] * 5
    assert joined(world.rejoin(till.rejoin(5, 2))).upto == till.life.hashes[5]
    assert [world.held(lot) for lot in lots] == [100] * 5


def test_a_part_that_does_not_follow_starts_again(world: World, till: Till) -> None:
    for _ in range(4):
        till.top_up(world.account(), 100)
    first = world.rejoin(till.rejoin(3, 2))
    again = RejoinMore(1, till.rejoin().rejoin_id, 1, world.generation)
    assert first == again
    assert world.rejoin(till.rejoin(1, 2)) == replace(again, next_seq=3)
    assert world.rejoin(till.rejoin(1, 3)) == replace(again, next_seq=4)
    assert world.rejoin(till.rejoin(3, 1)) == replace(again, next_seq=4)
    assert world.rejoin(replace(till.rejoin(4, 1), prev_hash=GENESIS)) == Refused("malformed")
    assert world.rejoin(replace(till.rejoin(1, 1), prev_hash=bytes([1]) * 32)) == again
    assert world.rejoin(till.rejoin(4, 1)) == again
    assert world.rejoin(replace(till.rejoin(2, 1), entries=(b"no entry",))) == again
    joined(world.rejoin(till.rejoin()))


def test_a_rejoin_may_start_at_a_common_point(world: World, till: Till) -> None:
    for _ in range(3):
        till.top_up(world.account(), 100)
    world.sync(till)
    lot, _ = till.top_up(world.account(), 100)
    joined(world.rejoin(till.rejoin(4)))
    assert world.held(lot) == 100


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"signature": bytes(64)}, "signature"),
        ({"rejoin_id": "x"}, "malformed"),
        ({"epoch": 0}, "malformed"),
        ({"first": 2}, "malformed"),
        ({"chain": "x"}, "unknown"),
    ],
)
def test_a_rejoin_that_proves_nothing_is_refused(
    world: World, till: Till, change: dict[str, object], reason: str
) -> None:
    till.top_up(world.account(), 100)
    assert world.rejoin(replace(till.rejoin(), **change)) == Refused(reason)  # type: ignore[arg-type]
    assert isinstance(world.push(till.push()), Accepted)


def test_a_life_does_not_begin_with_bytes_nobody_can_read(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    till.append(b"no entry")
    assert world.rejoin(till.rejoin(2, start=2)) == RejoinMore(1, till.life.rejoin_id, 1, world.generation)
    joined(world.rejoin(till.rejoin()))


@pytest.mark.parametrize(
    "change",
    [{"rejoin_id": "ab" * 16}, {"epoch": 2}, {"first": 5, "head": 6}, {"closed": True}],
)
def test_a_signature_is_good_for_one_rejoin(world: World, till: Till, change: dict[str, object]) -> None:
    till.top_up(world.account(), 100)
    till.top_up(world.account(), 100)
    world.sync(till)
    till.top_up(world.account(), 100)
    till.top_up(world.account(), 100)
    real = till.rejoin(3)
    assert world.rejoin(replace(real, **change)) == Refused("signature")  # type: ignore[arg-type]
    assert accepted(world.push(till.push())).acked == 4, "the life goes on"
    joined(world.rejoin(real))


def test_nobody_ends_a_life_with_what_he_was_given_of_its_journal(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    copy = till.push()
    world.push(copy)
    forged = Rejoin(
        chain=copy.chain,
        device=copy.device,
        epoch=copy.epoch,
        rejoin_id=world.id(),
        first=copy.head + 1,
        prev_hash=copy.head_hash,
        head=copy.head,
        head_hash=copy.head_hash,
        signature=copy.signature,
        entries=(),
    )
    assert world.rejoin(forged) == Refused("signature")
    assert (world.pot(till, lot), world.held(lot)) == (100, 0)


def test_one_rejoin_id_names_one_life(world: World, till: Till) -> None:
    joined(world.rejoin(till.rejoin()))
    assert world.rejoin(till.signed(replace(till.rejoin(), epoch=2))) == Refused("malformed")


def test_an_image_of_a_closed_life_ends_the_open_one_too(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    image = till.image()
    world.rejoin(till.rejoin())
    world.sync(till)
    world.ask(till, lot, 300)
    assert till.life.epoch == 2
    till.restore(image)
    till.spend(lot, 200)
    world.sync(till)
    assert till.life.epoch == 3
    assert (world.lost(lot), world.held(lot)) == (200, 1000)
    assert world.alarms() == ["two_lives", "units_lost"]


def test_an_image_that_was_rejoining_gets_its_own_tail_back(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    till.rejoin()
    image = till.image()
    world.sync(till)
    world.ask(till, lot, 300)
    till.restore(image)
    world.sync(till)
    assert (till.life.epoch, till.has(lot.id)) == (2, 300)


def test_two_clones_end_each_others_lives_until_the_key_is_revoked(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    clone = till.clone()
    till.spend(lot, 800)
    clone.spend(lot, 900)
    world.sync(till)
    world.sync(clone)
    assert (clone.life.epoch, world.lost(lot)) == (2, 700)
    world.sync(till)
    assert till.life.epoch == 3
    assert world.push(clone.push()) == MustRejoin(2, "closed")
    assert world.alarms() == ["two_lives", "units_lost"]
    world.cloud.revoke(world.chain, till.device)
    assert world.push(till.push()) == MustRejoin(3, "revoked")
    world.sent.clear()


def test_a_written_off_till_that_comes_back_loses_only_what_it_held(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    world.sync(till)
    till.spend(lot, 400)
    fresh, _ = till.top_up(world.account(), 60)
    assert world.cloud.declare_lost(world.chain, till.device) == 1
    assert (world.held(lot), world.exposed(lot)) == (1000, 1000)
    world.ask(other, lot, 1000)
    other.spend(lot, 1000)
    world.sync(other)
    world.sync(till)
    assert till.life.epoch == 2
    assert (world.lost(lot), world.held(fresh), world.account_fen("loss")) == (400, 60, 400)
    assert world.alarms() == ["units_lost"]


def test_late_returns_and_accepts_of_a_written_off_life_move_nothing_twice(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    till.post([("return", lot, 500)])
    world.sync(till)
    other.want(lot.id, 300)
    feed = accepted(world.push(other.push()))
    world.cloud.declare_lost(world.chain, other.device)
    other.hear(feed)
    other.spend(lot, 100)
    other.post([("return", lot, 150)])
    world.sync(other)
    assert (world.held(lot), world.lost(lot), world.exposed(lot)) == (500, 100, 300)
    assert (world.account_fen("loss"), world.account_fen("interstore")) == (100, 0)
