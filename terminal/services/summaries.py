"""What a member has in the whole chain, as the cloud last told it: the rows `summary` among those of the chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminal.base.ids import AccountId
from terminal.rules import bucket, canonical
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.store.database import Database

TABLE = "summary"
_BODY = "SELECT body FROM chain_row WHERE name = ? AND key = ?"


class Summaries:
    """Reads the summaries that this till has. They are as old as what it heard last; alone it has none."""

    def __init__(self, database: Database) -> None:
        """Read from an open store."""
        self._database = database

    def lots(self, owners: Sequence[AccountId], asset: str) -> list[tuple[Bucket, int]]:
        """Return the lots of an asset that these accounts have anywhere in the chain, with their units."""
        found: list[tuple[Bucket, int]] = []
        for owner in owners:
            row = self._database.row(_BODY, (TABLE, owner))
            told = _lots(bytes(row[0])) if row else ()
            found += [(facts, units) for facts, units in told if (facts.owner, facts.asset) == (owner, asset)]
        return found


def _lots(body: bytes) -> Iterator[tuple[Bucket, int]]:
    """Yield the lots of a summary that have the form of some; whatever else it says is passed over."""
    try:
        said = canonical.decode(body) if body else {}
    except NotCanonical:
        return
    told = said.get("lots") if isinstance(said, dict) else ()
    for each in told if isinstance(told, list) else ():
        match each:
            case [str(text), int(units)] if units > 0:
                facts = _facts(text)
                if facts is not None:
                    yield facts, units


def _facts(text: str) -> Bucket | None:
    value: Canonical
    try:
        value = canonical.decode(text.encode())
        return bucket.from_facts(value)
    except (NotCanonical, UnicodeEncodeError):
        return None
