"""Rows the chain owns, their proposals, losers and profiles, as rows."""

from __future__ import annotations

from cloud.records import Loser, Proposal, RowVersion
from cloud.sql import Sql, raw
from terminal.base.ids import ChainId

_COLUMNS = "name, key, position, version, body, alias, marks"


class SqlRows(Sql):
    """See `cloud.storage.Rows`."""

    def row_version(self, chain: ChainId, where: str, *key: bytes | str | int) -> list[RowVersion]:
        """Return versions of rows by a condition on a key."""
        found = self.rows(f"SELECT {_COLUMNS} FROM chain_row WHERE chain = ? AND {where}", (raw(chain), *key))  # noqa: S608
        return [RowVersion(chain, *row) for row in found]

    def newest_row(self, chain: ChainId, table: str, key: str) -> RowVersion | None:
        """Return the newest version of a row."""
        found = self.row_version(chain, "name = ? AND key = ? ORDER BY position DESC LIMIT 1", table, key)
        return found[0] if found else None

    def add_row(self, record: RowVersion) -> None:
        """Write a new version of a row."""
        self.run(
            "INSERT INTO chain_row VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                raw(record.chain),
                record.table,
                record.key,
                record.position,
                record.version,
                record.body,
                record.alias,
                record.marks,
            ),
        )

    def drop_versions(self, chain: ChainId, table: str, key: str, before: int) -> None:
        """Remove the versions of a row before a position."""
        self.run(
            "DELETE FROM chain_row WHERE chain = ? AND name = ? AND key = ? AND position < ?",
            (raw(chain), table, key, before),
        )

    def rows_after(self, chain: ChainId, after: int, limit: int) -> list[RowVersion]:
        """Return up to `limit` versions of rows after a position, in the order of positions."""
        return self.row_version(chain, "position > ? ORDER BY position LIMIT ?", after, limit)

    def rows_as_of(self, chain: ChainId, position: int, table: str, after_key: str, limit: int) -> list[RowVersion]:
        """Return up to `limit` rows after (table, key), each in its newest version up to a position."""
        return self.row_version(
            chain,
            "position <= ? AND (name, key) > (?, ?) AND position = (SELECT max(newest.position) FROM chain_row AS"
            " newest WHERE newest.chain = chain_row.chain AND newest.name = chain_row.name"
            " AND newest.key = chain_row.key AND newest.position <= ?) ORDER BY name, key LIMIT ?",
            position,
            table,
            after_key,
            position,
            limit,
        )

    def forget_row(self, chain: ChainId, table: str, key: str) -> None:
        """Empty every version of a row, and remove the losers and blobs of its proposals."""
        where = (raw(chain), table, key)
        self.run("UPDATE chain_row SET body = x'', marks = x'7b7d' WHERE chain = ? AND name = ? AND key = ?", where)
        self.run("DELETE FROM loser WHERE chain = ? AND name = ? AND key = ?", where)
        self.run(
            "DELETE FROM blob WHERE chain = ? AND digest IN (SELECT blob FROM proposal WHERE chain = ? AND name = ?"
            " AND key = ?)",
            (raw(chain), *where),
        )
        self.run("UPDATE proposal SET answered = 1 WHERE chain = ? AND name = ? AND key = ?", where)

    def blob(self, chain: ChainId, digest: bytes) -> bytes | None:
        """Return a profile by its SHA-256."""
        found = self.rows("SELECT blob FROM blob WHERE chain = ? AND digest = ?", (raw(chain), digest))
        return bytes(found[0][0]) if found else None

    def add_blob(self, chain: ChainId, digest: bytes, blob: bytes) -> None:
        """Keep a profile."""
        self.run("INSERT INTO blob VALUES (?, ?, ?) ON CONFLICT (chain, digest) DO NOTHING", (raw(chain), digest, blob))

    def add_proposal(self, record: Proposal) -> None:
        """Keep a proposal that has no answer yet."""
        self.run(
            "INSERT INTO proposal VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (
                raw(record.chain),
                record.entry,
                record.blob,
                record.table,
                record.key,
                record.base,
                record.at_ms,
            ),
        )

    def proposals(self, chain: ChainId, blob: bytes) -> list[Proposal]:
        """Return the unanswered proposals that name a blob."""
        found = self.rows(
            "SELECT entry, blob, name, key, base, at_ms FROM proposal WHERE chain = ? AND blob = ? AND answered = 0"
            " ORDER BY at_ms, entry",
            (raw(chain), blob),
        )
        return [Proposal(chain, *row) for row in found]

    def answer_proposal(self, chain: ChainId, entry: bytes) -> None:
        """Mark a proposal as answered."""
        self.run("UPDATE proposal SET answered = 1 WHERE chain = ? AND entry = ?", (raw(chain), entry))

    def add_loser(self, record: Loser) -> None:
        """Keep a value that lost."""
        self.run(
            "INSERT INTO loser VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chain, name, key, field, entry) DO NOTHING",
            (raw(record.chain), record.table, record.key, record.field, record.entry, record.value),
        )

    def add_naming(self, chain: ChainId, table: str, field: str, value: str, key: str) -> None:
        """Note that a row claims a value of a field for itself."""
        self.run("INSERT INTO naming VALUES (?, ?, ?, ?, ?)", (raw(chain), table, field, value, key))

    def drop_naming(self, chain: ChainId, table: str, field: str, value: str, key: str) -> None:
        """Forget that a row claims a value."""
        self.run(
            "DELETE FROM naming WHERE chain = ? AND name = ? AND field = ? AND value = ? AND key = ?",
            (raw(chain), table, field, value, key),
        )

    def named_so(self, chain: ChainId, table: str, field: str, value: str, limit: int) -> list[str]:
        """Return up to `limit` keys of rows that claim a value, in their order."""
        found = self.rows(
            "SELECT key FROM naming WHERE chain = ? AND name = ? AND field = ? AND value = ? ORDER BY key LIMIT ?",
            (raw(chain), table, field, value, limit),
        )
        return [row[0] for row in found]

    def losers(self, chain: ChainId, table: str, key: str) -> list[Loser]:
        """Return the values that lost in a row."""
        found = self.rows(
            "SELECT field, entry, value FROM loser WHERE chain = ? AND name = ? AND key = ? ORDER BY field, entry",
            (raw(chain), table, key),
        )
        return [Loser(chain, table, key, *row) for row in found]
