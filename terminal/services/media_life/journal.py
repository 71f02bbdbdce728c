"""The entries of media's lives: once for each action, with the row of the chain they propose to change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from terminal.base.ids import Draw
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules import canonical
from terminal.rules.canonical import Canonical
from terminal.services.files.records import name_profile
from terminal.services.media_life.asked import KINDS, Asked
from terminal.services.media_life.records import TABLE, Blank
from terminal.services.proposals import SALT_BYTES, Blobs
from terminal.store.database import Database


@dataclass(frozen=True, slots=True)
class Turn:
    """An event that is to be posted now: the digest of what was asked, and the salt of what the chain is told."""

    event: str
    asked: Asked
    request: str
    salt: str


class Journal:
    """Posts entries of media's lives; what writes is called inside the caller's transaction."""

    def __init__(self, database: Database, book: Book, draw: Draw) -> None:
        """Post to `book`; salts come from `draw`."""
        self._database = database
        self._book = book
        self._draw = draw
        self._blobs = Blobs(database)

    def turn(
        self, event: str, asked: Asked, what: dict[str, Canonical], blank: Blank | None
    ) -> tuple[Turn, Posted | None]:
        """Return the turn of an event, and what its action did before or None.

        Raises `Refusal` `action_conflict` where it did another thing, and `action_past`. A blank is compared by a
        digest with the salt of what was told then, since without one a number could be found by trying numbers; where
        that was erased, the first answer is given without comparing the blank.
        """
        kind = KINDS[event]
        earlier = self._book.done(asked.action_id)
        salt = self._draw(SALT_BYTES).hex() if earlier is None else self._blobs.salt(earlier)
        request = request_digest({"do": kind, **what, "shown": [*sorted(asked.shown)], "blank": _digest(blank, salt)})
        turn = Turn(event, asked, request, salt)
        if earlier is not None and blank is not None and not salt and earlier.entry.kind == kind:
            return turn, earlier
        return turn, None if earlier is None else self._book.find(asked.action_id, request)

    def begin(self, turn: Turn) -> Draft:
        """Return the draft of an event's entry, with who asked and what was shown."""
        by = turn.asked.by
        draft = self._book.begin(turn.asked.action_id, KINDS[turn.event], turn.request)
        draft.payload |= {"by": by.actor, "operator": by.staff_id, "shift": by.shift_no}
        draft.payload["shown"] = [*sorted(turn.asked.shown)]
        return draft

    def post(self, draft: Draft, turn: Turn, key: str, base: int, fields: dict[str, Canonical]) -> Posted:
        """Post the entry, which proposes to set fields of the chain's row `key`, known in version `base`."""
        blob = canonical.encode({"fields": fields, "salt": turn.salt})
        posted = self._blobs.post(self._book, draft, blob, table=TABLE, key=key, base=base)
        name_profile(self._database, key, hashlib.sha256(blob).digest())
        return posted


def _digest(blank: Blank | None, salt: str) -> str:
    """Return what tells whether the same blank is meant, empty for none."""
    return "" if blank is None else request_digest({"number": blank.number, "key": blank.key, "salt": salt})
