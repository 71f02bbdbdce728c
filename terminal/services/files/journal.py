"""The entries of members' files: once for each action, with the row of the chain they propose to change.

An entry names nobody: it says the account, who changed the file and its version, and the SHA-256 of a salted profile
that holds what was set. That profile travels to the chain only with the member's consent to sharing; without it, it
waits here, as it does for a shop that is in no chain.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal
from terminal.base.ids import Draw
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules import canonical
from terminal.rules.canonical import Canonical
from terminal.rules.member.consents import CHAIN_SHARING, standing
from terminal.services.files.asked import Asked
from terminal.services.files.records import TABLE, File, Records, name_profile
from terminal.services.proposals import BLOB_BYTES_MAX, SALT_BYTES, Blobs
from terminal.store.database import Database

# In the column of what was delivered: neither is it, nor is it to be.
WITHHELD: Final = 2
OF_KEY: Final = "SELECT digest FROM profile_of WHERE key = ?"


@dataclass(frozen=True, slots=True)
class Turn:
    """A change that is to be posted now: its kind, the digest of what was asked, and the salt of what is told."""

    kind: str
    asked: Asked
    request: str
    salt: str


class Journal:
    """Posts entries of members' files; what writes is called inside the caller's transaction."""

    def __init__(self, database: Database, book: Book, draw: Draw) -> None:
        """Post to `book`; salts come from `draw`."""
        self._database = database
        self._book = book
        self._draw = draw
        self._records = Records(database)
        self._blobs = Blobs(database)

    def turn(
        self, kind: str, asked: Asked, what: dict[str, Canonical], private: dict[str, Canonical]
    ) -> tuple[Turn, Posted | None]:
        """Return the turn of a change, and what its action did before or None.

        What is `private` is compared by a digest with the salt of what was told then, since without one a phone could
        be found by trying phones; where that was erased, the first answer is given without comparing it. Raises
        `Refusal` `action_conflict` where the action did another thing, and `action_past`; `NotCanonical`.
        """
        earlier = self._book.done(asked.action_id)
        salt = self._draw(SALT_BYTES).hex() if earlier is None else self._blobs.salt(earlier)
        digest = request_digest({"private": private, "salt": salt}) if private else ""
        request = request_digest({"do": kind, **what, "private": digest})
        turn = Turn(kind, asked, request, salt)
        if earlier is not None and private and not salt and earlier.entry.kind == kind:
            return turn, earlier
        return turn, None if earlier is None else self._book.find(asked.action_id, request)

    def begin(self, turn: Turn, account: str) -> Draft:
        """Return the draft of a change's entry, with whose file it is and who asked."""
        by = turn.asked.by
        draft = self._book.begin(turn.asked.action_id, turn.kind, turn.request)
        draft.payload |= {"account": account, "by": by.actor, "operator": by.staff_id, "shift": by.shift_no}
        draft.payload["versions"] = {}
        return draft

    def post(self, draft: Draft, turn: Turn, before: File | None, after: File, more: dict[str, Canonical]) -> Posted:
        """Post the entry, which proposes what changed of a file, or all of it where the chain knows nothing of it.

        `more` is told beside what the file itself tells. Raises `Refusal` `file_full` for what is too long to travel.
        """
        base, told = self._records.chain_version(after.account), after.told()
        if before is not None and base:
            known = before.told()
            gone: dict[str, Canonical] = dict.fromkeys(known.keys() - told.keys(), "")
            told = {name: value for name, value in told.items() if known.get(name) != value} | gone
        blob = canonical.encode({"fields": told | more, "salt": turn.salt})
        if len(blob) > BLOB_BYTES_MAX:
            raise Refusal("file_full")
        digest = hashlib.sha256(blob).digest()
        draft.payload["file_version"] = after.version
        posted = self._blobs.post(self._book, draft, blob, table=TABLE, key=after.account, base=base)
        name_profile(self._database, after.account, digest)
        self._share(before, after, digest)
        return posted

    def erase(self, keys: list[str]) -> None:
        """Forget every profile that an entry about one of these rows of the chain names."""
        for key in keys:
            for digest in self._digests(key):
                self._database.run("DELETE FROM proposal WHERE digest = ?", (digest,))
            self._database.run("DELETE FROM profile_of WHERE key = ?", (key,))

    def _share(self, before: File | None, after: File, digest: bytes) -> None:
        """Hold a profile back without consent to sharing; with a new consent, let go of those that were held back."""
        now = standing(after.consents, CHAIN_SHARING)
        if now is None:
            self._database.run("UPDATE proposal SET delivered = ? WHERE digest = ?", (WITHHELD, digest))
        elif before is not None and standing(before.consents, CHAIN_SHARING) is None:
            for held in self._digests(after.account):
                self._database.run(
                    "UPDATE proposal SET delivered = 0 WHERE digest = ? AND delivered = ?", (held, WITHHELD)
                )

    def _digests(self, key: str) -> list[bytes]:
        """Return the profiles that entries about one row of the chain name."""
        return [row[0] for row in self._database.rows(OF_KEY, (key,))]
