"""Taking over members: exactly once, no personal data in the journal, duplicates marked and changes only reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from terminal.rules.member_file import MemberLine
from terminal.rules.member_notes import mark_of
from terminal.rules.member_values import PassLine
from terminal.services.import_journal import Earlier, Opening
from terminal.services.imports import BY_NAME, FIRST, NEW_PEOPLE, ImportLine
from tests.services.conftest import Bench

LINE = MemberLine(
    line_no=2,
    name="王小芳",
    phone="13812345678",
    cards=("0BE2FB0B",),
    level="金卡",
    principal_fen=750_00,
    bonus_fen=150_00,
    points=5240,
    birthday="1992-11-28",
    sex="f",
    remark="靠窗",
    old_number="A001",
    passes=(PassLine("头皮护理", 6, 10),),
)


def take(bench: Bench, *lines: MemberLine) -> list[str]:
    return [
        outcome.what for outcome in bench.imports.take([ImportLine(line, "WXF", step=NEW_PEOPLE) for line in lines])
    ]


def test_a_line_becomes_a_member_and_one_opening_entry(bench: Bench) -> None:
    assert take(bench, LINE) == ["imported"]
    assert bench.entries() == 1
    assert bench.book.accounts() == {"opening": 750_00, "deferred": -750_00}
    account = bench.members.by_code("13812345678")
    assert bench.book.balances(account) == {
        "principal": 750_00,
        "bonus": 150_00,
        "points": 5240,
        "pass": 6,
        "refund_right": 750_00,
    }
    member = bench.members.counter_member(account)
    assert (member.name, member.birthday, member.remark) == ("王小芳", "1992-11-28", "靠窗")


def test_the_same_line_again_changes_nothing(bench: Bench) -> None:
    assert take(bench, LINE) == ["imported"]
    assert take(bench, replace(LINE, line_no=9)) == ["same"]
    assert bench.entries() == 1


def test_a_line_changed_since_is_reported_and_not_written(bench: Bench) -> None:
    take(bench, LINE)
    for changed in (
        replace(LINE, principal_fen=800_00),
        replace(LINE, name="王大芳"),
        replace(LINE, cards=("0BE2FB0B", "11223344")),
        replace(LINE, passes=(PassLine("头皮护理", 5, 10),)),
    ):
        assert take(bench, changed) == ["changed"]
    assert bench.entries() == 1
    assert bench.members.counter_member(bench.members.by_code("13812345678")).balance_fen == 900_00


def test_two_lines_with_one_phone_or_one_card_both_come_in_marked(bench: Bench) -> None:
    second = replace(LINE, line_no=3, old_number="A002", cards=("11223344",), name="李雷")
    third = replace(LINE, line_no=4, old_number="A003", phone="13900001111", name="韩梅")
    fourth = replace(LINE, line_no=5, old_number="A004", phone="13900002222", cards=(), name="赵一")
    assert take(bench, LINE, second, third, fourth) == ["imported", "marked", "marked", "imported"]
    rows = bench.database.rows("SELECT name, duplicate FROM member ORDER BY n")
    assert rows == [("王小芳", 1), ("李雷", 1), ("韩梅", 1), ("赵一", 0)]


def test_without_a_member_number_the_phone_then_the_first_card_names_the_line(bench: Bench) -> None:
    by_phone = replace(LINE, old_number="")
    by_card = replace(LINE, old_number="", phone="", cards=("11223344",))
    assert take(bench, by_phone, by_card) == ["imported", "imported"]
    assert take(bench, by_phone, by_card) == ["same", "same"]
    assert take(bench, replace(by_phone, name="甲"), replace(by_card, name="乙")) == ["renamed", "renamed"]


def test_a_member_without_money_gets_an_entry_without_postings(bench: Bench) -> None:
    assert take(bench, MemberLine(line_no=2, name="新客", phone="13812345678")) == ["imported"]
    assert bench.book.accounts() == {}


def test_neither_names_nor_guessable_digests_are_in_the_journal(bench: Bench) -> None:
    import hashlib

    take(bench, LINE)
    journal = b"".join(row[0] for row in bench.database.rows("SELECT bytes FROM entry"))
    for secret in (LINE.name, LINE.phone, LINE.cards[0], LINE.remark, LINE.birthday, LINE.old_number):
        assert secret.encode() not in journal
        assert hashlib.sha256(secret.encode()).hexdigest().encode() not in journal


def test_a_batch_is_all_or_nothing(bench: Bench) -> None:
    bad = replace(LINE, line_no=3, old_number="A002", principal_fen=2**60)
    try:
        take(bench, LINE, bad)
    except ValueError:
        pass
    else:
        raise AssertionError("an amount beyond 53 bits has no canonical form")
    assert bench.entries() == 0
    assert bench.database.rows("SELECT 1 FROM member") == []


def test_one_changed_line_does_not_stand_for_two_of_the_same_name(bench: Bench) -> None:
    twin = replace(LINE, old_number="", name="王一")
    other = replace(twin, principal_fen=20_00)
    assert take(bench, twin, other) == ["imported", "marked"]
    changed, renamed = replace(other, principal_fen=30_00), replace(twin, name="新名")
    assert take(bench, changed, renamed) == ["changed", "renamed"]
    assert take(bench, twin, changed, renamed) == ["same", "changed", "marked"], "both twins have lines of their own"


def test_the_same_line_twice_in_a_file_comes_in_once(bench: Bench) -> None:
    without_number = replace(LINE, old_number="")
    for line in (LINE, without_number, replace(without_number, phone="")):
        entries = bench.entries()
        assert take(bench, line, replace(line, line_no=7))[1] == "same"
        assert bench.entries() == entries + 1


def test_two_lines_with_one_member_number_both_come_in_marked(bench: Bench) -> None:
    second = replace(LINE, line_no=3, phone="13900001111", cards=("11223344",), principal_fen=1_00)
    assert take(bench, LINE, second) == ["imported", "marked"]
    assert bench.database.rows("SELECT duplicate FROM member") == [(1,), (1,)]
    assert take(bench, second, LINE) == ["same", "same"]


def test_a_member_number_that_looks_like_another_ones_second_line_is_its_own(bench: Bench) -> None:
    lines = [replace(LINE, old_number=number, phone="", cards=(), name=number) for number in ("A", "A", "A:1")]
    lines[1] = replace(lines[1], name="B")
    assert take(bench, *lines) == ["imported", "marked", "imported"]


def test_what_was_rolled_back_is_not_taken_for_imported(bench: Bench) -> None:
    first = replace(LINE, old_number="")
    second, third = replace(first, name="李雷"), replace(first, name="韩梅")
    assert take(bench, first, second) == ["imported", "marked"]
    with pytest.raises(ValueError):  # noqa: PT011 - an amount beyond 53 bits has no canonical form
        take(bench, first, second, third, replace(LINE, old_number="A002", principal_fen=2**60))
    assert take(bench, first, second, third) == ["same", "same", "marked"]


def test_a_line_of_an_entry_that_does_not_know_its_person_is_never_new(bench: Bench) -> None:
    line = replace(LINE, old_number="")
    take(bench, line)
    bench.imports._journal._groups["phone", "13812345678"] = [Earlier("0" * 64, "", "", Opening(0, 0, 0, ()))]
    assert take(bench, replace(line, principal_fen=1_00)) == ["renamed"]


def test_many_with_one_phone_cost_no_statement_for_each_of_the_others(bench: Bench) -> None:
    shared = [replace(LINE, old_number="", cards=(), name=f"会员{number}") for number in range(200)]
    statements: list[str] = []
    connection: Any = bench.database.connection()  # type: ignore[no-untyped-call]
    connection.set_trace_callback(statements.append)
    assert take(bench, *shared) == ["imported", *["marked"] * 199]
    connection.set_trace_callback(None)
    assert len(statements) < 25 * len(shared)


def test_two_lines_known_by_the_same_phone_or_card_both_come_in_and_again_change_nothing(bench: Bench) -> None:
    first = replace(LINE, old_number="")
    second = replace(first, line_no=3, name="李雷", principal_fen=10_00)
    third = replace(first, line_no=4, phone="", name="韩梅")
    fourth = replace(third, line_no=5, name="赵一")
    lines = [ImportLine(line, "", step=NEW_PEOPLE) for line in (first, second, third, fourth)]
    assert [outcome.what for outcome in bench.imports.take(lines)] == ["imported", "marked", "marked", "marked"]
    assert [outcome.what for outcome in bench.imports.take(lines)] == ["same"] * 4
    assert bench.book.accounts()["opening"] == 3 * LINE.principal_fen + 10_00


def test_the_members_a_line_may_be_about_are_asked_for_and_the_answer_decides(bench: Bench) -> None:
    old = replace(LINE, old_number="")
    moved = replace(old, phone="13900001111", principal_fen=1_00)
    take(bench, old, replace(LINE, old_number="", phone="13900002222", cards=(), name="李雷"))

    def ask(step: int, beside: str = "") -> str:
        return bench.imports.take([ImportLine(replace(moved, beside=beside), "", step=step)])[0].what

    mark = mark_of(("phone", "13812345678"))
    assert ask(FIRST) == f"later 2 {mark}"
    assert ask(BY_NAME, "w2") == "moved card FB0B"
    assert ask(BY_NAME, f"w2 k0-{mark}") == "moved card FB0B"
    assert ask(BY_NAME, f"w2 k2-{mark}") == "moved card FB0B", "it is somebody else under that phone who is there"
    assert ask(BY_NAME, f"w2 k1-{mark_of(('phone', '1'))}") == "moved card FB0B"
    assert bench.entries() == 2
    assert ask(BY_NAME, f"w2 k1-{mark}") == "marked"


def test_where_everybody_stored_stands_in_the_file_nobody_is_looked_for(bench: Bench) -> None:
    lines = [replace(LINE, old_number=f"N{number}", phone="", cards=(), beside="a0") for number in range(20)]
    statements: list[str] = []
    connection: Any = bench.database.connection()  # type: ignore[no-untyped-call]
    connection.set_trace_callback(statements.append)
    outcomes = bench.imports.take([ImportLine(line, "", step=FIRST) for line in lines])
    connection.set_trace_callback(None)
    assert {outcome.what for outcome in outcomes} == {"imported"}
    assert not [statement for statement in statements if "name = " in statement]
    more = replace(lines[0], old_number="N99", beside="a13")
    assert bench.imports.take([ImportLine(more, "", step=FIRST)])[0].what.startswith("later 14 "), "one was not met"


def test_members_are_looked_for_by_indexes_only(bench: Bench) -> None:
    take(bench, LINE)
    searched: list[str] = []
    connection: Any = bench.database.connection()  # type: ignore[no-untyped-call]
    connection.set_trace_callback(searched.append)
    bench.imports.take([ImportLine(replace(LINE, old_number="", principal_fen=1), "", step=FIRST)])
    connection.set_trace_callback(None)
    queries = [query for query in searched if query.startswith("SELECT") and "member" in query]
    assert len(queries) >= 3, "by card, by phone and by name"
    for query in queries:
        for row in bench.database.rows(f"EXPLAIN QUERY PLAN {query}"):
            assert "SCAN" not in row[3], query
