"""Marking a restored store, so that no two boxes from one backup are ever taken for one.

A till that knows a cloud, or was let into a chain, hands its journal in and spends nothing until it was given a new
life: what it holds by its backup may have been spent since. A box that was always alone has nobody to ask. It closes
its life and opens the same balances in a new one, as a device with a new name: entries, bills and buckets that the lost
box made after the backup, or another box from the same backup makes, have other names than its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from terminal.base.ids import Draw, new_id
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Holding, Lot
from terminal.ledger.lives import Journal
from terminal.rules.canonical import Canonical
from terminal.services.joining import OPEN_ACCOUNTS, Joining
from terminal.store.database import Database

# A box that joined a chain has the name it had alone as well, in the chain it was alone in.
_CHAINS = "SELECT count(DISTINCT chain) FROM device"


Shown = Callable[[int, int], None]


def mark_restored(
    database: Database, book: Book, backup_id: str, draw: Draw = os.urandom, shown: Shown = lambda _done, _whole: None
) -> bool:
    """Mark a store, in one transaction, as restored from a backup; return whether it has to rejoin a chain.

    `shown` is told how many lots of how many went over from one life to the other. Slips that waited for the
    printer may be on paper by now, so they will say that they may be a second copy.
    """
    with database.write():
        database.run("UPDATE print_job SET marked = 1 WHERE state = 'queued'")
        row = database.row(_CHAINS)
        assert row is not None, "an aggregate has a row"
        if row[0] == 1 and Continued(database, book, backup_id, draw, shown).go_on():
            return False
        Journal(database).set_rejoining(new_id(draw))
        return True


class Continued(Joining):
    """Takes a lone box from the life its backup was made in to a new one, in the chain of its own that it always was.

    The entries of both sides say in their payload of which backup they are (`restored`).
    """

    def __init__(self, database: Database, book: Book, backup_id: str, draw: Draw, shown: Shown) -> None:
        """Close and open the books of `book`."""
        super().__init__(database, book, draw)
        self._backup_id = backup_id
        self._shown = shown
        self._done = 0

    def go_on(self) -> bool:
        """Open what is held in a new life; return False, with nothing changed, where a cloud knows this box."""
        with self._database.write():
            life = self._book.life()
            if not self._is_alone(life):
                return False
            holdings = self._holdings(life)
            accounts = self._book.accounts()
            money = {account: accounts[account] for account in OPEN_ACCOUNTS if accounts.get(account)}
            self._close(holdings, money, life.chain)
            closed = self._book.life()
            self._begin_life(closed, life.chain)
            self._open(holdings, money, closed)
            return True

    def _batches(self, holdings: list[Holding]) -> Iterator[list[Lot]]:
        for batch in super()._batches(holdings):
            yield batch
            self._done += len(batch)
            self._shown(self._done, 2 * len(holdings))

    def _begin(self, kind: str, asked: dict[str, Canonical]) -> Draft:
        draft = super()._begin(kind, asked)
        draft.payload["restored"] = self._backup_id
        return draft
