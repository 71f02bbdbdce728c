"""The cloud's database, and the proofs that find what is wrong in it."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
import sqlite3
from contextlib import closing

import pytest

from cloud.core import Cloud
from cloud.corrections import NewUnits
from cloud.proof import differences, wrongs
from cloud.sql import Row, Values
from cloud.sqlite_storage import SqliteStorage
from terminal.base.ids import ActionId, ChainId
from terminal.sync.wire import Pull, SnapshotRequest
from tests.cloud.conftest import World
from tests.cloud.till import Till


def test_what_is_in_a_file_is_there_when_it_is_opened_again(tmp_path: pathlib.Path, world: World) -> None:
    path = str(tmp_path / "cloud.db")
    storage = SqliteStorage(path)
    till = Till(world.chain, world.rng)
    Cloud(storage, lambda: 0, world.rng.randbytes).enrol(world.chain, till.device, till.public_key)
    storage.close()
    storage = SqliteStorage(path)
    assert storage.device(world.chain, till.device) is not None
    storage.close()


def test_a_file_has_all_tables_or_none(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "cloud.db"
    with closing(sqlite3.connect(path)) as spoiled:
        spoiled.execute("CREATE TABLE feed (something TEXT)")
    with pytest.raises(sqlite3.OperationalError, match="feed already exists"):
        SqliteStorage(str(path))
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("SELECT name FROM sqlite_master").fetchall() == [("feed",)]
        left.execute("DROP TABLE feed")
    storage = SqliteStorage(str(path))
    assert storage.chains() == []
    storage.close()


def test_a_file_can_be_put_back_to_an_image_of_it(tmp_path: pathlib.Path, world: World) -> None:
    storage = SqliteStorage(str(tmp_path / "cloud.db"))
    cloud = Cloud(storage, lambda: 0, world.rng.randbytes)
    till, late = Till(world.chain, world.rng), Till(world.chain, world.rng)
    cloud.enrol(world.chain, till.device, till.public_key)
    image = storage.image()
    cloud.enrol(world.chain, late.device, late.public_key)
    storage.restore(image)
    storage.close()
    storage = SqliteStorage(str(tmp_path / "cloud.db"))
    assert storage.device(world.chain, till.device) is not None
    assert storage.device(world.chain, late.device) is None
    assert storage.generation(world.chain) == ""
    storage.close()


def test_a_transaction_that_fails_leaves_nothing(world: World, till: Till) -> None:
    till.top_up(world.account(), 100)
    before = world.state()

    class Failing(Cloud):
        def _acknowledge(self, *_: object) -> None:  # type: ignore[override]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        Failing(world.storage, lambda: 0, world.rng.randbytes).push(till.push())
    assert world.state() == before
    world.sync(till)


def test_the_database_itself_refuses_less_than_nothing(world: World, till: Till) -> None:
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    with pytest.raises(sqlite3.IntegrityError):
        world.storage.run("UPDATE holding SET amount = -1 WHERE bucket = ?", (bytes.fromhex(lot.id),))


def test_chains_share_nothing(world: World, till: Till) -> None:
    chain = ChainId(world.id())
    world.cloud.enrol(chain, till.device, till.public_key)
    lot, _ = till.top_up(world.account(), 100)
    world.sync(till)
    assert world.storage.every_holding(chain) == []
    assert list(wrongs(world.storage, chain)) == []
    assert world.pot(till, lot) == 100


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        ("UPDATE holding SET amount = amount + 1 WHERE amount = 700", ("I1", "L1", "I9")),
        ("UPDATE account SET amount = amount + 1 WHERE account = 'deferred' AND amount < 0", ("L1", "I9")),
        ("UPDATE account SET amount = amount + 1 WHERE account = 'interstore'", ("L1", "I9")),
        ("UPDATE account SET amount = amount - 400 WHERE account = 'loss'", ("L1", "I9")),
        ("UPDATE entry SET data = x'00' WHERE read = 0", ("I4",)),
        ("UPDATE flight SET state = 'flight'", ("I1", "L1", "I9")),
        ("UPDATE loss SET amount = amount + 1", ("I1", "L1", "I9")),
        ("DELETE FROM exposure", ("I9",)),
    ],
)
def test_a_proof_finds_what_was_changed_behind_the_clouds_back(
    world: World, till: Till, spoil: str, found: tuple[str, ...]
) -> None:
    other = world.till()
    lot, _ = till.top_up(world.account(), 1000)
    till.append(b"unreadable")
    world.sync(till)
    world.ask(other, lot, 300)
    world.sync(till)
    world.sync(other)
    world.cloud.declare_lost(world.chain, other.device)
    other.spend(lot, 300)
    world.sync(other)
    assert world.lost(lot) == 300
    image = world.storage.image()
    world.storage.run(spoil, ())
    empty = SqliteStorage()
    said = [*wrongs(world.storage, world.chain), *differences(world.storage, world.chain, empty)]
    empty.close()
    assert {sentence[:2] for sentence in said} == set(found)
    world.storage.restore(image)


def test_a_grant_that_is_accepted_twice_is_found(world: World, till: Till) -> None:
    name = world.cloud.create(world.chain, ActionId(world.id()), NewUnits(world.account(), "coupon", 5))
    gid = world.ask(till, name, 5)
    till.post([("accept", till.life.held[name].facts, 5)], gid=gid)
    world.sync(till)
    assert "entry_impossible" in world.alarms()
    assert [sentence[:2] for sentence in wrongs(world.storage, world.chain)] == ["I4"]
    assert world.held(name) == 0
    world.storage.run("DELETE FROM entry WHERE device = ? AND seq = 2", (bytes.fromhex(till.device),))
    world.storage.run(
        "UPDATE life SET seq = 1, hash = ? WHERE device = ?", (till.life.hashes[1], bytes.fromhex(till.device))
    )
    world.sent.clear()


class Watched(SqliteStorage):
    """Remembers which statements were run."""

    def __init__(self) -> None:
        self.statements: set[str] = set()
        super().__init__()

    def run(self, statement: str, values: Values) -> None:
        self.statements.add(statement)
        super().run(statement, values)

    def rows(self, statement: str, values: Values) -> list[Row]:
        self.statements.add(statement)
        return super().rows(statement, values)


def test_no_message_walks_through_a_table() -> None:
    storage = Watched()
    rng = random.Random(3)
    world = World(rng, storage, ChainId(rng.randbytes(16).hex()))
    till, other = world.till(), world.till()
    lot, _ = till.top_up(world.account(), 100)
    till.post([("return", lot, 50)])
    till.post([], kind="propose", payload={"table": "t", "key": "k", "base": 0, "blob": "00" * 32})
    world.sync(till)
    world.ask(other, lot, 70)
    world.sync(till)
    world.rejoin(till.rejoin(1, 2))
    world.sync(till)
    world.cloud.declare_lost(world.chain, other.device)
    world.sync(other)
    world.cloud.change_row(world.chain, ActionId(world.id()), ("t", "k", 0), {"name": "x"})
    world.cloud.erase(world.chain, "t", "k")
    for fen in (1, 2):
        world.cloud.change_row(world.chain, ActionId(world.id()), ("member", world.id(), 0), {"phone": "1"})
        till.top_up(lot.owner, fen)
        world.sync(till)
        world.cloud.summarise(world.chain)
    world.cloud.expire_due(world.chain, dt.date(2026, 11, 21))
    world.cloud.pull(Pull(world.chain, till.device, 0))
    world.cloud.snapshot(SnapshotRequest(world.chain, till.device, -1, "", "", 10))
    statements = [statement for statement in storage.statements if "sqlite_master" not in statement]
    assert len(statements) > 40
    for statement in statements:
        plan = storage.rows(f"EXPLAIN QUERY PLAN {statement}", [0] * statement.count("?"))
        steps = [row[3] for row in plan]
        assert not [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step], (statement, steps)
    storage.close()
