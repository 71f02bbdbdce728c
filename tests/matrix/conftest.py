"""Which cells a run has, and the tills they share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.home import Home, demo_home
from tests.matrix.rows import ROWS
from tests.matrix.shop import PIN, TillShop
from tests.matrix.table import TILLS, Cell, cells_of, sample


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes `till_cell` or `wire_cell` the run's cells of that sort."""
    for name, in_till in (("till_cell", True), ("wire_cell", False)):
        if name in metafunc.fixturenames:
            mine = [cell for cell in _cells(metafunc.config) if (cell.row.device in TILLS) == in_till]
            # One till after the other.
            mine.sort(key=lambda cell: TILLS.get(cell.row.device, ""))
            metafunc.parametrize(name, mine, ids=[cell.name for cell in mine])


def _cells(config: pytest.Config) -> list[Cell]:
    cells = list(cells_of(ROWS))
    return cells if config.option.matrix == "all" else sample(cells, config.option.seed)


class Shops:
    """The open shop; another printer, or a cell that failed, makes it a new one."""

    def __init__(self, prepared: Home, factory: pytest.TempPathFactory) -> None:
        self._prepared, self._factory = prepared, factory
        self._open: TillShop | None = None

    def get(self, printer: str) -> TillShop:
        """Return the shop with that printer, as good as new."""
        if self._open is not None and (self._open.printer != printer or self._open.broken):
            self.finish()
        if self._open is None:
            self._open = TillShop(self._prepared.copy_to(self._factory.mktemp("matrix")), printer)
        return self._open

    def finish(self) -> None:
        """End the open shop, if any, and prove its book."""
        shop, self._open = self._open, None
        if shop is not None:
            shop.finish()


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """Give the module's shops."""
    home = demo_home(tmp_path_factory.mktemp("till"), (("陈晓", "cashier", PIN),))
    made = Shops(home, tmp_path_factory)
    yield made
    made.finish()
