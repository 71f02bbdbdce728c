"""The days of time passes: each becomes sold service once it is over, whether anybody came or not.

A time pass is one unit a day. What is still held of days that are over is due, however long the till was off, so that
nothing has to be remembered: a run that was cut off goes on where it ended, and the same again does nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Holding, Lot
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.passes.ending import days_due
from terminal.rules.passes.terms import TIME_PASS, PassTerms
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.pass_units import sold_pass
from terminal.services.prepaid.till import Till

ROWS = 400  # holdings looked at in a slice, most of which are no passes: some milliseconds
PASSES_AN_ENTRY = 50
ONE_DAY = dt.timedelta(days=1)
NEXT = (
    "SELECT bucket, life, asset, spendable_from, expires_on, amount FROM held WHERE bucket > ? ORDER BY bucket LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class DaysSettled:
    """What a slice did: days of how many passes, and what they were worth (fen).

    `last` is where the next slice begins, 0 after the last holding.
    """

    days: int = 0
    passes: int = 0
    value_fen: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class _Due:
    """The days of one pass that are over: units of its lots."""

    terms: PassTerms
    owner: AccountId
    lot: str
    units: tuple[tuple[Lot, int], ...]

    @property
    def days(self) -> int:
        return sum(amount for _, amount in self.units)

    @property
    def value_fen(self) -> int:
        return sum(lot.facts.unit_value_fen * amount for lot, amount in self.units)


class PassDays:
    """Settles days that are over. Used by the dispatcher, which asks for the next slice when it has time."""

    def __init__(self, till: Till, terms_of: TermsOf) -> None:
        """Settle what this till holds, by the terms passes were sold under."""
        self._till = till
        self._terms_of = terms_of

    def slice(self, after: int = 0) -> DaysSettled:
        """Settle the passes among the next holdings after a row, in entries of their own.

        Nothing happens without a trusted time or while the till rejoins, nor to what is on hold. Days of a pause are
        no days, and a pass that begins with its first use has none before it.
        """
        rows = self._till.database.rows(NEXT, (after, ROWS))
        last = int(rows[-1][0]) if len(rows) == ROWS else 0
        life = self._till.book.life()
        if life.rejoin_id or not self._till.clock.trusted():
            return DaysSettled(last=last)
        mine = [Holding(n, *facts) for n, kept_in, *facts in rows if kept_in == life.n]
        ended = [each for each in mine if each.asset == PASS and each.amount > 0 and each.expires_on]
        timed = list(self._timed(self._till.book.lots(ended)))
        done = [self._settle(timed[n : n + PASSES_AN_ENTRY]) for n in range(0, len(timed), PASSES_AN_ENTRY)]
        found = list(itertools.chain.from_iterable(done))
        return DaysSettled(sum(each.days for each in found), len(found), sum(each.value_fen for each in found), last)

    def _timed(self, lots: Iterable[Lot]) -> Iterator[tuple[PassTerms, AccountId, str]]:
        """Yield each time pass among the lots once: its terms, whose it is, and its lot."""
        seen: set[str] = set()
        known: dict[tuple[str, int], PassTerms | None] = {}
        for lot in lots:
            facts = lot.facts.attributes
            code, version = facts.get("pass"), facts.get("terms_version", 0)
            if not isinstance(code, str) or type(version) is not int or lot.facts.lot in seen:
                continue
            if (code, version) not in known:
                known[code, version] = self._terms(code, version)
            terms = known[code, version]
            if terms is not None:
                seen.add(lot.facts.lot)
                yield terms, lot.facts.owner, lot.facts.lot

    def _terms(self, code: str, version: int) -> PassTerms | None:
        """Return the terms of a time pass, None for another one, or where nobody knows them any more."""
        try:
            terms = self._terms_of(code, version)
        except Refusal:
            return None
        return terms if terms.kind == TIME_PASS else None

    def _settle(self, passes: Iterable[tuple[PassTerms, AccountId, str]]) -> list[_Due]:
        """Post what is due of these passes in one entry, and return it."""
        with self._till.database.write():
            asked: dict[str, Canonical] = {"do": "pass_days", "day": self._till.book.today().isoformat()}
            draft = self._till.book.begin(ActionId(new_id()), "pass_days", request_digest(asked))
            over = self._till.book.day_of(draft) - ONE_DAY
            found = [due for each in passes if (due := self._due(*each, over)).days]
            if found:
                self._fill(draft, found)
                self._till.book.post(draft)
            return found

    def _due(self, terms: PassTerms, owner: AccountId, lot: str, over: dt.date) -> _Due:
        lots = [each for each in self._till.free(owner, PASS) if each.facts.lot == lot]
        by_bucket = {str(each.bucket): each for each in lots}
        takes = days_due(sold_pass(terms, owner, lots), over) if lots else ()
        return _Due(terms, owner, lot, tuple((by_bucket[take.bucket], take.amount) for take in takes))

    def _fill(self, draft: Draft, found: list[_Due]) -> None:
        """Expire the units; what they were worth is a service that was given, and no breakage."""
        noted: list[Canonical] = []
        for due in found:
            for lot, amount in due.units:
                draft.expire(lot, amount)
            draft.debit("sales/breakage", due.value_fen)
            draft.credit("sales/service", due.value_fen)
            noted.append(
                {"account": due.owner, "pass": due.terms.code, "lot": due.lot, "days": due.days, "fen": due.value_fen}
            )
        # Nobody did it; it is told with the day's sales all the same.
        draft.payload |= {"account": "", "operator": "", "shift": 0, "passes": noted, "versions": {}}
