"""What a sold pass is made of, and which terms cannot be sold."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.passes.sale import NewUnits, Sale, sell
from terminal.rules.passes.terms import FreezeRules, PassPart, PassTerms, mistakes
from terminal.rules.when import Window
from tests.told import keys as keys_of

DAY = dt.date(2026, 11, 22)
CUT, CARE, SPA = frozenset({"cut"}), frozenset({"care"}), frozenset({"spa", "sauna"})
TEN_AND_TWO = PassTerms("p12", "session_pass", 1980_00, (PassPart(CUT, 10, 2, 258_00),))
COURSE = PassTerms("c", "course_pass", 1000_00, (PassPart(CUT, 3, 0, 100_00), PassPart(CARE, 6, 1, 150_00)))
YEAR = PassTerms("y", "time_pass", 3650_00, (PassPart(SPA),), valid_days=365)


def units(terms: PassTerms, price_fen: int | None = None) -> list[tuple[int, int, int]]:
    return [(each.part, each.units, each.unit_value_fen) for each in sell(terms, DAY, price_fen).units]


@pytest.mark.parametrize(
    ("terms", "price_fen", "expected"),
    [
        pytest.param(TEN_AND_TWO, None, [(0, 12, 165_00)], id="10 + 2 for 1980.00"),
        pytest.param(TEN_AND_TWO, 1000_00, [(0, 11, 83_33), (0, 1, 83_37)], id="1000.00 / 12"),
        pytest.param(TEN_AND_TWO, 0, [(0, 12, 0)], id="a reward"),
        pytest.param(TEN_AND_TWO, 11, [(0, 11, 0), (0, 1, 11)], id="less than a fen each"),
        pytest.param(
            # List values 300.00 and 1050.00: 222.22 (fraction 2/9) and 777.78 (7/9).
            COURSE,
            None,
            [(0, 2, 74_07), (0, 1, 74_08), (1, 6, 111_11), (1, 1, 111_12)],
            id="a course by list value",
        ),
        pytest.param(YEAR, None, [(0, 365, 10_00)], id="a unit a day"),
        pytest.param(YEAR, 3650_01, [(0, 364, 10_00), (0, 1, 10_01)], id="the rest on the last day"),
        pytest.param(replace(TEN_AND_TWO, parts=(PassPart(CUT, 1, 0, 1),)), 99, [(0, 1, 99)], id="one session"),
    ],
)
def test_a_price_is_split_over_the_units(
    terms: PassTerms, price_fen: int | None, expected: list[tuple[int, int, int]]
) -> None:
    assert mistakes(terms) == []
    assert units(terms, price_fen) == expected


@pytest.mark.parametrize(
    ("terms", "starts_on", "expected"),
    [
        (TEN_AND_TWO, None, (DAY, None)),
        (replace(TEN_AND_TWO, valid_days=1), None, (DAY, DAY)),
        (YEAR, None, (DAY, dt.date(2027, 11, 21))),
        (YEAR, dt.date(2026, 12, 1), (dt.date(2026, 12, 1), dt.date(2027, 11, 30))),
        (replace(YEAR, valid_from="first_use"), None, (None, None)),
    ],
)
def test_a_pass_is_valid_from_its_sale_or_its_first_use(
    terms: PassTerms, starts_on: dt.date | None, expected: tuple[dt.date | None, dt.date | None]
) -> None:
    sale = sell(terms, DAY, starts_on=starts_on)
    assert (sale.starts_on, sale.ends_on) == expected


@pytest.mark.parametrize(
    ("terms", "price_fen", "starts_on", "code"),
    [
        (replace(TEN_AND_TWO, parts=()), None, None, "pass_terms_bad"),
        (TEN_AND_TWO, -1, None, "pass_price_bad"),
        (TEN_AND_TWO, FEN_MAX + 1, None, "pass_price_bad"),
        (TEN_AND_TWO, None, dt.date(2026, 11, 21), "pass_start_bad"),
        (replace(YEAR, valid_from="first_use"), None, DAY, "pass_start_bad"),
    ],
)
def test_a_sale_that_cannot_be_is_refused(
    terms: PassTerms, price_fen: int | None, starts_on: dt.date | None, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        sell(terms, DAY, price_fen, starts_on)
    assert caught.value.code == code


def test_terms_that_cannot_be_sold_are_refused_with_the_place_of_their_mistake() -> None:
    with pytest.raises(Refusal) as caught:
        sell(replace(TEN_AND_TWO, code="", kind="x"), DAY)
    assert caught.value.values == {"key": "code"}


PART = TEN_AND_TWO.parts[0]


@pytest.mark.parametrize(
    ("terms", "keys"),
    [
        (TEN_AND_TWO, []),
        (COURSE, []),
        (YEAR, []),
        (replace(YEAR, freeze=FreezeRules(2, 30), daily_limit=1, sharers=20), []),
        (replace(TEN_AND_TWO, code="", kind="card"), ["code", "kind"]),
        (replace(TEN_AND_TWO, price_fen=-1), ["price_fen"]),
        (replace(TEN_AND_TWO, price_fen=11), ["price_fen"]),
        (replace(TEN_AND_TWO, price_fen=12), []),
        (replace(TEN_AND_TWO, price_fen=FEN_MAX + 1), ["price_fen"]),
        (replace(TEN_AND_TWO, price_fen=0), []),
        (replace(TEN_AND_TWO, valid_from="gift"), ["valid_from"]),
        (replace(TEN_AND_TWO, valid_from="first_use"), ["valid_from"]),
        (replace(TEN_AND_TWO, valid_days=0), ["valid_days"]),
        (replace(TEN_AND_TWO, valid_days=36_501), ["valid_days"]),
        (replace(YEAR, valid_days=None), ["valid_days"]),
        (replace(YEAR, freeze=FreezeRules(0, 1)), ["freeze"]),
        (replace(YEAR, freeze=FreezeRules(2, 1)), ["freeze"]),
        (replace(YEAR, freeze=FreezeRules(-1, 0)), ["freeze"]),
        (replace(TEN_AND_TWO, freeze=FreezeRules(1, 1)), ["freeze"]),
        (replace(TEN_AND_TWO, sharers=-1, daily_limit=0), ["sharers", "daily_limit"]),
        (replace(TEN_AND_TWO, sharers=21, daily_limit=10_000), ["sharers", "daily_limit"]),
        (replace(TEN_AND_TWO, window=Window(from_minute=-1)), ["window.hours"]),
        (replace(TEN_AND_TWO, parts=()), ["parts"]),
        (replace(COURSE, parts=()), ["parts"]),
        (replace(TEN_AND_TWO, parts=COURSE.parts), ["parts"]),
        (replace(COURSE, parts=(PART, PART)), ["parts"]),
        (replace(TEN_AND_TWO, parts=(replace(PART, items=frozenset()),)), ["parts[0].items"]),
        (replace(TEN_AND_TWO, parts=(replace(PART, items=frozenset({""})),)), ["parts[0].items"]),
        (replace(TEN_AND_TWO, parts=(replace(PART, paid=-1),)), ["parts[0]"]),
        (replace(TEN_AND_TWO, parts=(replace(PART, paid=0, free=0),)), ["parts[0]"]),
        (replace(TEN_AND_TWO, parts=(replace(PART, paid=9_998),)), ["parts[0]"]),
        (replace(TEN_AND_TWO, parts=(replace(PART, single_fen=0),)), ["parts[0].single_fen"]),
        (replace(YEAR, parts=(PassPart(SPA, 1),)), ["parts[0]"]),
        (replace(YEAR, parts=(PassPart(frozenset()),)), ["parts[0].items"]),
    ],
)
def test_every_mistake_of_the_terms_is_told(terms: PassTerms, keys: list[str]) -> None:
    assert keys_of(mistakes(terms)) == keys


COURSES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9), st.integers(1, 999_99)), min_size=1, max_size=5)


@settings(max_examples=50)
@given(COURSES, st.integers(0, 10_000_00))
def test_units_are_worth_exactly_the_price_and_the_counts_are_those_of_the_terms(
    shapes: list[tuple[int, int, int]], price_fen: int
) -> None:
    parts = tuple(PassPart(frozenset({f"i{place}"}), *shape) for place, shape in enumerate(shapes))
    terms = PassTerms("c", "course_pass", 0, parts)
    sale: Sale = sell(terms, DAY, price_fen)
    assert sum(each.units * each.unit_value_fen for each in sale.units) == price_fen == sale.price_fen
    for place, part in enumerate(parts):
        mine: list[NewUnits] = [each for each in sale.units if each.part == place]
        assert sum(each.units for each in mine) == part.sessions
        even, *rest = mine
        assert all(each.units == 1 and 0 < each.unit_value_fen - even.unit_value_fen < part.sessions for each in rest)
        assert min(each.units for each in mine) > 0
