"""How a command has something given back: by whom, approved by whom, and with the printer told afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.known import never_met
from terminal.services.members import Members
from terminal.services.refunds.asking import By
from terminal.services.refunds.records import Records
from terminal.services.shifts.allowing import Allowing, Deed, People
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.signing import Signing
from terminal.services.shifts.watch import SETTLE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Who:
    """Who wants something done under which action id, and who approves it, by their names and PINs."""

    action: str
    staff: str
    pin: str
    approver: str = ""
    approver_pin: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """By which rules something is looked at, and whether this box has always been alone."""

    rulebook: Rulebook
    alone: bool


@dataclass(frozen=True, slots=True)
class Needed:
    """Which right something needs (`rules.till.roles`), and to which amount; `fen` looks that up as things stand.

    Not `always`: it may turn out that it needs none.
    """

    right: str
    fen: Callable[[Now], int]
    always: bool = True


def _free(_: Now, __: int) -> None:
    """Find nothing in the way."""


class Doing:
    """Has the store's work done by the dispatcher, in the name of people who give their PINs."""

    def __init__(
        self,
        records: Records,
        members: Members,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        ask: Ask,
        printed: Callable[[], None],
    ) -> None:
        """Work by `ask`; `printed` tells the printer that a slip may wait."""
        self._records = records
        self._allowing = Allowing(records.database, records.book, records.clock)
        self._is_alone = never_met(records.database)
        self._members = members
        self._signing = signing
        self._rulebook = rulebook
        self._ask = ask
        self._printed = printed

    def look(self, work: Callable[[Now], T]) -> T:
        """Return what there is to see now."""
        return self._ask(lambda: work(Now(self._rulebook(), self._is_alone())))

    def look_for(
        self,
        people: People,
        deed: Deed,
        work: Callable[[Now], tuple[T, int]],
        first: Callable[[Now, int], object] = _free,
    ) -> T:
        """Return what there is to see before these people do something, which `work` tells with its amount in fen.

        What they may not do is refused before it is computed, as `Allowing.check`, and with the amount once more. What
        nobody could do from the shift of who asks is refused by `first` before anybody is needed to approve it.
        """

        def look(now: Now) -> T:
            if people.staff:
                first(now, self._allowing.shift_of(people, deed))
            self._allowing.check(now.rulebook.roles, people, deed)
            seen, fen = work(now)
            self._allowing.check(now.rulebook.roles, people, deed, fen)
            return seen

        return self.look(look)

    def may(self, action: str, people: People, deed: Deed) -> None:
        """Pass people who may do this at all; raise `Refusal` as `Allowing.check`. What was done before passes."""

        def look(now: Now) -> None:
            if not is_id(action) or self._records.book.done(ActionId(action)) is None:
                self._allowing.check(now.rulebook.roles, people, deed)

        self.look(look)

    def do(self, who: Who, work: Callable[[By], T], needed: Needed | None = None, *, in_shift: bool = True) -> T:
        """Have something done, with the approval of `who.approver` for what is `needed`, where one is named.

        What hands nothing over a counter may be done by somebody without a shift (not `in_shift`). Whoever may not do
        it at all is told so before any PIN is looked at. Where a rule of odd things asks for a second person too, the
        same one approves that. Raises `Refusal` as `work`, and as `may`, `Signing.wish` and `approved`.
        """
        if needed is not None and needed.always:
            self.may(who.action, People(who.staff, who.approver), Deed(needed.right, in_shift))
        fen = self._fen(needed) if needed is not None and who.approver else None
        if needed is None or fen is None:
            return self._work(self._signing.wish(who.action, (who.staff, who.pin)), work, in_shift=in_shift)
        try:
            return self._work(self._approved(who, needed.right, fen), work, in_shift=in_shift)
        except Refusal as refusal:
            if refusal.code != "approval_needed":
                raise
        return self._work(self._approved(who, SETTLE, fen), work, in_shift=in_shift)

    def account(self, text: str) -> AccountId:
        """Return the account that is meant by its id; raise `Refusal` `member_unknown` for anything else."""
        if not is_id(text):
            raise Refusal("member_unknown")
        return AccountId(text)

    def name_of(self, account: str) -> str:
        """Return a member's masked name, empty for a walk-in and for whoever has no file."""
        try:
            return self._members.masked_name(AccountId(account)) if account else ""
        except Refusal:
            return ""

    def _fen(self, needed: Needed) -> int | None:
        """Return the amount to approve; None where it cannot be done now, as when it was done before."""
        try:
            return self.look(needed.fen)
        except Refusal:
            return None

    def _approved(self, who: Who, right: str, fen: int) -> Wish:
        by, approver = (who.staff, who.pin), (who.approver, who.approver_pin)
        return self._signing.approved(who.action, by, approver, right, fen)

    def _work(self, wish: Wish, work: Callable[[By], T], *, in_shift: bool) -> T:
        def asked() -> T:
            alone = self._is_alone()
            return work(By(self._rulebook(), wish.by, ActionId(wish.action_id), alone=alone, in_shift=in_shift))

        done = self._ask(asked)
        self._printed()
        return done
