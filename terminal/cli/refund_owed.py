"""`terminal refund` for what is owed: payouts to members, card returns, and what members repay."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.words.refund_phrases import phrase
from terminal.cli.asking import amount_fen, confirm, say
from terminal.cli.language import add_option
from terminal.cli.refund_first import found, may, people
from terminal.cli.signed import Call, add_people, do, show_json

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
REASONS = ("members_wish", "not_members_fault")
# The steps of a card return that are noted after its approval, as `rules.refunds.card_return` names them.
STEPS = {"account": "receiving_account", "card": "medium_retired", "printed": "printed", "signed": "signed"}


def add_owed_commands(refund: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `refund`, each by `add(group, name, run, words)`."""
    listed = add(refund, "payouts", _payouts, "List what is owed to members and not paid out yet.")
    listed.add_argument("--member", default="", metavar="WHO", help="phone, card, name or id")
    listed.add_argument("--json", action="store_true")
    pay = add(refund, "pay", _pay, "Book that a payout arrived.")
    words = "by another means than it was approved for"
    pay.add_argument("--by", default="", metavar="MEANS", help=words)
    noted = add(refund, "note", _note, "Note that a payout is under way, or that it came back.")
    noted.add_argument("what", choices=("sent", "failed"))
    for made in (pay, noted):
        made.add_argument("number", metavar="NUMBER", help="the entry that owes it")
        made.add_argument(
            "--place", type=int, default=0, metavar="N", help="which of its payouts, where it has several"
        )
    up = add(refund, "give-up", _give_up, "Give up a refund of prepaid value that nobody was paid for.")
    up.add_argument("number", metavar="NUMBER")
    up.add_argument("--reason", required=True, help="why; no names, as it stays in the book")
    repay = add(refund, "repay", _repay, "Take a payment of what a member owes.")
    repay.add_argument("--member", required=True, metavar="WHO", help="phone, card, name or id")
    repay.add_argument("--pay", type=payment, required=True, metavar="MEANS=YUAN", help="such as cash=100")
    repay.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    pay.add_argument("--preview", action="store_true", help="show which payout it would be, and book nothing")
    pay.add_argument("--json", action="store_true", help="show the preview as JSON")
    pay.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    add_people(pay, required=False)
    for made in (noted, up, repay):
        add_people(made)
    for made in (listed, pay, noted, up, repay):
        add_option(made)
    words = "Card returns: all prepaid value of a member given back, step by step."
    _add_card(refund.add_parser("card", help=words, description=words), add)


def _add_card(parser: argparse.ArgumentParser, add: Add) -> None:
    card = parser.add_subparsers(required=True, metavar="COMMAND")
    start = add(card, "start", _card_start, "Note that the member was shown and recorded, and compute what is due.")
    start.add_argument("--reason", required=True, choices=REASONS, help="whose wish or fault it is")
    start.add_argument("--account", action="store_true", help="a bank account in the member's own name is recorded")
    show = add(card, "show", _card_show, "Show a card return as it stands.")
    show.add_argument("--json", action="store_true")
    note = add(card, "note", _card_note, "Note a step that is done.")
    note.add_argument("step", choices=tuple(STEPS))
    approve = add(card, "approve", _card_approve, "Approve what was computed; the account closes.")
    approve.add_argument("--yes", action="store_true", help="do not ask before it is booked")
    paid = add(card, "pay-out", _card_pay_out, "Book that all that is owed for it arrived.")
    back = add(card, "withdraw", _card_withdraw, "Give an approved card return up; everything is there again.")
    for made in (start, note, approve, paid, back):
        add_people(made)
    for made in (start, show, note, approve, paid, back):
        made.add_argument("who", metavar="ACCOUNT", help="phone, card, name or id of the member")
        add_option(made)


def payment(text: str) -> tuple[str, int]:
    """Return a means of payment and fen; anything but `MEANS=YUAN` is wrong usage."""
    name, sign, amount = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text} is not MEANS=YUAN")
    return name, amount_fen(amount)


def _payouts(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till
    from terminal.cli.refund_text import payout_lines

    with running_till(config) as call:
        account = _account(call, options.member) if options.member else ""
        shown = call("refund_payouts", account=account)
    if options.json:
        show_json(shown)
    else:
        sys.stdout.writelines(payout_lines(shown["payouts"], shown["past_fen"], options.language))
    return 0


def _pay(options: argparse.Namespace, config: Config) -> int:
    """Show which payout would be booked as paid, ask, and book it; what the action did before is told as it was."""
    from terminal.cli.door import running_till
    from terminal.cli.refund_text import means, pay_lines

    if not options.preview and not options.staff:
        raise Refusal("staff_needed")
    language = options.language
    what = {"number": options.number, "place": options.place, "tender": options.by}
    with running_till(config) as call:
        done = None if options.preview else found(call, options, "pay", **what).get("done")
        if done is None:
            shown = call("refund_pay_look", **what, **({} if options.preview else people(options)))
            if options.json:
                show_json(shown)
            else:
                sys.stdout.writelines(pay_lines(shown, language))
            if options.preview:
                return 0
            if not options.yes:
                asked = {"amount": format_yuan(shown["fen"]), "means": means(shown["by"], language)}
                confirm(phrase("ask_pay", language, **asked), language)
            done = do(call, options, "refund_pay", **what | {"place": shown["place"]})
    told = {"number": done["number"], "place": done["place"], "means": means(done["means"], language)}
    say(phrase("paid_out", language, amount=format_yuan(done["fen"]), **told))
    return 0


def _note(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    with running_till(config) as call:
        may(call, options, "note")
        place = options.place or _only_place(call, options)
        failed = options.what == "failed"
        done = do(call, options, "refund_payout_noted", number=options.number, place=place, failed=failed)
    say(phrase(f"noted_{options.what}", options.language, number=done["number"], place=done["place"]))
    return 0


def _give_up(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    with running_till(config) as call:
        may(call, options, "give_up")
        done = do(call, options, "refund_give_up", number=options.number, reason=options.reason)
    say(phrase("given_up", options.language, entry=done["entry"]))
    return 0


def _repay(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till

    tender, fen = options.pay
    language = options.language
    with running_till(config) as call:
        account = _account(call, options.member)
        may(call, options, "repay")
        if not options.yes and not found(call, options, "repay").get("found"):
            owed_fen = call("refund_debts", account=account)["owed_fen"]
            confirm(phrase("ask_repay", language, owed=format_yuan(owed_fen), amount=format_yuan(fen)), language)
        done = do(call, options, "refund_repay", account=account, amount_fen=fen, tender=tender)
    told = {"amount": format_yuan(done["amount_fen"]), "left": format_yuan(done["left_fen"])}
    say(phrase("repaid", language, entry=done["entry"], **told))
    return 0


def _card_show(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import running_till
    from terminal.cli.refund_text import case_lines

    with running_till(config) as call:
        shown = call("refund_card_show", account=_account(call, options.who))
    if options.json:
        show_json(shown)
    else:
        sys.stdout.writelines(case_lines(shown, options.language))
    return 0


def _card_start(options: argparse.Namespace, config: Config) -> int:
    return _card(options, config, "start", reason=options.reason, bank=options.account)


def _card_note(options: argparse.Namespace, config: Config) -> int:
    return _card(options, config, "note", step=STEPS[options.step])


def _card_approve(options: argparse.Namespace, config: Config) -> int:
    return _card(options, config, "approve", ask=not options.yes)


def _card_pay_out(options: argparse.Namespace, config: Config) -> int:
    return _card(options, config, "pay_out")


def _card_withdraw(options: argparse.Namespace, config: Config) -> int:
    return _card(options, config, "withdraw")


def _card(options: argparse.Namespace, config: Config, what: str, *, ask: bool = False, **wish: object) -> int:
    """Do a step of a member's card return and show how it stands then; where it is asked before, also before."""
    from terminal.cli.door import running_till
    from terminal.cli.refund_text import case_lines

    language = options.language
    with running_till(config) as call:
        account = _account(call, options.who)
        may(call, options, f"card_{what}")
        if ask and not found(call, options, f"card_{what}").get("found"):
            shown = call("refund_card_show", account=account)
            sys.stdout.writelines(case_lines(shown, language))
            due_fen = max(0, shown.get("refund_fen", 0))
            confirm(phrase("ask_approve", language, amount=format_yuan(due_fen)), language)
        done: Mapping[str, Any] = do(call, options, f"refund_card_{what}", account=account, **wish)
    sys.stdout.writelines(case_lines(done, language))
    return 0


def _account(call: Call, who: str) -> str:
    from terminal.cli.member import meant

    return str(meant(call, who)["account"])


def _only_place(call: Call, options: argparse.Namespace) -> int:
    """Return the place of the one payout of an entry that is not paid, or of the one the action was about.

    Raises `Refusal` `payout_several` (count) where there are several.
    """
    if place := found(call, options, "note").get("place"):
        return int(place)
    places = [each["place"] for each in call("refund_payouts")["payouts"] if each["number"] == options.number]
    if len(places) > 1:
        raise Refusal("payout_several", count=len(places))
    # One that is paid already is told so by its own refusal.
    return int(places[0]) if places else 1
