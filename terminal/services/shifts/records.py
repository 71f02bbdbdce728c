"""Shifts as the store keeps them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.rules.till.shift import CLOSED, COUNTED, OPEN, TERMINAL, Shift
from terminal.services.views import SignedIn
from terminal.store.database import Database, Row

_COLUMNS = "id, number, staff, opened_at, closed_at, float_fen, counted_fen, expected_fen, reason"


@dataclass(frozen=True, slots=True)
class KeptShift:
    """A shift with its number at this till; entries name it by that."""

    number: int
    shift: Shift


class Records:
    """Reads and writes the rows of shifts, inside the caller's transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep shifts in `database`; `clock` tells the shop's civil time."""
        self._database = database
        self._clock = clock

    def get(self, number: int) -> KeptShift:
        """Return a shift by its number; raise `Refusal` `shift_unknown`."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM shift WHERE number = ?", (number,))  # noqa: S608 - columns of ours
        if row is None:
            raise Refusal("shift_unknown", number=number)
        return self._kept(row)

    def open_of(self, staff_id: str) -> KeptShift | None:
        """Return somebody's newest shift that is not closed, or None."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM shift WHERE staff = ? AND closed_at = 0 ORDER BY number DESC LIMIT 1",  # noqa: S608 - columns of ours
            (staff_id,),
        )
        return None if row is None else self._kept(row)

    def unclosed(self) -> list[KeptShift]:
        """Return all shifts that are not closed, oldest first."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM shift WHERE closed_at = 0 ORDER BY number")  # noqa: S608 - columns of ours
        return [self._kept(row) for row in rows]

    def newest(self, limit: int) -> list[KeptShift]:
        """Return the newest shifts, newest first."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM shift ORDER BY number DESC LIMIT ?", (limit,))  # noqa: S608 - columns of ours
        return [self._kept(row) for row in rows]

    def last_closed(self) -> KeptShift | None:
        """Return the shift of a person that was closed last, or None."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM shift WHERE closed_at > 0 AND staff <> ?"  # noqa: S608 - columns of ours
            " ORDER BY closed_at DESC, number DESC LIMIT 1",
            (TERMINAL,),
        )
        return None if row is None else self._kept(row)

    def local(self, at_ms: int) -> dt.datetime:
        """Return the shop's civil time of UTC milliseconds."""
        return self._clock.local(at_ms)

    def next_number(self) -> int:
        """Return the number the next shift has."""
        row = self._database.row("SELECT max(number) FROM shift")
        return int((row[0] if row else 0) or 0) + 1

    def add(self, number: int, shift: Shift, at_ms: int) -> None:
        """Write a new shift, opened at a time in UTC milliseconds."""
        self._database.run(
            "INSERT INTO shift (id, number, staff, opened_at, float_fen) VALUES (?, ?, ?, ?, ?)",
            (shift.id, number, shift.person, at_ms, shift.float_fen),
        )

    def note_count(self, number: int, shift: Shift) -> None:
        """Write what was counted, and what was expected then."""
        self._database.run(
            "UPDATE shift SET counted_fen = ?, expected_fen = ? WHERE number = ?",
            (shift.counted_fen, shift.expected_fen, number),
        )

    def note_close(self, number: int, shift: Shift, at_ms: int) -> None:
        """Write that a shift was closed, at a time in UTC milliseconds."""
        self._database.run("UPDATE shift SET closed_at = ?, reason = ? WHERE number = ?", (at_ms, shift.reason, number))

    def name_of(self, staff_id: str) -> str:
        """Return the name of a member of staff, of the terminal its own; empty for nobody."""
        row = self._database.row("SELECT name FROM staff WHERE id = ?", (staff_id,))
        return str(row[0]) if row else ""

    def _kept(self, row: Row) -> KeptShift:
        shift_id, number, staff, opened_at, closed_at, float_fen, counted_fen, expected_fen, reason = row
        state = CLOSED if closed_at else OPEN if counted_fen is None else COUNTED
        shift = Shift(
            id=shift_id,
            till="",  # a store has one till, which all its shifts are of
            person=staff,
            opened_at=self._clock.local(opened_at),
            float_fen=float_fen,
            state=state,
            counted_fen=counted_fen,
            expected_fen=expected_fen,
            reason=reason,
            closed_at=self._clock.local(closed_at) if closed_at else None,
        )
        return KeptShift(number, shift)


def require_open(database: Database, by: SignedIn) -> None:
    """Pass whoever has the shift open that they signed in to: what moves money asks this in its transaction.

    Raises `Refusal` `shift_missing`, or `shift_counted` once its cash was counted.
    """
    row = database.row(
        "SELECT counted_fen FROM shift WHERE number = ? AND staff = ? AND closed_at = 0", (by.shift_no, by.staff_id)
    )
    if row is None:
        raise Refusal("shift_missing")
    if row[0] is not None:
        raise Refusal("shift_counted")
