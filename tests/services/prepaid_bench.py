"""A counter at which money comes in, over a real book that is proved after every entry."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Book, request_digest
from terminal.ledger.deeds import Deeds
from terminal.ledger.draft import Draft, Lot
from terminal.ledger.verify import verify
from terminal.rules import entry
from terminal.rules.bill_note import CASH
from terminal.rules.entry import Entry
from terminal.rules.loyalty.referral import ReferralRules
from terminal.rules.member_file import MemberLine
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.values import AT_COUNTER, Place
from terminal.services.files.referrers import NOBODY
from terminal.services.imports import NEW_PEOPLE, ImportLine, Imports
from terminal.services.members import Members
from terminal.services.money import Bill
from terminal.services.prepaid.buying import Elsewhere, Paid
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.views import Done, SignedIn
from terminal.store.database import Database
from tests.support import ManualClock, new_store

STAFF = SignedIn("token", "0" * 31 + "5", "陈晓", 1)
DAY_S = 86_400


@dataclass(slots=True)
class Shop:
    """Everything that takes money at one till."""

    folder: pathlib.Path
    database: Database
    book: Book
    clock: ManualClock
    till: Till
    imports: Imports
    place: Place = AT_COUNTER
    brought_by: dict[str, AccountId] = field(default_factory=dict)
    elsewhere: dict[str, Elsewhere] = field(default_factory=dict)
    slips: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    referral: ReferralRules = field(default_factory=ReferralRules)
    lines: int = 0

    @property
    def top_ups(self) -> TopUps:
        """The use case of money coming in."""
        asks = Asks(self._slip, lambda account: self.elsewhere.get(account, Elsewhere()), self._terms)
        return TopUps(self.till, asks, Milestones(self.till), self.referrals)

    @property
    def referrals(self) -> Referrals:
        """The rewards for who brought somebody."""
        return Referrals(self.till, lambda account: self.brought_by.get(account, NOBODY))

    def rules(self, rules: Rulebook) -> Rulebook:
        """Return rules with the shop's rules of referral."""
        return replace(rules, referral=self.referral)

    def top_up(
        self, rules: Rulebook, account: AccountId, amount_fen: int, bonus_fen: int = 0, tender: str = CASH
    ) -> Done:
        """Top up in cash, or by the `tender` named, and prove the book."""
        how = Paid(tender)
        done = self.top_ups.top_up(self.rules(rules), STAFF, action(), account, amount_fen, bonus_fen, paid=how)
        assert self.verdict() == ""
        return done

    def _slip(self, bill: Bill) -> int | None:
        self.slips.append(bill.bill_no)
        return None

    def _terms(self, bill: Bill, text: str) -> None:
        self.terms.append(f"{bill.bill_no} {text}")

    def member(self, name: str = "王小芳", **parts: object) -> AccountId:
        """Import one member and return the account."""
        self.lines += 1
        line = MemberLine(self.lines, name=name, **{"old_number": f"M{self.lines}", **parts})  # type: ignore[arg-type]  # the line's own fields
        self.imports.take([ImportLine(line, "WXF", step=NEW_PEOPLE)])
        row = self.database.row("SELECT account FROM member ORDER BY n DESC LIMIT 1")
        assert row is not None
        return AccountId(row[0].hex())

    def anonymous(self) -> AccountId:
        """Give out a card without a name and return its account."""
        account = AccountId(new_id())
        self.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'card', 'active', 'uid')",
            (bytes.fromhex(account), account[:16].upper()),
        )
        return account

    def held(self, account: AccountId, *assets: str) -> list[Lot]:
        """Return what the till holds of an account."""
        return self.book.lots(self.book.holdings(account, assets))

    def amounts(self, account: AccountId, asset: str) -> list[int]:
        """Return the amounts of an asset, oldest bucket first."""
        return [lot.amount for lot in self.held(account, asset)]

    def last(self) -> Entry:
        """Return the newest entry."""
        row = self.database.row("SELECT bytes FROM entry ORDER BY life DESC, seq DESC LIMIT 1")
        assert row is not None
        return entry.from_bytes(row[0])

    def entries(self) -> int:
        """How many entries the journal has."""
        return self.book.life().seq

    def wait_days(self, days: int) -> None:
        """Let days pass."""
        self.clock.advance(days * DAY_S)

    def today(self) -> dt.date:
        """Return the business day."""
        return self.book.today()

    def post(self, kind: str, account: AccountId, **payload: object) -> Draft:
        """Begin an entry of a kind that other use cases post, for a deed."""
        draft = self.book.begin(ActionId(new_id()), kind, request_digest({"do": kind}))
        draft.payload |= {"account": account, "operator": STAFF.staff_id, "shift": 1, **payload}  # type: ignore[dict-item]
        return draft

    def void(self, undone: Entry) -> None:
        """Post the exact opposite of an entry that only made units."""
        source = undone.device, undone.epoch, undone.seq
        with self.database.write():
            draft = self.post("void", AccountId(str(undone.payload["account"])), undoes="/".join(map(str, source)))
            for effect in undone.effects:
                facts = next(each for each in undone.buckets if each.id == effect.bucket)
                lot = self.book.lot_of(facts)
                assert lot is not None
                draft.spend(lot, effect.amount)
            for name, fen in undone.postings:
                draft.debit(name, -fen)
            self.book.post(draft)

    def verdict(self) -> str:
        """Return what is wrong with the book, empty when it is right: chain, L1 and holdings, from first to last."""
        return verify(self.database, self.folder / "verify.scratch").code


@contextmanager
def open_shop(folder: pathlib.Path) -> Iterator[Shop]:
    """Open a shop; afterwards its book is proved once more."""
    database = new_store(folder / "store.db")
    clock = ManualClock()
    book = Book(database, clock)
    book.open()
    members = Members(database, book, clock)
    deeds = Deeds(database, lambda at: business_day(clock, at))
    till = Till(database, book, members, clock, deeds, place=lambda: shop.place)
    shop = Shop(folder, database, book, clock, till, Imports(database, book, clock))
    try:
        yield shop
        assert shop.verdict() == ""
    finally:
        database.close()


def action() -> ActionId:
    """Return an action id chosen before the attempt."""
    return ActionId(new_id())


def refused(refusal: Refusal) -> tuple[str, dict[str, object]]:
    """Return code and values of a refusal."""
    return refusal.code, dict(refusal.values)
