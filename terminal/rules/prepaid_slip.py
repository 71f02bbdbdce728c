"""The slips of prepaid value that is neither a bill nor a top-up: gift cards, points redeemed, passes changed, coupons.

Each is told from the entry alone, by its kind; kinds that are not in `TITLES` have no slip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.rules.bill_slip import Say, given, say_in
from terminal.rules.bill_slip_words import LANGUAGES
from terminal.rules.entry import Entry
from terminal.rules.receipt import TALL, Block, Document, Gap, Rule, Text
from terminal.rules.slip_reading import NO_GIFTS, Gifts, Names, gifts_of, number, passes_of, text
from terminal.rules.slip_words import Words, words_of
from terminal.rules.slips import SlipBill, amount, slip_facts, slip_foot, slip_head

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
_OF_PASSES = frozenset(name for name in TITLES if name.endswith("_pass"))


@dataclass(frozen=True, slots=True)
class PrepaidSlip:
    """What an entry of one of these kinds did; what it does not say is empty or 0.

    `first` to `last` is a pass's pause, `until` its last day, or a gift card's (all ISO).
    """

    bill: SlipBill
    kind: str
    tender: str = ""
    reward: str = ""
    quantity: int = 0
    points: int = 0
    pass_name: str = ""
    first: str = ""
    last: str = ""
    until: str = ""
    gifts: Gifts = NO_GIFTS


def prepaid_of(bill: SlipBill, made: Entry, names: Names) -> PrepaidSlip:
    """Return what an entry did, as far as it says so."""
    payload = made.payload
    passes = passes_of([(facts, 1) for facts in made.buckets], names) if made.kind in _OF_PASSES else ()
    return PrepaidSlip(
        bill=bill,
        kind=made.kind,
        tender=text(payload, "tender"),
        reward=text(payload, "reward"),
        quantity=number(payload, "quantity"),
        points=number(payload, "points_spent"),
        pass_name=next((each.name for each in passes), "") or text(payload, "pass"),
        first=text(payload, "first"),
        last=text(payload, "last"),
        until=text(payload, "ends_on") or text(payload, "until"),
        gifts=NO_GIFTS if made.kind in _OF_PASSES else gifts_of(made, names),
    )


def prepaid_slip(slip: PrepaidSlip) -> Document:
    """Return the slip of an entry of a kind in `TITLES`."""
    bill, words, say = slip.bill, words_of(slip.bill.language), say_in(slip.bill.language)
    place = LANGUAGES.index(bill.language) if bill.language in LANGUAGES else 1
    prepaid = (Rule(), Text(words.prepayment_note, align="centre")) if slip.kind == "gift_card_sale" else ()
    return (
        *slip_head(bill.shop, TITLES[slip.kind][place]),
        *slip_facts(words, bill.number, bill.at_text, bill.cashier, bill.member),
        *_figures(slip, words, say),
        *given(slip.gifts, words, say),
        *prepaid,
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
    if slip.pass_name:
        lines.append(Text(slip.pass_name, bold=True))
    if slip.first:
        lines.append(Text(say("paused"), f"{slip.first} - {slip.last}" if slip.last else slip.first))
    if slip.until:
        lines.append(Text(words.good_until, slip.until))
    return (Rule(), *lines) if lines else ()
