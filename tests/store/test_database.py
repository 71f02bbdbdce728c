"""The store's file: encrypted, durable, refused in words, one writer at a time."""

from __future__ import annotations

import os
import pathlib
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from terminal.base.errors import Refusal
from terminal.store.database import (
    KEY_BYTES,
    QUESTIONS_MOST,
    SQLITE_VERSION_LEAST,
    Database,
    WriterLock,
    load_key,
    write_private,
)
from terminal.store.migrations import migrate
from tests.support import STORE_KEY

ADD = "INSERT INTO setting (name, value, version) VALUES (?, ?, 1)"
HOLD_LOCK = """
import pathlib, sys
from terminal.store.database import WriterLock
lock = WriterLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def settings(database: Database) -> list[str]:
    return [row[0] for row in database.rows("SELECT name FROM setting ORDER BY name")]


def test_every_connection_has_the_promised_pragmas(store: Database) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    for name, value in expected.items():
        assert store.rows(f"PRAGMA {name}")[0][0] == value, name
    seen: list[object] = []

    def look() -> None:
        with store.connection_context():
            seen.append(store.rows("PRAGMA synchronous")[0][0])

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [2]


class Asked(Database):
    """A store that notes what reaches its file."""

    def __init__(self, path: pathlib.Path, key: bytes) -> None:
        super().__init__(path, key)
        self.statements: list[str] = []

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Any:  # noqa: ANN401 - a driver's cursor
        self.statements.append(sql)
        return super().run(sql, parameters)


COUNT = "SELECT count(*) FROM setting WHERE name = ?"


@pytest.fixture
def asked(store: Database) -> Iterator[Asked]:
    database = Asked(store.path, store.key)
    yield database
    database.close()


def test_a_transaction_asks_a_question_once_until_it_writes(asked: Asked) -> None:
    with asked.write():
        for _ in range(3):
            assert asked.row(COUNT, ("one",)) == (0,)
            assert asked.rows(COUNT, ("one",)) == [(0,)]
            assert asked.row(COUNT, ("other",)) == (0,)
        assert asked.statements == [COUNT] * 3, "a row, rows, and a question with another value"
        asked.run(ADD, ("one", "1"))
        assert asked.row(COUNT, ("one",)) == (1,), "and then it sees what was written"


def test_what_a_transaction_was_told_is_its_own(asked: Asked, store: Database) -> None:
    with asked.write():
        assert asked.row(COUNT, ("one",)) == (0,)
    with store.write():
        store.run(ADD, ("one", "1"))
    assert asked.row(COUNT, ("one",)) == (1,)
    with asked.write():
        assert asked.row(COUNT, ("one",)) == (1,)
    store.run("DELETE FROM setting")
    assert asked.row(COUNT, ("one",)) == (0,), "outside of a transaction every question is asked"


def test_what_was_undone_within_a_transaction_is_not_remembered(asked: Asked) -> None:
    def undone() -> None:
        with asked.write():
            asked.run(ADD, ("one", "1"))
            assert asked.row(COUNT, ("one",)) == (1,)
            raise LookupError

    with asked.write():
        assert asked.row(COUNT, ("one",)) == (0,)
        with pytest.raises(LookupError):
            undone()
        assert asked.row(COUNT, ("one",)) == (0,)


def test_a_list_that_was_answered_is_the_asker_s(asked: Asked) -> None:
    with asked.write():
        asked.rows(COUNT, ("one",)).clear()
        assert asked.rows(COUNT, ("one",)) == [(0,)]


def test_what_changes_something_is_done_each_time(asked: Asked) -> None:
    put = "INSERT INTO setting (name, value, version) VALUES (?, ?, 1) RETURNING name"
    with asked.write():
        assert asked.row(put, ("one", "1")) == ("one",)
        with pytest.raises(sqlcipher.IntegrityError):
            asked.row(put, ("one", "1"))


def test_a_long_reading_remembers_the_first_answers_only(asked: Asked) -> None:
    with asked.write():
        for _ in range(2):
            for n in range(QUESTIONS_MOST + 10):
                asked.row(COUNT, (str(n),))
    assert len(asked.statements) == QUESTIONS_MOST + 20


def test_the_page_cache_can_be_widened_for_a_long_import(store: Database) -> None:
    before = store.rows("PRAGMA cache_size")[0][0]
    store.widen_cache(65_536)
    assert store.rows("PRAGMA cache_size")[0][0] == -65_536 < before


def test_the_library_is_one_without_the_log_bug() -> None:
    assert sqlcipher.sqlite_version_info >= SQLITE_VERSION_LEAST >= (3, 51, 3)


def test_nothing_in_the_files_can_be_read(store: Database) -> None:
    with store.write():
        store.run(ADD, ("secret-name-of-somebody", "secret-value"))
    for file in store.path.parent.iterdir():
        data = file.read_bytes()
        assert b"secret" not in data, file.name
        assert b"SQLite format" not in data, file.name
        assert b"CREATE TABLE" not in data, file.name


def test_a_wrong_key_is_refused_and_changes_nothing(store: Database) -> None:
    store.close()
    before = store.path.read_bytes()
    other = Database(store.path, bytes(32))
    with pytest.raises(Refusal) as caught:
        other.connect()
    assert caught.value.code == "store_key_wrong"
    with pytest.raises(Refusal) as caught:
        migrate(other)
    assert caught.value.code == "store_key_wrong"
    assert store.path.read_bytes() == before


def test_a_damaged_page_is_named_as_damage(store: Database) -> None:
    with store.write():
        for number in range(200):
            store.run(ADD, (f"s{number}", "x" * 3000))
    store.close()
    data = bytearray(store.path.read_bytes())
    pages = len(data) // 4096  # the last of them hold the values, none of them what the tables are
    for page in range(pages - 100, pages):
        data[page * 4096 + 100] ^= 1
    store.path.write_bytes(data)
    store.connect()
    for name in ("rows", "row"):
        with pytest.raises(Refusal) as caught:
            getattr(store, name)("SELECT sum(length(value)) FROM setting")
        assert caught.value.code == "store_damaged"


def test_a_place_that_is_no_store_is_refused_in_words(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Refusal) as caught:
        Database(tmp_path, STORE_KEY).connect()
    assert caught.value.code == "store_unusable"
    assert caught.value.values["reason"]


def test_a_write_that_fails_leaves_nothing_of_itself(store: Database) -> None:
    def work() -> None:
        with store.write():
            store.run(ADD, ("half", ""))
            raise KeyError("in the middle")

    with pytest.raises(KeyError):
        work()
    assert settings(store) == []
    with store.write():
        store.run(ADD, ("whole", ""))
    assert settings(store) == ["whole"]


def test_a_row_that_breaks_a_constraint_is_a_bug_and_not_a_refusal(store: Database) -> None:
    def work() -> None:
        with store.write():
            store.run(ADD, ("once", ""))
            store.run(ADD, ("once", ""))

    with pytest.raises(sqlcipher.IntegrityError):
        work()
    with pytest.raises(sqlcipher.ProgrammingError):
        store.rows("SELECT ?", (1, 2))
    assert settings(store) == []


def test_a_reader_beside_a_writer_sees_the_last_commit_and_does_not_wait(store: Database) -> None:
    with store.write():
        store.run(ADD, ("before", ""))
    reader = Database(store.path, STORE_KEY)
    reader.connect()
    with store.write():
        store.run(ADD, ("during", ""))
        assert settings(reader) == ["before"]
    assert settings(reader) == ["before", "during"]
    with reader.read():
        assert settings(reader) == ["before", "during"]
        with store.write():
            store.run(ADD, ("later", ""))
        assert settings(reader) == ["before", "during"], "one moment for the whole transaction"
    assert settings(reader) == ["before", "during", "later"]
    reader.close()


def test_a_write_takes_its_lock_at_its_start(store: Database) -> None:
    other = Database(store.path, STORE_KEY)
    other.connect()
    other.run("PRAGMA busy_timeout = 0")
    with store.write(), pytest.raises(Refusal) as caught, other.write():
        pytest.fail("two writers at once")
    assert caught.value.code == "store_unusable"
    assert "locked" in str(caught.value.values["reason"])
    other.close()


def test_a_full_file_is_refused_with_nothing_half_done(store: Database) -> None:
    with store.write():
        store.run(ADD, ("first", ""))
    pages = store.rows("PRAGMA page_count")[0][0]
    store.run(f"PRAGMA max_page_count = {pages + 10}")

    def work() -> None:
        with store.write():
            for number in range(50):
                store.run(ADD, (f"s{number}", "x" * 3000))

    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == "disk_full"
    assert caught.value.values == {"file": "store.db"}
    assert settings(store) == ["first"]
    with store.write():
        store.run(ADD, ("small", ""))
    assert settings(store) == ["first", "small"]


SMALL_DISK = """
import pathlib, sys
from terminal.base.errors import Refusal
from terminal.store.database import Database
from terminal.store.migrations import migrate
store = Database(pathlib.Path(sys.argv[1]) / "store.db", bytes(range(32)))
migrate(store)
done = 0
try:
    while done < 500:
        with store.write():
            for half in "ab":
                store.run("INSERT INTO setting VALUES (?, ?, 1)", (f"{half}{done}", "x" * 3000))
        done += 1
except Refusal as refusal:
    print(refusal.code, done, store.rows("SELECT count(*) FROM setting")[0][0], store.transaction_depth())
store.close()
again = Database(store.path, store.key)
migrate(again)
print(again.rows("SELECT count(*) FROM setting")[0][0], again.rows("PRAGMA integrity_check")[0][0])
"""


def test_a_full_disk_is_refused_with_nothing_half_done(tmp_path: pathlib.Path) -> None:
    # A file system of one megabyte in a mount namespace of the test's own; where nobody may mount, a limit on the
    # size of files, which SQLite does not call a full disk.
    own = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f'mount -t tmpfs -o size=1m none "{tmp_path}"'
    can_mount = subprocess.run([*own, "sh", "-c", mount], capture_output=True, check=False).returncode == 0
    limit = mount if can_mount else "ulimit -f 3000"
    script = ["sh", "-c", f'{limit} && exec "$0" -c "$1" "{tmp_path}"', sys.executable, SMALL_DISK]
    run = subprocess.run(
        [*own, *script] if can_mount else script, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    first, second = run.stdout.splitlines()
    code, done, rows, depth = first.split()
    assert code == ("disk_full" if can_mount else "store_unusable")
    assert int(done) > 0
    assert int(rows) == 2 * int(done), "both halves of each write, or none"
    assert depth == "0"
    assert second == f"{rows} ok"


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.key"
    key = load_key(path, may_make=True)
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(path, may_make=True) == key
    assert load_key(path, may_make=False) == key
    assert [file.name for file in tmp_path.iterdir()] == ["store.key"]


def test_a_missing_key_is_never_made_anew_where_there_is_a_store(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.key"
    with pytest.raises(Refusal) as caught:
        load_key(path, may_make=False)
    assert caught.value.code == "key_missing"
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_others_may_read_is_refused(tmp_path: pathlib.Path, mode: int) -> None:
    path = tmp_path / "store.key"
    load_key(path, may_make=True)
    path.chmod(mode)
    for may_make in (True, False):
        with pytest.raises(Refusal) as caught:
            load_key(path, may_make=may_make)
        assert caught.value.code == "key_exposed"


@pytest.mark.parametrize("data", [b"", b"short", bytes(33)])
def test_a_key_of_another_length_is_refused(tmp_path: pathlib.Path, data: bytes) -> None:
    path = tmp_path / "store.key"
    write_private(path, data)
    with pytest.raises(Refusal) as caught:
        load_key(path, may_make=True)
    assert caught.value.code == "key_malformed"
    assert path.read_bytes() == data


def test_a_power_cut_while_the_key_is_made_leaves_no_half_key(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.key"
    (tmp_path / "store.key.part").write_bytes(b"half of")
    key = load_key(path, may_make=True)
    assert len(key) == KEY_BYTES
    assert load_key(path, may_make=False) == key


def test_a_private_file_never_takes_the_place_of_another(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.key"
    write_private(path, b"first")
    with pytest.raises(FileExistsError):
        write_private(path, b"second")
    assert path.read_bytes() == b"first"


def test_a_second_process_may_not_write(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Refusal) as caught:
            WriterLock(path)
        assert caught.value.code == "store_in_use"
        other.communicate("")
    lock = WriterLock(path)
    with pytest.raises(Refusal):
        WriterLock(path)
    lock.release()
    lock.release()
    WriterLock(path).release()
