"""One table of a TOML file, read key by key: checked values out, every mistake noted as a sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

VALUE_CHARS_SHOWN = 80
_ADDRESS = re.compile(r"(\[[^\]]*\]|[^:\s]+):([0-9]{1,5})")


class Mistake(NamedTuple):
    """One mistake: the key it is at (`printers[2].address`; empty for the file), and a sentence for the operator."""

    key: str
    sentence: str


class ConfigMistakes(Exception):  # noqa: N818 - it is the list of them
    """The configuration cannot be used; `mistakes` holds all that was found, in the file's order by section."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        """Carry the mistakes."""
        super().__init__(mistakes)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        """Return one sentence per line."""
        return "\n".join(mistake.sentence for mistake in self.mistakes)


class Section:
    """One table of the file: hands out checked values, notes mistakes and puts a harmless value in their place."""

    def __init__(self, where: str, table: Mapping[str, object], keys: Sequence[str], mistakes: list[Mistake]) -> None:
        """Read `table`, called `where` in sentences; a key that is none of `keys` is a mistake."""
        self.where = where
        self._table = table
        self._mistakes = mistakes
        for key in table:
            if key not in keys:
                self.wrong(key, f"{where}.{key} is not a key of this section{did_you_mean(key, keys)}")

    def has(self, key: str) -> bool:
        """Tell whether the file names this key."""
        return key in self._table

    def wrong(self, key: str, sentence: str) -> None:
        """Note a mistake."""
        self._mistakes.append(Mistake(f"{self.where}.{key}", ended(sentence)))

    def refuse(self, key: str, expected: str) -> None:
        """Note that the value of `key` is not what is expected."""
        self.wrong(key, f"{self.where}.{key} is {_shown(self._table.get(key))}, but must be {expected}")

    def text(self, key: str, default: str | None, expected: str = "a text that is not empty") -> str:
        """Return a text; None as default means that the key must be there."""
        value = self._table.get(key, default)
        if value is None:
            self.wrong(key, f"{self.where}.{key} is missing; it must be {expected}")
        elif not isinstance(value, str) or not value.strip() or "\x00" in value:
            self.refuse(key, expected)
        else:
            return value
        return ""

    def texts(self, key: str, expected: str) -> tuple[str, ...]:
        """Return a list of one text or more, which must be there."""
        value = self._table.get(key)
        if value is None:
            self.wrong(key, f"{self.where}.{key} is missing; it must be {expected}")
        elif (
            isinstance(value, list)
            and value
            and all(isinstance(text, str) and text.strip() and "\x00" not in text for text in value)
        ):
            return tuple(value)
        else:
            self.refuse(key, expected)
        return ()

    def choice(self, key: str, default: str, choices: Sequence[str]) -> str:
        """Return one of a few words."""
        value = self._table.get(key, default)
        if isinstance(value, str) and value in choices:
            return value
        self.refuse(key, f"one of {', '.join(choices)}")
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._table.get(key, default)
        if isinstance(value, bool):
            return value
        self.refuse(key, "true or false")
        return default

    def number(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        value = self._table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.refuse(key, f"a whole number from {low} to {high}")
        return default

    def one_of(self, key: str, default: int, choices: Sequence[int]) -> int:
        """Return one of a few numbers."""
        value = self._table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value in choices:
            return value
        self.refuse(key, f"one of {', '.join(map(str, choices))}")
        return default

    def address(self, key: str, default: str | None, expected: str, port_min: int) -> tuple[str, int]:
        """Return host and port of `host:port` (an IPv6 host in square brackets)."""
        value = self.text(key, default, expected)
        found = _ADDRESS.fullmatch(value)
        if found and port_min <= int(found[2]) <= 65_535:
            return found[1].strip("[]"), int(found[2])
        if value:
            self.refuse(key, expected)
        return "", 0


def ended(sentence: str) -> str:
    """Return the sentence with a full stop, unless it is a question."""
    return sentence if sentence.endswith("?") else sentence + "."


def did_you_mean(given: str, known: Sequence[str]) -> str:
    """Return the end of a sentence about an unknown word: the nearest known one, or all of them."""
    near = difflib.get_close_matches(given.lower(), known, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _shown(value: object) -> str:
    """Return a value as the file has it, as nearly as matters, and not at endless length."""
    text = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= VALUE_CHARS_SHOWN else text[: VALUE_CHARS_SHOWN - 3] + "..."
