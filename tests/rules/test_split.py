"""Dividing amounts without losing a fen."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.rules.split import at_rate, cross, half_up, largest_remainder, spread


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (30000, (100000, 20000), [25000, 5000]),
        (9999, (100000, 20000), [8333, 1666]),
        (1, (1, 1), [1, 0]),
        (2, (1, 1, 1), [1, 1, 0]),
        (100, (1, 1, 1), [34, 33, 33]),
        (5, (0, 3), [0, 5]),
        (0, (2, 3), [0, 0]),
        (10, (6, 4, 0), [6, 4, 0]),
    ],
)
def test_the_missing_units_go_to_the_largest_fractions_and_ties_to_the_earlier_part(
    amount: int, weights: tuple[int, ...], parts: list[int]
) -> None:
    assert largest_remainder(amount, weights) == parts


WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)


@given(st.integers(0, 10**12), WEIGHTS)
def test_parts_add_up_and_each_is_within_one_of_its_share(amount: int, weights: list[int]) -> None:
    parts = largest_remainder(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - amount * weight) < sum(weights)


@given(WEIGHTS, st.data())
def test_no_part_takes_more_than_there_is(weights: list[int], choice: st.DataObject) -> None:
    amount = choice.draw(st.integers(0, sum(weights)))
    taken = largest_remainder(amount, weights)
    assert all(part <= weight for part, weight in zip(taken, weights, strict=True))


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"), [(5, 10, 1), (4, 10, 0), (15, 10, 2), (0, 3, 0), (347_632, 1_000, 348)]
)
def test_a_half_is_rounded_upwards(numerator: int, denominator: int, whole: int) -> None:
    assert half_up(numerator, denominator) == whole


@pytest.mark.parametrize(("amount", "rate_bp", "paid"), [(38_800, 8_800, 34_144), (43_454, 8_000, 34_763)])
def test_a_rate_is_what_is_paid(amount: int, rate_bp: int, paid: int) -> None:
    assert at_rate(amount, rate_bp) == paid


@pytest.mark.parametrize(
    ("amount", "weights", "room", "parts"),
    [
        (14_204, (34_144, 9_310), (34_144, 9_310), [11_161, 3_043]),
        (40, (100, 100), (20, 100), [20, 20]),
        (50, (100, 100), (20, 100), [20, 30]),
        (30, (1, 0, 0), (10, 10, 30), [10, 5, 15]),  # no weight is left where there is room
        (0, (1, 1), (0, 0), [0, 0]),
    ],
)
def test_what_does_not_fit_is_split_again_over_those_with_room(
    amount: int, weights: tuple[int, ...], room: tuple[int, ...], parts: list[int]
) -> None:
    assert spread(amount, weights, room) == parts


@given(st.data())
def test_a_spread_adds_up_and_stays_within_its_room(data: st.DataObject) -> None:
    room = data.draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
    weights = data.draw(st.lists(st.integers(0, 10**6), min_size=len(room), max_size=len(room)))
    amount = data.draw(st.integers(0, sum(room)))
    parts = spread(amount, weights, room)
    assert sum(parts) == amount
    assert all(0 <= part <= most for part, most in zip(parts, room, strict=True))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_a_table_of_who_paid_what_adds_up_both_ways(rows: list[int], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, sum(rows)), max_size=4)))
    columns = [after - before for before, after in itertools.pairwise([0, *cuts, sum(rows)])]
    table = cross(rows, columns)
    assert [sum(row) for row in table] == rows
    assert [sum(column) for column in zip(*table, strict=True)] == columns
    assert min(min(row) for row in table) >= 0
