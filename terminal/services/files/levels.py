"""Levels that somebody gives a member and locks, in an entry of the member's file: so the chain hears of them.

What growth makes of a level is told to nobody. What is given, and the level that is locked, is told to the chain, and
other tills put it in the place of what growth made there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, Draw, is_id
from terminal.ledger.book import Book
from terminal.ledger.deeds import Deeds
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.levels import LevelRules, Standing, level_on
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.typed import one_line
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.asked import CHANGE, Asked, Changed, changed_by
from terminal.services.files.journal import Journal
from terminal.services.files.records import LEVEL_LOCK, LOCKED, File, Records
from terminal.services.media_life.asked import By
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.rights import Rights
from terminal.services.standing import Standings
from terminal.store.database import Database

RIGHT: Final = "set_level"  # of `rules.till.roles.ACTIONS`
REASON_CHARS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be done with a level: which is given, whether it is locked (None: as it is), and why.

    An empty level takes the member's level away.
    """

    give: str | None = None
    lock: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A member's level and lock now, what they would be, and when the level would be reviewed (ISO; empty: never)."""

    account: AccountId
    level: str
    is_locked: bool
    level_after: str
    locked_after: bool
    review_on: str


class GivenLevels:
    """Gives and locks levels. Used by the dispatcher."""

    def __init__(
        self, database: Database, book: Book, clock: Clock, rulebook: Callable[[], Rulebook], draw: Draw = os.urandom
    ) -> None:
        """Post to `book`, by the rules in force."""
        self._database = database
        self._book = book
        self._rulebook = rulebook
        self._records = Records(database)
        self._merged = MergedFiles(database)
        self._journal = Journal(database, book, draw)
        self._standings = Standings(database, Deeds(database, lambda at_ms: business_day(clock, at_ms)))
        self._rights = Rights(database, clock)

    def look(self, account: str, said: Said) -> Seen:
        """Return what would become of a level; raise `Refusal` `member_unknown`, `erase_done`, and as `set` of it."""
        rules, file = self._rulebook().levels, self._file(account)
        after, day = self._after(rules, file, said), self._book.today()
        return Seen(
            account=file.account,
            level=self._standings.level(rules, file.account, day),
            is_locked=file.is_level_locked,
            level_after=level_on(rules, after, day),
            locked_after=after.locked,
            review_on=after.review_on.isoformat() if after.review_on else "",
        )

    def set(self, wish: Wish, account: str, said: Said) -> Changed:
        """Give a member a level, lock it or let it go, once for the wish's action.

        Raises `Refusal` `member_unknown`, `erase_done`, `level_unknown` (level), `level_outgrown` (level) where growth
        reaches a higher one that only a lock keeps away, `level_reason_missing`, `level_reason_long` (most),
        `text_is_payment_code`, `file_nothing`, `file_full`, and as `Rights.check`.
        """
        by = wish.by
        asked = Asked(wish.action_id, By(by.role, by.staff_id, by.shift_no))
        what: dict[str, Canonical] = {"account": account, "reason": said.reason}
        what |= {} if said.give is None else {"level": said.give}
        what |= {} if said.lock is None else {"locked": int(said.lock)}
        with self._database.write():
            turn, earlier = self._journal.turn(CHANGE, asked, what, {})
            if earlier is not None:
                return changed_by(earlier)
            reason, rulebook = _reason(said.reason), self._rulebook()
            before = self._file(account)
            standing = self._after(rulebook.levels, before, said)
            if said.give is None and standing.locked == before.is_level_locked:
                raise Refusal("file_nothing")
            noted = self._rights.check(rulebook.roles, by, wish.action_id, RIGHT, approval=wish.approval)
            after = self._write(rulebook.levels, before, standing)
            draft = self._journal.begin(turn, after.account)
            draft.payload |= {"level": standing.earned, "locked": int(standing.locked), "reason": reason, **noted}
            draft.payload["versions"] = dict[str, Canonical](rulebook.noted("levels"))
            is_told = standing.locked or said.give is not None
            more: dict[str, Canonical] = {"level": standing.earned} if is_told else {}
            return changed_by(self._journal.post(draft, turn, before, after, more))

    def _file(self, account: str) -> File:
        if not is_id(account):
            raise Refusal("member_unknown")
        return self._records.living(self._merged.main(AccountId(account)))

    def _after(self, rules: LevelRules, file: File, said: Said) -> Standing:
        """Return where a member would stand."""
        if said.give and not rules.rank(said.give):
            raise Refusal("level_unknown", level=said.give)
        locked = file.is_level_locked if said.lock is None else said.lock
        after = self._standings.said(rules, file.account, said.give, locked=locked, day=self._book.today())
        if said.give is not None and after.earned != said.give:
            raise Refusal("level_outgrown", level=after.earned)
        return after

    def _write(self, rules: LevelRules, before: File, standing: Standing) -> File:
        """Write a file with its lock, and where the member stands; return the file as the chain is to hear of it."""
        fields = {**before.own_fields, **({LEVEL_LOCK: LOCKED} if standing.locked else {})}
        after = replace(before, fields=fields, version=before.version + 1)
        self._records.write(after)
        self._standings.keep_said(rules, before.account, standing, self._book.today())
        return after


def _reason(text: str) -> str:
    reason = one_line(text, REASON_CHARS_MAX, Refusal("level_reason_long", most=REASON_CHARS_MAX))
    if not reason:
        raise Refusal("level_reason_missing")
    return reason
