"""What commands ask of the person at the terminal: a PIN, an amount, and a word typed back before something is lost."""

from __future__ import annotations

import argparse
import sys

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX, parse_yuan
from terminal.base.words.media import phrase

WORD_SYLLABLES = 3
YES = frozenset({"yes", "y", "是"})


def ask_pin(name: str, language: str) -> str:
    """Return the PIN of `name` that is typed, unseen at a terminal."""
    return ask(phrase("pin", language, name=name), unseen=True)


def ask(words: str, *, unseen: bool = False) -> str:
    """Return what is typed behind some words; raise `Refusal` `answer_missing` where nobody types any more."""
    import getpass

    if unseen and sys.stdin.isatty():
        try:
            return getpass.getpass(words)
        except EOFError as error:
            raise Refusal("answer_missing") from error
    sys.stdout.write(words)
    sys.stdout.flush()
    typed = sys.stdin.readline()
    if not typed:
        raise Refusal("answer_missing")
    return typed.strip()


def confirm(what: str, language: str) -> None:
    """Say what is about to happen; raise `Refusal` `confirmation_wrong` unless a word is typed back."""
    import secrets

    say(what)
    word = "".join(secrets.choice("bdfgkmnprstz") + secrets.choice("aeiou") for _ in range(WORD_SYLLABLES))
    if ask(phrase("type_back", language, word=word)).lower() != word:
        raise Refusal("confirmation_wrong")


def say(words: str) -> None:
    """Say a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def amount_fen(text: str) -> int:
    """Return the fen of an amount that was typed; a wrong one is wrong usage."""
    try:
        fen = parse_yuan(text)
    except ValueError:
        fen = -1
    if not 0 <= fen <= FEN_MAX:
        raise argparse.ArgumentTypeError(f"{text} is no amount")
    return fen
