"""The use cases of money, joined to each other: what settles bills, what takes money in, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.clock import business_day
from terminal.ledger.deeds import Deeds
from terminal.rules.rulebook import Rulebook
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
from terminal.services.members import Members
from terminal.services.money import Money, factors_alone
from terminal.services.prepaid import with_others
from terminal.services.prepaid.commands import PrepaidCommands, Wired
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.pass_days import PassDays
from terminal.services.prepaid.pass_units import terms_from
from terminal.services.prepaid.referrals import Referrals
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
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.signing import signing
from terminal.services.shifts.watch import Watch
from terminal.services.shop import Shop
from terminal.services.spool import Spool
from terminal.services.storage import OpenStore


@dataclass(frozen=True, slots=True)
class Till:
    """What takes, charges and gives back money at the counter: one of each, joined to each other."""

    money: Money
    bills: Bills
    money_in: MoneyIn
    top_ups: TopUps
    back: BackDesk
    terms_of: TermsOf
    pass_days: PassDays


@dataclass(frozen=True, slots=True)
class Print:
    """Where slips come out, and in the name of which shop."""

    receipts: Receipts
    spool: Spool
    shop: Callable[[], Shop]
    paper: Paper


def join_money(
    store: OpenStore,
    rules: RuleStore,
    members: Members,
    to: Print,
    *,
    alarm: Callable[[str], None],
    soon: Callable[[Callable[[], None]], None],
) -> Till:
    """Return what takes and charges money at the counter, watched, proved and rewarded by the shop's rules.

    `alarm` tells the counter a code at once; `soon` has work done after the transaction at hand.
    """
    database, book, clock = store.database, store.book, store.clock
    deeds = Deeds(database, lambda at_ms: business_day(clock, at_ms))
    rights = Rights(database, clock)
    watch = Watch(database, book, clock, rights, alarm=alarm, soon=soon)
    releases = Releases(book, Holds(database).on)
    records = records_over(database, book, clock)
    back = back_desk(
        records,
        rules.section,
        releases,
        BackSlips(records, members, to.spool, to.shop, to.paper),
        store=lambda: to.shop().branch,
        watch=watching.by_watch(watch),
    )
    may_spend = back.card_returns.may_spend
    money_in = MoneyIn(database, book, members, clock, deeds, may_spend, slip=to.receipts.prepaid)
    milestones, referrals = Milestones(money_in), Referrals(money_in, rules_of=lambda rulebook: rulebook.referral)
    factors = factors_alone(database, book, clock)
    bills = Bills(
        database,
        book,
        clock,
        Asks(
            prove=by_factors(factors),
            watch=by_watch(watch),
            allow=by_rights(rights),
            also=(with_rewards(milestones, referrals, book.day_of),),
            section=rules.section,
            birthday=birthday_near(database),
            slip=lambda settled: to.receipts.slip(bill_of(settled.posted)),
            place=in_branch(to.shop),
            is_alone=never_met(database),
            may_spend=may_spend,
        ),
    )
    terms = TermsPrinter(to.spool, to.shop, to.paper)
    asks = TopUpAsks(to.receipts.slip, terms=terms, watch=with_others.by_watch(watch))
    top_ups = TopUps(money_in, asks, milestones, referrals)
    money = Money(database, book, members, clock, to.receipts.slip, bills=bills, top_ups=top_ups, factors=factors)
    terms_of = terms_from(rules.section)
    return Till(money, bills, money_in, top_ups, back, terms_of, PassDays(money_in, terms_of))


def money_commands(till: Till, store: OpenStore, members: Members, to: Print, ask: Ask) -> tuple[Verbs, ...]:
    """Return the commands of a running till that settle bills, give money back and hand out prepaid value."""

    def rulebook() -> Rulebook:
        return to.shop().rulebook

    sign = signing(store, rulebook, ask)
    looking = Looking(store.database, store.book, store.clock)
    return (
        BillCommands(till.bills, looking, members, sign, rulebook, ask, printed=to.spool.notify),
        RefundCommands(till.back, members, sign, rulebook, ask, to.spool.notify, open_again=opener(till.bills)),
        PrepaidCommands(
            till.money_in, members, sign, rulebook, ask, to.spool.notify, wired=Wired(till.top_ups, till.terms_of)
        ),
    )
