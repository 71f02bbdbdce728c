"""How the mistakes of rules are told: their keys, and what an English reader is told of them."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.base.words import WORDS
from terminal.rules.mistake import Mistake


def keys(mistakes: Iterable[Mistake]) -> list[str]:
    """Return where each mistake is."""
    return [each.key for each in mistakes]


def said(mistakes: Iterable[Mistake]) -> list[tuple[str, str]]:
    """Return where each mistake is, and its words with their values."""
    return [(each.key, WORDS[each.code][0].format(**each.values)) for each in mistakes]
