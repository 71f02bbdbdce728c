"""What stands on each slip: documents built from plain values, in three languages, never with a whole number of anyone.

Order and content: shop, kind of slip, number and people, amounts, what is left afterwards, link, thanks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from terminal.base.money import format_yuan
from terminal.rules.receipt import LARGE, TALL, Block, Cut, Document, Gap, Qr, Rule, Text
from terminal.rules.slip_words import Words, words_of

TAIL_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class SlipShop:
    """The shop as slips head it; `phone` is the shop's own, `footer` its own words instead of plain thanks."""

    name: str
    branch: str = ""
    phone: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class SlipMember:
    """A member as slips may show one: masked name (王女士) and the last digits of the card."""

    masked_name: str
    card_tail: str = ""

    def __post_init__(self) -> None:
        """Refuse more of a card number than its tail."""
        if len(self.card_tail) > TAIL_DIGITS:
            raise ValueError("card tail")


@dataclass(frozen=True, slots=True)
class SlipPass:
    """A prepaid pass, what is left of it in sessions, and its last day (ISO, empty: none).

    `total` is 0 where sessions are not what counts: a pass for a time has days, and only its last one is told.
    """

    name: str
    left: int
    total: int
    ends_on: str = ""


@dataclass(frozen=True, slots=True)
class SlipItem:
    """One thing paid for; `amount_fen` is for the whole quantity."""

    name: str
    amount_fen: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class SlipAfter:
    """What the member has after the action; None and empty are left out of the slip.

    `opened` (label, value) tells of bonus that the action opened.
    """

    balance_fen: int | None = None
    points_earned: int = 0
    points_total: int | None = None
    passes: tuple[SlipPass, ...] = ()
    points_used: int = 0
    opened: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class SlipBill:
    """What the slips of all bills say alike; `bonus_fen` was given by a top-up, or taken by a charge."""

    shop: SlipShop
    number: str
    at_text: str
    cashier: str
    member: SlipMember
    amount_fen: int
    bonus_fen: int
    after: SlipAfter
    language: str = "zh_CN"
    link: Qr | None = None


@dataclass(frozen=True, slots=True)
class ChargeSlip:
    """A payment out of stored value, as tills of older releases booked it.

    `confirmed` says what the cashier compared before taking the money: `phone_tail` or `photo`, empty where nothing.
    """

    bill: SlipBill
    principal_fen: int
    confirmed: str
    items: tuple[SlipItem, ...] = ()
    discount_fen: int = 0

    def __post_init__(self) -> None:
        """Refuse amounts that do not add up: a slip must never contradict the book."""
        if self.principal_fen + self.bill.bonus_fen != self.bill.amount_fen:
            raise ValueError("principal and bonus are not the amount")
        if self.items and sum(item.amount_fen for item in self.items) - self.discount_fen != self.bill.amount_fen:
            raise ValueError("items less discount are not the amount")


@dataclass(frozen=True, slots=True)
class BalanceSlip:
    """What a member has, printed at the kiosk on the member's own wish; it moves nothing and has no number."""

    shop: SlipShop
    at_text: str
    member: SlipMember
    after: SlipAfter
    level: str = ""
    language: str = "zh_CN"
    link: Qr | None = None


def charge_slip(slip: ChargeSlip) -> Document:
    """Return the slip of a payment out of stored value: what it came from and who confirmed the member."""
    bill, words = slip.bill, words_of(slip.bill.language)
    bonus = (Text(words.from_bonus, amount(bill.bonus_fen)),) if bill.bonus_fen else ()
    return (
        *slip_head(bill.shop, words.charge),
        *slip_facts(words, bill.number, bill.at_text, bill.cashier, bill.member),
        *_items(words, slip),
        Rule(),
        Text(words.paid, amount(bill.amount_fen), size=TALL, bold=True),
        Gap(8),
        Text(words.paid_by, words.tender("stored_value")),
        Text(words.from_principal, amount(slip.principal_fen)),
        *bonus,
        *slip_proof(words, slip.confirmed),
        *slip_after(words, bill.after),
        *slip_foot(words, bill.shop, bill.link),
    )


def balance_slip(slip: BalanceSlip) -> Document:
    """Return what the member has, as printed by the kiosk."""
    words = words_of(slip.language)
    level = (Text(words.level, slip.level),) if slip.level else ()
    return (
        *slip_head(slip.shop, words.balance_slip),
        *slip_facts(words, "", slip.at_text, "", slip.member),
        *level,
        *slip_after(words, slip.after),
        *slip_foot(words, slip.shop, slip.link),
    )


def amount(fen: int) -> str:
    """Return an amount as paper shows it: `￥1,234.50` or `-￥30.00`, with the currency sign every ROM has."""
    return f"{'-' if fen < 0 else ''}￥{format_yuan(abs(fen))}"


def slip_head(shop: SlipShop, kind: str) -> tuple[Block, ...]:
    """Return what every slip begins with: the shop, and what slip it is."""
    lines = [Text(text, align="centre") for text in (shop.branch, shop.phone) if text]
    name = Text(shop.name, size=LARGE, bold=True, align="centre")
    return (name, Gap(8), *lines, Gap(8), Text(kind, bold=True, align="centre"), Rule())


def slip_facts(
    words: Words,
    number: str,
    at_text: str,
    cashier: str,
    member: SlipMember,
    others: tuple[tuple[str, str], ...] = (),
    *,
    card: str = "",
) -> tuple[Block, ...]:
    """Return number, time and people, each where it is known; `others` (label, value) stand before the member.

    `card` is what the card is called where it has a name of its own.
    """
    tail = f"{words.card_tail} {member.card_tail}" if member.card_tail else ""
    facts = (
        (words.number, number),
        (words.time, at_text),
        (words.cashier, cashier),
        *others,
        (words.member, member.masked_name),
        (card or words.card_of(member.masked_name), tail),
    )
    return tuple(Text(label, value) for label, value in facts if value)


def _items(words: Words, slip: ChargeSlip) -> tuple[Block, ...]:
    """Return name and amount of each thing, quantity between them; a long name stands on lines of its own."""
    if not slip.items:
        return ()
    lines = tuple(Text(f"{item.name} x{item.quantity}", amount(item.amount_fen)) for item in slip.items)
    if not slip.discount_fen:
        return (Rule(), *lines)
    total = sum(item.amount_fen for item in slip.items)
    sums = (Text(words.total, amount(total)), Text(words.discount, amount(-slip.discount_fen)))
    return (Rule(), *lines, Rule(), *sums)


def slip_proof(words: Words, code: str) -> tuple[Block, ...]:
    """Return by what the member was known, where that has words."""
    sentence = words.confirmation(code)
    return (Text(sentence),) if sentence else ()


def slip_after(words: Words, after: SlipAfter) -> tuple[Block, ...]:
    """Return what the member has after it, under a line of its own; nothing where nothing is known."""
    lines: list[Block] = [Rule()]
    if after.balance_fen is not None:
        lines.append(Text(words.balance, amount(after.balance_fen), bold=True))
    if after.opened[0]:
        lines.append(Text(*after.opened))
    if after.points_earned:
        lines.append(Text(words.points_earned, f"{after.points_earned:+,}"))
    if after.points_used:
        lines.append(Text(words.points_used, f"{-after.points_used:+,}"))
    if after.points_total is not None:
        lines.append(Text(words.points_total, f"{after.points_total:,}"))
    lines += [line for item in after.passes for line in slip_pass(words, item)]
    return tuple(lines) if len(lines) > 1 else ()


def slip_pass(words: Words, item: SlipPass) -> tuple[Block, ...]:
    """Return what is left of a pass, and below it the last day on which it is good."""
    until = (Text(f"  {words.good_until}", item.ends_on),) if item.ends_on else ()
    if not item.total:
        return (Text(item.name, f"{words.good_until} {item.ends_on}" if item.ends_on else ""),)
    return (Text(item.name, words.sessions_left(item.left, item.total)), *until)


def slip_foot(words: Words, shop: SlipShop, link: Qr | None) -> tuple[Block, ...]:
    """Return what every slip ends with: the link, the shop's own words or thanks, and the cut."""
    code = (link,) if link is not None else ()
    return (Rule(), *code, Gap(8), Text(shop.footer or words.thanks, align="centre"), Cut())
