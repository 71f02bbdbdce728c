"""The slips of prepaid value that is neither a bill nor a top-up: gift cards, points redeemed, passes changed, coupons.

Each is told from the entry alone, by its kind; kinds that are not in `TITLES` have no slip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from terminal.rules.bill_slip import Say, given, say_in
from terminal.rules.bill_slip_words import LANGUAGES
from terminal.rules.entry import Entry
from terminal.rules.receipt import TALL, Block, Document, Gap, Rule, Text
from terminal.rules.slip_reading import NO_GIFTS, Gifts, Names, account_in, gifts_of, number, passes_moved, text
from terminal.rules.slip_words import Words, words_of
from terminal.rules.slips import (
    TAIL_DIGITS,
    SlipAfter,
    SlipBill,
    SlipPass,
    amount,
    slip_after,
    slip_facts,
    slip_foot,
    slip_head,
    slip_pass,
)

# Title of each kind's slip: English, Simplified and Traditional Chinese.
TITLES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "gift_card_sale": ("Gift card", "礼品卡售卡单（预付款）", "禮品卡售卡單（預付款）"),
        "load_gift_card": ("Gift card to account", "礼品卡转入账户", "禮品卡轉入帳戶"),
        "renew_gift_card": ("Gift card renewed", "礼品卡延期", "禮品卡展期"),
        "redeem": ("Points redeemed", "积分兑换单", "點數兌換單"),
        "return_reward": ("Reward returned", "积分兑换退回", "點數兌換退回"),
        "issue_coupon": ("Coupon", "优惠券发放", "優惠券發放"),
        "start_pass": ("Pass started", "次卡启用", "次數卡啟用"),
        "freeze_pass": ("Pass paused", "次卡暂停", "次數卡暫停"),
        "resume_pass": ("Pass resumed", "次卡恢复", "次數卡恢復"),
        "extend_pass": ("Pass extended", "次卡延期", "次數卡展期"),
        "share_pass": ("Pass shared", "次卡共享", "次數卡共享"),
        "unshare_pass": ("Pass no longer shared", "次卡取消共享", "次數卡取消共享"),
        "transfer_pass": ("Pass transferred", "次卡转让", "次數卡轉讓"),
    }
)
SALE = "gift_card_sale"
# What is done to a gift card that stays one: the card on the slip is no member's.
OF_CARDS = frozenset((SALE, "renew_gift_card"))
_OF_PASSES = frozenset(name for name in TITLES if name.endswith("_pass"))


@dataclass(frozen=True, slots=True)
class PrepaidSlip:
    """What an entry of one of these kinds did; what it does not say is empty or 0.

    `first` to `last` is a pass's pause, `until` its last day, or a gift card's (all ISO), `passes` is what is left of
    it. `gift_tail` is the end of the number of a gift card that was loaded into an account, `cooling_off_until` the
    last day on which a card's money may be asked back.
    """

    bill: SlipBill
    kind: str
    tender: str = ""
    reward: str = ""
    quantity: int = 0
    points: int = 0
    passes: tuple[SlipPass, ...] = ()
    gift_tail: str = ""
    cooling_off_until: str = ""
    first: str = ""
    last: str = ""
    until: str = ""
    gifts: Gifts = NO_GIFTS


def no_tail(_: str) -> str:
    """Return no card number: where nobody knows the cards."""
    return ""


def prepaid_of(bill: SlipBill, made: Entry, names: Names, tail_of: Callable[[str], str] = no_tail) -> PrepaidSlip:
    """Return what an entry did, as far as it says so; `tail_of` gives the end of the number of an account's card."""
    payload, card = made.payload, account_in(made.payload, "card")
    passes = passes_moved(made, names) if made.kind in _OF_PASSES else ()
    until = text(payload, "ends_on") or text(payload, "until")
    if made.kind in _OF_PASSES and not passes:
        passes = (SlipPass(text(payload, "pass"), 0, 0),)
    return PrepaidSlip(
        bill=replace(bill, after=_after(made)),
        kind=made.kind,
        tender=text(payload, "tender"),
        reward=text(payload, "reward"),
        quantity=number(payload, "quantity"),
        points=number(payload, "points_spent"),
        passes=tuple(replace(each, ends_on=until) for each in passes if each.name),
        gift_tail=tail_of(card)[-TAIL_DIGITS:] if card else "",
        cooling_off_until=text(payload, "cooling_off_until"),
        first=text(payload, "first"),
        last=text(payload, "last"),
        until=until,
        gifts=NO_GIFTS if made.kind in _OF_PASSES else gifts_of(made, names),
    )


def _after(made: Entry) -> SlipAfter:
    """Return what somebody has afterwards, as far as the entry notes it; a gift card has no points."""
    payload = made.payload
    balance_fen = number(payload, "balance_after_fen") if "balance_after_fen" in payload else None
    points = number(payload, "points_after") if "points_after" in payload and made.kind not in OF_CARDS else None
    return SlipAfter(balance_fen, points_total=points)


def prepaid_slip(slip: PrepaidSlip) -> Document:
    """Return the slip of an entry of a kind in `TITLES`."""
    bill, words, say = slip.bill, words_of(slip.bill.language), say_in(slip.bill.language)
    place = LANGUAGES.index(bill.language) if bill.language in LANGUAGES else 1
    gift = ((say("gift_card"), f"{words.card_tail} {slip.gift_tail}"),) if slip.gift_tail else ()
    label = say("gift_card") if slip.kind in OF_CARDS else ""
    return (
        *slip_head(bill.shop, TITLES[slip.kind][place]),
        *slip_facts(words, bill.number, bill.at_text, bill.cashier, bill.member, gift, card=label),
        *_figures(slip, words, say),
        *given(slip.gifts, words, say),
        *_left(slip, words, say),
        *_terms(slip, words, say),
        *slip_foot(words, bill.shop, bill.link),
    )


def _figures(slip: PrepaidSlip, words: Words, say: Say) -> tuple[Block, ...]:
    lines: list[Block] = []
    if slip.bill.amount_fen:
        lines += [Text(say("amount"), amount(slip.bill.amount_fen), size=TALL, bold=True), Gap(8)]
    if slip.tender:
        lines.append(Text(words.paid_by, words.tender(slip.tender)))
    if slip.reward:
        lines.append(Text(slip.reward, f"x{slip.quantity}" if slip.quantity > 1 else ""))
    if slip.points:
        lines.append(Text(words.points_used, f"{-slip.points:+,}"))
    for each in slip.passes:
        lines += slip_pass(words, each)
    if slip.first:
        lines.append(Text(say("paused"), f"{slip.first} - {slip.last}" if slip.last else slip.first))
    if slip.kind in OF_CARDS:
        good = (words.good_until, slip.until) if slip.until else (say("validity"), say("no_end"))
        lines.append(Text(*good))
    return (Rule(), *lines) if lines else ()


def _left(slip: PrepaidSlip, words: Words, say: Say) -> tuple[Block, ...]:
    """Return what is left afterwards: on a gift card, or of a member's."""
    balance_fen = slip.bill.after.balance_fen
    if slip.kind not in OF_CARDS:
        return slip_after(words, slip.bill.after)
    return () if balance_fen is None else (Rule(), Text(say("on_card"), amount(balance_fen), bold=True))


def _terms(slip: PrepaidSlip, words: Words, say: Say) -> tuple[Block, ...]:
    """Return what holds for money that was paid in: it is no sale, and until when it may be asked back."""
    if slip.kind != SALE:
        return ()
    terms = (say("cooling_off", day=slip.cooling_off_until),) if slip.cooling_off_until else ()
    return (Rule(), *(Text(line, align="centre") for line in (words.prepayment_note, *terms)))
