"""The table of what members were given: how often each had an offer, a reward, a coupon by hand or a milestone.

It is folded from the journal with each entry, and stays when old entries are dropped: a limit counts for ever.
"""

from __future__ import annotations

from peewee import BlobField, CompositeKey, IntegerField, Model, TextField

# `what` is a kind and a code (`offer/new-year`), `sale` the entry that gave it as `device/epoch/seq`.
SQL = """
CREATE TABLE given (
    what TEXT NOT NULL, account BLOB NOT NULL, sale TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (what, account, sale)) WITHOUT ROWID;
"""


class Given(Model):
    """So many pieces of something given to a member by an entry, on a business day (ISO)."""

    what = TextField()
    account = BlobField()
    sale = TextField()
    day = TextField()
    count = IntegerField()

    class Meta:
        """What, to whom, and by which entry."""

        primary_key = CompositeKey("what", "account", "sale")


TABLES: dict[str, type[Model]] = {"given": Given}
