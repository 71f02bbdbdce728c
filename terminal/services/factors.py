"""Whether what a member showed is enough to take something from them.

The rules are `terminal.rules.media.factors`; here they are given what this till knows: the state of the medium, what it
alone has spent today, and whether the member has a PIN that may be tried.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.book import Book
from terminal.rules import entry
from terminal.rules.canonical import Canonical
from terminal.rules.media import factors
from terminal.rules.media.factors import Limits, Situation, Verdict
from terminal.rules.media.states import Medium, check_usable
from terminal.services.member_pins import MemberPins
from terminal.store.database import Database

# What a settled spend says in its payload of how it was proved (`Approved.facts`).
FACTOR = "factor"
_SPENT = (
    "SELECT entry.bytes FROM deed JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq"
    " WHERE deed.account = ? AND deed.account <> x'' AND deed.of_day = ?"
)


@dataclass(frozen=True, slots=True)
class Spend:
    """What is to be taken from an account, and what was shown for it.

    `amount_fen` is what stored value pays (of a redemption the value of what is taken, 0 for none). `assurance` is what
    the medium proved when it was shown (of `factors.ASSURANCES`), `medium` its row, 0 where it has none (a telephone
    number, a member QR). `shown` are the `factors.FACTORS` that this program itself found right: a PIN that
    `MemberPins` accepted, what the cashier confirmed at the counter. Never take them from a caller outside.
    """

    account: AccountId
    amount_fen: int
    assurance: str
    shown: frozenset[str] = frozenset()
    medium: int = 0
    place: str = factors.COUNTER
    wish: str = factors.SPEND


@dataclass(frozen=True, slots=True)
class Approved:
    """By what a spend was proved: `tap`, `uid`, `member_qr` or a factor; `is_audited`: a person vouched for it."""

    by: str
    is_audited: bool
    assurance: str
    fen: int

    def facts(self) -> dict[str, Canonical]:
        """Return what belongs under `FACTOR` in the payload of the entry that settles it, beside the operator.

        The day's sum of what a medium alone has spent is read from it.
        """
        return {"by": self.by, "assurance": self.assurance, "audited": self.is_audited, "fen": self.fen}


class Factors:
    """Judges what was shown; it only reads. Used by the dispatcher."""

    def __init__(self, database: Database, book: Book, clock: Clock, pins: MemberPins, *, has_cloud: bool) -> None:
        """Read from an open store; `has_cloud` says whether members' telephones can get a QR that this till can check.

        `pins` are the members' PINs, for whoever has one to try.
        """
        self._database = database
        self._book = book
        self._clock = clock
        self.pins = pins
        self.has_cloud = has_cloud

    def check(self, limits: Limits, spend: Spend, day: dt.date) -> Approved:
        """Return by what a spend is proved; `limits` are `Rulebook.purse.factors`, `day` the entry's business day.

        Call it inside the transaction that settles, before the draft is posted, and put `facts()` into its payload.
        Raises `Refusal`: the first reason of `factors.judge` (`factor_tap_bill`, `factor_tap_day`, `factor_uid_bill`,
        `factor_uid_day`, `factor_identifies_only`), `factor_unknown`, `factor_amount`, `factor_no_phone`, and of a
        medium that may not be used any more `card_frozen`, `card_replaced`, `medium_blacklisted`, `medium_retired` or
        `medium_unknown`.
        """
        spend = self._seen(spend)
        verdict = self._judge(limits, spend, day)
        factors.require(verdict)
        return Approved(verdict.by, verdict.is_audited, spend.assurance, spend.amount_fen)

    def look(self, limits: Limits, spend: Spend, day: dt.date) -> Verdict:
        """Return the whole verdict, with the ways that would be enough, for a page to offer; raise as `check` else."""
        return self._judge(limits, self._seen(spend), day)

    def _seen(self, spend: Spend) -> Spend:
        """Return a spend with the assurance its medium may have at most; raise `Refusal` for one not to be used."""
        if not spend.medium:
            return spend
        row = self._database.row(
            "SELECT medium.account, coalesce(member.alias_of, x''), state, ended_by, assurance FROM medium"
            " LEFT JOIN member ON member.account = medium.account WHERE medium.n = ?",
            (spend.medium,),
        )
        # A merged member's card leads to the account that stays.
        if row is None or bytes.fromhex(spend.account) not in row[:2]:
            raise Refusal("medium_unknown")
        # It may have been frozen since it was shown.
        check_usable(Medium("", row[2], ended_by=row[3]))
        if spend.assurance == factors.AUTHENTICATED and row[4] != factors.AUTHENTICATED:
            return replace(spend, assurance=factors.UID_ONLY)
        return spend

    def _judge(self, limits: Limits, spend: Spend, day: dt.date) -> Verdict:
        if factors.PHONE_TAIL in spend.shown and not self._has_phone(spend.account):
            raise Refusal("factor_no_phone")
        pin = self.pins.state(spend.account)
        situation = Situation(
            place=spend.place,
            assurance=spend.assurance,
            shown=spend.shown,
            spent_today_fen=self._spent(spend.account, factors.alone(spend.assurance), day),
            has_pin=pin.is_set,
            is_pin_locked=pin.is_locked,
            has_cloud=self.has_cloud,
        )
        return factors.judge(limits, situation, spend.wish, spend.amount_fen)

    def _spent(self, account: AccountId, alone: str, day: dt.date) -> int:
        """Return what was spent on a business day by a medium `alone` (`tap`, `uid`), in fen.

        What was voided meanwhile still counts: who rings a bill again shows something more.
        """
        if not alone:
            return 0
        total_fen = 0
        for (data,) in self._database.rows(_SPENT, (bytes.fromhex(account), day.isoformat())):
            match entry.from_bytes(data).payload.get(FACTOR):
                case {"by": str(by), "fen": int(fen)} if by == alone:
                    total_fen += fen
        return total_fen

    def _has_phone(self, account: AccountId) -> bool:
        found = self._database.row("SELECT 1 FROM member WHERE account = ? AND phone <> ''", (bytes.fromhex(account),))
        return found is not None
