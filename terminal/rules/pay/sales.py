"""What a settled bill or a top-up earned its people, line by line, and what refunds take back of it. Pure.

Each line is paid by all means of payment of its bill in proportion; the parts add up for each line and each payment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from terminal.rules.bill_note import BONUS, EXTERNAL, ON_CREDIT, PASS, PRINCIPAL, BillNote
from terminal.rules.pay.commission import (
    PASS_SALE,
    TOP_UP,
    CommissionRules,
    Earned,
    Person,
    Work,
    earn,
    take_back,
    take_back_line,
)
from terminal.rules.pay.performance import Item, Performance, items_of, performance_of, shared
from terminal.rules.split import cross, half_up, largest_remainder

# Work that nobody is named for counts as nobody's, so that what all have together is what was done.
NOBODY = (Person("", ""),)


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line with what each of its people counts and earned, as far as no refund took it back.

    `quantity` and `value_fen` are what is left of the line; of `on_credit_fen` nothing is repaid.
    """

    people: tuple[Person, ...]
    quantity: int
    value_fen: int
    shares: tuple[Performance, ...]
    earned: tuple[Earned, ...] = ()
    on_credit_fen: int = 0


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale by its lines."""

    lines: tuple[SoldLine, ...]

    def items(self, day: dt.date) -> tuple[Item, ...]:
        """Return what it put to each person's month on its day."""
        return tuple(item for line in self.lines for item in items_of(day, line.people, line.shares, line.earned))


def sold_bill(bill: BillNote, rules: CommissionRules) -> Sold:
    """Return what a bill's lines earned."""
    paid = (bill.paid_with(*EXTERNAL), bill.paid_with(ON_CREDIT), bill.paid_with(PRINCIPAL), bill.paid_with(BONUS))
    parts = cross([line.net_fen for line in bill.lines], paid)
    lines = []
    for line, (outside_fen, credit_fen, principal_fen, bonus_fen) in zip(bill.lines, parts, strict=True):
        work = Work(
            kind=PASS_SALE if line.kind == PASS else line.kind,
            category=line.category,
            item=line.item,
            people=line.people or NOBODY,
            quantity=line.quantity,
            cash_fen=outside_fen + credit_fen,
            principal_fen=principal_fen,
            bonus_fen=bonus_fen,
            session_fen=line.session_fen,
            cost_fen=line.cost_fen,
        )
        lines.append(
            SoldLine(
                people=work.people,
                quantity=line.quantity,
                value_fen=line.net_fen,
                shares=_shared(performance_of(work, on_credit_fen=credit_fen), work.people),
                earned=earn(work, rules) if line.people else (),
                on_credit_fen=credit_fen,
            )
        )
    return Sold(tuple(lines))


def sold_top_up(paid_fen: int, people: Sequence[Person], rules: CommissionRules) -> Sold:
    """Return what a top-up earned: on what was paid, and nothing on what was given."""
    work = Work(TOP_UP, "", "", tuple(people) or NOBODY, cash_fen=paid_fen)
    earned = earn(work, rules) if people else ()
    return Sold((SoldLine(work.people, 1, paid_fen, _shared(performance_of(work), work.people), earned),))


def sold_by_nobody(performance: Performance, value_fen: int) -> Sold:
    """Return a sale that counts, and that nobody is named for."""
    return Sold((SoldLine(NOBODY, 1, value_fen, (performance,)),))


def refund_lines(sold: Sold, quantities: Mapping[int, int], day: dt.date) -> tuple[tuple[Item, ...], Sold]:
    """Return what a refund of quantities (by place of the line) takes back, on its day, and what then is left.

    Raises `Refusal` `commission_refund_over` for more than is left, and `KeyError` for a line that is none.
    """
    lines, items = dict(enumerate(sold.lines)), list[Item]()
    for place, quantity in quantities.items():
        line = lines[place]
        back, left = take_back_line(line.earned, quantity, line.quantity)
        taken, kept = _taken(line.shares, quantity, line.quantity)
        items += items_of(day, line.people, taken, back)
        value_fen = half_up(line.value_fen * quantity, line.quantity)
        lines[place] = replace(
            line,
            quantity=line.quantity - quantity,
            value_fen=line.value_fen - value_fen,
            shares=kept,
            earned=left,
            on_credit_fen=line.on_credit_fen - half_up(line.on_credit_fen * quantity, line.quantity),
        )
    return tuple(items), Sold(tuple(lines.values()))


def refund_value(sold: Sold, place: int, fen: int, day: dt.date) -> tuple[tuple[Item, ...], Sold]:
    """Return what giving back `fen` of a pass or top-up takes back, on that day, and what then is left.

    What is given back beyond what is left takes back all that is left.
    """
    lines = list(sold.lines)
    line = lines[place]
    fen = min(fen, line.value_fen)
    if not fen:
        return (), sold
    pairs = [take_back(each, half_up(each.base * fen, line.value_fen)) for each in line.earned]
    taken, kept = _taken(line.shares, fen, line.value_fen)
    items = items_of(day, line.people, taken, [back for back, _ in pairs])
    lines[place] = replace(
        line,
        value_fen=line.value_fen - fen,
        shares=kept,
        earned=tuple(left for _, left in pairs),
    )
    return items, Sold(tuple(lines))


def undo(sold: Sold, day: dt.date) -> tuple[tuple[Item, ...], Sold]:
    """Return what a void takes back on its day: all that is left."""
    items: list[Item] = []
    for line in sold.lines:
        backs = [take_back(each, each.base)[0] for each in line.earned]
        items += items_of(day, line.people, [-share for share in line.shares], backs)
    left = (
        replace(line, quantity=0, value_fen=0, shares=tuple(Performance() for _ in line.shares), earned=())
        for line in sold.lines
    )
    return tuple(items), Sold(tuple(left))


def repaid(sold: Sold, fen: int, day: dt.date) -> tuple[tuple[Item, ...], Sold]:
    """Return what a repayment of what was on credit counts as money that came in, for those who sold it.

    What is repaid counts to the line from then on, so that a refund takes it back too.
    """
    owed = [line.on_credit_fen for line in sold.lines]
    if not any(owed):
        return unplaced(fen, day), sold
    items: list[Item] = []
    lines: list[SoldLine] = []
    for line, part in zip(sold.lines, largest_remainder(fen, owed), strict=True):
        came = _shared(Performance(part), line.people)
        items += items_of(day, line.people, came, ()) if part else ()
        shares = tuple(share + more for share, more in zip(line.shares, came, strict=True))
        lines.append(replace(line, shares=shares, on_credit_fen=max(0, line.on_credit_fen - part)))
    return tuple(items), Sold(tuple(lines))


def unplaced(fen: int, day: dt.date) -> tuple[Item, ...]:
    """Return money that came in for something nobody can be named for any more."""
    return items_of(day, NOBODY, [Performance(fen)], ())


def opposite(items: Iterable[Item], day: dt.date) -> tuple[Item, ...]:
    """Return what undoing a refund gives back, on its own day."""
    return tuple(Item(day, each.staff, -each.performance, -each.commission_fen) for each in items)


def _shared(performance: Performance, people: Sequence[Person]) -> tuple[Performance, ...]:
    return tuple(part for _, part in shared(performance, people))


def _taken(shares: Sequence[Performance], number: int, of: int) -> tuple[list[Performance], tuple[Performance, ...]]:
    """Return what `number` of what is left takes off each share, and what is left of each: the last takes the rest.

    In each view the part is half up, and people give it in proportion to what they have left.
    """
    views = []
    for left in ([share.cash_fen for share in shares], [share.consumed_fen for share in shares]):
        part = half_up(sum(left) * number, of)
        views.append(largest_remainder(part, left) if part else [0] * len(left))
    taken = [-Performance(cash_fen, consumed_fen) for cash_fen, consumed_fen in zip(*views, strict=True)]
    return taken, tuple(share + off for share, off in zip(shares, taken, strict=True))
