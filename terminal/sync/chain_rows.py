"""Rows the chain owns: members, media, catalogue, rules, as the cloud publishes them, kept and asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from terminal.base.ids import ChainId, DeviceId
from terminal.store.database import Database
from terminal.sync.wire import ChainRow, Pull, RowAnswer, Rows, SnapshotPage, SnapshotRequest, StartOver

ROWS_A_PAGE = 200
# Aliases cannot form a circle in the cloud; a copy of them in the middle of a snapshot might.
ALIASES_MOST = 32


class Place(NamedTuple):
    """How far the rows are: `position` of the feed (-1: a snapshot is under way), or where the next page begins.

    `generation` is that of the cloud's storage whose positions these are, empty before the first page of a snapshot.
    """

    position: int
    round: int
    as_of: int
    table: str
    key: str
    generation: str = ""


class RowStore(Protocol):
    """Where rows are kept. What changes it is done inside the caller's transaction."""

    def place(self) -> Place:
        """Return how far the rows are."""
        ...

    def move(self, place: Place) -> None:
        """Note how far the rows are."""
        ...

    def put(self, row: ChainRow, turn: int) -> None:
        """Keep a row, unless a later state of it is here that is of the same snapshot `turn` or a later one."""
        ...

    def forget_before(self, turn: int) -> None:
        """Remove rows that the snapshot `turn`, now complete, did not bring."""
        ...


def nobody_listens(_before: ChainRow | None, _row: ChainRow) -> None:
    """Do nothing: a store whose own tables take nothing over."""


class StoredRows:
    """A table of rows of all sorts as they came, from which the till's own tables are filled."""

    def __init__(self, database: Database, taken: Callable[[ChainRow | None, ChainRow], None] = nobody_listens) -> None:
        """Keep the rows in `database`; `taken` hears of each one that is new, and how it was before."""
        self._database = database
        self._taken = taken

    def place(self) -> Place:
        """Return how far the rows are."""
        row = self._database.row("SELECT position, round, as_of, page_name, page_key, generation FROM chain_feed")
        assert row is not None, "the store has its one row"
        return Place(*row)

    def move(self, place: Place) -> None:
        """Note how far the rows are."""
        self._database.run(
            "UPDATE chain_feed SET position = ?, round = ?, as_of = ?, page_name = ?, page_key = ?, generation = ?",
            place,
        )

    def put(self, row: ChainRow, turn: int) -> None:
        """Keep a row, unless a later state of it is here that is of the same snapshot `turn` or a later one."""
        before = self.get(row.table, row.key)
        written = self._database.run(
            "INSERT INTO chain_row VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, key) DO UPDATE SET"
            " version = excluded.version, position = excluded.position, body = excluded.body, alias = excluded.alias,"
            " round = excluded.round WHERE (excluded.round, excluded.position) > (round, position)",
            (row.table, row.key, row.version, row.position, row.body, row.alias, turn),
        )
        if written.rowcount:
            self._taken(before, row)

    def forget_before(self, turn: int) -> None:
        """Remove rows that the snapshot `turn`, now complete, did not bring."""
        self._database.run("DELETE FROM chain_row WHERE round < ?", (turn,))

    def get(self, table: str, key: str) -> ChainRow | None:
        """Return a row as it is known here, or None."""
        row = self._database.row(
            "SELECT position, name, key, version, body, alias FROM chain_row WHERE name = ? AND key = ?", (table, key)
        )
        return None if row is None else ChainRow(*row)

    def standing_for(self, table: str, key: str) -> str:
        """Return the key of the row that stands for one that was merged, or its own."""
        for _ in range(ALIASES_MOST):
            row = self.get(table, key)
            if row is None or not row.alias:
                break
            key = row.alias
        return key


class RowCourier:
    """Asks for the chain's rows and keeps what comes: a snapshot page by page at first, then what changes."""

    def __init__(self, database: Database, rows: RowStore) -> None:
        """Keep rows in `rows`, which is in `database`."""
        self._database = database
        self._rows = rows

    def message(self, chain: ChainId, device: DeviceId) -> Pull | SnapshotRequest:
        """Return what is to be asked now."""
        with self._database.read():
            place = self._rows.place()
        if place.position < 0:
            page = (place.as_of, place.table, place.key)
            return SnapshotRequest(chain, device, *page, ROWS_A_PAGE, place.generation)
        return Pull(chain, device, place.position, place.generation)

    def begin_snapshot(self) -> None:
        """Ask for all rows anew; until they are all here the ones that are known stay as they are."""
        with self._database.write():
            self._rows.move(Place(-1, self._rows.place().round + 1, -1, "", ""))

    def hear(self, sent: Pull | SnapshotRequest, answer: RowAnswer) -> None:
        """Keep an answer that goes on where the rows are; one that is late or repeated changes nothing."""
        with self._database.write():
            place = self._rows.place()
            if not _is_from(place, sent):
                return
            match answer:
                case Rows() if isinstance(sent, Pull):
                    self._hear_rows(place, answer)
                case SnapshotPage() if isinstance(sent, SnapshotRequest):
                    self._hear_page(place, answer)
                case StartOver():
                    self.begin_snapshot()

    def _hear_rows(self, place: Place, answer: Rows) -> None:
        """Keep the rows of positions that follow; none is ever passed over."""
        if answer.position < place.position or answer.generation != place.generation:
            return
        for row in answer.rows:
            self._rows.put(row, place.round)
        self._rows.move(place._replace(position=answer.position))

    def _hear_page(self, place: Place, answer: SnapshotPage) -> None:
        """Keep the next page; all pages are of the position, and of the generation, that the first one names."""
        if place.as_of >= 0 and (answer.position, answer.generation) != (place.as_of, place.generation):
            return
        for row in answer.rows:
            self._rows.put(row, place.round)
        if answer.next_table:
            next_page = (answer.position, answer.next_table, answer.next_key)
            self._rows.move(Place(-1, place.round, *next_page, answer.generation))
        else:
            self._rows.forget_before(place.round)
            self._rows.move(Place(answer.position, place.round, -1, "", "", answer.generation))


def _is_from(place: Place, sent: Pull | SnapshotRequest) -> bool:
    """Tell whether a question was asked from where the rows are now."""
    if sent.generation != place.generation:
        return False
    if isinstance(sent, Pull):
        return sent.after == place.position
    return place.position < 0 and (sent.position, sent.table, sent.after_key) == (place.as_of, place.table, place.key)
