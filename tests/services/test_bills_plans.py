"""A bill finds all its rows through indexes, and asks the store no more often where the bill is longer."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from terminal.ledger.book import Book
from terminal.rules.canonical import Canonical
from terminal.rules.pay.commission import Person
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.values import Chosen, Order, OrderLine, Tender
from terminal.store.database import Database
from terminal.store.migrations import migrate
from tests.services.bill_bench import STAFF, Shop, free
from tests.services.factored import factored
from tests.services.test_bills import FIFTY, LATER, PLAIN, TEN
from tests.support import STORE_KEY, ManualClock, TestBook

# These never have more than a handful of rows; of the last, what few bills are open has on hold.
SMALL = {"life", "device", "account_balance", "sync_mark", "mailbox", "deed_mark", "open_bill", "unit_hold"}
LIMITED = replace(TEN, code="limited", daily_limit=3)

# Values and a row of them are no table.
TABLE = re.compile(r"SCAN (?!\d+-ROW VALUES)(\w+)")


class Recorder(Database):
    """A store that remembers every statement, and counts them."""

    def __init__(self, path: pathlib.Path, key: bytes) -> None:
        super().__init__(path, key)
        self.statements: dict[str, Sequence[Any]] = {}
        self.count = 0

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - a driver's cursor
        self.count += 1
        self.statements.setdefault(sql, parameters)
        return super().run(sql, parameters)

    def scans(self) -> dict[str, list[str]]:
        """Return the statements that read a whole table, with their plans."""
        found = {}
        for sql, parameters in self.statements.items():
            if not sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                continue
            plan = [row[3] for row in self.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            scanned = {match[1] for step in plan if (match := re.match(r"SCAN (?!\d+-ROW VALUES)(\w+)", step))}
            if scanned - SMALL or any("AUTOMATIC" in step for step in plan):
                found[sql] = plan
        return found


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[tuple[Recorder, Shop]]:
    """Give a shop whose statements are recorded."""
    database = Recorder(tmp_path / "store.db", STORE_KEY)
    migrate(database)
    clock = ManualClock()
    book = Book(database, clock)
    book.open()
    rules = Rulebook(points=PLAIN.points, coupons=PLAIN.coupons, passes=(*PLAIN.passes, LATER))
    yield database, Shop(TestBook(tmp_path, database, book, clock), rules)
    database.close()


def test_opening_changing_quoting_and_settling_a_bill_read_no_whole_table(shop: tuple[Recorder, Shop]) -> None:
    database, made = shop
    account = made.member()
    made.purse(account, 500_00, 100_00)
    made.give(account, "points", 3_000)
    coupon, lot = made.coupon(account, FIFTY), made.pass_units(account, "later")
    database.statements.clear()
    lines = (OrderLine("cut"), OrderLine("facial", pass_lot=lot), OrderLine("shampoo", 2))
    order = Order(account, lines, (Chosen(coupon),), 1_000)
    bill = made.bills.change(made.rules, made.open(Order(account, lines)).id, 1, order)
    payable_fen = made.bills.quote(made.rules, bill.id).priced.payable_fen
    made.bills.list_open(account)
    made.bills.list_open()
    made.bills.on_hold().on(coupon)  # type: ignore[arg-type]  # a bucket's id
    made.settle(bill, [Tender("purse", 300_00), Tender("cash", payable_fen - 300_00)], payable_fen)
    made.bills.drop(bill.id, 1)
    assert len(database.statements) >= 20
    assert database.scans() == {}


def test_a_long_bill_asks_the_store_as_often_as_a_short_one(shop: tuple[Recorder, Shop]) -> None:
    database, made = shop
    account = made.member()
    made.purse(account, 9000_00, 100_00)
    counts = []
    for lines in (1, 1, 100):
        bill = made.open(Order(account, (*(OrderLine("cut") for _ in range(lines)), free(5))))
        fen = 388_00 * lines + 5
        before = database.count
        made.settle(bill, [Tender("purse", 100_00), Tender("cash", fen - 100_00)], fen)
        counts.append(database.count - before)
    assert counts[1] == counts[2] < 45, "the first one makes the bucket of points"


def test_a_quote_asks_the_store_as_often_whatever_a_member_and_a_bill_have(shop: tuple[Recorder, Shop]) -> None:
    database, made = shop
    made.rules = replace(made.rules, passes=(*made.rules.passes, LIMITED), versions={"coupons": 1, "passes": 1})
    asked: list[int] = []

    def section(name: str, version: int) -> Any:  # noqa: ANN401 - each section has its own class
        asked.append(version)
        return getattr(made.rules, name)

    made.bills = Bills(
        made.database,
        made.book,
        made.clock,
        Asks(factored(made), section=section),
    )
    counts = []
    for much in (1, 12):
        account = made.member()
        made.purse(account, 500_00, 100_00)
        for _ in range(much):
            attributes: dict[str, Canonical] = {"template": "fifty", "version": 0, "first": "", "last": ""}
            made.give(account, "coupon", 1, attributes=attributes)
            made.pass_units(account, "limited")
        lines = [OrderLine("facial", people=(Person(STAFF.staff_id, ""),)) for _ in range(much)]
        before = database.count
        quote = made.bills.quote_of(made.rules, Order(account, (OrderLine("cut"), *lines)))
        counts.append(database.count - before)
        assert (len(quote.coupons), len(quote.sessions)) == (much, much * much)
    assert counts[0] == counts[1] < 30
    assert len(asked) == 4, "each version of a section once in a quote"


def test_sessions_of_many_lines_are_reserved_at_the_cost_of_one(shop: tuple[Recorder, Shop]) -> None:
    database, made = shop
    account = made.member()
    lots = [made.pass_units(account, "ten") for _ in range(10)]
    counts = []
    for much in (1, 10):
        lines = tuple(OrderLine("facial", pass_lot=lot) for lot in lots[:much])
        before = database.count
        bill = made.open(Order(account, lines))
        counts.append(database.count - before)
        made.bills.drop(bill.id, bill.version)
    assert counts[0] == counts[1]
