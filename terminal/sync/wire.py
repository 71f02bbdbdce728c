"""The shapes of the sync protocol's messages: what travels between a till and the cloud, and nothing of what it does.

Entries travel as the bytes that were hashed; nobody re-serialises them before the hash is checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.ids import BucketId, ChainId, DeviceId


@dataclass(frozen=True, slots=True)
class Want:
    """A till asks for `amount` units of a bucket; the same `request_id` is granted once."""

    request_id: str
    bucket: BucketId
    amount: int


@dataclass(frozen=True, slots=True)
class Push:
    """Entries `first` and following of one life, as stored, with the hash before them and the head they lead to.

    `signature` is the device's Ed25519 signature of `head_hash`.
    """

    chain: ChainId
    device: DeviceId
    epoch: int
    first: int
    prev_hash: bytes
    head: int
    head_hash: bytes
    signature: bytes
    entries: tuple[bytes, ...]
    cursor: int
    wants: tuple[Want, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the cloud's list for one life: a grant of units, or a recall of them."""

    position: int
    epoch: int
    kind: str
    gid: str
    bucket: BucketId
    facts: bytes
    amount: int
    critical: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """The cloud has everything up to entry `acked`, whose hash is `acked_hash`; `feed` follows the till's cursor."""

    acked: int
    acked_hash: bytes
    feed: tuple[FeedItem, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The cloud knows later entries of this life than the till: here they are."""

    tail: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MustRejoin:
    """This life cannot go on: the till has to hand in all of it and begin a new one."""

    reason: str


PushAnswer = Accepted | Behind | MustRejoin
