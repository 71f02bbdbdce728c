"""The cloud: each public method is one storage transaction, and may be repeated with the same outcome [I7]."""

from __future__ import annotations

import datetime as dt

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cloud.chain_rows import MEMBERS
from cloud.corrections import NewUnits
from cloud.errors import Refused
from cloud.journal import Now, Signed
from cloud.persons import Persons, checked_id, checked_units
from cloud.storage import Storage
from terminal.base.ids import AccountId, ActionId, BucketId, ChainId, DeviceId, Draw, is_id
from terminal.rules.canonical import Canonical
from terminal.sync.wire import (
    MustRejoin,
    Pull,
    Push,
    PushAnswer,
    Rejoin,
    RejoinAnswer,
    Rows,
    SnapshotPage,
    SnapshotRequest,
    StartOver,
)


def signed_by(public_key: bytes, signed: bytes, signature: bytes) -> bool:
    """Tell whether a raw Ed25519 public key (RFC 8032) signed something."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


class Cloud(Persons):
    """The cloud's side of sync, over a storage. Persons' methods raise `NotPossible`; nothing was then done.

    A person's `action_id` is chosen before the action: the same one again answers as the first time, and with another
    content it is refused (`action_conflict`).
    """

    def __init__(self, storage: Storage, clock: Now, draw: Draw, signed: Signed = signed_by) -> None:
        """Keep all in `storage`; `clock` gives UTC milliseconds, `draw` random bytes, `signed` judges signatures."""
        super().__init__(storage, clock, draw, signed)

    def push(self, message: Push) -> PushAnswer | Refused:
        """Take in new entries of an open life and answer with what it may do next."""
        if not is_id(message.chain):
            return Refused("unknown")
        with self._transaction(message.chain) as work:
            return self._push(work, message)

    def rejoin(self, message: Rejoin) -> RejoinAnswer | Refused:
        """Take in a part of a whole life; with the last part, close it and begin a new one."""
        if not is_id(message.chain):
            return Refused("unknown")
        with self._transaction(message.chain) as work:
            return self._rejoin(work, message)

    def restored(self) -> None:
        """Note that the storage was put back to an older state: to be called before any till is answered again.

        All tills then hand in what they have and begin anew. Called once too often, it does no harm but that.
        """
        for chain in self._storage.chains():
            with self._transaction(chain) as work:
                self._renew(work)

    def pull(self, message: Pull) -> Rows | StartOver | MustRejoin | Refused:
        """Return the chain's rows after a position. Who asks was made known by the connection, which is not ours."""
        if not (is_id(message.chain) and is_id(message.device)):
            return Refused("unknown")
        with self._transaction(message.chain) as work:
            return self._stranger(message.chain, message.device) or self._pull(work, message)

    def snapshot(self, message: SnapshotRequest) -> SnapshotPage | StartOver | MustRejoin | Refused:
        """Return a page of the chain's rows as they were at the position of the first page."""
        if not (is_id(message.chain) and is_id(message.device)):
            return Refused("unknown")
        with self._transaction(message.chain) as work:
            return self._stranger(message.chain, message.device) or self._snapshot(work, message)

    def enrol(self, chain: ChainId, device: DeviceId, public_key: bytes, epoch: int = 1) -> int:
        """Take in a device with its raw Ed25519 public key; return its open life, 0 when it has to rejoin first.

        `epoch` is its first life in this chain. A revoked device comes back with another key, in a new life.
        """
        with self._person(chain, new=True) as work:
            return self._enrol(work, device, public_key, epoch)

    def declare_lost(self, chain: ChainId, device: DeviceId, epoch: int = 0) -> int:
        """Write off a device's open life (0: whichever is open), and let its members spend at once what it held.

        Return the life that was closed, 0 for none. What it may have spent unknown to the cloud is noted as exposure.
        """
        with self._person(chain) as work:
            closed = self._declare_lost(work, device, epoch)
            self._end(work)
            return closed

    def revoke(self, chain: ChainId, device: DeviceId) -> None:
        """Trust a device's key no more and write off its open life; nothing it sends is taken from now on."""
        with self._person(chain) as work:
            self._revoke(work, device)
            self._end(work)

    def decommission(self, chain: ChainId, device: DeviceId) -> None:
        """Recall all a device holds; its life is closed by the push that shows it drained."""
        with self._person(chain) as work:
            self._decommission(work, device)

    def grant(self, chain: ChainId, action_id: ActionId, device: DeviceId, bucket: BucketId, amount: int) -> int:
        """Give a device's open life up to `amount` units of the cloud's under the id of the action; return how many."""
        request: Canonical = ["grant", device, bucket, amount]
        with self._person(chain) as work:
            done = self._once(work, action_id, request, lambda: self._give_to(work, action_id, device, bucket, amount))
            return int(done)

    def recall(self, chain: ChainId, action_id: ActionId, bucket: BucketId, amount: int) -> int:
        """Ask those who hold a bucket for `amount` units; return how many they were asked for."""
        name, units = BucketId(checked_id(bucket)), checked_units(amount)
        with self._person(chain) as work:
            request: Canonical = ["recall", name, units]
            return int(self._once(work, action_id, request, lambda: self._recall(work, name, units)))

    def create(self, chain: ChainId, action_id: ActionId, units: NewUnits) -> BucketId:
        """Make units in a new bucket, held by the cloud, and return its id."""
        request: Canonical = [
            *("create", units.owner, units.asset, units.amount, units.against, units.unit_value_fen),
            *(units.spendable_from, units.expires_on, units.attributes),
        ]
        with self._person(chain) as work:
            return BucketId(self._once(work, action_id, request, lambda: self._create(work, units)))

    def correct(self, chain: ChainId, action_id: ActionId, bucket: BucketId, amount: int) -> int:
        """Destroy `amount` units: what the cloud holds at once, the rest as it comes back; return the first.

        No balance goes below zero. `forgo` ends the waiting.
        """
        name, units = BucketId(checked_id(bucket)), checked_units(amount)
        with self._person(chain) as work:
            request: Canonical = ["correct", name, units]
            return int(self._once(work, action_id, request, lambda: self._destroy(work, action_id, name, units)))

    def forgo(self, chain: ChainId, action_id: ActionId) -> int:
        """End the waiting of a correction: what could not be had becomes a debt of the member; return its units."""
        with self._person(chain) as work:
            short = self._forgo(work, checked_id(action_id))
            self._end(work)
            return short

    def expire_due(self, chain: ChainId, day: dt.date) -> int:
        """Destroy units of the cloud past their end and a day of grace, some 200 buckets at most; return how many."""
        with self._person(chain) as work:
            return self._expire_due(work, day)

    def summarise(self, chain: ChainId) -> int:
        """Tell the tills what some 200 members at most have, whose units became more or fewer; return how many.

        To be called after pushes, until it returns 0. Off-line a till adds to it what it did since.
        """
        with self._person(chain) as work:
            return self._summarise(work)

    def change_row(
        self, chain: ChainId, action_id: ActionId, row: tuple[str, str, int], fields: dict[str, Canonical]
    ) -> int:
        """Change a row as head office: (table, key, version it was known in); return the feed position afterwards."""
        request: Canonical = ["change_row", *row, fields]
        with self._person(chain) as work:
            done = self._once(work, action_id, request, lambda: self._change_as_person(work, action_id, row, fields))
            return int(done)

    def merge(self, chain: ChainId, action_id: ActionId, merged: AccountId, into: AccountId) -> int:
        """Let member `into` stand for `merged`; return the feed position. Buckets stay as they are."""
        old, new = checked_id(merged), checked_id(into)
        with self._person(chain) as work:
            request: Canonical = ["merge", old, new]
            return int(self._once(work, action_id, request, lambda: self._alias(work, MEMBERS, old, new)))

    def unmerge(self, chain: ChainId, action_id: ActionId, merged: AccountId) -> int:
        """Let a merged member stand for itself again; return the feed position."""
        old = checked_id(merged)
        with self._person(chain) as work:
            request: Canonical = ["unmerge", old]
            return int(self._once(work, action_id, request, lambda: self._alias(work, MEMBERS, old, "")))

    def erase(self, chain: ChainId, table: str, key: str) -> int:
        """Empty a row for ever, with all it was made from; return the feed position. The journal still verifies."""
        with self._person(chain) as work:
            return self._erase(work, table, key)
