"""Opening a shift: its entry with the float, and its row. Used inside the caller's transaction."""

from __future__ import annotations

import os

from terminal.base.clock import Clock
from terminal.base.ids import ActionId, Draw, new_id
from terminal.ledger.book import Book, Posted
from terminal.rules.canonical import Canonical
from terminal.rules.till.shift import OPENING, TERMINAL, Shift
from terminal.services.shifts.records import KeptShift, Records
from terminal.store.database import Database

CASH, CASH_MOVES = "tender/cash", "cash_moves"


class Opening:
    """Posts the entries that begin shifts."""

    def __init__(self, database: Database, book: Book, clock: Clock, draw: Draw = os.urandom) -> None:
        """Post to `book`; ids come from `draw`."""
        self._database = database
        self._book = book
        self._records = Records(database, clock)
        self._draw = draw

    def new(
        self, person: str, float_fen: int, action_id: ActionId, request: str, facts: dict[str, Canonical] | None = None
    ) -> KeptShift:
        """Open a new shift of a person with a counted float; `facts` go into the payload."""
        if person == TERMINAL:
            # Shifts are somebody's in the store; the terminal signs in nowhere.
            self._database.run(
                "INSERT OR IGNORE INTO staff (id, name, role, pin_hash, active) VALUES (?, '(terminal)', ?, '', 0)",
                (TERMINAL, TERMINAL),
            )
        number, shift_id = self._records.next_number(), new_id(self._draw)
        posted = self._post(number, shift_id, person, float_fen, action_id, request, facts or {})
        at_ms = posted.entry.at
        self._records.add(number, Shift(shift_id, "", person, self._records.local(at_ms), float_fen), at_ms)
        return self._records.get(number)

    def give_float(
        self, kept: KeptShift, float_fen: int, action_id: ActionId, request: str, facts: dict[str, Canonical]
    ) -> KeptShift:
        """Put the counted float into a shift that signing in opened without one."""
        self._post(kept.number, kept.shift.id, kept.shift.person, float_fen, action_id, request, facts)
        self._database.run("UPDATE shift SET float_fen = ? WHERE number = ?", (float_fen, kept.number))
        return self._records.get(kept.number)

    def _post(  # noqa: PLR0917 - the parts of one entry
        self,
        number: int,
        shift_id: str,
        person: str,
        float_fen: int,
        action_id: ActionId,
        request: str,
        facts: dict[str, Canonical],
    ) -> Posted:
        draft = self._book.begin(action_id, OPENING, request)
        draft.payload |= {"account": "", "shift": number, "shift_id": shift_id, "operator": person}
        draft.payload |= {"float_fen": float_fen, **facts}
        draft.debit(CASH, float_fen)
        draft.credit(CASH_MOVES, float_fen)
        return self._book.post(draft)
