"""What persons do in the cloud: each action once, by an id that was chosen before it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from cloud.chain_rows import SUMMARIES
from cloud.errors import ActionConflict, NotPossible, Refused
from cloud.journal import Work
from cloud.records import CLOUD_EPOCH, Action, Proposal
from cloud.summaries import Summaries
from terminal.base.ids import BucketId, ChainId, DeviceId, is_id
from terminal.rules import canonical
from terminal.rules.canonical import INTEGER_MAX, Canonical
from terminal.sync.wire import MustRejoin


class Persons(Summaries):
    """Does a person's action once, and answers it again from memory."""

    @contextmanager
    def _person(self, chain: ChainId, *, new: bool = False) -> Iterator[Work]:
        """Give a transaction in a chain that exists (or, with `new`, may begin); a conflict leaves an alarm."""
        checked_id(chain)
        try:
            with self._transaction(chain) as work:
                if not new and self._storage.chain(chain) is None:
                    raise NotPossible("chain_unknown")
                yield work
        except ActionConflict:
            with self._transaction(chain) as work:
                self._alarm(work, self._chain(work).cloud, CLOUD_EPOCH, "action_conflict", "")
            raise

    def _once(self, work: Work, action_id: str, request: Canonical, do: Callable[[], int | str]) -> str:
        """Do an action, and write what it gathered; or return what it was answered before."""
        digest = hashlib.sha256(canonical.encode(request)).hexdigest()
        before = self._storage.action(work.chain, checked_id(action_id))
        if before is not None:
            if before.request != digest:
                raise ActionConflict
            return before.answer
        answer = str(do())
        self._end(work)
        self._storage.put_action(Action(work.chain, action_id, digest, answer))
        return answer

    def _stranger(self, chain: ChainId, device: DeviceId) -> MustRejoin | Refused | None:
        """Return the answer to a device that may not read, or None."""
        known = self._storage.device(chain, device)
        if known is None:
            return Refused("unknown")
        return MustRejoin(known.epoch, "revoked") if known.state == "revoked" else None

    def _give_to(self, work: Work, gid: str, device: DeviceId, name: BucketId, amount: int) -> int:
        known = self._require(work.chain, device)
        life = self._life(work, device, known.epoch)
        if life is None or known.state != "active":
            raise NotPossible("no_open_life")
        return self._grant(work, life, gid, BucketId(checked_id(name)), checked_units(amount))

    def _revoke(self, work: Work, device: DeviceId) -> None:
        known = self._write_off(work, self._require(work.chain, device), "revoked")
        self._storage.put_device(replace(known, state="revoked"))

    def _change_as_person(
        self, work: Work, action_id: str, row: tuple[str, str, int], fields: dict[str, Canonical]
    ) -> int:
        """Change a row of (table, key, base version) now; a person's word has the weight of any other proposal."""
        table, key, base = row
        # An action has no entry; its id, padded to the length of a hash, names it where losers are kept.
        by = bytes.fromhex(action_id).ljust(hashlib.sha256().digest_size, b"\0")
        known = self._storage.newest_row(work.chain, table, key)
        if table == SUMMARIES or (known is not None and not known.body):
            raise NotPossible("row_computed" if table == SUMMARIES else "row_erased")
        if not self._change(work, Proposal(work.chain, by, by, table, key, base, self._clock()), fields):
            raise NotPossible("row_too_long")
        return self._position(work.chain)


def checked_id(text: str) -> str:
    """Return an id that has the form of one; raise `NotPossible` `id_malformed`."""
    if not is_id(text):
        raise NotPossible("id_malformed")
    return text


def checked_units(amount: int) -> int:
    """Return an amount that can be one; raise `NotPossible` `units_wrong`."""
    if not 0 < amount <= INTEGER_MAX:
        raise NotPossible("units_wrong")
    return amount
