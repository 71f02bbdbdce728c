"""The tables of bills that are not settled yet, and of where members stand: rows of the till beside the book.

An open bill leaves no trace in the book; of one that was closed its id stays, so that it is never opened again. Where a
member stands follows from the deeds; what is kept of it are the dates of the review and the levels that were granted.
"""

from __future__ import annotations

from peewee import BlobField, CompositeKey, IntegerField, Model, TextField

SQL = """
CREATE TABLE open_bill (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, account BLOB NOT NULL, staff TEXT NOT NULL, label TEXT NOT NULL,
    version INTEGER NOT NULL, opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
    body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX open_bill_account ON open_bill (account);
CREATE TABLE unit_hold (
    holder TEXT NOT NULL, bucket INTEGER NOT NULL REFERENCES bucket, amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (holder, bucket)) WITHOUT ROWID;
CREATE INDEX unit_hold_bucket ON unit_hold (bucket);
CREATE TABLE standing (account BLOB PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""

# The ids of bills that are open no more, each with the entry that settled it (life 0: it was dropped).
CLOSED_SQL = """
CREATE TABLE closed_bill (id TEXT PRIMARY KEY, life INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
"""


class OpenBill(Model):
    """A bill that is being rung up (`open`) or was put aside (`held`); `body` is JSON, times are UTC milliseconds."""

    id = TextField(primary_key=True)
    state = TextField()
    account = BlobField()
    staff = TextField()
    label = TextField()
    version = IntegerField()
    opened_at = IntegerField()
    changed_at = IntegerField()
    body = TextField()


class UnitHold(Model):
    """Units of a bucket that `holder` (an open bill, a visit, a refund that waits) keeps from everybody else."""

    holder = TextField()
    bucket = IntegerField()
    amount = IntegerField()

    class Meta:
        """Who holds how much of which bucket."""

        primary_key = CompositeKey("holder", "bucket")


class Standing(Model):
    """Where a member stands: the level that growth earned, the dates of its review, and levels granted, as JSON."""

    account = BlobField(primary_key=True)
    body = TextField()


class ClosedBill(Model):
    """The id of a bill that was settled by the entry `seq` of a life, or dropped (both 0)."""

    id = TextField(primary_key=True)
    life = IntegerField()
    seq = IntegerField()


TABLES: dict[str, type[Model]] = {
    "open_bill": OpenBill,
    "unit_hold": UnitHold,
    "standing": Standing,
    "closed_bill": ClosedBill,
}
