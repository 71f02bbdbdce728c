"""What the cloud asks of its database: narrow reads and writes by key, inside one transaction of one chain.

Every key begins with the chain, so that rows can be spread by it; there are no sequences, and ids come from devices or
from chance. `device` and `chain` read for update: whoever has the row keeps it until the transaction ends.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from cloud.records import (
    Action,
    Alarm,
    BucketRecord,
    ChainRecord,
    DeviceRecord,
    EntryRecord,
    FeedRecord,
    Flight,
    HeldBack,
    Holding,
    Joining,
    LifeRecord,
    Line,
    Loser,
    Proposal,
    RowVersion,
    Sealed,
    WantRecord,
)
from terminal.base.ids import AccountId, BucketId, ChainId, DeviceId, LotId


class Journals(Protocol):
    """Chains, devices, lives and entries."""

    def transaction(self, chain: ChainId) -> AbstractContextManager[None]:
        """Do all or nothing of what is asked within, for one chain."""
        ...

    def chain(self, chain: ChainId) -> ChainRecord | None:
        """Return the chain, locked: only this transaction writes the cloud's journal and gives feed positions."""
        ...

    def put_chain(self, record: ChainRecord) -> None:
        """Write the chain's row."""
        ...

    def chains(self) -> list[ChainId]:
        """Return every chain there is; asked outside of a transaction."""
        ...

    def generation(self, chain: ChainId) -> str:
        """Return what was drawn for this storage of the chain, empty when nothing was. It belongs in no backup."""
        ...

    def put_generation(self, chain: ChainId, generation: str) -> None:
        """Write the chain's generation."""
        ...

    def device(self, chain: ChainId, device: DeviceId) -> DeviceRecord | None:
        """Return the device, locked: one message of a device at a time."""
        ...

    def put_device(self, record: DeviceRecord) -> None:
        """Write the device's row."""
        ...

    def life(self, chain: ChainId, device: DeviceId, epoch: int) -> LifeRecord | None:
        """Return a life."""
        ...

    def put_life(self, record: LifeRecord) -> None:
        """Write the life's row."""
        ...

    def hashes(self, chain: ChainId, device: DeviceId, epoch: int, first: int, last: int) -> dict[int, bytes]:
        """Return the hashes of a life's main chain from entry `first` to `last`."""
        ...

    def tail(self, chain: ChainId, device: DeviceId, epoch: int, after: int, limit: int) -> list[bytes]:
        """Return up to `limit` entries of a life's main chain after entry `after`."""
        ...

    def journal_end(self, chain: ChainId) -> int:
        """Return the number of the cloud's last entry, without locking the chain."""
        ...

    def history(self, chain: ChainId) -> list[EntryRecord]:
        """Return every entry of the chain in an order in which it can be folded; for proofs, not for work."""
        ...

    def has_entry(self, chain: ChainId, digest: bytes) -> bool:
        """Tell whether an entry is known, on whatever branch."""
        ...

    def add_entry(self, record: EntryRecord) -> None:
        """Keep a new entry."""
        ...

    def joining(self, chain: ChainId, device: DeviceId, rejoin_id: str) -> Joining | None:
        """Return what a rejoin was answered before."""
        ...

    def put_joining(self, record: Joining) -> None:
        """Remember what a rejoin is answered."""
        ...

    def staged_hash(self, chain: ChainId, device: DeviceId, rejoin_id: str, seq: int) -> bytes | None:
        """Return the hash of a staged entry of a rejoin."""
        ...

    def stage(self, chain: ChainId, device: DeviceId, rejoin_id: str, entries: list[Sealed]) -> None:
        """Keep part of a rejoin until the rest is here."""
        ...

    def staged(self, chain: ChainId, device: DeviceId, rejoin_id: str) -> list[Sealed]:
        """Return what is staged of a rejoin, in order."""
        ...

    def unstage(self, chain: ChainId, device: DeviceId, rejoin_id: str, first: int) -> None:
        """Forget staged entries from `first` on."""
        ...

    def action(self, chain: ChainId, action_id: str) -> Action | None:
        """Return what a person's action did before."""
        ...

    def put_action(self, record: Action) -> None:
        """Remember what a person's action did."""
        ...

    def add_alarm(self, record: Alarm) -> None:
        """Keep an alarm, unless it is kept."""
        ...

    def alarms(self, chain: ChainId) -> list[Alarm]:
        """Return the chain's alarms, oldest first."""
        ...


class Units(Protocol):
    """Buckets, who holds them, what is in flight or asked for, and the money accounts."""

    def bucket(self, chain: ChainId, bucket: BucketId) -> BucketRecord | None:
        """Return a bucket's facts."""
        ...

    def add_bucket(self, record: BucketRecord) -> None:
        """Keep a bucket's facts, unless they are kept."""
        ...

    def buckets_of_lot(self, chain: ChainId, lot: LotId, owner: AccountId, asset: str) -> list[BucketId]:
        """Return the buckets of a lot with this owner and asset."""
        ...

    def buckets_of_owner(self, chain: ChainId, owner: AccountId, asset: str) -> list[BucketId]:
        """Return an owner's buckets of an asset, whoever holds them."""
        ...

    def every_bucket(self, chain: ChainId) -> list[tuple[BucketId, bytes]]:
        """Return all buckets with their facts; for proofs, not for work."""
        ...

    def held(self, chain: ChainId, bucket: BucketId, device: DeviceId, epoch: int) -> tuple[bytes, int] | None:
        """Return a bucket's facts and what a holder has of it, or None when that holder never named it."""
        ...

    def hold(self, chain: ChainId, holding: Holding, expires_on: str) -> None:
        """Write what a holder has of a bucket, which the database refuses below zero."""
        ...

    def holders(self, chain: ChainId, bucket: BucketId) -> list[Holding]:
        """Return who has units of a bucket."""
        ...

    def holdings(self, chain: ChainId, device: DeviceId, epoch: int, limit: int) -> list[Holding]:
        """Return up to `limit` buckets of which a holder has units, in the order of their ids."""
        ...

    def ended(self, chain: ChainId, device: DeviceId, epoch: int, before: str, limit: int) -> list[Holding]:
        """Return up to `limit` buckets a holder has that ended before the ISO date `before`."""
        ...

    def flight(self, chain: ChainId, gid: str) -> Flight | None:
        """Return a grant."""
        ...

    def put_flight(self, record: Flight) -> None:
        """Write a grant."""
        ...

    def flights(self, chain: ChainId, device: DeviceId, epoch: int) -> list[Flight]:
        """Return what is in flight to a life."""
        ...

    def flights_of(self, chain: ChainId, bucket: BucketId) -> list[Flight]:
        """Return what is in flight of a bucket."""
        ...

    def want(self, chain: ChainId, gid: str) -> WantRecord | None:
        """Return what was asked for under an id."""
        ...

    def put_want(self, record: WantRecord) -> None:
        """Write what was asked for."""
        ...

    def open_wants(self, chain: ChainId, bucket: BucketId) -> list[WantRecord]:
        """Return who waits for a bucket, the one who asked first first."""
        ...

    def add_feed(self, record: FeedRecord) -> None:
        """Append to a life's feed."""
        ...

    def feed_end(self, chain: ChainId, device: DeviceId, epoch: int) -> int:
        """Return the last position of a life's feed, 0 while it is empty."""
        ...

    def feed(self, chain: ChainId, device: DeviceId, epoch: int, after: int, limit: int) -> list[FeedRecord]:
        """Return up to `limit` lines of a life's feed after a position."""
        ...

    def recalled(self, chain: ChainId, device: DeviceId, epoch: int, bucket: BucketId, after: int) -> int:
        """Return the units of a bucket that the recalls after a position of a life's feed ask for."""
        ...

    def held_back(self, chain: ChainId, device: DeviceId, epoch: int, bucket: BucketId) -> HeldBack | None:
        """Return when a life last kept units of a bucket back, if it still may."""
        ...

    def held_back_by(self, chain: ChainId, device: DeviceId, epoch: int) -> list[BucketId]:
        """Return the buckets of which a life keeps units back."""
        ...

    def put_held_back(self, record: HeldBack) -> None:
        """Note that a life keeps units back."""
        ...

    def forget_held_back(self, chain: ChainId, device: DeviceId, epoch: int) -> None:
        """Forget what a life kept back."""
        ...

    def units_of(self, chain: ChainId, owner: AccountId) -> list[tuple[bytes, int]]:
        """Return facts and units of an owner's buckets, held and in flight together, but for refund rights."""
        ...

    def add_stale(self, chain: ChainId, owner: AccountId) -> None:
        """Note that an owner's units became more or fewer; who removes that note at the same time waits for us."""
        ...

    def stale(self, chain: ChainId, limit: int) -> list[AccountId]:
        """Return up to `limit` owners that were noted so."""
        ...

    def drop_stale(self, chain: ChainId, owner: AccountId) -> None:
        """Remove that note."""
        ...

    def post(self, chain: ChainId, line: Line) -> None:
        """Add fen to an account in a holder's books."""
        ...

    def accounts(self, chain: ChainId) -> list[Line]:
        """Return every account of every holder."""
        ...

    def add_loss(self, chain: ChainId, line: Line) -> None:
        """Add units of a bucket that a life spent without having them; the chain carries them."""
        ...

    def every_holding(self, chain: ChainId) -> list[Holding]:
        """Return who has units of what; for proofs, not for work."""
        ...

    def every_flight(self, chain: ChainId) -> list[Flight]:
        """Return every grant ever made; for proofs, not for work."""
        ...

    def losses(self, chain: ChainId) -> list[Line]:
        """Return the units the chain has lost."""
        ...

    def add_exposure(self, chain: ChainId, line: Line) -> None:
        """Add units that a lost life may still have spent."""
        ...

    def exposures(self, chain: ChainId) -> list[Line]:
        """Return what lost lives may still have spent."""
        ...


class Rows(Protocol):
    """Rows the chain owns, proposals for them, and the profiles beside them."""

    def newest_row(self, chain: ChainId, table: str, key: str) -> RowVersion | None:
        """Return the newest version of a row."""
        ...

    def add_row(self, record: RowVersion) -> None:
        """Write a new version of a row."""
        ...

    def drop_versions(self, chain: ChainId, table: str, key: str, before: int) -> None:
        """Remove the versions of a row before a position."""
        ...

    def rows_after(self, chain: ChainId, after: int, limit: int) -> list[RowVersion]:
        """Return up to `limit` versions of rows after a position, in the order of positions."""
        ...

    def rows_as_of(self, chain: ChainId, position: int, table: str, after_key: str, limit: int) -> list[RowVersion]:
        """Return up to `limit` rows after (table, key), each in its newest version up to a position."""
        ...

    def forget_row(self, chain: ChainId, table: str, key: str) -> None:
        """Empty every version of a row, and remove the losers and blobs of its proposals."""
        ...

    def blob(self, chain: ChainId, digest: bytes) -> bytes | None:
        """Return a profile by its SHA-256."""
        ...

    def add_blob(self, chain: ChainId, digest: bytes, blob: bytes) -> None:
        """Keep a profile."""
        ...

    def add_proposal(self, record: Proposal) -> None:
        """Keep a proposal that has no answer yet."""
        ...

    def proposals(self, chain: ChainId, blob: bytes) -> list[Proposal]:
        """Return the unanswered proposals that name a blob."""
        ...

    def answer_proposal(self, chain: ChainId, entry: bytes) -> None:
        """Mark a proposal as answered."""
        ...

    def add_loser(self, record: Loser) -> None:
        """Keep a value that lost."""
        ...

    def add_naming(self, chain: ChainId, table: str, field: str, value: str, key: str) -> None:
        """Note that a row claims a value of a field for itself."""
        ...

    def drop_naming(self, chain: ChainId, table: str, field: str, value: str, key: str) -> None:
        """Forget that a row claims a value."""
        ...

    def named_so(self, chain: ChainId, table: str, field: str, value: str, limit: int) -> list[str]:
        """Return up to `limit` keys of rows that claim a value, in their order."""
        ...

    def losers(self, chain: ChainId, table: str, key: str) -> list[Loser]:
        """Return the values that lost in a row."""
        ...


class Storage(Journals, Units, Rows, Protocol):
    """All the cloud asks of its database."""
