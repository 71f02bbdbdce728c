"""What a shift counts, and the approvals one person gave another."""

from __future__ import annotations

from peewee import IntegerField, Model, TextField

SQL = """
ALTER TABLE shift ADD COLUMN float_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shift ADD COLUMN counted_fen INTEGER;
ALTER TABLE shift ADD COLUMN expected_fen INTEGER;
ALTER TABLE shift ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE TABLE approval (
    id TEXT PRIMARY KEY, action_id TEXT NOT NULL, action TEXT NOT NULL, amount INTEGER NOT NULL,
    operator TEXT NOT NULL, approver TEXT NOT NULL, given_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX approval_action ON approval (action_id);
CREATE INDEX shift_unclosed ON shift (staff) WHERE closed_at = 0;
CREATE INDEX drawer_opening_at ON drawer_opening (at);
"""


class Approval(Model):
    """What one person allowed another to do once, until when (UTC milliseconds); `used_at` is 0 until it is done."""

    id = TextField(primary_key=True)
    action_id = TextField()
    action = TextField()
    amount = IntegerField()
    operator = TextField()
    approver = TextField()
    given_at = IntegerField()
    ends_at = IntegerField()
    used_at = IntegerField()


TABLES: dict[str, type[Model]] = {"approval": Approval}
