"""`terminal media`: a member's cards, and what happens to them, in the name of somebody who gives their PIN."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.base.money import format_yuan
from terminal.base.words.media import phrase
from terminal.cli.asking import amount_fen, ask, confirm, say
from terminal.cli.language import add_option
from terminal.cli.member import add_whose, whose
from terminal.cli.signed import Call, people
from terminal.rules.media import states
from terminal.rules.receipt_text import width_columns

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]

# Where several cards could be meant, only those that the event could be about are.
_FIT = MappingProxyType(
    {
        states.REPORT_LOSS: frozenset((states.ACTIVE,)),
        states.CANCEL_LOSS: frozenset((states.FROZEN,)),
        states.REPLACE: frozenset((states.ACTIVE, states.FROZEN)),
        states.EXCHANGE: frozenset((states.ACTIVE,)),
        states.BLACKLIST: frozenset((states.ACTIVE, states.FROZEN)),
        states.REGISTER: frozenset((states.ACTIVE,)),
        states.RETURN: frozenset((states.ACTIVE,)),
    }
)
_EVENTS = (
    (states.REPORT_LOSS, "report-loss", "Freeze a lost card at once."),
    (states.CANCEL_LOSS, "cancel-loss", "Lift the freeze, once it is clear who asks for it."),
    (states.REPLACE, "replace", "Give a new card for a lost one, which never works again."),
    (states.EXCHANGE, "exchange", "Give a new card for one that is handed in."),
    (states.REGISTER, "register", "Make a card that belongs to who holds it its member's own, in their name."),
    (states.RETURN, "return", "Take a card back for good, and give its deposit back in cash."),
    (states.BLACKLIST, "blacklist", "Block a card, or a number that is nobody's, for good."),
)
# What cannot be undone, or makes a card somebody's, is asked for; so is whatever money moves with.
_ASKED = frozenset((states.REPLACE, states.EXCHANGE, states.BLACKLIST, states.REGISTER, states.RETURN))
_PRICED = frozenset((states.ISSUE, states.REPLACE, states.EXCHANGE, states.RETURN))


def add_commands(media: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `media`, each by `add(group, name, run, words)`."""
    listed = add(media, "list", _list, "Show a member's cards, or those with a number, with their states.")
    listed.add_argument("--json", action="store_true")
    issue = add(media, "issue", _issue, "Make a number that is nobody's a member's card.")
    _add_new_card(issue)
    issue.add_argument(
        "--deposit", type=amount_fen, metavar="YUAN", help="taken in cash, given back with the card; else the shop's"
    )
    issue.add_argument("--anonymous", action="store_true", help="the card belongs to who holds it")
    changing = [issue]
    for event, name, words in _EVENTS:
        made = add(media, name, _change, words)
        made.set_defaults(event=event)
        made.add_argument("--medium", type=int, metavar="N", help="which one, by its number in terminal media list")
        if event in {states.REPLACE, states.EXCHANGE}:
            _add_new_card(made)
        changing.append(made)
    for name, run, words in (
        ("set-pin", _set_pin, "Have a member type a new PIN of their own, 4 to 6 digits, twice."),
        ("reset-pin", _reset_pin, "Take a member's PIN away, so that a new one can be set; nobody can read it."),
    ):
        changing.append(add(media, name, run, words))
    for made in changing:
        made.add_argument("--staff", required=True, metavar="NAME", help="who does it; their PIN is asked for")
        made.add_argument("--shown", action="append", choices=states.PROOFS, default=[], help="what was shown; repeat")
    for made in (listed, *changing):
        add_whose(made, "the card itself; for issue, one the member has already")
        add_option(made)


def _add_new_card(command: argparse.ArgumentParser) -> None:
    command.add_argument("--number", required=True, metavar="NUMBER", help="the number of the new card")
    command.add_argument(
        "--fee", type=amount_fen, metavar="YUAN", help="taken in cash; where it is not said, the shop's"
    )


def _list(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        media = _media(options, call)
    if options.json:
        sys.stdout.write(json.dumps(media, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(media_lines(media, options.language))
    return 0


def _issue(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        member = whose(call, options)
        who = _who(call, options)
        prices = _prices(call, options, states.ISSUE)
        if any(prices.values()):
            _confirm(phrase("ask_issue", options.language, name=member["name"]), prices, options.language)
        wish = {"account": member["account"], "is_named": not options.anonymous, **prices}
        _do(call, options, states.ISSUE, who, number=options.number, **wish)
    return 0


def _change(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    event, language = options.event, options.language
    with open_door(config, may_make=False) as call:
        medium = _meant(options, call)
        who = _who(call, options)
        wish: dict[str, Any] = {"n": medium["n"]} if medium else {"number": options.card}
        prices = _prices(call, options, event, wish.get("n", 0)) if event in _PRICED else {}
        if event in {states.REPLACE, states.EXCHANGE}:
            wish |= {"number": options.number, **prices}
        if event in _ASKED:
            _confirm(_question(event, medium, language), prices, language)
        _do(call, options, event, who, **wish)
    return 0


def _set_pin(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        member = whose(call, options)
        who = _who(call, options)
        new_pin, again = (ask(phrase(name, options.language), unseen=True) for name in ("new_pin", "new_pin_again"))
        if new_pin != again:
            raise Refusal("member_pin_differs")
        done = call("member_pin_set", action=new_id(), account=member["account"], new_pin=new_pin, **who)
        say(phrase("done_pin_set", options.language, entry=done["entry_no"]))
    return 0


def _reset_pin(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        member = whose(call, options)
        who = _who(call, options)
        _confirm(phrase("ask_pin_reset", options.language, name=member["name"]), {}, options.language)
        done = call("member_pin_reset", action=new_id(), account=member["account"], **who)
        say(phrase("done_pin_reset", options.language, entry=done["entry_no"]))
    return 0


def _prices(call: Call, options: argparse.Namespace, event: str, n: int = 0) -> dict[str, int]:
    """Return fee and deposit of an event: what was said, else what the shop takes (below 0: gives back)."""
    prices: dict[str, int] = dict(call("media_prices", event=event, n=n))
    said = {"fee_fen": getattr(options, "fee", None), "deposit_fen": getattr(options, "deposit", None)}
    return prices | {name: fen for name, fen in said.items() if fen is not None}


def _question(event: str, medium: Mapping[str, Any] | None, language: str) -> str:
    """Return what is about to happen to a card, or to a number that is nobody's."""
    if medium is None:
        return phrase("ask_blacklist_number", language)
    name = medium["name"] or phrase("anonymous", language)
    return phrase(f"ask_{event}", language, card=f"...{medium['tail']}", name=name)


def _do(call: Call, options: argparse.Namespace, event: str, who: Mapping[str, Any], **wish: object) -> None:
    """Have an event done and say that it is; raise `Refusal` with what prevented it."""
    done = call("media_change", event=event, action=new_id(), **who, **wish)
    say(phrase(f"done_{event}", options.language, entry=done["entry_no"]))


def _who(call: Call, options: argparse.Namespace) -> dict[str, Any]:
    return {**people(call, options), "shown": sorted(set(options.shown))}


def _media(options: argparse.Namespace, call: Call) -> list[dict[str, Any]]:
    """Return the media with a number, or of a member; raise `Refusal`."""
    if options.card is not None:
        by, value = "card", options.card
    else:
        by, value = "id", whose(call, options)["account"]
    found: list[dict[str, Any]] = call("media_list", by=by, value=value)["media"]
    return found


def _meant(options: argparse.Namespace, call: Call) -> dict[str, Any] | None:
    """Return the one medium that is meant; None for a number to block that is nobody's.

    Raises `Refusal` `medium_several`, or `medium_unknown`. A medium that is named is taken whatever its state, so that
    the refusal says what is wrong with it.
    """
    try:
        media = _media(options, call)
    except Refusal as refusal:
        if refusal.code == "medium_unknown" and options.event == states.BLACKLIST:
            return None
        raise
    if options.medium is not None:
        named = [each for each in media if each["n"] == options.medium]
    else:
        cards = media if options.card is not None else [each for each in media if each["kind"] == "card"]
        named = [each for each in cards if each["state"] in _FIT[options.event]] or cards
    if not named:
        raise Refusal("medium_unknown")
    if len(named) > 1:
        raise Refusal("medium_several")
    return named[0]


def media_lines(media: list[dict[str, Any]], language: str) -> list[str]:
    """Return a line for each medium: its number here, what it is, how its number ends, and its state."""
    if not media:
        return [phrase("nothing", language) + "\n"]
    rows = [_cells(each, language) for each in media]
    widest = [max(width_columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (most - width_columns(cell)) for cell, most in zip(row, widest, strict=True)).rstrip()
        + "\n"
        for row in rows
    ]


def _cells(medium: Mapping[str, Any], language: str) -> tuple[str, ...]:
    state = "blacklisted" if medium["ended_by"] == states.BLACKLIST else medium["state"]
    name = medium["name"] if medium["named"] else phrase("anonymous", language)
    return (str(medium["n"]), phrase(medium["kind"], language), f"...{medium['tail']}", phrase(state, language), name)


def _confirm(what: str, prices: Mapping[str, int], language: str) -> None:
    """Say what is about to happen; raise `Refusal` `confirmation_wrong` unless a word is typed back."""
    total_fen = sum(prices.values())
    cash = phrase("take_cash" if total_fen > 0 else "give_cash", language, amount=format_yuan(abs(total_fen)))
    confirm(f"{what} {cash}" if total_fen else what, language)
