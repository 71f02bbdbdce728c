"""Every fault of a till's devices, at every moment: the till stays well, and says and posts everything once."""

from __future__ import annotations

import pytest

from tests.matrix.conftest import Shops
from tests.matrix.table import TILLS, Cell
from tests.matrix.till_cells import TillCell

# A printer that falls silent in a slip is given up after a while, and a busy machine makes it longer.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_fault_is_felt_at_its_device_only_and_costs_nothing(shops: Shops, till_cell: Cell, seed: int) -> None:
    assert seed >= 0
    shop = shops.get(TILLS[till_cell.row.device])
    cell = TillCell(shop, till_cell)
    try:
        cell.run()
    except BaseException:
        shop.broken = True
        print(cell.log)
        raise
