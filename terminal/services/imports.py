"""Taking over a shop's members: each line of the old system's file becomes a member and one opening entry."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from terminal.base.clock import Clock
from terminal.base.ids import AccountId, new_ordered_id
from terminal.ledger.book import Book
from terminal.rules import canonical, card_numbers
from terminal.rules.canonical import Canonical
from terminal.rules.member_file import MemberLine, identity_key
from terminal.rules.member_notes import Identity, mark_of, read_notes
from terminal.services.import_journal import (
    Earlier,
    ImportJournal,
    holdings_of_line,
    opening_of_line,
    profile_of_line,
)
from terminal.services.import_relatives import ALIKE, MOVED, Relative, Relatives
from terminal.services.money import create_value
from terminal.store.database import Database

__all__ = ["ALIKE", "MOVED", "ImportLine", "Imports", "Outcome"]

LINES_MAX = 500  # an import may commit up to so many entries in one transaction
SALT_BYTES = 16
IMPORTED = "imported"
SAME = "same"
CHANGED = "changed"
MARKED = "marked"
RENAMED = "renamed"
STOPPED = "stopped"
LATER = "later"
# The steps of an import: the whole file goes through the first, and what is put off through the others, one by one.
# In the last, whoever imports has said that lines reported as moved or alike are other people's.
FIRST, BY_NAME, LAST, NEW_PEOPLE = range(4)
MARKS_MAX = 50  # of so many identities a line may be asked about; the members of further ones count as missing


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of the file, and what only the caller who sees the whole file can say.

    `initials` are the pinyin initials of the name. Of the members imported before under the same identity (bit 0 is
    the first of them), `unchanged` are those whose lines this import has met as they were or has just brought in, and
    `present` those who stand in the file with other content. `step` says how much of the file went before. The line's
    `beside` holds the caller's notes (`member_notes`): how many members' unchanged lines were met, and of those
    asked about, when, and which have one.
    """

    member: MemberLine
    initials: str
    unchanged: int = 0
    present: int = 0
    step: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line.

    `what` begins with a word: `imported`; `marked` (imported, shares a number, card or phone with another member, both
    are marked); `same` (it was imported before); `changed` (it was imported before with other content: nothing was
    written); `renamed` (nothing was written: under its phone or card only another name was imported, whose own line is
    not in the file); `moved` and `alike` (nothing was written: somebody of the same name was imported under another
    identity and has no unchanged line in the file, who has one of its cards or its phone, or came in with the same
    amounts), followed by of whom the line may be; `stopped` (nothing was written: the card that follows is out of use
    here, lost, replaced, handed in or blocked, and must not come back under its number); `later` (ask again in the next
    step), in the first step followed by how many members are stored, in hexadecimal, and the marks of the identities
    whose members are in question.
    `members` are those stored under the line's identity that this line is about, as bits.
    """

    line_no: int
    what: str
    members: int = 0


@dataclass(slots=True)
class _Slice:
    """What is known while some lines are taken.

    `seen` gathers by identity who is `unchanged` and `present` within these lines; `stored` is how many members there
    are, and `all_here` says that each of them has an unchanged line in the file, as in a shop's first import.
    """

    stored: int
    all_here: bool
    seen: dict[Identity, tuple[int, int]] = field(default_factory=dict)


class Imports:
    """Imports lines; the same line again changes nothing, whatever stands around it."""

    def __init__(self, database: Database, book: Book, clock: Clock) -> None:
        """Write to an open store, which nobody else may import into meanwhile."""
        self._database = database
        self._book = book
        self._clock = clock
        self._journal = ImportJournal(book)
        self._relatives = Relatives(database, self._journal)

    def take(self, lines: Sequence[ImportLine]) -> list[Outcome]:
        """Import at most `LINES_MAX` lines in one transaction and return what became of each."""
        assert len(lines) <= LINES_MAX
        with ExitStack() as undo:
            undo.callback(self._forget)  # what is rolled back must not be remembered
            with self._database.write():
                around = self._begin(lines)
                outcomes = [self._take(line, around) for line in lines]
            undo.pop_all()
        return outcomes

    def _begin(self, lines: Sequence[ImportLine]) -> _Slice:
        row = self._database.row("SELECT coalesce(max(n), 0) FROM member")
        stored = row[0] if row else 0
        met = read_notes(lines[0].member.beside).met if lines else None
        return _Slice(stored, all_here=stored == (met or 0))

    def _forget(self) -> None:
        self._journal.forget()
        self._relatives.forget()

    def _take(self, line: ImportLine, around: _Slice) -> Outcome:
        identity = identity_key(line.member)
        profile = canonical.encode(profile_of_line(line.member))
        # Keyed, because a plain digest of a name and a phone number could be guessed back from the journal.
        request = self._journal.keyed(profile + canonical.encode(holdings_of_line(line.member)))
        earlier = self._journal.earlier(identity, 0)
        if earlier is None:
            what, members = "", 0
        elif earlier.request == request:
            what, members = SAME, 1
        elif members := self._exactly(identity, request):
            what = SAME
        else:
            what, members = self._among(line, identity, around)
        if what != SAME:
            what, members = self._or_a_relative(line, identity, around, what, members)
        if not what and (card := self._stopped(line.member)):
            what = f"{STOPPED} card {card_numbers.tail(card)}"
        if not what:
            place = 0 if earlier is None else len(self._journal.group(identity))
            what, members = self._bring_in(line, identity, place, request, profile), 1 << place
            around.stored += 1
        unchanged, present = around.seen.get(identity, (0, 0))
        if what in {IMPORTED, MARKED, SAME}:
            around.seen[identity] = unchanged | members, present
        elif members:
            around.seen[identity] = unchanged, present | members
        return Outcome(line.member.line_no, what, members)

    def _exactly(self, identity: Identity, request: str) -> int:
        """Return, as a bit, the member stored under an identity whose line was exactly this one, else 0."""
        return next(
            (1 << place for place, one in enumerate(self._journal.group(identity)) if one.request == request), 0
        )

    def _among(self, line: ImportLine, identity: Identity, around: _Slice) -> tuple[str, int]:
        """Return what a line is to the members stored under its identity, and to which of them; empty for a new one.

        It is a new one only where each of them has a line of its own in the file: else it may be theirs, changed.
        """
        group = self._journal.group(identity)
        unchanged, present = around.seen.get(identity, (0, 0))
        unchanged, present = unchanged | line.unchanged, present | line.present
        missing = (1 << len(group)) - 1 & ~unchanged
        if not missing:
            return "", 0
        if line.step == FIRST:
            return LATER, 0
        person = self._journal.person(identity, line.member.name)
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

    def _or_a_relative(
        self, line: ImportLine, identity: Identity, around: _Slice, what: str, members: int
    ) -> tuple[str, int]:
        """Return `what` and `members`, but for a line that may be about a missing member of another identity."""
        if around.all_here or line.step >= NEW_PEOPLE or what == RENAMED:
            return what, members
        missing = self._missing_relatives(line, identity, around)
        if line.step == FIRST:
            if not what and not missing:
                return what, members
            marks = list(dict.fromkeys(mark_of(one.identity) for one in missing))
            return " ".join((LATER, f"{around.stored:x}", *marks[:MARKS_MAX])), 0
        if not missing or what == LATER:
            return what, members
        if what:
            # It may as well be the relative's: it does not stand for the member under its own identity.
            return what, 0
        return f"{missing[0].how} {missing[0].told}", 0

    def _missing_relatives(self, line: ImportLine, identity: Identity, around: _Slice) -> list[Relative]:
        """Return whom a line may be about of those who have no unchanged line in the file."""
        notes = read_notes(line.member.beside)
        # Whoever came in since the caller was told whom to look for has a line in this file.
        stored = around.stored if notes.stored is None else notes.stored
        return [
            one
            for one in self._relatives.find(line.member, identity, stored)
            if not (around.seen.get(one.identity, (0, 0))[0] | notes.namesakes.get(mark_of(one.identity), 0))
            >> one.place
            & 1
        ]

    def _bring_in(self, line: ImportLine, identity: Identity, place: int, request: str, profile: bytes) -> str:
        """Write the member with the opening entry, the `place`-th under this identity, and return what became of it."""
        member = line.member
        account = AccountId(new_ordered_id(self._clock.now_ms()))
        marked = self._mark_duplicates(member, again=place > 0)
        person = self._journal.person(identity, member.name)
        draft = self._book.begin(self._journal.action(identity, place), "import", request)
        n, profile_hash = self._write_member(account, line, profile, marked=marked)
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
        self._journal.add(identity, Earlier(request, person, account, opening_of_line(member)))
        self._relatives.added(member.name, n, member)
        return MARKED if marked else IMPORTED

    def _write_member(self, account: AccountId, line: ImportLine, profile: bytes, *, marked: bool) -> tuple[int, bytes]:
        """Write the member and their cards, and return the row and the salted digest of the profile."""
        member = line.member
        salt = secrets.token_bytes(SALT_BYTES)
        profile_hash = hashlib.sha256(salt + profile).digest()
        key = bytes.fromhex(account)
        written = self._database.run(
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
        return written.lastrowid, profile_hash

    def _stopped(self, member: MemberLine) -> str:
        """Return the first of a line's cards that is known here in any spelling and out of use, empty for none."""
        for card in member.cards:
            spellings = card_numbers.candidates(card)
            marks = ", ".join("?" * len(spellings))
            found = self._database.row(
                f"SELECT 1 FROM medium WHERE number IN ({marks}) AND state <> 'active'",  # noqa: S608 - marks only
                spellings,
            )
            if found:
                return card
        return ""

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
