"""Members, bills and reports in a shop of years, beside one of a season: what gets slower as the book grows."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
import secrets
import time
import zoneinfo
from dataclasses import dataclass, field

from bench.figures import Figure, compared, median, p99, sampled, spread
from bench.grown import KEY, TIMEZONE, grow
from bench.members import card_uid
from bench.scale import Scale
from bench.stores import is_kept, note_kept
from terminal.base.clock import SystemClock, business_day
from terminal.base.ids import ActionId
from terminal.ledger.book import Book
from terminal.ledger.deeds import Deeds
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.points import PointsRules, Rate
from terminal.rules.prices.basket import CASH
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Asks, by_cashier
from terminal.services.bills.bills import Bills
from terminal.services.bills.values import PURSE, Chosen, Order, OrderLine, Proof, Settling, Tender
from terminal.services.members import Members
from terminal.services.prepaid.coupons import Coupons
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.views import SignedIn
from terminal.store.database import Database

LIMIT_VIEW_MS, LIMIT_BILL_MS, LIMIT_REPORT_MS, LIMIT_RATIO = 15.0, 10.0, 2_000.0, 1.3
WARM_UP = 20
LINES, LINE_FEN, PURSE_FEN, POINTS = 10, 30_00, 100_00, 100
REPORTS = 20
STAFF = SignedIn("bench", "0" * 32, "bench", 1)
RULES = Rulebook(
    coupons=(CouponTemplate("ten", CASH, off_fen=10_00),),
    points=PointsRules(1, (Rate("each", 1, 10_00),)),
    versions={"coupons": 1, "points": 1},
)


@dataclass(slots=True)
class _Shop:
    """One store with the use cases that are timed, and what they took in milliseconds."""

    database: Database
    book: Book
    deeds: Deeds
    members: Members
    bills: Bills
    coupons: Coupons
    top_ups: TopUps
    count: int
    view_ms: list[float] = field(default_factory=list)
    bill_ms: list[float] = field(default_factory=list)
    more_ms: list[float] = field(default_factory=list)
    report_ms: list[float] = field(default_factory=list)


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of a large store and a small one, asked in turn."""
    shops = [
        _open(folder / "book-small", scale.small_members, scale.small_entries),
        _open(folder / "book-large", scale.book_members, scale.book_entries),
    ]
    draw = random.Random(17)
    for number in range(WARM_UP + scale.bills):
        for shop in draw.sample(shops, 2):
            _view(shop, draw)
            _bill(shop, draw)
            if number < WARM_UP:
                for took_ms in (shop.view_ms, shop.bill_ms, shop.more_ms):
                    took_ms.clear()
    for _ in range(REPORTS):
        for shop in draw.sample(shops, 2):
            _report(shop)
    small, large = shops
    for shop in shops:
        shop.database.close()
    return _figures(small, large)


def _open(folder: pathlib.Path, members: int, entries: int) -> _Shop:
    file = folder / f"{members}-{entries}" / "store.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not is_kept(file.parent):
        grow(file, members, entries)
        note_kept(file.parent)
    database, clock = Database(file, KEY), SystemClock(zoneinfo.ZoneInfo(TIMEZONE))
    database.connect()
    book, deeds = Book(database, clock), Deeds(database, lambda at_ms: business_day(clock, at_ms))
    people = Members(database, book, clock)
    till = Till(database, book, people, clock, deeds)
    return _Shop(
        database=database,
        book=book,
        deeds=deeds,
        members=people,
        bills=Bills(database, book, clock, Asks(by_cashier(people))),
        coupons=Coupons(till),
        top_ups=TopUps(till, TopUpAsks(lambda _: None), Milestones(till), Referrals(till)),
        count=members,
    )


def _view(shop: _Shop, draw: random.Random) -> None:
    """Identify a member by card, as a tap does, and show all the counter shows of one."""
    uid = bytes.fromhex(card_uid(draw.randrange(shop.count)))
    began_ns = time.perf_counter_ns()
    shop.members.counter_member(shop.members.by_card(uid, ""))
    shop.view_ms.append((time.perf_counter_ns() - began_ns) / 1e6)


def _bill(shop: _Shop, draw: random.Random) -> None:
    """Settle ten lines with a coupon, points, stored value and cash; beside it an empty durable commit."""
    account = shop.members.by_card(bytes.fromhex(card_uid(draw.randrange(shop.count))), "")
    shop.top_ups.top_up(RULES, STAFF, _action(), account, PURSE_FEN, 0)
    shop.coupons.issue(RULES, STAFF, _action(), account, "ten")
    points = shop.book.holdings(account, ("points",))
    offered = POINTS if sum(lot.amount for lot in points) >= POINTS else 0
    coupon = shop.book.lots(shop.book.holdings(account, ("coupon",))[-1:])[0].bucket
    lines = tuple(OrderLine(name=f"line {number}", list_fen=LINE_FEN) for number in range(LINES))
    opened = shop.bills.open(RULES, STAFF, _action(), Order(account, lines, (Chosen(coupon),), offered))
    payable_fen = shop.bills.quote(RULES, opened.id).priced.payable_fen
    asked = Settling((Tender(PURSE, PURSE_FEN), Tender("cash", payable_fen - PURSE_FEN)), payable_fen)
    empty_ms = _empty_commit(shop.database)
    began_ns = time.perf_counter_ns()
    shop.bills.settle(RULES, STAFF, _action(), (opened.id, opened.version), asked, Proof("photo"))
    took_ms = (time.perf_counter_ns() - began_ns) / 1e6
    shop.bill_ms.append(took_ms)
    shop.more_ms.append(took_ms - empty_ms)


def _empty_commit(database: Database) -> float:
    """Return the milliseconds of a transaction that writes one small row and is durable when it ends."""
    began_ns = time.perf_counter_ns()
    with database.write():
        database.run("UPDATE life SET trusted_ms = trusted_ms WHERE open = 1")
    return (time.perf_counter_ns() - began_ns) / 1e6


def _report(shop: _Shop) -> None:
    """Add up the takings of the last whole month."""
    last = dt.date.today().replace(day=1) - dt.timedelta(days=1)  # noqa: DTZ011 - any month that is full
    began_ns = time.perf_counter_ns()
    assert shop.deeds.takings(last.replace(day=1).isoformat(), last.isoformat())
    shop.report_ms.append((time.perf_counter_ns() - began_ns) / 1e6)


def _figures(small: _Shop, large: _Shop) -> list[Figure]:
    return [
        _slowest("card to full member view, p99", large.view_ms, LIMIT_VIEW_MS),
        compared("view: large shop / small shop", large.view_ms, small.view_ms, limit=LIMIT_RATIO),
        _slowest("ten-line bill beyond an empty commit, p99", large.more_ms, LIMIT_BILL_MS),
        sampled("ten-line bill, whole", large.bill_ms, "ms", note=spread(large.bill_ms, "ms")),
        compared("ten-line bill: large shop / small shop", large.bill_ms, small.bill_ms, limit=LIMIT_RATIO),
        sampled("takings of a month", large.report_ms, "ms", limit=LIMIT_REPORT_MS),
        compared("takings of a month: large shop / small shop", large.report_ms, small.report_ms, limit=LIMIT_RATIO),
    ]


def _slowest(what: str, took_ms: list[float], limit_ms: float) -> Figure:
    return sampled(
        what, took_ms, "ms", of=p99, limit=limit_ms, note=f"p50 {median(took_ms):.2f}; {spread(took_ms, 'ms')}"
    )


def _action() -> ActionId:
    return ActionId(secrets.token_hex(16))
