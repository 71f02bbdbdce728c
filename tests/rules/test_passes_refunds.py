"""What is paid back for a pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.passes.refunds import refund_members_wish, refund_not_members_fault
from terminal.rules.passes.sold import SoldPass
from terminal.rules.passes.terms import PassPart, PassTerms

TWELVE = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
YEAR = PassTerms("y", "time_pass", 3650_00, (PassPart(frozenset({"spa"})),), valid_days=365)
# List values 300.00 and 1050.00: shares of 222.22 and 777.78.
COURSE = PassTerms(
    "c",
    "course_pass",
    1000_00,
    (PassPart(frozenset({"cut"}), 3, 0, 100_00), PassPart(frozenset({"care"}), 6, 1, 150_00)),
)


@pytest.mark.parametrize(
    ("terms", "price_fen", "used", "fault_fen", "wish_fen"),
    [
        pytest.param(TWELVE, 1980_00, (4,), 1320_00, 948_00, id="Q-1"),
        pytest.param(TWELVE, 1980_00, (0,), 1980_00, 1980_00, id="unused"),
        pytest.param(TWELVE, 1980_00, (8,), 660_00, 0, id="used for more than was paid"),
        pytest.param(TWELVE, 1980_00, (12,), 0, 0, id="used up"),
        pytest.param(TWELVE, 1000_00, (1,), 916_67, 742_00, id="half up"),
        pytest.param(TWELVE, 6000_00, (12,), 0, 0, id="dearer than single sessions, and used up"),
        pytest.param(TWELVE, 6000_00, (6,), 3000_00, 3000_00, id="dearer than single sessions"),
        pytest.param(TWELVE, 0, (3,), 0, 0, id="a reward"),
        pytest.param(COURSE, 1000_00, (1, 2), 148_15 + 555_56, 600_00, id="a course by service"),
        pytest.param(COURSE, 1000_00, (3, 7), 0, 0, id="a course used up"),
    ],
)
def test_a_pass_is_refunded(
    terms: PassTerms, price_fen: int, used: tuple[int, ...], fault_fen: int, wish_fen: int
) -> None:
    assert refund_not_members_fault(terms, price_fen, used) == fault_fen
    assert refund_members_wish(terms, price_fen, used) == wish_fen


@pytest.mark.parametrize("terms", [pytest.param(YEAR, id="Q-2")])
def test_a_year_is_refunded_by_its_days_or_as_agreed(terms: PassTerms) -> None:
    first = dt.date(2026, 1, 1)
    sold = SoldPass(terms, 3650_00, "m1", starts_on=first, ends_on=dt.date(2026, 12, 31))
    done = sold.paid_days_done(first + dt.timedelta(days=99))
    assert done == 100
    assert refund_not_members_fault(terms, 3650_00, (done,)) == 2650_00
    assert refund_members_wish(terms, 3650_00, (done,), 2000_00) == 2000_00
    assert refund_members_wish(terms, 3650_00, (done,), 2650_00) == 2650_00
    assert refund_members_wish(terms, 3650_00, (done,), 0) == 0
    for agreed_fen in (None, -1, 2650_01):
        with pytest.raises(Refusal) as caught:
            refund_members_wish(terms, 3650_00, (done,), agreed_fen)
        assert (caught.value.code, caught.value.values) == ("pass_refund_agree", {"most_fen": 2650_00})


def test_days_that_were_given_later_are_not_refunded() -> None:
    first = dt.date(2026, 1, 1)
    sold = SoldPass(YEAR, 3650_00, "m1", starts_on=first, ends_on=dt.date(2027, 1, 31))
    assert sold.paid_days_done(dt.date(2027, 1, 10)) == 365
    assert refund_not_members_fault(YEAR, 3650_00, (sold.paid_days_done(dt.date(2026, 12, 30)),)) == 10_00
    assert SoldPass(TWELVE, 1980_00, "m1", starts_on=first).paid_days_done(first) == 0


@pytest.mark.parametrize(
    ("terms", "price_fen", "used", "code"),
    [
        (TWELVE, -1, (0,), "pass_price_bad"),
        (TWELVE, 1980_00, (13,), "pass_used_bad"),
        (TWELVE, 1980_00, (-1,), "pass_used_bad"),
        (TWELVE, 1980_00, (), "pass_used_bad"),
        (COURSE, 1980_00, (1,), "pass_used_bad"),
        (YEAR, 3650_00, (366,), "pass_used_bad"),
    ],
)
def test_what_was_never_in_the_pass_is_not_refunded(
    terms: PassTerms, price_fen: int, used: tuple[int, ...], code: str
) -> None:
    for refund in (refund_not_members_fault, refund_members_wish):
        with pytest.raises(Refusal) as caught:
            refund(terms, price_fen, used)
        assert caught.value.code == code


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 5), st.integers(1, 500_00)), min_size=1, max_size=4),
    st.integers(0, 5_000_00),
    st.data(),
)
def test_a_refund_is_within_the_price_and_never_rises_with_use(
    shapes: list[tuple[int, int, int]], price_fen: int, choice: st.DataObject
) -> None:
    parts = tuple(PassPart(frozenset({f"i{place}"}), *shape) for place, shape in enumerate(shapes))
    terms = replace(COURSE, parts=parts)
    used = [choice.draw(st.integers(0, part.sessions)) for part in parts]
    more = [choice.draw(st.integers(gone, part.sessions)) for gone, part in zip(used, parts, strict=True)]
    for refund in (refund_not_members_fault, refund_members_wish):
        assert price_fen >= refund(terms, price_fen, used) >= refund(terms, price_fen, more) >= 0
        assert refund(terms, price_fen, [0] * len(parts)) == price_fen
