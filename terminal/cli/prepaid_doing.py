"""What the commands of prepaid value share: whom they mean, what they show, and what they have done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.base.config import Config
from terminal.base.words.prepaid_phrases import phrase
from terminal.cli.asking import amount_fen, say
from terminal.cli.member import meant
from terminal.cli.signed import Call, do, show_json

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_money(command: argparse.ArgumentParser) -> None:
    """Let a command be told how much money comes in, how it is paid, and by whom."""
    command.add_argument("--yuan", type=amount_fen, required=True, metavar="N")
    command.add_argument(
        "--pay", default="cash", metavar="TENDER", help="cash, wechat, alipay, unionpay, card, bank ..."
    )
    command.add_argument("--reference", default="", help="the payment's own number")
    command.add_argument(
        "--at-once",
        type=amount_fen,
        default=0,
        metavar="N",
        help="yuan paid in all, where several cards are bought at once",
    )
    command.add_argument("--unit", action="store_true", help="an organisation pays")
    command.add_argument("--identified", action="store_true", help="who pays showed an identity, and it was recorded")


def buyer(options: argparse.Namespace) -> dict[str, Any]:
    """Return who pays, as `add_money` lets it be told, by the names verbs have for it."""
    return {"at_once_fen": options.at_once, "unit": options.unit, "identified": options.identified}


def looked(
    options: argparse.Namespace,
    config: Config,
    verb: str,
    asked: Callable[[Call], dict[str, Any]],
    lines: Callable[[Mapping[str, Any], str], list[str]],
) -> int:
    """Show what a verb answers."""
    from terminal.cli.door import running_till

    with running_till(config) as call:
        shown = call(verb, **asked(call))
    show(options, shown, lines(shown, options.language))
    return 0


def done_by(options: argparse.Namespace, config: Config, verb: str, asked: Callable[[Call], dict[str, Any]]) -> int:
    """Have something done, and say that it is."""
    from terminal.cli.door import running_till

    with running_till(config) as call:
        done = do(call, options, verb, **asked(call))
    return said(done, options.language)


def said(done: Mapping[str, Any], language: str) -> int:
    """Say that something is done, by its entry, and until when what was changed is good."""
    until = done.get("until") or done.get("ends_on") or ""
    name = "done_until" if until else "done"
    say(phrase(name, language, number=done["number"], until=until))
    return 0


def show(options: argparse.Namespace, shown: Mapping[str, Any], lines: Sequence[str]) -> None:
    """Show something as JSON where that is asked for, else line by line."""
    if options.json:
        show_json(shown)
    else:
        sys.stdout.writelines(lines)


def whose(call: Call, options: argparse.Namespace) -> dict[str, Any]:
    """Return the account of the member whom `--member` means, by the name verbs have for it."""
    return {"account": meant(call, options.member)["account"]}
