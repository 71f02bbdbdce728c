"""`terminal import members`: reads the file, sends it to the store in slices, tells what became of each line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.cli.door import Call, open_door
from terminal.cli.import_run import Run
from terminal.cli.progress import Progress
from terminal.cli.side_file import SideFile, reasons
from terminal.ledger.book import Book
from terminal.rules.import_words import COUNTS, phrase
from terminal.rules.member_file import MemberFile, MemberLine
from terminal.rules.member_headers import FileMapping, parse_mapping
from terminal.services import imports
from terminal.services.commands import Commands
from terminal.services.imports import Imports
from terminal.services.members import Members
from terminal.services.storage import read_store
from terminal.store.database import Database, WriterLock
from terminal.store.migrations import back_up

CHUNK_BYTES = 1 << 16


def import_members(options: argparse.Namespace, config: Config) -> int:
    """Import a file and return how many lines did not go in; raises `Refusal` when the file as a whole cannot."""
    mapping = parse_mapping(_text(options.mapping)) if options.mapping else FileMapping()
    language = options.language
    side = SideFile(_side_path(options), write=not options.dry_run, language=language)
    door = _rehearsal if options.dry_run else open_door
    with door(config) as call:
        # A command that was not given the option vouches for nobody.
        new_people = getattr(options, "new_people", False)
        run = Run(call, _letters(), dry=options.dry_run, new_people=new_people, language=language)
        try:
            walk(options.file, mapping, run, side)
        finally:
            # What was done before an import broke off is done, and so is what could not be.
            run.tell()
            side.write(run.beside)
    _sum_up(run, side.path)
    return run.counts["bad"] + run.counts["changed"] + run.counts["stopped"]


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
    with _open(path) as file, _progress(run.language) as progress:
        size = path.stat().st_size
        members = MemberFile(iter(lambda: file.read(CHUNK_BYTES), b""), mapping)
        side.begin(members)
        waiting: list[MemberLine] = []
        later: list[MemberLine] = []
        for line in members:
            if isinstance(line, MemberLine):
                waiting.append(line)
            else:
                run.note(line.line_no, "bad", reasons(line, run.language))
                side.keep(line)
            if len(waiting) >= run.slice_lines:
                later += run.send(waiting, imports.FIRST)
                progress.show(file.tell(), size + 1)
        later += run.send(waiting, imports.FIRST)
        run.send(run.send(later, imports.BY_NAME), imports.LAST)
        run.send(run.vouched, imports.NEW_PEOPLE)
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
            clock = config.till.clock()
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


def _sum_up(run: Run, rejected: Path) -> None:
    dry, language = "dry_" if run.dry else "", run.language
    parts = [phrase(what, language, table=COUNTS, count=run.counts[what]) for what in COUNTS if run.counts[what]]
    counts = phrase("and", language).join(parts) or phrase("nothing", language, table=COUNTS)
    sys.stdout.write(phrase(f"{dry}done", language, counts=counts) + "\n")
    if run.counts["bad"]:
        sys.stdout.write(phrase(f"{dry}aside", language, file=rejected) + "\n")


def _progress(language: str) -> Progress:
    return Progress(phrase("bytes", language), lambda left_s: phrase("left", language, seconds=left_s))


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
