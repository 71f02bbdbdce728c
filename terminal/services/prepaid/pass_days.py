"""The days of time passes: each becomes sold service once it is over, whether anybody came or not.

A time pass is one unit a day. What is still held of days that are over is due, however long the till was off, so that
nothing has to be remembered: a run that was cut off goes on where it ended, and the same again does nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Holding, Lot
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.passes.ending import days_due
from terminal.rules.passes.terms import TIME_PASS, PassTerms
from terminal.services.bills.holds import Holds
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.pass_units import sold_pass
from terminal.services.prepaid.till import Till

ROWS = 400  # holdings looked at in a slice, most of which are no passes: some milliseconds
PASSES_AN_ENTRY = 50
ONE_DAY = dt.timedelta(days=1)
NEXT = (
    "SELECT bucket, life, owner, asset, spendable_from, expires_on, amount FROM held WHERE bucket > ? ORDER BY bucket"
    " LIMIT ?"
)
OF_OWNERS = (
    "SELECT bucket, asset, spendable_from, expires_on, amount FROM held WHERE life = ? AND asset = ? AND amount > 0"
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
        self._begun: dt.date | None = None
        self._through: dt.date | None = None

    def daily(self, after: int = 0) -> DaysSettled:
        """Do as `slice`, but look at nothing once all slices of a business day were gone through, until the next one.

        Whatever is due for another reason before (units that were on hold, or came from another till) waits so long.
        """
        today = self._till.book.today()
        if not after:
            if self._through == today:
                return DaysSettled()
            self._begun = today
        done = self.slice(after)
        if not done.last and self._may_settle():
            self._through = self._begun
        return done

    def slice(self, after: int = 0) -> DaysSettled:
        """Settle the passes among the next holdings after a row: so many as one entry is for, and none twice.

        Nothing happens without a trusted time or while the till rejoins, nor to what is on hold. Days of a pause are
        no days, and a pass that begins with its first use has none before it.
        """
        rows = self._till.database.rows(NEXT, (after, ROWS))
        last = int(rows[-1][0]) if len(rows) == ROWS else 0
        if not self._may_settle():
            return DaysSettled(last=last)
        life = self._till.book.life().n
        passes = {
            int(n): bytes(owner)
            for n, kept_in, owner, asset, _, ends, amount in rows
            if kept_in == life and asset == PASS and ends and amount > 0
        }
        over = self._till.book.today() - ONE_DAY
        due = [(n, found) for n, found in self._due(life, passes, over) if found.days]
        done = self._settle([found for _, found in due[:PASSES_AN_ENTRY]])
        if len(due) > PASSES_AN_ENTRY:
            last = due[PASSES_AN_ENTRY][0] - 1
        return DaysSettled(sum(each.days for each in done), len(done), sum(each.value_fen for each in done), last)

    def settle_pass(self, account: AccountId, lot: str) -> DaysSettled:
        """Settle the days of one pass (its lot) that are over, before it is refunded: they were had, and are no refund.

        Nothing happens for a pass of sessions, to what is on hold, or where `slice` would do nothing; a second time
        there is nothing left to do.
        """
        held = [each for each in self._till.free(account, PASS) if each.facts.lot == lot]
        if not held or not self._may_settle():
            return DaysSettled()
        due = self._of_pass(held, self._till.book.today() - ONE_DAY, {})
        done = self._settle([] if due is None or not due.days else [due])
        return DaysSettled(sum(each.days for each in done), len(done), sum(each.value_fen for each in done))

    def _may_settle(self) -> bool:
        return not self._till.book.life().rejoin_id and self._till.clock.trusted()

    def _due(self, life: int, passes: Mapping[int, bytes], over: dt.date) -> Iterator[tuple[int, _Due]]:
        """Yield each time pass of which these rows are a part, with its first row among them and what is due of it."""
        first: dict[str, int] = {}
        lots: dict[str, list[Lot]] = {}
        for holding, part in self._held(life, passes):
            lots.setdefault(part.facts.lot, []).append(part)
            if holding.n in passes:
                first.setdefault(part.facts.lot, holding.n)
        known: dict[tuple[str, int], PassTerms | None] = {}
        for lot, n in sorted(first.items(), key=lambda each: each[1]):
            if found := self._of_pass(lots[lot], over, known):
                yield n, found

    def _of_pass(self, lots: list[Lot], over: dt.date, known: dict[tuple[str, int], PassTerms | None]) -> _Due | None:
        """Return what is due of a time pass that these lots are, None for another pass; terms are asked for once."""
        facts = lots[0].facts
        code, version = facts.attributes.get("pass"), facts.attributes.get("terms_version", 0)
        if not isinstance(code, str) or type(version) is not int:
            return None
        if (code, version) not in known:
            known[code, version] = self._terms(code, version)
        terms = known[code, version]
        return None if terms is None else _due_of(terms, facts.owner, lots, over)

    def _held(self, life: int, passes: Mapping[int, bytes]) -> Iterable[tuple[Holding, Lot]]:
        """Return all free parts of passes of the owners of these rows, each with its lot, oldest first."""
        owners = sorted(set(passes.values()))
        if not owners:
            return ()
        marks = ", ".join("?" * len(owners))
        rows = self._till.database.rows(f"{OF_OWNERS} AND owner IN ({marks})", (life, PASS, *owners))
        free = Holds(self._till.database).free(sorted(Holding(*row) for row in rows))
        return zip(free, self._till.book.lots(free), strict=True)

    def _terms(self, code: str, version: int) -> PassTerms | None:
        """Return the terms of a time pass, None for another one, or where nobody knows them any more."""
        try:
            terms = self._terms_of(code, version)
        except Refusal:
            return None
        return terms if terms.kind == TIME_PASS else None

    def _settle(self, found: list[_Due]) -> list[_Due]:
        """Post these days in one entry, and return them."""
        if found:
            asked: dict[str, Canonical] = {"do": "pass_days", "day": self._till.book.today().isoformat()}
            with self._till.database.write():
                draft = self._till.book.begin(ActionId(new_id()), "pass_days", request_digest(asked))
                self._fill(draft, found)
                self._till.book.post(draft)
        return found

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


def _due_of(terms: PassTerms, owner: AccountId, lots: list[Lot], over: dt.date) -> _Due:
    by_bucket = {str(each.bucket): each for each in lots}
    takes = days_due(sold_pass(terms, owner, lots), over)
    return _Due(terms, owner, lots[0].facts.lot, tuple((by_bucket[take.bucket], take.amount) for take in takes))
