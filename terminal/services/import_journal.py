"""What the journal knows of imported lines, found by the identity each line is known by."""

from __future__ import annotations

import hmac
from typing import NamedTuple

from terminal.base.ids import ActionId
from terminal.ledger.book import Book
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from terminal.rules.member_file import MemberLine
from terminal.rules.member_notes import Identity

GROUPS_MAX = 1_000  # identities that are kept in mind; a whole file that was changed must not fill the memory


class Opening(NamedTuple):
    """What a member came in with: fen, points, and the sessions left of each pass, fewest first."""

    principal_fen: int
    bonus_fen: int
    points: int
    sessions: tuple[int, ...]


class Earlier(NamedTuple):
    """What the journal knows of a line.

    `request` and `person` are keyed digests of all it said, and of the name under its identity; `account` is the
    member it became.
    """

    request: str
    person: str
    account: str
    opening: Opening


class ImportJournal:
    """Finds the entries of imported lines; the entries of the second and further ones of an identity are numbered."""

    def __init__(self, book: Book) -> None:
        """Read this book."""
        self._book = book
        self._key: bytes | None = None
        self._groups: dict[Identity, list[Earlier]] = {}
        self._named: tuple[Identity, int, ActionId] | None = None

    def earlier(self, identity: Identity, place: int) -> Earlier | None:
        """Return the `place`-th line imported under an identity, or None."""
        done = self._book.done(self.action(identity, place))
        if done is None:
            return None
        payload = done.entry.payload
        person, account = str(payload.get("person", "")), str(payload.get("account", ""))
        return Earlier(str(payload["request"]), person, account, _opening_of_entry(done.entry))

    def group(self, identity: Identity) -> list[Earlier]:
        """Return everybody stored under an identity, in the order they came in."""
        group = self._groups.get(identity)
        if group is None:
            if len(self._groups) >= GROUPS_MAX:
                self._groups.clear()
            group = []
            while earlier := self.earlier(identity, len(group)):
                group.append(earlier)
            self._groups[identity] = group
        return group

    def add(self, identity: Identity, earlier: Earlier) -> None:
        """Take note of a line that was just imported under an identity."""
        if identity in self._groups:
            self._groups[identity].append(earlier)

    def forget(self) -> None:
        """Forget everything kept in mind, as after a transaction that was rolled back."""
        self._groups.clear()

    def action(self, identity: Identity, place: int) -> ActionId:
        """Return the action id of the `place`-th line's entry under an identity."""
        # No text of a file has a line feed in it, so no identity can look like another one's second member.
        again = f"\n{place}" if place else ""
        # A line is looked up under the very name that it then gets.
        if self._named is None or self._named[:2] != (identity, place):
            self._named = identity, place, ActionId(self.keyed(f"line:{_text(identity)}{again}".encode())[:32])
        return self._named[2]

    def person(self, identity: Identity, name: str) -> str:
        """Return the keyed digest of a name under an identity."""
        return self.keyed(f"person:{_text(identity)}\n{name}".encode())[:32]

    def keyed(self, data: bytes) -> str:
        """Return the device's keyed digest: a plain one of a name and a phone could be guessed back."""
        if self._key is None:
            self._key = self._book.import_key()
        return hmac.digest(self._key, data, "sha256").hex()


def opening_of_line(member: MemberLine) -> Opening:
    """Return what a line brings in."""
    sessions = tuple(sorted(part.left for part in member.passes if part.left))
    return Opening(member.principal_fen, member.bonus_fen, member.points, sessions)


def profile_of_line(member: MemberLine) -> dict[str, Canonical]:
    """Return what a line says of the person."""
    return {
        "birthday": member.birthday,
        "level": member.level,
        "name": member.name,
        "old_number": member.old_number,
        "phone": member.phone,
        "remark": member.remark,
        "sex": member.sex,
    }


def holdings_of_line(member: MemberLine) -> dict[str, Canonical]:
    """Return everything else a line says, so that a changed line is noticed."""
    return {
        "bonus_fen": member.bonus_fen,
        "cards": list(member.cards),
        "passes": [[part.name, part.left, part.total] for part in member.passes],
        "points": member.points,
        "principal_fen": member.principal_fen,
    }


def _opening_of_entry(entry: Entry) -> Opening:
    assets = {made.id: made.asset for made in entry.buckets}
    amounts = [(assets.get(effect.bucket, ""), effect.amount) for effect in entry.effects]
    principal, bonus, points = (
        sum(amount for asset, amount in amounts if asset == wanted) for wanted in ("principal", "bonus", "points")
    )
    return Opening(principal, bonus, points, tuple(sorted(amount for asset, amount in amounts if asset == "pass")))


def _text(identity: Identity) -> str:
    return ":".join(identity)
