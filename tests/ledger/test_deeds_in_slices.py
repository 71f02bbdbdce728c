"""A long journal is folded in slices: each goes on where the last one ended, and nothing counts twice."""

from __future__ import annotations

import pytest

from terminal.base.clock import business_day
from terminal.ledger.deeds import SLICE, Deeds
from tests.ledger.conftest import Counter

WRITTEN = ("SELECT * FROM deed ORDER BY life, seq", "SELECT * FROM taking ORDER BY day, shift, kind, account")


def rows(counter: Counter) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in counter.database.rows(query)] for query in WRITTEN]


@pytest.mark.slow
def test_a_journal_longer_than_a_slice_is_folded_slice_by_slice_to_the_same_deeds(counter: Counter) -> None:
    account = counter.member()
    for _ in range(SLICE + 4):
        counter.top_up(account, 1_00)
    counter.charge(account, 2_00)
    written = rows(counter)
    with counter.database.write():
        for query in ("DELETE FROM deed", "DELETE FROM taking", "DELETE FROM refund_of", "DELETE FROM deed_mark"):
            counter.database.run(query)
    deeds = Deeds(counter.database, lambda at_ms: business_day(counter.clock, at_ms))
    assert deeds.catch_up()
    first = rows(counter)
    assert first[0] == [row for row in written[0] if row in first[0]]
    assert 0 < len(first[0]) <= SLICE < len(written[0])
    assert [deeds.catch_up() for _ in range(2)] == [True, False], "a second slice is the rest of it"
    assert rows(counter) == written
