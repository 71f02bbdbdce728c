"""`terminal import members`: reads the file, sends it to the store in slices, tells what became of each line."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal.base.clock import SystemClock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.cli.door import Call, open_door
from terminal.cli.progress import Progress
from terminal.cli.side_file import Identity, SideFile, beside_of, members_beside, reasons
from terminal.ledger.book import Book
from terminal.rules.member_file import BadLine, MemberFile, MemberLine, identity_key
from terminal.rules.member_headers import FileMapping, parse_mapping
from terminal.rules.names import initials
from terminal.services import imports
from terminal.services.commands import Commands, line_to
from terminal.services.imports import ImportLine, Imports
from terminal.services.members import Members
from terminal.services.storage import read_store
from terminal.store.database import Database, WriterLock
from terminal.store.migrations import back_up

CHUNK_BYTES = 1 << 16
SLICE_LINES_FIRST = 20

WORDS = {
    "imported": "imported",
    "marked": "imported, marked: shares a card or phone with another member",
    "same": "already there, nothing to do",
    "changed": "was imported before with other content; NOT changed",
    "bad": "NOT imported",
}
RENAMED = (
    "this phone or card came in under another name; if this is another person, import one file with the lines of both"
)


@dataclass(slots=True)
class Run:
    """One pass over a file, and what is known of those who stand in it.

    `unchanged` and `present` are as in `ImportLine`, by identity.
    """

    call: Call
    letters: Callable[[str], str]
    every_line: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    slice_lines: int = SLICE_LINES_FIRST
    unchanged: dict[Identity, int] = field(default_factory=dict)
    present: dict[Identity, int] = field(default_factory=dict)
    said: list[tuple[int, str, str]] = field(default_factory=list)

    def note(self, line_no: int, what: str, why: str = "") -> None:
        """Note what became of a line."""
        self.counts[what] += 1
        if self.every_line or what in {"bad", "changed"}:
            self.said.append((line_no, what, why))

    def tell(self) -> None:
        """Tell what became of the lines, in the order of the file."""
        for line_no, what, why in sorted(self.said):
            words = f"{WORDS[what]}: {why}" if why else WORDS[what]
            sys.stdout.write(f"line {line_no}: {words}\n")

    def beside(self, line: BadLine) -> str:
        """Return who stands in the file under the identity of a bad line, as its side file notes it."""
        if line.identity is None:
            return line.beside
        known = self.unchanged.get(line.identity, 0) | self.present.get(line.identity, 0)
        return beside_of(known | members_beside(line.beside, line.identity), line.identity)

    def send(self, lines: list[MemberLine], step: int) -> list[MemberLine]:
        """Have lines imported, in slices as long as whoever writes them wants; return those to be sent once more."""
        later: list[MemberLine] = []
        while lines:
            part = lines[: self.slice_lines]
            del lines[: self.slice_lines]
            answer = self.call("import_lines", lines=[line_to(self._line(member, step)) for member in part])
            for member, (line_no, what, members) in zip(part, answer["outcomes"], strict=True):
                if what == imports.LATER:
                    later.append(member)
                    continue
                self._meet(identity_key(member), what, int(members, 16))
                renamed = what == imports.RENAMED
                self.note(line_no, imports.CHANGED if renamed else what, RENAMED if renamed else "")
            self.slice_lines = answer["next_lines"]
        return later

    def _line(self, member: MemberLine, step: int) -> ImportLine:
        key = identity_key(member)
        present = self.present.get(key, 0)
        if member.beside:
            present |= members_beside(member.beside, key)
        return ImportLine(member, initials(member.name, self.letters), self.unchanged.get(key, 0), present, step)

    def _meet(self, key: Identity, what: str, members: int) -> None:
        met = self.present if what in {imports.CHANGED, imports.RENAMED} else self.unchanged
        if members:
            met[key] = met.get(key, 0) | members


def import_members(options: argparse.Namespace, config: Config) -> int:
    """Import a file and return how many lines did not go in; raises `Refusal` when the file as a whole cannot."""
    mapping = parse_mapping(_text(options.mapping)) if options.mapping else FileMapping()
    side = SideFile(_side_path(options), write=not options.dry_run)
    door = _rehearsal if options.dry_run else open_door
    with door(config) as call:
        run = Run(call, _letters(), every_line=options.dry_run)
        try:
            walk(options.file, mapping, run, side)
        finally:
            # What was done before an import broke off is done, and so is what could not be.
            run.tell()
            side.write(run.beside)
    _sum_up(run.counts, side.path, dry_run=options.dry_run)
    return run.counts["bad"] + run.counts["changed"]


def _side_path(options: argparse.Namespace) -> Path:
    """Return where bad lines go; raises `Refusal` where that is a file the import reads."""
    path: Path = options.rejected or options.file.parent / f"{options.file.stem}.rejected.csv"
    for source in (options.file, options.mapping):
        if source is not None and path.resolve() == source.resolve():
            raise Refusal("rejected_is_input", file=str(path))
    return path


def walk(path: Path, mapping: FileMapping, run: Run, side: SideFile) -> None:
    """Read the file once, sending good lines and setting bad ones aside.

    A line that may be another one's, changed, waits until the whole file was seen; see docs/member-import.md.
    """
    with _open(path) as file, Progress("bytes") as progress:
        size = path.stat().st_size
        members = MemberFile(iter(lambda: file.read(CHUNK_BYTES), b""), mapping)
        side.begin(members)
        waiting: list[MemberLine] = []
        later: list[MemberLine] = []
        for line in members:
            if isinstance(line, MemberLine):
                waiting.append(line)
            else:
                run.note(line.line_no, "bad", reasons(line))
                side.keep(line)
            if len(waiting) >= run.slice_lines:
                later += run.send(waiting, imports.FIRST)
                progress.show(file.tell(), size + 1)
        later += run.send(waiting, imports.FIRST)
        run.send(run.send(later, imports.BY_NAME), imports.LAST)
        progress.show(size + 1, size + 1)


def _letters() -> Callable[[str], str]:
    """Return what gives a character's pinyin; the dictionary is loaded here and nowhere in the till."""
    from pypinyin import Style, lazy_pinyin

    known: dict[str, str] = {}

    def letter(character: str) -> str:
        if character not in known:
            known[character] = "".join(lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore"))
        return known[character]

    return letter


@contextmanager
def _rehearsal(config: Config) -> Iterator[Call]:
    """Give the same verbs on a copy of the store, which is thrown away."""
    source = read_store(config)
    lock = WriterLock(config.till.data_dir / "rehearsal.lock")
    copy = config.till.data_dir / "rehearsal.db"
    # What a killed rehearsal left must not be read as the log of this one.
    _remove(copy)
    database = Database(copy, source.key)
    try:
        back_up(source, copy)
        source.close()
        with database.connection_context():
            clock = SystemClock(config.till.timezone)
            book = Book(database, clock)
            commands = Commands(
                database, Imports(database, book, clock), Members(database, book, clock), lambda _: None
            )
            verbs = commands.verbs()
            yield lambda verb, **arguments: dict(verbs[verb](**arguments))
    finally:
        _remove(copy)
        lock.release()


def _remove(copy: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".part"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _sum_up(counts: Counter[str], rejected: Path, *, dry_run: bool) -> None:
    parts = ", ".join(f"{counts[what]} {what}" for what in WORDS if counts[what]) or "no lines"
    sys.stdout.write(f"{'Would be' if dry_run else 'Done'}: {parts}.\n")
    if counts["bad"] and not dry_run:
        sys.stdout.write(f"The bad lines with their reasons are in {rejected}.\n")


def _open(path: Path) -> Any:  # noqa: ANN401 - a binary file
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> Refusal:
    reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
    return Refusal("file_unreadable", file=str(path), reason=reason)
