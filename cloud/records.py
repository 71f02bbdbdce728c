"""What the cloud keeps, one value class for each kind of row. Every row belongs to one chain, named first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from terminal.base.ids import AccountId, BucketId, ChainId, DeviceId, LotId

CLOUD_EPOCH = 1  # the cloud's journal is one life that never ends


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """A chain: the name under which the cloud keeps its own journal, where that ends, and the last feed position."""

    chain: ChainId
    cloud: DeviceId
    seq: int
    hash: bytes
    at_ms: int
    position: int


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """An enrolled device: `state` is active, leaving or revoked; `epoch` is its open life, 0 when it has none."""

    chain: ChainId
    device: DeviceId
    public_key: bytes
    state: str
    epoch: int
    last_epoch: int


@dataclass(frozen=True, slots=True)
class LifeRecord:
    """A life as the cloud knows it: its main chain's head and its cursor.

    `why` says how it was closed and is empty while it is open; `applied` counts its entries, late ones too.
    """

    chain: ChainId
    device: DeviceId
    epoch: int
    why: str
    seq: int
    hash: bytes
    cursor: int
    applied: int

    @property
    def is_open(self) -> bool:
        """Tell whether the life goes on."""
        return not self.why


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """An entry as it came. `main` entries are the life's chain, the others a branch that a rejoin handed in.

    `order` counts the life's entries as they were applied and `after` is the last entry of the cloud's journal then:
    with both, the state can be folded again. `read` is false for bytes whose effects could not be told; `unnamed` are
    the buckets it moves that nothing has described so far, and whose effects do not count.
    """

    chain: ChainId
    device: DeviceId
    epoch: int
    seq: int
    hash: bytes
    data: bytes
    main: bool
    read: bool
    order: int
    after: int
    unnamed: tuple[BucketId, ...] = ()


class Holding(NamedTuple):
    """Units of a bucket with one holder."""

    bucket: BucketId
    device: DeviceId
    epoch: int
    amount: int


@dataclass(frozen=True, slots=True)
class BucketRecord:
    """The canonical facts of a bucket and what rows are found by."""

    chain: ChainId
    bucket: BucketId
    facts: bytes
    owner: AccountId
    asset: str
    lot: LotId


@dataclass(frozen=True, slots=True)
class Flight:
    """A grant: in flight until its life accepts it (`accepted`) or is closed (`reclaimed`)."""

    chain: ChainId
    gid: str
    bucket: BucketId
    amount: int
    device: DeviceId
    epoch: int
    state: str


@dataclass(frozen=True, slots=True)
class WantRecord:
    """Units asked for: by a life for itself (`grant`), or by the cloud to destroy (`correct`) or to open (`release`).

    `recalled` says that those who hold the bucket were asked.
    """

    chain: ChainId
    gid: str
    device: DeviceId
    epoch: int
    bucket: BucketId
    amount: int
    purpose: str
    state: str
    recalled: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A life gave back less of a bucket than it had and was asked for: part of it was on hold at `at_ms`."""

    chain: ChainId
    device: DeviceId
    epoch: int
    bucket: BucketId
    at_ms: int


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One line of a life's feed."""

    chain: ChainId
    device: DeviceId
    epoch: int
    position: int
    kind: str
    gid: str
    bucket: BucketId
    amount: int


@dataclass(frozen=True, slots=True)
class Joining:
    """What a rejoin was answered: the life it ended and the one it began."""

    chain: ChainId
    device: DeviceId
    rejoin_id: str
    epoch: int
    new_epoch: int


class Sealed(NamedTuple):
    """An entry of a message with its place and its hash."""

    seq: int
    hash: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class RowVersion:
    """A version of a row the chain owns. `marks` says for each field in which version and when it was last set."""

    chain: ChainId
    table: str
    key: str
    position: int
    version: int
    body: bytes
    alias: str
    marks: bytes


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change a device proposed, by the entry with hash `entry`; it waits until its `blob` is here."""

    chain: ChainId
    entry: bytes
    blob: bytes
    table: str
    key: str
    base: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Loser:
    """A field's value that lost against a newer one: the value and the entry that proposed it."""

    chain: ChainId
    table: str
    key: str
    field: str
    entry: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must look at: a stable code and what it is about."""

    chain: ChainId
    id: str
    device: DeviceId
    epoch: int
    at_ms: int
    code: str
    detail: str


class Line(NamedTuple):
    """Fen in one account of one holder's books, debit positive; or units of a bucket in a list kept by life."""

    device: DeviceId
    epoch: int
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class Action:
    """What a person did once: the digest of what was asked, and what it was answered with."""

    chain: ChainId
    action_id: str
    request: str
    answer: str
