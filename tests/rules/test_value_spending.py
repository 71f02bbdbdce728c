"""Which lots a bill takes: orders, caps, ends, what is here and what elsewhere, and never a fen more than there is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.value.spending import (
    ORDERS,
    Charge,
    Demand,
    Purse,
    PurseLot,
    Take,
    charge,
    mistakes,
    most_fen,
    purse,
)
from tests.rules.naive_split import split_charge
from tests.told import keys as keys_of

DAY = dt.date(2026, 11, 28)
YESTERDAY, TOMORROW = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


def pair(principal_fen: int, bonus_fen: int, cap_bp: int = 10_000) -> tuple[PurseLot, ...]:
    return (PurseLot("p", "principal", principal_fen), PurseLot("b", "bonus", bonus_fen, cap_bp=cap_bp))


def bill(amount_fen: int, order: str = "proportional", payable_fen: int = 0) -> Demand:
    return Demand(amount_fen, payable_fen or amount_fen, DAY, order)


def split(made: Charge) -> tuple[int, int]:
    return made.principal_fen, made.bonus_fen


def refused(lots: tuple[PurseLot, ...], demand: Demand, whole: Purse | None = None) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refusal) as caught:
        charge(lots, demand, whole)
    return caught.value.code, dict(caught.value.values)


@pytest.mark.parametrize(
    ("lots", "demand", "taken"),
    [
        pytest.param(pair(1000_00, 200_00), bill(300_00), (250_00, 50_00), id="W-1"),
        pytest.param(pair(1000_00, 200_00), bill(300_00, "principal_first"), (300_00, 0), id="W-2"),
        pytest.param(pair(1000_00, 200_00), bill(300_00, "bonus_first"), (100_00, 200_00), id="W-3"),
        pytest.param(pair(1000_00, 200_00), bill(99_99), (83_33, 16_66), id="W-4"),
        pytest.param(pair(1000_00, 200_00, 1_000), bill(300_00), (270_00, 30_00), id="W-5"),
        pytest.param(pair(1000_00, 200_00, 1_000), bill(300_00, "bonus_first"), (270_00, 30_00), id="S-4"),
        pytest.param(pair(1000_00, 200_00, 1_000), bill(300_00, "principal_first"), (300_00, 0), id="cap unused"),
        pytest.param(pair(1000_00, 200_00, 1_000), bill(99_99), (89_99 + 1, 9_99), id="the cap rounds down"),
        pytest.param(pair(100_00, 200_00), bill(150_00, "principal_first"), (100_00, 50_00), id="principal used up"),
        pytest.param(pair(1000_00, 200_00), bill(1200_00, "principal_first"), (1000_00, 200_00), id="all"),
        pytest.param(pair(0, 200_00), bill(1), (0, 1), id="bonus alone"),
        pytest.param(pair(200_00, 0), bill(1, "bonus_first"), (1, 0), id="principal alone"),
        pytest.param(pair(1, 1), bill(1), (1, 0), id="a tie goes to principal"),
        pytest.param(pair(20_00, 200_00, 1_000), bill(50_00, payable_fen=300_00), (20_00, 30_00), id="part of a bill"),
    ],
)
def test_a_bill_is_taken_in_the_shops_order(lots: tuple[PurseLot, ...], demand: Demand, taken: tuple[int, int]) -> None:
    assert split(charge(lots, demand)) == taken
    assert split(charge(lots[::-1], demand)) == taken


@pytest.mark.parametrize("order", [pytest.param(order, id=f"W-6 {order}") for order in ORDERS])
def test_a_bill_above_the_balance_is_refused_with_what_is_missing(order: str) -> None:
    found = refused(pair(100_00, 0), bill(100_01, order))
    assert found == ("not_enough", {"missing_fen": 1, "balance_fen": 100_00})


def test_an_empty_purse_pays_nothing() -> None:
    assert refused((), bill(1)) == ("not_enough", {"missing_fen": 1, "balance_fen": 0})
    assert most_fen((), 100, DAY) == 0


@pytest.mark.parametrize(
    ("demand", "code", "values"),
    [
        (bill(0), "amount_bad", {}),
        (bill(-5), "amount_bad", {}),
        (bill(101, payable_fen=100), "purse_above_bill", {"payable_fen": 100}),
    ],
)
def test_an_amount_that_is_no_part_of_the_bill_is_refused(demand: Demand, code: str, values: dict[str, object]) -> None:
    assert refused(pair(500, 500), demand) == (code, values)


ENDS = (
    PurseLot("never, newer", "bonus", 10, age=4),
    PurseLot("never, older", "bonus", 10, age=1),
    PurseLot("later", "bonus", 10, age=2, expires_on=dt.date(2027, 1, 31)),
    PurseLot("soon, newer", "bonus", 10, age=5, expires_on=TOMORROW),
    PurseLot("soon, older", "bonus", 10, age=3, expires_on=TOMORROW),
)


def test_lots_of_a_kind_are_used_by_their_end_then_oldest_first() -> None:
    names = ["soon, older", "soon, newer", "later", "never, older", "never, newer"]
    assert charge(ENDS, bill(45)).takes == tuple(
        Take(name, "bonus", fen) for name, fen in zip(names, (10, 10, 10, 10, 5), strict=True)
    )


def test_principal_comes_first_in_the_list_and_no_lot_is_taken_for_nothing() -> None:
    lots = (*pair(30, 30), PurseLot("q", "principal", 30, age=1), PurseLot("empty", "bonus", 0, age=-1))
    assert charge(lots, bill(45)).takes == (Take("p", "principal", 30), Take("b", "bonus", 15))


DATED = (
    PurseLot("now", "bonus", 10, spendable_from=DAY, expires_on=DAY),
    PurseLot("later", "bonus", 20, spendable_from=TOMORROW),
    PurseLot("lapsed", "bonus", 40, expires_on=YESTERDAY),
    PurseLot("good", "principal", 80, expires_on=DAY),
    PurseLot("blocked", "principal", 160, expires_on=YESTERDAY),
    PurseLot("neither", "bonus", 320, spendable_from=TOMORROW, expires_on=YESTERDAY),
)


def test_only_lots_of_the_day_count_and_principal_past_its_end_is_blocked() -> None:
    assert purse(DATED, DAY) == Purse(80, 10, blocked_fen=160, later_fen=20)
    assert purse(DATED, DAY).balance_fen == 90
    assert purse(pair(1, 2), DAY) == Purse(1, 2)
    assert (Purse(1, 2).blocked_fen, Purse(1, 2).later_fen) == (0, 0)
    assert charge(DATED, bill(90)).takes == (Take("good", "principal", 80), Take("now", "bonus", 10))
    assert refused(DATED, bill(91)) == ("not_enough", {"missing_fen": 1, "balance_fen": 90})


def test_a_lot_that_opens_with_a_bill_is_for_the_next_day_or_bill_only() -> None:
    assert refused((PurseLot("b", "bonus", 50, spendable_from=TOMORROW),), bill(1))[0] == "not_enough"
    assert split(charge((PurseLot("b", "bonus", 50, spendable_from=TOMORROW),), replace(bill(50), day=TOMORROW))) == (
        0,
        50,
    )


@pytest.mark.parametrize(
    ("here", "whole", "demand", "taken"),
    [
        # The ratio is the member's, whatever this till holds of it.
        (pair(500_00, 200_00), Purse(1000_00, 200_00), bill(300_00), (250_00, 50_00)),
        (pair(500_00, 10_00), Purse(1000_00, 200_00), bill(300_00), (290_00, 10_00)),
        (pair(200_00, 150_00), Purse(1000_00, 200_00), bill(300_00), (200_00, 100_00)),
        # An answer older than the last top-up does not count.
        (pair(1000_00, 200_00), Purse(0, 0), bill(300_00), (250_00, 50_00)),
        (pair(1000_00, 200_00), Purse(0, 2000_00), bill(300_00), (100_00, 200_00)),
        (pair(500_00, 200_00), Purse(1000_00, 200_00), bill(300_00, "principal_first"), (300_00, 0)),
        (pair(500_00, 200_00), Purse(1000_00, 200_00), bill(300_00, "bonus_first"), (100_00, 200_00)),
    ],
)
def test_proportional_looks_at_the_members_whole(
    here: tuple[PurseLot, ...], whole: Purse, demand: Demand, taken: tuple[int, int]
) -> None:
    assert split(charge(here, demand, whole)) == taken


def test_what_is_elsewhere_is_told_apart_from_what_is_missing() -> None:
    """O-1: of 500.00 this till may spend 100.00."""
    here, whole = pair(100_00, 0), Purse(500_00, 0)
    assert split(charge(here, bill(100_00), whole)) == (100_00, 0)
    assert refused(here, bill(120_00), whole) == ("not_enough_here", {"missing_fen": 20_00, "available_fen": 100_00})
    assert refused(here, bill(500_00), whole) == ("not_enough_here", {"missing_fen": 400_00, "available_fen": 100_00})
    assert refused(here, bill(500_01), whole) == ("not_enough", {"missing_fen": 1, "balance_fen": 500_00})
    assert refused(here, bill(120_00), Purse(0, 0)) == ("not_enough", {"missing_fen": 20_00, "balance_fen": 100_00})
    # The rest of the bill can be paid with another tender.
    assert most_fen(here, 120_00, DAY) == 100_00
    assert split(charge(here, bill(100_00, payable_fen=120_00), whole)) == (100_00, 0)


def test_a_top_up_at_this_till_is_spendable_here_at_once() -> None:
    """O-3: the share is then 150.00."""
    here = (*pair(100_00, 0), PurseLot("new", "principal", 50_00, age=1))
    assert split(charge(here, bill(150_00), Purse(500_00, 0))) == (150_00, 0)


def test_a_cap_that_is_in_the_way_is_told_with_what_it_leaves() -> None:
    lots = pair(100_00, 200_00, 1_000)
    assert most_fen(lots, 300_00, DAY) == 130_00
    assert refused(lots, bill(300_00)) == ("bonus_capped", {"missing_fen": 170_00, "usable_fen": 30_00})
    assert refused(lots, bill(310_00)) == ("not_enough", {"missing_fen": 179_00, "balance_fen": 300_00})
    # More principal elsewhere would do; more bonus elsewhere than is missing may not, and is asked for all the same.
    assert refused(lots, bill(300_00), Purse(270_00, 200_00))[0] == "not_enough_here"
    assert refused(lots, bill(300_00), Purse(269_99, 200_00)) == (
        "bonus_capped",
        {"missing_fen": 1, "usable_fen": 30_00},
    )


def test_lots_of_a_stricter_cap_leave_the_rest_to_the_others() -> None:
    lots = (
        PurseLot("tenth", "bonus", 100, cap_bp=1_000, expires_on=TOMORROW),
        PurseLot("fifth", "bonus", 100, cap_bp=2_000, age=1),
        PurseLot("free", "bonus", 100, age=2),
    )
    assert most_fen(lots, 200, DAY) == 140
    assert [(take.lot, take.amount_fen) for take in charge(lots, bill(140, payable_fen=200)).takes] == [
        ("tenth", 20),
        ("fifth", 20),
        ("free", 100),
    ]
    assert most_fen(lots[::2], 200, DAY) == 120


LOTS = st.lists(
    st.builds(
        PurseLot,
        st.just(""),
        st.sampled_from(["principal", "bonus"]),
        st.integers(0, 5),
        st.integers(0, 3),
        st.sampled_from([None, YESTERDAY, DAY, TOMORROW]),
        st.sampled_from([None, YESTERDAY, DAY, TOMORROW]),
        st.sampled_from([1_000, 2_500, 5_000, 10_000]),
    ),
    max_size=5,
).map(lambda lots: tuple(replace(lot, id=str(place)) for place, lot in enumerate(lots)))


def allowed(lots: tuple[PurseLot, ...], amounts: tuple[int, ...], payable_fen: int) -> bool:
    """Tell whether a bill may take these amounts: by each cap, the lots at it and below it pay no more than it says."""
    if sum(amounts) > payable_fen or any(fen and not lot.open_on(DAY) for lot, fen in zip(lots, amounts, strict=True)):
        return False
    bonus = [(lot.cap_bp, fen) for lot, fen in zip(lots, amounts, strict=True) if lot.asset == "bonus"]
    return all(
        10_000 * sum(fen for each, fen in bonus if each <= cap_bp) <= payable_fen * cap_bp for cap_bp, _ in bonus
    )


@settings(max_examples=30)
@given(LOTS, st.integers(1, 20))
def test_no_allowed_choice_of_lots_pays_more_than_the_most(lots: tuple[PurseLot, ...], payable_fen: int) -> None:
    choices = product(*(range(lot.amount_fen + 1) for lot in lots))
    assert most_fen(lots, payable_fen, DAY) == max(sum(each) for each in choices if allowed(lots, each, payable_fen))


WHOLES = st.none() | st.builds(Purse, st.integers(0, 20), st.integers(0, 20))


@settings(max_examples=40)
@given(LOTS, st.integers(1, 20), st.sampled_from(ORDERS), WHOLES)
def test_a_charge_takes_exactly_its_amount_from_lots_that_have_it_up_to_the_most(
    lots: tuple[PurseLot, ...], payable_fen: int, order: str, whole: Purse | None
) -> None:
    most = most_fen(lots, payable_fen, DAY)
    for amount_fen in range(1, payable_fen + 1):
        demand = bill(amount_fen, order, payable_fen)
        if amount_fen > most:
            code, values = refused(lots, demand, whole)
            assert code in {"not_enough", "not_enough_here", "bonus_capped"}
            assert values["missing_fen"] in range(1, amount_fen + 1)
            continue
        made = charge(lots, demand, whole)
        taken = Counter({take.lot: take.amount_fen for take in made.takes})
        amounts = tuple(taken[lot.id] for lot in lots)
        assert sum(amounts) == amount_fen == made.principal_fen + made.bonus_fen
        assert all(fen <= lot.amount_fen for lot, fen in zip(lots, amounts, strict=True))
        assert allowed(lots, amounts, payable_fen)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(ORDERS), st.data())
def test_without_caps_and_dates_it_is_the_split_of_two_amounts(
    principal_fen: int, bonus_fen: int, order: str, choice: st.DataObject
) -> None:
    amount_fen = choice.draw(st.integers(1, principal_fen + bonus_fen + 1))
    lots = pair(principal_fen, bonus_fen)
    if amount_fen <= principal_fen + bonus_fen:
        expected = split_charge(principal_fen, bonus_fen, amount_fen, order)
        assert split(charge(lots, bill(amount_fen, order))) == expected
        return
    with pytest.raises(Refusal) as caught:
        split_charge(principal_fen, bonus_fen, amount_fen, order)
    assert refused(lots, bill(amount_fen, order)) == (caught.value.code, dict(caught.value.values))


@settings(max_examples=50)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.sampled_from(ORDERS))
def test_bill_after_bill_a_purse_is_used_up_and_never_goes_below_zero(bills: list[int], order: str) -> None:
    left, paid = {"p": 1000, "b": 200}, 0
    for amount_fen in [*bills, *[1] * 3]:
        lots = (PurseLot("p", "principal", left["p"]), PurseLot("b", "bonus", left["b"]))
        payable_fen = most_fen(lots, amount_fen, DAY)
        assert payable_fen == min(amount_fen, 1200 - paid)
        if payable_fen:
            for take in charge(lots, bill(payable_fen, order)).takes:
                left[take.lot] -= take.amount_fen
            paid += payable_fen
        assert min(left.values()) >= 0
        assert sum(left.values()) + paid == 1200


def test_an_unknown_spend_order_is_a_mistake() -> None:
    assert [mistakes(order) for order in ("proportional", "principal_first", "bonus_first")] == [[], [], []]
    assert keys_of(mistakes("newest_first")) == ["spend_order"]
