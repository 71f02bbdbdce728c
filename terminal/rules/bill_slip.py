"""The slip of a settled bill: its lines, every step of its price, how it was paid, and what is left afterwards.

It is made of the bill's note alone, so that it says the same whenever it is made; nothing is priced again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from terminal.base.money import format_yuan
from terminal.rules.bill_note import CASH, ON_CREDIT, PASS, BillNote, NoteLine, NoteTender
from terminal.rules.bill_slip_words import WORDS, word
from terminal.rules.prices.basket import Step
from terminal.rules.receipt import TALL, Block, Document, Gap, Row, Rule, Text
from terminal.rules.slip_reading import NO_GIFTS, Gifts, GivenBonus
from terminal.rules.slip_words import Words, words_of
from terminal.rules.slips import (
    SlipAfter,
    SlipBill,
    SlipPass,
    amount,
    slip_after,
    slip_facts,
    slip_foot,
    slip_head,
    slip_pass,
    slip_proof,
)

# Columns of a line's figures, and how many its name needs beside them: on 58 mm paper it stands above them.
QUANTITY_COLUMNS, MONEY_COLUMNS, NAME_COLUMNS_LEAST = 5, 11, 16
# So many parts of bonus are told day by day; of more, the first and the last.
PARTS_TOLD_MAX = 12

# By which the bill of a gift card is proved.
GIFT_CARD = "gift_card"
Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class BillSlip:
    """A settled bill as its slip tells it.

    `served` are the names of who worked on it, `coupons` what people call the coupons used (by bucket), `changes` the
    change that was given back (fen) by person, 0 where it was not split, `proof` by what the member was known,
    `refund_until` the last day (ISO) on which it may be taken back; all empty where unknown.
    """

    bill: SlipBill
    note: BillNote
    served: tuple[str, ...] = ()
    coupons: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[int, int] = field(default_factory=dict)
    proof: str = ""
    gifts: Gifts = NO_GIFTS
    refund_until: str = ""


def bill_slip(slip: BillSlip) -> Document:
    """Return the slip of a settled bill."""
    bill, words, say = slip.bill, words_of(slip.bill.language), say_in(slip.bill.language)
    card = say("gift_card") if slip.proof == GIFT_CARD else ""
    has_credit = any(each.tender == ON_CREDIT for each in slip.note.tenders)
    return (
        *slip_head(bill.shop, words.charge),
        *slip_facts(words, bill.number, bill.at_text, bill.cashier, bill.member, _served(slip, say), card=card),
        *_lines(slip.note, say),
        *_steps(slip, say),
        Rule(),
        Text(say("payable") if has_credit else words.paid, amount(slip.note.payable_fen), size=TALL, bold=True),
        Gap(8),
        *_payments(slip, words, say),
        *slip_proof(words, slip.proof),
        *slip_after(words, _after(slip, say)),
        *given(slip.gifts, words, say),
        *_terms(slip, words, say),
        *slip_foot(words, bill.shop, bill.link),
    )


def say_in(language: str) -> Say:
    """Return what gives the words of a language by their names."""
    return lambda name, **values: word(name, language, **values)


def given(gifts: Gifts, words: Words, say: Say) -> tuple[Block, ...]:
    """Return what the member was given with it, under a heading; nothing where nothing was."""
    lines: list[Block] = list(bonus_parts(gifts.bonus, say))
    if gifts.with_visits_fen:
        lines.append(Text(say("bonus_visits"), amount(gifts.with_visits_fen)))
    for coupon in gifts.coupons:
        lines.append(Text(coupon.name, say("times", count=coupon.count)))
        lines += [Text(say("good_until"), coupon.ends_on)] if coupon.ends_on else []
    for each in gifts.passes:
        lines += _given_pass(each, words, say)
    if gifts.level:
        lines.append(Text(say("level", level=gifts.level), say("until", day=gifts.level_until)))
    return (Rule(), Text(say("given"), bold=True), *lines) if lines else ()


def _given_pass(each: SlipPass, words: Words, say: Say) -> tuple[Block, ...]:
    if not each.total:
        return slip_pass(words, each)
    until = (Text(say("good_until"), each.ends_on),) if each.ends_on else ()
    return (Text(each.name, say("sessions", count=each.total)), *until)


def bonus_parts(parts: tuple[GivenBonus, ...], say: Say) -> tuple[Block, ...]:
    """Return bonus by the day it opens: every part of a few, else how many there are, the first and the last."""
    if len(parts) > PARTS_TOLD_MAX:
        first, last = parts[0], parts[-1]
        return (
            Text(say("bonus_each", count=len(parts)), amount(first.fen)),
            Text(say("bonus_first", day=first.opens_on), amount(first.fen)),
            Text(say("bonus_last", day=last.opens_on), amount(last.fen)),
        )
    lines: list[Block] = []
    for part in parts:
        label = say("bonus_from", day=part.opens_on) if part.opens_on else say("bonus_now")
        lines.append(Text(label, amount(part.fen)))
    ends = {part.ends_on for part in parts if part.ends_on}
    return (*lines, *(Text(say("good_until"), day) for day in sorted(ends)))


def _served(slip: BillSlip, say: Say) -> tuple[tuple[str, str], ...]:
    return ((say("served"), say("and").join(slip.served)),) if slip.served else ()


def _lines(note: BillNote, say: Say) -> tuple[Block, ...]:
    """Return the lines as a table; an amount that was rung up without a name is no line of its own."""
    if len(note.lines) == 1 and not note.lines[0].name and not note.steps:
        return ()
    heads = ("quantity", "list", "net") if note.steps else ("quantity", "amount")
    widths = (QUANTITY_COLUMNS, *(MONEY_COLUMNS for _ in heads[1:]))
    head = Row(say("item"), tuple((say(name), width) for name, width in zip(heads, widths, strict=True)), bold=True)
    rows = [
        Row(line.name or say(line.kind), tuple(zip(_figures(line, note), widths, strict=True)), NAME_COLUMNS_LEAST)
        for line in note.lines
    ]
    return (Rule(), head, *rows)


def _figures(line: NoteLine, note: BillNote) -> tuple[str, ...]:
    figures = (str(line.quantity), format_yuan(line.list_fen), format_yuan(line.net_fen))
    return figures if note.steps else figures[:2]


def _steps(slip: BillSlip, say: Say) -> tuple[Block, ...]:
    note = slip.note
    if not note.steps:
        return ()
    total = Text(say("list_total"), amount(sum(line.list_fen for line in note.lines)))
    told = [step for step in note.steps if step.off_fen]
    return (Rule(), total, *(Text(_step(step, slip, say), amount(-step.off_fen)) for step in told))


def _step(step: Step, slip: BillSlip, say: Say) -> str:
    """Return what a step is called: a coupon by its name, an offer or level by its own where that is for people."""
    name = f"step_{step.name}" if f"step_{step.name}" in WORDS else "step_other"
    label = say(name, points=f"{slip.note.points_used:,}")
    if "coupon" in step.name:
        called = slip.coupons.get(step.source.partition("/")[0], "")
    else:
        # What stands in Latin letters is the code of the shop's rules, and says nothing to who speaks Chinese.
        called = step.source if not step.source.isascii() or slip.bill.language == "en" else ""
    return f"{label} {called}".rstrip()


def _payments(slip: BillSlip, words: Words, say: Say) -> tuple[Block, ...]:
    """Return what paid it, by person where it was split, with the cash that was given and the change."""
    tenders, changes, lines = slip.note.tenders, dict(slip.changes), list[Block]()
    for person in sorted({each.person for each in tenders} | changes.keys()):
        paid, change_fen = [each for each in tenders if each.person == person], changes.get(person, 0)
        if not person:
            lines += _paid(paid, change_fen, words, say, "")
        elif len(paid) == 1 and not change_fen:
            lines.append(Text(f"{say('person', number=person)} {words.tender(paid[0].tender)}", amount(_sum(paid))))
        else:
            lines.append(Text(say("person", number=person), amount(_sum(paid))))
            lines += _paid(paid, change_fen, words, say, "  ")
    return tuple(lines)


def _paid(paid: list[NoteTender], change_fen: int, words: Words, say: Say, indent: str) -> list[Block]:
    """Return what one person paid with; the cash that was handed over stands below the last of the cash."""
    lines: list[Block] = [Text(f"{indent}{words.tender(each.tender)}", amount(each.amount_fen)) for each in paid]
    if change_fen > 0:
        cash = [place for place, each in enumerate(paid, start=1) if each.tender == CASH]
        handed_fen = _sum([each for each in paid if each.tender == CASH]) + change_fen
        at = cash[-1] if cash else len(lines)
        lines[at:at] = [
            Text(f"{indent}  {say('received')}", amount(handed_fen)),
            Text(f"{indent}  {say('change')}", amount(change_fen)),
        ]
    return lines


def _sum(paid: list[NoteTender]) -> int:
    return sum(each.amount_fen for each in paid)


def _after(slip: BillSlip, say: Say) -> SlipAfter:
    opened_fen = sum(each.opened_fen for each in slip.note.released)
    after = slip.bill.after
    return replace(after, opened=(say("opened"), amount(opened_fen))) if opened_fen else after


def _terms(slip: BillSlip, words: Words, say: Say) -> tuple[Block, ...]:
    """Return until when it may be taken back, and that a pass is money paid before its use."""
    lines = [say("refund_until", day=slip.refund_until)] if slip.refund_until else []
    lines += [words.prepayment_note] if any(line.kind == PASS for line in slip.note.lines) else []
    return (Rule(), *(Text(line, align="centre") for line in lines)) if lines else ()
