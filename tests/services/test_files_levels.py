"""Levels that a manager gives and locks: once, in an entry that says who and why, and proof against growth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.ids import new_id
from terminal.rules.canonical import Canonical
from terminal.rules.entry import from_bytes
from tests.fuzz.till import PIN, OpenTill, open_till

pytestmark = pytest.mark.slow

HELP = "小林"
RULES = """
[shop]
name = "兰亭美业"

[[services]]
code = "101"
name = "洗剪吹"
price = "105.00"

[levels]
levels = [{code = "银卡", threshold = "100"}, {code = "金卡", threshold = "5000"}]
"""


@pytest.fixture
def till() -> Iterator[OpenTill]:
    """Give a whole till with a cashier beside the manager, both with a shift."""
    with open_till() as made:
        made.take_commands()
        assert not made.ask("setup_apply", text=RULES).get("mistakes")
        made.ask("staff_add", name=HELP, role="cashier", pin=PIN)
        made.do("shift_open", float_fen=0)
        yield made
        assert made.wrong_with_the_book() == ""


def level(till: OpenTill) -> tuple[str, bool]:
    """Return a member's level and whether it is locked."""
    seen = till.ask("member_level_look", account=till.account)
    shown = till.ask("member_list", by="id", value=till.account)["members"][0]
    assert (shown["level"], shown["level_locked"]) == (seen["level"], seen["is_locked"])
    return seen["level"], seen["is_locked"]


def pay(till: OpenTill) -> None:
    """Have the member pay a cut."""
    opened = till.do("bill_open", order={"account": till.account, "lines": [{"item": "101"}]})["open"]
    paying = {"payable_fen": 105_00, "tenders": [["cash", 105_00, "", 0]], "confirmed": ""}
    till.do("bill_settle", bill=opened["id"], version=opened["version"], paying=paying)


def last(till: OpenTill) -> dict[str, Canonical]:
    """Return the payload of the newest entry."""
    store = till.till._store

    def payload() -> dict[str, Canonical]:
        row = store.database.row("SELECT bytes FROM entry ORDER BY life DESC, seq DESC LIMIT 1")
        assert row is not None
        return dict(from_bytes(row[0]).payload)

    return till.till._dispatcher.ask(payload)


def test_a_manager_gives_a_level_and_locks_it_and_no_growth_changes_it(till: OpenTill) -> None:
    wish: dict[str, Any] = {"account": till.account, "give": "", "lock": True, "reason": "owes us", "action": new_id()}
    done = till.do("member_level", **wish)
    noted = last(till)
    assert (noted["level"], noted["locked"], noted["reason"]) == ("", 1, "owes us")
    assert (noted["operator"], noted["shift"], noted["by"]) == (till.staff_id, 1, "manager")
    pay(till)
    assert level(till) == ("", True)
    again = till.do("member_level", **wish)
    assert again == done
    assert level(till) == ("", True)
    assert till.say("member_level", **wish | {"give": "金卡"})["code"] == "action_conflict"
    till.do("member_level", account=till.account, lock=False, reason="paid")
    assert level(till) == ("银卡", False), "what growth has reached meanwhile"
    till.do("member_level", account=till.account, give="金卡", reason="old friend")
    assert level(till) == ("金卡", False)
    pay(till)
    assert level(till) == ("金卡", False)
    seen = till.ask("member_level_look", account=till.account)
    assert seen["review_on"], "it is reviewed like any other"


def test_what_cannot_be_given_is_refused_and_a_cashier_needs_a_manager(till: OpenTill) -> None:
    pay(till)
    account = {"account": till.account}
    before = level(till)
    codes: dict[str, dict[str, Any]] = {
        "level_reason_missing": {"give": "金卡"},
        "level_reason_long": {"give": "金卡", "reason": "x" * 101},
        "level_unknown": {"give": "白金", "reason": "x"},
        "level_outgrown": {"give": "", "reason": "x"},
        "file_nothing": {"lock": False, "reason": "x"},
    }
    for code, wish in codes.items():
        assert till.say("member_level", **account, **wish)["code"] == code
    asked: dict[str, Any] = {"give": "金卡", "lock": True, "reason": "opening day", "action": new_id()}
    assert till.say("member_level", HELP, **account, **asked)["code"] == "approval_needed"
    assert level(till) == before
    till.do("member_level", HELP, approver="陈晓", approver_pin=PIN, **account, **asked)
    assert last(till)["approved_by"] == till.staff_id
    assert level(till) == ("金卡", True)
    till.do("member_change", account=till.account, filled={"basics": {"remark": "tea"}})
    assert level(till) == ("金卡", True), "another change leaves it"
    shown = till.ask("member_file", account=till.account, staff=HELP, pin=PIN)["file"]
    assert (shown["level_locked"], shown["fields"]) == (True, {})
