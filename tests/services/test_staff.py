"""Signing in: PINs, the lock after wrong tries, and the shift that opens."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.services.staff import SignIns, add_staff, pin_is_right
from tests.services.conftest import Bench
from tests.support import ManualClock, hire


def test_a_first_pin_is_made_and_is_right_and_another_is_not(bench: Bench) -> None:
    pin = add_staff(bench.database, "林店长", "manager", None)
    staff_id = bench.staff.names()[0].id
    assert len(pin) == 6
    assert pin_is_right(bench.staff.pin_hash(staff_id), pin)
    for wrong in ("000000" if pin != "000000" else "111111", "", "abc", pin + "1", "１２３４"):
        assert not pin_is_right(bench.staff.pin_hash(staff_id), wrong)


@pytest.mark.parametrize(
    ("name", "role", "pin", "code"),
    [
        ("", "cashier", "1234", "staff_name_bad"),
        ("x" * 21, "cashier", "1234", "staff_name_bad"),
        ("a\nb", "cashier", "1234", "staff_name_bad"),
        ("陈晓", "boss", "1234", "staff_role_bad"),
        ("陈晓", "cashier", "123", "pin_bad"),
        ("陈晓", "cashier", "1234567", "pin_bad"),
    ],
)
def test_a_wrong_name_role_or_pin_is_refused(bench: Bench, name: str, role: str, pin: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        add_staff(bench.database, name, role, pin)
    assert bench.staff.names() == []


def test_the_same_name_twice_is_refused_and_keeps_the_first_pin(bench: Bench) -> None:
    add_staff(bench.database, "陈晓", "cashier", "1234")
    with pytest.raises(Refusal, match="staff_exists"):
        add_staff(bench.database, "陈晓", "cashier", "9999")
    assert pin_is_right(bench.staff.pin_hash(bench.staff.names()[0].id), "1234")


def test_five_wrong_tries_lock_for_fifteen_minutes_also_for_the_right_pin(bench: Bench) -> None:
    hire(bench.database, "陈晓", "cashier", "1234")
    staff_id = bench.staff.names()[0].id
    said = [bench.staff.note_wrong(staff_id) for _ in range(5)]
    assert [str(refusal) for refusal in said] == [
        "pin_wrong left=4",
        "pin_wrong left=3",
        "pin_wrong left=2",
        "pin_wrong left=1",
        "pin_locked minutes=15",
    ]
    for refused in (lambda: bench.staff.pin_hash(staff_id), lambda: bench.staff.open_shift(staff_id)):
        with pytest.raises(Refusal, match="pin_locked minutes=15"):
            refused()
    bench.clock.advance(14 * 60 + 1)
    with pytest.raises(Refusal, match="pin_locked minutes=1"):
        bench.staff.pin_hash(staff_id)
    bench.clock.advance(59)
    assert bench.staff.pin_hash(staff_id)


def test_a_lock_made_while_the_clock_ran_ahead_is_over_once_it_is_right(bench: Bench) -> None:
    hire(bench.database, "陈晓", "cashier", "1234")
    staff_id = bench.staff.names()[0].id
    year_s = 365 * 24 * 3600
    bench.clock.advance(year_s)
    for _ in range(5):
        bench.staff.note_wrong(staff_id)
    bench.clock.advance(-year_s)
    assert bench.staff.pin_hash(staff_id)
    assert str(bench.staff.note_wrong(staff_id)) == "pin_wrong left=4", "and wrong ones are counted as ever"


def test_a_right_pin_forgets_the_wrong_tries(bench: Bench) -> None:
    hire(bench.database, "陈晓", "cashier", "1234")
    staff_id = bench.staff.names()[0].id
    bench.staff.note_wrong(staff_id)
    bench.staff.open_shift(staff_id)
    assert bench.staff.note_wrong(staff_id).values["left"] == 4


def test_signing_in_opens_one_shift_with_an_entry_and_signing_in_again_keeps_it(bench: Bench) -> None:
    hire(bench.database, "陈晓", "cashier", "1234")
    hire(bench.database, "林店长", "manager", "1234")
    first, second = (bench.staff.open_shift(choice.id)[1] for choice in bench.staff.names())
    assert {first, second} == {1, 2}
    assert bench.staff.open_shift(bench.staff.names()[0].id)[1] == first
    assert bench.entries() == 2
    row = bench.database.row("SELECT bytes FROM entry WHERE seq = 1")
    assert row is not None
    assert b'"kind":"shift_open"' in row[0]
    assert b'"float_fen":0' in row[0]


def test_cashiers_are_offered_before_managers_each_by_name(bench: Bench) -> None:
    for name, role in (("A", "manager"), ("C", "cashier"), ("B", "cashier")):
        hire(bench.database, name, role, "1234")
    assert [choice.name for choice in bench.staff.names()] == ["B", "C", "A"]


def test_an_unknown_person_is_refused(bench: Bench) -> None:
    with pytest.raises(Refusal, match="staff_unknown"):
        bench.staff.pin_hash("nobody")


def test_a_sign_in_ends_once_and_too_many_end_the_oldest() -> None:
    clock = ManualClock()
    sign_ins = SignIns(clock.monotonic_s)
    first = sign_ins.add("id", "陈晓", 1)
    assert sign_ins.get(first.token) == first
    sign_ins.end(first.token)
    sign_ins.end(first.token)
    with pytest.raises(Refusal, match="signed_out"):
        sign_ins.get(first.token)
    tokens = [sign_ins.add("id", "陈晓", 1).token for _ in range(51)]
    with pytest.raises(Refusal, match="signed_out"):
        sign_ins.get(tokens[0])
    assert sign_ins.get(tokens[1]).name == "陈晓"


def test_a_sign_in_left_idle_ends_and_a_used_one_lasts_a_working_day() -> None:
    clock = ManualClock()
    sign_ins = SignIns(clock.monotonic_s)
    token = sign_ins.add("id", "陈晓", 1).token
    for _ in range(24):
        clock.advance(29 * 60)
        assert sign_ins.get(token).name == "陈晓"
    clock.advance(29 * 60)
    with pytest.raises(Refusal, match="signed_out"):
        sign_ins.get(token)
    idle = sign_ins.add("id", "陈晓", 1).token
    clock.advance(31 * 60)
    with pytest.raises(Refusal, match="signed_out"):
        sign_ins.get(idle)


def test_a_wrong_pin_that_was_being_checked_when_the_lock_fell_does_not_lift_it(bench: Bench) -> None:
    hire(bench.database, "陈晓", "cashier", "1234")
    staff_id = bench.staff.names()[0].id
    for _ in range(5):
        bench.staff.note_wrong(staff_id)
    bench.clock.advance(60)
    assert str(bench.staff.note_wrong(staff_id)) == "pin_locked minutes=14"
    with pytest.raises(Refusal, match="pin_locked minutes=14"):
        bench.staff.pin_hash(staff_id)


def test_looking_whether_somebody_is_signed_in_keeps_nobody_signed_in() -> None:
    clock = ManualClock()
    sign_ins = SignIns(clock.monotonic_s)
    token = sign_ins.add("s", "小李", 1).token
    while sign_ins.is_open(token):
        clock.advance(10)
        assert clock.monotonic_s() <= 1810, "a page that lies open looks every ten seconds"
    with pytest.raises(Refusal, match="signed_out"):
        sign_ins.get(token)
