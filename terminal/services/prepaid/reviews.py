"""The review of levels and milestones, member by member, in slices that keep taps fast."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.rules.loyalty.levels import Notice
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.till import Till
from terminal.services.views import SignedIn

# So many members are some 20 ms.
SLICE = 20
START = AccountId("")
# Who has neither a level nor a standing has nothing to lose, and what they gained was seen with the bill.
NEXT = (
    "SELECT account, level, level <> '' OR EXISTS (SELECT 1 FROM standing WHERE standing.account = member.account)"
    " FROM member WHERE account > ? AND alias_of = x'' ORDER BY account LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a slice came to: notices to be told to members, levels that changed, who was given milestones.

    `last` is where the next slice begins, empty after the last member.
    """

    notices: tuple[tuple[AccountId, Notice], ...]
    levels: tuple[tuple[AccountId, str], ...]
    milestones: tuple[AccountId, ...]
    last: AccountId


class Reviews:
    """Looks at every member once a day. Used by the dispatcher, which asks for the next slice when it has time."""

    def __init__(self, till: Till, milestones: Milestones) -> None:
        """Review the members of this till."""
        self._till = till
        self._milestones = milestones

    def slice(self, rules: Rulebook, staff: SignedIn, after: AccountId = START) -> Reviewed:
        """Review the next members after an account; done again on the same day, it changes nothing more.

        A notice is noted as given: whoever asks tells the member. Milestones are given in an entry of their own, with
        an action id drawn from the day, so that a run that was cut off goes on where it ended.
        """
        rows = self._till.database.rows(NEXT, (bytes.fromhex(after), SLICE))
        notices: list[tuple[AccountId, Notice]] = []
        levels: list[tuple[AccountId, str]] = []
        given: list[AccountId] = []
        for key, level, stands in rows:
            account = AccountId(bytes(key).hex())
            notice, now = self._levels(rules, account) if stands and rules.levels.levels else (None, level)
            notices += [(account, notice)] if notice is not None else []
            levels += [(account, now)] if now != level else []
            given += [account] if self._grant(rules, staff, account) else []
        last = AccountId(bytes(rows[-1][0]).hex()) if len(rows) == SLICE else START
        return Reviewed(tuple(notices), tuple(levels), tuple(given), last)

    def _levels(self, rules: Rulebook, account: AccountId) -> tuple[Notice | None, str]:
        """Return the notice that is due, and the level after the review."""
        day, standings = self._till.book.today(), self._till.standings
        with self._till.database.write():
            notice = standings.notice(rules.levels, account, day)
            return notice, standings.reviewed(rules.levels, account, day)

    def _grant(self, rules: Rulebook, staff: SignedIn, account: AccountId) -> bool:
        if not rules.levels.milestones:
            return False
        day = self._till.book.today().isoformat()
        action = hashlib.sha256(request_digest({"do": "review", "day": day, "account": account}).encode()).hexdigest()
        answer = self._milestones.review(rules, staff, ActionId(action[:32]), account)
        return answer is not None and not answer.repeated
