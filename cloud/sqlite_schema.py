"""The cloud's tables in SQLite: bytes, text and whole numbers, each key led by the chain."""

SCHEMA = """
CREATE TABLE chain (
    chain BLOB PRIMARY KEY, cloud BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, at_ms INTEGER NOT NULL,
    position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE generation (chain BLOB PRIMARY KEY, generation BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE device (
    chain BLOB NOT NULL, device BLOB NOT NULL, public_key BLOB NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL,
    last_epoch INTEGER NOT NULL, PRIMARY KEY (chain, device)) STRICT, WITHOUT ROWID;
CREATE TABLE life (
    chain BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL, why TEXT NOT NULL, seq INTEGER NOT NULL,
    hash BLOB NOT NULL, cursor INTEGER NOT NULL, applied INTEGER NOT NULL,
    PRIMARY KEY (chain, device, epoch)) STRICT, WITHOUT ROWID;
CREATE TABLE entry (
    chain BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    data BLOB NOT NULL, main INTEGER NOT NULL, read INTEGER NOT NULL, place INTEGER NOT NULL, after INTEGER NOT NULL,
    unnamed BLOB NOT NULL, PRIMARY KEY (chain, device, epoch, seq, hash)) STRICT;
CREATE UNIQUE INDEX entry_hash ON entry (chain, hash);
CREATE TABLE joining (
    chain BLOB NOT NULL, device BLOB NOT NULL, rejoin_id BLOB NOT NULL, epoch INTEGER NOT NULL,
    new_epoch INTEGER NOT NULL, PRIMARY KEY (chain, device, rejoin_id)) STRICT, WITHOUT ROWID;
CREATE TABLE staged (
    chain BLOB NOT NULL, device BLOB NOT NULL, rejoin_id BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (chain, device, rejoin_id, seq)) STRICT;
CREATE TABLE action (
    chain BLOB NOT NULL, action_id BLOB NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (chain, action_id)) STRICT, WITHOUT ROWID;
CREATE TABLE alarm (
    chain BLOB NOT NULL, at_ms INTEGER NOT NULL, id BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL,
    code TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (chain, id)) STRICT, WITHOUT ROWID;
CREATE TABLE bucket (
    chain BLOB NOT NULL, bucket BLOB NOT NULL, facts BLOB NOT NULL, owner BLOB NOT NULL, asset TEXT NOT NULL,
    lot BLOB NOT NULL, PRIMARY KEY (chain, bucket)) STRICT;
CREATE INDEX bucket_lot ON bucket (chain, lot, owner, asset, bucket);
CREATE INDEX bucket_owner ON bucket (chain, owner, asset, bucket);
CREATE TABLE holding (
    chain BLOB NOT NULL, bucket BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0), expires_on TEXT NOT NULL,
    PRIMARY KEY (chain, bucket, device, epoch)) STRICT, WITHOUT ROWID;
CREATE INDEX holding_life ON holding (chain, device, epoch, bucket, amount) WHERE amount > 0;
CREATE INDEX holding_end ON holding (chain, device, epoch, expires_on, bucket, amount)
    WHERE amount > 0 AND expires_on <> '';
CREATE TABLE stale (
    chain BLOB NOT NULL, owner BLOB NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (chain, owner)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE flight (
    chain BLOB NOT NULL, gid BLOB NOT NULL, bucket BLOB NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0),
    device BLOB NOT NULL, epoch INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (chain, gid)) STRICT, WITHOUT ROWID;
CREATE INDEX flight_life ON flight (chain, device, epoch, bucket) WHERE state = 'flight';
CREATE INDEX flight_bucket ON flight (chain, bucket) WHERE state = 'flight';
CREATE TABLE want (
    chain BLOB NOT NULL, gid BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL, bucket BLOB NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0), purpose TEXT NOT NULL, state TEXT NOT NULL, recalled INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, PRIMARY KEY (chain, gid)) STRICT, WITHOUT ROWID;
CREATE INDEX want_open ON want (chain, bucket, at_ms, gid) WHERE state = 'open';
CREATE TABLE feed (
    chain BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL,
    gid BLOB NOT NULL, bucket BLOB NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (chain, device, epoch, position)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX feed_recall ON feed (chain, device, epoch, bucket, position, amount) WHERE kind = 'recall';
CREATE TABLE held_back (
    chain BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL, bucket BLOB NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (chain, device, epoch, bucket)) STRICT, WITHOUT ROWID;
CREATE TABLE account (
    chain BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL, account TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (chain, device, epoch, account)) STRICT, WITHOUT ROWID;
CREATE TABLE loss (
    chain BLOB NOT NULL, bucket BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0), PRIMARY KEY (chain, bucket, device, epoch)) STRICT, WITHOUT ROWID;
CREATE TABLE exposure (
    chain BLOB NOT NULL, bucket BLOB NOT NULL, device BLOB NOT NULL, epoch INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0), PRIMARY KEY (chain, bucket, device, epoch)) STRICT, WITHOUT ROWID;
CREATE TABLE chain_row (
    chain BLOB NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, version INTEGER NOT NULL,
    body BLOB NOT NULL, alias TEXT NOT NULL, marks BLOB NOT NULL, PRIMARY KEY (chain, name, key, position)
    ) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX chain_row_position ON chain_row (chain, position);
CREATE TABLE blob (
    chain BLOB NOT NULL, digest BLOB NOT NULL, blob BLOB NOT NULL, PRIMARY KEY (chain, digest)) STRICT, WITHOUT ROWID;
CREATE TABLE proposal (
    chain BLOB NOT NULL, entry BLOB NOT NULL, blob BLOB NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,
    base INTEGER NOT NULL, at_ms INTEGER NOT NULL, answered INTEGER NOT NULL, PRIMARY KEY (chain, entry)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_blob ON proposal (chain, blob) WHERE answered = 0;
CREATE INDEX proposal_row ON proposal (chain, name, key);
CREATE TABLE loser (
    chain BLOB NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, field TEXT NOT NULL, entry BLOB NOT NULL,
    value BLOB NOT NULL, PRIMARY KEY (chain, name, key, field, entry)) STRICT, WITHOUT ROWID;
CREATE TABLE naming (
    chain BLOB NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (chain, name, field, value, key)) STRICT, WITHOUT ROWID;
"""
