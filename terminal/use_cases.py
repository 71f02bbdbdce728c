"""The use cases of money, joined to each other: what settles bills, what takes money in, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from terminal.base.clock import business_day
from terminal.ledger.deeds import Deeds
from terminal.rules.entry import Entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.till import anomaly
from terminal.services.ask import Ask, Verbs
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.commands import BillCommands
from terminal.services.bills.holds import Holds
from terminal.services.bills.known import birthday_near, in_branch, never_met
from terminal.services.bills.looking import Looking
from terminal.services.bills.proofs import by_factors
from terminal.services.bills.proving import by_rights, by_watch, with_rewards
from terminal.services.booked import bill_of
from terminal.services.drawer import Drawer
from terminal.services.factors import Factors
from terminal.services.files.level_commands import LevelCommands
from terminal.services.files.levels import GivenLevels
from terminal.services.files.referrers import Referrers
from terminal.services.member_pins import MemberPins
from terminal.services.members import Members
from terminal.services.money import Money
from terminal.services.prepaid import with_others
from terminal.services.prepaid.allowing import by_watch as over_hands
from terminal.services.prepaid.commands import PrepaidCommands, Wired
from terminal.services.prepaid.gift_payment import by_card_in_hand, only_money
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.pass_days import PassDays
from terminal.services.prepaid.pass_units import terms_from
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.reviews import DailyReviews, Reviews
from terminal.services.prepaid.terms import TermsPrinter
from terminal.services.prepaid.till import Till as MoneyIn
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.receipts import Paper, Receipts
from terminal.services.refunds import watching
from terminal.services.refunds.commands import RefundCommands
from terminal.services.refunds.desk import BackDesk, back_desk, records_over
from terminal.services.refunds.printing import BackSlips
from terminal.services.refunds.reopening import opener
from terminal.services.releases import Releases
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.allowing import Allowing
from terminal.services.shifts.drawer_commands import DrawerCommands
from terminal.services.shifts.eyes import Eyes
from terminal.services.shifts.hand_prices import decided_by_hand
from terminal.services.shifts.signing import signing
from terminal.services.shop import Shop
from terminal.services.spool import Spool
from terminal.services.storage import OpenStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Till:
    """What takes, charges and gives back money at the counter: one of each, joined to each other."""

    money: Money
    factors: Factors
    bills: Bills
    money_in: MoneyIn
    top_ups: TopUps
    back: BackDesk
    terms_of: TermsOf
    pass_days: PassDays
    reviews: DailyReviews


@dataclass(frozen=True, slots=True)
class Print:
    """Where slips come out and cash is kept, and in the name of which shop."""

    receipts: Receipts
    spool: Spool
    shop: Callable[[], Shop]
    paper: Paper
    drawer: Drawer

    def paid(self, slip: Callable[[T], int | None], entry_of: Callable[[T], Entry]) -> Callable[[T], int | None]:
        """Return what stores the slip of an entry and has the drawer opened for its cash, in the entry's transaction.

        It is asked once for each entry, when that is posted: never for an answer that is given again, or for a copy.
        """

        def opened(done: T) -> int | None:
            job = slip(done)
            self.drawer.for_cash(entry_of(done))
            return job

        return opened


def join_money(
    store: OpenStore, rules: RuleStore, members: Members, to: Print, eyes: Eyes, *, has_qrs: bool = False
) -> Till:
    """Return what takes and charges money at the counter, by the shop's rules; `has_qrs`: members' QRs are checked."""
    database, book, clock = store.database, store.book, store.clock
    deeds = Deeds(database, lambda at_ms: business_day(clock, at_ms))
    rights, watch = eyes.rights, eyes.watch
    records = records_over(database, book, clock)
    terms_of = terms_from(rules.section)
    pass_days = PassDays(MoneyIn(database, book, members, clock, deeds), terms_of)
    back = back_desk(
        records,
        rules.section,
        Releases(book, Holds(database).on),
        to.paid(BackSlips(records, members, to.spool, to.shop, to.paper), lambda posted: posted.entry),
        store=lambda: to.shop().branch,
        watch=watching.by_watch(watch),
        settle_days=pass_days.settle_pass,
    )
    may_spend = back.card_returns.may_spend
    prepaid_slip, place = to.paid(to.receipts.prepaid, lambda posted: posted.entry), in_branch(to.shop)
    money_in = MoneyIn(database, book, members, clock, deeds, may_spend, slip=prepaid_slip, place=place)
    milestones, referrals = Milestones(money_in), Referrals(money_in, Referrers(database).of)
    # No till is connected to a cloud yet: wrong PINs are counted here.
    pins = MemberPins(database, book, clock, is_online=lambda: False, failed=eyes.pin_failed)
    factors = Factors(database, book, clock, pins, has_cloud=has_qrs)
    slip = to.paid(to.receipts.slip, lambda bill: bill.made)
    bills = Bills(
        database,
        book,
        clock,
        Asks(
            prove=by_card_in_hand(by_factors(factors), money_in),
            watch=by_watch(watch),
            allow=by_rights(rights),
            decided=decided_by_hand(rights, Looking(database, book, clock).prices),
            also=(only_money, with_rewards(milestones, referrals, book.day_of)),
            section=rules.section,
            birthday=birthday_near(database),
            slip=lambda settled: slip(bill_of(settled.posted)),
            place=place,
            is_alone=never_met(database),
            may_spend=may_spend,
        ),
    )
    asks = TopUpAsks(slip, terms=TermsPrinter(to.spool, to.shop, to.paper), watch=with_others.by_watch(watch))
    top_ups = TopUps(money_in, asks, milestones, referrals)
    money = Money(database, book, members, clock, slip, bills=bills, top_ups=top_ups, factors=factors)
    return Till(
        money=money,
        factors=factors,
        bills=bills,
        money_in=money_in,
        top_ups=top_ups,
        back=back,
        terms_of=terms_of,
        pass_days=pass_days,
        reviews=DailyReviews(Reviews(money_in, milestones), money_in, lambda: to.shop().rulebook),
    )


def money_commands(
    till: Till, store: OpenStore, members: Members, to: Print, ask: Ask, eyes: Eyes
) -> tuple[Verbs, ...]:
    """Return the commands of a running till that settle bills, give money back, hand out value and open the drawer."""

    def rulebook() -> Rulebook:
        return to.shop().rulebook

    sign = signing(store, rulebook, ask, eyes.pin_failed)
    looking = Looking(store.database, store.book, store.clock)
    return (
        DrawerCommands(to.drawer, sign, ask),
        LevelCommands(GivenLevels(store.database, store.book, store.clock, rulebook), sign, ask),
        BillCommands(
            till.bills,
            looking,
            members,
            sign,
            rulebook,
            ask,
            allowing=Allowing(store.database, store.book, store.clock),
            printed=to.spool.notify,
        ),
        RefundCommands(till.back, members, sign, rulebook, ask, to.spool.notify, open_again=opener(till.bills)),
        PrepaidCommands(
            till.money_in,
            members,
            sign,
            rulebook,
            ask,
            to.spool.notify,
            wired=Wired(
                till.top_ups,
                till.terms_of,
                till.factors,
                by_hand=over_hands(eyes.watch, rulebook),
                taken_back=over_hands(eyes.watch, rulebook, anomaly.REFUND),
            ),
        ),
    )
