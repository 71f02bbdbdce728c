"""Deeds in the store: written with each entry, caught up where an older release wrote, and added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

from terminal.base.ids import AccountId
from terminal.ledger.draft import Holding
from terminal.ledger.given import write_given
from terminal.ledger.rows import find_lot
from terminal.rules import entry
from terminal.rules.bucket import Bucket
from terminal.rules.deed import Deed, deed_of, sale_key, sale_of
from terminal.rules.entry import Entry
from terminal.rules.loyalty.growth import DayTotal
from terminal.store.database import Database, Row

# The entries of a slice of catching up: some 20 ms, so that a tap never waits long.
SLICE = 200
RIGHT = "refund_right"
_WRITE = "INSERT OR IGNORE INTO deed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BEHIND = (
    "SELECT n, deed_mark.seq, life.seq FROM life JOIN deed_mark ON deed_mark.life = n WHERE deed_mark.seq < life.seq"
    " ORDER BY n LIMIT 1"
)
_NEW = "INSERT INTO deed_mark SELECT n, 0 FROM life WHERE n NOT IN (SELECT life FROM deed_mark)"


class Taking(NamedTuple):
    """What deeds of one kind posted to one money account: fen, debit positive, and in how many deeds."""

    kind: str
    account: str
    fen: int
    times: int


def write_deed(database: Database, life: int, made: Entry, day: dt.date) -> None:
    """Write what an entry says of money and visits, if anything; a second time nothing happens."""
    deed = deed_of(made, day)
    if deed is None:
        return
    account = bytes.fromhex(deed.account)
    written = database.run(_WRITE, (life, made.seq, deed.day, deed.at, deed.kind, account, deed.operator, *deed[5:]))
    if written.rowcount and made.postings:
        marks = ", ".join(["(?, ?, ?, ?, ?, 1)"] * len(made.postings))
        database.run(
            f"INSERT INTO taking VALUES {marks} ON CONFLICT DO UPDATE SET fen = fen + excluded.fen, count = count + 1",  # noqa: S608 - marks only
            [value for name, fen in made.postings for value in (deed.day, deed.shift, deed.kind, name, fen)],
        )


def write_rights(database: Database, rights: Iterable[tuple[int, Bucket]]) -> None:
    """Note which sale new refund rights (row and facts) belong to."""
    values = [value for n, facts in rights for value in (n, sale_key(sale_of(facts)))]
    if values:
        marks = ", ".join(["(?, ?)"] * (len(values) // 2))
        database.run(f"INSERT OR IGNORE INTO refund_of VALUES {marks}", values)  # noqa: S608 - marks only


def count_entry(database: Database, life: int, made: Entry, day: dt.date, rights: Iterable[tuple[int, Bucket]]) -> None:
    """Count all that an entry says which no use case has just counted: one taken back, or an older release's.

    `rights` are the refund rights it made known, with their rows. A second time nothing happens.
    """
    write_deed(database, life, made, day)
    write_rights(database, rights)
    write_given(database, made, day)


class Deeds:
    """Counts and sums over all lives of this device. Read inside any transaction or none."""

    def __init__(self, database: Database, day_of: Callable[[int], dt.date]) -> None:
        """Read in `database`; `day_of` gives the business day of a time in UTC milliseconds."""
        self._database = database
        self._day_of = day_of

    def catch_up(self) -> bool:
        """Fold a slice of the entries that have no deed yet, in a transaction of its own; tell whether more are left.

        Entries that were dropped when they were old had theirs before.
        """
        with self._database.write():
            self._database.run(_NEW)
            behind = self._database.row(_BEHIND)
            if behind is None:
                return False
            life, done, _ = behind
            upto = self._fold(life, done)
            self._database.run("UPDATE deed_mark SET seq = ? WHERE life = ?", (upto, life))
        return True

    def days(self, account: AccountId, since: str = "") -> list[DayTotal]:
        """Return what a member did day by day from the ISO date `since` on, as far as this till knows."""
        found = self._database.rows(
            "SELECT of_day, sum(paid_fen), sum(top_up_fen), sum(points), sum(visits) FROM deed"
            " WHERE account = ? AND account <> x'' AND of_day >= ? GROUP BY of_day ORDER BY of_day",
            (bytes.fromhex(account), since),
        )
        return [DayTotal(dt.date.fromisoformat(day), *figures) for day, *figures in found]

    def of_member(self, account: AccountId, since: str) -> list[Deed]:
        """Return a member's deeds that count for days from `since` (ISO) on, oldest first."""
        return self._deeds("account = ? AND account <> x'' AND of_day >= ?", (bytes.fromhex(account), since))

    def since(self, at_ms: int) -> list[Deed]:
        """Return what was done here since a time in UTC milliseconds, oldest first."""
        return self._deeds("at >= ?", (at_ms,))

    def of_shift(self, shift: int) -> list[Deed]:
        """Return the deeds of a shift, oldest first."""
        return self._deeds("shift = ?", (shift,))

    def takings(self, first: str, last: str) -> list[Taking]:
        """Return what deeds posted from one ISO date to another, both counted, by kind and money account."""
        return self._takings("day >= ? AND day <= ?", (first, last))

    def takings_of_shift(self, shift: int) -> list[Taking]:
        """Return the same of a shift."""
        return self._takings("shift = ?", (shift,))

    def undone(self, sale: str) -> bool:
        """Tell whether a deed takes back the entry of this name (`sale_name`), in whole or in part."""
        return self._database.row("SELECT 1 FROM deed WHERE undoes = ? AND undoes <> '' LIMIT 1", (sale,)) is not None

    def rights(self, sale: str) -> list[Holding]:
        """Return the refund rights of a sale that this life holds."""
        found = self._database.rows(
            "SELECT held.bucket, asset, spendable_from, expires_on, amount FROM refund_of JOIN held USING (bucket)"
            " WHERE sale = ? AND life = (SELECT n FROM life WHERE open = 1) AND amount > 0 ORDER BY bucket",
            (sale_key(sale),),
        )
        return [Holding(*row) for row in found]

    def _fold(self, life: int, done: int) -> int:
        rows = self._database.rows(
            "SELECT seq, bytes FROM entry WHERE life = ? AND seq > ? ORDER BY seq LIMIT ?", (life, done, SLICE)
        )
        for _, data in rows:
            made = entry.from_bytes(data)
            found = [(find_lot(self._database, life, facts), facts) for facts in made.buckets if facts.asset == RIGHT]
            rights = [(lot.n, facts) for lot, facts in found if lot is not None]
            count_entry(self._database, life, made, self._day_of(made.at), rights)
        if len(rows) == SLICE:
            return int(rows[-1][0])
        last = self._database.row("SELECT seq FROM life WHERE n = ?", (life,))
        assert last is not None, "a life that was just named"
        return int(last[0])

    def _deeds(self, where: str, values: tuple[object, ...]) -> list[Deed]:
        found = self._database.rows(
            f"SELECT {', '.join(Deed._fields)} FROM deed WHERE {where} ORDER BY at, life, seq",  # noqa: S608 - ours
            values,
        )
        return [_deed(row) for row in found]

    def _takings(self, where: str, values: tuple[object, ...]) -> list[Taking]:
        found = self._database.rows(
            f"SELECT kind, account, sum(fen), sum(count) FROM taking WHERE {where} GROUP BY kind, account"  # noqa: S608 - conditions of ours
            " ORDER BY kind, account",
            values,
        )
        return [Taking(*row) for row in found]


def _deed(row: Row) -> Deed:
    return Deed._make((*row[:3], bytes(row[3]).hex(), *row[4:]))
