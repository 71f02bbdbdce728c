"""What a member has in the whole chain, as tills hear of it."""

from __future__ import annotations

import hashlib

from cloud.chain_rows import ROW_BYTES_MAX
from cloud.corrections import NewUnits
from terminal.base.ids import AccountId, ActionId
from terminal.rules import bucket, canonical
from terminal.rules.bucket import SHOP, Bucket
from terminal.rules.canonical import Canonical
from terminal.sync.wire import Pull, Rows
from tests.cloud.conftest import World, impossible
from tests.cloud.till import Till

Summary = tuple[dict[str, int], list[tuple[Bucket, int]]]


def pulled(world: World, till: Till) -> Rows:
    found = world.cloud.pull(Pull(world.chain, till.device, 0, world.generation))
    assert isinstance(found, Rows)
    return found


def summary(world: World, till: Till, owner: AccountId) -> Summary:
    """Return what a till hears of a member: units by asset, and lots."""
    (row,) = [row for row in pulled(world, till).rows if (row.table, row.key) == ("summary", owner)]
    body = canonical.decode(row.body)
    assert isinstance(body, dict)
    lots: list[tuple[Bucket, int]] = []
    assert isinstance(body["lots"], list)
    for lot in body["lots"]:
        assert isinstance(lot, list)
        assert isinstance(lot[1], int)
        lots.append((bucket.from_bytes(str(lot[0]).encode()), lot[1]))
    return body["units"], lots  # type: ignore[return-value]  # a dict of numbers


def test_a_till_hears_what_a_member_has_elsewhere_and_can_ask_for_it(world: World, till: Till) -> None:
    other, owner = world.till(), world.account()
    lot, bonus = till.top_up(owner, 1000, 200)
    assert bonus is not None
    world.sync(till)
    assert world.cloud.summarise(world.chain) == 1
    units, lots = summary(world, other, owner)
    assert units == {"principal": 1000, "bonus": 200}
    assert dict(lots) == {lot: 1000, bonus: 200}
    for facts, amount in lots:
        other.want(facts.id, amount // 2)
    for one in (other, till, other):
        world.sync(one)
    assert (other.has(lot.id), other.has(bonus.id)) == (500, 100)


def test_units_that_only_move_change_nothing(world: World, till: Till) -> None:
    other, owner = world.till(), world.account()
    lot, _ = till.top_up(owner, 1000)
    world.sync(till)
    world.cloud.summarise(world.chain)
    position = pulled(world, till).position
    other.want(lot.id, 300)
    world.sync(other)
    world.sync(till)
    assert world.storage.flights_of(world.chain, lot.id)
    assert world.cloud.summarise(world.chain) == 0
    till.top_up(owner, 50)
    world.sync(till)
    assert world.cloud.summarise(world.chain) == 1
    assert summary(world, till, owner)[0] == {"principal": 1050}, "what is on its way is still the member's"
    world.sync(other)
    assert pulled(world, till).position == position + 1


def test_every_way_to_have_more_or_less_is_told(world: World, till: Till) -> None:
    owner = world.account()
    lot, _ = till.top_up(owner, 1000)
    till.spend(lot, 400)
    world.sync(till)
    world.cloud.create(world.chain, ActionId(world.id()), NewUnits(owner, "coupon", 3))
    world.cloud.summarise(world.chain)
    assert summary(world, till, owner)[0] == {"principal": 600, "coupon": 3}
    world.cloud.declare_lost(world.chain, till.device)
    till.spend(lot, 100)
    till.top_up(owner, 5)
    world.sync(till)
    world.cloud.summarise(world.chain)
    assert summary(world, till, owner)[0] == {"principal": 605, "coupon": 3}, "the chain carries what was spent late"
    world.cloud.correct(world.chain, ActionId(world.id()), lot.id, 600)
    world.cloud.summarise(world.chain)
    assert summary(world, till, owner)[0] == {"principal": 5, "coupon": 3}


def test_a_summary_is_said_once_and_only_the_last_one_is_kept(world: World, till: Till) -> None:
    owner = world.account()
    for fen in (1, 2, 3):
        till.top_up(owner, fen)
        world.sync(till)
        assert world.cloud.summarise(world.chain) == 1
        assert world.cloud.summarise(world.chain) == 0
    (row,) = pulled(world, till).rows
    assert (row.version, row.position) == (3, 3)
    till.post([("create", lot := till.new_bucket(owner, "bonus"), 5)], {})
    till.post([("spend", lot, 5)], {})
    world.sync(till)
    assert world.cloud.summarise(world.chain) == 1
    assert pulled(world, till).rows == (row,), "it has what it had"


def test_the_shop_is_no_member_and_many_members_are_told_in_turns(world: World, till: Till) -> None:
    till.post([("create", till.new_bucket(SHOP, "points"), 5)])
    for _ in range(201):
        till.top_up(world.account(), 5)
    for _ in range(3):
        till.hear(world.push(till.push()))
    assert [world.cloud.summarise(world.chain) for _ in range(3)] == [200, 1, 0]


def test_of_more_lots_than_a_row_can_take_those_that_end_first_are_named(world: World, till: Till) -> None:
    owner = world.account()
    note: dict[str, Canonical] = {"note": "x" * (ROW_BYTES_MAX // 8)}
    ends = ("2031-01-01", "", "2030-01-01", "2032-01-01", "2033-01-01")
    for end in ends:
        till.post([("create", till.new_bucket(owner, "bonus", expires_on=end, attributes=note), 5)])
    world.sync(till)
    world.cloud.summarise(world.chain)
    units, lots = summary(world, till, owner)
    assert units == {"bonus": 25}
    assert [facts.expires_on for facts, _ in lots] == ["2030-01-01", "2031-01-01", "2032-01-01"]


def test_nobody_but_the_cloud_says_what_a_member_has(world: World, till: Till) -> None:
    row = ("summary", world.id(), 0)
    change = world.cloud.change_row
    impossible("row_computed", lambda: change(world.chain, ActionId(world.id()), row, {"units": 9}))
    blob = canonical.encode({"fields": {"units": 9}, "salt": "00"})
    digest = hashlib.sha256(blob).hexdigest()
    till.post([], kind="propose", payload={"table": "summary", "key": world.id(), "base": 0, "blob": digest})
    world.push(till.push(blobs=(blob,)))
    assert (pulled(world, till).rows, world.alarms()) == ((), ["proposal_unreadable"])
