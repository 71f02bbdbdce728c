"""The tables of deeds: what entries say of somebody's visits and money, in columns that counts and reports read.

They are folded from the journal and could be made again from it; they stay when old entries are dropped.
"""

from __future__ import annotations

from peewee import BlobField, CompositeKey, IntegerField, Model, TextField

# `deed_mark` is how far the deeds of a life were seen to be complete: what a release before this one wrote is folded
# from there, and what was folded once is folded again without harm.
# What a member did and has lies far apart in a shop of years, each row on a page of its own. So the indexes that find
# it also hold what a view and a posting read of it: a page or two instead of thirty.
# A refund right is found by the bill or top-up it belongs to, which another till may have sold; a number drawn from
# its name (`sale_key`) takes a quarter of the room, and a table in its order needs no index beside it
# (nor has a reference to `bucket`, for which SQLite would look through it all whenever a bucket is dropped).
SQL = """
CREATE TABLE deed (
    life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL, day TEXT NOT NULL, at INTEGER NOT NULL,
    kind TEXT NOT NULL, account BLOB NOT NULL, operator TEXT NOT NULL, shift INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL, paid_fen INTEGER NOT NULL, top_up_fen INTEGER NOT NULL, points INTEGER NOT NULL,
    visits INTEGER NOT NULL, undoes TEXT NOT NULL, of_day TEXT NOT NULL, PRIMARY KEY (life, seq)) WITHOUT ROWID;
CREATE INDEX deed_account ON deed (account, of_day, paid_fen, top_up_fen, points, visits) WHERE account <> x'';
CREATE INDEX deed_at ON deed (at);
CREATE INDEX deed_shift ON deed (shift);
CREATE INDEX deed_undoes ON deed (undoes) WHERE undoes <> '';
CREATE TABLE taking (
    day TEXT NOT NULL, shift INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, fen INTEGER NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (day, shift, kind, account)) WITHOUT ROWID;
CREATE INDEX taking_shift ON taking (shift);
CREATE TABLE refund_of (bucket INTEGER NOT NULL, sale INTEGER NOT NULL, PRIMARY KEY (sale, bucket)) WITHOUT ROWID;
CREATE TABLE deed_mark (life INTEGER PRIMARY KEY REFERENCES life, seq INTEGER NOT NULL);
DROP INDEX held_live;
CREATE INDEX held_live ON held (owner, asset, bucket, life, spendable_from, expires_on, amount) WHERE amount > 0;
"""


class Deed(Model):
    """One entry about somebody's money or visit; amounts are fen.

    `undoes` is the entry it takes back, as `device/epoch/seq`, and `of_day` the day that counts for the member: that
    entry's own. Money of no shift has shift 0, and nobody's deed an empty account.
    """

    life = IntegerField()
    seq = IntegerField()
    day = TextField()
    at = IntegerField()
    kind = TextField()
    account = BlobField()
    operator = TextField()
    shift = IntegerField()
    amount_fen = IntegerField()
    paid_fen = IntegerField()
    top_up_fen = IntegerField()
    points = IntegerField()
    visits = IntegerField()
    undoes = TextField()
    of_day = TextField()

    class Meta:
        """The journal and the number in it."""

        primary_key = CompositeKey("life", "seq")


class Taking(Model):
    """What all deeds of a kind posted to a money account on a day in a shift: fen, debit positive, and how many."""

    day = TextField()
    shift = IntegerField()
    kind = TextField()
    account = TextField()
    fen = IntegerField()
    count = IntegerField()

    class Meta:
        """The day first: reports ask by days."""

        primary_key = CompositeKey("day", "shift", "kind", "account")


class RefundOf(Model):
    """Which bill or top-up a refund right belongs to."""

    bucket = IntegerField()
    sale = IntegerField()

    class Meta:
        """The sale first: rights are looked for by it."""

        primary_key = CompositeKey("sale", "bucket")


class DeedMark(Model):
    """Up to which entry the deeds of a life are complete."""

    life = IntegerField(primary_key=True)
    seq = IntegerField()


TABLES: dict[str, type[Model]] = {"deed": Deed, "taking": Taking, "refund_of": RefundOf, "deed_mark": DeedMark}
