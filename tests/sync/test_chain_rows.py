"""Rows of the chain: a snapshot in pages as of one position, then every change in order, none passed over."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.base.ids import ChainId, DeviceId
from terminal.services.feed_desk import FeedDesk
from terminal.services.letters import Summons, Welcome
from terminal.sync.chain_rows import RowCourier, StoredRows
from terminal.sync.wire import ChainRow, Pull, RowAnswer, Rows, SnapshotPage, SnapshotRequest, StartOver
from tests.sync.till import Till

CHAIN, DEVICE = ChainId("c1" * 16), DeviceId("d1" * 16)


def row(position: int, key: str, body: bytes = b'{"name":"A"}', *, alias: str = "", version: int = 1) -> ChainRow:
    return ChainRow(position, "member", key, version, body, alias)


class Side:
    """A courier of rows over a till's store."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.start()

    def start(self) -> None:
        self.rows = StoredRows(self.till.database)
        self.courier = RowCourier(self.till.database, self.rows)

    def ask(self) -> Pull | SnapshotRequest:
        return self.courier.message(CHAIN, DEVICE)

    def hear_twice(self, sent: Pull | SnapshotRequest, answer: RowAnswer) -> None:
        self.courier.hear(sent, answer)
        after = self.everything()
        self.till.crash()
        self.start()
        self.courier.hear(sent, answer)
        assert self.everything() == after

    def everything(self) -> list[list[Any]]:
        return [list(self.till.database.rows(f"SELECT * FROM {name}")) for name in ("chain_row", "chain_feed")]  # noqa: S608 - tables of ours

    def known(self) -> dict[str, tuple[int, bytes]]:
        return {
            key: (position, body)
            for key, position, body in self.till.database.rows("SELECT key, position, body FROM chain_row")
        }


@pytest.fixture
def side(till: Till) -> Side:
    return Side(till)


def snapshot(side: Side, position: int, *rows: ChainRow) -> None:
    side.courier.hear(side.ask(), SnapshotPage(position, rows, "", ""))


def test_a_new_till_asks_for_all_rows_page_by_page_as_of_the_first(side: Side) -> None:
    first = side.ask()
    assert first == SnapshotRequest(CHAIN, DEVICE, -1, "", "", 200)
    side.hear_twice(first, SnapshotPage(7, (row(3, "a"), row(7, "b")), "member", "b"))
    second = side.ask()
    assert second == SnapshotRequest(CHAIN, DEVICE, 7, "member", "b", 200)
    side.courier.hear(second, SnapshotPage(9, (row(9, "c"),), "", ""))
    assert side.ask() == second, "a page as of another position"
    side.hear_twice(second, SnapshotPage(7, (row(5, "c"),), "", ""))
    assert side.ask() == Pull(CHAIN, DEVICE, 7)
    assert sorted(side.known()) == ["a", "b", "c"]


def test_changes_follow_from_the_position_and_late_answers_change_nothing(side: Side) -> None:
    snapshot(side, 7, row(3, "a"), row(7, "b"))
    sent = side.ask()
    side.hear_twice(sent, Rows((row(8, "a", b'{"name":"B"}', version=2), row(9, "c")), 9))
    assert side.ask() == Pull(CHAIN, DEVICE, 9)
    assert side.known()["a"] == (8, b'{"name":"B"}')
    before = side.everything()
    side.courier.hear(Pull(CHAIN, DEVICE, 12), Rows((row(13, "d"),), 13))
    side.courier.hear(side.ask(), Rows((), 4))
    side.courier.hear(SnapshotRequest(CHAIN, DEVICE, -1, "", "", 200), SnapshotPage(7, (row(3, "a"),), "", ""))
    side.courier.hear(side.ask(), SnapshotPage(20, (), "", ""))
    assert side.everything() == before, "the rows between would be passed over, or old ones come back"


def test_an_erased_row_is_empty(side: Side) -> None:
    snapshot(side, 7, row(3, "a"))
    side.courier.hear(side.ask(), Rows((row(8, "a", b"", version=2),), 8))
    found = side.rows.get("member", "a")
    assert found is not None
    assert (found.body, found.version) == (b"", 2)
    assert side.rows.get("member", "z") is None


def test_a_merged_member_is_found_under_who_stands_for_it(side: Side) -> None:
    snapshot(side, 3, row(1, "a"), row(2, "b"), row(3, "c"))
    side.courier.hear(side.ask(), Rows((row(4, "a", alias="b"), row(5, "b", alias="c")), 5))
    assert [side.rows.standing_for("member", key) for key in ("a", "b", "c", "z")] == ["c", "c", "c", "z"]
    side.courier.hear(side.ask(), Rows((row(6, "a"),), 6))
    assert side.rows.standing_for("member", "a") == "a", "a merge can be undone"
    side.courier.hear(side.ask(), Rows((row(7, "c", alias="b"),), 7))
    assert side.rows.standing_for("member", "b") in {"b", "c"}, "a circle ends"


def test_a_new_snapshot_replaces_even_newer_rows_and_forgets_what_it_lacks(side: Side) -> None:
    snapshot(side, 50, row(40, "a", b'{"name":"new"}'), row(50, "gone"))
    side.courier.begin_snapshot()
    first = side.ask()
    side.courier.hear(first, SnapshotPage(20, (row(10, "a", b'{"name":"old"}'),), "member", "a"))
    assert side.known() == {"a": (10, b'{"name":"old"}'), "gone": (50, b'{"name":"A"}')}
    side.courier.hear(side.ask(), SnapshotPage(20, (), "", ""))
    assert side.known() == {"a": (10, b'{"name":"old"}')}
    assert side.ask() == Pull(CHAIN, DEVICE, 20)


def test_a_snapshot_that_is_begun_again_takes_no_page_of_the_one_before(side: Side) -> None:
    first = side.ask()
    side.courier.hear(first, SnapshotPage(7, (row(3, "a"),), "member", "a"))
    second = side.ask()
    side.courier.begin_snapshot()
    before = side.everything()
    assert isinstance(second, SnapshotRequest)
    side.courier.hear(second, SnapshotPage(7, (row(4, "b"),), "", ""))
    assert side.everything() == before


def test_a_new_life_asks_for_all_rows_again(side: Side) -> None:
    snapshot(side, 7, row(3, "a"))
    till = side.till
    desk = FeedDesk(till.database, till.book, new_life=side.courier.begin_snapshot)
    till.mailbox.put("rejoin", Summons(1, "fork").to_bytes())
    desk.take_next()
    life = till.book.life()
    till.mailbox.put("joined", Welcome(life.rejoin_id, 1, 2, life.hash).to_bytes())
    assert isinstance(side.ask(), Pull)
    desk.take_next()
    assert till.book.life().epoch == 2
    assert side.ask() == SnapshotRequest(CHAIN, DEVICE, -1, "", "", 200)
    assert list(side.known()) == ["a"], "what is known stays until the new rows are there"


def test_rows_of_a_cloud_that_was_put_back_are_replaced_by_a_snapshot(side: Side) -> None:
    old, new = "a0" * 16, "b0" * 16
    first = side.ask()
    side.courier.hear(first, SnapshotPage(7, (row(3, "a"), row(7, "b")), "", "", old))
    sent = side.ask()
    assert sent == Pull(CHAIN, DEVICE, 7, old)
    side.courier.hear(sent, Rows((row(8, "c"),), 8, new))
    assert side.ask() == sent, "another cloud's rows at the next position"
    side.hear_twice(sent, StartOver())
    assert side.ask() == first
    side.courier.hear(sent, Rows((row(8, "c"),), 8, old))
    assert side.ask() == first, "what the old cloud said comes late"
    side.courier.hear(first, SnapshotPage(4, (row(3, "a"),), "member", "a", new))
    page = side.ask()
    assert page == SnapshotRequest(CHAIN, DEVICE, 4, "member", "a", 200, new)
    side.courier.hear(page, SnapshotPage(4, (row(4, "z"),), "", "", old))
    assert side.ask() == page
    side.hear_twice(page, SnapshotPage(4, (row(4, "d"),), "", "", new))
    assert (side.ask(), sorted(side.known())) == (Pull(CHAIN, DEVICE, 4, new), ["a", "d"])


def test_a_snapshot_in_the_middle_of_which_the_cloud_was_put_back_is_begun_again(side: Side) -> None:
    first = side.ask()
    side.courier.hear(first, SnapshotPage(7, (row(3, "a"),), "member", "a", "a0" * 16))
    side.hear_twice(side.ask(), StartOver())
    assert side.ask() == first
