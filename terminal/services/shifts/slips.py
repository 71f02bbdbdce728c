"""The slip of a closed shift, through the spool as every other slip: it outlives the till and can be copied."""

from __future__ import annotations

from collections.abc import Callable

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules import receipt
from terminal.rules.slips import SlipShop
from terminal.rules.till.shift_paper import ShiftPaper, shift_document
from terminal.services.receipts import COUNTER, Paper
from terminal.services.shifts.figures import ClosedShift
from terminal.services.shifts.records import KeptShift
from terminal.services.shop import Shop
from terminal.services.spool import NewSlip, Spool
from terminal.store.database import Database

KIND = "shift"
WAITING = frozenset({"queued", "sending"})
_STORED = "SELECT id, state FROM print_job WHERE account = ? AND kind = ? AND copy_of = 0 ORDER BY id DESC LIMIT 1"


class ShiftSlips:
    """Stores slips of shifts inside the caller's transaction."""

    def __init__(self, database: Database, spool: Spool, shop: Callable[[], Shop], paper: Paper) -> None:
        """Print at the counter of `paper`, in the name of the shop as it is set up at that moment."""
        self._database = database
        self._spool = spool
        self._shop = shop
        self._paper = paper

    def add(self, made: ClosedShift) -> None:
        """Queue the slip of a shift; nothing happens where there is no printer at the counter."""
        if COUNTER not in self._paper.printers:
            return
        device, profile = self._paper.printers[COUNTER]
        body = receipt.render(shift_document(self._written(made)), profile, self._paper.strip)
        kept = made.kept
        closed_at = kept.shift.closed_at
        at_ms = round(closed_at.timestamp() * 1000) if closed_at else 0
        # A slip of nobody would be lost with a restart: this one is the shift's own, by its id.
        self._spool.add(NewSlip(device, body, KIND, made.entry_no, AccountId(kept.shift.id), 0, at_ms))

    def print(self, made: ClosedShift) -> None:
        """Print the slip of a shift that was closed earlier: a marked copy of what was stored, or it is made anew."""
        if not self.again(made.kept):
            with self._database.write():
                self.add(made)
        self._spool.notify()

    def again(self, kept: KeptShift) -> bool:
        """Print a marked copy of the slip stored when a shift was closed; tell whether there is one.

        It is those very bytes, whatever the till has dropped since. One that still waits comes by itself.
        """
        row = self._database.row(_STORED, (bytes.fromhex(kept.shift.id), KIND))
        if row is None:
            return False
        if row[1] not in WAITING:
            self._spool.copy(row[0], ActionId(new_id()))
        return True

    def notify(self) -> None:
        """Wake the printer, once the transaction that added a slip has ended."""
        self._spool.notify()

    def _written(self, made: ClosedShift) -> ShiftPaper:
        shop = self._shop()
        people = {made.kept.shift.person, *(each.operator for each in made.slip.undone)}
        marks = ", ".join("?" * len(people))
        rows = self._database.rows(f"SELECT id, name FROM staff WHERE id IN ({marks})", (*people,))  # noqa: S608 - marks only
        names = {row[0]: row[1] for row in rows}
        head = SlipShop(shop.name, shop.branch)
        return ShiftPaper(head, made.kept.number, made.slip, names, shop.language)
