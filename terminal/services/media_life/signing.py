"""Who acts by a command: somebody of the staff, by their name and PIN, with the shift they have open."""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.services.ask import Ask
from terminal.services.media_life.asked import By
from terminal.services.staff import Staff, prove
from terminal.store.database import Database


class Signing:
    """Tells who acts; the PIN is checked in the calling thread, all else by `ask`."""

    def __init__(self, database: Database, staff: Staff, ask: Ask) -> None:
        """Read from an open store."""
        self._database = database
        self._staff = staff
        self._ask = ask

    def __call__(self, name: str, pin: str) -> By:
        """Return who this is; raise `Refusal` `staff_unknown`, `pin_wrong` (`left`) or `pin_locked` (`minutes`)."""
        if not isinstance(name, str):  # it came through the door, where anything may be said
            raise Refusal("staff_unknown")
        staff_id = self._ask(lambda: self._staff.named(name))
        prove(self._staff, staff_id, pin, self._ask)
        return self._ask(lambda: By(self._staff.role(staff_id), staff_id, self._shift_no(staff_id)))

    def _shift_no(self, staff_id: str) -> int:
        """Return the number of somebody's open shift, 0 where there is none."""
        row = self._database.row("SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0", (staff_id,))
        return int((row[0] if row else 0) or 0)
