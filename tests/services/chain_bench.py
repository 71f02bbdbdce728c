"""Tills of one chain and their cloud, all of one time, at which members are served by the product's own use cases."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cloud.core import Cloud
from cloud.sqlite_storage import SqliteStorage
from terminal.base.clock import business_day
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.deeds import Deeds
from terminal.rules.bucket import Bucket
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.spending import Purse
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.holds import Holds
from terminal.services.bills.values import AT_COUNTER, Place
from terminal.services.feed_desk import FeedDesk
from terminal.services.refunds.asking import By
from terminal.services.refunds.bills import Refunds
from terminal.services.refunds.records import Records
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from terminal.services.summaries import Summaries
from terminal.services.views import SignedIn
from tests.services.bill_bench import Shop
from tests.services.factored import factored
from tests.services.refund_bench import sign_in
from tests.support import ManualClock, TestBook
from tests.sync.test_own_rows import CHAIN, Side

MANAGER = SignedIn("token", "0" * 31 + "5", "李店长", 1, "manager")


class Branch:
    """A till of the chain: it syncs, rings up bills, and takes back what it did."""

    def __init__(self, folder: pathlib.Path, cloud: Cloud, clock: ManualClock, rules: Rulebook) -> None:
        self.side = Side(folder, cloud, clock)
        self.database, self.book, self.clock = self.side.database, self.side.book, clock
        holds = Holds(self.database)
        self.side.desk = FeedDesk(self.database, self.book, holds.on, new_life=self.side.rows.begin_snapshot)
        made = TestBook(folder, self.database, self.book, self.clock)
        self.shop = Shop(made, rules)
        self.shop.bills = self.bills_at()
        sign_in(self.database, MANAGER)
        deeds = Deeds(self.database, lambda at_ms: business_day(self.clock, at_ms))
        self.records = Records(self.database, self.book, deeds, self.clock)
        self.voids = Voids(self.records, Releases(self.book, holds.on))
        self.refunds = Refunds(self.records, lambda name, _: getattr(rules, name))

    def bills_at(self, place: Place = AT_COUNTER) -> Bills:
        """Return what rings up bills at a place of this till."""
        rules = self.shop.rules
        asks = Asks(
            factored(self.shop),
            section=lambda name, _: getattr(rules, name),
            elsewhere=self.in_the_chain,
            is_alone=lambda: False,
            place=lambda: place,
        )
        return Bills(self.database, self.book, self.clock, asks)

    def in_the_chain(self, account: AccountId) -> Purse | None:
        """Return what a member may spend in the whole chain, as far as this till has heard."""
        told = Summaries(self.database)
        fen = [sum(units for _, units in told.lots([account], asset)) for asset in ("principal", "bonus")]
        return Purse(*fen) if any(fen) else None

    def by(self) -> By:
        """Return who asks for something to be taken back."""
        return By(self.shop.rules, MANAGER, ActionId(new_id()), alone=False)

    def held(self, facts: Bucket) -> int:
        """Return how many units of a bucket are here."""
        return self.side.till.held(facts)

    def give_back(self, facts: Bucket, amount: int) -> int:
        """Return units to the cloud."""
        return self.side.desk.return_unused(facts, amount)

    def want(self, facts: Bucket, amount: int) -> None:
        """Ask the cloud for units."""
        self.side.till.wants.ask(facts, amount)


@dataclass(slots=True)
class Chain:
    """The cloud and its tills."""

    cloud: Cloud
    storage: SqliteStorage
    tills: Sequence[Branch]

    def sync(self, rounds: int = 3) -> None:
        """Let everybody say and hear everything."""
        for _ in range(rounds):
            for till in self.tills:
                till.side.push()
            self.cloud.summarise(CHAIN)
            for till in self.tills:
                till.side.sync()

    def member(self) -> AccountId:
        """Return a member whom all tills know."""
        account = self.tills[0].side.add()
        self.sync(1)
        return account


@contextmanager
def open_chain(folder: pathlib.Path, rules: Rulebook | None = None, tills: int = 2) -> Iterator[Chain]:
    """Open a cloud and its tills; all books and the cloud's are proved at the end."""
    storage = SqliteStorage()
    clock = ManualClock()
    cloud = Cloud(storage, clock.now_ms, os.urandom)
    made = [Branch(folder / f"till{n}", cloud, clock, rules or Rulebook()) for n in range(tills)]
    try:
        yield Chain(cloud, storage, made)
        for till in made:
            till.shop.prove()
    finally:
        for till in made:
            till.database.close()
        storage.close()
