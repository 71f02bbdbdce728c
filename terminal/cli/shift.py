"""`terminal shift`: a shift opened, worked, counted blind, closed and handed over, by somebody who gives their PIN."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.words.shift_phrases import phrase
from terminal.cli.asking import YES, amount_fen, ask, say
from terminal.cli.language import add_option
from terminal.cli.signed import do
from terminal.cli.tables import table
from terminal.rules.till.shift_words import word

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
# Of a shift that is not closed: what there is to see before, and after the count.
_FACTS = ("float_fen", "expected_fen", "counted_fen")
_SUMS = ("cash_in", "cash_out", "sales", "top_ups", "gift_cards", "passes_sold", "fees")


def add_commands(shift: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `shift`, each by `add(group, name, run, words)`."""
    show = add(shift, "show", _show, "Show a shift; what the drawer should hold only after it was counted.")
    show.add_argument("number", type=int, nargs="?", default=0, metavar="N", help="which one, instead of the newest")
    show.add_argument("--print", action="store_true", help="print the slip of a closed one again")
    show.add_argument("--json", action="store_true")
    opened = add(shift, "open", _open, "Open somebody's shift with the cash that was counted into the drawer.")
    after = add(shift, "hand-over", _hand_over, "Open the next person's shift out of the cash that was counted.")
    for made in (opened, after):
        made.add_argument("--float", type=amount_fen, required=True, metavar="YUAN")
    move = add(shift, "move-cash", _move, "Put cash into the drawer, or take it out.")
    way = move.add_mutually_exclusive_group(required=True)
    way.add_argument("--in", dest="put_in", type=amount_fen, metavar="YUAN")
    way.add_argument("--out", dest="taken_out", type=amount_fen, metavar="YUAN")
    move.add_argument("--reason", required=True, help="what for; no names, as it stays in the book")
    count = add(shift, "count", _count, "Count the drawer's cash; only then it is told what should be there.")
    count.add_argument("--cash", type=amount_fen, required=True, metavar="YUAN")
    count.add_argument("--yes", action="store_true", help="do not ask whether it was typed right")
    close = add(shift, "close", _close, "Close a shift that was counted, and print its slip.")
    close.add_argument("--reason", default="", help="why cash is over or short; no names, as it stays in the book")
    for made in (count, close):
        made.add_argument("--number", type=int, default=0, metavar="N", help="somebody else's shift, by its number")
    for made in (move, count, close):
        made.add_argument("--approver", default="", metavar="NAME", help="who approves it; their PIN is asked for too")
    for made in (opened, after, move, count, close):
        made.add_argument("--staff", required=True, metavar="NAME", help="who does it; their PIN is asked for")
    for made in (show, opened, after, move, count, close):
        add_option(made)


def _show(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    verb = "shift_print" if options.print else "shift_show"
    with open_door(config, may_make=False) as call:
        shift = call(verb, number=options.number)
    if options.json:
        sys.stdout.write(json.dumps(shift, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(shift_lines(shift, options.language))
    return 0


def _open(options: argparse.Namespace, config: Config) -> int:
    return _opened(_do(options, config, "shift_open", float_fen=options.float), options.language)


def _hand_over(options: argparse.Namespace, config: Config) -> int:
    return _opened(_do(options, config, "shift_hand_over", float_fen=options.float), options.language)


def _opened(shift: Mapping[str, Any], language: str) -> int:
    amount = format_yuan(shift["float_fen"])
    say(phrase("opened", language, number=shift["number"], person=shift["person"], amount=amount))
    return 0


def _move(options: argparse.Namespace, config: Config) -> int:
    out = options.taken_out is not None
    fen = options.taken_out if out else options.put_in
    done = _do(options, config, "shift_move_cash", out=out, fen=fen, reason=options.reason)
    say(phrase("moved", options.language, entry=done["entry"]))
    return 0


def _count(options: argparse.Namespace, config: Config) -> int:
    if not options.yes:
        # A count is made once, and what should be there is told with it.
        sure = ask(phrase("ask_count", options.language, amount=format_yuan(options.cash)))
        if sure.casefold() not in YES:
            raise Refusal("count_not_yes")
    done = _do(options, config, "shift_count", counted_fen=options.cash, number=options.number)
    say(counted_line(done, options.language))
    return 0


def _close(options: argparse.Namespace, config: Config) -> int:
    done = _do(options, config, "shift_close", reason=options.reason, number=options.number)
    say(phrase("closed", options.language, number=done["number"], entry=done["entry"]))
    say(phrase("signed_out", options.language))
    sys.stdout.writelines(shift_lines(done, options.language))
    return 0


def _do(options: argparse.Namespace, config: Config, verb: str, **wish: Any) -> dict[str, Any]:
    """Have something done in the name of who gives their PIN, and of who approves it; return the answer."""
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        return do(call, options, verb, **wish)


def counted_line(done: Mapping[str, Any], language: str) -> str:
    """Return what was counted, what was expected, and the difference."""
    over_fen = done["over_fen"]
    name = "even" if not over_fen else "over" if over_fen > 0 else "short"
    difference = phrase(name, language, amount=format_yuan(abs(over_fen)))
    counted, expected = format_yuan(done["counted_fen"]), format_yuan(done["expected_fen"])
    return phrase("counted", language, counted=counted, expected=expected, difference=difference)


def shift_lines(shift: Mapping[str, Any], language: str) -> list[str]:
    """Return a shift as lines of label and value: what its slip says, as far as it is told yet."""
    state = phrase(shift["state"] if shift["state"] == "open" else f"{shift['state']}_state", language)
    rows = [
        (word("shift", language), str(shift["number"])),
        (word("person", language), shift["person"] or word("terminal", language)),
        (phrase("state", language), state),
        (word("opened", language), shift["opened_at"][:16]),
        *[(word("closed", language), shift["closed_at"][:16]) for _ in range("closed_at" in shift)],
        *[(word(name[:-4], language), format_yuan(shift[name])) for name in _FACTS if name in shift],
    ]
    if "over_fen" in shift:
        over_fen = shift["over_fen"]
        rows.append(
            (word("over" if over_fen > 0 else "short" if over_fen else "right", language), format_yuan(over_fen))
        )
    if "tenders" in shift:
        rows += _figures(shift, language)
    return table(rows, 1)


def _figures(shift: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    def summed(label: str, each: Mapping[str, Any]) -> tuple[str, str]:
        return f"{label} x{each['count']}", format_yuan(each["fen"])

    names = {"passes_sold": "passes"}
    pending = shift["pending"]
    return [
        *[(word("reason", language), shift["reason"]) for _ in range(bool(shift["reason"]))],
        *[summed(word(each["name"], language), each) for each in shift["tenders"]],
        *[summed(word(names.get(name, name), language), shift[name]) for name in _SUMS],
        (word("granted", language), format_yuan(shift["top_up_bonus_fen"])),
        (word("purse", language), format_yuan(shift["purse_principal_fen"] + shift["purse_bonus_fen"])),
        (word("sessions", language), str(shift["sessions_used"])),
        *[summed(word(each["kind"], language, name=each["name"]), each) for each in shift["undone"]],
        (word("discounts", language), format_yuan(shift["discount_fen"])),
        (word("round_off", language), format_yuan(shift["round_off_fen"])),
        (word("drawer", language), str(shift["drawer_openings"])),
        *[(word(name, language), str(pending[name])) for name in ("unsettled", "held", "unknown")],
        (word("entries", language), f"{shift['journal']['first_no']} - {shift['journal']['last_no']}"),
        (word("journal", language), shift["journal"]["head"]),
    ]
