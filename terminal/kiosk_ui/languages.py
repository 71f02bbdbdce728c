"""The languages of the screens, and which one a browser's wish means."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.rules.kiosk import LANGUAGES

DEFAULT = "zh_CN"
# What `<html lang>` says, so that the browser takes the right Han glyphs.
TAGS = {"zh_CN": "zh-CN", "zh_TW": "zh-TW", "en": "en"}
NAMES = {"zh_CN": "简体", "zh_TW": "繁體", "en": "English"}
# The same where there is little room.
SHORT_NAMES = {"zh_CN": "简", "zh_TW": "繁", "en": "EN"}
_TRADITIONAL = {"tw", "hk", "mo", "hant"}


def known(language: str) -> str:
    """Return `language` if the screens speak it, else the default."""
    return language if language in LANGUAGES else DEFAULT


def meant_by(tag: str) -> str | None:
    """Return our language for a browser's tag (`zh-HK`, `zh-Hant`, `en-GB`), or None."""
    primary, *rest = tag.replace("_", "-").lower().split("-")
    if primary == "zh":
        return "zh_TW" if _TRADITIONAL.intersection(rest) and "hans" not in rest else "zh_CN"
    return "en" if primary == "en" else None


def negotiated(tags: Iterable[str]) -> str:
    """Return our language for the browser's tags, best first; the default when none is ours."""
    return next((language for language in map(meant_by, tags) if language is not None), DEFAULT)
