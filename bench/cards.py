"""Finding a member by a tapped card among a million cards, in the process: look-up and what the kiosk shows."""

from __future__ import annotations

import pathlib
import random
import time
import zoneinfo
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, p99, sampled, spread
from bench.members import card_uid
from bench.scale import Scale
from bench.shop import copy_store
from bench.stores import many_store
from terminal.base.clock import SystemClock
from terminal.ledger.book import Book
from terminal.services.members import Members
from terminal.store.database import Database, load_key

_ODD = 2_654_435_761
BATCH = 50_000
BUILD_CACHE_KIB = 400_000


@dataclass(frozen=True, slots=True)
class Times:
    """Microseconds of each look-up: the member by card, and what the kiosk shows of it."""

    find_us: list[float]
    panel_us: list[float]

    def take(self, members: Members, member: int) -> None:
        """Look one card up and note how long it took."""
        uid = bytes.fromhex(card_uid(member))
        began_ns = time.perf_counter_ns()
        account = members.by_card(uid, "")
        found_ns = time.perf_counter_ns()
        members.panel(account)
        self.find_us.append((found_ns - began_ns) / 1e3)
        self.panel_us.append((time.perf_counter_ns() - found_ns) / 1e3)


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of a look-up."""
    many = many_store(folder, scale.members)
    big = folder / "cards"
    copy_store(many, big)
    small_store, big_store = _open(many), _open(big)
    _add_cards(big, scale)
    draw = random.Random(3)
    small, large = Times([], []), Times([], [])
    small_members, big_members = _members(small_store), _members(big_store)
    for _ in range(scale.look_ups):
        member = draw.randrange(scale.members)
        small.take(small_members, member)
        large.take(big_members, draw.randrange(scale.members))
    for store in (small_store, big_store):
        store.close()
    whole = [find + panel for find, panel in zip(large.find_us, large.panel_us, strict=True)]
    return [
        sampled(f"card look-up among {scale.cards:,}", large.find_us, "µs", note=spread(large.find_us, "µs")),
        sampled(f"card look-up among {scale.cards:,}, p99", large.find_us, "µs", of=p99),
        sampled(f"card look-up among {scale.members:,}", small.find_us, "µs", note=spread(small.find_us, "µs")),
        sampled("look-up and all the kiosk shows", whole, "µs", note=spread(whole, "µs")),
        sampled("look-up and all the kiosk shows, p99", whole, "µs", of=p99),
    ]


def _open(data: pathlib.Path) -> Database:
    database = Database(data / "till" / "store.db", load_key(data / "till.key", may_make=False))
    database.connect()
    return database


def _members(database: Database) -> Members:
    clock = SystemClock(zoneinfo.ZoneInfo("Asia/Shanghai"))
    return Members(database, Book(database, clock), clock)


def _add_cards(data: pathlib.Path, scale: Scale) -> None:
    """Fill the table of cards up to the number, fast: on a connection that need not survive a power cut."""
    database = _open(data)
    database.run("PRAGMA synchronous = OFF")
    database.run(f"PRAGMA cache_size = -{BUILD_CACHE_KIB}")
    there = database.row("SELECT count(*) FROM medium WHERE kind = 'card'")
    assert there is not None, "a count is one row"
    database.run("DROP INDEX medium_number")
    database.run("DROP INDEX medium_account")
    connection: Any = database.connection()  # type: ignore[no-untyped-call]
    with database.write():
        connection.executemany(
            "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'card', 'active', 'id-only')",
            (
                # A first byte from 40 to 4F: nobody's card from either end.
                (card.to_bytes(16, "big"), f"{0x40000000 | card * _ODD % (1 << 28):08X}")
                for card in range(scale.cards - int(there[0]))
            ),
        )
        database.run("CREATE INDEX medium_number ON medium (number)")
        database.run("CREATE INDEX medium_account ON medium (account)")
    database.close()
