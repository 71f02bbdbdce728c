"""Chains, devices, lives, entries, rejoins and alarms as rows."""

from __future__ import annotations

from cloud.records import (
    Action,
    Alarm,
    ChainRecord,
    DeviceRecord,
    EntryRecord,
    Joining,
    LifeRecord,
    Sealed,
)
from cloud.sql import Sql, raw
from terminal.base.ids import BucketId, ChainId, DeviceId

ID_BYTES = 16


class SqlJournals(Sql):
    """See `cloud.storage.Journals`."""

    def chain(self, chain: ChainId) -> ChainRecord | None:
        """Return the chain."""
        row = self.row("SELECT cloud, seq, hash, at_ms, position FROM chain WHERE chain = ?", (raw(chain),))
        return None if row is None else ChainRecord(chain, DeviceId(row[0].hex()), *row[1:])

    def put_chain(self, record: ChainRecord) -> None:
        """Write the chain's row."""
        self.run(
            "INSERT INTO chain VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq,"
            " hash = excluded.hash, at_ms = excluded.at_ms, position = excluded.position",
            (raw(record.chain), raw(record.cloud), record.seq, record.hash, record.at_ms, record.position),
        )

    def chains(self) -> list[ChainId]:
        """Return every chain there is."""
        return [ChainId(row[0].hex()) for row in self.rows("SELECT chain FROM chain ORDER BY chain", ())]

    def generation(self, chain: ChainId) -> str:
        """Return what was drawn for this storage of the chain, empty when nothing was."""
        row = self.row("SELECT generation FROM generation WHERE chain = ?", (raw(chain),))
        return row[0].hex() if row else ""

    def put_generation(self, chain: ChainId, generation: str) -> None:
        """Write the chain's generation."""
        self.run(
            "INSERT INTO generation VALUES (?, ?) ON CONFLICT (chain) DO UPDATE SET generation = excluded.generation",
            (raw(chain), raw(generation)),
        )

    def device(self, chain: ChainId, device: DeviceId) -> DeviceRecord | None:
        """Return the device."""
        row = self.row(
            "SELECT public_key, state, epoch, last_epoch FROM device WHERE chain = ? AND device = ?",
            (raw(chain), raw(device)),
        )
        return None if row is None else DeviceRecord(chain, device, *row)

    def put_device(self, record: DeviceRecord) -> None:
        """Write the device's row."""
        self.run(
            "INSERT INTO device VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chain, device) DO UPDATE SET"
            " public_key = excluded.public_key, state = excluded.state, epoch = excluded.epoch,"
            " last_epoch = excluded.last_epoch",
            (
                raw(record.chain),
                raw(record.device),
                record.public_key,
                record.state,
                record.epoch,
                record.last_epoch,
            ),
        )

    def life(self, chain: ChainId, device: DeviceId, epoch: int) -> LifeRecord | None:
        """Return a life."""
        row = self.row(
            "SELECT why, seq, hash, cursor, applied FROM life WHERE chain = ? AND device = ? AND epoch = ?",
            (raw(chain), raw(device), epoch),
        )
        return None if row is None else LifeRecord(chain, device, epoch, *row)

    def put_life(self, record: LifeRecord) -> None:
        """Write the life's row."""
        self.run(
            "INSERT INTO life VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain, device, epoch) DO UPDATE SET"
            " why = excluded.why, seq = excluded.seq, hash = excluded.hash, cursor = excluded.cursor,"
            " applied = excluded.applied",
            (
                raw(record.chain),
                raw(record.device),
                record.epoch,
                record.why,
                record.seq,
                record.hash,
                record.cursor,
                record.applied,
            ),
        )

    def hashes(self, chain: ChainId, device: DeviceId, epoch: int, first: int, last: int) -> dict[int, bytes]:
        """Return the hashes of a life's main chain from entry `first` to `last`."""
        found = self.rows(
            "SELECT seq, hash FROM entry WHERE chain = ? AND device = ? AND epoch = ? AND seq BETWEEN ? AND ?"
            " AND main = 1",
            (raw(chain), raw(device), epoch, first, last),
        )
        return {seq: digest for seq, digest in found}  # noqa: C416 - rows of two columns, typed so

    def tail(self, chain: ChainId, device: DeviceId, epoch: int, after: int, limit: int) -> list[bytes]:
        """Return up to `limit` entries of a life's main chain after entry `after`."""
        found = self.rows(
            "SELECT data FROM entry WHERE chain = ? AND device = ? AND epoch = ? AND seq > ? AND main = 1"
            " ORDER BY seq LIMIT ?",
            (raw(chain), raw(device), epoch, after, limit),
        )
        return [row[0] for row in found]

    def journal_end(self, chain: ChainId) -> int:
        """Return the number of the cloud's last entry, without locking the chain."""
        row = self.row("SELECT seq FROM chain WHERE chain = ?", (raw(chain),))
        return row[0] if row else 0

    def history(self, chain: ChainId) -> list[EntryRecord]:
        """Return every entry of the chain in an order in which it can be folded."""
        found = self.rows(
            "SELECT device, epoch, seq, hash, data, main, read, place, after, unnamed FROM entry WHERE chain = ?"
            " ORDER BY after, place, device, epoch",
            (raw(chain),),
        )
        return [
            EntryRecord(
                chain=chain,
                device=DeviceId(row[0].hex()),
                epoch=row[1],
                seq=row[2],
                hash=row[3],
                data=row[4],
                main=bool(row[5]),
                read=bool(row[6]),
                order=row[7],
                after=row[8],
                unnamed=_ids(row[9]),
            )
            for row in found
        ]

    def has_entry(self, chain: ChainId, digest: bytes) -> bool:
        """Tell whether an entry is known, on whatever branch."""
        return self.row("SELECT 1 FROM entry WHERE chain = ? AND hash = ?", (raw(chain), digest)) is not None

    def add_entry(self, record: EntryRecord) -> None:
        """Keep a new entry."""
        self.run(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                raw(record.chain),
                raw(record.device),
                record.epoch,
                record.seq,
                record.hash,
                record.data,
                record.main,
                record.read,
                record.order,
                record.after,
                b"".join(map(raw, record.unnamed)),
            ),
        )

    def joining(self, chain: ChainId, device: DeviceId, rejoin_id: str) -> Joining | None:
        """Return what a rejoin was answered before."""
        row = self.row(
            "SELECT epoch, new_epoch FROM joining WHERE chain = ? AND device = ? AND rejoin_id = ?",
            (raw(chain), raw(device), raw(rejoin_id)),
        )
        return None if row is None else Joining(chain, device, rejoin_id, *row)

    def put_joining(self, record: Joining) -> None:
        """Remember what a rejoin is answered."""
        self.run(
            "INSERT INTO joining VALUES (?, ?, ?, ?, ?)",
            (raw(record.chain), raw(record.device), raw(record.rejoin_id), record.epoch, record.new_epoch),
        )

    def staged_hash(self, chain: ChainId, device: DeviceId, rejoin_id: str, seq: int) -> bytes | None:
        """Return the hash of a staged entry of a rejoin."""
        row = self.row(
            "SELECT hash FROM staged WHERE chain = ? AND device = ? AND rejoin_id = ? AND seq = ?",
            (raw(chain), raw(device), raw(rejoin_id), seq),
        )
        return None if row is None else bytes(row[0])

    def stage(self, chain: ChainId, device: DeviceId, rejoin_id: str, entries: list[Sealed]) -> None:
        """Keep part of a rejoin until the rest is here."""
        for entry in entries:
            self.run("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?)", (raw(chain), raw(device), raw(rejoin_id), *entry))

    def staged(self, chain: ChainId, device: DeviceId, rejoin_id: str) -> list[Sealed]:
        """Return what is staged of a rejoin, in order."""
        found = self.rows(
            "SELECT seq, hash, data FROM staged WHERE chain = ? AND device = ? AND rejoin_id = ? ORDER BY seq",
            (raw(chain), raw(device), raw(rejoin_id)),
        )
        return [Sealed(*row) for row in found]

    def unstage(self, chain: ChainId, device: DeviceId, rejoin_id: str, first: int) -> None:
        """Forget staged entries from `first` on."""
        self.run(
            "DELETE FROM staged WHERE chain = ? AND device = ? AND rejoin_id = ? AND seq >= ?",
            (raw(chain), raw(device), raw(rejoin_id), first),
        )

    def action(self, chain: ChainId, action_id: str) -> Action | None:
        """Return what a person's action did before."""
        row = self.row(
            "SELECT request, answer FROM action WHERE chain = ? AND action_id = ?", (raw(chain), raw(action_id))
        )
        return None if row is None else Action(chain, action_id, *row)

    def put_action(self, record: Action) -> None:
        """Remember what a person's action did."""
        self.run(
            "INSERT INTO action VALUES (?, ?, ?, ?)",
            (raw(record.chain), raw(record.action_id), record.request, record.answer),
        )

    def add_alarm(self, record: Alarm) -> None:
        """Keep an alarm."""
        self.run(
            "INSERT INTO alarm VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain, id) DO NOTHING",
            (
                raw(record.chain),
                record.at_ms,
                raw(record.id),
                raw(record.device),
                record.epoch,
                record.code,
                record.detail,
            ),
        )

    def alarms(self, chain: ChainId) -> list[Alarm]:
        """Return the chain's alarms, oldest first."""
        found = self.rows(
            "SELECT id, device, epoch, at_ms, code, detail FROM alarm WHERE chain = ? ORDER BY at_ms, id",
            (raw(chain),),
        )
        return [Alarm(chain, row[0].hex(), DeviceId(row[1].hex()), *row[2:]) for row in found]


def _ids(joined: bytes) -> tuple[BucketId, ...]:
    return tuple(BucketId(joined[at : at + ID_BYTES].hex()) for at in range(0, len(joined), ID_BYTES))
