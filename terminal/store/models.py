"""The tables as Peewee models: the description of what the migrations' SQL makes; a test holds the two together.

The classes belong to no database, so that no state hangs on this module; the product itself asks by SQL.
"""

from __future__ import annotations

from peewee import AutoField, BlobField, CompositeKey, IntegerField, Model, TextField

from terminal.store import (
    bill_tables,
    deed_tables,
    factor_tables,
    given_tables,
    member_tables,
    rule_tables,
    shift_tables,
)


class Meta(Model):
    """What the store says of itself: `schema`, and the oldest schema that may write it, `min_writer`."""

    name = TextField(primary_key=True)
    value = IntegerField()


class Device(Model):
    """This device: one row, made at first start. The keys are raw bytes."""

    device = TextField(primary_key=True)
    chain = TextField()
    private_key = BlobField()
    public_key = BlobField()
    import_key = BlobField()


class Life(Model):
    """A journal of this device: its last entry's number and hash, and the highest time that could be trusted."""

    n = AutoField()
    device = TextField()
    epoch = IntegerField()
    seq = IntegerField()
    hash = BlobField()
    cursor = IntegerField()
    trusted_ms = IntegerField()
    open = IntegerField()


class Entry(Model):
    """The journal: the canonical bytes of each entry with their hash. Rows are only ever added."""

    life = IntegerField()
    seq = IntegerField()
    hash = BlobField()
    action_id = BlobField()
    bytes = BlobField()

    class Meta:
        """The journal and the number in it."""

        primary_key = CompositeKey("life", "seq")


class Bucket(Model):
    """The facts of each bucket that an entry here has named, as canonical bytes. Rows are only ever added."""

    n = AutoField()
    id = BlobField()
    facts = BlobField()


class Held(Model):
    """How many units of a bucket a journal of this device holds; its other facts are copied for look-ups."""

    bucket = IntegerField()
    life = IntegerField()
    owner = BlobField()
    asset = TextField()
    spendable_from = TextField()
    expires_on = TextField()
    amount = IntegerField()

    class Meta:
        """The bucket and its holder."""

        primary_key = CompositeKey("bucket", "life")


class AccountBalance(Model):
    """The balance of each money account of a journal in fen, debit positive."""

    life = IntegerField()
    account = TextField()
    amount = IntegerField()

    class Meta:
        """The journal and the account."""

        primary_key = CompositeKey("life", "account")


class Member(Model):
    """A member's profile, which is personal data; `profile_hash` is what entries know of it.

    `body` is the rest of the file as JSON, `alias_of` the account a merged one stands for, `erased_at` UTC milliseconds
    or 0.
    """

    n = AutoField()
    account = BlobField()
    name = TextField()
    phone = TextField()
    initials = TextField()
    phone_tail = TextField()
    sex = TextField()
    level = TextField()
    birthday = TextField()
    remark = TextField()
    old_number = TextField()
    salt = BlobField()
    profile_hash = BlobField()
    duplicate = IntegerField()
    body = TextField()
    alias_of = BlobField()
    erased_at = IntegerField()


class Medium(Model):
    """A card or code that leads to a member, in its one normal spelling.

    `chain_id` is empty before the first event of its life, `identity` where it is known by its number; `replaces` is
    the id of the medium it came in place of, `deposit` the lot of what was paid for it.
    """

    n = AutoField()
    account = BlobField()
    number = TextField()
    kind = TextField()
    state = TextField()
    assurance = TextField()
    chain_id = TextField(column_name="id")
    identity = TextField()
    named = IntegerField()
    ended_by = TextField()
    replaces = TextField()
    deposit = TextField()


class Staff(Model):
    """Somebody who may sign in; times are UTC milliseconds."""

    id = TextField(primary_key=True)
    name = TextField()
    role = TextField()
    pin_hash = TextField()
    wrong_tries = IntegerField()
    locked_until_ms = IntegerField()
    active = IntegerField()


class Shift(Model):
    """A shift of somebody, opened by signing in; times are UTC milliseconds, 0 while it is open."""

    id = TextField(primary_key=True)
    number = IntegerField()
    staff = TextField()
    opened_at = IntegerField()
    closed_at = IntegerField()
    float_fen = IntegerField()
    counted_fen = IntegerField(null=True)
    expected_fen = IntegerField(null=True)
    reason = TextField()


class Setting(Model):
    """A part of the shop's set-up as JSON, with the version that entries name."""

    name = TextField(primary_key=True)
    value = TextField()
    version = IntegerField()


class Catalogue(Model):
    """A service or a product with its list price in fen."""

    code = TextField(primary_key=True)
    kind = TextField()
    name = TextField()
    price_fen = IntegerField()
    active = IntegerField()
    category = TextField()


class PrintJob(Model):
    """A slip in the spool; its bytes come last, so that lists need not read past them."""

    id = AutoField()
    printer = TextField()
    state = TextField()
    attempt = IntegerField()
    process_id = BlobField()
    kind = TextField()
    bill_no = TextField()
    account = BlobField()
    amount_fen = IntegerField()
    at = IntegerField()
    copy_of = IntegerField()
    marked = IntegerField()
    session = TextField()
    action_id = BlobField(null=True)
    body = BlobField()


class DrawerOpening(Model):
    """An opening of the cash drawer: who asked for it, why, and what became of it."""

    n = AutoField()
    action_id = BlobField()
    state = TextField()
    code = TextField()
    staff = TextField()
    reason = TextField()
    bill_no = TextField()
    at = IntegerField()


class CardTap(Model):
    """The highest count of taps seen of a card that counts them, by its chip number."""

    uid = BlobField(primary_key=True)
    counter = IntegerField()


class SyncMark(Model):
    """One row: the last entry of the open journal that the cloud proved to have, and the rejoin that is going on.

    `generation` is that of the cloud's storage which gave this life what it has.
    """

    n = AutoField()
    acked = IntegerField()
    acked_hash = BlobField()
    rejoin_id = TextField()
    generation = TextField()


class Mailbox(Model):
    """What the cloud said and was verified, in its order, until it is turned into entries."""

    n = AutoField()
    kind = TextField()
    body = BlobField()


class Want(Model):
    """Units the cloud is asked for: `state` is open, granted or dropped."""

    request_id = TextField(primary_key=True)
    bucket = BlobField()
    facts = BlobField()
    amount = IntegerField()
    state = TextField()


class Accepted(Model):
    """The grants that the journals of this device accepted, each once, with the entry."""

    gid = BlobField(primary_key=True)
    life = IntegerField()
    seq = IntegerField()


class Proposal(Model):
    """The salted profile that a `propose` entry names by its SHA-256; `delivered` says that the cloud has it."""

    digest = BlobField(primary_key=True)
    life = IntegerField()
    seq = IntegerField()
    blob = BlobField()
    delivered = IntegerField()


class ChainRow(Model):
    """A row that the chain owns, as the cloud published it last; `round` is the snapshot that last brought it."""

    name = TextField()
    key = TextField()
    version = IntegerField()
    position = IntegerField()
    body = BlobField()
    stands_for = TextField(column_name="alias")
    round = IntegerField()

    class Meta:
        """The chain's table and the key in it."""

        primary_key = CompositeKey("name", "key")


class ChainFeed(Model):
    """One row: the position in the chain's feed (-1: a snapshot is needed), and the snapshot page that is next."""

    n = AutoField()
    position = IntegerField()
    round = IntegerField()
    as_of = IntegerField()
    page_name = TextField()
    page_key = TextField()
    generation = TextField()


class NeighbourSpan(Model):
    """New entries of another till of the shop, raw and signed as they came, until the cloud has them."""

    device = TextField()
    epoch = IntegerField()
    first = IntegerField()
    head = IntegerField()
    head_hash = BlobField()
    body = BlobField()

    class Meta:
        """The life and its entry the span begins with."""

        primary_key = CompositeKey("device", "epoch", "first")


class PastEntry(Model):
    """What is left of a dropped entry: its hash and its action; its bytes where files are compared with them."""

    life = IntegerField()
    seq = IntegerField()
    hash = BlobField()
    action_id = BlobField()
    bytes = BlobField()

    class Meta:
        """The journal and the number in it."""

        primary_key = CompositeKey("life", "seq")


TABLES: dict[str, type[Model]] = {
    "meta": Meta,
    "device": Device,
    "life": Life,
    "entry": Entry,
    "bucket": Bucket,
    "held": Held,
    "account_balance": AccountBalance,
    "member": Member,
    "medium": Medium,
    "staff": Staff,
    "shift": Shift,
    "setting": Setting,
    "catalogue": Catalogue,
    "print_job": PrintJob,
    "drawer_opening": DrawerOpening,
    "card_tap": CardTap,
    "sync_mark": SyncMark,
    "mailbox": Mailbox,
    "want": Want,
    "accepted": Accepted,
    "proposal": Proposal,
    "chain_row": ChainRow,
    "chain_feed": ChainFeed,
    "neighbour_span": NeighbourSpan,
    "past_entry": PastEntry,
    **bill_tables.TABLES,
    **deed_tables.TABLES,
    **factor_tables.TABLES,
    **given_tables.TABLES,
    **member_tables.TABLES,
    **rule_tables.TABLES,
    **shift_tables.TABLES,
}
