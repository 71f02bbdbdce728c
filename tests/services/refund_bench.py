"""A counter whose bills are posted as `docs/refunds.md` has them: what refunds, voids and payouts are tried on."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, LotId, new_id
from terminal.ledger.deeds import Deeds
from terminal.ledger.draft import Draft, Lot
from terminal.ledger.verify import verify
from terminal.rules import entry
from terminal.rules.bill_note import BillNote, NoteLine, NoteTaken, NoteTender
from terminal.rules.bucket import SHOP
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.entry import Entry
from terminal.rules.loyalty.points import PointsRules, Rate
from terminal.rules.passes.sale import sell
from terminal.rules.passes.terms import PassTerms
from terminal.rules.refunds.prepayment import Consumed, shares
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.pass_units import make_pass
from terminal.services.refunds.asking import By, Wish
from terminal.services.refunds.bills import Refunds
from terminal.services.refunds.posting import Refunded
from terminal.services.refunds.records import Records
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn
from terminal.store.database import Database
from tests.support import TestBook, open_test_book

MANAGER = SignedIn("token", "0" * 31 + "7", "李店长", 3, "manager")
CASHIER = SignedIn("token", "0" * 31 + "5", "陈晓", 1)
# Whoever rang the bills up and may undo them.
SAME_SHIFT = replace(CASHIER, role="manager")
POINTS = PointsRules(1, (Rate("base"),))
BOOK = Rulebook(points=POINTS)
WINDOW = dt.timedelta(days=30)


def line(
    net_fen: int, quantity: int = 1, *, kind: str = "service", list_fen: int = 0, points: int = 0, units: int = 0
) -> NoteLine:
    """Return a line of a bill, without an offer unless its list value is given."""
    return NoteLine(
        f"{kind}-{net_fen}", "", kind, "", list_fen or net_fen, quantity, net_fen, net_fen, points=points, units=units
    )


@dataclass(slots=True)
class RefundBench:
    """What a test of taking back needs; the whole book is proved, entry by entry, at the end of every test."""

    made: TestBook
    records: Records
    sections: dict[str, Any]
    refunds: Refunds = field(init=False)

    def __post_init__(self) -> None:
        self.refunds = Refunds(self.records, lambda name, _: self.sections[name])

    def by(self, who: SignedIn = MANAGER, rulebook: Rulebook = BOOK, action: str = "", **more: Any) -> By:
        """Return who asks, with a new action id unless one is given; alone unless said otherwise."""
        return By(rulebook, who, ActionId(action or new_id()), **{"alone": True, **more})

    def approve(self, by: By, name: str, amount_fen: int) -> None:
        """Have the manager approve what somebody wants to do."""
        rights = Rights(self.made.database, self.made.clock)
        rights.give(by.rulebook.roles, by.staff, MANAGER.staff_id, by.action_id, name, amount_fen)

    def refund(self, bill: str, lines: Mapping[int, int] | None = None, **more: Any) -> Refunded:
        """Refund lines of a bill, or all that is left."""
        return self.refunds.refund(self.by(**more), Wish(bill, lines))

    def member(self) -> AccountId:
        """Return a new account."""
        return AccountId(new_id())

    def post(self, kind: str, payload: dict[str, Canonical], work: Callable[[Draft], None]) -> str:
        """Post an entry and return its name."""
        book = self.made.book
        with self.made.database.write():
            draft = book.begin(ActionId(new_id()), kind, "")
            draft.payload |= {"operator": CASHIER.staff_id, "shift": CASHIER.shift_no}
            draft.payload |= payload
            work(draft)
            book.post(draft)
        return sale_name(draft.source)

    def top_up(self, account: AccountId, paid_fen: int, bonus_fen: int = 0, tender: str = "cash") -> str:
        """Put money on an account and return the entry's name."""
        facts: dict[str, Canonical] = {"paid_fen": paid_fen, "bonus_fen": bonus_fen}

        def work(draft: Draft) -> None:
            draft.create("principal", account, paid_fen, unit_value_fen=1, attributes=facts)
            if bonus_fen:
                draft.create("bonus", account, bonus_fen, attributes=facts)
            draft.create("refund_right", account, paid_fen, attributes={**facts, "of": "top_up", "tender": tender})
            draft.debit(f"tender/{tender}", paid_fen)
            draft.credit("deferred", paid_fen)

        said: dict[str, Canonical] = {"account": account, "amount_fen": paid_fen, "bonus_fen": bonus_fen, "points": 0}
        return self.post("top_up", {**said, "principal_fen": paid_fen, "tender": tender}, work)

    def bill(
        self,
        account: AccountId | None,
        lines: Sequence[NoteLine],
        tenders: Mapping[str, int],
        *,
        points: int = 0,
        used: Mapping[str, int] | None = None,
        sessions: Mapping[int, int] | None = None,
        **note: Any,
    ) -> str:
        """Settle a bill and return its name.

        `tenders` are what each means of payment paid, `used` the units of points and coupons it used, `sessions` the
        units of passes that settled lines.
        """
        owner, paid = account or SHOP, sum(fen for name, fen in tenders.items() if name not in {"bonus", "on_credit"})
        taken = self._taken(owner, tenders)
        share = shares(
            sum(each.net_fen for each in lines), sum(each.list_fen for each in lines), list(tenders.values())
        )
        of = dict(zip(tenders, share, strict=True))
        made = BillNote(
            account=account or "",
            lines=tuple(lines),
            payable_fen=sum(tenders.values()),
            steps=tuple(note.pop("steps", ())),
            tenders=tuple(NoteTender(name, fen) for name, fen in tenders.items()),
            points_used=sum(each.points for each in lines),
            points=points,
            points_rules=("base",),
            taken=tuple(_noted(lot, amount, of) for lot, amount in taken),
            paid_fen=paid,
            versions={"points": 1},
            **note,
        )

        def work(draft: Draft) -> None:
            until = (self.made.book.day_of(draft) + WINDOW).isoformat()

            def right(amount: int, expires_on: str = until, **facts: Canonical) -> None:
                draft.create("refund_right", owner, amount, expires_on=expires_on, attributes={"of": "bill", **facts})

            for lot, amount in taken:
                draft.spend(lot, amount)
                right(amount, target=lot.facts.facts())
            _pay(draft, owner, tenders, right)
            self._use(draft, owner, right, used or {}, sessions or {})
            if points:
                draft.create("points", owner, points, expires_on="2028-11-30")
            draft.debit("deferred", tenders.get("principal", 0))
            draft.debit("bonus_discount", tenders.get("bonus", 0))
            for each in lines:
                draft.credit(f"sales/{each.kind}", each.net_fen)

        said: dict[str, Canonical] = {"amount_fen": made.payable_fen, "visits": 1}
        return self.post("bill", {**made.note(), **said}, work)

    def _use(
        self,
        draft: Draft,
        owner: AccountId,
        right: Callable[..., None],
        used: Mapping[str, int],
        sessions: Mapping[int, int],
    ) -> None:
        """Spend what else than money paid: points, coupons and sessions, each with its right."""
        for asset, amount in used.items():
            for lot, part in self._of(owner, asset, amount):
                draft.spend(lot, part)
                right(part, target=lot.facts.facts())
        for place, amount in sessions.items():
            for lot, part in self._of(owner, "pass", amount):
                draft.spend(lot, part)
                right(part, target=lot.facts.facts(), line=place)
                draft.debit("deferred", part * lot.facts.unit_value_fen)
                draft.credit("sales/service", part * lot.facts.unit_value_fen)

    def units(self, account: AccountId, asset: str, amount: int, value_fen: int = 0, expires_on: str = "") -> None:
        """Give a member units of an asset, a pass for cash."""

        def work(draft: Draft) -> None:
            draft.create(asset, account, amount, unit_value_fen=value_fen, expires_on=expires_on)
            draft.debit("tender/cash", amount * value_fen)
            draft.credit("deferred", amount * value_fen)

        self.post("gift", {"account": account}, work)

    def use_up(self, account: AccountId, asset: str) -> None:
        """Have a member use all they have of an asset that is worth nothing to the book."""
        lots = self.records.held(account, asset)

        def work(draft: Draft) -> None:
            for lot in lots:
                draft.spend(lot, lot.amount)

        self.post("gift", {}, work)

    def sell_pass(self, account: AccountId, terms: PassTerms, tenders: Mapping[str, int]) -> str:
        """Sell a pass on a bill of its own and return its lot."""
        taken, lot, price_fen = self._taken(account, tenders), new_id(), sum(tenders.values())
        sold = NoteLine("", "", "pass", "", price_fen, 1, price_fen, price_fen, pass_code=terms.code, pass_lot=lot)
        share = {name: Consumed(fen, fen) for name, fen in tenders.items()}
        note = BillNote(
            account=account,
            lines=(sold,),
            payable_fen=price_fen,
            tenders=tuple(NoteTender(name, fen) for name, fen in tenders.items()),
            taken=tuple(_noted(each, amount, share) for each, amount in taken),
            paid_fen=price_fen - tenders.get("bonus", 0),
        )

        def work(draft: Draft) -> None:
            made = sell(terms, self.made.book.day_of(draft), price_fen)
            make_pass(draft, account, terms, made, LotId(lot), version=0)
            draft.credit("deferred", price_fen)
            for each, amount in taken:
                draft.spend(each, amount)
                facts: dict[str, Canonical] = {"of": "pass", "pass": lot, "target": each.facts.facts()}
                draft.create("refund_right", account, amount, attributes=facts)
            draft.debit("deferred", tenders.get("principal", 0))
            draft.debit("bonus_discount", tenders.get("bonus", 0))
            for name, fen in tenders.items():
                if name not in {"principal", "bonus"}:
                    facts = {"of": "pass", "pass": lot, "tender": name}
                    draft.create("refund_right", account, fen, attributes=facts)
                    draft.debit(f"tender/{name}", fen)

        self.post("bill", {**note.note(), "amount_fen": price_fen, "visits": 1}, work)
        return lot

    def held(self, account: AccountId) -> dict[str, int]:
        """Return what a member holds, without rights."""
        return {name: units for name, units in self.made.book.balances(account).items() if name != "refund_right"}

    def accounts(self) -> dict[str, int]:
        """Return the money accounts that are not at nothing."""
        return {name: fen for name, fen in self.made.book.accounts().items() if fen}

    def last(self) -> Entry:
        """Return the last entry of the journal."""
        row = self.made.database.row("SELECT bytes FROM entry ORDER BY life DESC, seq DESC LIMIT 1")
        assert row is not None
        return entry.from_bytes(row[0])

    def prove(self) -> None:
        """Assert that the book is right: chain, holdings, and money accounts against what is held."""
        verdict = verify(self.made.database, self.made.folder / "scratch.db")
        assert verdict.code == "", verdict

    def refused(self, work: Callable[[], object]) -> str:
        """Return the code something is refused with; nothing may have changed by it."""
        before = self.everything()
        with pytest.raises(Refusal) as caught:
            work()
        assert self.everything() == before
        return caught.value.code

    def everything(self) -> tuple[list[Any], ...]:
        """Return all that an entry could change."""
        tables = ("entry", "held", "account_balance", "bucket", "deed", "taking")
        return tuple([tuple(row) for row in self.made.database.rows(f"SELECT * FROM {name}")] for name in tables)  # noqa: S608 - tables of ours

    def _taken(self, owner: AccountId, tenders: Mapping[str, int]) -> list[tuple[Lot, int]]:
        return [each for asset in ("principal", "bonus") for each in self._of(owner, asset, tenders.get(asset, 0))]

    def _of(self, owner: AccountId, asset: str, amount: int) -> list[tuple[Lot, int]]:
        taken: list[tuple[Lot, int]] = []
        for lot in self.records.held(owner, asset):
            part = min(lot.amount, amount)
            if part:
                taken.append((lot, part))
            amount -= part
        assert amount == 0, "the test gave enough"
        return taken


def _pay(draft: Draft, owner: AccountId, tenders: Mapping[str, int], right: Callable[..., None]) -> None:
    """Book what was paid by other means than stored value, each with its right."""
    for name, fen in tenders.items():
        if name == "on_credit":
            owed = draft.create("owed", owner, fen, unit_value_fen=1)
            right(fen, target=owed.facts())
            draft.debit("receivable", fen)
        elif name not in {"principal", "bonus"}:
            right(fen, tender=name)
            draft.debit(f"tender/{name}", fen)


def _noted(lot: Lot, amount: int, of: Mapping[str, Consumed]) -> NoteTaken:
    share = of[lot.facts.asset]
    return NoteTaken(lot.bucket, lot.facts.lot, lot.facts.asset, amount, share.charged_fen, share.list_fen)


def refund_bench(folder: pathlib.Path) -> RefundBench:
    """Return a counter over an empty book; whoever asks closes its database."""
    made = open_test_book(folder)
    for who in (MANAGER, CASHIER):
        sign_in(made.database, who)
    deeds = Deeds(made.database, lambda at_ms: business_day(made.clock, at_ms))
    records = Records(made.database, made.book, deeds, made.clock)
    return RefundBench(made, records, {"points": POINTS})


def sign_in(database: Database, who: SignedIn) -> None:
    """Have somebody work here, with the shift open that they signed in to."""
    with database.write():
        database.run(
            "INSERT INTO staff (id, name, role, pin_hash, active) VALUES (?, ?, ?, '', 1)",
            (who.staff_id, who.name, who.role),
        )
        database.run(
            "INSERT INTO shift (id, number, staff, opened_at) VALUES (?, ?, ?, 0)",
            (new_id(), who.shift_no, who.staff_id),
        )


@contextmanager
def open_bench(folder: pathlib.Path) -> Iterator[RefundBench]:
    """Open a counter over an empty book, which is proved afterwards."""
    bench = refund_bench(folder)
    try:
        yield bench
        bench.prove()
    finally:
        bench.made.database.close()


def with_mode(mode: str) -> Rulebook:
    """Return the rules with a way to settle missing points."""
    return replace(BOOK, points_clawback=mode)
