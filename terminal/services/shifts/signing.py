"""Who acts by a command and who approves it: people of the staff, by their names and PINs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, is_id
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask, at_once
from terminal.services.shifts.asked import Failed, Wish, unwatched
from terminal.services.shifts.rights import NEEDED, FourEyes, Rights
from terminal.services.staff import Staff, prove
from terminal.services.storage import OpenStore
from terminal.services.views import SignedIn
from terminal.store.database import Database

# A name and a PIN, as they came through the door, where anything may be said; an empty name is nobody.
Person = tuple[str, str]
T = TypeVar("T")


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

    def known(self, names: Sequence[str]) -> None:
        """Pass the names of people at work; raise `Refusal` `staff_unknown` for any other."""
        if not all(isinstance(name, str) for name in names):
            raise Refusal("staff_unknown")
        self._ask(lambda: [self._staff.named(name) for name in names])

    def approved(self, action: str, by: Person, approver: Person, right: str, amount: int = 0) -> Wish:
        """Return the same with a second person's approval of a right (`rules.till.roles`), where one is named.

        Whoever may do it alone needs none: then the other is not asked, whatever they may. Raises `Refusal` as `wish`,
        of either person, and as `FourEyes.approve`.
        """
        wish = self.wish(action, by)
        if not approver[0] or not self._four_eyes.is_needed(self._rulebook().roles, wish.by, right, amount):
            return wish
        return replace(wish, approval=self._approve(wish, approver, right, amount))

    def done(self, action: str, by: Person, approver: Person, work: Callable[[Wish], T]) -> T:
        """Return what `work` answers, done by `ask` as somebody, with a second person's yes where it needs one.

        The one who is named approves just what the work refuses to do alone (`approval_needed` of `Rights.check`), one
        thing after the other; what was approved is found under the action id. Raises `Refusal` as `wish` and `work`,
        and as `FourEyes.approve`.
        """
        wish, given = self.wish(action, by), set[tuple[str, int, str]]()
        while True:
            try:
                return self._ask(lambda: work(wish))
            except Refusal as refusal:
                values = refusal.values
                asked = str(values.get("right", "")), int(values.get("amount", 0)), str(values.get("subject", ""))
                if refusal.code != NEEDED or not approver[0] or not asked[0] or asked in given:
                    raise
            self._approve(wish, approver, *asked)
            given.add(asked)

    def _approve(self, wish: Wish, approver: Person, right: str, amount: int, subject: str = "") -> str:
        name, pin = approver
        if not isinstance(name, str):
            raise Refusal("staff_unknown")
        return self._four_eyes.approve(
            self._rulebook().roles,
            wish.by,
            approver=self._ask(lambda: self._staff.named(name)),
            pin=pin,
            action_id=wish.action_id,
            action=right,
            amount=amount,
            subject=subject,
        )

    def _signed_in(self, staff_id: str, name: str) -> SignedIn:
        row = self._database.row("SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0", (staff_id,))
        return SignedIn("", staff_id, name, int((row[0] if row else 0) or 0), self._staff.role(staff_id))


def signing(
    store: OpenStore, rulebook: Callable[[], Rulebook], ask: Ask = at_once, failed: Failed = unwatched
) -> Signing:
    """Return what tells who acts in an open store; `failed` judges wrong PINs."""
    staff = Staff(store.database, store.book, store.clock, failed)
    four_eyes = FourEyes(Rights(store.database, store.clock), staff, ask)
    return Signing(store.database, staff, four_eyes, rulebook, ask)
