"""Money at the counter: cash top-ups and charges to stored value, each in one transaction with its slip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.money import FEN_MAX
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.deeds import Deeds
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import SERVICE, NotABill, bill_number
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.points import Payment, PointsRules, Rate
from terminal.rules.media import factors as rules_of_factors
from terminal.rules.prices.basket import PriceRules
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.stored_value import PointsRule, TopUpRule
from terminal.rules.value.top_up import Offer, Tier, TopUpRules
from terminal.services.bills.asks import CONFIRMATIONS, Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.posting import LOTS_MAX
from terminal.services.bills.proofs import by_factors
from terminal.services.bills.values import PURSE, Order, OrderLine, Proof, Settling, Tender
from terminal.services.booked import Bill, Slip, bill_of, done_of
from terminal.services.factors import Factors, Spend
from terminal.services.files.referrers import Referrers
from terminal.services.member_pins import MemberPins
from terminal.services.members import Members
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.shown import BY_NAME
from terminal.services.views import ChargePreview, Done, Needs, SignedIn, TopUpPreview
from terminal.store.database import Database

__all__ = [
    "BY_PIN",
    "CONFIRMATIONS",
    "LOTS_MAX",
    "Bill",
    "Money",
    "Rules",
    "Slip",
    "bill_number",
    "bill_of",
    "create_value",
    "factors_alone",
]


BY_PIN, PHONE_TAIL, PHOTO = rules_of_factors.PIN, rules_of_factors.PHONE_TAIL, rules_of_factors.PHOTO
# What a cashier is asked for of the ways that would be enough; the others have no place at the counter.
_WAYS: Final = MappingProxyType(
    {"factor_confirm": (PHONE_TAIL, PHOTO), "factor_confirm_photo": (PHOTO,), "factor_pin": (BY_PIN,)}
)


@dataclass(frozen=True)  # without slots: what the properties work out once is kept with it
class Rules:
    """The rules in force: of the counter's two amounts, and where it is given the whole rulebook they are from."""

    top_up: TopUpRule
    points: PointsRule
    spend_order: str = "proportional"
    refund_window_days: int = 30
    rulebook: Rulebook | None = None

    @cached_property
    def for_charges(self) -> Rulebook:
        """The rulebook a charge is settled by: its amount is what is paid, so no offers and no level prices.

        Without a rulebook there are only the points and the order of spending that stand here.
        """
        if self.rulebook is not None:
            return replace(self.rulebook, prices=PriceRules())
        version, each_fen = self.points.version, self.points.unit_fen
        return Rulebook(
            points=PointsRules(version, (Rate("per_unit", 1, each_fen),)),
            purse=PurseRules(self.spend_order, self.refund_window_days),
            versions={"points": version},
        )

    @cached_property
    def for_top_ups(self) -> Rulebook:
        """The rulebook a top-up goes by: without one there are only the tiers that stand here."""
        if self.rulebook is not None:
            return self.rulebook
        one = self.top_up
        tiers = tuple(Tier(tier.paid_fen, tier.bonus_fen) for tier in one.tiers)
        offers = (Offer("top_up", tiers, one.mode),) if tiers else ()
        rules = TopUpRules(one.version, offers, one.least_fen, one.most_fen)
        # Of no region that is known, so of no limits either.
        return Rulebook(top_up=rules, purse=PurseRules(individual=True), versions={"top_up": one.version})


class Money:
    """Top-ups and charges. Previews read; `top_up` and `charge` write and are done by the dispatcher."""

    def __init__(
        self,
        database: Database,
        book: Book,
        members: Members,
        clock: Clock,
        slip: Slip,
        *,
        bills: Bills | None = None,
        top_ups: TopUps | None = None,
        factors: Factors | None = None,
    ) -> None:
        """Post to `book`; `slip` stores the receipt of each bill.

        `bills` settles charges, `top_ups` takes money; None: those that nobody watches and nothing else goes with.
        `factors` judges what members show, as `bills` does; None: those of a till without a cloud.
        """
        self._database = database
        self._book = book
        self._members = members
        self._clock = clock
        self._factors = factors or factors_alone(database, book, clock)
        asks = Asks(by_factors(self._factors), slip=lambda settled: slip(bill_of(settled.posted)))
        self._bills = bills or Bills(database, book, clock, asks)
        till = Till(database, book, members, clock, Deeds(database, lambda at: business_day(clock, at)))
        plain = TopUpAsks(slip), Milestones(till), Referrals(till, Referrers(database).of)
        self._top_ups = top_ups or TopUps(till, *plain)

    def preview_top_up(self, rules: Rules, account: AccountId, amount_fen: int) -> TopUpPreview:
        """Return what a top-up would give; raise `Refusal` as `TopUps.top_up`."""
        seen = self._top_ups.preview(rules.for_top_ups, account, amount_fen)
        later_fen = sum(fen for day, fen in seen.parts if day is None or day > self._book.today())
        level = seen.level
        return TopUpPreview(
            amount_fen,
            seen.bonus_fen,
            seen.balance_after_fen,
            later_fen=later_fen,
            points=seen.points,
            coupons=tuple((each.code, each.count) for each in seen.coupons),
            passes=tuple((each.code, each.count) for each in seen.passes),
            level="" if level is None else level.level,
            level_until="" if level is None else level.until(self._book.today()).isoformat(),
            key=seen.key,
        )

    @property
    def pins(self) -> MemberPins:
        """The members' PINs."""
        return self._factors.pins

    def preview_charge(
        self, rules: Rules, account: AccountId, amount_fen: int, proof: Proof = BY_NAME
    ) -> ChargePreview:
        """Return what a charge would take, and what has to be shown for it beside `proof`; raise as `charge`."""
        _check_amount(amount_fen)
        rulebook, settler = rules.for_charges, self._bills.settler
        at, wallet = self._clock.local(self._clock.now_ms()), settler.wallets.of(account, self._book.today())
        taken = settler.charge(rulebook, wallet, amount_fen, amount_fen)
        assert taken is not None, "an amount above zero was asked for"
        if len(taken.takes) > LOTS_MAX:
            raise Refusal("too_many_lots", most_fen=sum(each.amount_fen for each in taken.takes[:LOTS_MAX]))
        sale = settler.sale(rulebook, _one_service(account, amount_fen), wallet, at)
        payments = [Payment("principal", taken.principal_fen), Payment("bonus", taken.bonus_fen)]
        points = settler.points(rulebook, wallet, sale, payments, at).points
        left_fen = wallet.balance_fen - amount_fen
        needs = self._needs(rulebook, Spend(account, amount_fen, proof.assurance, medium=proof.medium))
        return ChargePreview(amount_fen, taken.principal_fen, taken.bonus_fen, points, left_fen, needs)

    def _needs(self, rulebook: Rulebook, spend: Spend) -> Needs:
        verdict = self._factors.look(rulebook.purse.factors, spend, self._book.today())
        if verdict.is_enough:
            return Needs(by=verdict.by)
        # The cashier's own comparison comes first: it is there for every member.
        ways = [way for code in _WAYS for each in verdict.ways if each.code == code for way in _WAYS[code]]
        if PHONE_TAIL in ways and not self._members.has_phone(spend.account):
            ways.remove(PHONE_TAIL)
        # Of a shop without limits it goes without saying that a number proves nothing.
        notes = tuple(each for each in verdict.reasons if each.code != "factor_identifies_only")
        return Needs(tuple(ways), notes=notes, takes_qr=self._factors.has_cloud)

    def top_up(
        self,
        rules: Rules,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        amount_fen: int,
        expected_bonus_fen: int,
        *,
        expected_key: str = "",
    ) -> Done:
        """Take cash and give stored value with all that the shop's offers add, once for each `action_id`.

        Raises `Refusal` `bonus_changed` when what was shown is no longer what would be given, and as `TopUps.top_up`.
        """
        asked = (rules.for_top_ups, staff, action_id, account, amount_fen, expected_bonus_fen)
        return self._top_ups.top_up(*asked, expected_key=expected_key)

    def charge(
        self,
        rules: Rules,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        amount_fen: int,
        confirmed: str,
        *,
        proof: Proof = BY_NAME,
    ) -> Done:
        """Take a bill of one service from stored value, once for each `action_id`; its price is final.

        `confirmed` is how the cashier knew the member: of `CONFIRMATIONS`, `BY_PIN` where `proof` has a PIN that was
        found right, or empty. `proof` is by what the member was found. Raises `Refusal` `not_enough`, `amount_bad`,
        `confirmation_missing`, those of `Factors.check`, and what else settling a bill raises.
        """
        request = request_digest({"do": "charge", "account": account, "amount_fen": amount_fen, "confirmed": confirmed})
        _check_amount(amount_fen)
        asked = Settling((Tender(PURSE, amount_fen),), amount_fen)
        shown = proof if confirmed == BY_PIN else replace(proof, confirmed=confirmed)
        order = _one_service(account, amount_fen)
        try:
            settled = self._bills.settle_at_once(rules.for_charges, staff, (action_id, request), order, asked, shown)
        except NotABill:
            # A release from before there were bills did it, by an entry of another form.
            if earlier := self._book.find(action_id, request):
                return self.answer_of(earlier)
            raise
        return done_of(bill_of(settled.posted), settled.print_job)

    def answer_of(self, posted: Posted) -> Done:
        """Return what the top-up or charge that posted an entry answered."""
        bill = bill_of(posted)
        row = self._database.row("SELECT min(id) FROM print_job WHERE bill_no = ?", (bill.bill_no,))
        return done_of(bill, row[0] if row else None)


def factors_alone(database: Database, book: Book, clock: Clock) -> Factors:
    """Return what judges what members show at a till that no chain counts with and no cloud sends codes for."""
    pins = MemberPins(database, book, clock, is_online=lambda: False)
    return Factors(database, book, clock, pins, has_cloud=False)


def create_value(draft: Draft, account: AccountId, paid_fen: int, bonus_fen: int, tender: str) -> None:
    """Create principal, bonus and the right to have the payment back; each knows what was paid and granted."""
    facts: dict[str, Canonical] = {"paid_fen": paid_fen, "bonus_fen": bonus_fen}
    if paid_fen:
        draft.create("principal", account, paid_fen, unit_value_fen=1, attributes=facts)
    if bonus_fen:
        draft.create("bonus", account, bonus_fen, attributes=facts)
    if paid_fen:
        draft.create("refund_right", account, paid_fen, attributes={**facts, "of": "top_up", "tender": tender})


def _one_service(account: AccountId, amount_fen: int) -> Order:
    """Return the order of a charge: one service at the amount that was rung up."""
    return Order(account, (OrderLine(kind=SERVICE, list_fen=amount_fen),))


def _check_amount(amount_fen: int) -> None:
    if not 0 < amount_fen <= FEN_MAX:
        raise Refusal("amount_bad")
