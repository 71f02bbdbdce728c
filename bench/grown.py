"""A shop grown for years: members, and a journal of top-ups and bills in the order of time, written straight in.

Entries, buckets and deeds are the product's own bytes (`bench.patterns`), as its services would have left them, and a
part of them is read back by the product; only the way into the tables is shorter than one durable transaction for each.
Refund rights stay when they end, as in a shop that never expires any.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import time
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from bench.history import TIMEZONE, End, Maker, Rows, made_elsewhere
from bench.members import card_uid, member_row
from terminal.base.clock import SystemClock
from terminal.base.ids import AccountId, new_id
from terminal.ledger.book import Book
from terminal.ledger.draft import Life
from terminal.ledger.verify import verify
from terminal.store.database import Database
from terminal.store.migrations import migrate

KEY = bytes(range(32))
TOLD = 100_000
# Each time a transaction ends, all pages of the indexes are written that its entries touched at random: nearly all.
DURABLE = 1_000_000
SEED = 9
# The same code grows the large store, whose proof would take longer than its growth.
PROVED_MAX = 100_000
# Pages that are written at random (indexes) stay in memory until they are whole.
CACHE_KIB = 2_000_000

Said = Callable[[str], None]


def _write_members(database: Database, accounts: Iterable[AccountId]) -> None:
    people, cards = [], []
    for number, account in enumerate(accounts):
        old_number, name, sex, phone, _, level, _, _, _, birthday, _, remark = member_row(number)
        key = bytes.fromhex(account)
        people.append((key, name, phone, phone[-4:], sex, level, birthday, remark, old_number))
        cards.append((key, card_uid(number)))
    with database.write():
        cursor = database.cursor()  # type: ignore[no-untyped-call]  # peewee has no types
        cursor.executemany(
            "INSERT INTO member (account, name, phone, phone_tail, initials, sex, level, birthday, remark, old_number,"
            " salt, profile_hash) VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, zeroblob(16), zeroblob(32))",
            people,
        )
        cursor.executemany(
            "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'card', 'active', 'id-only')",
            cards,
        )


def _write(database: Database, rows: Rows) -> None:
    cursor = database.cursor()  # type: ignore[no-untyped-call]  # peewee has no types
    cursor.executemany("INSERT INTO entry (life, seq, hash, action_id, bytes) VALUES (?, ?, ?, ?, ?)", rows.entries)
    cursor.executemany("INSERT INTO bucket VALUES (?, ?, ?)", rows.buckets)
    cursor.executemany("INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?)", rows.held)
    cursor.executemany("INSERT INTO deed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.deeds)
    cursor.executemany("INSERT INTO refund_of VALUES (?, ?)", rows.rights)


def _write_end(database: Database, life: Life, end: End, now_ms: int) -> None:
    balances: Counter[str] = Counter()
    for _, _, _, account, fen, _ in end.takings:
        balances[account] += fen
    with database.write():
        cursor = database.cursor()  # type: ignore[no-untyped-call]  # peewee has no types
        cursor.executemany("UPDATE held SET amount = ? WHERE bucket = ?", end.held)
        cursor.executemany("INSERT INTO taking VALUES (?, ?, ?, ?, ?, ?)", end.takings)
        sums = [(life.n, account, fen) for account, fen in balances.items()]
        cursor.executemany("INSERT INTO account_balance VALUES (?, ?, ?)", sums)
        cursor.execute("INSERT INTO deed_mark VALUES (?, ?)", (life.n, end.seq))
        cursor.execute(
            "UPDATE life SET seq = ?, hash = ?, trusted_ms = ? WHERE n = ?", (end.seq, end.hash, now_ms, life.n)
        )


def _fill(database: Database, members: int, entries: int, said: Said) -> None:
    """Write the shop into a migrated store of nobody's."""
    began_s, draw, clock = time.monotonic(), random.Random(SEED), SystemClock(zoneinfo.ZoneInfo(TIMEZONE))
    book, now_ms = Book(database, clock, draw.randbytes), clock.now_ms()
    book.open()
    life, accounts = book.life(), [AccountId(new_id(draw.randbytes)) for _ in range(members)]
    _write_members(database, accounts)
    maker = Maker(life, accounts, entries, now_ms, SEED)
    written = 0
    with contextlib.ExitStack() as whole:
        for batch in batches_of(maker, entries):
            if isinstance(batch, End):
                whole.close()
                _write_end(database, life, batch, now_ms)
                continue
            if not written % DURABLE:
                whole.close()
                whole.enter_context(database.write())
            _write(database, batch)
            written += len(batch.entries)
            if not written % TOLD:
                said(f"{written:,} of {entries:,} entries in {time.monotonic() - began_s:,.0f} s")


def batches_of(maker: Maker, entries: int) -> Iterator[Rows | End]:
    """Give what the maker makes, from a process of its own where that has a processor to itself and it is worth one."""
    return made_elsewhere(maker) if entries > PROVED_MAX and len(os.sched_getaffinity(0)) > 1 else maker.batches()


def grow(file: pathlib.Path, members: int, entries: int, said: Said = lambda _: None) -> float:
    """Make the store `file` of a shop with that many members and entries; return the seconds.

    A small one is proved by the book, of a large one a part is read back. `said` hears how far it is.
    """
    began_s = time.monotonic()
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    database = Database(file, KEY)
    migrate(database)
    try:
        # Whoever is disturbed begins again, so nothing is written twice, or waited for.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = OFF", "synchronous = OFF", "foreign_keys = 0"):
            database.run(f"PRAGMA {pragma}")
        database.widen_cache(CACHE_KIB)
        _fill(database, members, entries, said)
        for pragma in ("locking_mode = NORMAL", "journal_mode = WAL", "foreign_keys = 1"):
            database.run(f"PRAGMA {pragma}")
        if entries <= PROVED_MAX:
            proved = verify(database, file.with_suffix(".proof"))
            assert not proved.code, proved
    finally:
        database.close()
    return time.monotonic() - began_s
