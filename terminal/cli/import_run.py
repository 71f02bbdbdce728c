"""One pass over a member file: what is known of those who stand in it, and what became of each line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from terminal.cli.door import Call
from terminal.cli.side_file import beside_of, members_beside
from terminal.rules.import_words import LINES, phrase, why_not
from terminal.rules.member_file import BadLine, MemberLine, identity_key
from terminal.rules.member_notes import (
    MET,
    NAMESAKE,
    STORED,
    Identity,
    mark_of,
    namesake_notes,
    number_note,
    read_notes,
)
from terminal.rules.names import initials
from terminal.services import imports
from terminal.services.commands import line_to
from terminal.services.imports import ImportLine

SLICE_LINES_FIRST = 20
NAMESAKES_MAX = 50  # of so many a side file tells beside one line


@dataclass(frozen=True, slots=True)
class Asked:
    """When so many members were `stored`, those under the identities with these marks were asked about."""

    stored: int
    marks: tuple[str, ...]


@dataclass(slots=True)
class Run:
    """One pass over a file, and what is known of those who stand in it.

    `unchanged` and `present` are as in `ImportLine`, by identity, `met` is how many members the first are; `stood`
    holds hashes of their names beside their identities. Lines that may be somebody's who was imported before are
    `vouched` for, and come in, where `new_people` says that they are other people's. `dry` says what would become of
    every line.
    """

    call: Call
    letters: Callable[[str], str]
    dry: bool = False
    new_people: bool = False
    language: str = "en"
    counts: Counter[str] = field(default_factory=Counter)
    slice_lines: int = SLICE_LINES_FIRST
    unchanged: dict[Identity, int] = field(default_factory=dict)
    present: dict[Identity, int] = field(default_factory=dict)
    met: int = 0
    stood: set[tuple[int, Identity]] = field(default_factory=set)
    asked: dict[int, Asked] = field(default_factory=dict)
    vouched: list[MemberLine] = field(default_factory=list)
    said: dict[int, tuple[str, str]] = field(default_factory=dict)
    alone: dict[int, int] = field(default_factory=dict)
    paired: set[int] = field(default_factory=set)
    by_name: dict[int, list[Identity]] = field(default_factory=dict)

    def note(self, line_no: int, what: str, why: str = "") -> None:
        """Note what became of a line."""
        self.counts[what] += 1
        if self.dry or what in {"bad", imports.CHANGED, imports.STOPPED}:
            self.said[line_no] = what, why

    def tell(self) -> None:
        """Tell what became of the lines, in the order of the file."""
        for line_no, (what, why) in sorted(self.said.items()):
            words = phrase(f"dry_{what}" if self.dry else what, self.language, table=LINES)
            if why:
                words = phrase("because", self.language, words=words, why=why)
            sys.stdout.write(phrase("line", self.language, line_no=line_no, words=words) + "\n")

    def beside(self, line: BadLine) -> str:
        """Return who stands in the file under the identity or the name of a bad line, as its side file notes it."""
        own = " ".join(word for word in line.beside.split() if not word.startswith(NAMESAKE))
        if line.identity is not None:
            known = self.unchanged.get(line.identity, 0) | self.present.get(line.identity, 0)
            own = beside_of(known | members_beside(line.beside, line.identity), line.identity)
        namesakes = dict(read_notes(line.beside).namesakes)
        for identity in self._of_name(line.name):
            if identity != line.identity:
                mark = mark_of(identity)
                namesakes[mark] = namesakes.get(mark, 0) | self.unchanged[identity]
        return " ".join(filter(None, (own, *list(namesake_notes(namesakes))[:NAMESAKES_MAX])))

    def _of_name(self, name: str) -> list[Identity]:
        """Return under what identities people of a name have unchanged lines in the file."""
        if not name:
            return []
        if not self.by_name:
            for named, identity in self.stood:
                self.by_name.setdefault(named, []).append(identity)
        return self.by_name.get(hash(name), [])

    def send(self, lines: list[MemberLine], step: int) -> list[MemberLine]:
        """Have lines imported, in slices as long as whoever writes them wants; return those to be sent once more."""
        later: list[MemberLine] = []
        answers = dict(self._answers()) if step > imports.FIRST else {}
        while lines:
            part = lines[: self.slice_lines]
            del lines[: self.slice_lines]
            sent = [{**line_to(self._line(member, step)), "beside": self._notes(member, answers)} for member in part]
            answer = self.call("import_lines", lines=sent)
            for member, (_, what, members) in zip(part, answer["outcomes"], strict=True):
                if self._settle(member, what, int(members, 16)):
                    later.append(member)
            self.slice_lines = answer["next_lines"]
        return later

    def _settle(self, member: MemberLine, said: str, members: int) -> bool:
        """Note what became of a line; return whether it is to be sent once more."""
        what, _, about = said.partition(" ")
        if what == imports.LATER:
            if about:
                stored, *marks = about.split()
                self.asked[member.line_no] = Asked(int(stored, 16), tuple(marks))
            return True
        if what in {imports.MOVED, imports.ALIKE}:
            if self.new_people:
                self.vouched.append(member)
            else:
                self.note(member.line_no, imports.CHANGED, why_not(what, about, self.language))
        elif what == imports.STOPPED:
            self.note(member.line_no, what, why_not(what, about, self.language))
        elif what == imports.RENAMED:
            self.note(member.line_no, imports.CHANGED, why_not(what, "", self.language))
        else:
            self.note(member.line_no, what)
            self._share(member, what)
        self._meet(member, what, members)
        return False

    def _line(self, member: MemberLine, step: int) -> ImportLine:
        key = identity_key(member)
        present = self.present.get(key, 0)
        if member.beside:
            present |= members_beside(member.beside, key)
        return ImportLine(member, initials(member.name, self.letters), self.unchanged.get(key, 0), present, step=step)

    def _notes(self, member: MemberLine, answers: dict[str, int]) -> str:
        """Return what a line's writer must know of others in the file."""
        notes = [number_note(MET, self.met)]
        namesakes = dict(read_notes(member.beside).namesakes) if member.beside else {}
        asked = self.asked.get(member.line_no)
        if asked is not None:
            notes.append(number_note(STORED, asked.stored))
            for mark in asked.marks:
                namesakes[mark] = namesakes.get(mark, 0) | answers.get(mark, 0)
        return " ".join((*notes, *namesake_notes(namesakes))) if namesakes else " ".join(notes)

    def _answers(self) -> Iterator[tuple[str, int]]:
        """Yield, for each mark that was asked about, whose unchanged lines were met."""
        marks = {mark for asked in self.asked.values() for mark in asked.marks}
        if marks:
            for identity, members in self.unchanged.items():
                if (mark := mark_of(identity)) in marks:
                    yield mark, members

    def _meet(self, member: MemberLine, what: str, members: int) -> None:
        key = identity_key(member)
        if what in {imports.CHANGED, imports.RENAMED}:
            if members:
                self.present[key] = self.present.get(key, 0) | members
        elif members:
            before = self.unchanged.get(key, 0)
            self.unchanged[key] = before | members
            self.met += (members & ~before).bit_count()
            self.stood.add((hash(member.name), key))

    def _share(self, member: MemberLine, what: str) -> None:
        """Remember by what a line that is not marked may yet be; one that is marks the first with the same."""
        if what not in {imports.IMPORTED, imports.MARKED}:
            return
        # Hashes only: a file has many lines, and no two of these differ in nothing but their hash by chance.
        shared = [hash(("phone", member.phone))] if member.phone else []
        shared += [hash(("card", card)) for card in member.cards]
        if member.old_number:
            shared.append(hash(("number", member.old_number)))
        if what == imports.IMPORTED:
            self.alone.update(dict.fromkeys(shared, member.line_no))
            return
        for key in shared:
            line_no = self.alone.pop(key, 0)
            if line_no and line_no not in self.paired:
                self.paired.add(line_no)
                self.counts.subtract({imports.IMPORTED: 1})
                self.counts[imports.MARKED] += 1
                if line_no in self.said:
                    self.said[line_no] = imports.MARKED, ""
