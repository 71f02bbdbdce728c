"""Commands that change something in people's names: their options, their PINs, and the call that carries both."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from terminal.base.ids import is_id, new_id
from terminal.cli.asking import ask_pin

Call = Callable[..., dict[str, Any]]


def add_action(command: argparse.ArgumentParser) -> None:
    """Let a command be told which action it repeats."""
    words = "repeat the command whose answer was lost, by the id it named: what it asks for is done once"
    command.add_argument("--action", type=action_id, metavar="ID", help=words)


def action_id(text: str) -> str:
    """Return the id of an action; anything else is wrong usage."""
    if not is_id(text):
        raise argparse.ArgumentTypeError(f"{text} is no id of an action")
    return text


def add_people(command: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Let a command be told who does it, who approves it, and which action it repeats."""
    command.add_argument("--staff", required=required, metavar="NAME", help="who does it; their PIN is asked for")
    command.add_argument("--approver", default="", metavar="NAME", help="who approves it; their PIN is asked for too")
    add_action(command)


def people(call: Call, options: argparse.Namespace) -> dict[str, str]:
    """Return who does it, and who approves it where somebody does, with their PINs, as verbs take them.

    Raises `Refusal` `staff_unknown` before a PIN is asked for: the names of the staff stand on the sign-in page, so
    that gives nothing away.
    """
    approver = getattr(options, "approver", "")
    call("staff_known", names=[options.staff, *([approver] if approver else [])])
    who = {"staff": options.staff, "pin": ask_pin(options.staff, options.language)}
    return who | ({"approver": approver, "approver_pin": ask_pin(approver, options.language)} if approver else {})


def do(call: Call, options: argparse.Namespace, verb: str, **wish: object) -> dict[str, Any]:
    """Have something done in the name of who gives their PIN, and of who approves it; return the answer."""
    action = getattr(options, "action", "") or new_id()
    return call(verb, action=action, **people(call, options), **wish)


def show_json(answer: object) -> None:
    """Write an answer of a verb as JSON; that it was one goes without saying."""
    if isinstance(answer, dict):
        answer = {name: value for name, value in answer.items() if name != "ok"}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n")
