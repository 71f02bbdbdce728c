"""What a member has at this till for a bill: units by asset, less what other bills have on hold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.book import Book
from terminal.ledger.draft import Holding, Lot
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.passes.imported import imported_terms
from terminal.rules.passes.sold import SoldPass
from terminal.rules.passes.terms import PassTerms
from terminal.rules.prices.basket import Coupon, Use
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.bonus_note import release_of
from terminal.rules.value.spending import PurseLot
from terminal.services.bills.holds import Holds
from terminal.services.bills.values import date_of
from terminal.services.files.aliases import MergedFiles
from terminal.services.prepaid.given import USED, GivenBook
from terminal.services.prepaid.pass_units import sold_pass
from terminal.store.database import Database

PRINCIPAL, BONUS, LOCKED, SKIP = "principal", "bonus", "bonus_locked", "release_skip"
POINTS, PASS, COUPON = "points", "pass", "coupon"
# Coupons that somebody of the staff gave have this attribute.
BY_HAND = "by_hand"
ASSETS = (PRINCIPAL, BONUS, LOCKED, SKIP, POINTS, PASS, COUPON)
# Of one bucket of equal coupons a bill is offered as many: nobody uses more at once.
SAME_COUPONS_MAX = 5

# Gives a section of the rulebook as it was in a version, or refuses where it does not know that.
Section = Callable[[str, int], Any]


def no_uses(_: str) -> int:
    """Return that nobody used a coupon: a walk-in."""
    return 0


@dataclass(frozen=True, slots=True)
class HeldCoupon:
    """A coupon for the price engine, the lot it is a unit of, and what people call it.

    Of all coupons of its template `left_today` may still be used on the wallet's day (None: any number).
    """

    coupon: Coupon
    lot: Lot
    name: str
    left_today: int | None = None


@dataclass(frozen=True, slots=True)
class StrangeCoupon:
    """A coupon that no bill here can use, as nobody knows the terms it was issued under: its bucket and template."""

    id: str
    template: str


@dataclass(frozen=True, slots=True)
class HeldCoupons:
    """A member's free coupons: those the price engine may judge, each unit by itself, and the others."""

    usable: tuple[HeldCoupon, ...] = ()
    strange: tuple[StrangeCoupon, ...] = ()

    @property
    def offered(self) -> list[Coupon]:
        """Those a bill may use together: of a template no more than its uses left today, those that end first."""
        taken: Counter[str] = Counter()
        found: list[Coupon] = []
        for each in sorted(self.usable, key=lambda held: held.coupon.last or dt.date.max):
            taken[each.coupon.template] += 1
            if each.left_today is None or taken[each.coupon.template] <= each.left_today:
                found.append(each.coupon)
        return found

    def check_day(self, uses: Iterable[Use]) -> None:
        """Raise `Refusal` `coupon_day_used` (left) where more of a template are used than the day has left."""
        left = {each.coupon.template: each.left_today for each in self.usable}
        for template, count in Counter(use.coupon.template for use in uses).items():
            most = left[template]
            if most is not None and count > most:
                raise Refusal("coupon_day_used", left=most)


@dataclass(frozen=True, slots=True)
class Wallet:
    """A member's units on a business day; those `free` are held here and on hold for nobody else.

    `account` is the one that stands for all files that were merged into it, `owners` are the accounts of all of them.
    """

    book: Book
    owners: tuple[AccountId, ...]
    day: dt.date
    whole: tuple[Holding, ...] = ()
    unheld: tuple[Holding, ...] = ()
    used_today: Callable[[str], int] = no_uses

    @property
    def account(self) -> AccountId:
        """The account that stands for all of the member's, empty for a walk-in."""
        return self.owners[0] if self.owners else AccountId("")

    def free(self, *assets: str) -> list[Holding]:
        """Return the free holdings of some assets, whatever their dates."""
        return [each for each in self.unheld if each.asset in assets]

    def spendable(self, asset: str) -> list[Holding]:
        """Return the free holdings of an asset whose dates allow spending, earliest end first, then the oldest."""
        day = self.day.isoformat()
        found = [each for each in self.free(asset) if each.spendable_on(day)]
        return sorted(found, key=lambda each: (each.expires_on or "9999-12-31", each.n))

    def units(self, asset: str) -> int:
        """Return how many units of an asset its dates allow to be spent, those on hold too."""
        day = self.day.isoformat()
        return sum(each.amount for each in self.whole if each.asset == asset and each.spendable_on(day))

    @property
    def balance_fen(self) -> int:
        """Stored value as screens show it: what may be spent today, on hold or not."""
        return self.units(PRINCIPAL) + self.units(BONUS)

    @property
    def points(self) -> int:
        """Points that may be used today."""
        return sum(each.amount for each in self.spendable(POINTS))

    def purse_lots(self) -> list[PurseLot]:
        """Return stored value for the rules of spending, each lot named by the row of its bucket."""
        capped = {lot.n: release_of(lot.facts.attributes)[0].cap_bp for lot in self.book.lots(self.free(BONUS))}
        return [
            PurseLot(
                id=str(each.n),
                asset=each.asset,
                amount_fen=each.amount,
                age=each.n,
                spendable_from=date_of(each.spendable_from),
                expires_on=date_of(each.expires_on),
                **({"cap_bp": capped[each.n]} if each.asset == BONUS else {}),
            )
            for each in self.free(PRINCIPAL, BONUS)
        ]

    def coupons(self, rules: Rulebook, section: Section) -> HeldCoupons:
        """Return the member's free coupons, under the terms each was issued by."""
        usable: list[HeldCoupon] = []
        strange: list[StrangeCoupon] = []
        versions, left = remembering(section), dict[str, int | None]()
        for lot in self.book.lots(self.free(COUPON)):
            facts = lot.facts.attributes
            template = template_of(str(facts.get("template", "")), facts.get("version", 0), rules, versions)
            if template is None:
                strange.append(StrangeCoupon(lot.bucket, str(facts.get("template", ""))))
                continue
            if template.code not in left:
                left[template.code] = self._left_today(template)
            first, last = (date_of(str(facts.get(name, ""))) for name in ("first", "last"))
            ids = [lot.bucket, *(f"{lot.bucket}/{n}" for n in range(2, min(lot.amount, SAME_COUPONS_MAX) + 1))]
            usable += [
                HeldCoupon(template.coupon(name, first, last), lot, template.name, left[template.code]) for name in ids
            ]
        return HeldCoupons(tuple(usable), tuple(strange))

    def _left_today(self, template: CouponTemplate) -> int | None:
        if template.uses_a_day is None:
            return None
        return max(0, template.uses_a_day - self.used_today(template.code))

    def passes(self) -> dict[str, list[Lot]]:
        """Return the member's free sessions by pass."""
        found: dict[str, list[Lot]] = {}
        for lot in self.book.lots(self.free(PASS)):
            found.setdefault(lot.facts.lot, []).append(lot)
        return found


class Wallets:
    """Reads wallets of an open store."""

    def __init__(self, database: Database, book: Book) -> None:
        """Read what `book` holds."""
        self._book = book
        self._holds = Holds(database)
        self._given = GivenBook(database)
        self._merged = MergedFiles(database)

    def of(self, account: str, day: dt.date, holder: str = "") -> Wallet:
        """Return the wallet of an account (empty: a walk-in, who has nothing), as far as the bill `holder` may use it.

        A pass's holder is asked for like everybody else.
        """
        if not account:
            return Wallet(self._book, (), day)
        owners = self._merged.owners(AccountId(account))
        whole = [each for owner in owners for each in self._book.holdings(owner, ASSETS)]

        def used(template: str) -> int:
            return self._given.of_member((USED, template), owners[0], day)

        return Wallet(self._book, owners, day, tuple(whole), tuple(self._holds.free(whole, holder)), used)


def remembering(section: Section) -> Section:
    """Return what asks for each version once: its section, or None where nobody knows it (any more)."""
    known: dict[tuple[str, int], Any] = {}

    def ask(name: str, version: int) -> Any:  # noqa: ANN401 - each section has its own class
        if (name, version) not in known:
            try:
                known[name, version] = section(name, version)
            except Refusal:
                known[name, version] = None
        return known[name, version]

    return ask


def template_of(code: str, version: object, rules: Rulebook, versions: Section) -> CouponTemplate | None:
    """Return the template of a coupon as it was when it was issued; `versions` answers None for what is not known."""
    template = rules.coupon_template(code)
    if type(version) is int and version != rules.versions.get("coupons", 0):
        past = versions("coupons", version)
        if past is None:
            return None
        template = next((each for each in past if each.code == code), template)
    return template


def terms_of(lots: Sequence[Lot], rules: Rulebook, section: Section) -> PassTerms | None:
    """Return the terms a pass was sold under, None where nobody knows them any more."""
    facts = lots[0].facts.attributes
    code, version = str(facts.get("pass", "")), facts.get("terms_version", 0)
    if type(version) is int and version != rules.versions.get("passes", 0):
        past = remembering(section)("passes", version)
        if past is None:
            return None
        found = [each for each in past if each.code == code]
        if found:
            return found[0] if isinstance(found[0], PassTerms) else None
    return rules.pass_terms(code) if code else imported_terms(rules.passes, facts)


def pass_of(lots: Sequence[Lot], terms: PassTerms, used_today: int) -> SoldPass:
    """Return the sold pass that these lots are."""
    return sold_pass(terms, lots[0].facts.owner, lots, used_today)
