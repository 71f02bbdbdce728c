"""Whatever a command says of files, the door can answer: a refusal, or an error of what was said."""

from __future__ import annotations

import contextlib
import json
import pathlib
from types import SimpleNamespace
from typing import Any, cast

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.ledger.verify import verify
from terminal.services.files.commands import file_commands
from terminal.services.members import Members
from terminal.services.storage import OpenStore
from tests.support import open_test_book

pytestmark = pytest.mark.slow

# What the door answers as `request_bad`.
OF_WHAT_WAS_SAID = (KeyError, TypeError, ValueError, AttributeError, RecursionError, Refusal)
TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DATE = st.dates().map(str) | TEXT
ACT = st.tuples(st.sampled_from(["marketing", "sensitive_notes", "x"]), st.booleans(), DATE, TEXT, TEXT).map(list)
GOOD = {
    "name": st.sampled_from(["王小芳", "Li"]) | TEXT,
    "phone": st.sampled_from(["13812345678", "+886 912 345 678"]) | TEXT,
    "sex": st.sampled_from(["男", "f", ""]) | TEXT,
    "birthday": st.sampled_from(["农历八月初三", "02-29", "L1990-08-15"]) | TEXT,
    "remark": TEXT,
}
BASICS = st.fixed_dictionaries({}, optional=GOOD)
FILLED = st.fixed_dictionaries(
    {},
    optional={
        "basics": BASICS | JSON,
        "fields": st.dictionaries(st.sampled_from(["allergies", "hair"]), TEXT) | JSON,
        "tags": st.lists(TEXT, max_size=3) | JSON,
        "untags": st.lists(TEXT, max_size=3) | JSON,
        "consents": st.lists(ACT, max_size=3) | JSON,
        "brought_by": TEXT | JSON,
    },
)
# A PIN is slow to check, on purpose; what is said behind it is what this is about.
PIN = "135790"
PIN_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN)
SIGNED = ("action", "staff", "pin")
ARGUMENTS = {
    "member_list": ("by", "value"),
    "member_search": ("tags", "level", "month"),
    "member_duplicates": (),
    "member_file": ("account", "staff", "pin"),
    "member_add": (*SIGNED, "filled", "initials"),
    "member_change": (*SIGNED, "account", "filled", "initials"),
    "member_note": (*SIGNED, "account", "kind", "text"),
    "member_merge": (*SIGNED, "account", "into"),
    "member_standing": ("account",),
    "member_erase": (*SIGNED, "account", "give_up"),
    "member_export": ("account", "staff", "pin"),
    "member_export_entries": ("ticket", "after"),
}


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_said_of_files_is_answered_and_the_book_stays_right(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    till = open_test_book(tmp_path_factory.mktemp("store"))
    members = Members(till.database, till.book, till.clock)
    store = cast("OpenStore", SimpleNamespace(database=till.database, book=till.book, clock=till.clock))
    commands = file_commands(store, members)
    till.database.run("INSERT INTO staff (id, name, role, pin_hash) VALUES ('s', 'x', 'manager', ?)", (PIN_HASH,))
    first = {"basics": {"name": "王小芳"}, "consents": [["sensitive_notes", True, "", "paper", "v1"]]}
    signed = {"staff": "x", "pin": PIN}
    accounts = [commands.member_add(**signed, action=new_id(), filled=first)["account"] for _ in range(2)]
    brought = st.builds(lambda by: {"brought_by": by}, st.deferred(lambda: st.sampled_from(["", *accounts])))
    usual: dict[str, st.SearchStrategy[Any]] = {
        "by": st.sampled_from(["who", "phone", "card", "id"]),
        "account": st.deferred(lambda: st.sampled_from(accounts)),
        "into": st.deferred(lambda: st.sampled_from(["", *accounts])),
        "action": st.builds(new_id),
        "staff": st.just("x"),
        "pin": st.just(PIN),
        "filled": FILLED | brought,
        "kind": st.sampled_from(["allergies", "formula", "x"]),
        "month": st.integers(-1, 13),
        "give_up": st.booleans(),
    }
    try:
        for _ in range(data.draw(st.integers(1, 8))):
            verb = data.draw(st.sampled_from(sorted(ARGUMENTS)))
            odd = data.draw(st.sampled_from(["", "", "", *ARGUMENTS[verb]]))
            said = {name: data.draw(usual.get(name, TEXT) if name != odd else JSON) for name in ARGUMENTS[verb]}
            with contextlib.suppress(*OF_WHAT_WAS_SAID):
                answer = commands.verbs()[verb](**said)
                assert json.dumps(dict(answer))
                accounts += [answer["account"]] if "account" in answer else []
        assert verify(till.database, till.folder / "scratch.db").code == ""
    finally:
        till.database.close()


def test_the_verbs_are_all_tried(tmp_path: pathlib.Path) -> None:
    till = open_test_book(tmp_path)
    store = cast("OpenStore", SimpleNamespace(database=till.database, book=till.book, clock=till.clock))
    assert file_commands(store, Members(till.database, till.book, till.clock)).verbs().keys() == ARGUMENTS.keys()
    till.database.close()
