"""The watch: what looks wrong is told at the counter at once, noted in the book, and stopped where a rule says so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId
from terminal.ledger.book import Book, request_digest
from terminal.rules.bucket import Source
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.entry import Entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.till import anomaly
from terminal.rules.till.anomaly import JOURNAL_GAP, PIN_FAILED, Event, Verdict
from terminal.rules.till.roles import WHOLE_BP
from terminal.services.shifts.past import Past, civil
from terminal.services.shifts.records import Records
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn
from terminal.store.database import Database

NOTE, SETTLE = "alert", "settle_alert"


class Watch:
    """Judges what is about to happen by the shop's rules. Used by the dispatcher."""

    def __init__(
        self,
        database: Database,
        book: Book,
        clock: Clock,
        rights: Rights,
        *,
        alarm: Callable[[str], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        """Tell the counter a code by `alarm`; `soon` has work done after the transaction at hand has ended."""
        self._database = database
        self._book = book
        self._clock = clock
        self._rights = rights
        self._records = Records(database, clock)
        self._alarm = alarm
        self._soon = soon

    def event(self, kind: str, by: SignedIn, action_id: ActionId, account: str = "", amount_fen: int = 0) -> Event:
        """Return what somebody is about to do now, of a kind of `anomaly.KINDS`.

        Whoever takes something back adds `undoes`: the name of that entry (`sale_name`).
        """
        return Event(
            id=action_id,
            kind=kind,
            at=civil(self._clock, self._clock.now_ms()),
            operator=by.staff_id,
            terminal=self._book.life().device,
            member=account,
            amount_fen=abs(amount_fen),
        )

    def judge(self, rulebook: Rulebook, event: Event) -> Verdict:
        """Return what the rules say of something, without telling anybody.

        A fresh shop has no rules, and nothing is read. A till knows to which account something was done, not with
        which of its cards: they count as one. What a role may take off is known here.
        """
        if not rulebook.anomalies:
            return Verdict(())
        most_bp = _discount_most(rulebook, self._rights.role_of(event.operator))
        event = replace(event, card=event.member, discount_most_bp=most_bp)
        past = Past(self._database, self._clock, event.terminal).before(rulebook.anomalies, event)
        return anomaly.judge(rulebook.anomalies, event, past)

    def guard(self, rulebook: Rulebook, event: Event, *, approval: str = "") -> list[Canonical]:
        """Judge what is about to be settled, in its transaction; return what its entry's payload notes as `alerts`.

        Each alert is told at the counter at once. Where a rule blocks, a manager's approval of `settle_alert` is used
        up, and named in each alert (`approved_by`); without one the alerts are noted in an entry of their own, and
        what was to happen is refused as `Rights.check` refuses it.
        """
        verdict = self.judge(rulebook, event)
        for alert in verdict.alerts:
            self._alarm(alert.code)
        if not verdict.needs_manager:
            return _alerts(verdict)
        by = SignedIn("", event.operator, "", 0, self._rights.role_of(event.operator))
        try:
            given = self._rights.check(
                rulebook.roles, by, ActionId(event.id), SETTLE, event.amount_fen, approval=approval
            )
        except Refusal:
            self._soon(partial(self._note_later, rulebook, event, _alerts(verdict)))
            raise
        return _alerts(verdict, given)

    def pass_noted(self, rulebook: Rulebook, event: Event) -> None:
        """Judge as `guard` what leaves no entry of its own, such as a drawer that is opened; alerts get one of theirs.

        An approval is looked for under the action id.
        """
        if alerts := self.guard(rulebook, event):
            self._note(rulebook, event, alerts)

    def pin_failed(self, rulebook: Rulebook, made: Entry) -> Verdict:
        """Judge a wrong PIN by the entry that was just posted of it, in its transaction: tell it and note it.

        It was refused by itself, so nothing is left to approve: whoever counts wrong PINs locks them where it blocks.
        """
        if not rulebook.anomalies:
            return Verdict(())
        operator, account = str(made.payload.get("operator", "")), str(made.payload.get("account", ""))
        failed = Event(
            id=sale_name(Source(made.device, made.epoch, made.seq)),
            kind=PIN_FAILED,
            at=civil(self._clock, made.at),
            operator=operator,
            terminal=made.device,
            member=account,
        )
        verdict = self.judge(rulebook, failed)
        for alert in verdict.alerts:
            self._alarm(alert.code)
        if verdict.alerts:
            self._note(rulebook, failed, _alerts(verdict))
        return verdict

    def gap_found(self, rulebook: Rulebook, about: str, missing: int, *, again: bool) -> None:
        """Judge that so many entries are `missing` of the journal, `about` naming the first: tell it and note it.

        It happened already, so nothing is left to approve. It is noted once, and told only then unless `again`.
        """
        at = civil(self._clock, self._clock.now_ms())
        event = Event(id=about, kind=JOURNAL_GAP, at=at, terminal=self._book.life().device, missing=missing)
        verdict = self.judge(rulebook, event)
        if verdict.alerts and (self._note(rulebook, event, _alerts(verdict)) or again):
            for alert in verdict.alerts:
                self._alarm(alert.code)

    def _note_later(self, rulebook: Rulebook, event: Event, alerts: list[Canonical]) -> None:
        self._note(rulebook, event, alerts)

    def _note(self, rulebook: Rulebook, event: Event, alerts: list[Canonical]) -> bool:
        """Post an entry that says what was alerted, once for each action and what was found; tell whether it is new."""
        request = request_digest({"do": NOTE, "about": event.id, "alerts": alerts})
        action_id = ActionId(hashlib.sha256(request.encode()).hexdigest()[:32])
        with self._database.write():
            if self._book.find(action_id, request) is not None:
                return False
            shift = self._records.open_of(event.operator)
            draft = self._book.begin(action_id, NOTE, request)
            draft.payload |= {"account": event.member, "operator": event.operator}
            draft.payload |= {"shift": 0 if shift is None else shift.number, "about": event.id, "of": event.kind}
            draft.payload |= {"alerts": alerts, "versions": {**rulebook.noted("anomalies")}}
            self._book.post(draft)
        return True


def _discount_most(rulebook: Rulebook, role: str) -> int:
    """Return the most that a role may take off alone, in ten-thousandths; 0 for a role that may not, or is unknown."""
    limits = [limit for each in rulebook.roles.roles if each.name == role for limit in each.limits]
    found = [limit.most for limit in limits if limit.action == "discount"]
    if not found:
        return 0
    return WHOLE_BP if found[0] is None else found[0]


def _alerts(verdict: Verdict, given: dict[str, Canonical] | None = None) -> list[Canonical]:
    return [
        {"rule": each.rule, "code": each.code, "found": each.found, "block": each.block, **(given or {})}
        for each in verdict.alerts
    ]
