"""`terminal cards forget-proofs`: cards are held to no earlier proof, once somebody has confirmed it."""

from __future__ import annotations

import argparse
import secrets
import sys

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.cli.door import open_door
from terminal.rules.command_words import said

WORD_SYLLABLES = 3


def forget_proofs(options: argparse.Namespace, config: Config) -> int:
    """Forget them all after a word was typed back; raises `Refusal` `confirmation_wrong` when another one was."""
    language = options.language
    with open_door(config, may_make=False) as call:
        cards = call("card_proofs_count")["cards"]
        if not cards:
            sys.stdout.write(said("nothing_proved", language) + "\n")
            return 0
        word = _word()
        sys.stdout.write(said("forgetting", language, cards=cards) + "\n")
        sys.stdout.write(said("type_back", language, word=word))
        sys.stdout.flush()
        if sys.stdin.readline().strip().lower() != word:
            raise Refusal("confirmation_wrong")
        cards = call("card_proofs_forget", action=new_id())["cards"]
    sys.stdout.write(said("forgotten", language, cards=cards) + "\n")
    return 0


def _word() -> str:
    """Return a word that is typed by nobody who has not read it, easily told from others when read aloud."""
    return "".join(secrets.choice("bdfgkmnprstz") + secrets.choice("aeiou") for _ in range(WORD_SYLLABLES))
