"""What many tests share."""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
import tempfile
from dataclasses import dataclass

from argon2 import PasswordHasher

from terminal.base.clock import CUTOVER_MIN
from terminal.base.ids import new_id
from terminal.ledger.book import Book
from terminal.store.database import Database
from terminal.store.migrations import migrate

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
START = dt.datetime(2026, 11, 21, 14, 32, tzinfo=SHANGHAI)
STORE_KEY = bytes(range(32))


class ManualClock:
    """A clock moved by hand; it starts on 21 November 2026, 14:32 in Shanghai."""

    cutover_min = CUTOVER_MIN

    def __init__(self, at: dt.datetime = START, *, trusted: bool = True) -> None:
        self.at = at
        self.is_trusted = trusted
        self._passed_s = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass, on the wall and monotonic."""
        self.at += dt.timedelta(seconds=seconds)
        self._passed_s += seconds

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return round(self.at.timestamp() * 1000)

    def trusted(self) -> bool:
        """Tell whether the time is trusted."""
        return self.is_trusted

    def local(self, at_ms: int) -> dt.datetime:
        """Return the shop's local time."""
        return dt.datetime.fromtimestamp(at_ms / 1000, SHANGHAI)

    def monotonic_s(self) -> float:
        """Return seconds that never run back."""
        return self._passed_s


@dataclass(frozen=True, slots=True)
class TestBook:
    """An open book in a store of its own."""

    __test__ = False

    folder: pathlib.Path
    database: Database
    book: Book
    clock: ManualClock


@functools.cache
def _empty_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(pathlib.Path(folder, "store.db"), STORE_KEY)
        migrate(database)
        database.close()
        return database.path.read_bytes()


def new_store(path: pathlib.Path) -> Database:
    """Return a new empty store at `path` of the present schema, this thread connected; whoever asks closes it.

    It is the copy of a store that was migrated once for all tests, as migrating takes ten times as long.
    """
    with path.open("xb") as file:
        file.write(_empty_store())
    database = Database(path, STORE_KEY)
    database.connect()
    return database


def hire(database: Database, name: str, role: str, pin: str) -> None:
    """Let somebody sign in, as `add_staff` does, with a PIN whose hash takes no time to make or to check."""
    pin_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(pin)
    with database.write():
        database.run(
            "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, ?, ?)", (new_id(), name, role, pin_hash)
        )


def open_test_book(folder: pathlib.Path) -> TestBook:
    """Return an empty book in a new encrypted store in `folder`; whoever asks closes its database."""
    database = new_store(folder / "store.db")
    clock = ManualClock()
    book = Book(database, clock)
    book.open()
    return TestBook(folder, database, book, clock)
