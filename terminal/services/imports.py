"""Taking over a shop's members: each line of the old system's file becomes a member and one opening entry."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple

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
RENAMED = "renamed"
LATER = "later"
# The steps of an import: the whole file goes through the first, and what is put off through the others, one by one.
FIRST, BY_NAME, LAST = range(3)
GROUPS_MAX = 1_000  # identities that are kept in mind; a whole file that was changed must not fill the memory


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of the file, and what only the caller who sees the whole file can say.

    `initials` are the pinyin initials of the name. Of the members imported before under the same identity (bit 0 is
    the first of them), `unchanged` are those whose lines this import has met as they were or has just brought in, and
    `present` those who stand in the file with other content. `step` says how much of the file went before.
    """

    member: MemberLine
    initials: str
    unchanged: int = 0
    present: int = 0
    step: int = LAST


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line.

    `imported`; `marked` (imported, shares a number, card or phone with another member, both are marked); `same` (it was
    imported before); `changed` (it was imported before with other content: nothing was written); `renamed` (nothing was
    written: under its phone or card only another name was imported, whose own line is not in the file); `later` (ask
    again in the next step). `members` are those stored under the line's identity that this line is about, as bits.
    """

    line_no: int
    what: str
    members: int = 0


class _Earlier(NamedTuple):
    """What the journal knows of a line: keyed digests of all it said, and of the name under its identity."""

    request: str
    person: str


class Imports:
    """Imports lines; the same line again changes nothing, whatever stands around it."""

    def __init__(self, database: Database, book: Book, clock: Clock) -> None:
        """Write to an open store, which nobody else may import into meanwhile."""
        self._database = database
        self._book = book
        self._clock = clock
        self._key: bytes | None = None
        self._groups: dict[str, list[_Earlier]] = {}

    def take(self, lines: Sequence[ImportLine]) -> list[Outcome]:
        """Import at most `LINES_MAX` lines in one transaction and return what became of each."""
        assert len(lines) <= LINES_MAX
        seen: dict[str, tuple[int, int]] = {}
        with ExitStack() as undo:
            undo.callback(self._groups.clear)  # what is rolled back must not be remembered
            with self._database.write():
                outcomes = [self._take(line, seen) for line in lines]
            undo.pop_all()
        return outcomes

    def _take(self, line: ImportLine, seen: dict[str, tuple[int, int]]) -> Outcome:
        """Take one line; `seen` gathers by identity who is `unchanged` and `present` within these lines."""
        kind, text = identity_key(line.member)
        identity = f"{kind}:{text}"
        profile = canonical.encode(_profile(line.member))
        # Keyed, because a plain digest of a name and a phone number could be guessed back from the journal.
        request = self._keyed(profile + canonical.encode(_holdings(line.member)))
        unchanged, present = seen.get(identity, (0, 0))
        earlier = self._earlier(identity, 0)
        if earlier is None:
            what, members = self._bring_in(line, identity, 0, request, profile), 1
        elif earlier.request == request:
            what, members = SAME, 1
        elif members := self._exactly(identity, request):
            what = SAME
        else:
            known = (unchanged | line.unchanged, present | line.present)
            what, members = self._among(line, identity, *known)
            if not what:
                place = len(self._group(identity))
                what, members = self._bring_in(line, identity, place, request, profile), 1 << place
        if what in {IMPORTED, MARKED, SAME}:
            seen[identity] = unchanged | members, present
        elif members:
            seen[identity] = unchanged, present | members
        return Outcome(line.member.line_no, what, members)

    def _exactly(self, identity: str, request: str) -> int:
        """Return, as a bit, the member stored under an identity whose line was exactly this one, else 0."""
        return next((1 << place for place, one in enumerate(self._group(identity)) if one.request == request), 0)

    def _among(self, line: ImportLine, identity: str, unchanged: int, present: int) -> tuple[str, int]:
        """Return what a line is to the members stored under its identity, and to which of them; empty for a new one.

        It is a new one only where each of them has a line of its own in the file: else it may be theirs, changed.
        """
        group = self._group(identity)
        missing = (1 << len(group)) - 1 & ~unchanged
        if not missing:
            return "", 0
        if line.step == FIRST:
            return LATER, 0
        person = self._person(identity, line.member.name)
        alike = sum(1 << place for place, earlier in enumerate(group) if earlier.person == person) & missing
        if alike:
            # One line stands for one member: of several with one name the other ones are still missing.
            free = alike & ~present
            return CHANGED, free & -free
        if not missing & ~present:
            return "", 0
        if line.step < LAST:
            return LATER, 0
        return CHANGED if line.member.old_number else RENAMED, 0

    def _bring_in(self, line: ImportLine, identity: str, place: int, request: str, profile: bytes) -> str:
        """Write the member with the opening entry, the `place`-th under this identity, and return what became of it."""
        member = line.member
        account = AccountId(new_ordered_id(self._clock.now_ms()))
        marked = self._mark_duplicates(member, again=place > 0)
        person = self._person(identity, member.name)
        draft = self._book.begin(self._action(identity, place), "import", request)
        profile_hash = self._write_member(account, line, profile, marked=marked)
        draft.payload |= {"account": account, "person": person, "profile": profile_hash.hex()}
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
        if identity in self._groups:
            self._groups[identity].append(_Earlier(request, person))
        return MARKED if marked else IMPORTED

    def _group(self, identity: str) -> list[_Earlier]:
        """Return everybody stored under an identity, in the order they came in."""
        group = self._groups.get(identity)
        if group is None:
            if len(self._groups) >= GROUPS_MAX:
                self._groups.clear()
            group = []
            while earlier := self._earlier(identity, len(group)):
                group.append(earlier)
            self._groups[identity] = group
        return group

    def _earlier(self, identity: str, place: int) -> _Earlier | None:
        done = self._book.done(self._action(identity, place))
        if done is None:
            return None
        payload = done.entry.payload
        return _Earlier(str(payload["request"]), str(payload.get("person", "")))

    def _action(self, identity: str, place: int) -> ActionId:
        # No text of a file has a line feed in it, so no identity can look like another one's second member.
        again = f"\n{place}" if place else ""
        return ActionId(self._keyed(f"line:{identity}{again}".encode())[:32])

    def _person(self, identity: str, name: str) -> str:
        return self._keyed(f"person:{identity}\n{name}".encode())[:32]

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

    def _mark_duplicates(self, member: MemberLine, *, again: bool) -> bool:
        """Mark the members who have this line's phone or one of its cards, and tell whether there are any.

        `again` says that there is somebody with its identity already; a member number is looked for only then.
        """
        found = False
        if member.phone and self._database.row("SELECT 1 FROM member WHERE phone = ?", (member.phone,)):
            found = True
            self._database.run("UPDATE member SET duplicate = 1 WHERE phone = ? AND duplicate = 0", (member.phone,))
        for card in member.cards:
            if self._database.row("SELECT 1 FROM medium WHERE number = ?", (card,)):
                found = True
                self._database.run(
                    "UPDATE member SET duplicate = 1 WHERE duplicate = 0"
                    " AND account IN (SELECT account FROM medium WHERE number = ?)",
                    (card,),
                )
        if again and member.old_number:
            self._database.run("UPDATE member SET duplicate = 1 WHERE old_number = ?", (member.old_number,))
        return found or again

    def _keyed(self, data: bytes) -> str:
        if self._key is None:
            self._key = self._book.import_key()
        return hmac.digest(self._key, data, "sha256").hex()


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
