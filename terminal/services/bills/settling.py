"""Settling: an order, at the price that was shown and paid in full, becomes one entry of the book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, BucketId, is_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import BillNote, NoteReleased
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.loyalty.condition import Visit as Earning
from terminal.rules.loyalty.points import GIFT_CARD, Earned, Payment, earned, paid_lines, points_expire_on, with_gifts
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.spending import Charge, Demand, charge
from terminal.services.bills.asks import Asks
from terminal.services.bills.noting import Uses, after, discount_bp, figures_of, note_of, passes_after, reserved_on
from terminal.services.bills.paying import Payments, payments_of
from terminal.services.bills.posting import Paid, Posting
from terminal.services.bills.pricing import Catalogue, Sale, basket_of, priced_sale, uses_of
from terminal.services.bills.sessions import Sessions, Visit
from terminal.services.bills.values import NOTHING_SHOWN, Act, Claim, Order, Proof, Reserved, Settled, Settling
from terminal.services.bills.wallet import COUPON, LOCKED, SKIP, HeldCoupons, Wallet, Wallets
from terminal.services.prepaid.gift_payment import IN_HAND
from terminal.services.prepaid.given import USED, GivenBook
from terminal.services.prepaid.units import add_points
from terminal.services.releases import Releases
from terminal.services.standing import Standings
from terminal.services.summaries import Summaries
from terminal.services.views import SignedIn
from terminal.store.database import Database

SELL_ON_CREDIT = "sell_on_credit"
# A file decides; only an anonymous card's account has none.
_KNOWN = (
    "SELECT 1 FROM member WHERE account = ? AND erased_at = 0"
    " UNION ALL SELECT 1 FROM medium WHERE account = ? AND state = 'active'"
    " AND NOT EXISTS (SELECT 1 FROM member WHERE member.account = medium.account) LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Due:
    """A bill that is to be settled: its order, how it is paid, what was shown, and what was reserved for it.

    `bill` is the id of the open bill, empty for one that never was.
    """

    order: Order
    asked: Settling
    proof: Proof = NOTHING_SHOWN
    reserved: tuple[Reserved, ...] = ()
    bill: str = ""

    @property
    def holder(self) -> str:
        """By which name it holds units."""
        return f"bill:{self.bill}" if self.bill else ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A bill at the price that was shown: the wallet, what is sold, how it is paid, what is `taken` of the purse."""

    wallet: Wallet
    sale: Sale
    payments: Payments
    taken: Charge | None


class Settler:
    """Fills the draft of a bill and posts it, in its caller's transaction."""

    def __init__(self, database: Database, book: Book, clock: Clock, asks: Asks, standings: Standings) -> None:
        """Post to `book`; `clock` says what civil time it is."""
        self._database = database
        self._book = book
        self._clock = clock
        self._asks = asks
        self._standings = standings
        self._catalogue = Catalogue(database)
        self._given = GivenBook(database)
        self._wallets = Wallets(database, book)
        self._sessions = Sessions(database, self._wallets, asks.section, asks.is_alone)
        self._releases = Releases(book)
        self._summaries = Summaries(database)

    def settle(self, draft: Draft, rules: Rulebook, staff: SignedIn, due: Due) -> Settled:
        """Post a bill with everything it does, and return it with its slip.

        Raises `Refusal` as `look`, and what `Posting`, rights and watches raise.
        """
        day = self._book.day_of(draft)
        at = self._clock.local(draft.at)
        agreed = self._agreed(rules, due, at, day)
        wallet, sale, payments = agreed.wallet, agreed.sale, agreed.payments
        payable_fen = sale.priced.payable_fen
        until = (day + dt.timedelta(days=rules.purse.refund_window_days)).isoformat()
        posting = Posting(draft, self._book, rules, day, wallet, sale, until)
        reserved, lots = self._reserved(rules, due, at, day)
        uses = Uses(posting.use_sessions(reserved, lots), posting.use_coupons())
        for each in uses.coupons:
            self._given.note(draft, day, (USED, each.template), wallet.account)
        if payments.credit_fen:
            asked = (draft.action_id, SELL_ON_CREDIT, payments.credit_fen, due.proof.approval)
            draft.payload |= self._asks.allow(rules, staff, *asked)
        sessions_fen = sum(each.value_fen for each in uses.sessions.values())
        draft.payload |= self._proved(rules, due, agreed, sessions_fen)
        posting.use_points(sale.priced.points_used)
        posting.sell_passes()
        posting.credit_sales()
        paid = posting.pay(payments, agreed.taken)
        points = self._earn(posting, paid, at)
        opened = self._release(draft, wallet, payable_fen)
        note = note_of(posting, uses, paid, points, opened, payments)
        draft.payload |= note.note()
        draft.payload |= figures_of(staff, due.bill, note, payments) | reserved_on(reserved, day)
        draft.payload |= passes_after(sale, reserved, lots)
        act = Act(draft.action_id, wallet.account, note.payable_fen, due.proof.approval, discount_bp(sale))
        draft.payload |= self._asks.watch(rules, staff, act)
        self._asks.decided(draft, rules, sale)
        for also in self._asks.also:
            also(draft, rules, note)
        draft.payload |= after(draft, wallet)
        return self._post(draft, rules, note, day)

    def look(self, rules: Rulebook, due: Due) -> Agreed:
        """Return how a bill would be settled now, for whoever may: nothing is written, told, or asked of rights.

        Raises `Refusal`: `price_changed` (payable_fen) when it costs another amount than was shown; of a walk-in
        `credit_needs_member` and `pass_needs_member`; what the price engine, the rules of spending and of passes,
        `payments_of` and the proofs raise.
        """
        at, day = self._clock.local(self._clock.now_ms()), self._book.today()
        agreed = self._agreed(rules, due, at, day)
        reserved, lots = self._reserved(rules, due, at, day)
        units = ((lots[name], amount) for each in reserved for name, amount in each.taken)
        self._proved(rules, due, agreed, sum(lot.facts.unit_value_fen * amount for lot, amount in units))
        return agreed

    def _agreed(self, rules: Rulebook, due: Due, at: dt.datetime, day: dt.date) -> Agreed:
        self.require(due.order.account)
        wallet = self._wallets.of(due.order.account, day, due.holder)
        sale = self.sale(rules, due.order, wallet, at)
        payable_fen = sale.priced.payable_fen
        if payable_fen != due.asked.expected_payable_fen:
            raise Refusal("price_changed", payable_fen=payable_fen)
        payments = payments_of(due.asked, payable_fen)
        if not wallet.account and any(line.terms is not None for line in sale.lines):
            raise Refusal("pass_needs_member")
        if not wallet.account and payments.credit_fen:
            raise Refusal("credit_needs_member")
        return Agreed(wallet, sale, payments, self.charge(rules, wallet, payments.purse_fen, payable_fen))

    def require(self, account: str) -> None:
        """Raise `Refusal` for an account that no bill can be for.

        `member_unknown`: nobody has it, no member and no anonymous card; `account_closing`: its value is given back.
        """
        if not account:
            return
        key = bytes.fromhex(account) if is_id(account) else b""
        if self._database.row(_KNOWN, (key, key)) is None:
            raise Refusal("member_unknown")
        if not self._asks.may_spend(AccountId(account)):
            raise Refusal("account_closing")

    def sale(
        self, rules: Rulebook, order: Order, wallet: Wallet, at: dt.datetime, held: HeldCoupons | None = None
    ) -> Sale:
        """Return an order with its price at a civil time, for the member's level on the day.

        `held` are the wallet's coupons where they were read before.
        """
        lines = self._catalogue.lines(order, rules)
        level = self._standings.level(rules.levels, wallet.account, wallet.day) if wallet.account else ""
        basket = basket_of(lines, at, level, self._asks.place())
        if order.points > wallet.points:
            missing = order.points - wallet.points
            if not self._asks.is_alone():
                raise Refusal("points_not_enough_here", missing=missing, points=wallet.points)
            raise Refusal("points_not_enough", missing=missing, points=wallet.points)
        if not order.coupons:
            return priced_sale(order, lines, basket, rules, ((), {}))
        found = wallet.coupons(rules, self._asks.section) if held is None else held
        locked = [lot.bucket for lot in self.locked(wallet)]
        return priced_sale(order, lines, basket, rules, uses_of(order, found, locked))

    def charge(self, rules: Rulebook, wallet: Wallet, amount_fen: int, payable_fen: int) -> Charge | None:
        """Return which lots pay so much of a bill, None for nothing; raise `Refusal` as the rules of spending do."""
        if not amount_fen:
            return None
        if not wallet.account:
            raise Refusal("purse_needs_member")
        demand = Demand(amount_fen, payable_fen, wallet.day, rules.purse.spend_order)
        return charge(wallet.purse_lots(), demand, self._asks.elsewhere(wallet.account))

    def visit(self, rules: Rulebook, order: Order, at: dt.datetime, day: dt.date, bill: str) -> Visit:
        """Return who comes with an order, for the passes to judge."""
        return Visit(order, rules, at, day, self._asks.place(), bill)

    @property
    def wallets(self) -> Wallets:
        """What reads wallets."""
        return self._wallets

    @property
    def sessions(self) -> Sessions:
        """What reserves sessions."""
        return self._sessions

    def locked(self, wallet: Wallet) -> list[Lot]:
        """Return the coupons that other bills have on hold in whole."""
        free = {each.n for each in wallet.free(COUPON)}
        gone = [each for each in wallet.whole if each.asset == COUPON and each.n not in free]
        return self._book.lots(gone)

    def units_of(self, order: Order, day: dt.date, holder: str) -> dict[str, Lot]:
        """Return by bucket the units of the passes that an order's lines name, as far as `holder` may use them."""
        owners = {line.pass_of or order.account for line in order.lines if line.pass_lot}
        names = {line.pass_lot for line in order.lines}
        passes = [self._wallets.of(owner, day, holder).passes() for owner in sorted(owners)]
        return {
            str(lot.bucket): lot for each in passes for name, found in each.items() if name in names for lot in found
        }

    def _reserved(
        self, rules: Rulebook, due: Due, at: dt.datetime, day: dt.date
    ) -> tuple[tuple[Reserved, ...], dict[str, Lot]]:
        """Return what the session lines take, reserved at check-in or only now, and the units of their passes."""
        if not any(line.pass_lot for line in due.order.lines):
            return (), {}
        lots = self.units_of(due.order, day, due.holder)
        # What was reserved may have moved to other buckets since: another visit was the pass's first one.
        amounts = {name: lot.amount for name, lot in lots.items()}
        there = [each for each in due.reserved if all(amounts.get(name, 0) >= n for name, n in each.taken)]
        return self._sessions.reserve(self.visit(rules, due.order, at, day, due.bill), there), lots

    def _proved(self, rules: Rulebook, due: Due, agreed: Agreed, sessions_fen: int) -> dict[str, Canonical]:
        """Return by what it is proved that the member wants this taken, where anything is taken from them."""
        wallet, sale, payments = agreed.wallet, agreed.sale, agreed.payments
        points_fen = sum(step.off_fen for step in sale.priced.steps if step.name == "points")
        purse_fen, credit_fen = payments.purse_fen, payments.credit_fen
        if not (purse_fen or credit_fen or points_fen or any(line.is_session for line in sale.lines)):
            return {}
        amount_fen = purse_fen + credit_fen + points_fen + sessions_fen
        redeems = not (purse_fen or credit_fen)
        claim = Claim(wallet.account, amount_fen, due.proof, self._asks.place().channel, redeems=redeems)
        return self._asks.prove(rules, claim, wallet.day)

    def points(
        self, rules: Rulebook, wallet: Wallet, sale: Sale, payments: Sequence[Payment], at: dt.datetime
    ) -> Earned:
        """Return the points that a sale earns with these payments; a walk-in earns none."""
        if not wallet.account:
            return Earned()
        basket, birthday = sale.basket, self._asks.birthday(wallet.account, at.date())
        visit = Earning(at.replace(tzinfo=None), basket.level, basket.store, basket.channel, birthday)
        return earned(rules.points, paid_lines(sale.priced), payments, visit)

    def _earn(self, posting: Posting, paid: Paid, at: dt.datetime) -> Earned:
        rules, wallet = posting.rules, posting.wallet
        if posting.draft.payload.get("confirmed") == IN_HAND:
            # A gift card is given away and used up: points on it would be nobody's.
            return Earned()
        taken = ((each.amount, posting.draft.known[BucketId(each.bucket)].facts.attributes) for each in paid.taken)
        gifts_fen = sum(amount for amount, facts in taken if facts.get(GIFT_CARD))
        payments = with_gifts((Payment(each.tender, each.amount_fen) for each in paid.tenders), gifts_fen)
        points = self.points(rules, wallet, posting.sale, payments, at)
        if points.points:
            last = points_expire_on(rules.points, wallet.day)
            add_points(posting.draft, self._book, wallet.account, points.points, last, wallet.owners)
        return points

    def _release(self, draft: Draft, wallet: Wallet, payable_fen: int) -> tuple[NoteReleased, ...]:
        locked = self._book.lots(wallet.free(LOCKED))
        elsewhere = self._summaries.lots(wallet.owners, LOCKED)
        if elsewhere:
            here = {lot.bucket for lot in self._book.lots([each for each in wallet.whole if each.asset == LOCKED])}
            elsewhere = [(facts, units) for facts, units in elsewhere if facts.id not in here]
        if not locked and not elsewhere:
            return ()
        skips = self._book.lots(wallet.free(SKIP))
        self._releases.visit_elsewhere(draft, elsewhere, skips, payable_fen, wallet.day)
        return self._releases.visit(draft, locked, skips, payable_fen, wallet.day)

    def _post(self, draft: Draft, rules: Rulebook, note: BillNote, day: dt.date) -> Settled:
        try:
            posted = self._book.post(draft)
        except NotCanonical as error:
            # The only bill that has no form is one whose lines and lots are more than an entry takes.
            raise Refusal("bill_too_long") from error
        if note.account and rules.levels.levels:
            self._standings.grown(rules.levels, AccountId(note.account), day)
        settled = Settled(posted, note)
        return Settled(posted, note, self._asks.slip(settled))


def settled_of(posted: Posted, print_job: int | None = None) -> Settled:
    """Return the settled bill that an entry is; raise `NotABill` for another entry."""
    return Settled(posted, BillNote.from_note(posted.entry.payload), print_job)
