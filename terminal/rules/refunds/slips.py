"""Slips of refunds, voids, repayments, prepayments given back and card returns, built from plain values."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.rules.receipt import LARGE, TALL, Block, Cut, Document, Gap, Rule, Text
from terminal.rules.refunds.slip_words import BackWords, back_words_of
from terminal.rules.slip_words import Words, words_of
from terminal.rules.slips import SlipAfter, SlipItem, SlipMember, SlipShop, amount, slip_after

REPAY = "repay"
# What a member signs for: prepaid value that ends for good.
SIGNED = frozenset({"prepayment_refund", "pass_refund", "card_return"})


@dataclass(frozen=True, slots=True)
class BackHead:
    """What all these slips say first: of which kind, by whom, for whom, and what it takes back (`of`, a number)."""

    kind: str
    shop: SlipShop
    number: str
    of: str
    at_text: str
    cashier: str
    member: SlipMember
    approved_by: str = ""
    reason: str = ""
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class BackSlip:
    """Money given back or, for REPAY, taken: in all, at once and still to come, by means of payment, in fen.

    `items` are the lines that were refunded. `left_fen` is what is still owed after a repayment. Points are those taken
    back, given back and owed; `after` is what the member has then.
    """

    head: BackHead
    total_fen: int
    at_once: tuple[tuple[str, int], ...] = ()
    pending: tuple[tuple[str, int], ...] = ()
    items: tuple[SlipItem, ...] = ()
    deducted_fen: int = 0
    points_taken: int = 0
    points_given: int = 0
    points_owed: int = 0
    left_fen: int = 0
    after: SlipAfter = SlipAfter()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        """Refuse ways that do not add up to the amount: a slip must never contradict the book."""
        if sum(fen for _, fen in (*self.at_once, *self.pending)) != self.total_fen:
            raise ValueError("the ways are not the amount")


def back_slip(slip: BackSlip) -> Document:
    """Return the slip: what was given back and how, points beside it, and room to sign where prepaid value ended."""
    head, words = slip.head, words_of(slip.head.language)
    own = back_words_of(head.language)
    signed = (Gap(8), Text(own.signature), Gap(64)) if head.kind in SIGNED else ()
    footer = Text(head.shop.footer or words.thanks, align="centre")
    return (
        *_head(head, words, own),
        *_money(slip, words, own),
        *_points(slip, own),
        *slip_after(words, slip.after),
        Rule(),
        *signed,
        footer,
        Cut(),
    )


def _head(head: BackHead, words: Words, own: BackWords) -> tuple[Block, ...]:
    shop = [Text(text, align="centre") for text in (head.shop.branch, head.shop.phone) if text]
    tail = f"{words.card_tail} {head.member.card_tail}" if head.member.card_tail else ""
    facts = (
        (words.number, head.number),
        (own.of, head.of),
        (words.time, head.at_text),
        (words.cashier, head.cashier),
        (own.approved, head.approved_by),
        (words.member, head.member.masked_name),
        (words.card_of(head.member.masked_name), tail),
        (own.reason, head.reason),
    )
    return (
        Text(head.shop.name, size=LARGE, bold=True, align="centre"),
        Gap(8),
        *shop,
        Gap(8),
        Text(own.titles[head.kind], bold=True, align="centre"),
        Rule(),
        *(Text(label, value) for label, value in facts if value),
    )


def _money(slip: BackSlip, words: Words, own: BackWords) -> tuple[Block, ...]:
    items = tuple(Text(f"{item.name} x{item.quantity}", amount(item.amount_fen)) for item in slip.items)
    repaid = slip.head.kind == REPAY
    total = Text(own.repaid if repaid else own.back, amount(slip.total_fen), size=TALL, bold=True)
    ways: list[Block] = [_way(words, own, means, fen, "" if repaid else own.at_once) for means, fen in slip.at_once]
    ways += [_way(words, own, means, fen, own.pending) for means, fen in slip.pending]
    if slip.pending:
        ways.append(Text(own.pending_note))
    if slip.deducted_fen:
        ways.append(Text(own.deducted, amount(-slip.deducted_fen)))
    if repaid:
        ways.append(Text(own.still_owed, amount(slip.left_fen)))
    return (Rule(), *items, *((Rule(),) if items else ()), total, Gap(8), *ways)


def _way(words: Words, own: BackWords, means: str, fen: int, how: str) -> Text:
    """Return how a part is paid: back to stored value by its own word, else by the name of the means of payment."""
    name = own.balances.get(means) or f"{how} {words.tender(means)}".strip()
    return Text(name, amount(fen))


def _points(slip: BackSlip, own: BackWords) -> tuple[Block, ...]:
    points = (
        (own.points_taken, -slip.points_taken),
        (own.points_given, slip.points_given),
        (own.points_owed, slip.points_owed),
    )
    lines = tuple(Text(label, f"{count:+,}") for label, count in points if count)
    return (Rule(), *lines) if lines else ()
