"""Who asks for something by a command: somebody of the staff, who gives their PIN."""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.services.ask import Ask
from terminal.services.media_life.asked import By
from terminal.services.staff import Staff, pin_is_right
from terminal.store.database import Database


class SignedByPin:
    """Tells who acts; PINs are checked in the calling thread, since that is slow on purpose."""

    def __init__(self, database: Database, staff: Staff, ask: Ask) -> None:
        """Read an open store by `ask`."""
        self._database = database
        self._staff = staff
        self._ask = ask

    def by(self, name: str, pin: str) -> By:
        """Return somebody with the shift they have open; raise `Refusal` `staff_unknown`, `pin_wrong`, `pin_locked`."""
        staff_id = self._ask(lambda: self._staff_id(str(name)))
        pin_hash = self._ask(lambda: self._staff.pin_hash(staff_id))
        if not pin_is_right(pin_hash, pin):
            raise self._ask(lambda: self._staff.note_wrong(staff_id))
        return self._ask(lambda: By(self._staff.role(staff_id), staff_id, self._shift_no(staff_id)))

    def _staff_id(self, name: str) -> str:
        row = self._database.row("SELECT id FROM staff WHERE name = ? AND active = 1", (name,))
        if row is None:
            raise Refusal("staff_unknown")
        return str(row[0])

    def _shift_no(self, staff_id: str) -> int:
        """Return the number of somebody's open shift, 0 where there is none."""
        row = self._database.row("SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0", (staff_id,))
        return int((row[0] if row else 0) or 0)
