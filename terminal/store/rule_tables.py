"""The table of the shop's rules: every version there ever was, so that a bill's rules can be read years later."""

from __future__ import annotations

from peewee import CompositeKey, IntegerField, Model, TextField

SQL = """
CREATE TABLE rule (
    name TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, since_ms INTEGER NOT NULL,
    PRIMARY KEY (name, version)) WITHOUT ROWID;
"""


class Rule(Model):
    """One version of one section of the rulebook as JSON, in force from `since_ms` (UTC) until the next one."""

    name = TextField()
    version = IntegerField()
    body = TextField()
    since_ms = IntegerField()

    class Meta:
        """The section and its version."""

        primary_key = CompositeKey("name", "version")


TABLES: dict[str, type[Model]] = {"rule": Rule}
