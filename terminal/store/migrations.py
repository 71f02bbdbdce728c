"""Numbered migrations: what brings an older store to this release's schema, and who may still write it."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.store import (
    bill_tables,
    deed_tables,
    factor_tables,
    given_tables,
    member_tables,
    rule_tables,
    shift_tables,
)
from terminal.store.database import Database, Row, sync_folder

# `entry` keeps its rowid: without one SQLite would put most of an entry on a page of its own.
_V1 = """
CREATE TABLE device (
    device TEXT PRIMARY KEY, chain TEXT NOT NULL, private_key BLOB NOT NULL, public_key BLOB NOT NULL,
    import_key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE life (
    n INTEGER PRIMARY KEY, device TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    cursor INTEGER NOT NULL, trusted_ms INTEGER NOT NULL, open INTEGER NOT NULL, UNIQUE (device, epoch));
CREATE TABLE entry (
    life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL, hash BLOB NOT NULL, action_id BLOB NOT NULL,
    bytes BLOB NOT NULL, PRIMARY KEY (life, seq));
CREATE UNIQUE INDEX entry_action ON entry (action_id);
CREATE TABLE bucket (n INTEGER PRIMARY KEY, id BLOB NOT NULL, facts BLOB NOT NULL);
CREATE TABLE held (
    bucket INTEGER NOT NULL REFERENCES bucket, life INTEGER NOT NULL REFERENCES life, owner BLOB NOT NULL,
    asset TEXT NOT NULL, spendable_from TEXT NOT NULL, expires_on TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0), PRIMARY KEY (bucket, life)) WITHOUT ROWID;
CREATE INDEX held_live ON held (owner, asset, bucket) WHERE amount > 0;
CREATE TABLE account_balance (
    life INTEGER NOT NULL REFERENCES life, account TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (life, account)) WITHOUT ROWID;
CREATE TABLE member (
    n INTEGER PRIMARY KEY, account BLOB NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL, initials TEXT NOT NULL,
    phone_tail TEXT NOT NULL, sex TEXT NOT NULL, level TEXT NOT NULL, birthday TEXT NOT NULL, remark TEXT NOT NULL,
    old_number TEXT NOT NULL, salt BLOB NOT NULL, profile_hash BLOB NOT NULL,
    duplicate INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX member_account ON member (account);
CREATE INDEX member_phone ON member (phone);
CREATE INDEX member_phone_tail ON member (phone_tail);
CREATE INDEX member_initials ON member (initials);
CREATE INDEX member_name ON member (name);
CREATE INDEX member_old_number ON member (old_number);
CREATE TABLE medium (
    n INTEGER PRIMARY KEY, account BLOB NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    assurance TEXT NOT NULL);
CREATE INDEX medium_number ON medium (number);
CREATE INDEX medium_account ON medium (account);
CREATE TABLE staff (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, pin_hash TEXT NOT NULL,
    wrong_tries INTEGER NOT NULL DEFAULT 0, locked_until_ms INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;
CREATE TABLE shift (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, staff TEXT NOT NULL REFERENCES staff,
    opened_at INTEGER NOT NULL, closed_at INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE catalogue (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, price_fen INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;
CREATE TABLE print_job (
    id INTEGER PRIMARY KEY AUTOINCREMENT, printer TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
    process_id BLOB NOT NULL, kind TEXT NOT NULL, bill_no TEXT NOT NULL, account BLOB NOT NULL,
    amount_fen INTEGER NOT NULL, at INTEGER NOT NULL, copy_of INTEGER NOT NULL DEFAULT 0,
    marked INTEGER NOT NULL DEFAULT 0, session TEXT NOT NULL DEFAULT '', action_id BLOB, body BLOB NOT NULL);
CREATE INDEX print_job_state ON print_job (state, printer, id);
CREATE INDEX print_job_bill ON print_job (bill_no);
CREATE INDEX print_job_copy ON print_job (copy_of);
CREATE UNIQUE INDEX print_job_action ON print_job (action_id) WHERE action_id IS NOT NULL;
"""

# Cards are found by how their number ends, as a customer reads it aloud.
_V2 = "CREATE INDEX medium_ending ON medium (substr(number, -4)) WHERE kind = 'card';"

# Openings of the cash drawer, each with who asked for it and why.
_V3 = """
CREATE TABLE drawer_opening (
    n INTEGER PRIMARY KEY AUTOINCREMENT, action_id BLOB NOT NULL UNIQUE, state TEXT NOT NULL, code TEXT NOT NULL,
    staff TEXT NOT NULL, reason TEXT NOT NULL, bill_no TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX drawer_opening_open ON drawer_opening (state, n) WHERE state IN ('waiting', 'sent');
"""

# The last tap of each card that counts its taps: an address with the same count, or a lower one, is an old one.
_V4 = "CREATE TABLE card_tap (uid BLOB PRIMARY KEY, counter INTEGER NOT NULL) WITHOUT ROWID;"

# What the cloud has of the open journal, what came from it and is not done yet, what was asked of it, and the grants
# that were accepted. A bucket that was used up is found again when units of it come back.
_V5 = """
CREATE TABLE sync_mark (
    n INTEGER PRIMARY KEY CHECK (n = 1), acked INTEGER NOT NULL, acked_hash BLOB NOT NULL, rejoin_id TEXT NOT NULL);
INSERT INTO sync_mark VALUES (1, 0, zeroblob(32), '');
CREATE TABLE mailbox (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE want (
    request_id TEXT PRIMARY KEY, bucket BLOB NOT NULL, facts BLOB NOT NULL, amount INTEGER NOT NULL,
    state TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX want_open ON want (state) WHERE state = 'open';
CREATE TABLE accepted (gid BLOB PRIMARY KEY, life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX held_spent ON held (owner, asset, bucket) WHERE amount = 0;
"""

# What sync keeps beside the journal: profiles on their way, rows the chain owns, copies kept for neighbours; and what
# is left of entries that were dropped. Until something was dropped, the release before may still write.
_V6 = """
CREATE TABLE proposal (
    digest BLOB PRIMARY KEY, life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL, blob BLOB NOT NULL,
    delivered INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX proposal_waiting ON proposal (life, seq) WHERE delivered = 0;
CREATE TABLE chain_row (
    name TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, body BLOB NOT NULL,
    alias TEXT NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE chain_feed (
    n INTEGER PRIMARY KEY CHECK (n = 1), position INTEGER NOT NULL, round INTEGER NOT NULL, as_of INTEGER NOT NULL,
    page_name TEXT NOT NULL, page_key TEXT NOT NULL);
INSERT INTO chain_feed VALUES (1, -1, 1, -1, '', '');
CREATE TABLE neighbour_span (
    device TEXT NOT NULL, epoch INTEGER NOT NULL, first INTEGER NOT NULL, head INTEGER NOT NULL,
    head_hash BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (device, epoch, first)) WITHOUT ROWID;
CREATE TABLE past_entry (
    life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL, hash BLOB NOT NULL, action_id BLOB NOT NULL,
    bytes BLOB NOT NULL, PRIMARY KEY (life, seq));
CREATE UNIQUE INDEX past_action ON past_entry (action_id);
"""

# Of which generation of the cloud's storage the open life and the chain's rows are; empty while none was heard of.
_V7 = """
ALTER TABLE sync_mark ADD COLUMN generation TEXT NOT NULL DEFAULT '';
ALTER TABLE chain_feed ADD COLUMN generation TEXT NOT NULL DEFAULT '';
"""

# What the life of a card needs: its id in the chain (empty until the first event of its life), the key it is known by
# (empty: by its number), whether its holder is known, the event that ended it, the medium it stands in place of, and
# the lot of the deposit that was paid for it. The release before goes on writing cards without any of it.
_V8 = """
ALTER TABLE medium ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE medium ADD COLUMN identity TEXT NOT NULL DEFAULT '';
ALTER TABLE medium ADD COLUMN named INTEGER NOT NULL DEFAULT 1;
ALTER TABLE medium ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';
ALTER TABLE medium ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
ALTER TABLE medium ADD COLUMN deposit TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX medium_id ON medium (id) WHERE id <> '';
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: `schema` is the number it leads to, `min_writer` the oldest schema that may still write after it.

    `sql` is statements, each ended by a semicolon; no statement contains one.
    """

    schema: int
    min_writer: int
    sql: str


MIGRATIONS = (
    Migration(schema=1, min_writer=1, sql=_V1),
    Migration(schema=2, min_writer=1, sql=_V2),
    Migration(schema=3, min_writer=1, sql=_V3),
    Migration(schema=4, min_writer=1, sql=_V4),
    Migration(schema=5, min_writer=1, sql=_V5),
    Migration(schema=6, min_writer=1, sql=_V6),
    Migration(schema=7, min_writer=1, sql=_V7),
    Migration(schema=8, min_writer=1, sql=_V8),
    Migration(schema=9, min_writer=1, sql=rule_tables.SQL),
    Migration(schema=10, min_writer=1, sql=deed_tables.SQL),
    Migration(schema=11, min_writer=1, sql=bill_tables.SQL),
    Migration(schema=12, min_writer=1, sql=shift_tables.SQL),
    Migration(schema=13, min_writer=1, sql=member_tables.SQL),
    Migration(schema=14, min_writer=1, sql=factor_tables.SQL),
    Migration(schema=15, min_writer=1, sql=given_tables.SQL),
    Migration(schema=16, min_writer=1, sql=bill_tables.CLOSED_SQL),
)
SCHEMA = MIGRATIONS[-1].schema


def migrate(database: Database, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a store, made if it is missing, to the last step's schema and leave this thread connected to it.

    Each step has its own transaction and a backup before it. Raises `Refusal` `store_newer` when the store demands
    a newer writer: it was then only looked at, through a connection that cannot even fold a left-over log into it.
    """
    schema = steps[-1].schema
    # A rollback journal is left only by a first start that was cut off: such a store demands nothing yet, and cannot
    # be looked at before the journal is rolled back.
    made = database.path.exists() and not database.path.with_name(database.path.name + "-journal").exists()
    if made and (min_writer := _stored("min_writer", database.peek)) > schema:
        raise Refusal("store_newer", file=database.path.name, needs=min_writer, has=schema)
    database.connect(reuse_if_open=True)
    stored = _stored("schema", database.rows)
    for step in steps:
        if step.schema > stored:
            if stored:  # a new store has nothing to lose
                back_up(database, database.path.with_suffix(f".before-{step.schema}"))
            _apply(database, step)


def back_up(database: Database, target: pathlib.Path) -> None:
    """Write a consistent encrypted copy of the store to `target`, durable, replacing an older copy."""
    part = target.with_suffix(target.suffix + ".part")
    part.unlink(missing_ok=True)
    database.run("VACUUM INTO ?", (str(part),))
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    sync_folder(target.parent)


def _stored(name: str, query: Callable[[str], Sequence[Row]]) -> int:
    """Return a number the store keeps about itself; 0 while it has no tables."""
    if not query("SELECT 1 FROM sqlite_master WHERE name = 'meta'"):
        return 0
    return int(query(f"SELECT value FROM meta WHERE name = '{name}'")[0][0])  # noqa: S608 - a name of ours


def _apply(database: Database, step: Migration) -> None:
    with database.write():
        database.run("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
        for statement in step.sql.split(";"):
            if statement.strip():
                database.run(statement)
        for name, value in (("schema", step.schema), ("min_writer", step.min_writer)):
            # What the store holds may demand more of a writer than its tables do (`raise_min_writer`).
            database.run(
                "INSERT INTO meta (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
                (name, value),
            )


def raise_min_writer(database: Database, schema: int) -> None:
    """Let no release write the store from now on whose schema is below `schema`: it would misread what is in it."""
    database.run("UPDATE meta SET value = max(value, ?) WHERE name = 'min_writer'", (schema,))
