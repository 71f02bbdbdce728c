"""Rows of a chain that say anything at all: a till's own files and cards stay what the till can work with."""

from __future__ import annotations

import pathlib
import tempfile
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from terminal.base.ids import AccountId
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.media.states import STATES
from terminal.services.files.files import Files
from terminal.services.members import Members
from terminal.services.summaries import Summaries
from terminal.sync.own_rows import OwnRows
from terminal.sync.wire import ChainRow
from tests.support import TestBook, open_test_book

KEYS = ("aa" * 16, "bb" * 16, "cc" * 16, "", "no id")
NAMES = (
    *("name", "phone", "sex", "birthday", "remark", "old_number", "level", "tags", "merged_into", "field/x", "note/x"),
    *("consent/marketing", "possible_duplicate", "account", "number", "kind", "state", "assurance", "identity"),
    *("named", "ended_by", "replaces", "replaces_by", "deposit"),
)
WORDS = ("王小芳", "13800138000", "80000001", "04A1B2C3", "exchange_medium", "1988-08-08", *KEYS, *STATES)
VALUES: st.SearchStrategy[Canonical] = st.recursive(
    st.sampled_from(WORDS) | st.text(max_size=6) | st.integers(-9, 9) | st.booleans(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=4), each, max_size=2),
    max_leaves=4,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=9)
ROWS = st.tuples(
    st.sampled_from(("member", "medium", "rule")),
    st.sampled_from(KEYS),
    BODIES | st.binary(max_size=9),
    st.sampled_from(("", *KEYS)),
)


Said = tuple[str, str, dict[str, Canonical] | bytes, str]


def body_of(said: dict[str, Canonical] | bytes) -> bytes:
    if isinstance(said, bytes):
        return said
    with suppress(NotCanonical):
        return canonical.encode(said)
    return b""


@given(st.lists(ROWS, min_size=1, max_size=6))
def test_whatever_a_row_of_the_chain_says_the_tills_own_tables_stay_right(rows: list[Said]) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = open_test_book(pathlib.Path(name))
        try:
            take(made, rows)
            check(made)
        finally:
            made.database.close()


LOTS = st.dictionaries(
    st.sampled_from(("units", "lots")),
    st.lists(VALUES | st.tuples(VALUES | st.sampled_from(("{}", '{"lot":1}', "\ud800")), st.integers(-2, 2)).map(list)),
)


@given(LOTS | VALUES | st.binary(max_size=9))
def test_whatever_a_summary_says_it_is_lots_of_the_member_or_nothing(said: Canonical | bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = open_test_book(pathlib.Path(name))
        try:
            row = ("summary", KEYS[0], 1, 1, body_of(said), "", 1)  # type: ignore[arg-type]  # anything at all
            made.database.run("INSERT INTO chain_row VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            assert Summaries(made.database).lots([AccountId(KEYS[0])], "bonus_locked") == []
        finally:
            made.database.close()


def take(made: TestBook, rows: list[Said]) -> None:
    """Take rows over one after the other, each knowing what the one before said."""
    own, before = OwnRows(made.database, made.book), None
    with made.database.write():
        for place, (table, key, said, alias) in enumerate(rows):
            row = ChainRow(place, table, key, place, body_of(said), alias)
            own.take(before, row)
            before = row


def check(made: TestBook) -> None:
    """Every member has a name and one who stands for them; every medium has a state."""
    files, members = Files(made.database, made.book, made.clock), Members(made.database, made.book, made.clock)
    for account, name, erased in made.database.rows("SELECT lower(hex(account)), name, erased_at FROM member"):
        assert name
        assert members.main(account) in KEYS
        if not erased and members.main(account) == account:
            assert files.get(account).account == account
    assert all(row[0] in STATES for row in made.database.rows("SELECT state FROM medium"))
    assert len(members.owners(AccountId(KEYS[0]))) <= len(KEYS)
