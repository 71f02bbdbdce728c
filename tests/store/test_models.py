"""The models and the migrated tables describe the same thing."""

from __future__ import annotations

import dataclasses
import pathlib

import peewee

from terminal.store.database import Database
from terminal.store.migrations import migrate
from terminal.store.models import Models, models_of
from tests.support import STORE_KEY

TYPES = {"AUTO": "INTEGER", "INT": "INTEGER", "TEXT": "TEXT", "BLOB": "BLOB"}


def test_every_table_has_a_model_and_every_model_a_table(store: Database) -> None:
    tables = store.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert {row[0] for row in tables} == {field.name for field in dataclasses.fields(Models)}


def test_the_columns_of_each_model_are_the_columns_of_its_table(store: Database) -> None:
    models = models_of(store)
    for table in (field.name for field in dataclasses.fields(Models)):
        meta = getattr(models, table)._meta
        described = [
            (field.column_name, TYPES[field.field_type], not field.null and field.field_type != "AUTO")
            for field in meta.sorted_fields
        ]
        columns = store.rows(f"PRAGMA table_info({table})")
        made = [(name, kind, bool(required)) for _, name, kind, required, _, _ in columns]
        assert [part[:2] for part in described] == [part[:2] for part in made], table
        needed = {name for name, _, required in made if required}
        keys = {row[1]: row[5] for row in columns if row[5]}
        assert {name for name, _, required in described if required} - keys.keys() == needed - keys.keys(), table
        key = meta.primary_key
        names = key.field_names if isinstance(key, peewee.CompositeKey) else (key.column_name,)
        assert tuple(sorted(keys, key=lambda name: keys[name])) == tuple(names), table


def test_models_read_and_write_the_store_they_were_made_for(store: Database, tmp_path: pathlib.Path) -> None:
    other = Database(tmp_path / "other.db", STORE_KEY)
    migrate(other)
    here, there = models_of(store), models_of(other)
    with store.write():
        here.setting.create(name="shop", value="{}", version=3)
        here.life.create(device="d", epoch=1, seq=0, hash=b"h", cursor=0, trusted_ms=0, open=1)
        here.entry.create(life=1, seq=1, hash=b"h", action_id=b"a", bytes=b"b")
    assert here.setting.get_by_id("shop").version == 3
    assert bytes(here.entry.get_by_id((1, 1)).bytes) == b"b"
    assert there.setting.select().count() == 0
    other.close()
