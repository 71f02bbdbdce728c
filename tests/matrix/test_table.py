"""The matrix leaves out no fault that a simulator offers, and no moment without a reason."""

from __future__ import annotations

import random

import pytest

from tests.fault_cover import offered_faults
from tests.matrix.rows import ROWS
from tests.matrix.table import MOMENTS, SAMPLE_CELLS, SAMPLE_COST_S, TILLS, WIRES, Cell, Row, cells_of, sample

REASON_LENGTH_MIN = 20


def test_every_fault_of_every_simulator_has_one_row() -> None:
    rows = [f"{row.device} {row.fault}" for row in ROWS]
    assert sorted(rows) == sorted(offered_faults())


def test_each_row_has_every_moment_or_a_reason_why_not() -> None:
    cells = {(cell.row.device, cell.row.fault, cell.moment) for cell in cells_of(ROWS)}
    for row in ROWS:
        assert set(row.exempt) <= set(MOMENTS)
        for moment in MOMENTS:
            assert ((row.device, row.fault, moment) in cells) == (moment not in row.exempt)
        assert all(len(reason) >= REASON_LENGTH_MIN for reason in row.exempt.values()), row
        assert len(row.exempt) == len(MOMENTS) or row.put or row.stroke, f"nothing is done in {row}"
        assert row.device in TILLS or row.device in WIRES
        # Only a driver without a till is asked so, and only of a loss that there is a moment for.
        assert set(row.unsaid) <= set(MOMENTS) - set(row.exempt)
        assert not row.unsaid or (row.lost and row.device in WIRES), row


def test_a_sample_is_small_quick_and_the_same_for_the_same_seed(seed: int) -> None:
    cells = list(cells_of(ROWS))
    chosen = sample(cells, seed)
    assert chosen == sample(cells, seed)
    assert 5 <= len(chosen) <= SAMPLE_CELLS
    assert sum(cell.row.cost_s for cell in chosen) <= SAMPLE_COST_S
    assert len({cell.row.device for cell in chosen}) >= min(5, len(chosen))


@pytest.mark.slow
def test_every_cell_comes_up_in_some_sample(seed: int) -> None:
    cells = list(cells_of(ROWS))
    dice = random.Random(seed)
    unseen = {cell.name for cell in cells}
    for _ in range(4000):
        unseen -= {cell.name for cell in sample(cells, dice.randrange(2**32))}
        if not unseen:
            return
    pytest.fail(f"in no sample: {sorted(unseen)}")


def test_a_cell_of_each_sort_is_named_by_its_device_fault_and_moment() -> None:
    assert Cell(Row("pcsc", "mute_card"), "idle").name == "pcsc-mute_card-idle"
