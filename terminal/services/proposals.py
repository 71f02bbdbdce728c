"""Proposals: what a till would have changed of the rows the chain owns, without a name in the journal."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from terminal.base.ids import ActionId, Draw
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.store.database import Database

SALT_BYTES = 16
# Profiles travel beside entries in a message of 8 MiB at most, where one that is too long would hold up all behind it.
BLOB_BYTES_MAX = 64 << 10


class Blobs:
    """The profiles that proposals name by their SHA-256: they travel beside the entries, and can be erased."""

    def __init__(self, database: Database) -> None:
        """Keep the profiles in `database`."""
        self._database = database

    def keep(self, blob: bytes, life: int, seq: int) -> None:
        """Keep the profile that entry `seq` of a life names, until it is delivered and longer."""
        self._database.run(
            "INSERT OR IGNORE INTO proposal VALUES (?, ?, ?, ?, 0)", (hashlib.sha256(blob).digest(), life, seq, blob)
        )

    def post(self, book: Book, draft: Draft, blob: bytes, *, table: str, key: str, base: int) -> Posted:
        """Post a draft that proposes a change of a row, known in version `base`, and keep the profile it names."""
        draft.payload |= {"table": table, "key": key, "base": base, "blob": hashlib.sha256(blob).hexdigest()}
        posted = book.post(draft)
        self.keep(blob, draft.life.n, posted.entry.seq)
        return posted

    def salt(self, earlier: Posted) -> str:
        """Return the salt of the profile an entry names, or nothing where it was erased or none is named."""
        blob = self.get(bytes.fromhex(str(earlier.entry.payload.get("blob", ""))))
        value = canonical.decode(blob) if blob else {}
        return str(value.get("salt", "")) if isinstance(value, dict) else ""

    def get(self, digest: bytes) -> bytes | None:
        """Return a profile by its SHA-256, or None when it is not here, or no more."""
        row = self._database.row("SELECT blob FROM proposal WHERE digest = ?", (digest,))
        return None if row is None else bytes(row[0])

    def waiting(self, life: int, last: int, size: int) -> tuple[bytes, ...]:
        """Return some `size` bytes of undelivered profiles, of entries up to `last` of this life and of lives before.

        One without its entry would be thrown away: nobody keeps a profile that no proposal names.
        """
        found: list[bytes] = []
        for (blob,) in self._database.rows(
            "SELECT blob FROM proposal WHERE delivered = 0 AND (life, seq) <= (?, ?) ORDER BY life, seq LIMIT 200",
            (life, last),
        ):
            size -= len(blob)
            if found and size < 0:
                break
            found.append(blob)
        return tuple(found)

    def delivered(self, blobs: Sequence[bytes]) -> None:
        """Note that the cloud has these."""
        for blob in blobs:
            self._database.run("UPDATE proposal SET delivered = 1 WHERE digest = ?", (hashlib.sha256(blob).digest(),))

    def send_again(self) -> None:
        """Send all again: a new life begins, perhaps because the cloud was put back to an older state."""
        self._database.run("UPDATE proposal SET delivered = 0 WHERE delivered = 1")

    def erase(self, digest: bytes) -> bool:
        """Forget a profile with its salt, and say whether it was here; the entry that names it stays true."""
        with self._database.write():
            return bool(self._database.run("DELETE FROM proposal WHERE digest = ?", (digest,)).rowcount)


class Proposals:
    """Proposes changes of rows the chain owns. Used by the dispatcher."""

    def __init__(self, database: Database, book: Book, draw: Draw = os.urandom) -> None:
        """Post to `book`; salts come from `draw`."""
        self._database = database
        self._book = book
        self._draw = draw
        self._blobs = Blobs(database)

    def propose(self, action_id: ActionId, table: str, key: str, base: int, fields: dict[str, Canonical]) -> Posted:
        """Propose to set fields of a row that was known in version `base` (0: a new row), once for each action id.

        The entry holds the SHA-256 of the fields with a salt, so that nobody can tell a name by trying names. Raises
        `NotCanonical` for fields that have no byte form, or one longer than `BLOB_BYTES_MAX`.
        """
        with self._database.write():
            earlier = self._book.done(action_id)
            salt = self._draw(SALT_BYTES).hex() if earlier is None else self._blobs.salt(earlier)
            blob = canonical.encode({"fields": fields, "salt": salt})
            if len(blob) > BLOB_BYTES_MAX:
                raise NotCanonical("profile too long")
            digest = hashlib.sha256(blob).hexdigest()
            # The request names the blob and not the fields: its digest must not give a name away either.
            request = request_digest({"do": "propose", "table": table, "key": key, "base": base, "blob": digest})
            if earlier is not None:
                return earlier if not salt else self._book.find(action_id, request) or earlier
            draft = self._book.begin(action_id, "propose", request)
            return self._blobs.post(self._book, draft, blob, table=table, key=key, base=base)
