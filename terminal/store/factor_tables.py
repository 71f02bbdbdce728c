"""The tables of second factors: members' PINs with their wrong tries, and the member QRs that were taken."""

from __future__ import annotations

from peewee import AutoField, BlobField, IntegerField, Model, TextField

# One row of `factor_secret`, drawn when the first PIN is set: without it a PIN's hash proves nothing.
SQL = """
CREATE TABLE factor_secret (n INTEGER PRIMARY KEY CHECK (n = 1), pepper BLOB NOT NULL);
CREATE TABLE member_pin (account BLOB PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pin_try (
    account BLOB PRIMARY KEY, day TEXT NOT NULL, wrong INTEGER NOT NULL, locked_from INTEGER NOT NULL,
    day_locked INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE qr_taken (signed BLOB PRIMARY KEY, until_s INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX qr_taken_until ON qr_taken (until_s);
CREATE TABLE qr_clock (n INTEGER PRIMARY KEY CHECK (n = 1), latest_s INTEGER NOT NULL);
INSERT INTO qr_clock VALUES (1, 0);
"""


class FactorSecret(Model):
    """One row: the pepper that members' PINs are hashed with."""

    n = AutoField()
    pepper = BlobField()


class MemberPin(Model):
    """The argon2id hash of a member's PIN."""

    account = BlobField(primary_key=True)
    hash = TextField()


class PinTry(Model):
    """Wrong tries of a member's PIN on a business day, and the lock they began (UTC milliseconds, 0: none)."""

    account = BlobField(primary_key=True)
    day = TextField()
    wrong = IntegerField()
    locked_from = IntegerField()
    day_locked = IntegerField()


class QrTaken(Model):
    """A member QR that was taken, by its signed bytes, until its last good second (UTC seconds)."""

    signed = BlobField(primary_key=True)
    until_s = IntegerField()


class QrClock(Model):
    """One row: the latest second at which a member QR was taken; the clock never counts as earlier."""

    n = AutoField()
    latest_s = IntegerField()


TABLES: dict[str, type[Model]] = {
    "factor_secret": FactorSecret,
    "member_pin": MemberPin,
    "pin_try": PinTry,
    "qr_taken": QrTaken,
    "qr_clock": QrClock,
}
