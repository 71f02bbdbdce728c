"""The cloud's storage with an eye on it: what a transaction changed, for checks that cost little at each step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cloud.records import EntryRecord, Flight, Holding, LifeRecord, Line
from cloud.sql import Values
from cloud.sqlite_storage import SqliteStorage
from terminal.base.ids import ChainId
from tests.sim.machine import PowerCut

Change = EntryRecord | Holding | Flight | LifeRecord | tuple[str, Line]


class WatchedStorage(SqliteStorage):
    """Keeps in memory; notes what each committed transaction wrote, and may lose its power in the middle of one."""

    def __init__(self) -> None:
        """Make an empty storage."""
        super().__init__()
        self.changes: list[Change] = []
        self._pending: list[Change] = []
        self.fuse = -1

    @contextmanager
    def transaction(self, chain: ChainId) -> Iterator[None]:
        """Do all or nothing of what is asked within, and note it when it is done."""
        self._pending = []
        with super().transaction(chain):
            yield
        self.changes += self._pending

    def run(self, statement: str, values: Values) -> None:
        """Run a statement that writes, or lose the power before it."""
        if self.fuse >= 0:
            self.fuse -= 1
            if self.fuse < 0:
                raise PowerCut
        super().run(statement, values)

    def add_entry(self, record: EntryRecord) -> None:
        """Keep an entry."""
        super().add_entry(record)
        self._pending.append(record)

    def hold(self, chain: ChainId, holding: Holding, end: str) -> None:
        """Write what a holder has of a bucket."""
        super().hold(chain, holding, end)
        self._pending.append(holding)

    def put_flight(self, record: Flight) -> None:
        """Write a grant."""
        super().put_flight(record)
        self._pending.append(record)

    def put_life(self, record: LifeRecord) -> None:
        """Write a life's row."""
        super().put_life(record)
        self._pending.append(record)

    def post(self, chain: ChainId, line: Line) -> None:
        """Add fen to an account."""
        super().post(chain, line)
        self._pending.append(("account", line))

    def add_loss(self, chain: ChainId, line: Line) -> None:
        """Add units that were lost."""
        super().add_loss(chain, line)
        self._pending.append(("loss", line))
