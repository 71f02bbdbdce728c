"""`terminal prepaid gift`: gift cards shown, sold, loaded into accounts and renewed; money is shown and asked about."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from terminal.base.config import Config
from terminal.base.ids import new_id
from terminal.base.money import format_yuan
from terminal.base.words.prepaid_phrases import phrase
from terminal.cli.asking import confirm
from terminal.cli.language import add_option
from terminal.cli.member import WHO, meant
from terminal.cli.prepaid_doing import Add, add_money, buyer, done_by, looked, said
from terminal.cli.prepaid_text import gift_lines, load_lines, sale_lines
from terminal.cli.signed import add_people, do, people


def add_gift_commands(gift: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `prepaid gift`, each by `add(group, name, run, words)`."""
    show = add(gift, "show", _show, "Show what is on a gift card.")
    show.add_argument("--json", action="store_true")
    sell = add(gift, "sell", _sell, "Put money on a card that has no name.")
    add_money(sell)
    sell.add_argument("--new", action="store_true", help="the number is nobody's yet: make it a card without a name")
    load = add(gift, "load", _load, "Redeem a gift card: move all that is on it into a member's account.")
    load.add_argument("--member", required=True, metavar="WHO", help=WHO)
    renew = add(gift, "renew", _renew, "Make a gift card past its end good again.")
    for made in (sell, renew):
        made.add_argument("--months", type=int, default=0, metavar="N", help="how long it is good; no end unless said")
    for made in (show, sell, load, renew):
        made.add_argument("card", metavar="CARD", help="the number on the card")
        add_option(made)
    for made in (sell, load):
        made.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    for made in (sell, load, renew):
        add_people(made)


def _show(options: argparse.Namespace, config: Config) -> int:
    return looked(options, config, "prepaid_gift_show", lambda _: {"card": options.card}, gift_lines)


def _sell(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    language, action = options.language, options.action or new_id()
    asked = {"card": options.card, "fen": options.yuan, "months": options.months, "tender": options.pay}
    asked |= buyer(options)
    with running_till(config) as call:
        shown = call("prepaid_gift_look", **asked, new=options.new, action=options.action or "")
        if not shown["done"]:
            sys.stdout.writelines(sale_lines(shown, language))
            if not options.yes:
                amount = format_yuan(shown["amount_fen"])
                confirm(phrase("ask_gift_sell", language, amount=amount, tail=shown["card_tail"]), language)
        who = people(call, options)
        wish = {**asked, "reference": options.reference, "action": action, **who}
        if shown.get("is_blank") and not call("prepaid_gift_new", **wish)["sold"]:
            # A card of nobody's: an account without a file, which belongs to whoever holds the card.
            blank = {"number": options.card, "account": new_id(), "is_named": False, "fee_fen": 0, "deposit_fen": 0}
            by = {name: who[name] for name in ("staff", "pin")}
            call("media_change", event="issue", action=new_id(), **blank, **by)
        done = call("prepaid_gift_sell", **wish)
    return said(done, language)


def _load(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    language = options.language
    with running_till(config) as call:
        member = meant(call, options.member)
        asked: dict[str, Any] = {"card": options.card, "account": member["account"]}
        shown = call("prepaid_gift_load_look", **asked, action=options.action or "")
        if not shown["done"]:
            sys.stdout.writelines(load_lines(shown, language))
            asked["fen"] = shown["amount_fen"]
            if not options.yes:
                values = {"amount": format_yuan(shown["amount_fen"]), "tail": shown["card_tail"]}
                confirm(phrase("ask_gift_load", language, name=member["name"], **values), language)
        done = do(call, options, "prepaid_gift_load", **asked)
    return said(done, language)


def _renew(options: argparse.Namespace, config: Config) -> int:
    return done_by(options, config, "prepaid_gift_renew", lambda _: {"card": options.card, "months": options.months})
