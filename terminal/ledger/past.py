"""The past: what stays of entries that were dropped, and the proof of a journal that begins at a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from terminal.base.ids import BucketId
from terminal.ledger.rows import owner_key
from terminal.rules import bucket, checkpoint, entry
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import INTEGER_MAX, NotCanonical
from terminal.rules.checkpoint import Checkpoint
from terminal.rules.entry import GENESIS, KINDS_ADDING, Entry
from terminal.rules.fold import EntryWrong
from terminal.store.database import Database
from terminal.store.migrations import raise_min_writer

SCHEMA = 6  # the first that knows what was dropped: an older release would do a dropped action again
SCRATCH = (
    "CREATE TABLE scratch.later (id BLOB PRIMARY KEY, delta INTEGER NOT NULL, named INTEGER NOT NULL) WITHOUT ROWID"
)
# What a line of a file brought in is compared with a later file for ever, so these keep their bytes.
_FORGET = (
    "INSERT INTO past_entry SELECT life, seq, hash, action_id,"
    " CASE json_extract(CAST(bytes AS TEXT), '$.payload.kind') WHEN 'import' THEN bytes ELSE x'' END"
    " FROM entry WHERE life = ? AND seq < ?"
)
_PAST = (
    "SELECT seq, CAST(hash AS BLOB), CAST(action_id AS BLOB), CAST(bytes AS BLOB) FROM past_entry WHERE life = ?"
    " ORDER BY seq"
)
_LATER = (
    "INSERT INTO scratch.later VALUES (?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET delta = delta + excluded.delta, named = max(named, excluded.named)"
)
_KEPT = (
    "SELECT bucket.n, CAST(bucket.id AS BLOB), CAST(bucket.facts AS BLOB), held.amount, coalesce(later.delta, 0)"
    " FROM held JOIN bucket ON bucket.n = held.bucket LEFT JOIN scratch.later AS later ON later.id = bucket.id"
    " WHERE held.life = ? AND coalesce(later.named, 0) = 0 ORDER BY held.bucket"
)


def forget(database: Database, life: int, seq: int) -> int:
    """Drop the entries of a life before `seq`, in the caller's transaction, but for hash and action; return how many.

    Imported lines keep their bytes. From then on no release may write the store that does not know of such entries.
    """
    database.run(_FORGET, (life, seq))
    raise_min_writer(database, SCHEMA)
    return int(database.run("DELETE FROM entry WHERE life = ? AND seq < ?", (life, seq)).rowcount)


class Start(NamedTuple):
    """Where the proof of a life begins: after which entry, with which hash, cursor and money in fen."""

    seq: int
    hash: bytes
    cursor: int
    money: dict[str, int]
    checkpoint: Checkpoint | None = None


def start_of(database: Database, life: int) -> Start:
    """Return where what is kept of a life begins: at its checkpoint where what came before was dropped, or at nothing.

    Raises `EntryWrong` `past_wrong` when what stays of dropped entries does not lead there.
    """
    row = database.row(
        "SELECT seq, CAST(bytes AS BLOB) FROM entry WHERE life = ? ORDER BY seq LIMIT 1",
        (life,),
    )
    start = Start(0, GENESIS, 0, {})
    if row is not None and row[0] != 1 and (first := _read(row[1])) is not None and first.seq == row[0]:
        said = checkpoint.read(first)
        if said is not None:
            start = Start(said.seq, said.hash, first.cursor, dict(said.accounts), said)
    if _end_of_past(database, life) != (start.seq, start.hash):
        raise EntryWrong("past_wrong", f"what was dropped does not end at entry {start.seq}")
    return start


def _read(data: bytes) -> Entry | None:
    try:
        return entry.from_bytes(data)
    except NotCanonical:
        return None


def _end_of_past(database: Database, life: int) -> tuple[int, bytes]:
    """Return number and hash of the last dropped entry; whose bytes are still here are proved by the hash before."""
    last, head = 0, GENESIS
    for seq, digest, action, data in database.run(_PAST, (life,)):
        if seq != last + 1:
            raise EntryWrong("past_wrong", f"entry {last + 1} was dropped without a trace")
        if data:
            kept = _read(data)
            if kept is None or entry.seal(head, data) != digest or kept.action_id != action.hex():
                raise EntryWrong("past_wrong", f"entry {seq} was changed")
        last, head = seq, digest
    return last, head


def note(database: Database, later: Iterable[Entry]) -> None:
    """Add up in the scratch tables what the entries of a life from its checkpoint on did, and what they named first."""
    database.run("DELETE FROM scratch.later")
    for read in later:
        for facts in read.buckets:
            database.run(_LATER, (bytes.fromhex(facts.id), 0, 1))
        for effect in read.effects:
            signed = effect.amount if effect.kind in KINDS_ADDING else -effect.amount
            database.run(_LATER, (bytes.fromhex(effect.bucket), signed, 0))


def seed(database: Database, life: int, said: Checkpoint) -> None:
    """Rebuild in the scratch tables what a life held at its checkpoint: what is kept less what was noted.

    Raises `EntryWrong` `checkpoint_wrong` when that is not what the checkpoint says.
    """
    for n, name, data, amount, delta in database.run(_KEPT, (life,)):
        made = _facts(name, data)
        # A store that was tampered with may hold anything in any column.
        if made is None or type(amount) is not int or not delta <= amount <= INTEGER_MAX:
            raise EntryWrong("checkpoint_wrong", f"bucket {name.hex()} cannot have been held as it is kept")
        owner, units = owner_key(made.owner), amount - delta
        database.run(
            "INSERT OR IGNORE INTO scratch.pool VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (n, name, life, data, owner, made.asset, made.spendable_from, made.expires_on, units),
        )
    held = database.run(
        "SELECT lower(hex(id)), amount FROM scratch.pool WHERE life = ? AND amount > 0 ORDER BY id", (life,)
    )
    if checkpoint.held_digest(held) != said.held:
        raise EntryWrong("checkpoint_wrong", "what is held is not what was held then and what was done since")
    database.run(
        "INSERT OR IGNORE INTO scratch.taken SELECT gid, life, seq FROM accepted WHERE life = ? AND seq <= ?",
        (life, said.seq),
    )


def _facts(name: bytes, data: bytes) -> Bucket | None:
    try:
        facts = bucket.from_bytes(data)
    except NotCanonical:
        return None
    return facts if facts.id == BucketId(name.hex()) else None
