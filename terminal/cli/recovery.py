"""The recovery key between a person and the till: shown once on a screen, typed back, typed in."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import segno

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.sentences import sentence
from terminal.base.words.backup import phrase
from terminal.services.backup.recovery_key import (
    GROUP_CHARS,
    GROUPS,
    BackupLock,
    RecoveryKey,
    check_group,
    keep_lock,
    letters_of,
    load_lock,
    new_key,
    parse_key,
)

KEY_FILE_BYTES_MAX = 4096
# ECMA-48 ED and CUP, and xterm's ED 3: the screen, what had scrolled off it, and the cursor home.
CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def make_key(config: Config, language: str, *, on_paper: bool) -> BackupLock:
    """Make a recovery key, show it to the person at this terminal, and put it to use once they have typed a part back.

    Raises `Refusal` `recovery_needs_screen` where the key would go into a file or a log, `recovery_key_unconfirmed`
    with nothing changed, and with `on_paper` `recovery_printer_taken` or `printer_unavailable`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal("recovery_needs_screen")
    folder = config.till.data_dir
    earlier, key = load_lock(folder), new_key()
    lock = key.lock()
    printer = None
    if on_paper:
        from terminal.cli.recovery_paper import printer_for

        printer = printer_for(config, language)
    _show(key, lock, language)
    if earlier is not None:
        _say(phrase("key_earlier", language, name=earlier.name))
    if printer is not None:
        _say(phrase("key_printed" if printer(key) else "key_not_printed", language))
    sys.stdout.write(phrase("key_back", language))
    sys.stdout.flush()
    if letters_of(sys.stdin.readline()) != key.groups[-1]:
        raise Refusal("recovery_key_unconfirmed")
    keep_lock(folder, lock)
    sys.stdout.write(CLEAR)
    _say(phrase("key_kept", language, name=lock.name))
    return lock


def asked_key(file: Path | None, language: str) -> RecoveryKey:
    """Return the recovery key from a file, or typed: group by group by a person, in one line by a program.

    What a person typed is wiped off the screen, whatever comes of it. Raises `Refusal` `file_unreadable`, and for what
    no person is there to mend those of `parse_key`.
    """
    if file is not None:
        return parse_key(_read(file))
    if not sys.stdin.isatty():
        return parse_key(sys.stdin.readline())
    try:
        return _typed_key(language)
    finally:
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR)
            sys.stdout.flush()


def _typed_key(language: str) -> RecoveryKey:
    """Return the recovery key that a person types, each group asked for until it is right."""
    typed = ""
    while len(typed) < GROUPS * GROUP_CHARS:
        number = len(typed) // GROUP_CHARS + 1
        sys.stdout.write(phrase("key_group", language, group=number, groups=GROUPS))
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            raise Refusal("interrupted")
        letters = letters_of(line)
        try:
            if number == 1 and len(letters) > GROUP_CHARS:
                return parse_key(letters)
            check_group(number, letters)
        except Refusal as refusal:
            _say(sentence(refusal, language))
        else:
            typed += letters
    return parse_key(typed)


def _show(key: RecoveryKey, lock: BackupLock, language: str) -> None:
    _say(phrase("key_title", language, name=lock.name))
    _say("\n    " + "  ".join(key.groups) + "\n")
    drawn = io.StringIO()
    segno.make_qr(key.text, error="m").terminal(drawn, compact=True)
    try:
        drawn.getvalue().encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        pass  # a terminal without block characters has the text
    else:
        _say(drawn.getvalue())
    _say(phrase("key_advice", language))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(KEY_FILE_BYTES_MAX).decode("utf-8-sig", "replace")
    except OSError as error:
        raise Refusal("file_unreadable", file=str(path), reason=error.strerror or str(error)) from error


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
