"""A till's counter in the simulator: the product's own use cases over its store, and the rules of the shop."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from terminal.base.clock import Clock
from terminal.base.ids import ActionId, Draw, new_id
from terminal.ledger.book import Book, request_digest
from terminal.ledger.deeds import Deeds
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.growth import PAID_LIFETIME, Milestone
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.loyalty.points import PointsRules, Rate
from terminal.rules.loyalty.redeeming import BONUS, COUPON, GOODS, RedeemRules, Reward
from terminal.rules.passes.terms import FROM_FIRST_USE, SESSION_PASS, FreezeRules, PassPart, PassTerms
from terminal.rules.prices.basket import CASH as CASH_COUPON
from terminal.rules.prices.basket import PointsOffset, PriceRules
from terminal.rules.rulebook import MANAGER, PurseRules, Rulebook
from terminal.rules.value.releases import DAY, PER_VISIT, PERIODIC, Release
from terminal.rules.value.top_up import Gift, Offer, Tier, TopUpRules
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.values import Claim
from terminal.services.files.files import Files
from terminal.services.files.referrers import Referrers
from terminal.services.media_life.life import MediaLife
from terminal.services.members import Members
from terminal.services.prepaid.coupons import Coupons
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_changes import PassChanges
from terminal.services.prepaid.points import Redeeming
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.prepaid.transfers import Transfers
from terminal.services.refunds.asking import By
from terminal.services.refunds.desk import BackDesk, back_desk, records_over
from terminal.services.releases import Releases
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.opening import Opening
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.shifts import Shifts
from terminal.services.views import SignedIn
from terminal.store.database import Database

STAFF_ID, SECOND_ID, NAME = "0" * 31 + "5", "0" * 31 + "7", "陈晓"
CUT, CUT_FEN = "cut", 12
SEEDED: tuple[tuple[str, tuple[object, ...]], ...] = (
    (
        "INSERT INTO staff (id, name, role, pin_hash, active) VALUES (?, ?, ?, '', 1), (?, ?, ?, '', 1)",
        (STAFF_ID, NAME, MANAGER, SECOND_ID, "李店长", MANAGER),
    ),
    (
        "INSERT INTO catalogue (code, kind, name, price_fen, active, category) VALUES (?, 'service', ?, ?, 1, 'hair')",
        (CUT, "剪发", CUT_FEN),
    ),
)
# Amounts are of the size of the other persons' deeds; each way in which bonus opens has an offer.
RULES = Rulebook(
    prices=PriceRules(1, offset=PointsOffset(3, 2, 5_000)),
    coupons=(CouponTemplate("five", CASH_COUPON, off_fen=5, valid_days=40),),
    passes=(
        PassTerms(
            "six",
            SESSION_PASS,
            66,
            (PassPart(frozenset({CUT}), 5, 1, CUT_FEN),),
            valid_days=60,
            freeze=FreezeRules(3, 40),
        ),
        PassTerms(
            "later",
            SESSION_PASS,
            31,
            (PassPart(frozenset({CUT}), 3, 0, CUT_FEN),),
            valid_days=30,
            valid_from=FROM_FIRST_USE,
            freeze=FreezeRules(3, 40),
        ),
    ),
    top_up=TopUpRules(
        1,
        (
            Offer(
                "visits",
                (Tier(250, bonus_fen=40),),
                priority=3,
                times_per_member=2,
                release=Release(PER_VISIT, rate_bp=2_500),
            ),
            Offer(
                "parts",
                (Tier(180, bonus_fen=30, coupons=(Gift("five", 2),)),),
                priority=2,
                times_per_member=3,
                release=Release(PERIODIC, parts=3, period=DAY, delay=0, valid_months=2),
            ),
            Offer("always", (Tier(50, bonus_fen=5, points=10, passes=(Gift("later"),)),), priority=1),
        ),
    ),
    points=PointsRules(1, (Rate("base", 1, 5),), valid_months=3),
    redeem=RedeemRules(
        1,
        (
            Reward("cup", GOODS, 4, what="cup", per_member=4),
            Reward("money", BONUS, 6, value_fen=3),
            Reward("off", COUPON, 5, what="five"),
        ),
    ),
    levels=LevelRules(
        1,
        (Level("silver", 150), Level("gold", 600)),
        PAID_LIFETIME,
        milestones=(Milestone("first", 100, points=8, coupons=("five",)),),
    ),
    purse=PurseRules(individual=True),
    points_clawback="points_owed",
)


def past(section: str, _version: int) -> object:
    """Return a section of the rules, which never change here."""
    return getattr(RULES, section)


def terms_of(code: str, _version: int) -> PassTerms:
    """Return the terms a pass was sold under."""
    found = RULES.pass_terms(code)
    assert found is not None, "only what is sold here"
    return found


def shown(_rules: Rulebook, _claim: Claim, _day: dt.date) -> dict[str, object]:
    """Say that the member was looked at."""
    return {"confirmed": "photo"}


@dataclass(slots=True)
class Counter:
    """Everything at one till that takes, charges, hands out and gives back."""

    database: Database
    book: Book
    clock: Clock
    draw: Draw
    members: Members = field(init=False)
    till: Till = field(init=False)
    back: BackDesk = field(init=False)
    bills: Bills = field(init=False)
    top_ups: TopUps = field(init=False)

    def __post_init__(self) -> None:
        """Join the parts to each other."""
        database, book, clock = self.database, self.book, self.clock
        self.members = Members(database, book, clock)
        records = records_over(database, book, clock)
        asks = Asks(shown, section=past, may_spend=self._may_spend, is_alone=lambda: False)  # type: ignore[arg-type]
        self.bills = Bills(database, book, clock, asks)
        self.back = back_desk(records, past, Releases(book, self.bills.on_hold().on))
        self.till = Till(database, book, self.members, clock, Deeds(database, book.day_at), self._may_spend)
        milestones, referrals = Milestones(self.till), Referrals(self.till, Referrers(database).of)
        self.top_ups = TopUps(self.till, TopUpAsks(lambda _: None), milestones, referrals)

    def _may_spend(self, account: str) -> bool:
        return self.back.card_returns.may_spend(account)  # type: ignore[arg-type]

    def action(self) -> ActionId:
        """Return a new action's id."""
        return ActionId(new_id(self.draw))

    def staff(self) -> SignedIn:
        """Return who is signed in, with the shift that is open, if any."""
        row = self.database.row("SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0", (STAFF_ID,))
        return SignedIn("token", STAFF_ID, NAME, int((row[0] if row else 0) or 0), MANAGER)

    def by(self, *, alone: bool = False) -> By:
        """Return who asks for something to be given back."""
        return By(RULES, self.staff(), self.action(), alone)

    def wish(self) -> Wish:
        """Return who asks for something of a shift."""
        return Wish(self.staff(), self.action())

    def open_shift(self, float_fen: int) -> None:
        """Open a shift with a float."""
        action = self.action()
        with self.database.write():
            request = request_digest({"do": "open", "float_fen": float_fen})
            Opening(self.database, self.book, self.clock, self.draw).new(STAFF_ID, float_fen, action, request)

    @property
    def shifts(self) -> Shifts:
        """What counts and closes shifts."""
        rights = Rights(self.database, self.clock, self.draw)
        return Shifts(self.database, self.book, self.clock, rights, slip=lambda _: None, closed=lambda _: None)

    @property
    def redeeming(self) -> Redeeming:
        """Rewards for points."""
        return Redeeming(self.till)

    @property
    def coupons(self) -> Coupons:
        """Coupons by hand."""
        return Coupons(self.till)

    @property
    def gift_cards(self) -> GiftCards:
        """Gift cards."""
        return GiftCards(self.till)

    @property
    def passes(self) -> PassChanges:
        """Changes of passes."""
        return PassChanges(self.till, terms_of)

    @property
    def transfers(self) -> Transfers:
        """Memberships that go to somebody else."""
        return Transfers(self.till, terms_of)

    @property
    def files(self) -> Files:
        """Members' files."""
        return Files(self.database, self.book, self.clock, draw=self.draw)

    @property
    def media(self) -> MediaLife:
        """The lives of cards."""
        return MediaLife(self.database, self.book, self.members, self.draw)
