"""A till on a real store for the tests of sync, and messages of a cloud that says only what a test lets it say."""

from __future__ import annotations

import pathlib
import shutil
from dataclasses import dataclass, field
from typing import Any

from terminal.base.ids import AccountId, ActionId, BucketId, DeviceId, LotId, new_id
from terminal.ledger.book import Book
from terminal.ledger.lives import Journal, Mailbox, Wants
from terminal.ledger.verify import verify
from terminal.rules import entry
from terminal.rules.bucket import Bucket, Source
from terminal.rules.entry import Entry
from terminal.services.feed_desk import FeedDesk
from terminal.store.database import Database
from terminal.store.migrations import migrate
from terminal.sync.courier import Courier
from terminal.sync.wire import Accepted, FeedItem, Push, Rejoin
from tests.support import STORE_KEY, ManualClock, new_store

OWNER = AccountId("a1" * 16)
KEPT = ("entry", "bucket", "held", "account_balance", "life", "accepted", "want", "sync_mark", "mailbox", "proposal")


@dataclass
class Till:
    """Everything of a till that syncs; `crash` drops all of it but the file."""

    folder: pathlib.Path
    clock: ManualClock = field(default_factory=ManualClock)
    on_hold: dict[BucketId, int] = field(default_factory=dict)
    lives_begun: int = 0

    def __post_init__(self) -> None:
        if not (self.folder / "store.db").exists():
            new_store(self.folder / "store.db").close()
        self.start()

    def start(self) -> None:
        """Open the store with objects that know nothing of before."""
        self.database = Database(self.folder / "store.db", STORE_KEY)
        migrate(self.database)
        self.book = Book(self.database, self.clock)
        self.book.open()
        self.journal, self.mailbox, self.wants = Journal(self.database), Mailbox(self.database), Wants(self.database)
        self.desk = FeedDesk(self.database, self.book, self._holds, new_life=self._begun)
        self.courier = Courier(self.database, self.book)

    def _holds(self, name: BucketId) -> int:
        return self.on_hold.get(name, 0)

    def _begun(self) -> None:
        self.lives_begun += 1

    def crash(self) -> None:
        """Lose everything that is not durable."""
        self.database.close()
        self.start()

    def image(self, folder: pathlib.Path) -> Till:
        """Return a till whose disk is a copy of this one's."""
        self.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        folder.mkdir()
        shutil.copy(self.database.path, folder / "store.db")
        return Till(folder)

    def prove(self) -> None:
        verdict = verify(self.database, self.folder / "scratch.db")
        assert verdict.code == "", verdict

    def everything(self) -> list[list[Any]]:
        return [list(self.database.rows(f"SELECT * FROM {table}")) for table in KEPT]  # noqa: S608 - tables of ours

    def take_all(self) -> int:
        """Let the dispatcher do all letters; return how many."""
        done = 0
        while self.desk.take_next():
            done += 1
        return done

    def sell(self, amount: int, asset: str = "principal", expires_on: str = "") -> Bucket:
        """Create units for cash and return their bucket."""
        value = 1 if asset == "principal" else 0
        with self.database.write():
            draft = self.book.begin(ActionId(new_id()), "sale", "")
            facts = draft.create(asset, OWNER, amount, unit_value_fen=value, expires_on=expires_on)
            draft.debit("tender/cash", amount * value)
            draft.credit("deferred", amount * value)
            self.book.post(draft)
        return facts

    def spend(self, facts: Bucket, amount: int) -> None:
        """Spend units of a bucket."""
        with self.database.write():
            draft = self.book.begin(ActionId(new_id()), "bill", "")
            found = self.book.lot_of(facts)
            assert found is not None
            draft.spend(found, amount)
            draft.debit("deferred", amount * facts.unit_value_fen)
            draft.credit("sales/service", amount * facts.unit_value_fen)
            self.book.post(draft)

    def held(self, facts: Bucket) -> int:
        lot = self.book.lot_of(facts)
        return lot.amount if lot else 0

    def entries(self) -> list[Entry]:
        return [entry.from_bytes(data) for _, _, data in self.journal.entries(0, 10_000)]

    def last(self) -> Entry:
        return self.entries()[-1]

    def push(self, limit: int = 200) -> Push:
        message = self.courier.message(limit)
        assert isinstance(message, Push)
        return message

    def rejoin(self, limit: int = 200) -> Rejoin:
        message = self.courier.message(limit)
        assert isinstance(message, Rejoin)
        return message


def accepted(sent: Push, *feed: FeedItem, at_ms: int = 0) -> Accepted:
    """Return what a cloud answers that takes all of a push."""
    digest = sent.prev_hash
    for data in sent.entries:
        digest = entry.seal(digest, data)
    return Accepted(sent.epoch, sent.first - 1 + len(sent.entries), digest, feed, at_ms)


def grant(position: int, facts: Bucket, amount: int, gid: str = "", epoch: int = 1) -> FeedItem:
    return FeedItem(position, epoch, "grant", gid or f"{position:032x}", facts.id, facts.data, amount, critical=True)


def recall(position: int, facts: Bucket, amount: int, epoch: int = 1) -> FeedItem:
    return FeedItem(position, epoch, "recall", "", facts.id, facts.data, amount, critical=True)


def other(position: int, kind: str, *, critical: bool, epoch: int = 1) -> FeedItem:
    return FeedItem(position, epoch, kind, "", BucketId(""), b"", 0, critical=critical)


def of_another_till(till: Till, asset: str = "principal") -> Bucket:
    """Return a bucket that another till of the chain made."""
    return Bucket(
        chain=till.book.life().chain,
        owner=OWNER,
        asset=asset,
        lot=LotId(new_id()),
        source=Source(DeviceId("d2" * 16), 1, 1),
        unit_value_fen=1 if asset == "principal" else 0,
    )
