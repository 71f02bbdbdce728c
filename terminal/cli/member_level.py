"""`terminal member level`: a level given, locked or let go by hand, shown before it is done."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.words.member_phrases import phrase
from terminal.cli.asking import confirm, say
from terminal.cli.language import add_option
from terminal.cli.signed import add_people, do

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_level(member: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the command to the group `member`."""
    made = add(member, "level", _level, "Show a member's level; give one by hand, lock it, or let growth decide again.")
    made.add_argument("who", metavar="WHO", help="phone, card, name or id")
    made.add_argument("--give", metavar="LEVEL", help="the level from now on, until its review; '' for none")
    kept = made.add_mutually_exclusive_group()
    kept.add_argument("--lock", action="store_true", help="growth and reviews change it no more")
    kept.add_argument("--unlock", action="store_true")
    made.add_argument("--reason", default="", help="why; no names, as it stays in the book")
    made.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    add_people(made, required=False)
    add_option(made)


def _level(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till
    from terminal.cli.member import meant

    language = options.language
    lock = True if options.lock else False if options.unlock else None
    changes = options.give is not None or lock is not None
    if changes and not options.staff:
        raise Refusal("staff_needed")
    with running_till(config) as call:
        member = meant(call, options.who)
        asked = {"account": member["account"], "give": options.give, "lock": lock}
        seen = call("member_level_look", **asked)
        say(phrase("level_is", language, level=_told(seen["level"], seen["is_locked"], language)))
        if changes:
            level = _told(seen["level_after"], seen["locked_after"], language)
            say(phrase("level_becomes", language, level=level))
        if seen["review_on"] and not seen["locked_after"]:
            say(phrase("level_review", language, day=seen["review_on"]))
        if not changes:
            return 0
        if not options.yes:
            confirm(phrase("ask_level", language, name=member["name"]), language)
        done = do(call, options, "member_level", **asked, reason=options.reason)
    say(phrase("done_level", language, entry=done["entry_no"]))
    return 0


def _told(level: str, is_locked: bool, language: str) -> str:  # noqa: FBT001 - of what is shown
    shown = level or phrase("level_none", language)
    return phrase("level_locked", language, level=shown) if is_locked else shown
