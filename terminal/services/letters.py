"""Letters: what the sync side heard from the cloud and leaves for the dispatcher, as kept in the mailbox."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.ids import BucketId
from terminal.rules import canonical
from terminal.rules.canonical import Canonical

FEED, TAIL, REJOIN, JOINED, FORGOTTEN = "feed", "tail", "rejoin", "joined", "forgotten"


@dataclass(frozen=True, slots=True)
class Line:
    """A letter `feed`: one line of the cloud's list for the life `epoch`, at `position`.

    `facts` are the bucket's canonical bytes; who does not know a `critical` kind stops at it.
    """

    position: int
    epoch: int
    kind: str
    gid: str
    bucket: BucketId
    facts: bytes
    amount: int
    critical: bool

    def to_bytes(self) -> bytes:
        """Return the letter's body."""
        return canonical.encode(
            {
                "amount": self.amount,
                "bucket": self.bucket,
                "critical": self.critical,
                "epoch": self.epoch,
                "facts": self.facts.decode(),
                "gid": self.gid,
                "kind": self.kind,
                "position": self.position,
            }
        )


@dataclass(frozen=True, slots=True)
class Tail:
    """A letter `tail`: entries of the life `epoch` that the cloud has and the till forgot."""

    epoch: int
    entries: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Return the letter's body."""
        return canonical.encode({"entries": [data.decode() for data in self.entries], "epoch": self.epoch})


@dataclass(frozen=True, slots=True)
class Summons:
    """A letter `rejoin`: the life `epoch` cannot go on; `reason` is for people."""

    epoch: int
    reason: str

    def to_bytes(self) -> bytes:
        """Return the letter's body."""
        return canonical.encode({"epoch": self.epoch, "reason": self.reason})


@dataclass(frozen=True, slots=True)
class Welcome:
    """A letter `joined`: the life `old_epoch` is handed in up to the entry with hash `upto`; `new_epoch` follows.

    That one goes with `generation` of the cloud's storage.
    """

    rejoin_id: str
    old_epoch: int
    new_epoch: int
    upto: bytes
    generation: str = ""

    def to_bytes(self) -> bytes:
        """Return the letter's body."""
        return canonical.encode(
            {
                "generation": self.generation,
                "new_epoch": self.new_epoch,
                "old_epoch": self.old_epoch,
                "rejoin_id": self.rejoin_id,
                "upto": self.upto.hex(),
            }
        )


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A letter `forgotten`: the chain's row of the medium `key` says less than this till knows for certain."""

    key: str

    def to_bytes(self) -> bytes:
        """Return the letter's body."""
        return canonical.encode({"key": self.key})


Letter = Line | Tail | Summons | Welcome | Forgotten


def kind_of(letter: Letter) -> str:
    """Return the kind under which a letter is kept."""
    return {Line: FEED, Tail: TAIL, Summons: REJOIN, Welcome: JOINED, Forgotten: FORGOTTEN}[type(letter)]


def read(kind: str, body: bytes) -> Letter | None:
    """Return the letter that a mailbox keeps, or None for one that another release may have left."""
    try:
        return _read(kind, canonical.decode(body))
    except ValueError:  # of which `NotCanonical` is one, and what is no hash another
        return None


def _read(kind: str, value: Canonical) -> Letter | None:
    match kind, value:
        case "feed", {
            "amount": int(amount),
            "bucket": str(bucket),
            "critical": bool(critical),
            "epoch": int(epoch),
            "facts": str(facts),
            "gid": str(gid),
            "kind": str(what),
            "position": int(position),
        }:
            return Line(position, epoch, what, gid, BucketId(bucket), facts.encode(), amount, critical)
        case "tail", {"entries": list(entries), "epoch": int(epoch)}:
            return Tail(epoch, tuple(str(data).encode() for data in entries))
        case "rejoin", {"epoch": int(epoch), "reason": str(reason)}:
            return Summons(epoch, reason)
        case "joined", {
            "generation": str(generation),
            "new_epoch": int(new_epoch),
            "old_epoch": int(old_epoch),
            "rejoin_id": str(rejoin_id),
            "upto": str(upto),
        }:
            return Welcome(rejoin_id, old_epoch, new_epoch, bytes.fromhex(upto), generation)
        case "forgotten", {"key": str(key)}:
            return Forgotten(key)
    return None
