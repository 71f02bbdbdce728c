"""Summaries: what a member has in the whole chain, told to every till, which knows only what it holds itself."""

from __future__ import annotations

from cloud.chain_rows import EMPTY, ROW_BYTES_MAX, SUMMARIES
from cloud.journal import Work
from cloud.records import RowVersion
from cloud.rejoin import Rejoining
from terminal.base.ids import AccountId
from terminal.rules import bucket, canonical
from terminal.rules.canonical import Canonical

MEMBERS_A_TURN = 200
LOTS_BYTES = ROW_BYTES_MAX // 2
FOR_EVER = "9999-12-31"


class Summaries(Rejoining):
    """Publishes a row for each member whose units became more or fewer.

    Pushes only note whose that are. The rows are made in a transaction of their own, so that pushes do not wait for
    each other at the counter of the chain's feed.
    """

    def _summarise(self, work: Work) -> int:
        """Publish the summaries of some members that changed; return of how many members."""
        self._chain(work)  # so that nobody else gives positions meanwhile
        owners = self._storage.stale(work.chain, MEMBERS_A_TURN)
        for owner in owners:
            self._storage.drop_stale(work.chain, owner)
            self._publish_summary(work, owner)
        return len(owners)

    def _publish_summary(self, work: Work, owner: AccountId) -> None:
        row = self._storage.newest_row(work.chain, SUMMARIES, owner)
        body = canonical.encode(self._summary(work, owner))
        if row is None or row.body != body:
            version = row.version + 1 if row else 1
            change = row or RowVersion(work.chain, SUMMARIES, owner, 0, 0, EMPTY, "", EMPTY)
            position = self._publish(work, change, version, body, "", EMPTY)
            # Nobody asks what a sum was: a snapshot under way finds the new one in the feed behind it.
            self._storage.drop_versions(work.chain, SUMMARIES, owner, position)

    def _summary(self, work: Work, owner: AccountId) -> dict[str, Canonical]:
        """Return units by asset, wherever they are, and the lots to ask for: their facts as text, and units.

        Refund rights are not among them, of which there are as many as bills. Lots that end first come first; a member
        with more than a row can take has all in the sums.
        """
        units: dict[str, int] = {}
        lots: list[tuple[str, str, int]] = []
        for data, amount in self._storage.units_of(work.chain, owner):
            facts = bucket.from_store(data)
            units[facts.asset] = units.get(facts.asset, 0) + amount
            lots.append((facts.expires_on or FOR_EVER, data.decode(), amount))
        told: list[Canonical] = []
        size = 0
        for _, facts_text, amount in sorted(lots):
            size += len(facts_text.encode())
            if size > LOTS_BYTES:
                break
            lot: list[Canonical] = [facts_text, amount]
            told.append(lot)
        totals: dict[str, Canonical] = {**units}
        return {"units": totals, "lots": told}
