"""Who acts by a command and who approves it: people of the staff, by their names and PINs."""

from __future__ import annotations

from collections.abc import Callable

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, is_id
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask, at_once
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.rights import FourEyes, Rights
from terminal.services.staff import Staff, prove
from terminal.services.storage import OpenStore
from terminal.services.views import SignedIn
from terminal.store.database import Database

# A name and a PIN, as they came through the door, where anything may be said; an empty name is nobody.
Person = tuple[str, str]


class Signing:
    """Tells who acts, with the shift they have open. PINs are checked in the calling thread, all else by `ask`."""

    def __init__(
        self, database: Database, staff: Staff, four_eyes: FourEyes, rulebook: Callable[[], Rulebook], ask: Ask
    ) -> None:
        """Read from an open store; `rulebook` gives the rules in force."""
        self._database = database
        self._staff = staff
        self._four_eyes = four_eyes
        self._rulebook = rulebook
        self._ask = ask

    def wish(self, action: str, by: Person) -> Wish:
        """Return the wish of somebody who proved who they are.

        Raises `Refusal` `action_bad`, `staff_unknown`, `pin_wrong` (`left`) or `pin_locked` (`minutes`).
        """
        name, pin = by
        if not is_id(action):
            raise Refusal("action_bad")
        if not isinstance(name, str):
            raise Refusal("staff_unknown")
        staff_id = self._ask(lambda: self._staff.named(name))
        prove(self._staff, staff_id, pin, self._ask)
        return self._ask(lambda: Wish(self._signed_in(staff_id, name), ActionId(action)))

    def approved(self, action: str, by: Person, approver: Person, right: str, amount: int = 0) -> Wish:
        """Return the same with a second person's approval of a right (`rules.till.roles`), where one is named.

        Raises `Refusal` as `wish`, of either person, and as `FourEyes.approve`.
        """
        wish = self.wish(action, by)
        name, pin = approver
        if not name:
            return wish
        if not isinstance(name, str):
            raise Refusal("staff_unknown")
        given = self._four_eyes.approve(
            self._rulebook().roles,
            wish.by,
            approver=self._ask(lambda: self._staff.named(name)),
            pin=pin,
            action_id=wish.action_id,
            action=right,
            amount=amount,
        )
        return Wish(wish.by, wish.action_id, given)

    def _signed_in(self, staff_id: str, name: str) -> SignedIn:
        row = self._database.row("SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0", (staff_id,))
        return SignedIn("", staff_id, name, int((row[0] if row else 0) or 0), self._staff.role(staff_id))


def signing(store: OpenStore, rulebook: Callable[[], Rulebook], ask: Ask = at_once) -> Signing:
    """Return what tells who acts in an open store."""
    staff = Staff(store.database, store.book, store.clock)
    four_eyes = FourEyes(Rights(store.database, store.clock), staff, ask)
    return Signing(store.database, staff, four_eyes, rulebook, ask)
