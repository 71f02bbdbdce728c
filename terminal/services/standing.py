"""Where members stand: the level that counts for a bill, and what bills, top-ups and refunds make of it.

The growth value is added up from the deeds this till knows; what is kept beside them are the dates of the review and
the levels that were granted, each with what it was granted for. A level that an import, a manager or the chain puts
into a member's file takes the place of the one that was kept, with a review of its own. Whether it is locked, the file
says.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from terminal.base.ids import AccountId
from terminal.ledger.deeds import Deeds
from terminal.rules.loyalty import levels
from terminal.rules.loyalty.growth import PAID_12_MONTHS, growth_value
from terminal.rules.loyalty.levels import Grant, LevelRules, Notice
from terminal.rules.when import add_months
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.records import is_locked
from terminal.store.database import Database

_WRITTEN: Final = (
    "SELECT 'body', body FROM standing WHERE account = ?1"
    " UNION ALL SELECT 'level', level FROM member WHERE account = ?1"
    " UNION ALL SELECT 'file', body FROM member WHERE account = ?1"
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A level granted through `until`, and what for: the entry or rule that a refund takes it back with."""

    level: str
    until: dt.date
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store keeps of a member's standing; `shown` is the level that the file had then, None where unknown."""

    standing: levels.Standing = field(default_factory=levels.Standing)
    granted: tuple[Granted, ...] = ()
    shown: str | None = None

    @property
    def whole(self) -> levels.Standing:
        """The standing with the levels granted."""
        return replace(self.standing, grants=tuple(Grant(each.level, each.until) for each in self.granted))


class Standings:
    """Reads and keeps standings; whatever writes does so in its caller's transaction."""

    def __init__(self, database: Database, deeds: Deeds) -> None:
        """Read members and deeds of an open store."""
        self._database = database
        self._deeds = deeds
        self._merged = MergedFiles(database)

    def level(self, rules: LevelRules, account: AccountId, day: dt.date) -> str:
        """Return the level a bill of that day is priced with, empty for none.

        In a shop that has set up no levels it is what the member's file says.
        """
        if not rules.levels:
            return self._level_in_file(account)
        return levels.level_on(rules, self.of(rules, account, day), day)

    def of(self, rules: LevelRules, account: AccountId, day: dt.date) -> levels.Standing:
        """Return where a member stands on a day, after all deeds until now."""
        kept = self._kept(rules, account, day)
        return levels.after_growth(rules, kept.whole, self.growth(rules, account, day), day)

    def growth(self, rules: LevelRules, account: AccountId, day: dt.date) -> int:
        """Return the member's growth value on a day, of all files that were merged into one."""
        since = add_months(day, -12).isoformat() if rules.growth == PAID_12_MONTHS else ""
        totals = [total for owner in self._merged.owners(account) for total in self._deeds.days(owner, since)]
        return growth_value(rules.growth, totals, day)

    def grown(self, rules: LevelRules, account: AccountId, day: dt.date) -> str:
        """Keep what a bill or top-up just posted made of a standing, and return the level from the next bill on."""
        return self._change(rules, account, day, levels.after_growth)

    def refunded(self, rules: LevelRules, account: AccountId, day: dt.date) -> str:
        """Keep what a refund just posted made of a standing, and return the level from the next bill on."""
        return self._change(rules, account, day, levels.after_refund)

    def reviewed(self, rules: LevelRules, account: AccountId, day: dt.date) -> str:
        """Review a standing whose date has come, and return the level from now on."""

        def review(rules: LevelRules, standing: levels.Standing, growth: int, day: dt.date) -> levels.Standing:
            return levels.review(rules, levels.after_growth(rules, standing, growth, day), growth, day)

        return self._change(rules, account, day, review)

    def notice(self, rules: LevelRules, account: AccountId, day: dt.date) -> Notice | None:
        """Return the notice that is due and note it as given, or None."""
        kept, growth = self._kept(rules, account, day), self.growth(rules, account, day)
        due = levels.notice_due(rules, kept.whole, growth, day)
        if due is not None:
            self._keep(account, replace(kept, standing=levels.noticed(kept.standing, day)))
        return due

    def said(
        self, rules: LevelRules, account: AccountId, level: str | None, *, locked: bool, day: dt.date
    ) -> levels.Standing:
        """Return where a member would stand whom somebody gave a level (None: the one there is), locked or not."""
        standing = self.of(rules, account, day)
        if level is not None:
            standing = levels.given(rules, standing, level, day)
        return levels.after_growth(rules, replace(standing, locked=locked), self.growth(rules, account, day), day)

    def keep_said(self, rules: LevelRules, account: AccountId, standing: levels.Standing, day: dt.date) -> str:
        """Keep what `said` returned, once the file says whether it is locked; return the level from now on."""
        kept = self._kept(rules, account, day)
        return self._shown(rules, account, replace(kept, standing=replace(standing, grants=())), day)

    def grant(self, rules: LevelRules, account: AccountId, given: Granted, day: dt.date) -> str:
        """Grant a level and return the one that counts from now on; raise `Refusal` as `levels.granted`."""
        kept = self._kept(rules, account, day)
        levels.granted(rules, kept.whole, Grant(given.level, given.until), day)
        held = (each for each in kept.granted if each.until >= day and each.source != given.source)
        return self._shown(rules, account, replace(kept, granted=(*held, given)), day)

    def revoke(self, rules: LevelRules, account: AccountId, source: str, day: dt.date) -> str:
        """Take back what was granted for a source, as its void or refund does; return the level from now on."""
        kept = self._kept(rules, account, day)
        left = tuple(each for each in kept.granted if each.source != source)
        return self._shown(rules, account, replace(kept, granted=left), day)

    def _change(
        self,
        rules: LevelRules,
        account: AccountId,
        day: dt.date,
        become: Callable[[LevelRules, levels.Standing, int, dt.date], levels.Standing],
    ) -> str:
        if not rules.levels:
            return self._level_in_file(account)
        kept = self._kept(rules, account, day)
        after = become(rules, kept.standing, self.growth(rules, account, day), day)
        return self._shown(rules, account, replace(kept, standing=replace(after, grants=())), day)

    def _shown(self, rules: LevelRules, account: AccountId, kept: _Kept, day: dt.date) -> str:
        """Keep a standing, and in the member's file the level that screens show."""
        level = levels.level_on(rules, kept.whole, day)
        if level != self._level_in_file(account):
            self._database.run("UPDATE member SET level = ? WHERE account = ?", (level, bytes.fromhex(account)))
        self._keep(account, kept)
        return level

    def _level_in_file(self, account: AccountId) -> str:
        return self._written(account)[1]

    def _kept(self, rules: LevelRules, account: AccountId, day: dt.date) -> _Kept:
        body, level, locked = self._written(account)
        kept = _read(json.loads(body)) if body else _Kept()
        standing = replace(kept.standing, locked=locked)
        if not body or kept.shown not in {None, level}:
            standing = levels.given(rules, standing, level, day)
        return replace(kept, standing=levels.dated(rules, standing, day))

    def _keep(self, account: AccountId, kept: _Kept) -> None:
        before, shown, _ = self._written(account)
        body = json.dumps(_body(kept, shown), separators=(",", ":"))
        if body != before:
            self._database.run(
                "INSERT INTO standing (account, body) VALUES (?, ?)"
                " ON CONFLICT (account) DO UPDATE SET body = excluded.body",
                (bytes.fromhex(account), body),
            )

    def _written(self, account: AccountId) -> tuple[str, str, bool]:
        """Return the body of a standing, empty where none is kept, and of the member's file its level and if locked."""
        key = bytes.fromhex(account)
        found: dict[str, str] = dict(self._database.rows(_WRITTEN, (key,)))  # type: ignore[arg-type]  # of two columns
        return found.get("body", ""), found.get("level", ""), is_locked(found.get("file", ""))


def _body(kept: _Kept, shown: str) -> dict[str, Any]:
    standing = kept.standing
    return {
        "earned": standing.earned,
        "review_on": _iso(standing.review_on),
        "noticed_on": _iso(standing.noticed_on),
        "locked": standing.locked,  # for an older release: what counts is the file
        "granted": [[each.level, each.until.isoformat(), each.source] for each in kept.granted],
        "shown": shown,
    }


def _read(body: dict[str, Any]) -> _Kept:
    standing = levels.Standing(
        earned=body["earned"],
        review_on=_day(body["review_on"]),
        noticed_on=_day(body["noticed_on"]),
    )
    granted = tuple(Granted(level, dt.date.fromisoformat(until), source) for level, until, source in body["granted"])
    return _Kept(standing, granted, body.get("shown"))


def _iso(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
