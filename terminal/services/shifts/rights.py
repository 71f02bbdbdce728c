"""Rights: what somebody may do alone, and the one-time approval of a second person at the same till. Off-line."""

from __future__ import annotations

import hashlib
import os

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, Draw, new_id
from terminal.rules.canonical import Canonical
from terminal.rules.till import roles as rules
from terminal.rules.till.roles import Approval, Ask, Roles, Staff
from terminal.services import staff as people
from terminal.services.ask import Ask as AskTill
from terminal.services.views import SignedIn
from terminal.store.database import Database

NEEDED = "approval_needed"
_COLUMNS = "id, action_id, action, amount, operator, approver, given_at, ends_at"


class Rights:
    """Checks rights inside the transaction of what they are for, and keeps approvals. Used by the dispatcher."""

    def __init__(self, database: Database, clock: Clock, draw: Draw = os.urandom) -> None:
        """Keep approvals in `database`; their ids come from `draw`."""
        self._database = database
        self._clock = clock
        self._draw = draw

    def needs_approval(self, roles: Roles, by: SignedIn, action: str, amount: int = 0) -> bool:
        """Tell whether somebody needs a second person for it; raise `Refusal` as `rules.decide`."""
        return rules.decide(roles, _staff(by), Ask("", action, amount)) == rules.NEEDS_APPROVAL

    def check(
        self,
        roles: Roles,
        by: SignedIn,
        action_id: ActionId,
        action: str,
        amount: int = 0,
        *,
        approval: str = "",
        subject: str = "",
    ) -> dict[str, Canonical]:
        """Pass what is allowed or approved, using the approval up, and return what the entry's payload notes of it.

        Called once for each action in the transaction that posts it; an `approval` that is not named is looked for
        under the action id. Where a `subject` stands for what was shown to whoever approves it, only their yes to just
        that counts. Raises `Refusal` as `rules.check`, `approval_needed` with the `right`, `amount` and `subject` that
        somebody has to approve, `approval_used` for one that was used before.
        """
        ask = Ask(_about(action_id, subject), action, amount)
        if rules.decide(roles, _staff(by), ask) == rules.ALLOWED:
            return {}
        found = self._found(ask, by, approval)
        if found is None:
            raise Refusal(NEEDED, right=action, amount=amount, **({"subject": subject} if subject else {}))
        number, given = found
        rules.check(roles, _staff(by), ask, self._clock.local(self._clock.now_ms()), given)
        self._database.run("UPDATE approval SET used_at = ? WHERE id = ?", (self._clock.now_ms(), number))
        return {"approved_by": given.approver.id, "approval": number}

    def give(
        self,
        roles: Roles,
        by: SignedIn,
        approver: str,
        action_id: ActionId,
        action: str,
        amount: int = 0,
        *,
        subject: str = "",
    ) -> str:
        """Write down that `approver` (an id), whose PIN was right, approves one thing of somebody's; return its id.

        The same approval asked for again is a new one; each is used once. `subject` is that of `check`. Raises
        `Refusal` as `rules.approve`.
        """
        ask = Ask(_about(action_id, subject), action, amount)
        now_ms = self._clock.now_ms()
        given = rules.approve(roles, _staff(by), self._person(approver), ask, self._clock.local(now_ms))
        number = new_id(self._draw)
        ends_ms = now_ms + roles.approval_minutes * people.MINUTE_MS
        with self._database.write():
            self._database.run(
                f"INSERT INTO approval ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - columns of ours
                (number, ask.action_id, action, amount, given.operator, approver, now_ms, ends_ms),
            )
        return number

    def role_of(self, staff_id: str) -> str:
        """Return the role somebody has now; empty for nobody of the staff."""
        row = self._database.row("SELECT role FROM staff WHERE id = ? AND active = 1", (staff_id,))
        return str(row[0]) if row else ""

    def may_approve(self, roles: Roles, by: SignedIn, approver: str, action: str, amount: int = 0) -> None:
        """Pass somebody who may approve this; raise `Refusal` as `rules.approve`, and `staff_unknown`."""
        at = self._clock.local(self._clock.now_ms())
        rules.approve(roles, _staff(by), self._person(approver), Ask("", action, amount), at)

    def _found(self, ask: Ask, by: SignedIn, number: str) -> tuple[str, Approval] | None:
        """Return the approval of this number, or the newest unused one of this operator for this action, if any.

        One to the amount that is asked comes before those to another one.
        """
        if number:
            row = self._database.row(f"SELECT {_COLUMNS}, used_at FROM approval WHERE id = ?", (number,))  # noqa: S608 - columns of ours
        else:
            row = self._database.row(
                f"SELECT {_COLUMNS}, used_at FROM approval WHERE action_id = ? AND action = ? AND operator = ?"  # noqa: S608 - columns of ours
                " AND used_at = 0 ORDER BY amount = ? DESC, given_at DESC, id LIMIT 1",
                (ask.action_id, ask.action, by.staff_id, ask.amount),
            )
        if row is None:
            return None
        number, action_id, action, amount, operator, approver, given_at, ends_at, used_at = row
        if used_at:
            raise Refusal("approval_used")
        local = self._clock.local
        asked = Ask(action_id, action, amount)
        return number, Approval(asked, operator, self._person(approver), local(given_at), local(ends_at))

    def _person(self, staff_id: str) -> Staff:
        row = self._database.row("SELECT role FROM staff WHERE id = ? AND active = 1", (staff_id,))
        if row is None:
            raise Refusal("staff_unknown")
        return Staff(staff_id, str(row[0]))


class FourEyes:
    """Asks a second person's PIN at the same till; called by the thread that waits for it."""

    def __init__(self, rights: Rights, staff: people.Staff, ask: AskTill) -> None:
        """Have everything but the slow checking of the PIN done by `ask`."""
        self._rights = rights
        self._staff = staff
        self._ask = ask

    def is_needed(self, roles: Roles, by: SignedIn, action: str, amount: int = 0) -> bool:
        """Tell whether somebody cannot do it alone, be it that nobody may approve it either."""
        try:
            return self._ask(lambda: self._rights.needs_approval(roles, by, action, amount))
        except Refusal:
            return True  # why not is told by whoever is asked to approve it

    def approve(
        self,
        roles: Roles,
        by: SignedIn,
        *,
        approver: str,
        pin: str,
        action_id: ActionId,
        action: str,
        amount: int = 0,
        subject: str = "",
    ) -> str:
        """Return the id of an approval that the person `approver` (an id) gave with their PIN.

        `subject` is that of `Rights.check`. Raises `Refusal` `staff_unknown`, `pin_wrong` (`left`), `pin_locked`
        (`minutes`), and as `Rights.give`. Who may not approve is told so before the PIN is looked at, and costs no try.
        """
        self._ask(lambda: self._rights.may_approve(roles, by, approver, action, amount))
        people.prove(self._staff, approver, pin, self._ask)
        return self._ask(lambda: self._rights.give(roles, by, approver, action_id, action, amount, subject=subject))


def _staff(by: SignedIn) -> Staff:
    return Staff(by.staff_id, by.role)


def _about(action_id: str, subject: str) -> str:
    """Return by which id an approval is kept: the action's, or one of the action and of what was shown with it."""
    return hashlib.sha256(f"{action_id} {subject}".encode()).hexdigest()[:32] if subject else action_id
