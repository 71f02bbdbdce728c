"""Looking things up for whoever shows bills: settled ones by number, people by name, and what took a bill back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.ledger.book import Book, Posted
from terminal.rules import entry
from terminal.rules.bill_note import NotABill
from terminal.services.bills.settling import settled_of
from terminal.services.bills.taken_back import TakenBack, taken_back
from terminal.services.bills.values import Settled
from terminal.services.refunds.desk import records_over
from terminal.store.database import Database

_NUMBER = re.compile(r"([0-9]{1,9})-([0-9]{1,12})")
# Of an entry that was dropped when it was old, its hash stays and perhaps its bytes.
_ENTRY = (
    "SELECT entry.hash, entry.bytes FROM life JOIN entry ON entry.life = n WHERE device = ? AND epoch = ?"
    " AND entry.seq = ? UNION ALL SELECT past_entry.hash, past_entry.bytes FROM life JOIN past_entry"
    " ON past_entry.life = n WHERE device = ? AND epoch = ? AND past_entry.seq = ?"
)


class Looking:
    """Reads an open store; writes nothing."""

    def __init__(self, database: Database, book: Book, clock: Clock) -> None:
        """Read what `book` posted; `clock` turns its times into the shop's."""
        self._database = database
        self._book = book
        self._clock = clock

    def settled(self, number: str) -> Settled:
        """Return a settled bill by its number (`1-000042`, of this box).

        Raises `Refusal` `bill_unknown`, or `bill_past` for an entry that is so old that it is no longer kept.
        """
        found = _NUMBER.fullmatch(number)
        row = None
        if found is not None:
            key = tuple(self._book.numbered(int(found[1]), int(found[2])))
            row = self._database.row(_ENTRY, (*key, *key))
        if row is None:
            raise Refusal("bill_unknown")
        if not row[1]:
            raise Refusal("bill_past")
        try:
            return settled_of(Posted(entry.from_bytes(row[1]), row[0]))
        except NotABill:
            raise Refusal("bill_unknown") from None

    def taken_back(self, settled: Settled) -> TakenBack:
        """Return what was taken back of a bill, by which entries and lines, and what of it may still be refunded."""
        return taken_back(records_over(self._database, self._book, self._clock), settled)

    def items(self) -> list[tuple[str, str, str, int, str]]:
        """Return the catalogue by codes: kind, code, name, price in fen, and category of each item."""
        return self._database.rows(  # type: ignore[return-value]  # rows of these columns
            "SELECT kind, code, name, price_fen, category FROM catalogue WHERE active = 1 ORDER BY kind DESC, code"
        )

    def known_items(self, codes: Collection[str]) -> set[str]:
        """Return those of some codes that items of the catalogue have."""
        marks = ", ".join("?" * len(codes))
        query = f"SELECT code FROM catalogue WHERE code IN ({marks}) AND active = 1"  # noqa: S608 - marks only
        return {str(row[0]) for row in self._database.rows(query, [*codes])} if codes else set()

    def prices(self, names: Collection[str]) -> dict[str, int]:
        """Return the price in fen of what the catalogue has by just these names, of several of one name the highest."""
        marks = ", ".join("?" * len(names))
        query = f"SELECT name, max(price_fen) FROM catalogue WHERE name IN ({marks}) AND active = 1 GROUP BY name"  # noqa: S608 - marks only
        return {str(name): int(fen) for name, fen in self._database.rows(query, [*names])} if names else {}

    def today(self) -> dt.date:
        """Return the business day."""
        return self._book.today()

    def ids_of(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the ids of people at work by their names; raise `Refusal` `staff_unknown` for anybody else."""
        wanted = sorted(names)
        if not wanted:
            return {}
        found = {name: staff for staff, name in self._database.rows("SELECT id, name FROM staff WHERE active = 1")}
        if any(name not in found for name in wanted):
            raise Refusal("staff_unknown")
        return found

    def names(self) -> Mapping[str, str]:
        """Return the names of everybody who is or was at work, by their ids."""
        return {staff: name for staff, name in self._database.rows("SELECT id, name FROM staff")}  # noqa: C416 - rows have no length for the type checker

    def time_text(self, at_ms: int) -> str:
        """Return UTC milliseconds as the shop's civil time, to the minute."""
        return self._clock.local(at_ms).strftime("%Y-%m-%d %H:%M")
