"""Taking over a shop's members: each line of the old system's file becomes a member and one opening entry."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.ids import AccountId, ActionId, new_ordered_id
from terminal.ledger.book import Book
from terminal.rules import canonical
from terminal.rules.canonical import Canonical
from terminal.rules.member_file import MemberLine, identity_key
from terminal.services.money import create_value
from terminal.store.database import Database

LINES_MAX = 500  # an import may commit up to so many entries in one transaction
SALT_BYTES = 16
IMPORTED = "imported"
SAME = "same"
CHANGED = "changed"
MARKED = "marked"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of the file, and what only the caller who sees the whole file can say.

    `initials` are the pinyin initials of the name; `occurrence` counts the lines before it that are known by the same
    member number, phone or card: two people may share a phone, and both come in.
    """

    member: MemberLine
    initials: str
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line.

    `imported`; `marked` (imported, shares a card or phone with another member, both are marked); `same` (it was
    imported before); `changed` (it was imported before with other content: nothing was written).
    """

    line_no: int
    what: str


class Imports:
    """Imports lines; the same line again changes nothing."""

    def __init__(self, database: Database, book: Book, clock: Clock) -> None:
        """Write to an open store."""
        self._database = database
        self._book = book
        self._clock = clock
        self._key: bytes | None = None

    def take(self, lines: Sequence[ImportLine]) -> list[Outcome]:
        """Import at most `LINES_MAX` lines in one transaction and return what became of each."""
        assert len(lines) <= LINES_MAX
        with self._database.write():
            return [self._take(line) for line in lines]

    def _take(self, line: ImportLine) -> Outcome:
        member = line.member
        kind, text = identity_key(member)
        again = f":{line.occurrence}" if line.occurrence else ""
        action_id = ActionId(self._keyed(f"line:{kind}:{text}{again}".encode())[:32])
        profile = canonical.encode(_profile(member))
        # Keyed, because a plain digest of a name and a phone number could be guessed back from the journal.
        request = self._keyed(profile + canonical.encode(_holdings(member)))
        if earlier := self._book.done(action_id):
            return Outcome(member.line_no, SAME if earlier.entry.payload["request"] == request else CHANGED)
        account = AccountId(new_ordered_id(self._clock.now_ms()))
        marked = self._mark_duplicates(member)
        draft = self._book.begin(action_id, "import", request)
        profile_hash = self._write_member(account, line, profile, marked=marked)
        draft.payload |= {"account": account, "profile": profile_hash.hex()}
        create_value(draft, account, member.principal_fen, member.bonus_fen, "bank")
        if member.points:
            draft.create("points", account, member.points)
        for part in member.passes:
            attributes: dict[str, Canonical] = {"name": part.name, "total": max(part.total, part.left)}
            if part.left:
                draft.create("pass", account, part.left, attributes=attributes)
        draft.debit("opening", member.principal_fen)
        draft.credit("deferred", member.principal_fen)
        self._book.post(draft)
        return Outcome(member.line_no, MARKED if marked else IMPORTED)

    def _write_member(self, account: AccountId, line: ImportLine, profile: bytes, *, marked: bool) -> bytes:
        member = line.member
        salt = secrets.token_bytes(SALT_BYTES)
        profile_hash = hashlib.sha256(salt + profile).digest()
        key = bytes.fromhex(account)
        self._database.run(
            "INSERT INTO member (account, name, phone, phone_tail, initials, sex, level, birthday, remark, old_number,"
            " salt, profile_hash, duplicate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                member.name,
                member.phone,
                member.phone[-4:],
                line.initials,
                member.sex,
                member.level,
                member.birthday,
                member.remark,
                member.old_number,
                salt,
                profile_hash,
                int(marked),
            ),
        )
        for number in dict.fromkeys(member.cards):
            self._database.run(
                "INSERT INTO medium (account, number, kind, state, assurance)"
                " VALUES (?, ?, 'card', 'active', 'id-only')",
                (key, number),
            )
        return profile_hash

    def _mark_duplicates(self, member: MemberLine) -> bool:
        """Mark the members who have this line's phone or one of its cards, and tell whether there are any."""
        others: set[bytes] = set()
        if member.phone:
            rows = self._database.rows("SELECT account FROM member WHERE phone = ?", (member.phone,))
            others.update(row[0] for row in rows)
        for card in member.cards:
            rows = self._database.rows("SELECT account FROM medium WHERE number = ?", (card,))
            others.update(row[0] for row in rows)
        for account in others:
            self._database.run("UPDATE member SET duplicate = 1 WHERE account = ?", (account,))
        return bool(others)

    def _keyed(self, data: bytes) -> str:
        if self._key is None:
            self._key = self._book.import_key()
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()


def _profile(member: MemberLine) -> dict[str, Canonical]:
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


def _holdings(member: MemberLine) -> dict[str, Canonical]:
    """Return everything else a line says, so that a changed line is noticed."""
    return {
        "bonus_fen": member.bonus_fen,
        "cards": list(member.cards),
        "passes": [[part.name, part.left, part.total] for part in member.passes],
        "points": member.points,
        "principal_fen": member.principal_fen,
    }
