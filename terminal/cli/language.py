"""Which language a command speaks: that of `--language`, else that of the person's locale."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from terminal.base.config import LANGUAGES
from terminal.rules.command_words import language_of_locale

# POSIX.1-2017, 8.2: the first of these that is set and not empty decides in which language messages are.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
ENGLISH = "en"


def add_option(command: argparse.ArgumentParser) -> None:
    """Let a command be told its language."""
    command.add_argument("--language", choices=LANGUAGES, default="", help="instead of the language of LC_ALL or LANG")


def spoken(options: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """Return the one language of everything a command says; commands that cannot be told one speak English."""
    asked: str | None = getattr(options, "language", None)
    if asked is None:
        return ENGLISH
    locale = next((value for name in VARIABLES if (value := environment.get(name))), "")
    return asked or language_of_locale(locale)
