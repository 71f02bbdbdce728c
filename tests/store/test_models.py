"""The models and the migrated tables describe the same thing."""

from __future__ import annotations

import peewee

from terminal.store.database import Database
from terminal.store.models import TABLES

TYPES = {"AUTO": "INTEGER", "INT": "INTEGER", "TEXT": "TEXT", "BLOB": "BLOB"}


def test_every_table_has_a_model_and_every_model_a_table(store: Database) -> None:
    tables = store.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert {row[0] for row in tables} == TABLES.keys()


def test_the_columns_of_each_model_are_the_columns_of_its_table(store: Database) -> None:
    for table, model in TABLES.items():
        meta = model._meta
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
        names = key.field_names if isinstance(key, peewee.CompositeKey) else (getattr(key, "column_name", ""),)
        assert tuple(sorted(keys, key=lambda name: keys[name])) == tuple(names), table
