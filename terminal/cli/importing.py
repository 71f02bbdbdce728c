"""`terminal import members`: reads the file, sends it to the store in slices, tells what became of each line."""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from terminal.base.clock import SystemClock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.cli.door import Call, open_door
from terminal.cli.progress import Progress
from terminal.ledger.book import Book
from terminal.rules.member_file import BadLine, MemberFile, MemberLine, identity_key
from terminal.rules.member_headers import FileMapping, parse_mapping
from terminal.rules.names import initials
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


@dataclass(slots=True)
class _Run:
    """One pass over the file."""

    call: Call
    tell: Callable[[int, str, str], None]
    counts: Counter[str] = field(default_factory=Counter)
    slice_lines: int = SLICE_LINES_FIRST
    bad: deque[tuple[int, str]] = field(default_factory=deque)

    def note_bad(self, line_no: int, why: str) -> None:
        """Note a bad line, which is told when the good ones before it are."""
        self.counts["bad"] += 1
        self.bad.append((line_no, why))

    def tell_bad(self, before: float = inf) -> None:
        """Tell the bad lines in front of line `before`."""
        while self.bad and self.bad[0][0] < before:
            line_no, why = self.bad.popleft()
            self.tell(line_no, "bad", why)

    def send(self, lines: list[ImportLine]) -> None:
        """Have lines imported, in slices as long as whoever writes them wants."""
        while lines:
            part, lines[:] = lines[: self.slice_lines], lines[self.slice_lines :]
            answer = self.call("import_lines", lines=[line_to(line) for line in part])
            for line_no, what in answer["outcomes"]:
                self.counts[what] += 1
                self.tell_bad(line_no)
                self.tell(line_no, what, "")
            self.slice_lines = answer["next_lines"]


def import_members(options: argparse.Namespace, config: Config) -> int:
    """Import a file and return how many lines did not go in; raises `Refusal` when the file as a whole cannot."""
    mapping = parse_mapping(_text(options.mapping)) if options.mapping else FileMapping()
    rejected = _side_file(options)
    door = _rehearsal if options.dry_run else open_door
    with door(config) as call, _rejects(rejected, write=not options.dry_run) as reject:
        run = _Run(call, _teller(every_line=options.dry_run))
        _walk(options.file, mapping, run, reject)
    _sum_up(run.counts, rejected, dry_run=options.dry_run)
    return run.counts["bad"] + run.counts["changed"]


def _side_file(options: argparse.Namespace) -> Path:
    """Return where bad lines go; raises `Refusal` where that is a file the import reads."""
    path: Path = options.rejected or options.file.parent / f"{options.file.stem}.rejected.csv"
    for source in (options.file, options.mapping):
        if source is not None and path.resolve() == source.resolve():
            raise Refusal("rejected_is_input", file=str(path))
    return path


def _walk(path: Path, mapping: FileMapping, run: _Run, reject: Callable[[BadLine], None]) -> None:
    """Read the file once, sending good lines and setting bad ones aside."""
    letters = _letters()
    with _open(path) as file, Progress("bytes") as progress:
        size = path.stat().st_size
        waiting: list[ImportLine] = []
        seen: Counter[tuple[str, str]] = Counter()
        for line in MemberFile(iter(lambda: file.read(CHUNK_BYTES), b""), mapping):
            if isinstance(line, MemberLine):
                key = identity_key(line)
                waiting.append(ImportLine(line, initials(line.name, letters), seen[key]))
                seen[key] += 1
            else:
                run.note_bad(line.line_no, "; ".join(_reason(line)))
                reject(line)
            if len(waiting) >= run.slice_lines:
                run.send(waiting)
                progress.show(file.tell(), size + 1)
        run.send(waiting)
        run.tell_bad()
        progress.show(size + 1, size + 1)


def _reason(line: BadLine) -> Iterator[str]:
    for error in line.errors:
        yield f"{error.column} {error.value!r}: {error.sentence}" if error.column else error.sentence


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
def _rejects(path: Path, *, write: bool) -> Iterator[Callable[[BadLine], None]]:
    """Give what sets a bad line aside in a side file, which is made with the first one, for the owner's eyes only."""
    file: Any = None
    table: Any = None
    if write:
        # What an earlier run set aside may be right by now, and it holds personal data.
        path.unlink(missing_ok=True)

    def reject(line: BadLine) -> None:
        nonlocal file, table
        if not write:
            return
        if file is None:
            path.touch(mode=0o600)
            file = path.open("w", encoding="utf-8-sig", newline="")
            table = csv.writer(file)
            table.writerow(["line", "reason", "text"])
        table.writerow([line.line_no, "; ".join(_reason(line)), line.raw])

    try:
        yield reject
    finally:
        if file is not None:
            file.close()


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


def _teller(*, every_line: bool) -> Callable[[int, str, str], None]:
    def tell(line_no: int, what: str, why: str) -> None:
        if every_line or what in {"bad", "changed"}:
            words = f"{WORDS[what]}: {why}" if why else WORDS[what]
            sys.stdout.write(f"line {line_no}: {words}\n")

    return tell


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
