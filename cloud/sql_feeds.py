"""What is asked for and what is said in the feeds of lives, as rows."""

from __future__ import annotations

from cloud.records import FeedRecord, HeldBack, WantRecord
from cloud.sql import Sql, raw
from terminal.base.ids import BucketId, ChainId, DeviceId

_WANT = "gid, device, epoch, bucket, amount, purpose, state, recalled, at_ms"


class SqlFeeds(Sql):
    """See `cloud.storage.Units`."""

    def want(self, chain: ChainId, gid: str) -> WantRecord | None:
        """Return what was asked for under an id."""
        found = self._wants("gid = ?", (raw(chain), raw(gid)), chain)
        return found[0] if found else None

    def put_want(self, record: WantRecord) -> None:
        """Write what was asked for."""
        self.run(
            "INSERT INTO want VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain, gid) DO UPDATE SET"
            " amount = excluded.amount, state = excluded.state, recalled = excluded.recalled",
            (
                raw(record.chain),
                raw(record.gid),
                raw(record.device),
                record.epoch,
                raw(record.bucket),
                record.amount,
                record.purpose,
                record.state,
                record.recalled,
                record.at_ms,
            ),
        )

    def open_wants(self, chain: ChainId, bucket: BucketId) -> list[WantRecord]:
        """Return who waits for a bucket, the one who asked first first."""
        return self._wants("bucket = ? AND state = 'open' ORDER BY at_ms, gid", (raw(chain), raw(bucket)), chain)

    def _wants(self, where: str, key: tuple[bytes | int, ...], chain: ChainId) -> list[WantRecord]:
        found = self.rows(
            f"SELECT {_WANT} FROM want WHERE chain = ? AND {where}",  # noqa: S608 - conditions of ours
            key,
        )
        return [
            WantRecord(
                chain=chain,
                gid=row[0].hex(),
                device=DeviceId(row[1].hex()),
                epoch=row[2],
                bucket=BucketId(row[3].hex()),
                amount=row[4],
                purpose=row[5],
                state=row[6],
                recalled=bool(row[7]),
                at_ms=row[8],
            )
            for row in found
        ]

    def add_feed(self, record: FeedRecord) -> None:
        """Append to a life's feed."""
        self.run(
            "INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                raw(record.chain),
                raw(record.device),
                record.epoch,
                record.position,
                record.kind,
                raw(record.gid),
                raw(record.bucket),
                record.amount,
            ),
        )

    def feed_end(self, chain: ChainId, device: DeviceId, epoch: int) -> int:
        """Return the last position of a life's feed, 0 while it is empty."""
        row = self.row(
            "SELECT position FROM feed WHERE chain = ? AND device = ? AND epoch = ? ORDER BY position DESC LIMIT 1",
            (raw(chain), raw(device), epoch),
        )
        return row[0] if row else 0

    def feed(self, chain: ChainId, device: DeviceId, epoch: int, after: int, limit: int) -> list[FeedRecord]:
        """Return up to `limit` lines of a life's feed after a position."""
        found = self.rows(
            "SELECT position, kind, gid, bucket, amount FROM feed WHERE chain = ? AND device = ? AND epoch = ?"
            " AND position > ? ORDER BY position LIMIT ?",
            (raw(chain), raw(device), epoch, after, limit),
        )
        return [
            FeedRecord(chain, device, epoch, row[0], row[1], row[2].hex(), BucketId(row[3].hex()), row[4])
            for row in found
        ]

    def recalled(self, chain: ChainId, device: DeviceId, epoch: int, bucket: BucketId, after: int) -> int:
        """Return the units of a bucket that the recalls after a position of a life's feed ask for."""
        row = self.row(
            "SELECT coalesce(sum(amount), 0) FROM feed WHERE chain = ? AND device = ? AND epoch = ? AND bucket = ?"
            " AND position > ? AND kind = 'recall'",
            (raw(chain), raw(device), epoch, raw(bucket), after),
        )
        assert row is not None, "a sum is one row"
        return int(row[0])

    def held_back(self, chain: ChainId, device: DeviceId, epoch: int, bucket: BucketId) -> HeldBack | None:
        """Return when a life last kept units of a bucket back, if it still may."""
        row = self.row(
            "SELECT at_ms FROM held_back WHERE chain = ? AND device = ? AND epoch = ? AND bucket = ?",
            (raw(chain), raw(device), epoch, raw(bucket)),
        )
        return None if row is None else HeldBack(chain, device, epoch, bucket, row[0])

    def held_back_by(self, chain: ChainId, device: DeviceId, epoch: int) -> list[BucketId]:
        """Return the buckets of which a life keeps units back."""
        found = self.rows(
            "SELECT bucket FROM held_back WHERE chain = ? AND device = ? AND epoch = ? ORDER BY bucket",
            (raw(chain), raw(device), epoch),
        )
        return [BucketId(row[0].hex()) for row in found]

    def put_held_back(self, record: HeldBack) -> None:
        """Note that a life keeps units back."""
        self.run(
            "INSERT INTO held_back VALUES (?, ?, ?, ?, ?) ON CONFLICT (chain, device, epoch, bucket)"
            " DO UPDATE SET at_ms = excluded.at_ms",
            (raw(record.chain), raw(record.device), record.epoch, raw(record.bucket), record.at_ms),
        )

    def forget_held_back(self, chain: ChainId, device: DeviceId, epoch: int) -> None:
        """Forget what a life kept back."""
        self.run("DELETE FROM held_back WHERE chain = ? AND device = ? AND epoch = ?", (raw(chain), raw(device), epoch))
