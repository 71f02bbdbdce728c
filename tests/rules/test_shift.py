"""Shifts: one till and person at a time, counted before the expected figure is known, a reason for a difference."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.till.shift import (
    CLOSED,
    COUNTED,
    INCOMING,
    OPEN,
    OUTGOING,
    TERMINAL,
    CashMove,
    Shift,
    check_open,
    close,
    count,
    expected_cash,
    hand_over,
    move_cash,
    open_shift,
)

AT = dt.datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - the shop's own civil time
EVENING = AT.replace(hour=21)
OPENED = open_shift((), "s1", "till-1", "anna", AT, 500_00)
H1 = tuple(
    CashMove(kind, yuan * 100) for kind, yuan in (("sale", 1286), ("top_up", 2000), ("refund", 300), ("out", 100))
)


@pytest.mark.parametrize(("counted_fen", "expected_fen", "over_fen"), [pytest.param(3380_00, 3386_00, -6_00, id="H-1")])
def test_the_cash_is_counted_blind_then_expected_and_a_short_one_needs_a_reason(
    counted_fen: int, expected_fen: int, over_fen: int
) -> None:
    assert (OPENED.state, OPENED.expected_fen, OPENED.over_fen) == (OPEN, None, None)
    counted = count(OPENED, counted_fen, H1)
    assert (counted.state, counted.expected_fen, counted.over_fen) == (COUNTED, expected_fen, over_fen)
    for reason in ("", "  "):
        with pytest.raises(Refusal) as refused:
            close(counted, EVENING, reason)
        assert (refused.value.code, refused.value.values) == ("shift_reason_missing", {"difference_fen": over_fen})
    closed = close(counted, EVENING, " coins rolled under the counter ")
    assert (closed.state, closed.reason, closed.closed_at) == (CLOSED, "coins rolled under the counter", EVENING)
    assert closed.over_fen == over_fen


def test_cash_that_is_right_needs_no_reason() -> None:
    assert close(count(OPENED, 3386_00, H1), EVENING).over_fen == 0


def test_fees_and_cash_put_in_are_expected_too() -> None:
    assert expected_cash(0, (CashMove("fee", 10_00), CashMove("in", 50_00))) == 60_00


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.lists(st.tuples(st.sampled_from([*INCOMING, *OUTGOING]), st.integers(1, 10**6))))
def test_every_move_changes_what_is_expected_by_itself(float_fen: int, moves: list[tuple[str, int]]) -> None:
    expected_fen = float_fen + sum(fen if kind in INCOMING else -fen for kind, fen in moves)
    assert expected_cash(float_fen, [CashMove(*move) for move in moves]) == expected_fen


@pytest.mark.parametrize("move", [CashMove("sale", 0), CashMove("refund", -1), CashMove("gift", 1)])
def test_a_move_of_nothing_or_of_no_kind_is_refused(move: CashMove) -> None:
    with pytest.raises(Refusal, match="cash_move_bad"):
        expected_cash(0, [move])


@pytest.mark.parametrize("counted_fen", [-1, FEN_MAX + 1])
def test_a_count_that_cannot_be_is_refused(counted_fen: int) -> None:
    with pytest.raises(Refusal, match="count_bad"):
        count(OPENED, counted_fen, ())


def test_a_shift_is_counted_once_and_closed_once_after_it() -> None:
    with pytest.raises(Refusal, match="shift_not_counted"):
        close(OPENED, EVENING, "late")
    counted = count(OPENED, 500_00, ())
    with pytest.raises(Refusal, match="shift_counted"):
        count(counted, 501_00, ())
    closed = close(counted, EVENING)
    with pytest.raises(Refusal, match="shift_missing"):
        close(closed, EVENING)


def test_money_needs_a_shift_that_is_open() -> None:
    assert check_open(OPENED) == OPENED
    counted = count(OPENED, 500_00, ())
    for shift, code in (
        (None, "shift_missing"),
        (close(counted, EVENING), "shift_missing"),
        (counted, "shift_counted"),
    ):
        with pytest.raises(Refusal, match=code):
            check_open(shift)
        with pytest.raises(Refusal, match=code):
            move_cash(shift, "in", 1, "change", ())


def test_a_till_and_a_person_have_one_shift_at_a_time() -> None:
    with pytest.raises(Refusal, match="shift_till_taken"):
        open_shift([OPENED], "s2", "till-1", "ben", AT, 0)
    with pytest.raises(Refusal, match="shift_person_busy"):
        open_shift([OPENED], "s2", "till-2", "anna", AT, 0)
    assert open_shift([OPENED], "s2", "till-2", "ben", AT, 0).person == "ben"
    assert open_shift([replace(OPENED, state=CLOSED)], "s2", "till-1", "anna", AT, 0).id == "s2"
    with pytest.raises(Refusal, match="shift_till_taken"):
        open_shift([replace(OPENED, state=COUNTED)], "s2", "till-1", "ben", AT, 0)


def test_a_terminals_own_shift_stands_beside_a_persons_and_once_at_each_terminal() -> None:
    own = open_shift([OPENED], "k1", "till-1", TERMINAL, AT, 0)
    assert open_shift([own], "s2", "till-1", "anna", AT, 0).person == "anna"
    assert open_shift([own], "k2", "till-2", TERMINAL, AT, 0).till == "till-2"
    with pytest.raises(Refusal, match="shift_till_taken"):
        open_shift([OPENED, own], "k2", "till-1", TERMINAL, AT, 0)


@pytest.mark.parametrize("float_fen", [-1, FEN_MAX + 1])
def test_a_float_that_cannot_be_is_refused(float_fen: int) -> None:
    with pytest.raises(Refusal, match="float_bad"):
        open_shift((), "s1", "till-1", "anna", AT, float_fen)


def test_cash_goes_in_and_out_with_a_reason_and_no_more_than_should_be_there() -> None:
    assert move_cash(OPENED, "in", 100_00, "change", ()) == CashMove("in", 100_00)
    assert move_cash(OPENED, "in", FEN_MAX, "x" * 200, ()) == CashMove("in", FEN_MAX)
    assert move_cash(OPENED, "out", 600_00, "bank", [CashMove("in", 100_00)]) == CashMove("out", 600_00)
    with pytest.raises(Refusal, match="cash_not_enough"):
        move_cash(OPENED, "out", 500_01, "bank", ())
    with pytest.raises(Refusal, match="reason_missing"):
        move_cash(OPENED, "out", 1, " ", ())
    with pytest.raises(Refusal, match="reason_long"):
        move_cash(OPENED, "out", 1, "x" * 201, ())
    with pytest.raises(Refusal, match="reason_long"):
        close(count(OPENED, 500_00, ()), EVENING, "x" * 201)


@pytest.mark.parametrize(("kind", "fen"), [("in", 0), ("out", -1), ("in", FEN_MAX + 1), ("sale", 1)])
def test_only_an_amount_is_put_in_or_taken_out(kind: str, fen: int) -> None:
    with pytest.raises(Refusal, match="cash_move_bad"):
        move_cash(OPENED, kind, fen, "why", ())


def test_the_next_shift_takes_its_float_out_of_what_was_counted() -> None:
    closed = close(count(OPENED, 500_00, ()), EVENING)
    assert hand_over(closed, [closed], "s2", "ben", EVENING, 300_00) == Shift("s2", "till-1", "ben", EVENING, 300_00)
    with pytest.raises(Refusal, match="float_bad"):
        hand_over(closed, (), "s2", "ben", EVENING, 500_01)
    with pytest.raises(Refusal, match="shift_not_closed"):
        hand_over(OPENED, (), "s2", "ben", EVENING, 0)


def test_a_shift_is_handed_over_once_and_to_somebody_who_has_none() -> None:
    closed = close(count(OPENED, 500_00, ()), EVENING)
    following = hand_over(closed, (), "s2", "ben", EVENING, 300_00)
    with pytest.raises(Refusal, match="shift_till_taken"):
        hand_over(closed, [following], "s3", "cleo", EVENING, 300_00)
    elsewhere = open_shift((), "s4", "till-2", "ben", AT, 0)
    with pytest.raises(Refusal, match="shift_person_busy"):
        hand_over(closed, [elsewhere], "s2", "ben", EVENING, 300_00)
