"""The journal as the cloud sees it: what is to be sent, what came back, and one life after another."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from terminal.base.ids import BucketId, Draw, new_id
from terminal.ledger.deeds import RIGHT, count_entry
from terminal.ledger.draft import Life
from terminal.ledger.rows import hold, open_life, trusted_after, write_entry
from terminal.rules import bucket, entry
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import NotCanonical
from terminal.rules.chain import check_cursor
from terminal.rules.entry import GENESIS, Entry
from terminal.rules.fold import EntryWrong, Known, changes
from terminal.store.database import Database

CHUNK_ROWS = 5_000
# A life by its number, or (0) the open one.
_WHICH = "coalesce(nullif(?, 0), (SELECT n FROM life WHERE open = 1))"
_HASH = (
    f"SELECT hash FROM entry WHERE life = {_WHICH} AND seq = ?"  # noqa: S608 - text of ours
    f" UNION ALL SELECT hash FROM past_entry WHERE life = {_WHICH} AND seq = ?"
)
_ENTRIES = f"SELECT seq, hash, bytes FROM entry WHERE life = {_WHICH} AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
_CLOSED = (
    "SELECT n, epoch, seq, hash FROM life"
    " WHERE device = (SELECT device FROM life WHERE open = 1) AND open = 0 AND seq > 0 ORDER BY epoch"
)
_ACTION = "SELECT 1 FROM entry WHERE action_id = ? UNION ALL SELECT 1 FROM past_entry WHERE action_id = ?"


class Mark(NamedTuple):
    """The last entry of the open life that the cloud proved to have (0 and `GENESIS` at its start).

    `generation` is that of the cloud's storage which this life goes with, empty while it has heard of none.
    """

    acked: int
    acked_hash: bytes
    generation: str = ""


class Journal:
    """The open life's journal. What changes it is one transaction, alone or as a part of the caller's."""

    def __init__(self, database: Database) -> None:
        """Read and extend the journal in `database`."""
        self._database = database

    def head(self) -> Life:
        """Return the open life as it stands."""
        return open_life(self._database)

    def closed(self) -> list[Life]:
        """Return the lives of this device in its chain that were closed with entries in them, oldest first."""
        head = self.head()
        rows = self._database.rows(_CLOSED)
        return [replace(head, n=n, epoch=epoch, seq=seq, hash=digest, cursor=0) for n, epoch, seq, digest in rows]

    def entries(self, after_seq: int, limit: int, life: int = 0) -> list[tuple[int, bytes, bytes]]:
        """Return (seq, hash, bytes) of at most `limit` entries after entry `after_seq`, in order.

        They are the open life's, or those of the life with the number `life`.
        """
        return [(seq, digest, data) for seq, digest, data in self._database.rows(_ENTRIES, (life, after_seq, limit))]

    def hash_at(self, seq: int, life: int = 0) -> bytes | None:
        """Return the hash of entry `seq` of a life, `GENESIS` for 0, or None where there is no such entry.

        The hash of an entry that was dropped is still here.
        """
        if seq == 0:
            return GENESIS
        row = self._database.row(_HASH, (life, seq, life, seq))
        return None if row is None else bytes(row[0])

    def accepted(self, gid: str) -> bool:
        """Tell whether any journal of this device has accepted this grant."""
        return self._database.row("SELECT 1 FROM accepted WHERE gid = ?", (bytes.fromhex(gid),)) is not None

    def marked(self) -> Mark:
        """Return how far the cloud has proved to have the open life."""
        row = self._database.row("SELECT acked, acked_hash, generation FROM sync_mark")
        assert row is not None, "the store has its one row"
        return Mark(*row)

    def mark(self, acked: int, acked_hash: bytes) -> bool:
        """Note that the cloud has the open life up to entry `acked`; the mark only rises.

        Returns False, and changes nothing, unless that entry is ours with that hash.
        """
        with self._database.write():
            if acked <= self.marked().acked or self.hash_at(acked) != acked_hash:
                return False
            self._database.run("UPDATE sync_mark SET acked = ?, acked_hash = ?", (acked, acked_hash))
            return True

    def go_with(self, generation: str) -> bool:
        """Return whether the open life goes with a generation of the cloud's storage; the first it hears of it does."""
        with self._database.write():
            self._database.run("UPDATE sync_mark SET generation = ? WHERE generation = ''", (generation,))
            return self.marked().generation == generation

    def set_rejoining(self, rejoin_id: str) -> str:
        """Begin a rejoin, after which nothing is spent or returned; return its id, the first one's while it goes on."""
        with self._database.write():
            self._database.run("UPDATE sync_mark SET rejoin_id = ? WHERE rejoin_id = ''", (rejoin_id,))
            return self.head().rejoin_id

    def begin_life(self, epoch: int, generation: str = "") -> bool:
        """Close the open life and open the empty one of `epoch`, which holds nothing; the highest time stays.

        It goes with that `generation` of the cloud's storage, and open wants end with the life they were asked for.
        Returns False, and changes nothing, unless `epoch` is above
        the open life's: what was said twice is done once.
        """
        with self._database.write():
            life = self.head()
            if epoch <= life.epoch:
                return False
            run = self._database.run
            run("UPDATE life SET open = 0 WHERE n = ?", (life.n,))
            run(
                "INSERT INTO life VALUES (?, ?, ?, 0, ?, 0, ?, 1)",
                (life.n + 1, life.device, epoch, GENESIS, life.trusted_ms),
            )
            run("UPDATE sync_mark SET acked = 0, acked_hash = ?, rejoin_id = '', generation = ?", (GENESIS, generation))
            run("UPDATE want SET state = 'dropped' WHERE state = 'open'")
            return True

    def append_tail(self, entries: Sequence[bytes], day_of: Callable[[int], dt.date]) -> int:
        """Append this life's own later entries, which the cloud kept, and return how many were new.

        What they say of money, visits and gifts counts at once, on the business day that `day_of` gives for
        their time in UTC milliseconds. What we have already is passed over. Raises `EntryWrong` when they do
        not chain to ours (`forked`), leave one out (`gap`), are of another life (`misplaced`), or break a rule
        of the book; nothing is then appended.
        """
        with self._database.write():
            life = self.head()
            fresh = self._fresh(life, entries)
            tail = _Tail(self._database, life, self._named(life, [made for made, _ in fresh]), day_of)
            for made, data in fresh:
                tail.append(made, data)
            return len(fresh)

    def _fresh(self, life: Life, entries: Sequence[bytes]) -> list[tuple[Entry, bytes]]:
        fresh: list[tuple[Entry, bytes]] = []
        for data in entries:
            try:
                made = entry.from_bytes(data)
            except NotCanonical as error:
                raise EntryWrong("bytes_wrong", str(error)) from error
            if (made.chain, made.device, made.epoch) != (life.chain, life.device, life.epoch):
                raise EntryWrong("misplaced", "it is of another life")
            if made.seq > life.seq:
                if made.seq != life.seq + len(fresh) + 1:
                    raise EntryWrong("gap", f"entry {made.seq} comes after {life.seq + len(fresh)}")
                fresh.append((made, data))
            elif entry.seal(self.hash_at(made.seq - 1) or b"", data) != self.hash_at(made.seq):
                raise EntryWrong("forked", f"entry {made.seq} is another one here")
        return fresh

    def _named(self, life: Life, entries: Sequence[Entry]) -> dict[BucketId, tuple[int, Known]]:
        """Return row and state of the buckets that these entries move without giving their facts.

        There is no index on a bucket's id; a till that lost its last entries may take the time to read them all.
        """
        given = {facts.id for made in entries for facts in made.buckets}
        wanted = {bytes.fromhex(effect.bucket) for made in entries for effect in made.effects} - {
            bytes.fromhex(name) for name in given
        }
        found: dict[BucketId, tuple[int, Known]] = {}
        last = 0
        while len(found) < len(wanted) and (
            rows := self._database.rows("SELECT n, id FROM bucket WHERE n > ? ORDER BY n LIMIT ?", (last, CHUNK_ROWS))
        ):
            last = rows[-1][0]
            for n, name in rows:
                if name in wanted and (known := self._known(life, n)) is not None:
                    found[known.facts.id] = n, known
        return found

    def _known(self, life: Life, n: int) -> Known | None:
        row = self._database.row(
            "SELECT facts, amount FROM held JOIN bucket ON bucket.n = held.bucket WHERE held.bucket = ? AND life = ?",
            (n, life.n),
        )
        return None if row is None else Known(bucket.from_store(row[0]), row[1])


class _Tail:
    """Entries being appended behind a life's head, and what they leave of each bucket they move."""

    def __init__(
        self,
        database: Database,
        life: Life,
        named: dict[BucketId, tuple[int, Known]],
        day_of: Callable[[int], dt.date],
    ) -> None:
        self._database = database
        self._day_of = day_of
        self._life = life
        self._rows = {name: n for name, (n, _) in named.items()}
        self._known = {name: known for name, (_, known) in named.items()}

    def append(self, made: Entry, data: bytes) -> None:
        life = self._life
        check_cursor(life.cursor, made)
        action = bytes.fromhex(made.action_id)
        if self._database.row(_ACTION, (action, action)) is not None:
            raise EntryWrong("action_wrong", "its action was done before")
        moved = changes(made, self._known.get)
        digest = entry.seal(life.hash, data)
        write_entry(self._database, life, made, data, digest)
        buckets = {facts.id: facts for facts in made.buckets}
        deltas = {change.bucket: change.delta for change in moved}
        new = hold(self._database, life.n, buckets, self._rows, dict(deltas))
        self._rows |= new
        rights = [(n, buckets[name]) for name, n in new.items() if buckets[name].asset == RIGHT]
        count_entry(self._database, life.n, made, self._day_of(made.at), rights)
        for name, delta in deltas.items():
            before = self._known.get(name) or Known(buckets[name], 0)
            self._known[name] = Known(before.facts, before.held + delta)
        self._life = replace(life, seq=made.seq, hash=digest, cursor=made.cursor, trusted_ms=trusted_after(life, made))


class Letter(NamedTuple):
    """Something the cloud said, verified and waiting to be done: its place, what it is, and its canonical bytes."""

    n: int
    kind: str
    body: bytes


class Mailbox:
    """What was heard from the cloud, in its order. Who hears it puts it in; who has the journal takes it out."""

    def __init__(self, database: Database) -> None:
        """Keep the letters in `database`."""
        self._database = database

    def put(self, kind: str, body: bytes) -> None:
        """Add a letter at the end."""
        with self._database.write():
            self._database.run("INSERT INTO mailbox (kind, body) VALUES (?, ?)", (kind, body))

    def has(self, kind: str, body: bytes) -> bool:
        """Tell whether this very letter waits."""
        return self._database.row("SELECT 1 FROM mailbox WHERE kind = ? AND body = ?", (kind, body)) is not None

    def first(self) -> Letter | None:
        """Return the letter that came first, or None."""
        row = self._database.row("SELECT n, kind, body FROM mailbox ORDER BY n LIMIT 1")
        return None if row is None else Letter(*row)

    def waiting(self) -> list[Letter]:
        """Return all letters in their order; there are as many as one answer of the cloud brings, seldom more."""
        return [Letter(*row) for row in self._database.rows("SELECT n, kind, body FROM mailbox ORDER BY n")]

    def drop(self, n: int) -> None:
        """Remove a letter that is done."""
        with self._database.write():
            self._database.run("DELETE FROM mailbox WHERE n = ?", (n,))

    def drop_all(self, kind: str) -> None:
        """Remove all letters of a kind: nobody is to do them any more."""
        with self._database.write():
            self._database.run("DELETE FROM mailbox WHERE kind = ?", (kind,))


class Wanted(NamedTuple):
    """Units the cloud is asked for under a request id, which will be the id of the grant; `facts` are the bucket's."""

    request_id: str
    bucket: BucketId
    facts: bytes
    amount: int


class Wants:
    """What this till asks the cloud for."""

    def __init__(self, database: Database, draw: Draw = os.urandom) -> None:
        """Keep the wants in `database`; request ids come from `draw`."""
        self._database = database
        self._draw = draw

    def ask(self, facts: Bucket, amount: int) -> str:
        """Ask for `amount` units of a bucket until they are granted or the want is dropped; return the request id."""
        request_id = new_id(self._draw)
        with self._database.write():
            self._database.run(
                "INSERT INTO want VALUES (?, ?, ?, ?, 'open')",
                (request_id, bytes.fromhex(facts.id), facts.data, amount),
            )
        return request_id

    def open(self) -> list[Wanted]:
        """Return the wants that are neither granted nor dropped, by request id."""
        rows = self._database.rows(
            "SELECT request_id, bucket, facts, amount FROM want WHERE state = 'open' ORDER BY request_id"
        )
        return [Wanted(request_id, BucketId(name.hex()), facts, amount) for request_id, name, facts, amount in rows]

    def state(self, request_id: str) -> str:
        """Return `open`, `granted` (its units were accepted), `dropped`, or nothing for an unknown one."""
        row = self._database.row("SELECT state FROM want WHERE request_id = ?", (request_id,))
        return "" if row is None else str(row[0])

    def drop(self, request_id: str) -> None:
        """Stop asking; a grant that is on its way still arrives, and is given back by whoever dropped the want."""
        with self._database.write():
            self._database.run(
                "UPDATE want SET state = 'dropped' WHERE request_id = ? AND state = 'open'", (request_id,)
            )
