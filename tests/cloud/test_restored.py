"""A cloud put back to a backup: who speaks of what it forgot is told so, and nobody takes old lines for new ones."""

from __future__ import annotations

from dataclasses import replace

from cloud.corrections import NewUnits
from terminal.base.ids import ActionId, BucketId
from terminal.rules.checkpoint import Checkpoint, held_digest
from terminal.sync.wire import Joined, MustRejoin, Pull, RejoinMore, Rows, SnapshotPage, SnapshotRequest, StartOver
from tests.cloud.conftest import World, accepted
from tests.cloud.till import Till


def make(world: World, amount: int) -> BucketId:
    return world.cloud.create(world.chain, ActionId(world.id()), NewUnits(world.account(), "coupon", amount))


def put_back(world: World, image: bytes, *, said: bool = True) -> None:
    """Put the cloud back, and say so or not."""
    before = world.generation
    world.storage.restore(image)
    assert world.generation == ""
    if not said:
        world.storage.put_generation(world.chain, before)
    world.sent.clear()  # what was said to the forgotten storage is answered otherwise now


def change_row(world: World, key: str, name: str) -> None:
    world.cloud.change_row(world.chain, ActionId(world.id()), ("member", key, 0), {"name": name})


def test_every_till_of_a_restored_cloud_rejoins_also_one_that_is_not_ahead(world: World, till: Till) -> None:
    other = world.till()
    for one in (till, other):
        one.top_up(world.account(), 100)
        world.sync(one)
    image = world.storage.image()
    till.top_up(world.account(), 50)
    world.sync(till)
    put_back(world, image)
    assert world.push(till.push()) == MustRejoin(1, "restored")
    assert world.push(other.push()) == MustRejoin(1, "restored")
    world.sync(till)
    world.sync(other)
    assert (till.life.epoch, other.life.epoch) == (2, 2)
    assert till.life.generation == other.life.generation == world.generation
    world.sent.clear()


def test_an_old_line_is_not_taken_for_the_one_that_has_its_place_now(world: World, till: Till) -> None:
    first, second = make(world, 5), make(world, 7)
    world.sync(till)
    image = world.storage.image()
    till.want(first, 5)
    late = world.push(till.push())
    put_back(world, image)
    till.life.wants.clear()
    till.want(second, 7)
    world.sync(till)
    assert (till.life.epoch, till.has(second)) == (2, 0), "wants end with the life they were asked for"
    world.ask(till, second, 7)
    till.hear(late)
    world.sync(till)
    assert (till.has(first), till.has(second), world.held(first)) == (0, 7, 5)
    world.sent.clear()


def test_a_till_that_took_an_old_line_before_it_heard_of_the_restore_is_put_right(world: World, till: Till) -> None:
    first, second = make(world, 5), make(world, 7)
    image_of_all = world.storage.image()
    till.want(first, 5)
    till.hear(world.push(till.push()))
    assert till.has(first) == 5
    put_back(world, image_of_all)
    other = world.till()
    assert world.cloud.grant(world.chain, ActionId(world.id()), till.device, second, 7) == 7
    assert world.cloud.grant(world.chain, ActionId(world.id()), other.device, first, 5) == 5
    world.sync(till)
    world.sync(other)
    assert (till.life.epoch, till.has(first), other.has(first)) == (2, 0, 5)
    assert world.held(second) == 7
    world.sent.clear()


def test_a_life_that_heard_nothing_goes_with_the_cloud_that_answers_first(world: World, till: Till) -> None:
    name = make(world, 5)
    image = world.storage.image()
    till.top_up(world.account(), 100)
    till.want(name, 5)
    of_before = world.push(till.push())
    put_back(world, image)
    till.hear(world.push(till.push()))
    assert (till.life.epoch, till.has(name), till.life.generation) == (1, 5, world.generation)
    till.hear(of_before)
    world.sync(till)
    assert (till.life.epoch, till.has(name)) == (1, 5)
    world.sent.clear()


def test_what_an_old_cloud_welcomed_is_not_the_life_the_new_one_has(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    world.sync(till)
    image = world.storage.image()
    till.hear(MustRejoin(1, "fork"))
    of_before = world.rejoin(till.rejoin())
    put_back(world, image)
    till.hear(of_before)
    assert till.life.epoch == 2
    assert world.push(till.push()) == MustRejoin(2, "closed")
    world.sync(till)
    assert till.life.epoch == 3
    world.sent.clear()


def test_a_rejoin_answered_again_names_the_generation_that_is(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    till.hear(MustRejoin(1, "fork"))
    first = world.rejoin(till.rejoin())
    assert isinstance(first, Joined)
    put_back(world, world.storage.image())
    again = world.rejoin(till.rejoin())
    assert isinstance(again, Joined)
    assert (again.new_epoch, again.generation) == (first.new_epoch, world.generation)
    assert first.generation != again.generation
    world.sent.clear()


def test_rows_of_an_older_storage_are_replaced_by_a_snapshot(world: World, till: Till) -> None:
    key = world.id()
    change_row(world, key, "kept")
    image = world.storage.image()
    change_row(world, key, "forgotten")
    old = world.generation
    put_back(world, image)
    change_row(world, key, "other")
    assert world.cloud.pull(Pull(world.chain, till.device, 2, old)) == StartOver()
    assert world.cloud.snapshot(SnapshotRequest(world.chain, till.device, 2, "", "", 5, old)) == StartOver()
    page = world.cloud.snapshot(SnapshotRequest(world.chain, till.device, -1, "", "", 5, old))
    assert isinstance(page, SnapshotPage)
    assert (page.position, page.generation, page.rows[0].body) == (2, world.generation, b'{"name":"other"}')
    world.sent.clear()


def test_an_operator_says_that_it_was_restored_for_all_chains_and_may_say_so_again(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    world.sync(till)
    before = world.generation
    world.cloud.restored()
    world.cloud.restored()
    assert world.generation not in {"", before}
    assert world.push(till.push()) == MustRejoin(1, "restored")
    world.sync(till)
    assert (till.life.epoch, world.alarms()) == (2, [])
    world.sent.clear()


def test_a_till_ahead_in_its_journal_shows_what_nobody_said(world: World, till: Till) -> None:
    other = world.till()
    world.sync(other)
    till.top_up(world.account(), 100)
    image = world.storage.image()
    till.top_up(world.account(), 100)
    world.sync(till)
    put_back(world, image, said=False)
    till.top_up(world.account(), 100)
    assert world.push(till.push()) == MustRejoin(1, "ahead")
    assert world.push(other.push()) == MustRejoin(1, "restored"), "the others are told too"
    assert world.alarms() == ["cloud_restored"]
    world.sent.clear()


def test_a_till_ahead_in_its_feed_shows_what_nobody_said(world: World, till: Till) -> None:
    name = make(world, 5)
    image = world.storage.image()
    till.want(name, 5)
    till.hear(world.push(till.push()))
    assert till.has(name) == 5
    put_back(world, image, said=False)
    assert world.push(till.push()) == MustRejoin(1, "ahead")
    world.sync(till)
    world.ask(till, name, 5)
    assert (till.life.epoch, till.has(name)) == (2, 5)
    world.sent.clear()


def test_a_till_ahead_in_its_rows_shows_what_nobody_said(world: World, till: Till) -> None:
    world.sync(till)
    image = world.storage.image()
    change_row(world, world.id(), "forgotten")
    asked = Pull(world.chain, till.device, 1, world.generation)
    assert isinstance(world.cloud.pull(asked), Rows)
    put_back(world, image, said=False)
    assert world.cloud.pull(asked) == StartOver()
    assert world.cloud.pull(asked) == StartOver()
    assert world.alarms() == ["cloud_restored"]


def test_entries_with_no_answer_yet_are_taken_by_whichever_cloud_is_there(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    put_back(world, world.storage.image())
    assert accepted(world.push(till.push())).acked == 1
    world.sent.clear()


def test_a_closed_life_that_was_forgotten_is_learned_again(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    image = world.storage.image()
    till.spend(lot, 30)
    fresh, _ = till.top_up(world.account(), 50)
    till.hear(MustRejoin(1, "fork"))
    closed = till.signed(replace(till.rejoin(), closed=True))
    till.hear(world.rejoin(till.rejoin()))
    put_back(world, image)
    till.hear(world.push(till.push()))
    for handed in (closed, closed):
        more = world.rejoin(till.signed(replace(handed, rejoin_id=till.life.rejoin_id)))
        assert more == RejoinMore(1, till.life.rejoin_id, 4, world.generation)
    assert (world.pot(till, lot, 1), world.pot(till, fresh, 1)) == (70, 50), (
        "it is open here until the next is handed in"
    )
    world.sync(till)
    assert (till.life.epoch, world.held(lot), world.held(fresh), world.lost(lot)) == (3, 70, 50, 0)
    asked = till.signed(replace(closed, first=4, prev_hash=closed.head_hash, entries=(), rejoin_id=world.id()))
    assert world.rejoin(asked) == RejoinMore(1, asked.rejoin_id, 4, world.generation)
    world.sent.clear()


def test_a_closed_life_nobody_here_heard_of_leaves_its_units_with_the_cloud(world: World, till: Till) -> None:
    world.sync(till)
    image = world.storage.image()
    till.hear(MustRejoin(1, "fork"))
    world.sync(till)
    lot, _ = till.top_up(world.account(), 100)
    till.hear(MustRejoin(2, "fork"))
    closed = till.signed(replace(till.rejoin(), closed=True))
    world.sync(till)
    put_back(world, image)
    unknown = till.signed(replace(closed, first=2, prev_hash=closed.head_hash, entries=(), rejoin_id=world.id()))
    assert world.rejoin(unknown) == RejoinMore(2, unknown.rejoin_id, 1, world.generation)
    world.rejoin(closed)
    assert (world.held(lot), world.pot(till, lot, 2)) == (100, 0)
    world.sync(till)
    assert (till.life.epoch, world.held(lot)) == (4, 100)
    world.sent.clear()


def test_a_number_learned_from_a_copys_closed_life_is_not_given_to_its_twin(world: World, till: Till) -> None:
    world.sync(till)
    image, twin = world.storage.image(), till.clone()
    till.hear(MustRejoin(1, "fork"))
    world.sync(till)
    till.top_up(world.account(), 100)
    till.hear(MustRejoin(2, "fork"))
    closed = till.signed(replace(till.rejoin(), closed=True))
    put_back(world, image)
    world.rejoin(closed)
    twin.top_up(world.account(), 7)
    twin.hear(MustRejoin(1, "fork"))
    world.sync(twin)
    lot, _ = twin.top_up(world.account(), 50)
    world.sync(twin)
    assert (twin.life.epoch, world.pot(twin, lot, 3)) == (3, 50), "life 2 was the copy's"
    world.sent.clear()


def test_a_cloud_put_back_between_two_parts_does_not_take_a_checkpoint_for_the_beginning(
    world: World, till: Till
) -> None:
    image = world.storage.image()
    lot, _ = till.top_up(world.account(), 100)
    held = held_digest((name, known.held) for name, known in sorted(till.life.held.items()))
    said = Checkpoint(till.seq, till.life.hashes[-1], held, {"tender/cash": 100, "deferred": -100})
    till.post([], kind="checkpoint", payload=said.payload())
    fresh, _ = till.top_up(world.account(), 7)
    assert isinstance(world.rejoin(till.rejoin(1, 1)), RejoinMore)
    put_back(world, image)
    assert world.rejoin(till.rejoin(2)) == RejoinMore(1, till.life.rejoin_id, 1, world.generation)
    assert (world.held(lot), world.held(fresh)) == (0, 0)
    assert isinstance(world.rejoin(till.rejoin()), Joined)
    assert (world.held(lot), world.held(fresh)) == (100, 7)
    world.sent.clear()
