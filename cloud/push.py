"""Push: entries of an open life come in, units and acknowledgement go out, step by step as the protocol says."""

from __future__ import annotations

from collections.abc import Sequence

from cloud.applying import Applying
from cloud.errors import Refused
from cloud.journal import Work
from cloud.records import DeviceRecord, LifeRecord, Sealed
from terminal.base.ids import ChainId, DeviceId, is_id
from terminal.rules import entry
from terminal.sync.wire import Accepted, Behind, MustRejoin, Push, PushAnswer, Rejoin, to_sign

TAIL_ENTRIES = 200
# A message is at most 8 MiB, and quoting makes text up to twice as long.
TAIL_BYTES = 2 << 20
AHEAD = "ahead"


class Pushing(Applying):
    """Answers `Push`. Everything is proved before anything is written."""

    def _push(self, work: Work, message: Push) -> PushAnswer | Refused:
        device, entries = self._device(work.chain, message.device), chained(message)
        if device is None or entries is None:
            return Refused("unknown" if device is None else "malformed")
        if not self._is_signed(device, message, entries):
            return Refused("signature")
        life = self._life(work, device.device, device.epoch) if device.epoch else None
        why = self._ended(work, device, life, message, entries)
        if why == AHEAD:
            self._notice_restore(work, message.device, message.epoch, "life")
        if life is None or why:
            return MustRejoin(message.epoch, why)
        if not self._new_entries(life, entries) and message.head < life.seq:
            return self._behind(work, life, message)
        return self._accept(work, device, life, message, entries)

    def _ended(
        self, work: Work, device: DeviceRecord, life: LifeRecord | None, message: Push, entries: Sequence[Sealed]
    ) -> str:
        """Return why a message's life cannot go on, or nothing when it can."""
        if device.state == "revoked":
            return "revoked"
        if life is None or message.epoch != life.epoch:
            return "closed"
        if not (_has_heard_nothing(message) or self._is_of_generation(work, message.generation)):
            return "restored"
        if self._has_forgotten(life, message):
            return AHEAD
        return "fork" if self._forked(life, message, entries) else ""

    def _device(self, chain: ChainId, device: DeviceId) -> DeviceRecord | None:
        """Return the device, locked, when it is enrolled."""
        return self._storage.device(chain, device) if is_id(device) else None

    def _is_signed(self, device: DeviceRecord, message: Push | Rejoin, entries: Sequence[Sealed]) -> bool:
        """Tell whether the device itself signed where the entries of a message lead to.

        Somebody else may have brought it: a neighbour hands in what a dead till left.
        """
        last = entries[-1].hash if entries else message.prev_hash
        return self._signed(device.public_key, to_sign(message, last), message.signature)

    def _has_forgotten(self, life: LifeRecord, message: Push) -> bool:
        """Tell whether a till knows of more than the cloud has: entries it said, or a feed it was given.

        Then the cloud was put back to an older state and nobody said so. This sees it only while the till is ahead.
        """
        feed_end = self._storage.feed_end(life.chain, life.device, life.epoch)
        return message.first - 1 > life.seq or message.cursor > feed_end

    def _forked(self, life: LifeRecord, message: Push, entries: Sequence[Sealed]) -> bool:
        """Tell whether a message comes from another branch of the life than the one the cloud has [R5]."""
        told = {message.first - 1: message.prev_hash} | {sealed.seq: sealed.hash for sealed in entries}
        known = self._stored(life, message.first - 1, message.first - 1 + len(entries))
        if any(not self._same_entry(known[seq], digest) for seq, digest in told.items() if seq <= life.seq):
            return True
        return message.head <= life.seq and not self._same_head(life, message)

    def _stored(self, life: LifeRecord, first: int, last: int) -> dict[int, bytes]:
        """Return the hashes of a life's main chain between two places, the empty start among them."""
        known = {0: entry.GENESIS, life.seq: life.hash}
        if first < life.seq:
            known |= self._storage.hashes(life.chain, life.device, life.epoch, first, min(last, life.seq))
        return known

    def _same_entry(self, stored: bytes, told: bytes) -> bool:
        """Tell whether an entry is the one that stands in its place: by hash, its number alone proves nothing."""
        return stored == told

    def _same_head(self, life: LifeRecord, message: Push) -> bool:
        """Tell whether the head of a message that brings nothing new stands in the life's chain."""
        return self._stored(life, message.head, message.head)[message.head] == message.head_hash

    def _new_entries(self, life: LifeRecord, entries: Sequence[Sealed]) -> Sequence[Sealed]:
        """Return the entries the cloud does not have."""
        return [sealed for sealed in entries if sealed.seq > life.seq]

    def _behind(self, work: Work, life: LifeRecord, message: Push) -> Behind:
        """Give a till that forgot its last entries those entries back."""
        tail: list[bytes] = []
        size = 0
        for data in self._storage.tail(life.chain, life.device, life.epoch, message.head, TAIL_ENTRIES):
            size += len(data)
            if tail and size > TAIL_BYTES:
                break
            tail.append(data)
        return Behind(message.epoch, tuple(tail), self._generation(work))

    def _accept(
        self, work: Work, device: DeviceRecord, life: LifeRecord, message: Push, entries: Sequence[Sealed]
    ) -> Accepted:
        for sealed in self._new_entries(life, entries):
            before = life
            life = self._apply(work, life, sealed, main=True, late=False)
            self._note_answer(work, before, life, sealed)
        self._take_blobs(work, message.blobs)
        self._take_in(work)
        self._serve_arrived(work)
        self._ask_freed(work)
        self._serve_wants(work, life, message.wants)
        self._end(work)
        if device.state == "leaving":
            self._drain(work, device, life, message.head)
            self._end(work)
        acked = self._acknowledge(life, message, entries)
        feed = self._answer_feed(work, life, message.cursor)
        return Accepted(message.epoch, acked.seq, acked.hash, feed, self._clock(), self._generation(work))

    def _acknowledge(self, life: LifeRecord, message: Push, entries: Sequence[Sealed]) -> Sealed:  # noqa: ARG002
        """Return the last entry this message proved the device to have; not the last one the cloud has [R7]."""
        return entries[-1] if entries else Sealed(message.first - 1, message.prev_hash, b"")


def _has_heard_nothing(message: Push) -> bool:
    """Tell whether a life has nothing from any cloud yet: whichever answers first, with that one it goes."""
    return not (message.generation or message.cursor) and message.first == 1


def chained(message: Push | Rejoin) -> list[Sealed] | None:
    """Return the entries of a message with their hashes, or None when it contradicts itself."""
    if message.first < 1 or len(message.prev_hash) != len(entry.GENESIS):
        return None
    entries: list[Sealed] = []
    prev = message.prev_hash
    for number, data in enumerate(message.entries, message.first):
        prev = entry.seal(prev, data)
        entries.append(Sealed(number, prev, data))
    last = message.first - 1 + len(entries)
    if message.head < last or (message.head == last and message.head_hash != prev):
        return None
    return entries
