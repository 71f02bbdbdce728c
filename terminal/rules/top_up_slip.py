"""The slip of a top-up with all it gave, and the slip of an entry of which nothing but its amount can be told."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.rules.bill_slip import given, say_in
from terminal.rules.receipt import TALL, Document, Gap, Rule, Text
from terminal.rules.slip_reading import NO_GIFTS, Gifts
from terminal.rules.slip_words import words_of
from terminal.rules.slips import SlipBill, amount, slip_after, slip_facts, slip_foot, slip_head


@dataclass(frozen=True, slots=True)
class TopUpSlip:
    """Money put on a member's account, and what was given for it. `tender` is a code such as `cash` or its own name.

    `cooling_off_until` is the last day (ISO) on which the money may be asked back, empty where there is none.
    """

    bill: SlipBill
    tender: str
    gifts: Gifts = NO_GIFTS
    cooling_off_until: str = ""


def topup_slip(slip: TopUpSlip) -> Document:
    """Return the slip of a top-up, marked as prepayment: it is no sale, and the later use is none again."""
    bill, words, say = slip.bill, words_of(slip.bill.language), say_in(slip.bill.language)
    bonus = (Text(words.bonus, amount(bill.bonus_fen)),) if bill.bonus_fen else ()
    terms = (say("cooling_off", day=slip.cooling_off_until),) if slip.cooling_off_until else ()
    return (
        *slip_head(bill.shop, words.topup),
        *slip_facts(words, bill.number, bill.at_text, bill.cashier, bill.member),
        Rule(),
        Text(words.topped_up, amount(bill.amount_fen), size=TALL, bold=True),
        Gap(8),
        *bonus,
        Text(words.paid_by, words.tender(slip.tender)),
        *given(slip.gifts, words, say),
        *slip_after(words, bill.after),
        Rule(),
        *(Text(line, align="centre") for line in (words.prepayment_note, *terms)),
        *slip_foot(words, bill.shop, bill.link),
    )


def plain_slip(bill: SlipBill) -> Document:
    """Return the slip of an entry that says no more than what was paid."""
    words = words_of(bill.language)
    return (
        *slip_head(bill.shop, words.charge),
        *slip_facts(words, bill.number, bill.at_text, bill.cashier, bill.member),
        Rule(),
        Text(words.paid, amount(bill.amount_fen), size=TALL, bold=True),
        Gap(8),
        *slip_after(words, bill.after),
        *slip_foot(words, bill.shop, bill.link),
    )
