"""A till in the simulator: the real objects over a real encrypted store, which may be cut off, copied and put back."""

from __future__ import annotations

import copy
import datetime as dt
import pathlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloud.core import Cloud
from terminal.base.clock import CUTOVER_MIN
from terminal.base.ids import BucketId, ChainId, DeviceId
from terminal.ledger.book import Book
from terminal.ledger.lives import Journal, Mailbox, Wants
from terminal.services.bills.holds import Holds
from terminal.services.compaction import Compaction
from terminal.services.feed_desk import FeedDesk
from terminal.services.proposals import Proposals
from terminal.services.releases import Releases
from terminal.store.database import Database
from terminal.store.migrations import migrate
from terminal.sync import wire
from terminal.sync.chain_rows import RowCourier, StoredRows
from terminal.sync.courier import Courier
from terminal.sync.neighbours import Neighbours
from terminal.sync.own_rows import OwnRows
from tests.sim.counter import SEEDED, Counter
from tests.sim.editions import Edition
from tests.sim.later import newer, newer_book

KEY = bytes(range(32))
TO_SAY = (
    "SELECT epoch, seq, hash, sync_mark.*, chain_feed.*, (SELECT max(n) FROM mailbox),"
    " (SELECT group_concat(request_id) FROM want WHERE state = 'open'),"
    " (SELECT count(*) FROM proposal WHERE delivered = 0) FROM life, sync_mark, chain_feed WHERE open = 1"
)
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


class PowerCut(Exception):  # noqa: N818 - what happens to a till
    """The power went in the middle of a transaction."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The code that is driven; a mutation is another class in one place."""

    cloud: type[Cloud] = Cloud
    book: type[Book] = Book
    desk: type[FeedDesk] = FeedDesk
    courier: type[Courier] = Courier
    releases: type[Releases] = Releases


class Store(Database):
    """A store that is never flushed, and whose power goes after `fuse` more statements when that is set."""

    fuse = -1

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - a driver's cursor
        """Execute one statement, or cut the power before it."""
        if self.fuse >= 0:
            self.fuse -= 1
            if self.fuse < 0:
                raise PowerCut
        return super().run(sql, parameters)


@dataclass(slots=True)
class SimClock:
    """A till's clock: the world's time, off by `offset_ms`."""

    now: Callable[[], int]
    offset_ms: int = 0
    is_trusted: bool = True
    cutover_min: int = CUTOVER_MIN

    def now_ms(self) -> int:
        """Return UTC milliseconds as this till has them."""
        return self.now() + self.offset_ms

    def trusted(self) -> bool:
        """Tell whether the time is trusted."""
        return self.is_trusted

    def local(self, at_ms: int) -> dt.datetime:
        """Return the shop's local time."""
        return dt.datetime.fromtimestamp(at_ms / 1000, SHANGHAI)

    def monotonic_s(self) -> float:
        """Return seconds that never run back."""
        return self.now() / 1000


@dataclass(slots=True)
class Disk:
    """What the world knows to be on a till's disk: its own record, kept beside the store and copied with it.

    `lives` are the hashes of each life's entries in order; `held`, `money` and `worth`, which is what is held in fen by
    account, debit positive, belong to the open life.
    """

    epoch: int = 1
    lives: dict[int, list[bytes]] = field(default_factory=lambda: {1: []})
    held: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    worth: dict[str, int] = field(default_factory=dict)
    cursor: int = 0
    rejoin_id: str = ""
    on_hold: dict[str, int] = field(default_factory=dict)
    overheld: set[str] = field(default_factory=set)
    tampered: dict[str, int] = field(default_factory=dict)

    @property
    def head(self) -> bytes:
        """Return the hash of the open life's last entry, empty at its start."""
        entries = self.lives[self.epoch]
        return entries[-1] if entries else b""


@dataclass(frozen=True, slots=True)
class Image:
    """A copy of a till's disk, with the world's record of it; the program is on it too.

    `kept` are the hashes of the entries that are on it: those that had been dropped by then are not.
    """

    data: bytes
    disk: Disk
    kept: frozenset[bytes]
    upgraded: bool = False


class Machine:
    """One machine with a till on it. Several may be copies of the same device."""

    def __init__(
        self,
        name: str,
        folder: pathlib.Path,
        rng: random.Random,
        parts: Parts,
        now: Callable[[], int],
        *,
        edition: Edition = Edition.COUNTERS,
    ) -> None:
        """Describe a machine; `start` turns it on. After EARLY, the next release writes in a format of its own."""
        self.name = name
        self.path = folder / f"{name}.db"
        self.rng = rng
        self.parts = parts
        self.formats = edition > Edition.EARLY
        self.has_counter = edition >= Edition.COUNTERS
        self.clock = SimClock(now)
        self.disk = Disk()
        self.alive = True
        self.push_limit = rng.choice((3, 20, 200))  # when there is peace; before that, any
        self.device = DeviceId("")
        self.key = b""
        self.upgraded = False
        self.joined_alone = False
        self._written = -1

    def install(self, data: bytes, chain: ChainId | None = None) -> None:
        """Make a till of its own on an empty store, of the chain it belongs to or else alone."""
        self.path.write_bytes(data)
        self.start()
        self.book.open()
        if chain is not None:
            self.database.run("UPDATE device SET chain = ?", (chain,))
        self.know()

    def start(self) -> None:
        """Open the store with objects that know nothing of before."""
        self._written = -1
        self.database = Store(self.path, KEY)
        self.database.run("PRAGMA synchronous = OFF")
        self.database.run("PRAGMA locking_mode = EXCLUSIVE")
        draw = self.rng.randbytes
        book = newer_book(self.parts.book) if self.upgraded and self.formats else self.parts.book
        self.book = book(self.database, self.clock, draw)
        self.journal = Journal(self.database)
        self.mailbox = Mailbox(self.database)
        self.wants = Wants(self.database, draw)
        self._counter: Counter | None = None
        self.rows = StoredRows(self.database)
        self.courier = self.parts.courier(self.database, self.book)
        if self.has_counter:
            own = OwnRows(self.database, self.book, draw)
            self.rows = StoredRows(self.database, own.take)
            self.courier = self.parts.courier(self.database, self.book, delivered=own.settle)
        self.row_courier = RowCourier(self.database, self.rows)
        desk = newer(self.parts.desk) if self.upgraded else self.parts.desk
        self.desk = desk(self.database, self.book, self.on_hold, draw, self.row_courier.begin_snapshot)
        self.releases = (
            self.parts.releases(self.book, self.on_hold) if self.has_counter else self.parts.releases(self.book)
        )
        self.proposals = Proposals(self.database, self.book, draw)
        self.compaction = Compaction(self.database, self.book, self.clock, draw)

    def on_hold(self, name: BucketId) -> int:
        """Return how many units of a bucket open bills have reserved here."""
        return self.disk.on_hold.get(name, 0) + (Holds(self.database).on(name) if self.has_counter else 0)

    @property
    def counter(self) -> Counter:
        """The counter of this till."""
        if self._counter is None:
            self._counter = Counter(self.database, self.book, self.clock, self.rng.randbytes)
        return self._counter

    def let_go(self) -> None:
        """Give up all open bills, and let go of whatever else is reserved."""
        self.disk.on_hold.clear()
        self.disk.overheld.clear()
        if self.alive and self.has_counter:
            with self.database.write():
                self.database.run("DELETE FROM open_bill")
                self.database.run("DELETE FROM unit_hold")

    def keep_copies_of(self, chain: ChainId, key_of: Callable[[DeviceId], bytes | None]) -> Neighbours:
        """Return the part that keeps copies for neighbours."""
        return Neighbours(self.database, chain, key_of)

    def crash(self) -> None:
        """Lose everything that is not on the disk."""
        self.database.close()
        self.start()

    def stop(self) -> None:
        """Turn the machine off for good."""
        self.alive = False
        self.database.close()

    def has_written(self) -> bool:
        """Tell whether anything may have changed on the disk since this was asked last (`sqlite3_total_changes`)."""
        before, self._written = self._written, self.database.connection().total_changes  # type: ignore[no-untyped-call]
        return before != self._written

    def kept(self) -> list[bytes]:
        """Return the hashes of all lives' entries that are here, those that were dropped not among them."""
        return [row[0] for row in self.database.rows("SELECT hash FROM entry")]

    def to_say(self) -> tuple[object, ...]:
        """Return what decides what this till says to the cloud next, and what it has yet to do of what it heard."""
        row = self.database.row(TO_SAY)
        assert row is not None, "the book is open"
        # Which part of a rejoin is next is known to nobody but the courier.
        part = wire.encode(self.courier.message(self.push_limit)) if self.journal.head().rejoin_id else b""
        return *row, part

    def image(self) -> Image:
        """Return a copy of the disk."""
        self.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return Image(self.path.read_bytes(), copy.deepcopy(self.disk), frozenset(self.kept()), self.upgraded)

    def restore(self, image: Image) -> None:
        """Put the disk back to an image, or onto the disk of another machine."""
        if self.device:
            self.database.close()
        for old in self.path.parent.glob(f"{self.path.name}*"):
            old.unlink()
        self.path.write_bytes(image.data)
        self.disk = copy.deepcopy(image.disk)
        if self.formats:
            self.upgraded = image.upgraded
        self.start()
        self.know()

    def know(self) -> None:
        """Note which device this is by now."""
        self.device = self.book.life().device
        self.key = self.book.public_key()


def empty_store(folder: pathlib.Path) -> bytes:
    """Return the bytes of a store with its tables and nothing else."""
    path = folder / "template.db"
    database = Database(path, KEY)
    migrate(database)
    for statement, values in SEEDED:
        database.run(statement, values)
    database.close()
    data = path.read_bytes()
    path.unlink()
    return data
