"""The tables of sync beside the journal: profiles on their way, rows the chain owns, copies kept for neighbours."""

from __future__ import annotations

from terminal.store.database import Database

_TABLES = """
CREATE TABLE IF NOT EXISTS proposal (
    digest BLOB PRIMARY KEY, life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL, blob BLOB NOT NULL,
    delivered INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS proposal_waiting ON proposal (life, seq) WHERE delivered = 0;
CREATE TABLE IF NOT EXISTS chain_row (
    name TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, body BLOB NOT NULL,
    alias TEXT NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chain_feed (
    n INTEGER PRIMARY KEY CHECK (n = 1), position INTEGER NOT NULL, round INTEGER NOT NULL, as_of INTEGER NOT NULL,
    page_name TEXT NOT NULL, page_key TEXT NOT NULL);
INSERT OR IGNORE INTO chain_feed VALUES (1, -1, 1, -1, '', '');
CREATE TABLE IF NOT EXISTS neighbour_span (
    device TEXT NOT NULL, epoch INTEGER NOT NULL, first INTEGER NOT NULL, head INTEGER NOT NULL,
    head_hash BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (device, epoch, first)) WITHOUT ROWID
"""


def make_tables(database: Database) -> None:
    """Make the tables that are missing, in one transaction."""
    with database.write():
        for statement in _TABLES.split(";"):
            database.run(statement)
