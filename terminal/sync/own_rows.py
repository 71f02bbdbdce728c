"""Rows of the chain in the till's own tables, with what this till has said of them and the cloud has not decided."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence

from terminal.base.ids import Draw, is_id
from terminal.ledger.book import Book
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.services.files.erasing import Erasing
from terminal.services.files.journal import WITHHELD
from terminal.store.database import Database
from terminal.sync.own_media import OwnMedia
from terminal.sync.own_members import OwnMembers
from terminal.sync.wire import ChainRow

MEMBERS, MEDIA = "member", "medium"
MERGED = "merged_into"
_ROW = "SELECT position, name, key, version, body, alias FROM chain_row WHERE name = 'member' AND key = ?"
# What this life has proposed and the cloud has not heard, and what it is never to hear; both as they were said.
_UNDECIDED = (
    "SELECT blob FROM profile_of JOIN proposal USING (digest) WHERE key = ? AND (delivered = ?"
    " OR delivered = 0 AND life = (SELECT n FROM life WHERE open = 1)) ORDER BY life, seq"
)
_ANSWERED = (
    "SELECT chain_row.position, name, chain_row.key, version, body, alias FROM proposal JOIN profile_of USING (digest)"
    " JOIN chain_row ON chain_row.key = profile_of.key JOIN entry ON entry.life = proposal.life"
    " AND entry.seq = proposal.seq WHERE digest = ? AND name IN ('member', 'medium')"
    " AND version > json_extract(CAST(entry.bytes AS TEXT), '$.payload.base')"
)


def no_letter(_: str) -> str:
    """Return nothing: no dictionary of pinyin is loaded."""
    return ""


class OwnRows:
    """Writes members and media as they come. Called in the transaction that keeps the row."""

    def __init__(
        self, database: Database, book: Book, draw: Draw = os.urandom, initial_of: Callable[[str], str] = no_letter
    ) -> None:
        """Write to an open store; `initial_of` gives the first letter of a sign in pinyin, for new names."""
        self._database = database
        self._members = OwnMembers(database, Erasing(database, book, draw), draw, initial_of, self._link_of)
        self._media = OwnMedia(database)

    def take(self, before: ChainRow | None, row: ChainRow) -> None:
        """Take over a row that was as `before` until now (None: it was not known); of other tables, nothing."""
        if row.table == MEMBERS:
            if row.body:
                known, said = body_of(before.body) if before else {}, self._said(row)
                links = link(known, before.alias if before else "", row.key), self._link(row)
                self._members.take(row.key, known, said, links)
            else:
                self._members.erase(row.key)
        elif row.table == MEDIA:
            if row.body:
                self._media.take(row.key, self._said(row))
            else:
                self._media.erase(row.key)

    def settle(self, blobs: Sequence[bytes]) -> None:
        """Take the rows over again that profiles are about which the cloud has decided by now.

        The answer may have come before it was known that they had been heard, and then they still lay over it. A row
        that is no newer than what its proposer knew is no answer yet: that one is still to come.
        """
        for blob in blobs:
            for found in self._database.rows(_ANSWERED, (hashlib.sha256(blob).digest(),)):
                row = ChainRow(*found)
                self.take(row, row)

    def _link_of(self, key: str) -> str | None:
        """Return the account that the row of a member leads to, empty for none, None where there is no row."""
        found = self._database.row(_ROW, (key,))
        if found is None:
            return None
        return self._link(ChainRow(*found))

    def _link(self, row: ChainRow) -> str:
        """Return the account a row leads to, empty for none; a link that this till has set lies over the alias too."""
        own = self._own(row.key)
        return link(own, "", row.key) if MERGED in own else link(body_of(row.body), row.alias, row.key)

    def _said(self, row: ChainRow) -> dict[str, Canonical]:
        """Return what a row says, with what this till has said of it and the cloud has not decided."""
        return {**body_of(row.body), **self._own(row.key)}

    def _own(self, key: str) -> dict[str, Canonical]:
        """Return what this till has said of a row and the cloud has not decided."""
        said: dict[str, Canonical] = {}
        for (blob,) in self._database.rows(_UNDECIDED, (key, WITHHELD)):
            fields = body_of(blob).get("fields")
            said |= fields if isinstance(fields, dict) else {}
        return said


def link(body: Mapping[str, Canonical], alias: str, key: str) -> str:
    """Return the account that a member's row leads to, empty for none: by its alias, or by what a till has merged."""
    into = alias or body.get(MERGED, "")
    return into if isinstance(into, str) and is_id(into) and into != key else ""


def body_of(data: bytes) -> Mapping[str, Canonical]:
    """Return the fields of a row's body or of a profile, none for bytes that have none."""
    try:
        value = canonical.decode(data) if data else {}
    except NotCanonical:
        return {}
    return value if isinstance(value, dict) else {}
