"""Dividing amounts without losing a fen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.rules.split import largest_remainder


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
