"""What sales earn, refunded in any steps: the last refund takes exactly the rest, and nothing is counted twice."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.rules.bill_note import BONUS, CASH, ON_CREDIT, PRINCIPAL, BillNote, NoteLine, NoteTender
from terminal.rules.pay.commission import CommissionRules, LabourFee, Person, Rate
from terminal.rules.pay.performance import Item, Performance
from terminal.rules.pay.sales import opposite, refund_lines, refund_value, repaid, sold_bill, sold_top_up, undo
from terminal.rules.split import largest_remainder

DAY, LATER = dt.date(2026, 11, 21), dt.date(2026, 12, 5)
RULES = CommissionRules(rates=(Rate(1_234),), labour_fees=(LabourFee(777),), bonus_counts=True)
PEOPLE = st.lists(
    st.builds(Person, st.sampled_from("abc"), st.just("x"), st.integers(1, 90)),
    max_size=3,
    unique_by=lambda one: one.staff,
).map(tuple)
LINES = st.lists(
    st.tuples(st.sampled_from(("service", "product", "pass")), st.integers(0, 10**6), st.integers(1, 5), PEOPLE),
    min_size=1,
    max_size=5,
)


def bill(lines: list[tuple[str, int, int, tuple[Person, ...]]], weights: list[int]) -> BillNote:
    """Return a bill of these lines, paid by four tenders in proportion to weights."""
    made = tuple(
        NoteLine("i", "n", kind, "", fen, quantity, fen, fen, people=people) for kind, fen, quantity, people in lines
    )
    payable_fen = sum(line.net_fen for line in made)
    names = (CASH, ON_CREDIT, PRINCIPAL, BONUS)
    parts = largest_remainder(payable_fen, weights)
    tenders = tuple(NoteTender(name, fen) for name, fen in zip(names, parts, strict=True) if fen)
    return BillNote("", made, payable_fen, tenders=tenders)


def total(items: Iterable[Item]) -> dict[str, tuple[Performance, int]]:
    """Return what each person has, without those who have nothing."""
    sums: dict[str, tuple[Performance, int]] = {}
    for item in items:
        performance, fen = sums.get(item.staff, (Performance(), 0))
        sums[item.staff] = (performance + item.performance, fen + item.commission_fen)
    return {staff: each for staff, each in sums.items() if each != (Performance(), 0)}


@settings(max_examples=50)
@given(LINES, st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any), st.integers(0, 2**32))
def test_refunds_in_any_steps_take_back_everything_and_no_more(
    lines: list[tuple[str, int, int, tuple[Person, ...]]], weights: list[int], seed: int
) -> None:
    note, draw = bill(lines, weights), random.Random(seed)
    sold = sold_bill(note, RULES)
    items = list(sold.items(DAY))
    delivered = sum(line.net_fen for line in note.lines if line.kind == "service")
    views = [sum(getattr(item.performance, view) for item in items) for view in ("cash_fen", "consumed_fen")]
    assert views == [note.paid_with(CASH), delivered]
    owed_fen = note.paid_with(ON_CREDIT)
    if owed_fen:
        back, sold = repaid(sold, owed_fen, LATER)
        items += back
    left = {place: line.quantity for place, line in enumerate(sold.lines)}
    while left:
        place = draw.choice(sorted(left))
        quantity = draw.randint(1, left[place])
        back, sold = refund_lines(sold, {place: quantity}, LATER)
        assert all(item.commission_fen <= 0 for item in back)
        items += back
        left = {each: number - (quantity if each == place else 0) for each, number in left.items()}
        left = {each: number for each, number in left.items() if number}
    assert total(items) == {}


@settings(max_examples=50)
@given(st.integers(1, 10**7), st.lists(st.integers(0, 10**7), max_size=4))
def test_a_top_up_given_back_in_parts_and_the_rest_voided_leaves_nothing(paid_fen: int, parts: list[int]) -> None:
    sold = sold_top_up(paid_fen, (Person("a", ""),), RULES)
    items = list(sold.items(DAY))
    for fen in parts:
        before = sold
        back, sold = refund_value(sold, 0, fen, LATER)
        items += back
        assert total((*back, *opposite(back, LATER))) == {}
        assert sold.lines[0].value_fen == max(0, before.lines[0].value_fen - fen)
    back, sold = undo(sold, LATER)
    assert total((*items, *back)) == {}
    assert sold.lines[0].earned == ()
