"""Staged release where a lot was taken back more than once: what is to be skipped stands in several places."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.rules.bucket import Bucket
from terminal.rules.entry import Effect, Entry
from terminal.services.releases import Releases
from tests.sync.till import OWNER, Till


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a till with an empty journal, proved at the end."""
    made = Till(tmp_path)
    yield made
    made.prove()
    made.database.close()


def bill(till: Till, locked: Bucket, part: int) -> tuple[int, Entry]:
    """Settle a bill that opens a part of a lot; return what is usable of it and the entry."""
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "bill", "")
        opened = Releases(till.book).release(draft, locked, part)
        return opened, till.book.post(draft).entry


def two_skips(till: Till, locked: Bucket) -> list[Bucket]:
    """Open 200 units, use them up, and void that bill in two halves; return the buckets of what is to be skipped."""
    _, made = bill(till, locked, 200)
    (bonus,) = made.buckets
    till.spend(bonus, 200)
    skips: list[Bucket] = []
    for _ in range(2):
        with till.database.write():
            draft = till.book.begin(ActionId(new_id()), "void", "")
            assert Releases(till.book).take_back(draft, locked, bonus, 100) == 100
            skips += till.book.post(draft).entry.buckets
    return skips


def test_a_bill_takes_no_more_skips_than_it_would_open(till: Till) -> None:
    locked = till.sell(300, "bonus_locked")
    skips = two_skips(till, locked)
    for skip in skips:
        opened, made = bill(till, locked, 100)
        assert (opened, made.effects) == (0, (Effect("spend", skip.id, 100),)), "one is enough, the other one stays"
    assert bill(till, locked, 100)[0] == 100
    assert till.book.balances(OWNER) == {"bonus": 100}


def test_a_bill_that_would_open_more_than_one_skip_takes_from_the_next(till: Till) -> None:
    locked = till.sell(400, "bonus_locked")
    first, second = two_skips(till, locked)
    opened, made = bill(till, locked, 150)
    assert (opened, made.effects) == (0, (Effect("spend", first.id, 100), Effect("spend", second.id, 50)))
    opened, made = bill(till, locked, 150)
    (bonus,) = made.buckets
    wanted = (Effect("spend", second.id, 50), Effect("spend", locked.id, 100), Effect("create", bonus.id, 100))
    assert (opened, made.effects) == (100, wanted)
    assert till.book.balances(OWNER) == {"bonus": 100, "bonus_locked": 100}
