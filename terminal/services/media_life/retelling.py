"""What the chain has forgotten of a medium and a till still knows: it is told again.

A cloud that was put back to a backup has lost what was said since, and a till that has compacted its journal does not
hand those entries in again. A card that was blocked is blocked for good, so whoever knows that says it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from terminal.base.ids import ActionId, Draw, new_id
from terminal.ledger.book import Book
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.media.states import FINALITY
from terminal.services.files.records import name_profile
from terminal.services.media_life.records import TABLE, Kept, Records
from terminal.services.proposals import Proposals
from terminal.store.database import Database

_KNOWN: Final = (
    "SELECT n, coalesce(version, 0), coalesce(body, x'') FROM medium"
    " LEFT JOIN chain_row ON chain_row.name = ? AND chain_row.key = medium.id WHERE medium.id = ? AND medium.id <> ''"
)


def forgotten(kept: Kept, body: Mapping[str, Canonical]) -> dict[str, Canonical]:
    """Return the fields of a medium that its row of the chain should have and has not, none where it says enough."""
    if kept.number and not body.get("number"):
        return kept.fields()
    state = kept.medium.state
    if FINALITY.get(state, 0) > FINALITY.get(str(body.get("state")), 0):
        return {"state": state, "ended_by": kept.medium.ended_by}
    return {}


class Retelling:
    """Proposes again what was forgotten. Called in the dispatcher's transaction."""

    def __init__(self, database: Database, book: Book, draw: Draw) -> None:
        """Post to `book`; ids and salts come from `draw`."""
        self._database = database
        self._records = Records(database)
        self._proposals = Proposals(database, book, draw)
        self._draw = draw

    def tell(self, key: str) -> None:
        """Propose what the chain's row of a medium, as it is known by now, lacks; nothing where it lacks nothing."""
        found = self._database.row(_KNOWN, (TABLE, key))
        if found is None:
            return
        n, version, data = found
        fields = forgotten(self._records.get(n), _body(data))
        if fields:
            told = self._proposals.propose(ActionId(new_id(self._draw)), TABLE, key, version, fields)
            name_profile(self._database, key, bytes.fromhex(str(told.entry.payload["blob"])))


def _body(data: bytes) -> Mapping[str, Canonical]:
    try:
        value = canonical.decode(data) if data else {}
    except NotCanonical:
        return {}
    return value if isinstance(value, dict) else {}
