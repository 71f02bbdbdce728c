"""`terminal prepaid`: top-ups, gift cards, coupons, passes and points, by somebody who gives their PIN."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.words.prepaid_phrases import SHOWN, phrase
from terminal.cli.asking import ask, confirm, say
from terminal.cli.language import add_option
from terminal.cli.member import WHO, meant
from terminal.cli.prepaid_doing import Add, add_money, buyer, done_by, looked, show, whose
from terminal.cli.prepaid_gift import add_gift_commands
from terminal.cli.prepaid_pass import add_pass_commands
from terminal.cli.prepaid_text import coupon_lines, notice_lines, points_lines, preview_lines
from terminal.cli.signed import Call, add_people, do

NOT_NAMES = "no names, as it stays in the book"


def add_commands(prepaid: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `prepaid`, each by `add(group, name, run, words)`."""
    _add_top_up(prepaid, add)
    add_gift_commands(_group(prepaid, "gift", "Gift cards: cards with money and without a name."), add)
    _add_coupon(_group(prepaid, "coupon", "Coupons given out and ended by hand."), add)
    add_pass_commands(_group(prepaid, "pass", "Passes that were sold, given or imported."), add)
    noticed = add(prepaid, "notices", _notices, "List members who are to hear that their level will fall, and when.")
    noticed.add_argument("--json", action="store_true")
    points = add(prepaid, "points", _points, "Show a member's points, what is owed, and what there is for them.")
    redeem = add(prepaid, "redeem", _redeem, "Take points and give what the shop offers for them.")
    redeem.add_argument("reward", metavar="REWARD", help="as the set-up file calls it")
    redeem.add_argument("--quantity", type=int, default=1, metavar="N")
    words = "how the member was known; unless said, by their PIN where they have one"
    redeem.add_argument("--confirmed", choices=("photo", "pin"), default="", help=words)
    back = add(prepaid, "redeem-back", _redeem_back, "Take back what was given for points, and give the points again.")
    back.add_argument("number", metavar="ENTRY", help="as `prepaid redeem` named it")
    back.add_argument("--goods-back", action="store_true", help="the goods came back to the shelf, as goods must")
    handed = add(prepaid, "transfer", _transfer, "Hand a membership over: all that somebody has becomes another's.")
    handed.add_argument("--to", required=True, metavar="WHO", help=WHO)
    handed.add_argument("--shown", required=True, choices=SHOWN, help="what the holder showed")
    handed.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    for made in (points, redeem, handed):
        made.add_argument("--member", required=True, metavar="WHO", help=WHO)
    points.add_argument("--json", action="store_true")
    for made in (redeem, back, handed):
        add_people(made)
    for made in (noticed, points, redeem, back, handed):
        add_option(made)


def _group(prepaid: Any, name: str, words: str) -> Any:  # noqa: ANN401 - untyped there
    return prepaid.add_parser(name, help=words, description=words).add_subparsers(required=True, metavar="COMMAND")


def _add_top_up(prepaid: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    made = add(prepaid, "top-up", _top_up, "Take money from a member and give stored value, with what the offers give.")
    made.add_argument("--member", required=True, metavar="WHO", help=WHO)
    add_money(made)
    made.add_argument("--offer", metavar="ID", help="the offer that is meant: nothing is booked where another applies")
    made.add_argument("--preview", action="store_true", help="show what it would give, and book nothing")
    made.add_argument("--json", action="store_true", help="show the preview as JSON")
    made.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    add_people(made, required=False)
    add_option(made)


def _add_coupon(coupon: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    listed = add(coupon, "list", _coupons, "List a member's coupons.")
    listed.add_argument("--json", action="store_true")
    issue = add(coupon, "issue", _coupon_issue, "Give a member coupons of a template.")
    issue.add_argument("template", metavar="TEMPLATE", help="as the set-up file calls it")
    issue.add_argument("--reason", default="", help=f"why; {NOT_NAMES}")
    revoke = add(coupon, "revoke", _coupon_revoke, "End a member's coupons before their time.")
    revoke.add_argument("coupon", metavar="COUPON", help="the first letters of it, as `coupon list` shows them")
    revoke.add_argument("--reason", required=True, help=f"why; {NOT_NAMES}")
    for made in (listed, issue, revoke):
        made.add_argument("--member", required=True, metavar="WHO", help=WHO)
        add_option(made)
    for made in (issue, revoke):
        made.add_argument("--count", type=int, default=1, metavar="N")
        add_people(made)


def _top_up(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    language = options.language
    if not options.preview and not options.staff:
        raise Refusal("staff_needed")
    how = {"tender": options.pay, **buyer(options)}
    with running_till(config) as call:
        member = meant(call, options.member)
        asked = {"account": member["account"], "fen": options.yuan, **how}
        shown = call("prepaid_top_up_look", **asked)
        show(options, shown, preview_lines(shown, language))
        if options.offer is not None and options.offer != shown["offer"]:
            raise Refusal("top_up_offer_other", offer=shown["offer"] or "-")
        if options.preview:
            return 0
        if not options.yes:
            amount = format_yuan(options.yuan)
            confirm(phrase("ask_top_up", language, amount=amount, name=member["name"]), language)
        wish = {"bonus_fen": shown["bonus_fen"], "key": shown["key"], "reference": options.reference}
        done = do(call, options, "prepaid_top_up", **asked, **wish)
    say(
        phrase(
            "topped_up",
            language,
            amount=format_yuan(done["amount_fen"]),
            bonus=format_yuan(done["bonus_fen"]),
            balance=format_yuan(done["balance_after_fen"]),
            number=done["number"],
        )
    )
    return 0


def _coupons(options: argparse.Namespace, config: Config) -> int:
    def lines(shown: Mapping[str, Any], language: str) -> list[str]:
        return coupon_lines(shown["coupons"], language)

    return looked(options, config, "prepaid_coupons", lambda call: whose(call, options), lines)


def _coupon_issue(options: argparse.Namespace, config: Config) -> int:
    wish = {"template": options.template, "count": options.count, "reason": options.reason}
    return done_by(options, config, "prepaid_coupon_issue", lambda call: {**whose(call, options), **wish})


def _coupon_revoke(options: argparse.Namespace, config: Config) -> int:
    wish = {"coupon": options.coupon, "count": options.count, "reason": options.reason}
    return done_by(options, config, "prepaid_coupon_revoke", lambda call: {**whose(call, options), **wish})


def _notices(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    found: list[Mapping[str, Any]] = []
    after = ""
    with running_till(config) as call:
        while True:
            told = call("prepaid_notices", after=after)
            found += told["notices"]
            after = told["last"]
            if not after:
                break
    shown = {"notices": found, "in_money": told["in_money"]}
    show(options, shown, notice_lines(found, options.language, in_money=told["in_money"]))
    return 0


def _points(options: argparse.Namespace, config: Config) -> int:
    return looked(options, config, "prepaid_points", lambda call: whose(call, options), points_lines)


def _redeem(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    what = {"reward": options.reward, "quantity": options.quantity}
    with running_till(config) as call:
        member = meant(call, options.member)
        what |= {"account": member["account"]}
        done = do(call, options, "prepaid_redeem", **what, **_proved(call, options, member["name"], what))
    say(phrase("redeemed", options.language, points=done["points_spent"], number=done["number"]))
    return 0


def _proved(call: Call, options: argparse.Namespace, name: str, what: Mapping[str, Any]) -> dict[str, str]:
    """Return by what the member proves who they are: the photo, or a PIN that is asked for where one may be tried."""
    if options.confirmed == "photo":
        return {"confirmed": "photo"}
    # What is repeated was proved when it was done.
    if options.confirmed or (not options.action and "pin" in call("prepaid_redeem_look", **what)["ways"]):
        return {"member_pin": ask(phrase("member_pin", options.language, name=name), unseen=True)}
    return {}


def _redeem_back(options: argparse.Namespace, config: Config) -> int:
    wish = {"number": options.number, "goods_back": options.goods_back}
    return done_by(options, config, "prepaid_redeem_back", lambda _: wish)


def _transfer(options: argparse.Namespace, config: Config) -> int:
    def asked(call: Call) -> dict[str, Any]:
        member, other = meant(call, options.member), meant(call, options.to)
        if not options.yes:
            words = phrase("ask_transfer", options.language, name=member["name"], other=other["name"])
            confirm(words, options.language)
        return {"account": member["account"], "to": other["account"], "shown": options.shown}

    return done_by(options, config, "prepaid_transfer", asked)
