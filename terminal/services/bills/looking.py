"""Looking things up for whoever shows bills: settled ones by number, people by name, and what took a bill back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.ledger.book import Book, Posted
from terminal.rules import entry
from terminal.rules.bill_note import NotABill
from terminal.rules.bucket import Source
from terminal.rules.deed import sale_name
from terminal.services.bills.settling import settled_of
from terminal.services.bills.values import Settled
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
        """Return a settled bill by its number (`1-000042`, of this device).

        Raises `Refusal` `bill_unknown`, or `bill_past` for an entry that is so old that it is no longer kept.
        """
        found = _NUMBER.fullmatch(number)
        row = None
        if found is not None:
            key = (self._book.life().device, int(found[1]), int(found[2]))
            row = self._database.row(_ENTRY, (*key, *key))
        if row is None:
            raise Refusal("bill_unknown")
        if not row[1]:
            raise Refusal("bill_past")
        try:
            return settled_of(Posted(entry.from_bytes(row[1]), row[0]))
        except NotABill:
            raise Refusal("bill_unknown") from None

    def undone_by(self, settled: Settled) -> list[str]:
        """Return the kinds of the entries that took something of a bill back (`void`, `refund`, ...), oldest first."""
        made = settled.posted.entry
        rows = self._database.rows(
            "SELECT kind FROM deed WHERE undoes = ? AND undoes <> '' ORDER BY at, life, seq",
            (sale_name(Source(made.device, made.epoch, made.seq)),),
        )
        return [str(row[0]) for row in rows]

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
