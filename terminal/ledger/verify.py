"""Proving the book: chain, fold, L1 and kept balances, in one pass with flat memory."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from terminal.base.ids import BucketId
from terminal.ledger.book import owner_key
from terminal.rules import bucket, entry
from terminal.rules.canonical import NotCanonical
from terminal.rules.entry import GENESIS, Entry
from terminal.rules.fold import EntryWrong, Known, changes
from terminal.store.database import Database, Row

CHUNK_ENTRIES = 500
SEQ_LEAST = -(2**63)  # below any number a row can have, so that none is overlooked


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proof found: `code` is empty when the book is right, else it names the first thing that is wrong.

    `seq` is the entry's number (0 where no single entry is to blame); `head` is the last good hash in hexadecimal.
    """

    entries: int
    head: str
    code: str = ""
    seq: int = 0
    detail: str = ""


def verify(database: Database, scratch: pathlib.Path, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Return whether journal and kept state agree, as of one moment.

    The fold is rebuilt in an encrypted file at `scratch`, removed afterwards; `progress` is told (entries done, all).
    """
    with _scratch(database, scratch):
        lives = database.rows(
            "SELECT n, chain, life.device, epoch, seq, hash FROM life LEFT JOIN device USING (device)"
        )
        if len(lives) != 1:
            return Verdict(0, GENESIS.hex(), "lives_wrong", 0, f"this device has {len(lives)} journals, and keeps one")
        life = lives[0]
        walk = _Walk(database, life)
        for row in walk.rows():
            try:
                walk.step(row)
            except (NotCanonical, EntryWrong) as error:
                code = error.code if isinstance(error, EntryWrong) else "bytes_wrong"
                return Verdict(walk.seq, walk.hash.hex(), code, walk.seq + 1, str(error))
            if progress is not None and walk.seq % CHUNK_ENTRIES == 0:
                progress(walk.seq, life[4])
        wrong = _compare(database, walk, life)
        return Verdict(walk.seq, walk.hash.hex(), *wrong)


class _Walk:
    """Follows the chain, folding each entry into the scratch tables."""

    def __init__(self, database: Database, life: Row) -> None:
        self._database = database
        self._life, self._chain, self._device, self._epoch = life[:4]
        self.seq = 0
        self.hash = GENESIS
        self.money: dict[str, int] = {}

    def rows(self) -> Iterator[Row]:
        """Yield (seq, hash, action_id, bytes) in order, a chunk at a time."""
        last = SEQ_LEAST
        while chunk := self._database.rows(
            "SELECT seq, hash, action_id, CAST(bytes AS BLOB) FROM entry WHERE life = ? AND seq > ?"
            " ORDER BY seq LIMIT ?",
            (self._life, last, CHUNK_ENTRIES),
        ):
            yield from chunk
            last = chunk[-1][0]

    def step(self, row: Row) -> None:
        """Check one entry against the chain and fold it; raise `EntryWrong` or `NotCanonical`."""
        seq, digest, action_id, data = row
        if seq <= self.seq:
            raise EntryWrong("misplaced", f"there is an entry numbered {seq}")
        if seq != self.seq + 1:
            raise EntryWrong("gap", f"entry {self.seq + 1} is missing")
        if entry.seal(self.hash, data) != digest:
            raise EntryWrong("chain_broken", "its bytes or the ones before were changed")
        read = entry.from_bytes(data)
        if (read.chain, read.device, read.epoch, read.seq) != (self._chain, self._device, self._epoch, seq):
            raise EntryWrong("misplaced", "it names another place in the chain")
        if bytes.fromhex(read.action_id) != action_id:
            raise EntryWrong("action_wrong", "it is indexed under another action")
        self._fold(read)
        self.seq, self.hash = seq, digest

    def _fold(self, read: Entry) -> None:
        moved = changes(read, self._known)
        for facts in read.buckets:
            self._database.run(
                "INSERT INTO scratch.pool (id, facts, owner, asset, spendable_from, expires_on, amount)"
                " VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    bytes.fromhex(facts.id),
                    facts.data,
                    owner_key(facts.owner),
                    facts.asset,
                    facts.spendable_from,
                    facts.expires_on,
                ),
            )
        for change in moved:
            self._database.run(
                "UPDATE scratch.pool SET amount = amount + ? WHERE id = ?", (change.delta, bytes.fromhex(change.bucket))
            )
        for account, amount in read.postings:
            self.money[account] = self.money.get(account, 0) + amount

    def _known(self, name: BucketId) -> Known | None:
        found = self._database.row("SELECT facts, amount FROM scratch.pool WHERE id = ?", (bytes.fromhex(name),))
        return None if found is None else Known(bucket.from_store(found[0]), found[1])


def _compare(database: Database, walk: _Walk, life: Row) -> tuple[str, int, str]:
    """Return (code, seq, detail) of the first difference between the rebuilt and the kept state; empty when none."""
    if (walk.seq, walk.hash) != (life[4], life[5]):
        return "head_wrong", walk.seq, f"the journal ends at {walk.seq}, the device believes {life[4]}"
    rows = database.rows("SELECT account, amount FROM account_balance WHERE life = ?", (life[0],))
    kept = {str(account): int(amount) for account, amount in rows}
    for account in sorted({*kept, *walk.money}):
        has, should = kept.get(account, 0), walk.money.get(account, 0)
        if has != should:
            return "balance_wrong", 0, f"{account} is kept as {has}, entries say {should}"
    return _compare_units(database, life[0])


def _compare_units(database: Database, life: int) -> tuple[str, int, str]:
    # Buckets are kept and rebuilt in the order entries name them, so the same number must be the same bucket. Each
    # query walks one table and looks the others up by key: a set operation would gather all buckets in memory.
    row = database.row(_DIFFERENT, (life,)) or database.row(_LOST)
    if row is None:
        return "", 0, ""
    name, asset, kept, rebuilt = row
    words = "no entry made it" if rebuilt is None else "it is not kept" if kept is None else "facts or holder differ"
    if kept is not None and rebuilt is not None and kept != rebuilt:
        words = f"kept as {kept}, entries say {rebuilt}"
    return "units_wrong", 0, f"bucket {name.hex()} ({asset}): {words}"


_DIFFERENT = (
    "SELECT bucket.id, coalesce(pool.asset, held.asset), held.amount, pool.amount FROM bucket"
    " LEFT JOIN scratch.pool AS pool ON pool.n = bucket.n LEFT JOIN held ON held.bucket = bucket.n"
    " WHERE bucket.id IS NOT pool.id OR bucket.facts IS NOT pool.facts"
    " OR (held.life, held.owner, held.asset, held.spendable_from, held.expires_on, held.amount)"
    " IS NOT (?, pool.owner, pool.asset, pool.spendable_from, pool.expires_on, pool.amount)"
    " ORDER BY bucket.n LIMIT 1"
)
_LOST = (
    "SELECT pool.id, pool.asset, NULL, pool.amount FROM scratch.pool AS pool"
    " LEFT JOIN bucket ON bucket.n = pool.n WHERE bucket.n IS NULL LIMIT 1"
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
            "CREATE TABLE scratch.pool (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, facts BLOB NOT NULL,"
            " owner BLOB NOT NULL, asset TEXT NOT NULL, spendable_from TEXT NOT NULL, expires_on TEXT NOT NULL,"
            " amount INTEGER NOT NULL CHECK (amount >= 0))"
        )
        with database.read():
            yield
    finally:
        database.run("DETACH scratch")
        path.unlink(missing_ok=True)
