"""`terminal refund`: what was settled is given back, by somebody who gives their PIN."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.words.refund_phrases import phrase
from terminal.cli.asking import amount_fen, confirm, say
from terminal.cli.language import add_option
from terminal.cli.refund_first import found, people
from terminal.cli.refund_owed import add_owed_commands
from terminal.cli.signed import Call, add_people, do, show_json

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
Lines = Callable[[Mapping[str, Any], str], list[str]]
_LINE = re.compile("([1-9][0-9]{0,5})(?:=([1-9][0-9]{0,5}))?")
# As `rules.refunds.prepayment.REASONS` has them.
REASONS = ("members_wish", "not_members_fault")


def add_commands(refund: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `refund`, each by `add(group, name, run, words)`."""
    bill = add(refund, "bill", _bill, "Refund a bill, or some of its lines, to where it was paid from.")
    bill.add_argument("number", metavar="NUMBER", help="as on its slip")
    words = "this line (as counted on the bill) and how many of it; all of what is left unless any is named"
    bill.add_argument("--line", action="append", type=line_quantity, metavar="N[=QTY]", help=words)
    words = "goods of this line that came back to the shelf"
    bill.add_argument("--goods-back", action="append", type=line_quantity, default=[], metavar="N[=QTY]", help=words)
    void = add(refund, "void", _void, "Undo a bill or top-up of this shift, as if it had never been.")
    again = add(refund, "reopen", _reopen, "Undo a bill of this shift and open it again with the same lines.")
    for made in (void, again):
        made.add_argument("number", metavar="NUMBER")
        made.add_argument("--reason", required=True, help="why; no names, as it stays in the book")
        made.add_argument("--yes", action="store_true", help="do not ask before it is undone")
        add_people(made)
    top_up = add(refund, "top-up", _top_up, "Refund a top-up by what was paid and what was delivered for it.")
    top_up.add_argument("number", metavar="NUMBER")
    words = "the member had had the same before paying, so there is no cooling-off time"
    top_up.add_argument("--received-before", action="store_true", help=words)
    sold = add(refund, "pass", _pass, "Refund a sold pass by what was used of it.")
    sold.add_argument("lot", metavar="LOT", help="the pass, or the first letters of it")
    sold.add_argument("--member", required=True, metavar="WHO", help="phone, card, name or id")
    words = "what was agreed for a time pass at the member's wish"
    sold.add_argument("--agreed", type=amount_fen, metavar="YUAN", help=words)
    for made in (top_up, sold):
        made.add_argument("--reason", required=True, choices=REASONS, help="whose wish or fault it is")
    for made in (bill, top_up, sold):
        made.add_argument("--preview", action="store_true", help="show what would be given back, and book nothing")
        made.add_argument("--json", action="store_true", help="show the preview as JSON")
        made.add_argument("--yes", action="store_true", help="do not ask before it is booked")
        add_people(made, required=False)
    for made in (bill, void, again, top_up, sold):
        add_option(made)
    add_owed_commands(refund, add)


def line_quantity(text: str) -> list[int]:
    """Return a line and a quantity; no quantity is 0, which stands for all of it. Anything else is wrong usage."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is not N or N=QTY")
    return [int(found[1]), int(found[2] or 0)]


def _bill(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.refund_text import bill_lines

    asked = {"number": options.number, "lines": options.line, "goods": options.goods_back}

    def wish(shown: Mapping[str, Any]) -> dict[str, Any]:
        lines = [[each["line"], each["quantity"]] for each in shown["lines"]]
        goods = [[each["line"], each["goods_back"]] for each in shown["lines"] if each["goods_back"]]
        return {"number": options.number, "lines": lines, "goods": goods}

    return _previewed(options, config, "bill", bill_lines, lambda _: asked, wish)


def _top_up(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.refund_text import top_up_lines

    how = {"reason": options.reason, "received": options.received_before}

    def wish(shown: Mapping[str, Any]) -> dict[str, Any]:
        return {"account": shown["account"], "top_up": shown["top_up"], **how}

    asked = {"number": options.number, **how}
    return _previewed(options, config, "top_up", top_up_lines, lambda _: asked, wish)


def _pass(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.member import meant
    from terminal.cli.refund_text import pass_lines

    how = {"reason": options.reason, "agreed_fen": options.agreed}

    def asked(call: Call) -> dict[str, Any]:
        return {"account": meant(call, options.member)["account"], "lot": options.lot, **how}

    def wish(shown: Mapping[str, Any]) -> dict[str, Any]:
        return {"account": shown["account"], "lot": shown["lot"], **how}

    return _previewed(options, config, "pass", pass_lines, asked, wish)


def _previewed(
    options: argparse.Namespace,
    config: Config,
    do_what: str,
    lines: Lines,
    asked: Callable[[Call], dict[str, Any]],
    wish: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> int:
    """Show what would be given back, ask, and book what was shown and nothing else.

    Whoever may not do it is told so before anything is shown, and what the action did before is told as it was.
    """
    from terminal.cli.door import running_till

    if not options.preview and not options.staff:
        raise Refusal("staff_needed")
    verb = f"refund_{do_what}"
    with running_till(config) as call:
        what = asked(call)
        done = None if options.preview else found(call, options, do_what, **what).get("done")
        if done is None:
            shown = call(f"{verb}_look", **what, **({} if options.preview else people(options)))
            if options.json:
                show_json(shown)
            else:
                sys.stdout.writelines(lines(shown, options.language))
            if options.preview:
                return 0
            if not options.yes:
                amount = format_yuan(shown["given_fen"])
                confirm(phrase("ask_refund", options.language, amount=amount), options.language)
            done = do(call, options, verb, expected_fen=shown["given_fen"], **wish(shown))
    return _said("refunded", done, options.language, amount=format_yuan(done["given_fen"]))


def _void(options: argparse.Namespace, config: Config) -> int:
    return _undone(options, config, "void", "voided")


def _reopen(options: argparse.Namespace, config: Config) -> int:
    return _undone(options, config, "reopen", "reopened")


def _undone(options: argparse.Namespace, config: Config, do_what: str, words: str) -> int:
    from terminal.cli.door import running_till

    what = {"number": options.number, "reason": options.reason}
    with running_till(config) as call:
        done = found(call, options, do_what, **what).get("done")
        if done is None:
            seen = call("refund_void_look", number=options.number, what=do_what, **people(options))
            if not options.yes:
                said = {"bill": seen["number"], "amount": format_yuan(seen["amount_fen"]), "member": seen["member"]}
                name = "ask_void" if seen["member"] else "ask_void_walk_in"
                confirm(phrase(name, options.language, **said), options.language)
            done = do(call, options, f"refund_{do_what}", **what)
    return _said(words, done, options.language, bill=done["bill"])


def _said(words: str, done: Mapping[str, Any], language: str, **told: str) -> int:
    """Say what was done, and what of it is still to be paid out."""
    say(phrase(words, language, **told, entry=done["entry"]))
    if done["payable_fen"]:
        say(phrase("to_pay", language, amount=format_yuan(done["payable_fen"])))
    return 0
