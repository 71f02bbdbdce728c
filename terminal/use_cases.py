"""The use cases of money, joined to each other: what settles bills, what takes money in, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable

from terminal.base.clock import business_day
from terminal.ledger.deeds import Deeds
from terminal.services.bills.asks import Asks, by_cashier
from terminal.services.bills.bills import Bills
from terminal.services.bills.holds import Holds
from terminal.services.bills.proving import by_rights, by_watch, with_rewards
from terminal.services.booked import bill_of
from terminal.services.members import Members
from terminal.services.money import Money
from terminal.services.prepaid import with_others
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.terms import TermsPrinter
from terminal.services.prepaid.till import Till as MoneyIn
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.receipts import Receipts
from terminal.services.refunds.desk import back_desk, records_over
from terminal.services.releases import Releases
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.storage import OpenStore


def join_money(
    store: OpenStore,
    rules: RuleStore,
    members: Members,
    receipts: Receipts,
    terms: TermsPrinter,
    *,
    alarm: Callable[[str], None],
    soon: Callable[[Callable[[], None]], None],
) -> Money:
    """Return what takes and charges money at the counter, watched, proved and rewarded by the shop's rules.

    `alarm` tells the counter a code at once; `soon` has work done after the transaction at hand.
    """
    database, book, clock = store.database, store.book, store.clock
    deeds = Deeds(database, lambda at_ms: business_day(clock, at_ms))
    rights = Rights(database, clock)
    watch = Watch(database, book, clock, rights, alarm=alarm, soon=soon)
    money_in = MoneyIn(database, book, members, clock, deeds)
    milestones, referrals = Milestones(money_in), Referrals(money_in, rules_of=lambda rulebook: rulebook.referral)
    releases = Releases(book, Holds(database).on)
    back = back_desk(records_over(database, book, clock), rules.section, releases)
    bills = Bills(
        database,
        book,
        clock,
        Asks(
            # The counter's page asks for the cashier's word alone; second factors come with a page that asks for them.
            prove=by_cashier(members),
            watch=by_watch(watch),
            allow=by_rights(rights),
            also=(with_rewards(milestones, referrals, book.day_of),),
            section=rules.section,
            slip=lambda settled: receipts.slip(bill_of(settled.posted)),
            may_spend=back.card_returns.may_spend,
        ),
    )
    asks = TopUpAsks(receipts.slip, terms=terms, watch=with_others.by_watch(watch))
    top_ups = TopUps(money_in, asks, milestones, referrals)
    return Money(database, book, members, clock, receipts.slip, bills=bills, top_ups=top_ups)
