"""The chain of raw entries: what follows is passed on, and the first that does not is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from terminal.rules import entry
from terminal.rules.chain import Sealed, check_cursor, follow
from terminal.rules.entry import GENESIS
from terminal.rules.fold import EntryWrong
from tests.rules.vectors import JOURNAL

Spoil = Callable[[list[Sealed]], list[Sealed]]


def sealed() -> list[Sealed]:
    head, rows = GENESIS, []
    for seq, made in enumerate(JOURNAL.values(), start=1):
        head = entry.seal(head, made.to_bytes())
        rows.append((seq, made.to_bytes(), head))
    return rows


def test_entries_that_follow_each_other_come_out_as_they_went_in() -> None:
    rows = sealed()
    assert list(follow(rows)) == rows
    assert list(follow(rows[2:], rows[1][2], 2)) == rows[2:], "from anywhere on"
    assert list(follow([])) == []


@pytest.mark.parametrize(
    ("spoil", "code", "proved"),
    [
        (lambda rows: [rows[0], (2, rows[1][1] + b" ", rows[1][2]), *rows[2:]], "chain_broken", 1),
        (lambda rows: [rows[0], (2, rows[1][1], bytes(32)), *rows[2:]], "chain_broken", 1),
        (lambda rows: [rows[0], (2, rows[2][1], rows[2][2])], "chain_broken", 1),
        (lambda rows: [rows[0], *rows[2:]], "gap", 1),
        (lambda rows: [rows[0], *rows], "misplaced", 1),
        (lambda rows: [(-1, *rows[0][1:]), *rows], "misplaced", 0),
        (lambda rows: [(True, *rows[0][1:])], "misplaced", 0),
        (lambda rows: [("1", *rows[0][1:])], "misplaced", 0),
        (lambda rows: rows[1:], "gap", 0),
    ],
    ids=["bytes", "hash", "other entry", "left out", "twice", "before the first", "no number", "text", "late start"],
)
def test_the_first_entry_that_does_not_follow_is_refused(spoil: Spoil, code: str, proved: int) -> None:
    found = follow(spoil(sealed()))
    for _ in range(proved):
        next(found)
    with pytest.raises(EntryWrong) as caught:
        next(found)
    assert caught.value.code == code


def test_the_feed_goes_on_by_one_item_or_stays() -> None:
    made = JOURNAL["charge"]
    for before, after in ((0, 0), (0, 1), (7, 7), (7, 8)):
        check_cursor(before, dataclasses.replace(made, cursor=after))
    for before, after in ((0, 2), (7, 6), (7, 9), (7, 0)):
        with pytest.raises(EntryWrong) as caught:
            check_cursor(before, dataclasses.replace(made, cursor=after))
        assert caught.value.code == "cursor_wrong"
