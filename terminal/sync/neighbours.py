"""Copies for neighbours: tills of one shop keep each other's new entries, and can hand them in for a dead one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.base.ids import ChainId, DeviceId
from terminal.rules import entry
from terminal.rules.canonical import NotCanonical
from terminal.store.database import Database
from terminal.sync import wire
from terminal.sync.wire import Accepted, Push, PushAnswer

# Returns the raw Ed25519 public key of a till of the chain, or None for a stranger.
KeyOf = Callable[[DeviceId], bytes | None]


class Safe(NamedTuple):
    """How far a neighbour's life is kept here: a second machine has its entries up to `seq` with that hash."""

    epoch: int
    seq: int
    hash: bytes


class Neighbours:
    """Spans of other tills' journals, raw and signed as they came, until the cloud has them."""

    def __init__(self, database: Database, chain: ChainId, key_of: KeyOf) -> None:
        """Keep spans of devices of `chain` whose keys are known in `database`."""
        self._database = database
        self._chain = chain
        self._key_of = key_of

    def keep(self, span: Push) -> Safe | None:
        """Keep a neighbour's copy, durable when this returns, and say how far that life is kept here.

        None refuses it: from a stranger, not signed at its end, not of one life in unbroken order, or not what is
        kept already. Where one is missing between, the answer says after which entry to go on.
        """
        if span.chain != self._chain or not self._is_proved(span):
            return None
        with self._database.write():
            last = self._last(span.device, span.epoch)
            if last is not None and span.first > last.seq + 1:
                return last
            if last is not None and not self._goes_on(span, last):
                return None
            if last is not None and span.head <= last.seq:
                return last
            self._database.run(
                "INSERT OR REPLACE INTO neighbour_span VALUES (?, ?, ?, ?, ?, ?)",
                (span.device, span.epoch, span.first, span.head, span.head_hash, wire.encode(span)),
            )
            return Safe(span.epoch, span.head, span.head_hash)

    def to_send(self, device: DeviceId) -> Push | None:
        """Return the oldest span of a device's newest life that the cloud has not acknowledged, as signed, or None.

        What a closed life left can only be handed in with all of it, by the device itself.
        """
        row = self._database.row(
            "SELECT body FROM neighbour_span WHERE device = ? ORDER BY epoch DESC, first LIMIT 1", (device,)
        )
        span = None if row is None else wire.decode(row[0])
        assert span is None or isinstance(span, Push)
        return span

    def hear(self, sent: Push, answer: PushAnswer) -> bool:
        """Let go of a span that the cloud has proved to have; return whether it was let go.

        Nothing else in an answer is for us: what is granted waits for the device that is meant.
        """
        if not (isinstance(answer, Accepted) and (answer.epoch, answer.acked) == (sent.epoch, sent.head)):
            return False
        return answer.acked_hash == sent.head_hash and self.let_go(sent.device, sent.epoch, sent.head)

    def let_go(self, device: DeviceId, epoch: int, acked: int) -> bool:
        """Remove the spans of a life up to entry `acked`, which the cloud has; return whether there was one."""
        with self._database.write():
            gone = self._database.run(
                "DELETE FROM neighbour_span WHERE device = ? AND epoch = ? AND head <= ?", (device, epoch, acked)
            )
            return bool(gone.rowcount)

    def _last(self, device: DeviceId, epoch: int) -> Safe | None:
        row = self._database.row(
            "SELECT epoch, head, head_hash FROM neighbour_span WHERE device = ? AND epoch = ?"
            " ORDER BY head DESC LIMIT 1",
            (device, epoch),
        )
        return None if row is None else Safe(*row)

    def _is_proved(self, span: Push) -> bool:
        """Tell whether a span is its device's: every entry chained up to the head that the device signed."""
        key = self._key_of(span.device)
        if key is None or not span.entries or span.first < 1 or span.first - 1 + len(span.entries) != span.head:
            return False
        head = span.prev_hash
        for number, data in enumerate(span.entries, span.first):
            head = entry.seal(head, data)
            if not _is_at(span, number, data):
                return False
        return head == span.head_hash and _is_signed(key, span)

    def _goes_on(self, span: Push, last: Safe) -> bool:
        """Tell whether a span passes through the last entry kept here: a life has one branch for a neighbour."""
        head = span.prev_hash
        for number, data in enumerate(span.entries, span.first):
            if number == last.seq + 1:
                break
            head = entry.seal(head, data)
        return span.head < last.seq or head == last.hash


def _is_at(span: Push, number: int, data: bytes) -> bool:
    """Tell whether an entry says itself that it stands where the span has it."""
    try:
        made = entry.from_bytes(data)
    except NotCanonical:
        return False
    return (made.chain, made.device, made.epoch, made.seq) == (span.chain, span.device, span.epoch, number)


def _is_signed(key: bytes, span: Push) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(span.signature, span.head_hash)
    except InvalidSignature:
        return False
    return True
