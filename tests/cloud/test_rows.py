"""Rows the chain owns: proposals, who wins, aliases, erasing, and how tills hear of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from cloud.chain_rows import MARK, ROW_BYTES_MAX
from cloud.errors import NotPossible, Refused
from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId
from terminal.rules import canonical
from terminal.rules.canonical import Canonical
from terminal.sync import wire
from terminal.sync.wire import ChainRow, MustRejoin, Pull, Rows, SnapshotPage, SnapshotRequest
from tests.cloud.conftest import World, accepted
from tests.cloud.till import Till

AT = 1_700_000_000_000


def blob_of(fields: dict[str, Canonical], salt: str = "00") -> bytes:
    return canonical.encode({"fields": fields, "salt": salt})


def propose(world: World, till: Till, key: str, fields: dict[str, Canonical], base: int = 0, at: int = AT) -> None:
    blob = blob_of(fields)
    note(till, key, blob, base, at)
    world.push(till.push(blobs=(blob,)))


def note(till: Till, key: str, blob: bytes, base: int = 0, at: int = AT) -> None:
    """Write the entry of a proposal whose blob travels by itself."""
    payload: dict[str, Canonical] = {"table": "member", "key": key, "base": base}
    payload["blob"] = hashlib.sha256(blob).hexdigest()
    till.post([], kind="propose", payload=payload, at=at)


def pull(world: World, till: Till, after: int = 0) -> Rows:
    found = world.cloud.pull(Pull(world.chain, till.device, after, world.generation))
    assert isinstance(found, Rows)
    return found


def body(row: ChainRow) -> Canonical:
    return canonical.decode(row.body)


def newest(world: World, till: Till, key: str) -> ChainRow:
    return [row for row in pull(world, till).rows if row.key == key][-1]


def losers(world: World, key: str) -> list[tuple[str, bytes]]:
    return [(loser.field, loser.value) for loser in world.storage.losers(world.chain, "member", key)]


def test_a_new_member_reaches_every_till(world: World, till: Till) -> None:
    other = world.till()
    key = world.id()
    propose(world, till, key, {"name": "Li", "phone": "1"})
    rows = pull(world, other)
    assert [(row.position, row.table, row.key, row.version, body(row)) for row in rows.rows] == [
        (1, "member", key, 1, {"name": "Li", "phone": "1"})
    ]
    assert pull(world, other, rows.position) == Rows((), 1, world.generation)


def test_changes_of_different_fields_all_hold(world: World, till: Till) -> None:
    key = world.id()
    propose(world, till, key, {"name": "Li", "phone": "1"})
    propose(world, till, key, {"phone": "2"}, base=1)
    propose(world, till, key, {"name": "Lin"}, base=1)
    row = newest(world, till, key)
    assert (row.version, body(row)) == (3, {"name": "Lin", "phone": "2"})
    assert losers(world, key) == []


def test_of_two_changes_the_later_said_holds_and_the_other_is_kept(world: World, till: Till) -> None:
    other = world.till()
    key = world.id()
    propose(world, till, key, {"phone": "1"})
    propose(world, till, key, {"phone": "2"}, base=1, at=AT + 20)
    propose(world, other, key, {"phone": "3"}, base=1, at=AT + 10)
    assert body(newest(world, till, key)) == {"phone": "2"}
    assert losers(world, key) == [("phone", b'"3"')]
    propose(world, other, key, {"phone": "4"}, base=1, at=AT + 30)
    row = newest(world, till, key)
    assert (row.version, body(row)) == (4, {"phone": "4"}), "the loser was told, too"
    assert sorted(losers(world, key)) == [("phone", b'"2"'), ("phone", b'"3"')]


def test_a_clock_in_the_future_wins_nothing_for_ever(world: World, till: Till) -> None:
    other = world.till()
    key = world.id()
    propose(world, till, key, {"phone": "1"})
    propose(world, till, key, {"phone": "2"}, base=1, at=world.now_ms * 2)
    world.now_ms += 1
    propose(world, other, key, {"phone": "3"}, base=1, at=world.now_ms)
    assert body(newest(world, till, key)) == {"phone": "3"}


def test_saying_the_same_again_changes_nothing(world: World, till: Till) -> None:
    key = world.id()
    propose(world, till, key, {"phone": "1"})
    propose(world, till, key, {"phone": "1"})
    assert newest(world, till, key).version == 1


def test_a_proposal_waits_for_its_blob(world: World, till: Till) -> None:
    key = world.id()
    blob = blob_of({"name": "Li"})
    note(till, key, blob)
    world.sync(till)
    assert pull(world, till).rows == ()
    world.push(till.push(blobs=(b"nobody asked for this", blob)))
    assert body(newest(world, till, key)) == {"name": "Li"}
    assert world.storage.blob(world.chain, hashlib.sha256(b"nobody asked for this").digest()) is None
    second = world.id()
    note(till, second, blob)
    world.sync(till)
    assert body(newest(world, till, second)) == {"name": "Li"}


@pytest.mark.parametrize(
    "payload", [{}, {"table": "member", "key": "k", "base": 0, "blob": "xyz"}, {"table": "member", "key": 1, "base": 0}]
)
def test_a_proposal_that_cannot_be_read_holds_up_nothing(
    world: World, till: Till, payload: dict[str, Canonical]
) -> None:
    till.post([], kind="propose", payload=payload)
    assert accepted(world.push(till.push())).acked == 1
    assert world.alarms() == ["proposal_unreadable"]


@pytest.mark.parametrize("blob", [b"not json", b"[]", b'{"fields":[]}'])
def test_a_blob_that_cannot_be_read_changes_nothing(world: World, till: Till, blob: bytes) -> None:
    note(till, world.id(), blob)
    assert accepted(world.push(till.push(blobs=(blob,)))).acked == 1
    assert world.alarms() == ["proposal_unreadable"]
    assert pull(world, till).rows == ()


def test_an_erased_row_is_gone_with_its_history_and_stays_gone(world: World, till: Till) -> None:
    key = world.id()
    propose(world, till, key, {"phone": "1"})
    propose(world, till, key, {"phone": "2"}, base=1)
    propose(world, till, key, {"phone": "3"}, base=0, at=AT + 1)
    assert losers(world, key)
    position = world.cloud.erase(world.chain, "member", key)
    assert world.cloud.erase(world.chain, "member", key) == position
    propose(world, till, key, {"phone": "4"}, base=9)
    assert {row.body for row in pull(world, till).rows} == {b""}
    assert losers(world, key) == []
    assert world.storage.blob(world.chain, hashlib.sha256(blob_of({"phone": "4"})).digest()) is None
    with pytest.raises(NotPossible) as caught:
        world.cloud.erase(world.chain, "member", world.id())
    assert caught.value.code == "row_unknown"
    with pytest.raises(NotPossible) as caught:
        world.cloud.change_row(world.chain, ActionId(world.id()), ("member", key, 9), {"phone": "5"})
    assert caught.value.code == "row_erased"


def test_head_office_changes_rows_once_and_beside_the_tills(world: World, till: Till) -> None:
    action = ActionId(world.id())
    assert world.cloud.change_row(world.chain, action, ("price", "cut", 0), {"fen": 5800}) == 1
    assert world.cloud.change_row(world.chain, action, ("price", "cut", 0), {"fen": 5800}) == 1
    world.now_ms += 1
    second = ActionId(world.id())
    assert world.cloud.change_row(world.chain, second, ("price", "cut", 0), {"fen": 6000}) == 2
    assert body(newest(world, till, "cut")) == {"fen": 6000}
    assert [loser.value for loser in world.storage.losers(world.chain, "price", "cut")] == [b"5800"]


def test_merged_members_are_an_alias_that_can_be_taken_back(world: World, till: Till) -> None:
    first, second, third = (AccountId(world.id()) for _ in range(3))
    propose(world, till, first, {"name": "Li"})
    lot, _ = till.top_up(first, 100)
    world.sync(till)
    action = ActionId(world.id())
    position = world.cloud.merge(world.chain, action, first, second)
    assert world.cloud.merge(world.chain, action, first, second) == position
    assert world.cloud.merge(world.chain, ActionId(world.id()), first, second) == position
    row = newest(world, till, first)
    assert (row.alias, body(row), row.version) == (second, {"name": "Li"}, 2)
    till.spend(lot, 40)
    world.sync(till)
    assert world.pot(till, lot) == 60
    world.cloud.merge(world.chain, ActionId(world.id()), second, third)
    with pytest.raises(NotPossible) as caught:
        world.cloud.merge(world.chain, ActionId(world.id()), third, first)
    assert caught.value.code == "alias_circle"
    world.cloud.unmerge(world.chain, ActionId(world.id()), first)
    assert newest(world, till, first).alias == ""


def marked(world: World, till: Till, *keys: str) -> list[bool]:
    """Return which of these members are marked as possible duplicates, as a till sees it."""
    bodies = [body(newest(world, till, key)) for key in keys]
    return [isinstance(one, dict) and one.get("possible_duplicate") is True for one in bodies]


@pytest.mark.parametrize(("table", "field"), [("member", "phone"), ("medium", "number")])
def test_two_tills_that_enrol_the_same_phone_or_card_make_two_rows_that_are_marked(
    world: World, till: Till, table: str, field: str
) -> None:
    first, second = sorted((world.id(), world.id()))
    change = world.cloud.change_row
    change(world.chain, ActionId(world.id()), (table, first, 0), {field: "13800000000"})
    assert marked(world, till, first) == [False]
    change(world.chain, ActionId(world.id()), (table, second, 0), {field: "13800000000"})
    assert marked(world, till, first, second) == [True, True]
    assert world.storage.losers(world.chain, table, second) == [], "nobody loses"
    other = (table, world.id(), 0)
    change(world.chain, ActionId(world.id()), other, {field: "13900000000"})
    assert marked(world, till, other[1]) == [False]


def test_a_mark_goes_when_nothing_is_shared_any_more(world: World, till: Till) -> None:
    keys = [world.id() for _ in range(5)]
    for key in keys:
        propose(world, till, key, {"phone": "1"})
    assert marked(world, till, *keys) == [True] * 5
    for changed, key in enumerate(keys[:4], 1):
        propose(world, till, key, {"phone": f"2{changed}"}, base=9)
        alone = changed == 4
        assert marked(world, till, *keys) == [False] * changed + [not alone] * (5 - changed)
    propose(world, till, keys[0], {"phone": ""}, base=9)
    propose(world, till, keys[1], {"phone": ""}, base=9)
    assert not any(marked(world, till, *keys)), "who has no phone shares none"


def test_merged_and_erased_members_share_nothing(world: World, till: Till) -> None:
    first, second, third = (AccountId(world.id()) for _ in range(3))
    for key in (first, second):
        propose(world, till, key, {"phone": "1"})
    world.cloud.merge(world.chain, ActionId(world.id()), first, second)
    assert marked(world, till, first, second) == [False, False]
    propose(world, till, third, {"phone": "1"})
    assert marked(world, till, second, third) == [True, True]
    world.cloud.erase(world.chain, "member", second)
    assert marked(world, till, third) == [False]
    world.cloud.unmerge(world.chain, ActionId(world.id()), first)
    assert marked(world, till, first, third) == [True, True]
    assert world.storage.named_so(world.chain, "member", "phone", "1", 9) == sorted((first, third))


def test_no_till_marks_a_member_itself(world: World, till: Till) -> None:
    key = world.id()
    propose(world, till, key, {"name": "Li", "possible_duplicate": True})
    assert marked(world, till, key) == [False]


def test_a_row_longer_than_any_page_could_take_is_not_made(world: World, till: Till) -> None:
    key = world.id()
    propose(world, till, key, {"name": "Li"})
    propose(world, till, key, {"note": "x" * ROW_BYTES_MAX}, base=1)
    assert (newest(world, till, key).version, world.alarms()) == (1, ["proposal_unreadable"])
    row = ("member", key, 1)
    with pytest.raises(NotPossible) as caught:
        world.cloud.change_row(world.chain, ActionId(world.id()), row, {"note": "x" * ROW_BYTES_MAX})
    assert caught.value.code == "row_too_long"


def test_pages_of_long_rows_are_short_enough_to_be_read(world: World, till: Till) -> None:
    keys = sorted(world.id() for _ in range(40))
    # Each quote and back-slash is written with one more, and again when the row is quoted in its message.
    note = '"' * (ROW_BYTES_MAX // 2 - 100)
    for key in keys:
        world.cloud.change_row(world.chain, ActionId(world.id()), ("member", key, 0), {"note": note})
    pulled: list[str] = []
    while rows := (page := pull(world, till, len(pulled))).rows:
        assert wire.decode(wire.encode(page)) == page
        pulled += [row.key for row in rows]
    assert pulled == keys
    taken: list[str] = []
    asked = SnapshotRequest(world.chain, till.device, -1, "", "", 200, world.generation)
    ended = False
    while not ended:
        found = world.cloud.snapshot(asked)
        assert isinstance(found, SnapshotPage)
        assert wire.decode(wire.encode(found)) == found
        taken += [row.key for row in found.rows]
        asked = replace(asked, position=found.position, table=found.next_table, after_key=found.next_key)
        ended = not found.next_table
    assert taken == keys


def test_a_snapshot_is_of_one_moment_though_rows_change_between_its_pages(world: World, till: Till) -> None:
    keys = sorted(world.id() for _ in range(5))
    for key in keys:
        propose(world, till, key, {"name": "old"})

    def page(position: int, table: str = "", key: str = "") -> SnapshotPage:
        asked = SnapshotRequest(world.chain, till.device, position, table, key, 2, world.generation)
        found = world.cloud.snapshot(asked)
        assert isinstance(found, SnapshotPage)
        return found

    first = page(-1)
    assert (first.position, [row.key for row in first.rows], first.next_key) == (5, keys[:2], keys[1])
    propose(world, till, keys[3], {"name": "new"}, base=1)
    propose(world, till, "f" * 33, {"name": "new"})
    second = page(first.position, first.next_table, first.next_key)
    third = page(second.position, second.next_table, second.next_key)
    rows = [*first.rows, *second.rows, *third.rows]
    assert [row.key for row in rows] == keys
    assert [body(row) for row in rows] == [{"name": "old"}] * 5
    assert (third.next_table, third.next_key) == ("", "")
    after = pull(world, till, third.position)
    assert [(row.key, body(row)) for row in after.rows] == [(keys[3], {"name": "new"}), ("f" * 33, {"name": "new"})]


def test_only_tills_of_the_chain_may_read(world: World, till: Till) -> None:
    stranger = DeviceId(world.id())
    assert world.cloud.pull(Pull(world.chain, stranger, 0)) == Refused("unknown")
    assert world.cloud.pull(Pull(ChainId("x"), till.device, 0)) == Refused("unknown")
    assert world.cloud.pull(Pull(world.chain, DeviceId("x"), 0)) == Refused("unknown")
    assert world.cloud.snapshot(SnapshotRequest(world.chain, stranger, -1, "", "", 5)) == Refused("unknown")
    assert world.cloud.snapshot(SnapshotRequest(world.chain, DeviceId("x"), -1, "", "", 5)) == Refused("unknown")
    empty = world.cloud.snapshot(SnapshotRequest(world.chain, till.device, -1, "", "", 0))
    assert empty == SnapshotPage(0, (), "", "", world.generation)
    world.cloud.revoke(world.chain, till.device)
    assert world.cloud.pull(Pull(world.chain, till.device, 0)) == MustRejoin(0, "revoked")


def test_a_member_whom_a_till_erased_is_erased_for_all(world: World, till: Till) -> None:
    other, key, alias, stranger = world.till(), world.id(), world.id(), world.id()
    medium = world.id()
    for each in (key, alias, stranger):
        propose(world, till, each, {"name": "Li", "phone": each[:6]})
    blob = blob_of({"number": "0BE2FB0B", "account": key})
    payload: dict[str, Canonical] = {"table": "medium", "key": medium, "base": 0}
    till.post([], kind="propose", payload={**payload, "blob": hashlib.sha256(blob).hexdigest()}, at=AT)
    world.push(till.push(blobs=(blob,)))
    told: dict[str, Canonical] = {"table": "member", "key": key, "others": [alias, world.id(), 7], "media": [medium]}
    till.post([], kind="member_erase", payload=told, at=AT)
    world.push(till.push())
    assert {row.key: bool(row.body) for row in pull(world, other).rows} == {
        key: False,
        alias: False,
        medium: False,
        stranger: True,
    }
    till.post([], kind="member_erase", payload={"key": [], "others": "x", "media": {}}, at=AT)
    accepted(world.push(till.push()))
    assert world.alarms() == []


def medium(world: World, till: Till, **fields: Canonical) -> str:
    """Return the id of a new medium."""
    key, blob = world.id(), blob_of(fields)
    payload: dict[str, Canonical] = {"table": "medium", "key": key, "base": 0}
    till.post([], kind="propose", payload={**payload, "blob": hashlib.sha256(blob).hexdigest()}, at=AT)
    world.push(till.push(blobs=(blob,)))
    return key


def erase(till: Till, key: str, *media: str) -> None:
    """Write that a member was erased."""
    payload: dict[str, Canonical] = {"table": "member", "key": key, "others": [], "media": [*media]}
    till.post([], kind="member_erase", payload=payload, at=AT)


def test_only_the_members_own_media_go_with_them_and_a_blocked_number_stays_blocked(world: World, till: Till) -> None:
    key, other = world.id(), world.id()
    own = medium(world, till, number="A1", state="active", account=key, identity="k1")
    blocked = medium(world, till, number="A2", state="revoked", account=key, identity="k2", ended_by="blacklist")
    others = medium(world, till, number="A3", state="active", account=other)
    erase(till, key, own, blocked, others, world.id())
    accepted(world.push(till.push()))
    assert newest(world, till, own).body == b""
    assert body(newest(world, till, blocked)) == {"number": "A2", "state": "revoked", "ended_by": "blacklist"}
    assert body(newest(world, till, others)) == {"number": "A3", "state": "active", "account": other}
    assert world.storage.named_so(world.chain, "medium", "number", "A2", 9) == [blocked]
    gone = (b"k1", b"k2", key.encode())
    assert not any(part in row.body for row in world.storage.rows_after(world.chain, 0, 99) for part in gone)


def test_a_member_who_holds_units_somewhere_is_not_erased_by_a_till(world: World, till: Till) -> None:
    other, owner = world.till(), world.account()
    lot, _ = other.top_up(owner, 100)
    world.sync(other)
    propose(world, till, owner, {"name": "Li"})
    erase(till, owner)
    accepted(world.push(till.push()))
    assert body(newest(world, till, owner)) == {"name": "Li"}
    assert world.alarms() == ["erase_not_done"]
    till.hear(world.push(till.push()))
    other.post([("spend", lot, 100)], {"deferred": 100, "sales/breakage": -100})
    world.sync(other)
    erase(till, owner)
    accepted(world.push(till.push()))
    assert newest(world, till, owner).body == b""


def test_an_entry_that_comes_late_erases_nobody(world: World, till: Till) -> None:
    key = world.id()
    propose(world, till, key, {"name": "Li"})
    world.cloud.declare_lost(world.chain, till.device)
    erase(till, key)
    world.rejoin(till.rejoin())
    assert body(newest(world, till, key)) == {"name": "Li"}
    assert "erase_not_done" in world.alarms()


def say(world: World, till: Till, key: str, fields: dict[str, Canonical], base: int, at: int) -> None:
    """Propose to set fields of a medium."""
    blob = blob_of(fields, f"{at:x}")
    payload: dict[str, Canonical] = {"table": "medium", "key": key, "base": base}
    till.post([], kind="propose", payload={**payload, "blob": hashlib.sha256(blob).hexdigest()}, at=at)
    world.push(till.push(blobs=(blob,)))


def test_what_ends_a_medium_holds_against_a_later_word_and_wins_over_an_earlier_one(world: World, till: Till) -> None:
    other = world.till()
    key = medium(world, till, number="A1", state="frozen", ended_by="")
    say(world, till, key, {"state": "revoked", "ended_by": "blacklist"}, 1, AT + 10)
    say(world, other, key, {"state": "active", "number": "A2"}, 1, AT + 20)
    row = newest(world, till, key)
    assert body(row) == {"number": "A2", "state": "revoked", "ended_by": "blacklist"}
    say(world, other, key, {"state": "active", "ended_by": ""}, row.version, AT + 30)
    assert (newest(world, till, key).version, body(newest(world, till, key))) == (row.version + 1, body(row))
    second = medium(world, till, number="A3", state="active")
    say(world, till, second, {"state": "frozen"}, 1, AT + 30)
    say(world, other, second, {"state": "retired", "ended_by": "exchange_medium"}, 1, AT + 20)
    assert body(newest(world, till, second)) == {"number": "A3", "state": "retired", "ended_by": "exchange_medium"}
    say(world, till, second, {"state": "revoked", "ended_by": "blacklist"}, 1, AT + 5)
    assert body(newest(world, till, second)) == {"number": "A3", "state": "revoked", "ended_by": "blacklist"}


def test_a_file_that_a_till_merged_into_another_shares_its_phone_with_nobody(world: World, till: Till) -> None:
    first, second = world.id(), world.id()
    propose(world, till, first, {"phone": "1"})
    propose(world, till, second, {"phone": "1"})
    assert [MARK in str(newest(world, till, key).body) for key in (first, second)] == [True, True]
    propose(world, till, second, {"merged_into": first}, base=9)
    assert [MARK in str(newest(world, till, key).body) for key in (first, second)] == [False, False]
    propose(world, till, second, {"merged_into": ""}, base=9)
    assert [MARK in str(newest(world, till, key).body) for key in (first, second)] == [True, True]


def test_of_two_words_on_a_link_the_newer_one_counts_whoever_says_it_and_the_other_is_kept(
    world: World, till: Till
) -> None:
    first, second, third = (AccountId(world.id()) for _ in range(3))
    propose(world, till, first, {"name": "Li"})
    world.cloud.merge(world.chain, ActionId(world.id()), first, second)
    # Said before, and not knowing of it: whoever said it is told.
    position = newest(world, till, first).position
    propose(world, till, first, {"merged_into": third}, base=1, at=world.now_ms - 1)
    row = newest(world, till, first)
    assert (row.alias, body(row), row.position > position) == (second, {"name": "Li"}, True)
    # Said after, and not knowing of it either.
    world.now_ms += 10
    propose(world, till, first, {"merged_into": third}, base=1, at=world.now_ms)
    row = newest(world, till, first)
    assert (row.alias, body(row)) == ("", {"name": "Li", "merged_into": third})
    words = [canonical.encode(second), canonical.encode(third)]
    assert sorted(losers(world, first)) == sorted(("merged_into", word) for word in words)
    # Head office parts what a till has merged, and a till what head office has.
    world.cloud.unmerge(world.chain, ActionId(world.id()), first)
    assert body(newest(world, till, first)) == {"name": "Li", "merged_into": ""}
    world.cloud.merge(world.chain, ActionId(world.id()), first, second)
    propose(world, till, first, {"merged_into": ""}, base=9, at=world.now_ms)
    assert newest(world, till, first).alias == ""
