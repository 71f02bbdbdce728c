"""The rulebook in the store: the rules in force, kept in memory, and every version there ever was."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from terminal.base.errors import Refusal
from terminal.rules.rulebook import Rulebook
from terminal.rules.setup.fields import VERSION, fields_of
from terminal.rules.setup.stored import plain, value_of
from terminal.store.database import Database

SECTIONS = fields_of(Rulebook)
_NEWEST = (
    "SELECT name, version, body FROM rule AS one"
    " WHERE version = (SELECT max(version) FROM rule AS other WHERE other.name = one.name)"
)


class RuleStore:
    """The one place that rules come from: `current()` costs nothing, `apply()` writes what changed."""

    def __init__(self, database: Database) -> None:
        """Read the rules of an open store."""
        self._database = database
        self._current = self._read()

    def current(self) -> Rulebook:
        """Return the rules in force."""
        return self._current

    def refresh(self) -> Rulebook:
        """Read the rules again, as after a transaction that was undone, and return them."""
        self._current = self._read()
        return self._current

    def changed(self, rulebook: Rulebook) -> list[str]:
        """Return the sections in which a rulebook differs from the rules in force; all of them the first time."""
        before = self._current
        return [
            name
            for name in SECTIONS
            if not before.versions or plain(getattr(rulebook, name)) != plain(getattr(before, name))
        ]

    def apply(self, rulebook: Rulebook, at_ms: int) -> list[str]:
        """Put a rulebook in force from `at_ms` on, each changed section as its next version; return their names.

        One that changes nothing writes nothing. Where it is a part of a larger transaction that is then undone, its
        caller calls `refresh`.
        """
        changed = self.changed(rulebook)
        if not changed:
            return []
        versions = {name: self._current.versions.get(name, 0) + 1 for name in changed}
        with self._database.write():
            for name, version in versions.items():
                body = json.dumps(plain(getattr(rulebook, name)), ensure_ascii=False)
                self._database.run(
                    "INSERT INTO rule (name, version, body, since_ms) VALUES (?, ?, ?, ?)",
                    (name, version, body, at_ms),
                )
        known = {**self._current.versions, **versions}
        sections = {name: _stamped(getattr(rulebook, name), known.get(name, 0)) for name in SECTIONS}
        self._current = Rulebook(**sections, versions=known)
        return changed

    def section(self, name: str, version: int) -> Any:  # noqa: ANN401 - each section has its own class
        """Return a section as it was in a version (0: as before any), for what was noted with it.

        Raises `Refusal` `rule_version_unknown`.
        """
        if version == 0 and name in SECTIONS:
            return getattr(Rulebook(), name)
        row = self._database.row("SELECT body FROM rule WHERE name = ? AND version = ?", (name, version))
        if row is None or name not in SECTIONS:
            raise Refusal("rule_version_unknown", section=name, version=version)
        return _stamped(value_of(SECTIONS[name], json.loads(row[0])), version)

    def _read(self) -> Rulebook:
        """Return what the newest versions say; a section that a later release wrote is left to it."""
        rows = [row for row in self._database.rows(_NEWEST) if row[0] in SECTIONS]
        sections = {name: _stamped(value_of(SECTIONS[name], json.loads(body)), n) for name, n, body in rows}
        return Rulebook(**sections, versions={name: n for name, n, _ in rows})


def _stamped(section: Any, version: int) -> Any:  # noqa: ANN401 - each section has its own class
    """Return a section that bears its version, as far as it or its parts have room for one."""
    if isinstance(section, tuple):
        return tuple(_stamped(each, version) for each in section)
    if dataclasses.is_dataclass(section) and any(each.name == VERSION for each in dataclasses.fields(section)):
        return dataclasses.replace(section, **{VERSION: version})  # type: ignore[type-var]  # an instance, not a class
    return section
