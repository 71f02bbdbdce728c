"""Members, bills and reports in a shop of years, beside one of a season: what gets slower as the book grows."""

from __future__ import annotations

import datetime as dt
import gc
import pathlib
import random
import secrets
import time
import zoneinfo
from dataclasses import dataclass, field

from bench.figures import Figure, compared, median, p99, sampled, spread
from bench.grown import KEY, grow
from bench.history import TIMEZONE
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
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.proofs import by_factors
from terminal.services.bills.values import PURSE, Chosen, Order, OrderLine, Proof, Settling, Tender
from terminal.services.files.files import Files
from terminal.services.files.referrers import Referrers
from terminal.services.files.showing import Showing
from terminal.services.members import Members
from terminal.services.money import factors_alone
from terminal.services.prepaid.coupons import Coupons
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.reports import takings
from terminal.services.views import SignedIn
from terminal.store.database import Database
from terminal.store.log_keeper import LogKeeper

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
class Shop:
    """One store with the use cases that are timed, and what they took in milliseconds."""

    database: Database
    book: Book
    deeds: Deeds
    members: Members
    showing: Showing
    bills: Bills
    coupons: Coupons
    top_ups: TopUps
    log: LogKeeper
    count: int
    view_ms: list[float] = field(default_factory=list)
    bill_ms: list[float] = field(default_factory=list)
    more_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    report_ms: list[float] = field(default_factory=list)


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of a large store and a small one, asked in turn.

    Between two bills the log is carried over, as the till has it done beside its work, and as in a till the collector
    looks at nothing that was there from the start.
    """
    shops = [
        open_shop(folder / "book-small", scale.small_members, scale.small_entries),
        open_shop(folder / "book-large", scale.book_members, scale.book_entries),
    ]
    # Other members in each run, as a kept store has more entries each time: the last run's pages are in memory still.
    draw = random.Random(shops[-1].book.life().seq)
    for number in range(WARM_UP + scale.bills):
        for shop in draw.sample(shops, 2):
            view(shop, draw)
            bill(shop, draw)
            shop.log.keep()
        if number == WARM_UP - 1:
            _begin(shops)
    for _ in range(REPORTS):
        for shop in draw.sample(shops, 2):
            report(shop)
    gc.unfreeze()
    small, large = shops
    for shop in shops:
        shop.database.close()
    return _figures(small, large)


def _begin(shops: list[Shop]) -> None:
    """Forget what was timed so far, and have the collector leave alone what is there."""
    for shop in shops:
        for took_ms in (shop.view_ms, shop.bill_ms, shop.more_ms, shop.busy_ms):
            took_ms.clear()
    gc.collect()
    gc.freeze()


def open_shop(folder: pathlib.Path, members: int, entries: int, store: type[Database] = Database) -> Shop:
    """Give the kept shop of that size, grown first where it is missing, its book in a `store`."""
    file = folder / f"{members}-{entries}" / "store.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not is_kept(file.parent):
        grow(file, members, entries, lambda text: print(f"  growing: {text}", flush=True))
        note_kept(file.parent)
    database, clock = store(file, KEY), SystemClock(zoneinfo.ZoneInfo(TIMEZONE))
    database.connect()
    book, deeds = Book(database, clock), Deeds(database, lambda at_ms: business_day(clock, at_ms))
    people = Members(database, book, clock)
    till = Till(database, book, people, clock, deeds)
    return Shop(
        database=database,
        book=book,
        deeds=deeds,
        members=people,
        showing=Showing(people, Files(database, book, clock)),
        bills=Bills(database, book, clock, Asks(by_factors(factors_alone(database, book, clock)))),
        coupons=Coupons(till),
        top_ups=TopUps(till, TopUpAsks(lambda _: None), Milestones(till), Referrals(till, Referrers(database).of)),
        log=LogKeeper(database),
        count=members,
    )


def view(shop: Shop, draw: random.Random) -> None:
    """Identify a member by card, as a tap does, and read the whole file, purse, passes, coupons, and a year's deeds."""
    uid, year_ago = bytes.fromhex(card_uid(draw.randrange(shop.count))), _month()[0] - dt.timedelta(days=365)
    began_ns = time.perf_counter_ns()
    account = shop.members.by_card(uid, "")
    shop.showing.whole(account)
    shop.book.lots(shop.book.holdings(account, ("coupon",)))
    shop.deeds.days(account, year_ago.isoformat())
    shop.view_ms.append((time.perf_counter_ns() - began_ns) / 1e6)


def bill(shop: Shop, draw: random.Random) -> None:
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
    began_ns, busy_ns = time.perf_counter_ns(), time.thread_time_ns()
    shop.bills.settle(RULES, STAFF, _action(), (opened.id, opened.version), asked, Proof("photo"))
    took_ms = (time.perf_counter_ns() - began_ns) / 1e6
    shop.busy_ms.append((time.thread_time_ns() - busy_ns) / 1e6)
    shop.bill_ms.append(took_ms)
    shop.more_ms.append(took_ms - empty_ms)


def _empty_commit(database: Database) -> float:
    """Return the milliseconds of a transaction that writes one small row and is durable when it ends."""
    began_ns = time.perf_counter_ns()
    with database.write():
        database.run("UPDATE life SET trusted_ms = trusted_ms WHERE open = 1")
    return (time.perf_counter_ns() - began_ns) / 1e6


def report(shop: Shop) -> None:
    """Add up the takings of the last whole month, day by day, as the command does that tells them."""
    first, last = _month()
    began_ns = time.perf_counter_ns()
    takings(shop.database, first.isoformat(), last.isoformat())
    shop.report_ms.append((time.perf_counter_ns() - began_ns) / 1e6)


def _month() -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the last whole month."""
    last = dt.date.today().replace(day=1) - dt.timedelta(days=1)  # noqa: DTZ011 - any month that is full
    return last.replace(day=1), last


def _figures(small: Shop, large: Shop) -> list[Figure]:
    return [
        _slowest("card to full member view, p99", large.view_ms, LIMIT_VIEW_MS),
        compared("view: large shop / small shop", large.view_ms, small.view_ms, limit=LIMIT_RATIO),
        _slowest("ten-line bill beyond an empty commit, p99", large.more_ms, LIMIT_BILL_MS),
        # What is left of it where other programs wait for the same disk and processors.
        _slowest("ten-line bill, its own processor time, p99", large.busy_ms, None),
        sampled("ten-line bill, whole", large.bill_ms, "ms", note=spread(large.bill_ms, "ms")),
        compared("ten-line bill: large shop / small shop", large.bill_ms, small.bill_ms, limit=LIMIT_RATIO),
        sampled("takings of a month", large.report_ms, "ms", limit=LIMIT_REPORT_MS),
        compared("takings of a month: large shop / small shop", large.report_ms, small.report_ms, limit=LIMIT_RATIO),
    ]


def _slowest(what: str, took_ms: list[float], limit_ms: float | None) -> Figure:
    return sampled(
        what, took_ms, "ms", of=p99, limit=limit_ms, note=f"p50 {median(took_ms):.2f}; {spread(took_ms, 'ms')}"
    )


def _action() -> ActionId:
    return ActionId(secrets.token_hex(16))
