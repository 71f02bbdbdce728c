"""`terminal prepaid pass`: passes listed, paused, extended, shared and handed over, and days that are over settled."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.money import format_yuan
from terminal.base.words.prepaid_phrases import SHOWN, phrase
from terminal.cli.asking import say
from terminal.cli.language import add_option
from terminal.cli.member import WHO, meant
from terminal.cli.prepaid_doing import Add, done_by, looked, whose
from terminal.cli.prepaid_text import pass_lines
from terminal.cli.signed import Call, add_people


def add_pass_commands(sold: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `prepaid pass`, each by `add(group, name, run, words)`."""
    listed = add(sold, "list", _passes, "List a member's passes.")
    listed.add_argument("--json", action="store_true")
    freeze = add(sold, "freeze", _freeze, "Pause a pass; its end moves by as many days.")
    freeze.add_argument("--from", dest="first", required=True, metavar="DATE")
    freeze.add_argument("--to", dest="last", required=True, metavar="DATE")
    resume = add(sold, "resume", _resume, "End the pause a pass is in, or take out those planned.")
    extend = add(sold, "extend", _extend, "Make a pass good through a later day, also one that ended.")
    extend.add_argument("--until", required=True, metavar="DATE")
    start = add(sold, "start", _start, "Let a pass that begins with its first use begin today.")
    share = add(sold, "share", _share, "Let another member use a pass too.")
    unshare = add(sold, "unshare", _unshare, "Let another member no longer use a pass.")
    for made in (share, unshare):
        made.add_argument("--with", dest="person", required=True, metavar="WHO", help=WHO)
    moved = add(sold, "transfer", _pass_transfer, "Give a pass to another member.")
    moved.add_argument("--to", dest="person", required=True, metavar="WHO", help=WHO)
    for made in (share, moved):
        made.add_argument("--shown", required=True, choices=SHOWN, help="what the holder showed")
    changes = (freeze, resume, extend, start, share, unshare, moved)
    for made in changes:
        made.add_argument("lot", metavar="PASS", help="its name, its code, or its first letters in `pass list`")
        add_people(made)
    for made in (listed, *changes):
        made.add_argument("--member", required=True, metavar="WHO", help=WHO)
        add_option(made)
    add_option(add(sold, "settle-days", _settle_days, "Count the days of time passes that are over as sold service."))


def _passes(options: argparse.Namespace, config: Config) -> int:
    def lines(shown: Mapping[str, Any], language: str) -> list[str]:
        return pass_lines(shown["passes"], language)

    return looked(options, config, "prepaid_passes", lambda call: whose(call, options), lines)


def _freeze(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "freeze", first=options.first, last=options.last)


def _resume(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "resume")


def _extend(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "extend", until=options.until)


def _start(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "start")


def _share(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "share", "person", shown=options.shown)


def _unshare(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "unshare", "person")


def _pass_transfer(options: argparse.Namespace, config: Config) -> int:
    return _change(options, config, "transfer", "to", shown=options.shown)


def _change(options: argparse.Namespace, config: Config, name: str, other: str = "", **wish: str) -> int:
    """Change a pass; `other` is by which word the verb names another member, where one is concerned."""

    def asked(call: Call) -> dict[str, Any]:
        person = {other: meant(call, options.person)["account"]} if other else {}
        return {**whose(call, options), "sold": options.lot, **wish, **person}

    return done_by(options, config, f"prepaid_pass_{name}", asked)


def _settle_days(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    sums, after = {"days": 0, "passes": 0, "value_fen": 0}, 0
    with running_till(config) as call:
        while True:
            done = call("prepaid_pass_days", after=after)
            sums = {name: fen + done[name] for name, fen in sums.items()}
            after = done["last"]
            if not after:
                break
    amount = format_yuan(sums["value_fen"])
    say(phrase("days_settled", options.language, days=sums["days"], passes=sums["passes"], amount=amount))
    return 0
