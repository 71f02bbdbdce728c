"""A small shop: a real encrypted store, every use case, a clock moved by hand and paper nobody reads."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.base.printing import PrinterProfile
from terminal.hw.cards.keys import CardKeys, Ntag424Keys
from terminal.hw.cards.sun import TapAddresses
from terminal.ledger.book import Book
from terminal.ledger.verify import verify
from terminal.rules.counter import CounterScreen
from terminal.rules.kiosk import KioskScreen
from terminal.rules.member_file import MemberLine
from terminal.rules.stored_value import PointsRule, Tier, TopUpRule
from terminal.runtime.dispatcher import Dispatcher
from terminal.services.counter import Counter
from terminal.services.customer_texts import CustomerTexts
from terminal.services.drawer import Drawer
from terminal.services.imports import NEW_PEOPLE, ImportLine, Imports
from terminal.services.kiosk import Kiosk
from terminal.services.media import Media
from terminal.services.members import Members
from terminal.services.money import Money, Rules
from terminal.services.receipt_font import FontFile, FontStrips
from terminal.services.receipts import Paper, Receipts, reprint_mark
from terminal.services.shop import Shop
from terminal.services.spool import Spool
from terminal.services.staff import Staff
from terminal.services.views import SignedIn
from terminal.store.database import Database
from tests.support import ManualClock, hire, new_store

RULES = Rules(
    top_up=TopUpRule(
        1, (Tier(500_00, 50_00), Tier(1000_00, 200_00), Tier(3000_00, 900_00)), "highest_once", 1, 5000_00
    ),
    points=PointsRule(1, 10_00),
)
# The shop's cards make tap addresses that begin like this.
TAP_PREFIX = "https://shop.example/t"
TAP_META, TAP_FILE = bytes(range(16)), bytes(range(16, 32))
CARD_KEYS = CardKeys(ntag424=Ntag424Keys(0, b"salon", b"", TAP_META, TAP_FILE, TAP_PREFIX))


@dataclass(slots=True)
class Bench:
    """Everything a test of a use case needs."""

    folder: pathlib.Path
    database: Database
    book: Book
    clock: ManualClock
    dispatcher: Dispatcher
    members: Members
    money: Money
    staff: Staff
    spool: Spool
    receipts: Receipts
    imports: Imports
    kiosk: Kiosk
    counter: Counter
    drawer: Drawer
    customer: CustomerTexts
    media: Media
    texts: list[tuple[str, ...]] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)
    shown: list[KioskScreen] = field(default_factory=list)
    told: list[CounterScreen] = field(default_factory=list)
    line_no: int = 1

    def member(self, name: str = "王小芳", **parts: object) -> AccountId:
        """Import one member and return the account."""
        self.line_no += 1
        parts.setdefault("old_number", f"M{self.line_no}")
        line = MemberLine(line_no=self.line_no, name=name, **parts)  # type: ignore[arg-type]  # the line's own fields
        self.imports.take([ImportLine(line, "", step=NEW_PEOPLE)])
        row = self.database.row("SELECT lower(hex(account)) FROM member ORDER BY n DESC LIMIT 1")
        assert row is not None
        return AccountId(row[0])

    def cashier(self) -> SignedIn:
        """Return somebody with an open shift."""
        if not self.staff.names():
            hire(self.database, "陈晓", "cashier", "135790")
        choice = self.staff.names()[0]
        name, shift_no = self.staff.open_shift(choice.id)
        return SignedIn("token", choice.id, name, shift_no)

    def wait(self, seconds: float) -> None:
        """Let time pass and everything due happen."""
        self.clock.advance(seconds)
        while self.dispatcher.step():
            pass

    @property
    def screen(self) -> KioskScreen:
        """What the kiosk shows."""
        return self.shown[-1]

    def entries(self) -> int:
        """How many entries the journal has."""
        return self.book.life().seq

    def verify(self) -> str:
        """Return the code of what is wrong with the book, empty when it is right."""
        return verify(self.database, self.folder / "scratch.db").code


def _paper() -> Paper:
    profile = PrinterProfile()
    fonts = FontStrips([FontFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7)])
    return Paper({"counter": ("printer", profile), "kiosk": ("printer", profile)}, fonts)


def _drawer(database: Database, clock: ManualClock, alarms: list[tuple[str, str]]) -> Drawer:
    def alarm(code: str) -> None:
        alarms.append(("drawer", code))

    return Drawer(database, clock, "printer", 2, notify=lambda: None, alarm=alarm, calm=lambda _: None)


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    """Give a small shop; after the test its book must still be right."""
    database = new_store(tmp_path / "store.db")
    clock = ManualClock()
    book = Book(database, clock)
    book.open()
    paper = _paper()
    shop = Shop(name="兰亭美业", branch="静安店", rules=RULES)
    spool = Spool(database, reprint_mark(paper, lambda: "2026-11-21 14:32", lambda: shop.language))
    members = Members(database, book, clock)
    receipts = Receipts(database, members, spool, clock, lambda: shop, paper)
    dispatcher = Dispatcher(monotonic_s=clock.monotonic_s)
    shown: list[KioskScreen] = []
    told: list[CounterScreen] = []
    alarms: list[tuple[str, str]] = []
    texts: list[tuple[str, ...]] = []
    media = Media(
        database,
        members,
        {"reversed-reader": "reversed"},
        lambda device, code: alarms.append((device, code)),
        has_keys=True,
        taps=TapAddresses(CARD_KEYS),
    )
    kiosk = Kiosk(members, media, receipts, spool, clock, show=shown.append, later=dispatcher.later)
    kiosk.start("zh_CN")
    made = Bench(
        folder=tmp_path,
        database=database,
        book=book,
        clock=clock,
        dispatcher=dispatcher,
        members=members,
        money=Money(database, book, members, clock, receipts.slip),
        staff=Staff(database, book, clock),
        spool=spool,
        receipts=receipts,
        imports=Imports(database, book, clock),
        kiosk=kiosk,
        counter=Counter(members, media, spool, told.append, {"counter-reader": ("reader", "counter")}),
        drawer=_drawer(database, clock, alarms),
        customer=CustomerTexts(lambda *lines: texts.append(lines), "ascii", dispatcher.later),
        texts=texts,
        media=media,
        alarms=alarms,
        shown=shown,
        told=told,
    )
    yield made
    assert made.verify() == ""
    database.close()


@pytest.fixture
def action() -> ActionId:
    """Give an action id chosen before the attempt."""
    return ActionId(new_id())
