"""Changing the devices in the configuration file: comments and order stay, and a wrong file is never written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
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


def add_device(path: Path, kind: str, device: str, values: Sequence[str]) -> None:
    """Add a device of a kind of `SECTIONS` with `key=value` words.

    Raises `ConfigMistakes` when the file would be wrong, and `Refusal` `device_value_bad`; nothing is then written.
    """

    def add(document: Any) -> None:  # noqa: ANN401 - tomlkit's containers have no one type
        import tomlkit

        section = SECTIONS[kind]
        table = tomlkit.table()
        table["id"] = device
        _set(table, values)
        sections = document.get(section)
        if sections is None:
            sections = document[section] = tomlkit.aot()
        sections.append(table)

    _change(path, add)


def change_device(path: Path, device: str, values: Sequence[str]) -> None:
    """Set `key=value` words of a device; `key=` takes the key out. Raises like `add_device`, or `device_unknown`."""
    _change(path, lambda document: _set(_find(document, device)[1], values))


def remove_device(path: Path, device: str) -> None:
    """Take a device out of the file; raises `Refusal` `device_unknown`."""

    def remove(document: Any) -> None:  # noqa: ANN401 - as above
        section, table = _find(document, device)
        tables = document[section]
        del tables[next(at for at, one in enumerate(tables) if one is table)]
        if not tables:
            del document[section]

    _change(path, remove)


def _find(document: Any, device: str) -> tuple[str, Any]:  # noqa: ANN401 - as above
    for section in SECTIONS.values():
        tables = document.get(section)
        for table in tables if isinstance(tables, list) else ():
            if table.get("id") == device:
                return section, table
    raise Refusal("device_unknown", device=device)


def _set(table: Any, values: Sequence[str]) -> None:  # noqa: ANN401 - as above
    for word in values:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise Refusal("device_value_bad", word=word)
        if value:
            table[key] = _typed(value)
        else:
            table.pop(key, None)


def _typed(value: str) -> object:
    """Return a number, true, false or list where the word is one in TOML, else the word itself."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _change(path: Path, change: Callable[[Any], None]) -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomlkit.parse(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("file_unreadable", file=str(path), reason=str(error)) from error
    except TOMLKitError:
        # The configuration's own reader says what is wrong with it, in its own words.
        parse_config(text, path.absolute().parent)
        raise
    if not all(_is_list_of_tables(document.get(section)) for section in SECTIONS.values()):
        parse_config(text, path.absolute().parent)
    change(document)
    changed = tomlkit.dumps(document)
    parse_config(changed, path.absolute().parent)
    try:
        _replace(path, changed)
    except OSError as error:
        raise Refusal("file_unusable", file=str(path), reason=error.strerror or str(error)) from error


def _is_list_of_tables(section: object) -> bool:
    """Tell whether a section has the form `[[...]]`, or is not there."""
    return section is None or (isinstance(section, list) and all(isinstance(table, dict) for table in section))


def _replace(path: Path, text: str) -> None:
    """Put a new text in the file's place, whole or not at all, with the rights the file had."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.absolute().parent)
