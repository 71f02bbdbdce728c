"""What happened lately at this till, as the rules of anomalies look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from terminal.base.clock import Clock
from terminal.rules import entry
from terminal.rules.canonical import Canonical
from terminal.rules.till import anomaly
from terminal.rules.till.anomaly import TESTS, Event, Rule
from terminal.services.drawer import BY_STAFF
from terminal.store.database import Database, Row

# What entries are to the rules; everything else only tells that the clock stood there. Points may be taken for many
# things: only where they were paid out was that by hand.
KINDS = MappingProxyType(
    {
        "bill": anomaly.SPEND,
        "charge": anomaly.SPEND,
        "top_up": anomaly.TOP_UP,
        "gift_card_sale": anomaly.TOP_UP,
        "void": anomaly.VOID,
        "refund": anomaly.REFUND,
        "pass_refund": anomaly.REFUND,
        "prepayment_refund": anomaly.REFUND,
        "card_return": anomaly.REFUND,
        "return_reward": anomaly.REFUND,
        "issue_coupon": anomaly.ADJUST,
        "end_coupon": anomaly.ADJUST,
        "extend_pass": anomaly.ADJUST,
        "start_pass": anomaly.ADJUST,
        "transfer_membership": anomaly.ADJUST,
        "transfer_pass": anomaly.ADJUST,
        "pin_failed": anomaly.PIN_FAILED,
    }
)
MINUTE_MS = 60_000
_DEEDS = (
    "SELECT device || '/' || epoch || '/' || deed.seq, kind, at, lower(hex(account)), operator, abs(amount_fen), undoes"
    " FROM deed JOIN life ON life.n = deed.life WHERE at >= ? ORDER BY at"
)
_OPENINGS = "SELECT lower(hex(action_id)), at, staff FROM drawer_opening WHERE at >= ? AND reason = ? ORDER BY at"
_ENTRIES = (
    "SELECT device || '/' || epoch || '/' || deed.seq, bytes FROM deed JOIN life ON life.n = deed.life"
    " JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq WHERE at >= ? AND kind = ?"
)


class Past:
    """Reads deeds, openings of the drawer and wrong PINs of the last minutes."""

    def __init__(self, database: Database, clock: Clock, terminal: str) -> None:
        """Read in `database`; everything was done at `terminal`, which is this one."""
        self._database = database
        self._clock = clock
        self._terminal = terminal

    def before(self, rules: Sequence[Rule], event: Event) -> list[Event]:
        """Return as much of the past as these rules look back from an event that happens now.

        Nothing is read where none of them looks back.
        """
        looking = [rule for rule in rules if TESTS[rule.test].looks_back]
        at_ms = self._clock.now_ms()
        found: list[Event] = []
        if any(rule.test == "clock_back" for rule in rules):
            found += self._newest(at_ms)
        if not looking:
            return found
        since_ms = at_ms - max(rule.window_minutes for rule in looking) * MINUTE_MS
        by_payer = event.payer != "" and any(rule.test == "one_payer" for rule in looking)
        payers = self._noted("top_up", "payer", since_ms) if by_payer else {}
        by_hand = any(anomaly.ADJUST in (rule.kinds or TESTS[rule.test].kinds) for rule in looking)
        paid_out = {name for name, fen in self._noted("redeem", "cash_fen", since_ms).items() if fen} if by_hand else ()
        found += [self._event(row, payers, paid_out) for row in self._database.rows(_DEEDS, (since_ms,))]
        return found + self._openings(since_ms)

    def _event(self, row: Row, payers: Mapping[str, Canonical], paid_out: Collection[str]) -> Event:
        name, kind, at, account, operator, amount_fen, undoes = row
        # A till knows which account something was done to, not with which of its cards: they count as one.
        return Event(
            id=name,
            kind=anomaly.ADJUST if name in paid_out else KINDS.get(kind, anomaly.OTHER),
            at=civil(self._clock, at),
            operator=operator,
            terminal=self._terminal,
            card=account,
            member=account,
            amount_fen=amount_fen,
            undoes=undoes,
            payer=str(payers.get(name, "")),
        )

    def _newest(self, at_ms: int) -> list[Event]:
        """Return that something was done later than now, where the clock was turned back."""
        row = self._database.row("SELECT max(at) FROM deed")
        latest_ms = int(row[0] or 0) if row else 0
        if latest_ms <= at_ms:
            return []
        return [Event("", anomaly.OTHER, civil(self._clock, latest_ms), terminal=self._terminal)]

    def _openings(self, since_ms: int) -> list[Event]:
        rows = self._database.rows(_OPENINGS, (since_ms, BY_STAFF))
        return [
            Event(name, anomaly.DRAWER, civil(self._clock, at), operator=staff, terminal=self._terminal)
            for name, at, staff in rows
        ]

    def _noted(self, kind: str, what: str, since_ms: int) -> dict[str, Canonical]:
        """Return what the entries of a kind note under a name, empty where they do not, by the names of entries."""
        rows = self._database.rows(_ENTRIES, (since_ms, kind))
        return {name: entry.from_bytes(data).payload.get(what, "") for name, data in rows if data}


def civil(clock: Clock, at_ms: int) -> dt.datetime:
    """Return the shop's own civil time of UTC milliseconds, as rules compare it."""
    return clock.local(at_ms).replace(tzinfo=None)
