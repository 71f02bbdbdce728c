"""`terminal bill`: bills opened, priced, put aside, settled and shown, by somebody who gives their PIN."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.words.bill_phrases import phrase
from terminal.cli import bill_typed as typed
from terminal.cli.asking import YES, ask, say
from terminal.cli.catalogue import sounding
from terminal.cli.language import add_option
from terminal.cli.signed import Call, add_action, do

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(bill: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `bill`, each by `add(group, name, run, words)`."""
    listed = add(bill, "list", _list, "List the bills that are not settled.")
    shown = add(bill, "show", _show, "Show a bill: what an open one costs and could be paid with, or what was settled.")
    opened = add(bill, "open", _open, "Open a bill.")
    changed = add(bill, "change", _change, "Change an open bill; what is not named stays.")
    held = add(bill, "hold", _hold, "Put a bill aside; it keeps its coupons and sessions.")
    resumed = add(bill, "resume", _resume, "Take up a bill that was put aside.")
    dropped = add(bill, "drop", _drop, "Give a bill up.")
    settled = add(bill, "settle", _settle, "Settle a bill, once its price was shown and agreed to.")
    shown.add_argument("bill", metavar="BILL", help="a settled one's number, or the first letters of an open one's")
    for made in (changed, held, resumed, dropped, settled):
        made.add_argument("bill", metavar="BILL", help="the first letters of its number, as `bill list` shows them")
    for made in (listed, opened, changed):
        _add_member(made)
    for made in (opened, changed):
        _add_lines(made)
    changed.add_argument(
        "--without", type=int, action="append", metavar="LINE", help="take a line out, by its number as it was shown"
    )
    for made in (opened, changed, settled):
        _add_uses(made)
    for made in (opened, held):
        made.add_argument("--label", default="", help="a note to find it by; no names, as others read it")
    _add_paying(settled)
    for made in (opened, changed, held, resumed, dropped, settled):
        made.add_argument("--staff", required=True, metavar="NAME", help="who does it; their PIN is asked for")
        add_action(made)
    for made in (listed, shown, opened, changed, settled):
        made.add_argument("--json", action="store_true")
    for made in (listed, shown, opened, changed, held, resumed, dropped, settled):
        add_option(made)


def _add_member(made: argparse.ArgumentParser) -> None:
    by = made.add_mutually_exclusive_group()
    by.add_argument("--member", metavar="WHO", help="whose it is: phone, card, name or id")
    for name in ("phone", "card", "id"):
        by.add_argument(f"--{name}")


def _add_lines(made: argparse.ArgumentParser) -> None:
    words = (
        "an item by its code, its name or the beginning of that, also in pinyin (`terminal catalogue` lists them);"
        " and who did it: NAME, NAME/ROLE, NAME*WEIGHT, NAME! where asked for"
    )
    for name, read, metavar, help_ in (
        ("line", typed.line, "ITEM[:QUANTITY][@PERSON]", words),
        ("free", typed.free, "NAME=YUAN[:QUANTITY][@PERSON]", "a service that is in no catalogue"),
        ("goods", typed.goods, "NAME=YUAN[:QUANTITY][@PERSON]", "goods that are in no catalogue"),
        ("sell-pass", typed.sold_pass, "PASS[@PERSON]", "a pass that is sold, by its code or name"),
    ):
        made.add_argument(
            f"--{name}", dest="lines", type=typed.later(read), action="append", metavar=metavar, help=help_
        )


def _add_uses(made: argparse.ArgumentParser) -> None:
    words = "a coupon by its number's first letters, code or name, and the line it is for"
    made.add_argument(
        "--coupon", dest="coupons", type=typed.coupon, action="append", metavar="COUPON[@LINE]", help=words
    )
    made.add_argument("--no-coupons", action="store_true", help="take the chosen coupons off first")
    made.add_argument("--best", action="store_true", help="choose the coupons the bill is cheapest with")
    made.add_argument("--points", type=int, metavar="POINTS", help="use at most so many points")
    words = "settle a line by a pass; PASS@ACCOUNT for another member's, LINE= for none"
    made.add_argument(
        "--session", dest="sessions", type=typed.session, action="append", metavar="LINE=PASS", help=words
    )


def _add_paying(made: argparse.ArgumentParser) -> None:
    words = "cash, wechat, alipay, unionpay, card, voucher, bank, purse or on_credit; what is left without an amount"
    made.add_argument(
        "--pay", type=typed.payment, action="append", default=[], metavar="MEANS[=YUAN][@PERSON]", help=words
    )
    words = "the number on that payment's receipt; never a payment code"
    made.add_argument(
        "--reference", type=typed.reference, action="append", default=[], metavar="MEANS[@PERSON]=NUMBER", help=words
    )
    made.add_argument("--split", type=typed.split, metavar="N or YUAN,YUAN", help="what each person pays, or evenly")
    words = "what the member was compared with; gift_card: the gift card whose bill it is was in the cashier's hand"
    made.add_argument("--confirmed", choices=("photo", "gift_card"), default="", help=words)
    made.add_argument("--approver", default="", metavar="NAME", help="who approves it; their PIN is asked for too")
    made.add_argument("--yes", action="store_true", help="without asking, at the price as it is")


def _list(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.bill_lines import list_lines
    from terminal.cli.door import running_till

    with running_till(config) as call:
        found = call("bill_list", account=_account(options, call) or "")
    if options.json:
        return _json(found["bills"])
    sys.stdout.writelines(list_lines(found["bills"], options.language))
    return 0


def _show(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    with running_till(config) as call:
        return _tell(options, call("bill_show", bill=options.bill))


def _open(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    with running_till(config) as call:
        order = sounding(call, typed.order_of(options, _account(options, call) or ""))
        done = do(call, options, "bill_open", order=order, label=options.label, best=options.best)
        return _tell(options, done, "opened_bill")


def _change(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    with running_till(config) as call:
        order = sounding(call, typed.order_of(options, _account(options, call)))
        seen = _seen(options, call)
        done = do(call, options, "bill_change", **seen, order=order, best=options.best)
        return _tell(options, done, "changed_bill")


def _hold(options: argparse.Namespace, config: Config) -> int:
    return _move(options, config, "hold", "held_bill", label=options.label)


def _resume(options: argparse.Namespace, config: Config) -> int:
    return _move(options, config, "resume", "resumed_bill")


def _drop(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.bill_lines import short
    from terminal.cli.door import running_till

    with running_till(config) as call:
        which = {"action": options.action, "bill": options.bill}
        name = call("bill_found", **which, dropped=True)["id"] if options.action else ""
        if not name:
            seen = _seen(options, call)
            name = do(call, options, "bill_drop", **seen)["id"]
    say(phrase("dropped_bill", options.language, bill=short(name)))
    return 0


def _move(options: argparse.Namespace, config: Config, verb: str, told: str, **wish: str) -> int:
    from terminal.cli.bill_lines import short
    from terminal.cli.door import running_till

    with running_till(config) as call:
        seen = _seen(options, call)
        do(call, options, f"bill_{verb}", **seen, **wish)
    say(phrase(told, options.language, bill=short(seen["bill"])))
    return 0


def _settle(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    with running_till(config) as call:
        order = typed.order_of(options)
        done = _settled_before(options, call, order) or _settled_now(options, call, order)
    return _tell(options, done, "settled_bill")


def _settled_before(options: argparse.Namespace, call: Call, order: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what the action that is repeated settled, None where it is done for the first time."""
    if not options.action:
        return None
    which = {"action": options.action, "bill": options.bill}
    found = call("bill_found", **which)
    if not found["found"]:
        return None
    return call("bill_found", **which, paying=_paying(options, order, found["payable_fen"]))


def _settled_now(options: argparse.Namespace, call: Call, order: Mapping[str, Any]) -> Mapping[str, Any]:
    from terminal.cli.bill_lines import open_lines

    shown = call("bill_quote", bill=options.bill, order=order, best=options.best)
    if "trouble" in shown:
        raise Refusal(shown["trouble"]["code"], **shown["trouble"]["values"])
    payable_fen = shown["quote"]["payable_fen"]
    paying = _paying(options, order, payable_fen)
    name = {"bill": shown["open"]["id"]}
    call("bill_settle_look", **name, paying=paying, staff=options.staff, approver=options.approver)
    if not options.json:
        sys.stdout.writelines(open_lines(shown, options.language))
    if not options.yes and ask(_question(options, payable_fen)).casefold() not in YES:
        raise Refusal("bill_not_yes")
    return do(call, options, "bill_settle", **name, version=shown["open"]["version"], paying=paying)


def _paying(options: argparse.Namespace, order: Mapping[str, Any], payable_fen: int) -> dict[str, Any]:
    """Return how a bill of an amount is paid, as the till takes it."""
    shares = typed.shares_of(options.split, payable_fen)
    tenders = typed.tenders_of(options.pay, options.reference, payable_fen, shares)
    paying = {"payable_fen": payable_fen, "tenders": tenders, "split": shares, "confirmed": options.confirmed}
    return paying | {"order": order, "best": options.best}


def _question(options: argparse.Namespace, payable_fen: int) -> str:
    return "\n" + phrase("ask_settle", options.language, amount=format_yuan(payable_fen))


def _tell(options: argparse.Namespace, shown: Mapping[str, Any], told: str = "") -> int:
    """Show a bill, and say above it what was done."""
    from terminal.cli.bill_lines import open_lines, settled_lines, short

    if options.json:
        return _json(shown)
    language, is_open = options.language, "open" in shown
    if told:
        name = {"bill": short(shown["open"]["id"])} if is_open else {"number": shown["settled"]["number"]}
        say(phrase(told, language, **name) + "\n")
    lines = open_lines(shown, language) if is_open else settled_lines(shown["settled"], language)
    sys.stdout.writelines(lines)
    return 0


def _json(value: object) -> int:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
    return 0


def _seen(options: argparse.Namespace, call: Call) -> dict[str, Any]:
    """Return which open bill is meant, and the version of it that is changed."""
    found = call("bill_quote", bill=options.bill)["open"]
    return {"bill": found["id"], "version": found["version"]}


def _account(options: argparse.Namespace, call: Call) -> str | None:
    """Return whose bill it is, as far as that is said; raise `Refusal` `member_unknown`, `member_several`, and more."""
    for name, by in (("member", "who"), ("phone", "phone"), ("card", "card"), ("id", "id")):
        value = getattr(options, name)
        if value is not None and name == "card":
            return str(call("prepaid_card_whose", card=value)["account"])
        if value is not None:
            members = call("member_list", by=by, value=value)["members"]
            if len(members) > 1:
                raise Refusal("member_several")
            return str(members[0]["account"])
    return None
