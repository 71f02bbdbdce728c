"""What comes back of a life's own entries is judged as if it were posted now: by what each entry before it left."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.ids import AccountId, ActionId, BucketId, LotId, new_id
from terminal.ledger.lives import CHUNK_ROWS, Journal
from terminal.rules import entry
from terminal.rules.bucket import Bucket, Source
from terminal.rules.entry import Effect, Entry
from terminal.rules.fold import EntryWrong
from tests.support import TestBook, open_test_book

OWNER = AccountId("a1" * 16)


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Iterator[TestBook]:
    """Give a book of one entry, which created five points."""
    opened = open_test_book(tmp_path)
    with opened.database.write():
        draft = opened.book.begin(ActionId(new_id()), "feed", "")
        draft.create("points", OWNER, 5)
        opened.book.post(draft)
    yield opened
    opened.database.close()


def later(made: TestBook, place: int, effects: list[Effect], *buckets: Bucket) -> Entry:
    """Return an entry that would stand `place` entries behind the last one."""
    ((_, _, data),) = Journal(made.database).entries(0, 1)
    last = entry.from_bytes(data)
    return dataclasses.replace(
        last, seq=last.seq + place, action_id=ActionId(new_id()), effects=tuple(effects), buckets=buckets
    )


def points(made: TestBook, place: int) -> Bucket:
    """Return a bucket of points that the entry in this place makes."""
    life = made.book.life()
    source = Source(life.device, life.epoch, life.seq + place)
    return Bucket(life.chain, OWNER, "points", LotId("77" * 16), source)


def refused(made: TestBook, tail: list[Entry]) -> str:
    before = made.book.life()
    with pytest.raises(EntryWrong) as caught:
        Journal(made.database).append_tail([each.to_bytes() for each in tail], made.book.day_at)
    assert made.book.life() == before
    return caught.value.code


def test_what_an_entry_of_the_tail_made_can_be_spent_by_the_next_one_and_not_a_unit_more(made: TestBook) -> None:
    facts = points(made, 1)
    create = later(made, 1, [Effect("create", facts.id, 5)], facts)
    assert refused(made, [create, later(made, 2, [Effect("spend", facts.id, 6)])]) == "not_held"
    tail = [create, later(made, 2, [Effect("spend", facts.id, 5)])]
    assert Journal(made.database).append_tail([each.to_bytes() for each in tail], made.book.day_at) == 2
    lot = made.book.lot_of(facts)
    assert lot is not None
    assert lot.amount == 0


def test_a_tail_that_moves_a_bucket_nobody_ever_named_is_refused(made: TestBook) -> None:
    stranger = BucketId("99" * 16)
    assert refused(made, [later(made, 1, [Effect("spend", stranger, 1)])]) == "not_held"
    assert refused(made, [later(made, 1, [Effect("create", stranger, 1)])]) == "facts_missing"


def test_a_bucket_is_found_behind_more_others_than_are_read_at_a_time(made: TestBook) -> None:
    made.database.run(
        "INSERT INTO bucket (id, facts) WITH RECURSIVE other (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM other"
        " WHERE n < ?) SELECT randomblob(16), x'' FROM other",
        (CHUNK_ROWS,),
    )
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "feed", "")
        facts = draft.create("points", OWNER, 5)
        made.book.post(draft)
    tail = [later(made, 2, [Effect("spend", facts.id, 5)]).to_bytes()]
    assert Journal(made.database).append_tail(tail, made.book.day_at) == 1
    assert made.book.holdings(OWNER, ("points",))[0].amount == 5
    assert len(made.book.holdings(OWNER, ("points",))) == 1
