"""A till with people and shifts over a real book, and bills that are posted to it without being priced."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.ledger.verify import verify
from terminal.rules.bill_note import EXTERNAL, BillNote, NoteLine, NoteTender
from terminal.rules.bucket import Source
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.entry import Entry, from_bytes
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.shift import PUT_IN, TAKEN_OUT
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.figures import ClosedShift
from terminal.services.shifts.records import KeptShift
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.shifts import Shifts
from terminal.services.staff import Staff
from terminal.services.views import SignedIn
from terminal.store.database import Database
from tests.support import ManualClock, open_test_book

PIN = "135790"
# An argon2id hash of PIN with the least of everything: what a PIN costs is proved where signing in is.
PIN_HASH = "$argon2id$v=19$m=8,t=1,p=1$554G+u3M45AOWW858u/5xw$ykg1IunUr1clQkqn6tBXIWq7S2HpG/tmrclfuXHB6pU"
TABLES = ("entry", "deed", "taking", "account_balance", "shift", "approval", "held", "print_job")


@dataclass(slots=True)
class ShiftBench:
    """What a test of shifts, rights, alerts and pay needs."""

    folder: pathlib.Path
    database: Database
    book: Book
    clock: ManualClock
    staff: Staff
    rights: Rights
    shifts: Shifts
    rulebook: Rulebook = field(default_factory=Rulebook)
    slips: list[ClosedShift] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def person(self, name: str, role: str = "cashier") -> SignedIn:
        """Return somebody of the staff, without a shift."""
        staff_id = new_id()
        with self.database.write():
            self.database.run(
                "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, ?, ?)", (staff_id, name, role, PIN_HASH)
            )
        return SignedIn("token", staff_id, name, 0, role)

    def signed_in(self, who: SignedIn) -> SignedIn:
        """Return somebody signed in, with the shift that opens."""
        return SignedIn(who.token, who.staff_id, who.name, self.staff.open_shift(who.staff_id)[1], who.role)

    def wish(self, by: SignedIn, action: str = "", approval: str = "") -> Wish:
        """Return a wish of somebody's with a new action id unless one is given."""
        return Wish(by, ActionId(action or new_id()), approval)

    def open(self, by: SignedIn, float_fen: int = 0) -> SignedIn:
        """Open somebody's shift with a float and return them signed in to it."""
        kept = self.shifts.open(self.wish(by), float_fen)
        return SignedIn(by.token, by.staff_id, by.name, kept.number, by.role)

    def put_in(self, by: SignedIn, fen: int, reason: str = "change") -> str:
        """Put cash into the drawer."""
        return self.shifts.move_cash(self.rulebook.roles, self.wish(by), PUT_IN, fen, reason)

    def take_out(self, by: SignedIn, fen: int, *, boss: SignedIn | None = None, reason: str = "to the safe") -> str:
        """Take cash out of the drawer, with the approval of `boss` where one is given."""
        wish = self.wish(by)
        roles = self.rulebook.roles
        if boss is not None:
            self.rights.give(roles, by, boss.staff_id, wish.action_id, "cash_out", fen)
        return self.shifts.move_cash(roles, wish, TAKEN_OUT, fen, reason)

    def count(self, by: SignedIn, fen: int, number: int = 0) -> tuple[int | None, int | None]:
        """Count a shift; return what was expected and the difference."""
        counted = self.shifts.count(self.rulebook.roles, self.wish(by), number, fen)
        return counted.expected_fen, counted.over_fen

    def close(self, by: SignedIn, reason: str = "", number: int = 0) -> ClosedShift:
        """Close a shift."""
        return self.shifts.close(self.rulebook.roles, self.wish(by), number, reason)

    def hand_over(self, by: SignedIn, float_fen: int) -> KeptShift:
        """Open the next shift out of what was counted."""
        return self.shifts.hand_over(self.wish(by), float_fen)

    def top_up(self, by: SignedIn, fen: int, bonus_fen: int = 0, *, account: str = "", tender: str = "cash") -> Posted:
        """Post a top-up."""
        owner = AccountId(account or new_id())
        with self.database.write():
            draft = self.draft("top_up", by, account=owner, amount_fen=fen, bonus_fen=bonus_fen, principal_fen=fen)
            draft.payload |= {"tender": tender, "points": 0}
            draft.create("principal", owner, fen, unit_value_fen=1)
            if bonus_fen:
                draft.create("bonus", owner, bonus_fen)
            draft.debit(f"tender/{tender}", fen)
            draft.credit("deferred", fen)
            return self.book.post(draft)

    def bill(self, by: SignedIn, note: BillNote, **facts: Canonical) -> Posted:
        """Post a settled bill with the units that it takes out of a purse; its rights and points are left out."""
        with self.database.write():
            draft = self.draft("bill", by, **note.note(), amount_fen=note.payable_fen, **facts)
            for each in note.tenders:
                if each.tender in EXTERNAL:
                    draft.debit(f"tender/{each.tender}", each.amount_fen)
                elif each.tender in {"principal", "bonus"}:
                    self._spend(draft, AccountId(note.account), each)
            for line in note.lines:
                draft.credit("deferred" if line.kind == "pass" else f"sales/{line.kind}", line.net_fen)
                if line.kind == "pass":
                    draft.create("pass", AccountId(note.account), line.net_fen // 100, unit_value_fen=100)
            return self.book.post(draft)

    def money_back(self, by: SignedIn, kind: str, of: Posted, parts: dict[str, int], **facts: Canonical) -> Posted:
        """Post a refund or void in cash; `parts` are fen of sales by kind of line."""
        total_fen = sum(parts.values())
        with self.database.write():
            draft = self.draft(kind, by, amount_fen=-total_fen, undoes=name_of(of), **facts)
            draft.credit("tender/cash", total_fen)
            for name, fen in parts.items():
                draft.debit(name, fen)
            return self.book.post(draft)

    def draft(self, kind: str, by: SignedIn, **facts: Canonical) -> Draft:
        """Return a draft of an entry of somebody's, inside a transaction."""
        action = ActionId(new_id())
        draft = self.book.begin(action, kind, request_digest({"do": kind, "action": action}))
        draft.payload |= {"account": "", "operator": by.staff_id, "shift": by.shift_no, **facts}
        return draft

    def refused(self, work: Callable[[], object]) -> Refusal:
        """Return what something is refused with; nothing may have changed by it."""
        before = self.everything()
        with pytest.raises(Refusal) as caught:
            work()
        assert self.everything() == before
        return caught.value

    def everything(self) -> list[list[Any]]:
        """Return all that a shift could change."""
        return [[tuple(row) for row in self.database.rows(f"SELECT * FROM {name}")] for name in TABLES]  # noqa: S608 - tables of ours

    def last(self) -> Entry:
        """Return the newest entry."""
        row = self.database.row("SELECT bytes FROM entry ORDER BY life DESC, seq DESC LIMIT 1")
        assert row is not None
        return from_bytes(row[0])

    def cash(self) -> dict[str, int]:
        """Return the accounts that cash stands in."""
        names = ("tender/cash", "cash_moves", "cash_over_short")
        return {name: fen for name, fen in self.book.accounts().items() if fen and name in names}

    def verify(self) -> str:
        """Return what is wrong with the book, L1 included; empty when it is right."""
        return verify(self.database, self.folder / "scratch.db").code

    def _spend(self, draft: Draft, account: AccountId, part: NoteTender) -> None:
        left = part.amount_fen
        for lot in self.book.lots(self.book.holdings(account, (part.tender,))):
            amount = min(left, lot.amount)
            left -= amount
            if amount:
                draft.spend(lot, amount)
        assert left == 0, "the purse holds it"
        draft.debit("deferred" if part.tender == "principal" else "bonus_discount", part.amount_fen)


def shift_bench(folder: pathlib.Path) -> ShiftBench:
    """Return a till; whoever asks closes its database."""
    made = open_test_book(folder)
    database, book, clock = made.database, made.book, made.clock
    rights = Rights(database, clock)
    slips: list[ClosedShift] = []
    closed: list[int] = []
    shifts = Shifts(database, book, clock, rights, slip=slips.append, closed=closed.append)
    staff = Staff(database, book, clock)
    return ShiftBench(folder, database, book, clock, staff, rights, shifts, slips=slips, closed=closed)


def name_of(posted: Posted) -> str:
    """Return how an entry is named where another one leads back to it."""
    return sale_name(Source(posted.entry.device, posted.entry.epoch, posted.entry.seq))


def line(kind: str, net_fen: int, **facts: Any) -> NoteLine:
    """Return a line of a bill at its list price."""
    made: dict[str, Any] = {"item": "a", "name": "a", "category": "", "quantity": 1}
    made |= {"list_fen": net_fen, "own_fen": net_fen, "net_fen": net_fen}
    return NoteLine(kind=kind, **(made | facts))


def note(lines: Sequence[NoteLine], tenders: dict[str, int], account: str = "", **facts: Any) -> BillNote:
    """Return a settled bill."""
    paid = tuple(NoteTender(name, fen) for name, fen in tenders.items())
    payable_fen = sum(each.net_fen for each in lines)
    return BillNote(account=account, lines=tuple(lines), payable_fen=payable_fen, tenders=paid, **facts)
