"""Who an imported line may be about although it is known by something else: a number, phone or card was changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from terminal.base.ids import AccountId
from terminal.rules.member_file import MemberLine, known_by
from terminal.rules.member_notes import Identity
from terminal.services.import_journal import Earlier, ImportJournal, opening_of_line
from terminal.store.database import Database, Row

KEPT_MAX = 50_000  # members whose opening amounts are kept in mind, some 120 bytes each
MOVED = "moved"
ALIKE = "alike"
TAIL_CHARS = 4
# A plus sign before a column keeps its index out of the choice: many share a name, few a card or a phone.
_COLUMNS = "SELECT member.n, member.account, member.phone, member.old_number FROM member"


class Relative(NamedTuple):
    """Somebody of the same name: imported under `identity` as the `place`-th.

    `how` is `MOVED` where a card or the phone is the same too, `ALIKE` where the opening amounts are; `told` says of
    whom it is, a kind (`card`, `phone`, `number`) and the end of the text.
    """

    how: str
    told: str
    identity: Identity
    place: int


class Relatives:
    """Finds them, by indexes only."""

    def __init__(self, database: Database, journal: ImportJournal) -> None:
        """Look in an open store."""
        self._database = database
        self._journal = journal
        self._openings: dict[str, list[tuple[int, int]]] = {}
        self._kept = 0

    def find(self, member: MemberLine, identity: Identity, stored: int) -> Iterator[Relative]:
        """Yield everybody a line may be about of the first `stored` members, but for those under its own identity."""
        seen: set[int] = set()
        for how, told, row in self._rows(member, stored):
            if row[0] in seen:
                continue
            seen.add(row[0])
            other, place, earlier = self._imported(row)
            if earlier is not None and other != identity:
                yield Relative(how, told or _told(other), other, place)

    def added(self, name: str, n: int, member: MemberLine) -> None:
        """Take note of a member who just came in as row `n`."""
        if name in self._openings:
            self._openings[name].append((n, hash(opening_of_line(member))))
            self._kept += 1

    def forget(self) -> None:
        """Forget everything kept in mind."""
        self._openings.clear()
        self._kept = 0

    def _rows(self, member: MemberLine, stored: int) -> Iterator[tuple[str, str, Row]]:
        """Yield how, by what, and the member's row; those with a card or phone in common first."""
        for card in member.cards:
            for row in self._database.rows(
                f"{_COLUMNS} JOIN medium USING (account) WHERE medium.number = ? AND +name = ? AND +member.n <= ?",
                (card, member.name, stored),
            ):
                yield MOVED, f"card {card[-TAIL_CHARS:]}", row
        if member.phone:
            told = f"phone {member.phone[-TAIL_CHARS:]}"
            for row in self._database.rows(
                f"{_COLUMNS} WHERE phone = ? AND +name = ? AND +n <= ?", (member.phone, member.name, stored)
            ):
                yield MOVED, told, row
        opening = opening_of_line(member)
        if any(opening):  # who came in with nothing brings no money in twice
            wanted = hash(opening)
            for n in [n for n, kept in self._named(member.name) if kept == wanted and n <= stored]:
                for row in self._database.rows(f"{_COLUMNS} WHERE n = ?", (n,)):
                    yield ALIKE, "", row

    def _named(self, name: str) -> list[tuple[int, int]]:
        """Return everybody of a name: row and a hash of what they came in with."""
        found = self._openings.pop(name, None)
        if found is None:
            found = []
            for row in self._database.rows(f"{_COLUMNS} WHERE name = ?", (name,)):
                earlier = self._imported(row)[2]
                if earlier is not None:
                    found.append((row[0], hash(earlier.opening)))
            self._kept += len(found)
        while self._kept > KEPT_MAX and self._openings:
            self._kept -= len(self._openings.pop(next(iter(self._openings))))
        self._openings[name] = found  # the last used are the last to go
        return found

    def _imported(self, row: Row) -> tuple[Identity, int, Earlier | None]:
        """Return under what identity and in which place a member was imported, and None for who was not."""
        _, account, phone, number = row
        cards: list[str] = []
        if not number and not phone:
            # Cards came in before any that was given out since.
            first = self._database.row(
                "SELECT number FROM medium WHERE account = ? AND kind = 'card' ORDER BY n LIMIT 1", (account,)
            )
            cards = [first[0]] if first else []
        identity = known_by(number, phone, cards) or ("", "")
        place, wanted = 0, AccountId(account.hex())
        while (earlier := self._journal.earlier(identity, place)) and earlier.account != wanted:
            place += 1
        return identity, place, earlier


def _told(identity: Identity) -> str:
    kind, text = identity
    return f"{kind} {text if kind == 'number' else text[-TAIL_CHARS:]}"
