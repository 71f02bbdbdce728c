"""Proving the book: chain, fold, L1 and kept state of every life, in one pass with flat memory."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from terminal.base.ids import BucketId
from terminal.ledger import past
from terminal.ledger.rows import owner_key
from terminal.rules import bucket, chain, entry
from terminal.rules.canonical import NotCanonical
from terminal.rules.entry import GENESIS, Entry
from terminal.rules.fold import EntryWrong, Known, changes
from terminal.store.database import Database

CHUNK_ENTRIES = 500
SEQ_LEAST = -(2**63)  # below any number a row can have, so that none is overlooked


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proof found: `code` is empty when the book is right, else it names the first thing that is wrong.

    `entries` were proved, over all lives. `epoch` is the life to blame (0 for none), `seq` the entry in it (0 where no
    single one is); `head` is the last good hash in hexadecimal.
    """

    entries: int
    head: str
    code: str = ""
    seq: int = 0
    detail: str = ""
    epoch: int = 0


class _Wrong(NamedTuple):
    """A difference, as a `Verdict` ends."""

    code: str
    seq: int
    detail: str
    epoch: int = 0


class _Kept(NamedTuple):
    """A life as the store keeps it; `chain` is None where its device is not the store's."""

    n: int
    chain: str | None
    device: str
    epoch: int
    seq: int
    hash: bytes
    cursor: int
    open: int


def verify(database: Database, scratch: pathlib.Path, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Return whether the journals of all lives and the kept state agree, as of one moment.

    The fold is rebuilt in an encrypted file at `scratch`, removed afterwards; `progress` is told (entries done, all).
    """
    with _scratch(database, scratch):
        lives = [_Kept(*row) for row in database.rows(_LIVES)]
        if words := _wrong_lives(lives):
            return Verdict(0, GENESIS.hex(), "lives_wrong", 0, words)
        done, whole, head = 0, database.rows("SELECT count(*) FROM entry")[0][0], GENESIS
        for life in lives:
            walk = _Walk(database, life)
            for _ in walk.steps():
                done += 1
                if progress is not None and done % CHUNK_ENTRIES == 0:
                    progress(done, whole)
            head = walk.hash
            if walk.wrong is not None:
                return Verdict(done, head.hex(), *walk.wrong)
        wrong = _compare_beside(database, whole - done) or _compare_units(database)
        return Verdict(done, head.hex(), *(wrong or ()))


_LIVES = (
    "SELECT n, chain, life.device, epoch, seq, hash, cursor, open FROM life LEFT JOIN device USING (device) ORDER BY n"
)


def _wrong_lives(lives: list[_Kept]) -> str:
    """Return what is wrong with the order of lives: they follow each other, and the last one alone is open."""
    if not lives or [bool(life.open) for life in lives] != [False] * (len(lives) - 1) + [True]:
        return f"of {len(lives)} journals not just the last one is open"
    # A store that was tampered with may hold anything in any column.
    epochs = [life.epoch for life in lives if type(life.epoch) is int]
    if len(epochs) < len(lives) or any(epoch >= following for epoch, following in pairwise(epochs)):
        return "a journal's number is not above the one before"
    return ""


class _Walk:
    """Follows the chain of one life, folding each entry into the scratch tables."""

    def __init__(self, database: Database, life: _Kept) -> None:
        self._database = database
        self._life = life
        self._seq = 0
        self._cursor = 0
        self._money: dict[str, int] = {}
        self.hash = GENESIS
        self.wrong: _Wrong | None = None

    def steps(self) -> Iterator[int]:
        """Check and fold each entry in order, yielding its number; what ends it too early is then in `wrong`."""
        try:
            self._begin()
            for read in self._readings():
                self._fold(read)
                yield read.seq
            self.wrong = self._compare()
        except (NotCanonical, EntryWrong) as error:
            code = error.code if isinstance(error, EntryWrong) else "bytes_wrong"
            self.wrong = _Wrong(code, self._seq + 1, str(error), self._life.epoch)

    def _begin(self) -> None:
        """Begin with nothing, or with what the checkpoint says before which all entries were dropped.

        What was held then is told by going back from what is kept, so such a life is read twice.
        """
        start = past.start_of(self._database, self._life.n)
        self._seq, self.hash, self._cursor, self._money = start.seq, start.hash, start.cursor, start.money
        if start.checkpoint is not None:
            past.note(self._database, self._readings())
            self._seq, self.hash, self._cursor = start.seq, start.hash, start.cursor
            past.seed(self._database, self._life.n, start.checkpoint)

    def _readings(self) -> Iterator[Entry]:
        """Yield each entry once it is proved to stand where it says; it counts as good when the next is asked for."""
        life = self._life
        actions: list[bytes] = []
        for seq, data, digest in chain.follow(self._rows(actions), self.hash, self._seq):
            read = entry.from_bytes(data)
            if (read.chain, read.device, read.epoch, read.seq) != (life.chain, life.device, life.epoch, seq):
                raise EntryWrong("misplaced", "it names another place in the chain")
            if bytes.fromhex(read.action_id) != actions.pop():
                raise EntryWrong("action_wrong", "it is indexed under another action")
            chain.check_cursor(self._cursor, read)
            yield read
            self._seq, self.hash, self._cursor = seq, digest, read.cursor

    def _rows(self, actions: list[bytes]) -> Iterator[chain.Sealed]:
        """Yield (seq, bytes, hash) in order, a chunk at a time; the action each is indexed under goes to `actions`."""
        last = SEQ_LEAST
        while chunk := self._database.rows(
            "SELECT seq, CAST(bytes AS BLOB), hash, action_id FROM entry WHERE life = ? AND seq > ?"
            " ORDER BY seq LIMIT ?",
            (self._life.n, last, CHUNK_ENTRIES),
        ):
            for seq, data, digest, action in chunk:
                actions.append(action)
                yield seq, data, digest
            last = chunk[-1][0]

    def _fold(self, read: Entry) -> None:
        if read.gid:
            self._take_grant(read)
        moved = changes(read, self._known)
        for facts in read.buckets:
            self._database.run(
                "INSERT INTO scratch.pool (id, life, facts, owner, asset, spendable_from, expires_on, amount)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    bytes.fromhex(facts.id),
                    self._life.n,
                    facts.data,
                    owner_key(facts.owner),
                    facts.asset,
                    facts.spendable_from,
                    facts.expires_on,
                ),
            )
        for change in moved:
            self._database.run(
                "UPDATE scratch.pool SET amount = amount + ? WHERE id = ? AND life = ?",
                (change.delta, bytes.fromhex(change.bucket), self._life.n),
            )
        for account, amount in read.postings:
            self._money[account] = self._money.get(account, 0) + amount

    def _take_grant(self, read: Entry) -> None:
        gid = bytes.fromhex(read.gid)
        if self._database.row("SELECT 1 FROM scratch.taken WHERE gid = ?", (gid,)) is not None:
            raise EntryWrong("gid_repeated", read.gid)
        self._database.run("INSERT INTO scratch.taken VALUES (?, ?, ?)", (gid, self._life.n, read.seq))

    def _known(self, name: BucketId) -> Known | None:
        found = self._database.row(
            "SELECT facts, amount FROM scratch.pool WHERE id = ? AND life = ?", (bytes.fromhex(name), self._life.n)
        )
        return None if found is None else Known(bucket.from_store(found[0]), found[1])

    def _compare(self) -> _Wrong | None:
        """Return the first difference between what the entries say of this life and what is kept of it."""
        life = self._life
        if (self._seq, self.hash) != (life.seq, life.hash):
            words = f"the journal ends at {self._seq}, the device believes {life.seq}"
            return _Wrong("head_wrong", self._seq, words, life.epoch)
        if self._cursor != life.cursor:
            words = f"the feed is kept as {life.cursor}, entries say {self._cursor}"
            return _Wrong("cursor_wrong", 0, words, life.epoch)
        rows = self._database.rows("SELECT account, amount FROM account_balance WHERE life = ?", (life.n,))
        kept = {str(account): amount for account, amount in rows}
        for account in sorted({*kept, *self._money}):
            has, should = kept.get(account, 0), self._money.get(account, 0)
            if has != should:
                return _Wrong("balance_wrong", 0, f"{account} is kept as {has}, entries say {should}", life.epoch)
        return None


def _compare_beside(database: Database, strays: int) -> _Wrong | None:
    """Return the first thing kept beside the lives that no entry says; `strays` is how many entries are of no life."""
    if strays:
        return _Wrong("misplaced", 0, f"{strays} entries are of no journal")
    if database.row(_PAST_TWICE) or database.row(_PAST_STRAY):
        return _Wrong("past_wrong", 0, "an entry is said to have been dropped that is of no journal, or is still here")
    if found := database.row(_GRANT_ADDED) or database.row(_GRANT_LOST):
        return _Wrong("grants_wrong", 0, f"grant {found[0]} is kept otherwise than entries say")
    if database.row(_MARK_WRONG):
        return _Wrong("mark_wrong", 0, "the cloud cannot have what the journal has not")
    return None


_PAST_TWICE = "SELECT 1 FROM past_entry JOIN entry USING (action_id) LIMIT 1"
_PAST_STRAY = "SELECT 1 FROM past_entry LEFT JOIN life ON life.n = past_entry.life WHERE life.n IS NULL LIMIT 1"
# Each query walks one table and looks the others up by key: a set operation would gather all rows in memory.
_GRANT_ADDED = (
    "SELECT lower(hex(accepted.gid)) FROM accepted LEFT JOIN scratch.taken AS taken ON taken.gid = accepted.gid"
    " WHERE (accepted.life, accepted.seq) IS NOT (taken.life, taken.seq) LIMIT 1"
)
_GRANT_LOST = (
    "SELECT lower(hex(taken.gid)) FROM scratch.taken AS taken LEFT JOIN accepted ON accepted.gid = taken.gid"
    " WHERE accepted.gid IS NULL LIMIT 1"
)
_MARK_WRONG = (
    "SELECT 1 FROM sync_mark JOIN life ON open = 1 LEFT JOIN entry ON entry.life = life.n AND entry.seq = acked"
    " WHERE acked_hash IS NOT CASE acked WHEN 0 THEN zeroblob(32) ELSE entry.hash END"
)


def _compare_units(database: Database) -> _Wrong | None:
    # Buckets are kept and rebuilt in the order entries name them, so the same number must be the same bucket.
    row = database.row(_DIFFERENT) or database.row(_LOST)
    if row is None:
        return None
    name, asset, kept, rebuilt, epoch = row
    words = "no entry made it" if rebuilt is None else "it is not kept" if kept is None else "facts or holder differ"
    if kept is not None and rebuilt is not None and kept != rebuilt:
        words = f"kept as {kept}, entries say {rebuilt}"
    return _Wrong("units_wrong", 0, f"bucket {name} ({asset}): {words}", epoch or 0)


_DIFFERENT = (
    "SELECT lower(hex(bucket.id)), coalesce(pool.asset, held.asset), held.amount, pool.amount, life.epoch FROM bucket"
    " LEFT JOIN scratch.pool AS pool ON pool.n = bucket.n LEFT JOIN held ON held.bucket = bucket.n"
    " LEFT JOIN life ON life.n = pool.life"
    " WHERE bucket.id IS NOT pool.id OR bucket.facts IS NOT pool.facts"
    " OR (held.life, held.owner, held.asset, held.spendable_from, held.expires_on, held.amount)"
    " IS NOT (pool.life, pool.owner, pool.asset, pool.spendable_from, pool.expires_on, pool.amount)"
    " ORDER BY bucket.n LIMIT 1"
)
_LOST = (
    "SELECT lower(hex(pool.id)), pool.asset, NULL, pool.amount, life.epoch FROM scratch.pool AS pool"
    " JOIN life ON life.n = pool.life LEFT JOIN bucket ON bucket.n = pool.n WHERE bucket.n IS NULL LIMIT 1"
)


@contextmanager
def _scratch(database: Database, path: pathlib.Path) -> Iterator[None]:
    """Attach an empty encrypted file, and read the store as of one moment while it is there."""
    path.unlink(missing_ok=True)
    database.attach_scratch(path)
    try:
        database.run("PRAGMA scratch.journal_mode = OFF")
        database.run("PRAGMA scratch.synchronous = OFF")
        database.run(
            "CREATE TABLE scratch.pool (n INTEGER PRIMARY KEY, id BLOB NOT NULL, life INTEGER NOT NULL,"
            " facts BLOB NOT NULL, owner BLOB NOT NULL, asset TEXT NOT NULL, spendable_from TEXT NOT NULL,"
            " expires_on TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0), UNIQUE (id, life))"
        )
        database.run("CREATE TABLE scratch.taken (gid BLOB PRIMARY KEY, life INTEGER NOT NULL, seq INTEGER NOT NULL)")
        database.run(past.SCRATCH)
        with database.read():
            yield
    finally:
        database.run("DETACH scratch")
        path.unlink(missing_ok=True)
