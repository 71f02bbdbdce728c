"""Words for refusals and mistakes, a topic in each module: code -> English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.base.words import (
    backup,
    bills,
    loyalty,
    media,
    member,
    passes,
    prepaid,
    prices,
    refunds,
    setup,
    till,
    value,
)

TOPICS = (backup, bills, loyalty, media, member, passes, prepaid, prices, refunds, setup, till, value)

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {code: words for topic in TOPICS for code, words in topic.WORDS.items()}
)
