"""One section of the file of card keys, setting by setting: checked values, and mistakes told without a value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from terminal.hw.cards.crypto import KEY_BYTES

# UID (at most 10), application (3), this, and one byte more for a second key of the same card: 31 at most (AN10922).
SYSTEM_CHARS_MAX = 16

_KEY = re.compile(rf"(?!0+$)[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")
_SYSTEM = re.compile(rf"[\x21-\x7e]([\x20-\x7e]{{0,{SYSTEM_CHARS_MAX - 2}}}[\x21-\x7e])?")
# A misplaced key looks unlike the name of a setting, and is not repeated.
_HARMLESS_NAME = re.compile(r"[a-z][a-z0-9_-]{0,19}")


class KeyTable:
    """Hands out a section's checked values and notes mistakes, which name a setting and never a value."""

    def __init__(self, where: str, table: object, names: Sequence[str], mistakes: list[str]) -> None:
        """Read `table`, which stands under `where` and may have these `names`; mistakes are added to the list."""
        self._where = where
        self._mistakes = mistakes
        self._table: Mapping[str, object] = table if isinstance(table, dict) else {}
        if not isinstance(table, dict):
            mistakes.append(f"{where} must be a section")
        for name in self._table:
            if name not in names:
                called = f" ({name})" if _HARMLESS_NAME.fullmatch(name) else ""
                mistakes.append(f"{where} has a setting{called} that is none of {', '.join(names)}")

    def has(self, name: str) -> bool:
        """Tell whether the file names this setting."""
        return name in self._table

    def wrong(self, name: str, expected: str) -> None:
        """Note that a setting is missing or not what it must be."""
        verb = "must be" if name in self._table else "is missing and must be"
        self._mistakes.append(f"{self._where}.{name} {verb} {expected}")

    def text(self, name: str, pattern: re.Pattern[str], expected: str) -> str:
        """Return a text of that form."""
        value = self._table.get(name)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self.wrong(name, expected)
        return ""

    def key(self, name: str) -> bytes:
        """Return a key of 16 bytes; the factories' key of zeros is none."""
        return bytes.fromhex(self.text(name, _KEY, "32 hexadecimal digits, not all zero"))

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        value = self._table.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(name, f"{low}" if low == high else f"a whole number from {low} to {high}")
        return default

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Return one of a few words."""
        value = self._table.get(name, default)
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(name, f"one of {', '.join(choices)}")
        return default

    def system(self) -> bytes:
        """Return the name that sets this shop's keys apart from others of the same master."""
        expected = f"1 to {SYSTEM_CHARS_MAX} ASCII characters"
        return self.text("system", _SYSTEM, expected).encode("ascii")
