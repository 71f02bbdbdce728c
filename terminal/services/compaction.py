"""Compaction: what the cloud has had for long need not stay on the till, once both agree on what the till holds."""

from __future__ import annotations

import os

from terminal.base.clock import Clock
from terminal.base.ids import ActionId, Draw, new_id
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.lives import Journal
from terminal.ledger.past import forget
from terminal.rules import entry
from terminal.rules.checkpoint import KIND, Checkpoint, held_digest
from terminal.store.database import Database

CHUNK_ENTRIES = 500
DAY_MS = 86_400_000
GID_BYTES = 16  # a confirmation names the checkpoint by so much of its hash
_HELD = (
    "SELECT lower(hex(bucket.id)), amount FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE life = ? AND amount > 0 ORDER BY bucket.id"
)


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

        `terminal.rules.checkpoint` says what stands in it.
        """
        with self._database.write():
            life = self._journal.head()
            draft = self._book.begin(ActionId(new_id(self._draw)), KIND, request_digest({"do": KIND, "seq": life.seq}))
            held = held_digest(self._database.run(_HELD, (life.n,)))
            draft.payload |= Checkpoint(life.seq, life.hash, held, self._accounts(life.n)).payload()
            return self._book.post(draft)

    def compact(self, days: int) -> int:
        """Drop entries older than `days` days before the newest checkpoint that is confirmed; return how many.

        The checkpoint stays as the journal's first entry, and nothing goes that the cloud has not acknowledged. Of what
        goes, hashes and action ids stay, so that no action is done a second time. While the till rejoins nothing goes:
        the cloud may have been restored, and what it once acknowledged may be known to this till alone.
        """
        with self._database.write():
            if self._journal.head().rejoin_id:
                return 0
            seq = self._cut(self._clock.now_ms() - days * DAY_MS)
            if not seq:
                return 0
            return forget(self._database, self._journal.head().n, seq)

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
                if read.kind == KIND:
                    checkpoints[digest[:GID_BYTES].hex()] = seq
                cut = max(cut, checkpoints.get(str(read.payload.get("checkpoint", "")), 0))
        return cut

    def _accounts(self, life: int) -> dict[str, int]:
        rows = self._database.rows("SELECT account, amount FROM account_balance WHERE life = ?", (life,))
        return dict(rows)  # type: ignore[arg-type]  # rows of two columns
