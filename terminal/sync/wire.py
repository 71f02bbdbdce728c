"""The messages of the sync protocol and their one byte form: what travels, and nothing of what it does.

Entries travel as the bytes that were hashed; nobody re-serialises them before the hash is checked. A message is
canonical JSON (`terminal.rules.canonical`) of its fields with its name under `message`; hashes, signatures and keys are
hexadecimal, entries and bucket facts are their own text.

`generation` is what the cloud drew by chance when its storage was made or put back from a backup. Positions and numbers
of another generation mean something else, or nothing: they are never compared. It is empty in what a till says before
it heard of one.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from terminal.base.ids import BucketId, ChainId, DeviceId
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical

MESSAGE_BYTES_MAX = 8 << 20


@dataclass(frozen=True, slots=True)
class Want:
    """A till asks for `amount` units of a bucket; the same `request_id` is granted once."""

    request_id: str
    bucket: BucketId
    amount: int


@dataclass(frozen=True, slots=True)
class Push:
    """Entries `first` and following of one life, as stored, with the hash before them and the head they lead to.

    `head` may lie beyond the entries sent. `signature` is the device's, of what `to_sign` says; `blobs` are the salted
    profiles that entries name by their SHA-256.
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
    blobs: tuple[bytes, ...] = ()
    generation: str = ""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the cloud's list for one life: a grant of units, a recall of them, or a kind to come.

    `facts` are the bucket's canonical bytes. Who does not know a `critical` kind stops at it; others are passed over.
    """

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
    """The cloud has all up to entry `acked`, as the message proved; `feed` follows the till's cursor."""

    epoch: int
    acked: int
    acked_hash: bytes
    feed: tuple[FeedItem, ...]
    at_ms: int
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Behind:
    """The cloud knows later entries of this life than the till: here are they, from the till's head on."""

    epoch: int
    tail: tuple[bytes, ...]
    generation: str = ""


@dataclass(frozen=True, slots=True)
class MustRejoin:
    """This life cannot go on: the till has to hand in all of it and begin a new one. `reason` is for people."""

    epoch: int
    reason: str


@dataclass(frozen=True, slots=True)
class Rejoin:
    """A part of a whole life, from its first entry on: what a till hands in before it begins a new one.

    `start` is the first entry the till has: 1, or the checkpoint before which it dropped all. A part that begins with
    some other checkpoint is no beginning, whatever the cloud that hears it has forgotten meanwhile.
    Before the open life those that were `closed` are handed in: a cloud that was put back may have forgotten them.
    """

    chain: ChainId
    device: DeviceId
    epoch: int
    rejoin_id: str
    first: int
    prev_hash: bytes
    head: int
    head_hash: bytes
    signature: bytes
    entries: tuple[bytes, ...]
    closed: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class RejoinMore:
    """The part is kept; the next one begins at entry `next_seq`, which lies behind a closed life that is all known."""

    epoch: int
    rejoin_id: str
    next_seq: int
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The life is handed in up to the entry with hash `upto`; the till goes on in `new_epoch`, holding nothing."""

    rejoin_id: str
    old_epoch: int
    new_epoch: int
    upto: bytes
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """A till asks for the chain's rows after a position."""

    chain: ChainId
    device: DeviceId
    after: int
    generation: str = ""


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A row the chain owns, as of `position`: `body` is its canonical JSON, empty where it was erased.

    `alias` names the row that now stands for this one (a merged member), else nothing.
    """

    position: int
    table: str
    key: str
    version: int
    body: bytes
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Chain rows in the order of their positions; the next pull begins after `position`."""

    rows: tuple[ChainRow, ...]
    position: int
    generation: str = ""


@dataclass(frozen=True, slots=True)
class StartOver:
    """The rows a till has, or the snapshot it is taking, are of another generation: it has to take a new snapshot."""


@dataclass(frozen=True, slots=True)
class SnapshotRequest:
    """A till asks for a page of all chain rows; `position` -1 begins, and the answers' own goes on."""

    chain: ChainId
    device: DeviceId
    position: int
    table: str
    after_key: str
    limit: int
    generation: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A page of the chain's rows, by table and key; empty `next_table` ends it, and the feed goes on at `position`."""

    position: int
    rows: tuple[ChainRow, ...]
    next_table: str
    next_key: str
    generation: str = ""


PushAnswer = Accepted | Behind | MustRejoin
RejoinAnswer = RejoinMore | Joined | MustRejoin
RowAnswer = Rows | SnapshotPage | StartOver
Message = Push | PushAnswer | Rejoin | RejoinAnswer | Pull | SnapshotRequest | RowAnswer | FeedItem

_KINDS: Mapping[str, type] = types.MappingProxyType({kind.__name__: kind for kind in typing.get_args(Message)})
# Fields of bytes that are UTF-8 text already: canonical JSON of their own. All others are hashes and signatures.
_TEXTS = frozenset({"blobs", "body", "entries", "facts", "tail"})


def to_sign(message: Push | Rejoin, last: bytes) -> bytes:
    """Return what a device signs (Ed25519) of a message whose entries end with the hash `last`.

    That is the head's hash. Where entries are still to come they end before it, and a hash that nothing here leads to
    proves nothing of them: then `last` is signed too. A rejoin ends a life, so its signature is good for that one
    rejoin only: whoever was given a copy of the journal has signatures of its heads.
    """
    if isinstance(message, Rejoin):
        span = (message.epoch, message.start, message.head, message.head_hash.hex(), message.closed)
        return canonical.encode(["rejoin", message.rejoin_id, *span])
    return message.head_hash if last == message.head_hash else message.head_hash + last


def encode(message: Message) -> bytes:
    """Return the one byte form of a message."""
    return canonical.encode({"message": type(message).__name__, **_fields(message)})


def decode(data: bytes) -> Message:
    """Return the message whose one byte form is `data`; raise `NotCanonical` for anything else.

    What it says is only of the right form: whether an id, a hash or a signature is true is for the reader to judge.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        raise NotCanonical("message too long")
    value = canonical.decode(data)
    if not isinstance(value, dict) or not isinstance(name := value.pop("message", None), str) or name not in _KINDS:
        raise NotCanonical("no message of this protocol")
    return typing.cast("Message", _made(_KINDS[name], value))


def _fields(value: object) -> dict[str, Canonical]:
    kind: type = type(value)
    return {name: _plain(getattr(value, name), text=name in _TEXTS) for name in _hints(kind)}


def _plain(value: object, *, text: bool) -> Canonical:
    if isinstance(value, bytes):
        return value.decode() if text else value.hex()
    if isinstance(value, tuple):
        return [_plain(part, text=text) for part in value]
    return value if isinstance(value, str | int) else _fields(value)


def _made(kind: type, value: dict[str, Canonical]) -> object:
    wanted = _hints(kind)
    if value.keys() != wanted.keys():
        raise NotCanonical(f"parts of {kind.__name__} missing or unknown")
    return kind(**{name: _typed(hint, value[name], name) for name, hint in wanted.items()})


@lru_cache(maxsize=32)
def _hints(kind: type) -> Mapping[str, object]:
    return types.MappingProxyType(typing.get_type_hints(kind))


def _typed(hint: object, value: Canonical, name: str) -> object:
    if typing.get_origin(hint) is tuple and isinstance(value, list):
        part = typing.get_args(hint)[0]
        return tuple(_typed(part, one, name) for one in value)
    if hint is bytes and isinstance(value, str):
        return value.encode() if name in _TEXTS else _unhex(value, name)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return _made(hint, value)
    plain = getattr(hint, "__supertype__", hint)  # ids are text by another name
    if type(value) is not plain:
        raise NotCanonical(f"{name} is of another type")
    return value


def _unhex(text: str, name: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise NotCanonical(f"{name} is not hexadecimal") from None
    if data.hex() != text:
        raise NotCanonical(f"{name} has another spelling")
    return data
