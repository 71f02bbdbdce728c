"""Changing the devices in the configuration file: comments and order stay, and a wrong file is never written.

Commands and the technician's page write through here, one at a time: whoever reads the file in order to change it
holds a lock on its folder until the new one stands in its place.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from terminal.base.config import parse_config
from terminal.base.errors import Refusal
from terminal.store.database import sync_folder

# What a person calls each kind of device, and the section it stands in.
SECTIONS: Mapping[str, str] = {
    "reader": "pcsc_readers",
    "pn532": "pn532_readers",
    "scanner": "serial_scanners",
    "keyboard": "keyboards",
    "printer": "printers",
    "display": "displays",
}


# What a key is set to, with the type it has in the file; None takes the key out.
Settings = Mapping[str, object]

LOCK_S = 2.0  # another writer is done within milliseconds
LOCK_LOOK_S = 0.05
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


def add_device(path: Path, kind: str, device: str, values: Sequence[str] | Settings, seen: str = "") -> None:
    """Add a device of a kind of `SECTIONS` with settings, or the words `key=value` for them.

    Raises `ConfigMistakes` when the file would be wrong, and `Refusal` `device_value_bad`, `config_read_only`,
    `config_busy`, and `config_changed` when `seen` is another file's `fingerprint`; nothing is then written.
    """
    settings = _settings(values)
    section = SECTIONS[kind]

    def add(document: Any) -> str:  # noqa: ANN401 - tomlkit's containers have no one type
        import tomlkit

        table = tomlkit.table()
        table["id"] = device
        _set(table, settings)
        sections = document.get(section)
        if sections is None:
            sections = document[section] = tomlkit.aot()
        sections.append(table)
        return _set_apart(tomlkit.dumps(document), f"[[{section}]]\n{table.as_string()}")

    _change(path, add, seen)


def change_device(path: Path, device: str, values: Sequence[str] | Settings, seen: str = "") -> None:
    """Change a device's settings; the word `key=` takes the key out. Raises like `add_device`, or `device_unknown`."""
    settings = _settings(values)

    def change(document: Any) -> str:  # noqa: ANN401 - as above
        import tomlkit

        _set(_find(document, device)[1], settings)
        return tomlkit.dumps(document)

    _change(path, change, seen)


def remove_device(path: Path, device: str, seen: str = "") -> None:
    """Take a device out of the file; raises like `change_device`."""

    def remove(document: Any) -> str:  # noqa: ANN401 - as above
        import tomlkit

        section, table = _find(document, device)
        tables = document[section]
        del tables[next(at for at, one in enumerate(tables) if one is table)]
        if not tables:
            del document[section]
        return tomlkit.dumps(document)

    _change(path, remove, seen)


def fingerprint(text: str) -> str:
    """Return what tells one text of the file from any other."""
    return hashlib.sha256(text.encode()).hexdigest()


def may_write(path: Path) -> bool:
    """Tell whether this process may put another file in this one's place, as far as the system says beforehand."""
    return os.access(path.resolve().parent, os.W_OK | os.X_OK)


def _find(document: Any, device: str) -> tuple[str, Any]:  # noqa: ANN401 - as above
    for section in SECTIONS.values():
        tables = document.get(section)
        for table in tables if isinstance(tables, list) else ():
            if table.get("id") == device:
                return section, table
    raise Refusal("device_unknown", device=device)


def _settings(values: Sequence[str] | Settings) -> Settings:
    if isinstance(values, Mapping):
        return values
    settings: dict[str, object] = {}
    for word in values:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise Refusal("device_value_bad", word=word)
        settings[key] = _typed(value) if value else None
    return settings


def _set(table: Any, settings: Settings) -> None:  # noqa: ANN401 - as above
    for key, value in settings.items():
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def _set_apart(text: str, table: str) -> str:
    """Return the text with an empty line before and behind a table that was added to it, as people write files."""
    before, here, behind = text.partition(table)
    if not here:
        return text
    above = "" if not before or before.endswith("\n\n") else "\n"
    below = "" if not behind or behind.startswith("\n") else "\n"
    return before + above + here + below + behind


def _typed(value: str) -> object:
    """Return a number, true, false or list where the word is one in TOML, else the word itself."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _change(path: Path, change: Callable[[Any], str], seen: str) -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    folder = path.absolute().parent
    # A link stays a link: what it leads to is replaced.
    file = path.resolve()
    with _alone(file):
        try:
            text = file.read_text(encoding="utf-8-sig")
            document = tomlkit.parse(text)
        except (OSError, UnicodeDecodeError) as error:
            raise Refusal("file_unreadable", file=str(path), reason=str(error)) from error
        except TOMLKitError:
            # The configuration's own reader says what is wrong with it, in its own words.
            parse_config(text, folder)
            raise
        if seen and seen != fingerprint(text):
            raise Refusal("config_changed", file=str(path))
        if not all(_is_list_of_tables(document.get(section)) for section in SECTIONS.values()):
            parse_config(text, folder)
        changed = change(document)
        parse_config(changed, folder)
        try:
            _replace(file, changed)
        except OSError as error:
            raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> Refusal:
    """Return why the file was not written."""
    if error.errno == errno.ENOSPC:
        return Refusal("disk_full", file=str(path))
    code = "config_read_only" if error.errno in _NOT_ALLOWED else "file_unusable"
    return Refusal(code, file=str(path), reason=error.strerror or str(error))


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Let nobody else of ours change the file meanwhile; raise `Refusal` `config_busy` when somebody does not end.

    The lock is the folder's (flock(2)): the file itself is another one each time it is written.
    """
    try:
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise Refusal("file_unreadable", file=str(file), reason=error.strerror or str(error)) from error
    try:
        pause = threading.Event()
        for _ in range(int(LOCK_S / LOCK_LOOK_S)):
            if _locked(file, folder):
                break
            pause.wait(LOCK_LOOK_S)
        else:
            raise Refusal("config_busy", file=str(file))
        yield
    finally:
        os.close(folder)


def _locked(file: Path, folder: int) -> bool:
    """Tell whether the lock was had; closing the descriptor lets go of it."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system that knows no locks
        raise _unwritten(file, error) from error
    return True


def _is_list_of_tables(section: object) -> bool:
    """Tell whether a section has the form `[[...]]`, or is not there."""
    return section is None or (isinstance(section, list) and all(isinstance(table, dict) for table in section))


def _replace(path: Path, text: str) -> None:
    """Put a new text in the file's place, whole or not at all, with the rights and, where allowed, owner it had."""
    part = path.with_name(path.name + ".part")
    try:
        _write_beside(part, path.stat(), text)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    sync_folder(path.absolute().parent)


def _write_beside(part: Path, had: os.stat_result, text: str) -> None:
    """Write a text to `part`, on the disk when this returns; what a cut-off writing left there is written over."""
    with part.open("w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), had.st_mode & 0o7777)
        # Else a till that may not be root could no longer read what root wrote for it.
        for owner in (had.st_uid, -1):
            with suppress(PermissionError):
                os.fchown(file.fileno(), owner, had.st_gid)
                break
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
