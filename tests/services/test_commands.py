"""What commands ask of the till: the dispatcher does the writing, and nothing that would hold up taps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from terminal.base.errors import Refusal
from terminal.rules.member_file import MemberLine
from terminal.services.commands import Commands, line_to
from terminal.services.imports import NEW_PEOPLE, ImportLine
from terminal.services.staff import pin_is_right
from tests.services.conftest import Bench

T = TypeVar("T")


class Timed:
    """Does what it is asked, and keeps how long its thread was busy with it."""

    def __init__(self) -> None:
        self.busy_s: list[float] = []

    def __call__(self, work: Callable[[], T]) -> T:
        began_s = time.thread_time()
        try:
            return work()
        finally:
            self.busy_s.append(time.thread_time() - began_s)


def test_adding_somebody_asks_the_dispatcher_for_the_writing_and_hashes_the_pin_elsewhere(bench: Bench) -> None:
    ask = Timed()
    verbs = Commands(bench.database, bench.imports, bench.members, lambda _: None, ask=ask).verbs()
    began_s = time.thread_time()
    answer = verbs["staff_add"](name="陈晓", role="cashier", pin=None)
    whole_s = time.thread_time() - began_s
    assert pin_is_right(bench.staff.pin_hash(bench.staff.names()[0].id), answer["pin"])
    (asked_s,) = ask.busy_s
    assert asked_s < whole_s / 2, "the hash is by far the longest part"


def test_a_slice_of_an_import_is_followed_by_one_that_keeps_the_till_busy_no_longer_than_asked(bench: Bench) -> None:
    def lines(first: int, count: int) -> list[dict[str, object]]:
        member = MemberLine(line_no=0, name="王小芳")
        many = (replace(member, line_no=first + at, old_number=f"S{first + at}") for at in range(count))
        return [line_to(ImportLine(line, "", step=NEW_PEOPLE)) for line in many]

    def next_lines(busy_s: float, first: int) -> int:
        commands = Commands(bench.database, bench.imports, bench.members, lambda _: None, busy_s=busy_s)
        return int(commands.verbs()["import_lines"](lines=lines(first, 20))["next_lines"])

    assert next_lines(1e-9, 0) == 1, "no time at all: one line at a time"
    assert next_lines(1e9, 100) == 40, "all the time there is: twice as many, and no more"


def test_every_verb_that_reads_or_writes_members_is_asked_of_the_dispatcher(bench: Bench) -> None:
    ask = Timed()
    verbs = Commands(bench.database, bench.imports, bench.members, lambda _: None, ask=ask).verbs()
    with pytest.raises(Refusal, match="member_unknown"):
        verbs["member_find"](by="phone", value="13800138000")
    verbs["import_lines"](lines=[])
    assert verbs["setup_apply"](text="")["mistakes"] == [["shop", "setup_missing", {}]]
    assert len(ask.busy_s) == 2, "what has mistakes is nothing to store"
    plan = verbs["setup_plan"](text='[shop]\nname = "小店"')
    assert ["shop.name", "", "小店"] in plan["changes"]
    assert verbs["setup_apply"](text='[shop]\nname = "小店"', seen=plan["seen"]) == {"changed": True, "items": 0}
    assert len(ask.busy_s) == 4
