"""Push, step by step: what is refused, what is answered, and what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloud.errors import Refused
from terminal.base.ids import ChainId, DeviceId
from terminal.rules.canonical import INTEGER_MAX
from terminal.rules.entry import GENESIS
from terminal.sync.wire import Accepted, Behind, MustRejoin
from tests.cloud.conftest import World, accepted
from tests.cloud.till import Till


def test_entries_of_a_till_are_held_for_its_life(world: World, till: Till) -> None:
    lot, bonus = till.top_up(world.account(), 1000, 200)
    assert bonus is not None
    till.spend(lot, 300)
    answer = accepted(world.push(till.push()))
    assert (answer.epoch, answer.acked, answer.acked_hash, answer.feed) == (1, 2, till.life.hashes[2], ())
    assert answer.at_ms == world.now_ms
    assert (world.pot(till, lot), world.pot(till, bonus)) == (700, 200)
    assert world.account_fen("deferred") == -700


def test_a_push_without_entries_is_acknowledged_from_the_start(world: World, till: Till) -> None:
    answer = accepted(world.push(till.push()))
    assert (answer.acked, answer.acked_hash) == (0, GENESIS)


def test_only_what_the_message_proves_is_acknowledged(world: World, till: Till) -> None:
    for _ in range(5):
        till.top_up(world.account(), 100)
    world.push(till.push())
    first_two = replace(till.push(limit=2))
    answer = accepted(world.push(first_two))
    assert (answer.acked, answer.acked_hash) == (2, till.life.hashes[2])


def test_a_long_journal_comes_in_pages(world: World, till: Till) -> None:
    for _ in range(5):
        till.top_up(world.account(), 100)
    answer = accepted(world.push(till.push(limit=2)))
    assert answer.acked == 2
    till.hear(answer)
    assert accepted(world.push(till.push(limit=2))).acked == 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"chain": ChainId("ab" * 16)}, "unknown"),
        ({"chain": ChainId("x")}, "unknown"),
        ({"device": DeviceId("ab" * 16)}, "unknown"),
        ({"device": DeviceId("none")}, "unknown"),
        ({"signature": bytes(64)}, "signature"),
        ({"signature": b"short"}, "signature"),
        ({"first": 0}, "malformed"),
        ({"prev_hash": b"short"}, "malformed"),
        ({"head": 0}, "malformed"),
        ({"entries": (b"other",)}, "malformed"),
    ],
)
def test_a_message_that_proves_nothing_is_refused_and_does_nothing(
    world: World, till: Till, change: dict[str, object], reason: str
) -> None:
    till.top_up(world.account(), 100)
    assert world.push(replace(till.push(), **change)) == Refused(reason)  # type: ignore[arg-type]
    assert world.storage.every_holding(world.chain) == []
    assert world.alarms() == []


def test_nobody_else_writes_entries_under_a_head_that_was_signed(world: World, till: Till) -> None:
    for _ in range(3):
        till.top_up(world.account(), 100)
    real, part = till.push(), till.push(limit=1)
    till.life.entries[0] = till.life.entries[0].replace(b"100", b"900")
    for signed in (real, part):
        forged = replace(signed, entries=(till.life.entries[0],))
        assert world.push(forged) == Refused("signature"), "nothing leads from it to the head"
    assert accepted(world.push(part)).acked == 1
    assert accepted(world.push(real)).acked == 3
    world.sent.clear()


def test_nobody_speaks_with_another_tills_key(world: World, till: Till) -> None:
    other = world.till()
    till.top_up(world.account(), 100)
    real = till.push()
    assert world.push(replace(real, signature=other.key.sign(real.head_hash))) == Refused("signature")
    assert world.push(replace(other.push(), device=till.device)) == Refused("signature")
    assert accepted(world.push(real)).acked == 1


def test_a_closed_life_must_rejoin(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    world.sync(till)
    world.cloud.declare_lost(world.chain, till.device)
    assert world.push(till.push()) == MustRejoin(1, "closed")


def test_a_life_that_is_not_the_open_one_must_rejoin(world: World, till: Till) -> None:
    till.life.epoch = 2
    assert world.push(till.push()) == MustRejoin(2, "closed")


def test_a_revoked_device_learns_only_that(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    world.cloud.revoke(world.chain, till.device)
    till.spend(lot, 50)
    assert world.push(till.push()) == MustRejoin(1, "revoked")
    assert world.rejoin(till.rejoin()) == MustRejoin(1, "revoked")
    assert (world.held(lot), world.exposed(lot)) == (100, 100)


def test_another_entry_in_the_same_place_is_a_fork(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    image = till.image()
    till.top_up(world.account(), 100)
    world.push(till.push())
    till.restore(image)
    till.top_up(world.account(), 100)
    assert world.push(till.push()) == MustRejoin(1, "fork")


def test_another_entry_before_the_first_sent_is_a_fork(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    image = till.image()
    till.top_up(world.account(), 100)
    till.top_up(world.account(), 100)
    world.push(till.push())
    till.restore(image)
    till.top_up(world.account(), 100)
    till.life.acked, till.life.generation = 2, world.generation
    assert world.push(till.push()) == MustRejoin(1, "fork")


def test_another_head_without_entries_is_a_fork(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    image = till.image()
    till.top_up(world.account(), 100)
    world.push(till.push())
    till.restore(image)
    till.top_up(world.account(), 100)
    assert world.push(till.push(limit=1)) == MustRejoin(1, "fork")
    assert world.push(till.push(limit=0)) == MustRejoin(1, "fork")


def test_a_till_that_forgot_its_last_entries_gets_them_back(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 1000)
    image = till.image()
    till.spend(lot, 100)
    till.spend(lot, 200)
    world.sync(till)
    till.restore(image)
    answer = world.push(till.push())
    assert isinstance(answer, Behind)
    assert len(answer.tail) == 2
    till.hear(answer)
    assert (till.seq, till.has(lot.id)) == (3, 700)
    assert isinstance(world.sync(till), Accepted)


def test_a_long_tail_comes_in_pieces(world: World, till: Till) -> None:
    image = till.image()
    for _ in range(30):
        till.post([], payload={"note": "x" * 200_000})
    for first in range(0, 30, 10):
        till.life.acked, till.life.generation = first, world.generation
        world.push(till.push(limit=10))
    till.restore(image)
    answer = world.push(till.push())
    assert isinstance(answer, Behind)
    assert len(answer.tail) == 10
    world.sync(till)
    assert till.seq == 30


def test_an_entry_that_cannot_be_is_recorded_and_the_queue_goes_on(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    till.post([("spend", lot, 150)], {"deferred": 150, "sales/service": -150}, unchecked=True)
    after, _ = till.top_up(world.account(), 70)
    assert accepted(world.push(till.push())).acked == 3
    assert (world.pot(till, lot), world.lost(lot), world.pot(till, after)) == (0, 50, 70)
    assert world.account_fen("loss") == 50
    assert world.alarms() == ["entry_impossible", "units_lost"]


def test_an_accept_without_a_grant_brings_nothing(world: World, till: Till) -> None:
    other = world.till()
    lot, _ = other.top_up(world.account(), 100)
    world.sync(other)
    till.post([("accept", lot, 100)], gid=world.id())
    assert accepted(world.push(till.push())).acked == 1
    assert world.pot(till, lot) == 0
    till.post([("accept", lot, 100)], unchecked=True)
    assert accepted(world.push(till.push())).acked == 2
    assert "entry_impossible" in world.alarms()


def test_postings_that_do_not_balance_are_put_right(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "principal", value=1)
    till.post([("create", lot, 100)], {"tender/cash": 100, "deferred": -90}, unchecked=True)
    assert accepted(world.push(till.push())).acked == 1
    assert (world.pot(till, lot), world.account_fen("deferred"), world.account_fen("loss")) == (100, -100, 100)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"no entry",
        lambda data: data.replace(b'"seq":1', b'"seq":2'),
        lambda data: data.replace(b'"create"', b'"grant"', 1),
        lambda data: data.replace(b'"tender/cash"', b'"loss"'),
        lambda data: data.replace(b",1000]", b",9007199254740991]"),
    ],
)
def test_bytes_that_are_no_entry_of_this_life_are_kept_and_do_nothing(world: World, till: Till, spoil: object) -> None:
    till.top_up(world.account(), 1000)
    assert callable(spoil)
    data = spoil(till.life.entries.pop())
    till.life.hashes.pop()
    till.append(data)
    assert accepted(world.push(till.push())).acked == 1
    assert world.alarms()[0] in {"entry_impossible", "entry_unreadable"}
    kept = [record.data for record in world.storage.history(world.chain) if record.device == till.device]
    assert kept == [data]


def test_a_bucket_nobody_described_is_not_guessed_at(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "bonus")
    till.life.held[lot.id] = None  # type: ignore[assignment]  # so that the facts stay at home
    till.post([("create", lot, 5)], unchecked=True)
    assert accepted(world.push(till.push())).acked == 1
    assert (world.alarms(), world.pot(till, lot)) == (["bucket_unknown", "entry_impossible"], 0)


def test_a_bucket_of_another_chain_is_not_taken_in(world: World, till: Till) -> None:
    lot = replace(till.new_bucket(world.account(), "bonus"), chain=ChainId(world.id()))
    till.post([("create", lot, 5)], unchecked=True)
    assert accepted(world.push(till.push())).acked == 1
    assert world.alarms() == ["entry_unreadable"]


def test_an_entry_of_a_newer_format_counts_by_its_envelope(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "bonus")
    till.post([("create", lot, 5)], fmt=9, payload={"news": {"deep": [1, 2]}})
    assert accepted(world.push(till.push())).acked == 1
    assert world.pot(till, lot) == 5
    assert world.alarms() == []


@pytest.mark.parametrize(("amounts", "value"), [((INTEGER_MAX,), 0), ((1 << 39, (1 << 39) + 1), 0), ((1 << 32,), 500)])
def test_more_than_anybody_has_is_not_counted(world: World, till: Till, amounts: tuple[int, ...], value: int) -> None:
    lot = till.new_bucket(world.account(), "pass", value=value)
    till.post([("create", lot, amount) for amount in amounts], unchecked=True)
    assert accepted(world.push(till.push())).acked == 1
    assert (world.pot(till, lot), world.alarms()) == (0, ["entry_unreadable"])


def test_facts_of_a_bucket_that_nothing_moves_are_not_kept(world: World, till: Till) -> None:
    lot = till.new_bucket(world.account(), "bonus")
    made = till.post([("create", lot, 5)])
    till.life.entries.pop()
    till.life.hashes.pop()
    stray = till.new_bucket(world.account(), "bonus")
    till.append(replace(made, buckets=(lot, stray)).to_bytes())
    assert accepted(world.push(till.push())).acked == 1
    assert (world.pot(till, lot), world.storage.bucket(world.chain, stray.id)) == (5, None)
    assert world.alarms() == ["entry_impossible"]
