"""The rows of the book: an entry with everything it changes, and the lot of a bucket that was named before."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.base.ids import AccountId, BucketId
from terminal.ledger.draft import Life, Lot
from terminal.rules.bucket import SHOP, Bucket
from terminal.rules.entry import Entry
from terminal.rules.fold import EntryWrong
from terminal.store.database import Database

_OPEN_LIFE = (
    "SELECT life.n, chain, life.device, epoch, seq, hash, trusted_ms, cursor,"
    " (SELECT rejoin_id FROM sync_mark WHERE n = 1) FROM life JOIN device USING (device) WHERE open = 1"
)
# Each half repeats the condition of an index, by which it is found.
_NAMED = (
    "SELECT held.bucket, amount FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE owner = ? AND asset = ? AND amount > 0 AND life = ? AND bucket.id = ?"
    " UNION ALL SELECT held.bucket, amount FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE owner = ? AND asset = ? AND amount = 0 AND life = ? AND bucket.id = ?"
)


def open_life(database: Database) -> Life:
    """Return the open life as it stands."""
    row = database.row(_OPEN_LIFE)
    assert row is not None, "the book is open"
    return Life(*row)


def find_lot(database: Database, life: int, facts: Bucket) -> Lot | None:
    """Return the lot of a bucket that this life has named before, used up or not, or None."""
    key = (owner_key(facts.owner), facts.asset, life, bytes.fromhex(facts.id))
    found = database.row(_NAMED, (*key, *key))
    return None if found is None else Lot(found[0], facts.id, facts, found[1])


def write_entry(database: Database, life: Life, made: Entry, data: bytes, digest: bytes) -> None:
    """Add an entry to the journal with its money, the grant it took, and where the life stands after it.

    Raises `EntryWrong` `gid_repeated`, with nothing written, when the grant was accepted before.
    """
    run = database.run
    if made.gid:
        _take_grant(database, life, made)
    run(
        "INSERT INTO entry (life, seq, hash, action_id, bytes) VALUES (?, ?, ?, ?, ?)",
        (life.n, made.seq, digest, bytes.fromhex(made.action_id), data),
    )
    if made.postings:
        run(
            f"INSERT INTO account_balance VALUES {_many('(?, ?, ?)', len(made.postings))}"  # noqa: S608 - marks only
            " ON CONFLICT (life, account) DO UPDATE SET amount = amount + excluded.amount",
            [value for account, amount in made.postings for value in (life.n, account, amount)],
        )
    moved = run(
        "UPDATE life SET seq = ?, hash = ?, cursor = ?, trusted_ms = ? WHERE n = ? AND seq = ?",
        (made.seq, digest, made.cursor, trusted_after(life, made), life.n, life.seq),
    )
    assert moved.rowcount == 1, "a draft is posted in the transaction that began it"


def trusted_after(life: Life, made: Entry) -> int:
    """Return the highest time that could be trusted after an entry; an untrusted one does not raise it."""
    return max(made.at, life.trusted_ms) if made.at_quality == "trusted" else life.trusted_ms


def _take_grant(database: Database, life: Life, made: Entry) -> None:
    gid = bytes.fromhex(made.gid)
    if database.row("SELECT 1 FROM accepted WHERE gid = ?", (gid,)) is not None:
        raise EntryWrong("gid_repeated", made.gid)
    database.run("INSERT INTO accepted VALUES (?, ?, ?)", (gid, life.n, made.seq))
    database.run("UPDATE want SET state = 'granted' WHERE request_id = ? AND state = 'open'", (made.gid,))


def hold(
    database: Database,
    life: int,
    made: Mapping[BucketId, Bucket],
    rows: Mapping[BucketId, int],
    deltas: dict[BucketId, int],
) -> dict[BucketId, int]:
    """Keep new buckets in the order the entry names them, add to or take from known ones, and return the new rows.

    `rows` are where the known ones stand; `deltas` is used up.
    """
    run = database.run
    new = _name(database, made) if made else {}
    values: list[str | int | bytes] = []
    for name, facts in made.items():
        values += new[name], life, owner_key(facts.owner), facts.asset
        values += facts.spendable_from, facts.expires_on, deltas.pop(name)
    if values:
        marks = _many("(?, ?, ?, ?, ?, ?, ?)", len(made))
        run(f"INSERT INTO held VALUES {marks}", values)  # noqa: S608 - marks only
    for name, delta in deltas.items():
        # The CHECK on `amount` is the last word against a negative holding.
        moved = run("UPDATE held SET amount = amount + ? WHERE bucket = ? AND life = ?", (delta, rows[name], life))
        assert moved.rowcount == 1, "a lot is a bucket this life holds"
    return new


def _name(database: Database, made: Mapping[BucketId, Bucket]) -> dict[BucketId, int]:
    """Add buckets in their order and return their rows: each is one above the one before (SQLite, Autoincrement, 2)."""
    values = [value for name, facts in made.items() for value in (bytes.fromhex(name), facts.data)]
    marks = _many("(?, ?)", len(made))
    last = database.run(f"INSERT INTO bucket (id, facts) VALUES {marks}", values).lastrowid  # noqa: S608 - marks only
    return dict(zip(made, range(last - len(made) + 1, last + 1), strict=True))


def _many(row: str, count: int) -> str:
    """Return the marks of so many rows: one statement for all of them costs a part of one for each."""
    return ", ".join([row] * count)


def owner_key(owner: AccountId) -> bytes:
    """Return how an owner is stored: an account as 16 bytes, the shop by name."""
    return b"shop" if owner == SHOP else bytes.fromhex(owner)
