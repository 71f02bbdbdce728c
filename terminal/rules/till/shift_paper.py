"""What stands on a shift's slip, as blocks of a receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from terminal.rules.receipt import LARGE, Block, Cut, Document, Gap, Rule, Text
from terminal.rules.slips import SlipShop, amount
from terminal.rules.till.shift import TERMINAL
from terminal.rules.till.shift_slip import Slip, Sum
from terminal.rules.till.shift_words import word

Say = Callable[[str], str]
HASH_DIGITS = 16  # in a line of paper; enough to tell two journals apart


@dataclass(frozen=True, slots=True)
class ShiftPaper:
    """A shift's slip with what paper needs besides: the shop, the shift's number, and the names of people by id."""

    shop: SlipShop
    number: int
    slip: Slip
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = "zh_CN"

    def name(self, person: str) -> str:
        """Return somebody's name; the terminal's own shift is told as such."""
        if person == TERMINAL:
            return word("terminal", self.language)
        return self.names.get(person, person[:8])


def shift_document(paper: ShiftPaper) -> Document:
    """Return the slip: whose shift, its cash, its takings, what was taken back, what it leaves behind."""

    def say(name: str) -> str:
        return word(name, paper.language)

    heading = [Text(text, align="centre") for text in (paper.shop.branch,) if text]
    return (
        Text(paper.shop.name, size=LARGE, bold=True, align="centre"),
        Gap(8),
        *heading,
        Text(say("title"), bold=True, align="centre"),
        Rule(),
        *_facts(paper, say),
        Rule(),
        *_cash(paper.slip, say),
        Rule(),
        *_takings(paper.slip, say),
        Rule(),
        *_back(paper, say),
        Rule(),
        *_behind(paper.slip, say),
        Gap(48),
        Text(f"{say('signature')} ____________________"),
        Cut(),
    )


def _facts(paper: ShiftPaper, say: Say) -> tuple[Block, ...]:
    shift = paper.slip.shift
    closed = shift.closed_at.strftime("%Y-%m-%d %H:%M") if shift.closed_at else ""
    return (
        Text(say("shift"), str(paper.number)),
        Text(say("person"), paper.name(shift.person)),
        Text(say("opened"), shift.opened_at.strftime("%Y-%m-%d %H:%M")),
        Text(say("closed"), closed),
    )


def _cash(slip: Slip, say: Say) -> tuple[Block, ...]:
    shift, over_fen = slip.shift, slip.shift.over_fen or 0
    name = "over" if over_fen > 0 else "short" if over_fen < 0 else "right"
    reason = (Text(f"{say('reason')}: {shift.reason}"),) if shift.reason else ()
    moved = (("cash_in", slip.cash_in, 1), ("cash_out", slip.cash_out, -1))
    return (
        Text(say("float"), amount(shift.float_fen)),
        *(_line(say(key), each, sign) for key, each, sign in moved if each.count),
        Text(say("expected"), amount(shift.expected_fen or 0)),
        Text(say("counted"), amount(shift.counted_fen or 0)),
        Text(say(name), amount(over_fen), bold=True),
        *reason,
    )


def _takings(slip: Slip, say: Say) -> tuple[Block, ...]:
    """Return what came in by tender, and what for: top-ups apart from sales, and no purse money as takings."""
    lines: list[Block] = [Text(say("received"), bold=True)]
    lines += [_line(say(each.name), each) for each in slip.tenders]
    lines.append(Rule())
    lines.append(_line(say("sales"), slip.sales))
    lines.append(_line(say("top_ups"), slip.top_ups))
    if slip.top_up_bonus_fen:
        lines.append(Text(f"  {say('granted')}", amount(slip.top_up_bonus_fen)))
    lines += [
        _line(say("gift_cards"), slip.gift_cards),
        _line(say("passes"), slip.passes_sold),
        _line(say("fees"), slip.fees),
    ]
    lines.append(Text(say("purse"), amount(slip.purse_principal_fen + slip.purse_bonus_fen)))
    if slip.purse_bonus_fen:
        lines.append(Text(f"  {say('principal')}", amount(slip.purse_principal_fen)))
        lines.append(Text(f"  {say('bonus')}", amount(slip.purse_bonus_fen)))
    lines.append(Text(say("sessions"), str(slip.sessions_used)))
    return tuple(lines)


def _back(paper: ShiftPaper, say: Say) -> tuple[Block, ...]:
    slip = paper.slip
    lines = []
    for each in slip.undone:
        words = word(each.kind, paper.language, name=paper.name(each.operator))
        lines.append(Text(f"{words} x{each.count}", amount(each.fen)))
    return (
        *lines,
        Text(say("discounts"), amount(slip.discount_fen)),
        Text(say("round_off"), amount(slip.round_off_fen)),
        Text(say("drawer"), str(slip.drawer_openings)),
    )


def _behind(slip: Slip, say: Say) -> tuple[Block, ...]:
    left = slip.pending
    waiting = (("unsettled", left.unsettled), ("held", left.held), ("unknown", left.unknown))
    return (
        Text(say("pending"), str(sum(number for _, number in waiting))),
        *(Text(f"  {say(name)}", str(number)) for name, number in waiting if number),
        Text(say("entries"), f"{slip.journal.first_no} - {slip.journal.last_no}"),
        Text(say("journal"), slip.journal.head[:HASH_DIGITS]),
    )


def _line(label: str, each: Sum, sign: int = 1) -> Text:
    return Text(f"{label} x{each.count}", amount(sign * each.fen))
