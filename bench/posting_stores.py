"""The stores of the posting bench: the product's own, and copies of it that are written without the product."""

from __future__ import annotations

import os
import pathlib
import shutil
import sqlite3
import time
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from bench.members import HEADER, member_row
from terminal.base.clock import SystemClock
from terminal.base.ids import AccountId
from terminal.base.printing import PrinterProfile
from terminal.ledger.book import Book
from terminal.rules.member_file import MemberFile, MemberLine
from terminal.rules.member_headers import FileMapping
from terminal.services.imports import NEW_PEOPLE, ImportLine, Imports
from terminal.services.members import Members
from terminal.services.money import Bill, Money, Rules
from terminal.services.receipt_font import FontFile, FontStrips
from terminal.services.receipts import COUNTER, Paper, Receipts, reprint_mark
from terminal.services.shop import apply_setup
from terminal.services.spool import Spool
from terminal.store.database import _PRAGMAS, Database
from terminal.store.migrations import migrate
from tests.hw_sim.shop_first_start import DEMO

MEMBERS = 500
SYNC_FILE_BYTES = 16 << 20
SYNC_BYTES = 4096

Statement = tuple[str, Sequence[Any]]
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class RecordedDatabase(Database):
    """The product's store, which also notes the statements it is given, for others to repeat."""

    def __init__(self, path: pathlib.Path, key: bytes) -> None:
        """Describe the store; nothing is noted yet."""
        super().__init__(path, key)
        self.statements: list[Statement] = []

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - a driver's cursor
        """Execute one statement, noted, and return its cursor."""
        self.statements.append((sql, parameters))
        return super().run(sql, parameters)


@dataclass(frozen=True, slots=True)
class Raw:
    """A copy of the store, and the milliseconds of each repetition on it."""

    connection: Any
    only_writes: bool
    took_ms: list[float] = field(default_factory=list)

    def repeat(self, statements: Sequence[Statement]) -> None:
        """Do the statements again in one durable transaction, as plainly as Python can."""
        execute = self.connection.execute
        wanted = [(sql, parameters) for sql, parameters in statements if not self.only_writes or sql.startswith(WRITES)]
        began_ns = time.perf_counter_ns()
        execute("BEGIN IMMEDIATE")
        for sql, parameters in wanted:
            execute(sql, parameters).fetchall()
        execute("COMMIT")
        self.took_ms.append((time.perf_counter_ns() - began_ns) / 1e6)


@dataclass(slots=True)
class Sync:
    """What one write of a page and its way to the disk costs here."""

    handle: int
    took_ms: list[float] = field(default_factory=list)
    _place: int = 0

    def once(self) -> None:
        """Write a page of an allocated file and wait for the disk."""
        page = os.urandom(SYNC_BYTES)
        began_ns = time.perf_counter_ns()
        os.pwrite(self.handle, page, self._place)
        os.fdatasync(self.handle)
        self.took_ms.append((time.perf_counter_ns() - began_ns) / 1e6)
        self._place = (self._place + SYNC_BYTES) % SYNC_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything the posting bench writes to."""

    database: RecordedDatabase
    book: Book
    money: Money
    rules: Rules
    accounts: list[AccountId]
    raw: Raw
    rows: Raw
    plain: Raw
    sync: Sync

    def close(self) -> None:
        """Close all stores."""
        self.database.close()
        for other in (self.raw, self.rows, self.plain):
            other.connection.close()
        os.close(self.sync.handle)


def make_bench(folder: pathlib.Path, *, with_receipts: bool) -> Bench:
    """Return a store with members, its copies, and the file for the sync, all in an emptied `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    key = os.urandom(32)
    database = RecordedDatabase(folder / "ours.db", key)
    database.connect()
    migrate(database)
    clock = SystemClock(zoneinfo.ZoneInfo("Asia/Shanghai"))
    book = Book(database, clock)
    book.open()
    shop, _ = apply_setup(database, (DEMO / "shop.toml").read_text(encoding="utf-8"))
    _import(Imports(database, book, clock))
    accounts = [AccountId(row[0].hex()) for row in database.rows("SELECT account FROM member ORDER BY n")]
    members = Members(database, book, clock)
    paper = Paper(
        {COUNTER: ("printer", PrinterProfile(576, "gb18030"))},
        FontStrips([FontFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7)]),
    )
    receipts = Receipts(database, members, Spool(database, reprint_mark(paper, str, str)), clock, lambda: shop, paper)
    slip: Callable[[Bill], int | None] = receipts.slip if with_receipts else _no_slip
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    raw, rows, plain = _copies(folder, database, key)
    handle = os.open(folder / "sync", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(handle, bytes(SYNC_FILE_BYTES), 0)
    os.fsync(handle)
    money = Money(database, book, members, clock, slip)
    return Bench(database, book, money, shop.rules, accounts, raw, rows, plain, Sync(handle))


def _no_slip(_: Bill) -> None:
    return None


def _import(imports: Imports) -> None:
    text = "\n".join(",".join(row) for row in (HEADER, *map(member_row, range(MEMBERS))))
    lines = [line for line in MemberFile(iter([text.encode()]), FileMapping()) if isinstance(line, MemberLine)]
    assert len(lines) == MEMBERS, "every made-up member is well written"
    imports.take([ImportLine(line, "", step=NEW_PEOPLE) for line in lines])


def _copies(folder: pathlib.Path, database: Database, key: bytes) -> tuple[Raw, Raw, Raw]:
    """Return copies of the store: two under the same key, one not encrypted."""
    database.run("ATTACH ? AS plain KEY ''", (str(folder / "plain.db"),))
    database.run("SELECT sqlcipher_export('plain')")
    database.run("DETACH plain")
    encrypted = []
    for name in ("raw.db", "rows.db"):
        shutil.copyfile(database.path, folder / name)
        connection = sqlcipher.connect(str(folder / name), isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        encrypted.append(connection)
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    for connection in (*encrypted, plain):
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    return (
        Raw(encrypted[0], only_writes=False),
        Raw(encrypted[1], only_writes=True),
        Raw(plain, only_writes=False),
    )
