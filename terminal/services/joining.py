"""Joining a chain: a box that was alone closes its books, and opens them again as a till of that chain."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, BucketId, ChainId, DeviceId, Draw, new_id
from terminal.ledger.book import Book, request_digest
from terminal.ledger.draft import Draft, Holding, Life, Lot
from terminal.rules.bucket import CREDIT_ACCOUNT, DEBIT_ACCOUNT, Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import GENESIS, Effect
from terminal.services.prepaid.units import noted_again
from terminal.store.database import Database

OPENING = "opening"
# What stands open in money; sales and the like belong to the books they were made in.
OPEN_ACCOUNTS = ("tender/cash", "refund_payable", "suspense")
# An entry takes 400 effects and 256 KiB.
LOTS_AN_ENTRY = 150
FACTS_AN_ENTRY = 150_000
RIGHT = "refund_right"
# What is held, by all that a chain leaves as it is: parts of a lot that only the entries tell apart which made them are
# one line, since the opening may make them in one entry.
_LINES = (
    "SELECT facts ->> 'owner' AS owner, facts ->> 'asset' AS asset, facts ->> 'lot' AS lot,"
    " facts ->> 'spendable_from' AS start, facts ->> 'expires_on' AS end, facts ->> 'unit_value_fen' AS value_fen,"
    " sum(amount) AS units"
    " FROM (SELECT CAST(facts AS TEXT) AS facts, amount FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE life = (SELECT n FROM life WHERE open = 1) AND amount > 0)"
    " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
)


@dataclass(frozen=True, slots=True)
class Joined:
    """What a box became: a device of `chain` whose first life there is `epoch`, to be enrolled with its public key."""

    chain: ChainId
    device: DeviceId
    epoch: int
    repeated: bool = False


class Joining:
    """Takes a box that was always alone into a chain that exists. Done by the dispatcher, with no bill open."""

    def __init__(self, database: Database, book: Book, draw: Draw = os.urandom) -> None:
        """Close and open the books of `book`; ids come from `draw`."""
        self._database = database
        self._book = book
        self._draw = draw

    def sheet(self) -> Iterator[str]:
        """Yield lines to print before and after: money, units by asset, and every lot. Joining changes none of them.

        Amounts of money are fen. Ids that a chain gives are left out, so that both sheets can be laid side by side, and
        parts of a lot that only those ids tell apart are one line.
        """
        yield "MONEY"
        for account, fen in self._book.accounts().items():
            if fen:
                yield f"{account:<24}{fen:>16}"
        yield "UNITS"
        for asset, lines, units in self._database.rows(
            f"SELECT asset, count(*), sum(units) FROM ({_LINES}) GROUP BY asset ORDER BY asset"  # noqa: S608 - ours
        ):
            yield f"{asset:<16}{lines:>8}{units:>16}"
        yield "BUCKETS"
        for owner, asset, lot, start, end, value_fen, units in self._database.run(_LINES):
            dates = f"{start or '-':<11}{end or '-':<11}"
            yield f"{owner:<33}{asset:<16}{lot:<33}{dates}{value_fen:>8}{units:>16}"

    def join(self, chain: ChainId) -> Joined:
        """Close the open life and open its balances in `chain`, all in one transaction.

        Every bucket keeps its lot, dates, value and attributes, and rights lead to the new buckets; what stands open in
        cash, refunds to pay and suspense goes along, each against `opening` in both books. Asked again for the same
        chain, nothing happens. Raises `Refusal` `till_not_alone` when a cloud knows this life.
        """
        with self._database.write():
            life = self._book.life()
            if life.chain == chain:
                return Joined(chain, life.device, life.epoch, repeated=True)
            if not self._is_alone(life):
                raise Refusal("till_not_alone")
            holdings = self._holdings(life)
            accounts = self._book.accounts()
            money = {account: accounts[account] for account in OPEN_ACCOUNTS if accounts.get(account)}
            self._close(holdings, money, chain)
            closed = self._book.life()
            self._begin_life(closed, chain)
            self._open(holdings, money, closed)
            opened = self._book.life()
            return Joined(chain, opened.device, opened.epoch)

    def _is_alone(self, life: Life) -> bool:
        """Tell whether no cloud has ever answered for this device."""
        row = self._database.row("SELECT acked, generation FROM sync_mark")
        known = row is not None and (row[0] > 0 or row[1] != "")
        accepted = self._database.row("SELECT 1 FROM accepted LIMIT 1")
        return not (known or life.cursor or life.rejoin_id or accepted)

    def _holdings(self, life: Life) -> list[Holding]:
        """Return all that is held, rights last: they lead to buckets that have to be there before."""
        rows = self._database.rows(
            "SELECT bucket, asset, spendable_from, expires_on, amount FROM held WHERE life = ? AND amount > 0"
            " ORDER BY asset = ?, bucket",
            (life.n, RIGHT),
        )
        return [Holding(*row) for row in rows]

    def _batches(self, holdings: list[Holding]) -> Iterator[list[Lot]]:
        """Yield the lots of holdings, as many as one entry takes; rights and what they lead to are never together."""
        batch: list[Lot] = []
        size = 0
        for start in range(0, len(holdings), LOTS_AN_ENTRY):
            for lot in self._book.lots(holdings[start : start + LOTS_AN_ENTRY]):
                turns = bool(batch) and (batch[-1].facts.asset == RIGHT) != (lot.facts.asset == RIGHT)
                size += len(lot.facts.data)
                if batch and (turns or len(batch) == LOTS_AN_ENTRY or size > FACTS_AN_ENTRY):
                    yield batch
                    batch, size = [], len(lot.facts.data)
                batch.append(lot)
        yield batch  # the last one may be empty, and carries the money all the same

    def _close(self, holdings: list[Holding], money: dict[str, int], chain: ChainId) -> None:
        for batch in self._batches(holdings):
            draft = self._begin("closing", {"chain": chain})
            draft.payload["chain_joined"] = chain
            for lot in batch:
                draft.spend(lot, lot.amount)
                _post_value(draft, lot.facts, -lot.amount)
            _post_money(draft, {account: -fen for account, fen in money.items()})
            money = {}
            self._book.post(draft)

    def _open(self, holdings: list[Holding], money: dict[str, int], closed: Life) -> None:
        opened: dict[BucketId, Source] = {}
        renamed: dict[str, BucketId] = {}
        for batch in self._batches(holdings):
            draft = self._begin("opening", {"hash": closed.hash.hex()})
            draft.payload["joined_from"] = [closed.chain, closed.device, closed.epoch, closed.hash.hex()]
            for lot in batch:
                facts = self._moved(lot.facts, draft, opened, renamed)
                draft.made[facts.id] = facts
                draft.effects.append(Effect("create", facts.id, lot.amount))
                _post_value(draft, facts, lot.amount)
                opened[lot.bucket], renamed[lot.bucket] = draft.source, facts.id
            _post_money(draft, money)
            money = {}
            self._book.post(draft)

    def _moved(
        self, facts: Bucket, draft: Draft, opened: Mapping[BucketId, Source], renamed: Mapping[str, BucketId]
    ) -> Bucket:
        """Return a bucket's facts as they are in the new life.

        A right stays one of the sale that made it, and leads where its units are now.
        """
        chain, attributes = draft.life.chain, dict(facts.attributes)

        def lead(target: Bucket) -> Bucket:
            # What is used up has no new entry, and would come back as what the old one made.
            return replace(target, chain=chain, source=opened.get(target.id, target.source))

        if facts.asset == RIGHT:
            attributes |= noted_again(facts, lead, renamed)
        return replace(facts, chain=chain, source=draft.source, attributes=attributes)

    def _begin_life(self, closed: Life, chain: ChainId) -> None:
        """Make this box a device of the chain, with a name of its own there and the key it always had."""
        run, device = self._database.run, new_id(self._draw)
        run(
            "INSERT INTO device SELECT ?, ?, private_key, public_key, import_key FROM device WHERE device = ?",
            (device, chain, closed.device),
        )
        run("UPDATE life SET open = 0 WHERE n = ?", (closed.n,))
        run(
            "INSERT INTO life VALUES (?, ?, ?, 0, ?, 0, ?, 1)",
            (closed.n + 1, device, closed.epoch + 1, GENESIS, closed.trusted_ms),
        )
        run("UPDATE sync_mark SET acked = 0, acked_hash = ?, rejoin_id = '', generation = ''", (GENESIS,))
        run("UPDATE want SET state = 'dropped' WHERE state = 'open'")
        run("DELETE FROM mailbox")

    def _begin(self, kind: str, asked: dict[str, Canonical]) -> Draft:
        return self._book.begin(ActionId(new_id(self._draw)), kind, request_digest({"do": kind, **asked}))


def _post_value(draft: Draft, facts: Bucket, amount: int) -> None:
    """Post what units that begin (or, negative, end) here are worth against the opening account."""
    fen = amount * facts.unit_value_fen
    if account := CREDIT_ACCOUNT.get(facts.asset):
        draft.debit(OPENING, fen)
        draft.credit(account, fen)
    elif account := DEBIT_ACCOUNT.get(facts.asset):
        draft.debit(account, fen)
        draft.credit(OPENING, fen)


def _post_money(draft: Draft, money: dict[str, int]) -> None:
    for account, fen in money.items():
        draft.debit(account, fen)
        draft.credit(OPENING, fen)
