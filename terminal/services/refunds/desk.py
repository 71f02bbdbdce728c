"""Everything that takes back, put together over one book."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.clock import Clock, business_day
from terminal.ledger.book import Book
from terminal.ledger.deeds import Deeds
from terminal.services.refunds.bills import Refunds, Section, Store, nowhere
from terminal.services.refunds.card_returns import CardReturns
from terminal.services.refunds.credit import Credit
from terminal.services.refunds.passes import PassRefunds, SettleDays, no_days
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.posting import Posting, Slip, no_slip
from terminal.services.refunds.prepayments import Prepayments
from terminal.services.refunds.records import Records
from terminal.services.refunds.voids import Voids
from terminal.services.refunds.watching import Watching, unwatched
from terminal.services.releases import Releases
from terminal.store.database import Database


@dataclass(frozen=True, slots=True)
class BackDesk:
    """One of each use case; all that writes is done by the dispatcher."""

    records: Records
    bills: Refunds
    voids: Voids
    credit: Credit
    payouts: Payouts
    passes: PassRefunds
    prepayments: Prepayments
    card_returns: CardReturns


def records_over(database: Database, book: Book, clock: Clock) -> Records:
    """Return what reads bills, top-ups and rights in a book."""
    return Records(database, book, Deeds(database, lambda at_ms: business_day(clock, at_ms)), clock)


def back_desk(
    records: Records,
    section: Section,
    releases: Releases,
    slip: Slip = no_slip,
    store: Store = nowhere,
    watch: Watching = unwatched,
    *,
    settle_days: SettleDays = no_days,
) -> BackDesk:
    """Return all use cases; `section` gives old rules, `slip` prints (`printing.BackSlips`), `store` names this one.

    `watch` judges what is given back or undone (`watching.by_watch`), `settle_days` settles days of a
    pass that are over before it is refunded (`PassDays.settle_pass`).
    """
    posting = Posting(records, slip, watch)
    payouts, prepayments = Payouts(records, slip), Prepayments(records, posting)
    passes = PassRefunds(records, section, posting, store, settle_days)
    return BackDesk(
        records=records,
        bills=Refunds(records, section, posting, store),
        voids=Voids(records, releases, posting),
        credit=Credit(records, slip),
        payouts=payouts,
        passes=passes,
        prepayments=prepayments,
        card_returns=CardReturns(records, payouts, prepayments, passes, posting),
    )
