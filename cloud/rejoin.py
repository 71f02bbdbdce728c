"""Rejoin: a whole life comes in, is closed, and a new one begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cloud.errors import Refused
from cloud.journal import Work
from cloud.push import Pushing, chained
from cloud.records import DeviceRecord, Joining, LifeRecord, Sealed
from terminal.base.ids import is_id
from terminal.rules import checkpoint
from terminal.rules.canonical import NotCanonical
from terminal.rules.entry import GENESIS, from_bytes, seal
from terminal.sync.wire import Joined, MustRejoin, Rejoin, RejoinAnswer, RejoinMore

# A life closed so had one device, which may come back; the life that is open now is not another copy of it.
WRITTEN_OFF = frozenset({"lost", "revoked"})
UNKNOWN = "unknown"


class Rejoining(Pushing):
    """Answers `Rejoin`. Parts are staged durably; only the last one does anything."""

    def _rejoin(self, work: Work, message: Rejoin) -> RejoinAnswer | Refused:
        device, part = self._device(work.chain, message.device), chained(message)
        if device is None or part is None or not is_id(message.rejoin_id) or message.epoch < 1:
            return Refused("unknown" if device is None else "malformed")
        if not self._is_signed(device, message, part):
            return Refused("signature")
        before = self._storage.joining(work.chain, device.device, message.rejoin_id)
        if before is not None and not message.closed and before.epoch != message.epoch:
            return Refused("malformed")
        if device.state == "revoked":
            return MustRejoin(message.epoch, "revoked")
        next_seq = self._stage(message, part)
        if next_seq:
            return self._more(work, message, next_seq)
        entries = [*self._storage.staged(work.chain, device.device, message.rejoin_id), *part]
        self._storage.unstage(work.chain, device.device, message.rejoin_id, 0)
        if message.closed:
            answer: RejoinAnswer = self._learn(work, device, message, entries)
        else:
            answer = self._join(work, device, message, entries, before)
        self._end(work)
        return answer

    def _more(self, work: Work, message: Rejoin, next_seq: int) -> RejoinMore:
        return RejoinMore(message.epoch, message.rejoin_id, next_seq, self._generation(work))

    def _learn(self, work: Work, device: DeviceRecord, message: Rejoin, entries: list[Sealed]) -> RejoinMore:
        """Take in what a restored cloud has forgotten of a life that its device has long closed.

        One that is open here goes on until the device hands in the life it stands in now. No life gets this number
        again, which a copy of the device may be about to be given.
        """
        self._storage.put_device(replace(device, last_epoch=max(device.last_epoch, message.epoch)))
        life = self._hand_in(work, self._life_of(work, message), entries)
        if not life.is_open:
            self._close(work, life, "late")
        return self._more(work, message, message.head + 1)

    def _stage(self, message: Rejoin, part: list[Sealed]) -> int:
        """Keep a part that others have to follow, and return where the next one begins; 0 when none is missing."""
        if not self._follows(message, part):
            return 1
        if self._is_complete(message, part):
            return 0
        self._storage.stage(message.chain, message.device, message.rejoin_id, part)
        return message.first + len(part)

    def _follows(self, message: Rejoin, part: Sequence[Sealed]) -> bool:
        """Tell whether a part begins a life, or goes on where what is known of it ends; forget what it replaces."""
        key = (message.chain, message.device, message.rejoin_id)
        staged = self._storage.staged_hash(*key, message.first - 1)
        if staged == message.prev_hash:
            self._storage.unstage(*key, message.first)
            return True
        self._storage.unstage(*key, 0)
        return self._begins(message, part)

    def _begins(self, message: Rejoin, part: Sequence[Sealed]) -> bool:
        """Tell whether a part starts at the life's start, at a common point, or at the checkpoint it was cut to.

        That one is the first entry the till has. Another checkpoint begins a part that should follow what was told to
        a cloud that has forgotten it since.
        """
        if message.first == 1:
            return message.prev_hash == GENESIS
        if self._storage.has_entry(message.chain, message.prev_hash):
            return True
        return bool(part) and message.first == message.start and _is_checkpoint(part[0])

    def _is_complete(self, message: Rejoin, part: Sequence[Sealed]) -> bool:
        """Tell whether a part reaches the head, so that all of the life is here."""
        return message.first - 1 + len(part) == message.head

    def _join(
        self, work: Work, device: DeviceRecord, message: Rejoin, entries: list[Sealed], known: Joining | None
    ) -> Joined:
        """Apply what is new, close what is to be closed, and answer with the new life."""
        life = self._hand_in(work, self._life_of(work, message), entries)
        if known is not None:
            self._close(work, life, "late")
            return self._joined(work, message, known.new_epoch, entries)
        device = self._end_lives(work, device, life)
        epoch = max(device.last_epoch, message.epoch) + 1
        self._storage.put_joining(Joining(work.chain, device.device, message.rejoin_id, message.epoch, epoch))
        self._begin(work, device, epoch)
        return self._joined(work, message, epoch, entries)

    def _life_of(self, work: Work, message: Rejoin) -> LifeRecord:
        """Return the life that is handed in. One that a restored cloud has forgotten is closed from the start."""
        life = self._life(work, message.device, message.epoch)
        if life is None:
            self._alarm(work, message.device, message.epoch, "life_unknown", "")
            life = LifeRecord(work.chain, message.device, message.epoch, UNKNOWN, 0, GENESIS, 0, 0)
        return self._save(work, life)

    def _hand_in(self, work: Work, life: LifeRecord, entries: list[Sealed]) -> LifeRecord:
        """Apply every entry whose hash is not known to the pot of its life."""
        for sealed in entries:
            if not self._storage.has_entry(work.chain, sealed.hash):
                main = sealed.seq == life.seq + 1 and seal(life.hash, sealed.data) == sealed.hash
                life = self._apply(work, life, sealed, main=main, late=True)
        return life

    def _end_lives(self, work: Work, device: DeviceRecord, life: LifeRecord) -> DeviceRecord:
        """Close the life that was handed in, and one open beside it: two copies of a device are talking [R9]."""
        if life.is_open and life.epoch == device.epoch:
            return self._end_life(work, device, "rejoin")
        self._close(work, life, "late")
        if device.epoch and life.why not in WRITTEN_OFF:
            self._alarm(work, device.device, device.epoch, "two_lives", f"life {life.epoch} came back")
        return self._end_life(work, device, "clone")

    def _joined(self, work: Work, message: Rejoin, epoch: int, entries: list[Sealed]) -> Joined:
        """Name the last entry received, by which the till knows whether it has handed in everything [R10]."""
        upto = entries[-1].hash if entries else message.prev_hash
        return Joined(message.rejoin_id, message.epoch, epoch, upto, self._generation(work))


def _is_checkpoint(sealed: Sealed) -> bool:
    try:
        return checkpoint.read(from_bytes(sealed.data)) is not None
    except NotCanonical:
        return False
