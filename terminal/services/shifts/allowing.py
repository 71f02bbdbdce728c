"""Whether people may do something, told before it is computed and before anybody types a PIN."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.ledger.book import Book
from terminal.rules.till.roles import Roles
from terminal.services.shifts.records import require_open
from terminal.services.shifts.rights import Rights
from terminal.services.staff import Staff
from terminal.services.views import SignedIn
from terminal.store.database import Database

_SHIFT = "SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0"


@dataclass(frozen=True, slots=True)
class People:
    """Who is going to do something and who is going to approve it, by their names; empty for nobody."""

    staff: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """Which right something needs (`rules.till.roles`; empty for none), and whether it moves money in a shift."""

    right: str = ""
    in_shift: bool = True


class Allowing:
    """Looks at roles and shifts. It proves nothing: whoever acts gives a PIN, and the entry is checked once more."""

    def __init__(self, database: Database, book: Book, clock: Clock) -> None:
        """Read an open store."""
        self._database = database
        self._rights = Rights(database, clock)
        self._staff = Staff(database, book, clock)

    def check(self, roles: Roles, people: People, deed: Deed, amount_fen: int = 0) -> None:
        """Pass people who may do this to this amount; nobody at all passes, as they only look.

        Raises `Refusal` `staff_unknown`, `shift_missing`, `shift_counted`, `approval_needed` where nobody is named who
        approves it, as `rules.till.roles.decide`, and as `Rights.may_approve`.
        """
        if not people.staff:
            return
        by = self._at_work(people.staff, deed)
        if not deed.right or not self._rights.needs_approval(roles, by, deed.right, amount_fen):
            return
        if not people.approver:
            raise Refusal("approval_needed")
        self._rights.may_approve(roles, by, self._staff.named(people.approver), deed.right, amount_fen)

    def shift_of(self, people: People, deed: Deed) -> int:
        """Return the shift of who does it, 0 where they have none open and need none.

        Raises `Refusal` `staff_unknown`, `shift_missing`, `shift_counted`.
        """
        return self._at_work(people.staff, deed).shift_no

    def _at_work(self, name: str, deed: Deed) -> SignedIn:
        staff = self._staff.named(name)
        row = self._database.row(_SHIFT, (staff,))
        by = SignedIn("", staff, name, int((row[0] if row else 0) or 0), self._staff.role(staff))
        if deed.in_shift:
            require_open(self._database, by)
        return by
