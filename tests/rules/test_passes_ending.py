"""The end of a pass: days that are due, and sessions that are not taken silently."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.rules.passes.changes import extend, freeze
from terminal.rules.passes.ending import AfterEnd, after_end, days_due
from terminal.rules.passes.sale import sell
from terminal.rules.passes.sold import HeldUnits, SoldPass, Take
from terminal.rules.passes.terms import FreezeRules, PassPart, PassTerms

START = dt.date(2026, 1, 1)
MONTH = PassTerms("m", "time_pass", 100_00, (PassPart(frozenset({"spa"})),), valid_days=30, freeze=FreezeRules(3, 30))
TEN = PassTerms("p", "session_pass", 100_00, (PassPart(frozenset({"cut"}), 10, 0, 20_00),), valid_days=30)
TWO_LEFT = SoldPass(
    TEN, 100_00, "m1", starts_on=START, ends_on=dt.date(2026, 1, 30), units=(HeldUnits("b", 0, 2, 10_00),)
)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number - 1)


def sold_month() -> SoldPass:
    sale = sell(MONTH, START)
    units = tuple(
        HeldUnits(str(place), each.part, each.units, each.unit_value_fen) for place, each in enumerate(sale.units)
    )
    return SoldPass(MONTH, 100_00, "m1", starts_on=sale.starts_on, ends_on=sale.ends_on, units=units)


def expire(sold: SoldPass, taken: tuple[Take, ...]) -> SoldPass:
    gone = {take.bucket: take.amount for take in taken}
    return replace(
        sold, units=tuple(replace(held, amount=held.amount - gone.get(held.bucket, 0)) for held in sold.units)
    )


def test_a_day_of_a_time_pass_is_due_when_it_is_over_and_the_rest_is_on_the_last() -> None:
    sold = sold_month()
    assert [held.unit_value_fen for held in sold.units] == [3_33, 3_43]
    assert days_due(sold, day(0)) == ()
    assert days_due(sold, day(1)) == (Take("0", 1),)
    assert days_due(sold, day(29)) == (Take("0", 29),)
    assert days_due(sold, day(400)) == (Take("0", 29), Take("1", 1))
    assert days_due(expire(sold, (Take("0", 5),)), day(7)) == (Take("0", 2),)
    assert days_due(expire(sold, (Take("0", 5),)), day(4)) == ()


def test_days_of_a_pause_are_not_due_and_free_days_are_due_last() -> None:
    sold = freeze(sold_month(), day(3), day(12), day(1))
    assert days_due(sold, day(12)) == (Take("0", 2),)
    assert days_due(sold, day(13)) == (Take("0", 3),)
    longer = extend(sold_month(), day(40), day(1))
    sold = replace(longer.sold, units=(HeldUnits("free", 0, longer.free_days, 0), *longer.sold.units))
    assert days_due(sold, day(31)) == (Take("0", 29), Take("1", 1), Take("free", 1))


def test_a_pass_that_has_not_begun_or_counts_sessions_has_no_days_due() -> None:
    waiting = replace(sold_month(), starts_on=None, ends_on=None)
    assert days_due(waiting, day(9)) == ()
    assert waiting.days_done(day(9)) == 0
    assert days_due(TWO_LEFT, day(400)) == ()


def test_sessions_with_money_left_wait_for_the_members_choice() -> None:
    assert after_end(TWO_LEFT, day(32)) == AfterEnd((), (Take("b", 2),), 20_00)
    assert after_end(TWO_LEFT, day(31)) is None
    assert after_end(replace(TWO_LEFT, ends_on=None), day(400)) is None
    assert after_end(sold_month(), day(400)) is None


@pytest.mark.parametrize("may_lapse", [False, True])
def test_units_without_value_lapse_and_all_where_law_and_terms_allow_it(may_lapse: bool) -> None:
    units = (HeldUnits("paid", 0, 2, 10_00), HeldUnits("gift", 0, 3, 0), HeldUnits("empty", 0, 0, 10_00))
    ended = after_end(replace(TWO_LEFT, terms=replace(TEN, may_lapse=may_lapse), units=units), day(99))
    if may_lapse:
        assert ended == AfterEnd((Take("paid", 2), Take("gift", 3)), (), 0)
    else:
        assert ended == AfterEnd((Take("gift", 3),), (Take("paid", 2),), 20_00)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 9)), max_size=15))
def test_day_by_day_exactly_the_price_of_a_time_pass_comes_due(steps: list[tuple[int, bool, int]]) -> None:
    sold, today = sold_month(), START
    for later, pausing, length in steps:
        today += dt.timedelta(days=later)
        sold = expire(sold, days_due(sold, today - dt.timedelta(days=1)))
        coming = sold.ends_on is not None and sold.ends_on >= today and sold.frozen_on(today) is None
        if pausing and coming and len(sold.freezes) < 3 and sum(each.days for each in sold.freezes) + length < 30:
            sold = freeze(sold, today, today + dt.timedelta(days=length), today)
        left = sum(held.amount for held in sold.units)
        assert left == 30 - sold.days_done(today - dt.timedelta(days=1))
    assert sold.ends_on is not None
    sold = expire(sold, days_due(sold, sold.ends_on))
    assert sum(held.amount for held in sold.units) == 0
