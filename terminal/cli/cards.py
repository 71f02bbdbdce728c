"""How `terminal cards` is used; what it does is loaded only for those who use it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from terminal.base.config import Config
from terminal.cli.language import add_option
from terminal.cli.member import add_whose

# The words of `card_commands.ISSUED_KINDS`, which a test holds together.
KINDS = ("desfire", "ntag424", "ultralight_aes")

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(cards: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `cards`, each by `add(group, name, run, words)`."""
    issue = add(cards, "issue", _issue, "Make a blank, laid on a reader of the running till, a member's card.")
    add_whose(issue, "a card the member has already")
    issue.add_argument("--kind", required=True, choices=KINDS)
    issue.add_argument("--reader", required=True, metavar="ID", help="where the blank is laid")
    words = "Forget which cards proved their keys, after the masters were changed; each proves itself anew."
    for each in (issue, add(cards, "forget-proofs", _forget, words)):
        add_option(each)


def _issue(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.card_issuing import issue_card

    return issue_card(options, config)


def _forget(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.card_proofs import forget_proofs

    return forget_proofs(options, config)
