"""Compaction: what the cloud has had for long need not stay on the till, once both agree on what the till holds."""

from __future__ import annotations

import hashlib
import os

from terminal.base.clock import Clock
from terminal.base.ids import ActionId, Draw, new_id
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.lives import Journal
from terminal.rules import canonical, entry
from terminal.rules.canonical import Canonical
from terminal.store.database import Database

CHUNK_ENTRIES = 500
DAY_MS = 86_400_000
GID_BYTES = 16  # a confirmation names the checkpoint by so much of its hash


class Compaction:
    """Writes checkpoints, and drops what lies before a confirmed one. Used by the dispatcher."""

    def __init__(self, database: Database, book: Book, clock: Clock, draw: Draw = os.urandom) -> None:
        """Compact the open journal of `book`."""
        self._database = database
        self._book = book
        self._clock = clock
        self._draw = draw
        self._journal = Journal(database)

    def checkpoint(self) -> Posted:
        """Post what this life holds after which entry; the cloud confirms it in the feed when it sees the same.

        The payload has `seq` and `hash` of the entry before, from which the chain goes on; `held`, the SHA-256 of the
        canonical list of [bucket, amount], by bucket; and `accounts`, this life's money as [account, fen].
        """
        with self._database.write():
            life = self._journal.head()
            draft = self._book.begin(
                ActionId(new_id(self._draw)), "checkpoint", request_digest({"do": "checkpoint", "seq": life.seq})
            )
            draft.payload |= {
                "seq": life.seq,
                "hash": life.hash.hex(),
                "held": held_digest(self._held(life.n)),
                "accounts": self._accounts(life.n),
            }
            return self._book.post(draft)

    def compact(self, days: int) -> int:
        """Drop entries older than `days` days before the newest checkpoint that is confirmed; return how many.

        The checkpoint stays as the journal's first entry, and nothing goes that the cloud has not acknowledged.
        """
        with self._database.write():
            seq = self._cut(self._clock.now_ms() - days * DAY_MS)
            if not seq:
                return 0
            life = self._journal.head()
            return int(self._database.run("DELETE FROM entry WHERE life = ? AND seq < ?", (life.n, seq)).rowcount)

    def _cut(self, before_ms: int) -> int:
        """Return the number of the newest checkpoint that was confirmed by an entry before `before_ms`, or 0."""
        acked, cut, last = self._journal.marked().acked, 0, 0
        checkpoints: dict[str, int] = {}
        while rows := self._journal.entries(last, CHUNK_ENTRIES):
            for seq, digest, data in rows:
                last = seq
                if seq > acked:
                    return cut
                read = entry.from_bytes(data)
                if read.at >= before_ms:
                    return cut
                if read.kind == "checkpoint":
                    checkpoints[digest[:GID_BYTES].hex()] = seq
                cut = max(cut, checkpoints.get(str(read.payload.get("checkpoint", "")), 0))
        return cut

    def _held(self, life: int) -> list[Canonical]:
        return [
            [name, amount]
            for name, amount in self._database.rows(
                "SELECT lower(hex(bucket.id)), amount FROM held JOIN bucket ON bucket.n = held.bucket"
                " WHERE life = ? AND amount > 0 ORDER BY bucket.id",
                (life,),
            )
        ]

    def _accounts(self, life: int) -> list[Canonical]:
        return [
            [account, fen]
            for account, fen in self._database.rows(
                "SELECT account, amount FROM account_balance WHERE life = ? AND amount != 0 ORDER BY account", (life,)
            )
        ]


def held_digest(held: list[Canonical]) -> str:
    """Return the digest of a holding: SHA-256 of the canonical list of [bucket, amount], ordered by bucket."""
    return hashlib.sha256(canonical.encode(held)).hexdigest()
