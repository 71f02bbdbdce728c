"""Buckets, holdings, grants and money accounts as rows."""

from __future__ import annotations

from cloud.records import BucketRecord, Flight, Holding, Line
from cloud.sql import Row, Sql, named, raw
from terminal.base.ids import AccountId, BucketId, ChainId, DeviceId, LotId


class SqlUnits(Sql):
    """See `cloud.storage.Units`; wants and feeds are in `cloud.sql_feeds`."""

    def bucket(self, chain: ChainId, bucket: BucketId) -> BucketRecord | None:
        """Return a bucket's facts."""
        row = self.row(
            "SELECT facts, owner, asset, lot FROM bucket WHERE chain = ? AND bucket = ?", (raw(chain), raw(bucket))
        )
        if row is None:
            return None
        return BucketRecord(chain, bucket, row[0], AccountId(named(row[1])), row[2], LotId(row[3].hex()))

    def add_bucket(self, record: BucketRecord) -> None:
        """Keep a bucket's facts, unless they are kept."""
        self.run(
            "INSERT INTO bucket VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chain, bucket) DO NOTHING",
            (
                raw(record.chain),
                raw(record.bucket),
                record.facts,
                raw(record.owner),
                record.asset,
                raw(record.lot),
            ),
        )

    def buckets_of_lot(self, chain: ChainId, lot: LotId, owner: AccountId, asset: str) -> list[BucketId]:
        """Return the buckets of a lot with this owner and asset."""
        found = self.rows(
            "SELECT bucket FROM bucket WHERE chain = ? AND lot = ? AND owner = ? AND asset = ? ORDER BY bucket",
            (raw(chain), raw(lot), raw(owner), asset),
        )
        return [BucketId(row[0].hex()) for row in found]

    def buckets_of_owner(self, chain: ChainId, owner: AccountId, asset: str) -> list[BucketId]:
        """Return an owner's buckets of an asset, whoever holds them."""
        found = self.rows(
            "SELECT bucket FROM bucket WHERE chain = ? AND owner = ? AND asset = ? ORDER BY bucket",
            (raw(chain), raw(owner), asset),
        )
        return [BucketId(row[0].hex()) for row in found]

    def every_bucket(self, chain: ChainId) -> list[tuple[BucketId, bytes]]:
        """Return all buckets with their facts."""
        found = self.rows("SELECT bucket, facts FROM bucket WHERE chain = ?", (raw(chain),))
        return [(BucketId(name.hex()), facts) for name, facts in found]

    def held(self, chain: ChainId, bucket: BucketId, device: DeviceId, epoch: int) -> tuple[bytes, int] | None:
        """Return a bucket's facts and what a holder has of it, or None when that holder never named it."""
        row = self.row(
            "SELECT bucket.facts, holding.amount FROM holding JOIN bucket USING (chain, bucket)"
            " WHERE holding.chain = ? AND holding.bucket = ? AND device = ? AND epoch = ?",
            (raw(chain), raw(bucket), raw(device), epoch),
        )
        return None if row is None else (row[0], row[1])

    def hold(self, chain: ChainId, holding: Holding, expires_on: str) -> None:
        """Write what a holder has of a bucket."""
        self.run(
            "INSERT INTO holding VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chain, bucket, device, epoch)"
            " DO UPDATE SET amount = excluded.amount",
            (raw(chain), raw(holding.bucket), raw(holding.device), holding.epoch, holding.amount, expires_on),
        )

    def holders(self, chain: ChainId, bucket: BucketId) -> list[Holding]:
        """Return who has units of a bucket."""
        found = self.rows(
            "SELECT bucket, device, epoch, amount FROM holding WHERE chain = ? AND bucket = ? AND amount > 0"
            " ORDER BY device, epoch",
            (raw(chain), raw(bucket)),
        )
        return [_holding(row) for row in found]

    def holdings(self, chain: ChainId, device: DeviceId, epoch: int, limit: int) -> list[Holding]:
        """Return up to `limit` buckets of which a holder has units, in the order of their ids."""
        found = self.rows(
            "SELECT bucket, device, epoch, amount FROM holding WHERE chain = ? AND device = ? AND epoch = ?"
            " AND amount > 0 ORDER BY bucket LIMIT ?",
            (raw(chain), raw(device), epoch, limit),
        )
        return [_holding(row) for row in found]

    def ended(self, chain: ChainId, device: DeviceId, epoch: int, before: str, limit: int) -> list[Holding]:
        """Return up to `limit` buckets a holder has that ended before the ISO date `before`."""
        found = self.rows(
            "SELECT bucket, device, epoch, amount FROM holding WHERE chain = ? AND device = ? AND epoch = ?"
            " AND amount > 0 AND expires_on <> '' AND expires_on < ? ORDER BY expires_on, bucket LIMIT ?",
            (raw(chain), raw(device), epoch, before, limit),
        )
        return [_holding(row) for row in found]

    def flight(self, chain: ChainId, gid: str) -> Flight | None:
        """Return a grant."""
        found = self._flights("gid = ?", (raw(chain), raw(gid)), chain)
        return found[0] if found else None

    def put_flight(self, record: Flight) -> None:
        """Write a grant."""
        self.run(
            "INSERT INTO flight VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain, gid) DO UPDATE SET"
            " state = excluded.state",
            (
                raw(record.chain),
                raw(record.gid),
                raw(record.bucket),
                record.amount,
                raw(record.device),
                record.epoch,
                record.state,
            ),
        )

    def flights(self, chain: ChainId, device: DeviceId, epoch: int) -> list[Flight]:
        """Return what is in flight to a life."""
        key = (raw(chain), raw(device), epoch)
        return self._flights("device = ? AND epoch = ? AND state = 'flight' ORDER BY bucket, gid", key, chain)

    def flights_of(self, chain: ChainId, bucket: BucketId) -> list[Flight]:
        """Return what is in flight of a bucket."""
        return self._flights("bucket = ? AND state = 'flight' ORDER BY gid", (raw(chain), raw(bucket)), chain)

    def _flights(self, where: str, key: tuple[bytes | int, ...], chain: ChainId) -> list[Flight]:
        found = self.rows(
            f"SELECT gid, bucket, amount, device, epoch, state FROM flight WHERE chain = ? AND {where}",  # noqa: S608
            key,
        )
        return [
            Flight(chain, row[0].hex(), BucketId(row[1].hex()), row[2], DeviceId(row[3].hex()), *row[4:])
            for row in found
        ]

    def units_of(self, chain: ChainId, owner: AccountId) -> list[tuple[bytes, int]]:
        """Return facts and units of an owner's buckets, held and in flight together, but for refund rights."""
        found = self.rows(
            "SELECT facts, (SELECT coalesce(sum(amount), 0) FROM holding WHERE holding.chain = bucket.chain"
            " AND holding.bucket = bucket.bucket) + (SELECT coalesce(sum(amount), 0) FROM flight"
            " WHERE flight.chain = bucket.chain AND flight.bucket = bucket.bucket AND state = 'flight') AS units"
            " FROM bucket WHERE chain = ? AND owner = ? AND asset <> 'refund_right' ORDER BY asset, bucket",
            (raw(chain), raw(owner)),
        )
        return [(bytes(facts), units) for facts, units in found if units]

    def add_stale(self, chain: ChainId, owner: AccountId) -> None:
        """Note that an owner's units became more or fewer."""
        self.run(
            "INSERT INTO stale VALUES (?, ?, 1) ON CONFLICT (chain, owner) DO UPDATE SET times = times + 1",
            (raw(chain), raw(owner)),
        )

    def stale(self, chain: ChainId, limit: int) -> list[AccountId]:
        """Return up to `limit` owners that were noted so."""
        found = self.rows("SELECT owner FROM stale WHERE chain = ? ORDER BY owner LIMIT ?", (raw(chain), limit))
        return [AccountId(named(row[0])) for row in found]

    def drop_stale(self, chain: ChainId, owner: AccountId) -> None:
        """Remove that note."""
        self.run("DELETE FROM stale WHERE chain = ? AND owner = ?", (raw(chain), raw(owner)))

    def post(self, chain: ChainId, line: Line) -> None:
        """Add fen to an account in a holder's books."""
        self.run(
            "INSERT INTO account VALUES (?, ?, ?, ?, ?) ON CONFLICT (chain, device, epoch, account)"
            " DO UPDATE SET amount = amount + excluded.amount",
            (raw(chain), raw(line.device), line.epoch, line.name, line.amount),
        )

    def accounts(self, chain: ChainId) -> list[Line]:
        """Return every account of every holder."""
        found = self.rows(
            "SELECT device, epoch, account, amount FROM account WHERE chain = ? ORDER BY device, epoch, account",
            (raw(chain),),
        )
        return [Line(DeviceId(row[0].hex()), *row[1:]) for row in found]

    def add_loss(self, chain: ChainId, line: Line) -> None:
        """Add units of a bucket that a life spent without having them."""
        self._add("loss", chain, line)

    def every_holding(self, chain: ChainId) -> list[Holding]:
        """Return who has units of what."""
        found = self.rows(
            "SELECT bucket, device, epoch, amount FROM holding WHERE chain = ? AND amount > 0"
            " ORDER BY bucket, device, epoch",
            (raw(chain),),
        )
        return [_holding(row) for row in found]

    def every_flight(self, chain: ChainId) -> list[Flight]:
        """Return every grant ever made."""
        return self._flights("true ORDER BY gid", (raw(chain),), chain)

    def losses(self, chain: ChainId) -> list[Line]:
        """Return the units the chain has lost."""
        return self._lines("loss", chain)

    def add_exposure(self, chain: ChainId, line: Line) -> None:
        """Add units that a lost life may still have spent."""
        self._add("exposure", chain, line)

    def exposures(self, chain: ChainId) -> list[Line]:
        """Return what lost lives may still have spent."""
        return self._lines("exposure", chain)

    def _add(self, table: str, chain: ChainId, line: Line) -> None:
        self.run(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?) ON CONFLICT (chain, bucket, device, epoch)"  # noqa: S608
            " DO UPDATE SET amount = amount + excluded.amount",
            (raw(chain), raw(line.name), raw(line.device), line.epoch, line.amount),
        )

    def _lines(self, table: str, chain: ChainId) -> list[Line]:
        found = self.rows(
            f"SELECT device, epoch, bucket, amount FROM {table} WHERE chain = ? ORDER BY bucket, device, epoch",  # noqa: S608
            (raw(chain),),
        )
        return [Line(DeviceId(row[0].hex()), row[1], row[2].hex(), row[3]) for row in found]


def _holding(row: Row) -> Holding:
    return Holding(BucketId(row[0].hex()), DeviceId(row[1].hex()), row[2], row[3])
