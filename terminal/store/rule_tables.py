"""The table of the shop's rules: every version there ever was, so that a bill's rules can be read years later.

Things of the catalogue get the category by which rules name them. The two rules that an earlier release kept among the
settings move here with their versions.
"""

from __future__ import annotations

from peewee import CompositeKey, IntegerField, Model, TextField

SQL = """
CREATE TABLE rule (
    name TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, since_ms INTEGER NOT NULL,
    PRIMARY KEY (name, version)) WITHOUT ROWID;
ALTER TABLE catalogue ADD COLUMN category TEXT NOT NULL DEFAULT '';
INSERT INTO rule (name, version, body, since_ms)
    SELECT name, version, json_object(
        'least_fen', json_extract(value, '$.least_fen'), 'most_fen', json_extract(value, '$.most_fen'),
        'offers', CASE json_array_length(value, '$.tiers') WHEN 0 THEN json('[]') ELSE json_array(json_object(
            'id', 'top_up', 'mode', json_extract(value, '$.mode'), 'tiers', json_extract(value, '$.tiers'))) END), 0
    FROM setting WHERE name = 'top_up';
INSERT INTO rule (name, version, body, since_ms)
    SELECT name, version, json_object('rates', json_array(json_object(
        'id', 'points', 'points', 1, 'unit_fen', json_extract(value, '$.unit_fen')))), 0
    FROM setting WHERE name = 'points';
DELETE FROM setting WHERE name IN ('top_up', 'points');
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
