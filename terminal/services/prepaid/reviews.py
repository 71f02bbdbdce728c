"""The review of levels and milestones, member by member, in slices that keep taps fast."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.rules.loyalty.levels import Notice, notice_due
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.till import Till
from terminal.services.views import SignedIn

logger = logging.getLogger(__name__)

# So many members are some 20 ms.
SLICE = 20
# With room for taps between slices; the shop is quiet where nothing was booked for so long, and a business day that was
# gone through is over in an hour at the earliest.
PAUSE_S, QUIET_S, AGAIN_S = 0.05, 60.0, 3600.0
# Nobody does it: a review is the shop's own.
NOBODY = SignedIn("", "", "", 0)
START = AccountId("")
# Who has neither a level nor a standing has nothing to lose, and what they gained was seen with the bill.
NEXT = (
    "SELECT account, level, level <> '' OR EXISTS (SELECT 1 FROM standing WHERE standing.account = member.account)"
    " FROM member WHERE account > ? AND alias_of = x'' AND erased_at = 0 ORDER BY account LIMIT ?"
)
# Why a milestone cannot be given as the shop set it up: those behind are reviewed all the same.
NOT_GIVEN = frozenset({"coupon_template_unknown", "coupon_template_over", "pass_terms_unknown", "entry_full"})
# Of so many standings, some milliseconds' worth, who had a notice as `standing` writes it down: few have one.
LOOKED = 2_000
NOTICED = 'SELECT account, body LIKE \'%"noticed_on":"2%\' FROM standing WHERE account > ? ORDER BY account LIMIT ?'


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a slice came to: notices to be told to members, levels that changed, who was given milestones.

    `last` is where the next slice begins, empty after the last member. `refused` are the codes (`NOT_GIVEN`) of why
    milestones that are due could not be given.
    """

    notices: tuple[tuple[AccountId, Notice], ...]
    levels: tuple[tuple[AccountId, str], ...]
    milestones: tuple[AccountId, ...]
    last: AccountId
    refused: frozenset[str] = frozenset()


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
        refused: set[str] = set()
        with self._till.database.write():
            for key, level, stands in rows if rules.levels.levels else []:
                account = AccountId(bytes(key).hex())
                notice, now = self._levels(rules, account) if stands else (None, level)
                notices += [(account, notice)] if notice is not None else []
                levels += [(account, now)] if now != level else []
        for key, _, _ in rows:
            account = AccountId(bytes(key).hex())
            try:
                given += [account] if self._grant(rules, staff, account) else []
            except Refusal as refusal:
                if refusal.code not in NOT_GIVEN:
                    raise
                refused.add(refusal.code)
        last = AccountId(bytes(rows[-1][0]).hex()) if len(rows) == SLICE else START
        return Reviewed(tuple(notices), tuple(levels), tuple(given), last, frozenset(refused))

    def noticed(self, rules: Rulebook, after: AccountId = START) -> tuple[list[tuple[AccountId, Notice]], AccountId]:
        """Return the next members after an account who are to hear that their level will fall, each with their notice.

        Whoever has reached it again meanwhile is not among them. The second part is where the next slice begins, empty
        after the last member.
        """
        looked = self._till.database.rows(NOTICED, (bytes.fromhex(after), LOOKED))
        rows = [key for key, had_notice in looked if had_notice][:SLICE]
        last = rows[-1] if len(rows) == SLICE else looked[-1][0] if len(looked) == LOOKED else b""
        day, standings, found = self._till.book.today(), self._till.standings, list[tuple[AccountId, Notice]]()
        for key in rows:
            account = AccountId(bytes(key).hex())
            standing, growth = standings.of(rules.levels, account, day), standings.growth(rules.levels, account, day)
            told = replace(standing, noticed_on=None)
            notice = notice_due(rules.levels, told, growth, max(day, standing.review_on or day))
            if standing.noticed_on is not None and notice is not None:
                on = standing.noticed_on + dt.timedelta(days=rules.levels.notice_days)
                found.append((account, replace(notice, review_on=max(standing.review_on or on, on))))
        return found, AccountId(bytes(last).hex())

    def _levels(self, rules: Rulebook, account: AccountId) -> tuple[Notice | None, str]:
        """Return the notice that is due, and the level after the review."""
        day, standings = self._till.book.today(), self._till.standings
        notice = standings.notice(rules.levels, account, day)
        return notice, standings.reviewed(rules.levels, account, day)

    def _grant(self, rules: Rulebook, staff: SignedIn, account: AccountId) -> bool:
        if not rules.levels.milestones:
            return False
        day = self._till.book.today().isoformat()
        action = hashlib.sha256(request_digest({"do": "review", "day": day, "account": account}).encode()).hexdigest()
        answer = self._milestones.review(rules, staff, ActionId(action[:32]), account)
        return answer is not None and not answer.repeated


class DailyReviews:
    """Reviews all members once a business day, while the shop is quiet. Used by the dispatcher.

    What a day's run has done is done: begun again after a restart it changes nothing more.
    """

    def __init__(self, reviews: Reviews, till: Till, rules: Callable[[], Rulebook]) -> None:
        """Review by the rules in force at each slice."""
        self._reviews = reviews
        self._till = till
        self._rules = rules
        self._through: dt.date | None = None
        self._begun: dt.date | None = None
        self._after = START
        self._stood_at = -1
        self._told = [0, 0, 0]
        self._refused: set[str] = set()

    def next(self) -> float:
        """Review the next members where it is time for that; return after how many seconds to ask again.

        Nothing happens without a trusted time or while the till rejoins: a level would fall by a wrong date, or by a
        growth of which a part is elsewhere. All that was booked must be counted before this is asked for the first
        time.
        """
        book, rules = self._till.book, self._rules()
        if book.today() == self._through or book.life().rejoin_id or not self._till.clock.trusted():
            return AGAIN_S
        if not self._is_quiet():
            return QUIET_S
        if not self._after:
            self._begun, self._told, self._refused = book.today(), [0, 0, 0], set()
        if rules.levels.levels or rules.levels.milestones:
            done = self._reviews.slice(rules, NOBODY, self._after)
            self._after = done.last
            for place, found in enumerate((done.notices, done.levels, done.milestones)):
                self._told[place] += len(found)
            self._refused |= done.refused
            # What it booked itself is no work of anybody's.
            self._stood_at = book.life().seq
        else:
            self._after = START
        if self._after:
            return PAUSE_S
        self._through = self._begun
        if any(self._told):
            logger.info("members reviewed: %d noticed, %d levels changed, %d milestones", *self._told)
        for code in sorted(self._refused):
            logger.warning("milestones that are due could not be given: %s", code)
        return AGAIN_S

    def _is_quiet(self) -> bool:
        """Tell whether nothing was booked since it was asked for before."""
        seq = self._till.book.life().seq
        stood, self._stood_at = self._stood_at == seq, seq
        return stood
