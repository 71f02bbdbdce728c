"""Commission of lines, top-ups and sessions, shared among people, and taken back with refunds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.pay.commission import (
    CASH,
    LABOUR,
    PROFIT,
    PURSE,
    SESSION,
    CommissionRules,
    Earned,
    LabourFee,
    Person,
    Rate,
    Share,
    Work,
    earn,
    mistakes,
    take_back,
    take_back_line,
)
from terminal.rules.scope import Scope
from tests.told import said

ANNA, BEN = Person("anna", "stylist", 80), Person("ben", "assistant", 20)
SOLO = (Person("anna", "stylist"),)
RULES = CommissionRules(
    rates=(
        Rate(1000, Scope(kinds=frozenset({"service"}))),
        Rate(800, Scope(kinds=frozenset({"service"})), tender=PURSE),
        Rate(1500, Scope(kinds=frozenset({"service"})), tender=SESSION),
        Rate(500, Scope(kinds=frozenset({"product"}))),
        Rate(200, Scope(kinds=frozenset({"top_up", "pass_sale"}))),
    )
)
HAIRCUT = Work("service", "hair", "cut", SOLO)


def pay(work: Work, rules: CommissionRules = RULES) -> dict[str, int]:
    return {earned.tender: earned.fen for earned in earn(work, rules)}


@pytest.mark.parametrize(
    ("work", "shares"),
    [
        pytest.param(replace(HAIRCUT, people=(ANNA, BEN), cash_fen=229_83), {"anna": 18_38, "ben": 4_60}, id="C-1"),
        pytest.param(Work("product", "care", "shampoo", SOLO, cash_fen=62_67), {"anna": 3_13}, id="C-2"),
        pytest.param(Work("top_up", "", "", SOLO, cash_fen=3000_00, bonus_fen=900_00), {"anna": 60_00}, id="C-3"),
        pytest.param(replace(HAIRCUT, principal_fen=250_00, bonus_fen=50_00), {"anna": 20_00}, id="C-4"),
        pytest.param(replace(HAIRCUT, cash_fen=300_00), {"anna": 30_00}, id="C-4 in cash"),
        pytest.param(replace(HAIRCUT, session_fen=165_00), {"anna": 24_75}, id="C-5"),
    ],
)
def test_a_line_earns_its_rate_on_its_base_and_shares_by_weight(work: Work, shares: dict[str, int]) -> None:
    (earned,) = earn(work, RULES)
    assert {share.staff: share.fen for share in earned.shares} == shares


@pytest.mark.parametrize(("refunded_fen", "back_fen"), [pytest.param(2100_00, -42_00, id="C-7")])
def test_a_refund_takes_commission_back_in_proportion(refunded_fen: int, back_fen: int) -> None:
    (earned,) = earn(Work("top_up", "", "", SOLO, cash_fen=3000_00, bonus_fen=900_00), RULES)
    back, left = take_back(earned, refunded_fen)
    assert back == Earned(CASH, -refunded_fen, (Share("anna", back_fen),))
    assert left == Earned(CASH, 900_00, (Share("anna", 18_00),))


def test_a_refunded_line_takes_the_same_part_back_in_every_class() -> None:
    fees = (LabourFee(10_00),)
    mixed = replace(HAIRCUT, quantity=3, cash_fen=50_00, principal_fen=50_00)
    earned = earn(mixed, replace(RULES, labour_fees=fees))
    back, left = take_back_line(earned, 1, 3)
    assert [(each.tender, each.base, each.fen) for each in back] == [
        (CASH, -16_67, -1_67),
        (PURSE, -16_67, -1_33),
        (LABOUR, -1, -10_00),
    ]
    rest, nothing = take_back_line(left, 2, 2)
    assert [each.fen for each in rest] == [-3_33, -2_67, -20_00]
    assert [(each.base, each.fen) for each in nothing] == [(0, 0)] * 3
    for quantity in (0, 4):
        with pytest.raises(Refusal, match="commission_refund_over"):
            take_back_line(earned, quantity, 3)


def test_bonus_earns_only_where_the_shop_says_so_and_never_in_a_top_up() -> None:
    generous = replace(RULES, bonus_counts=True)
    assert pay(replace(HAIRCUT, principal_fen=250_00, bonus_fen=50_00), generous) == {PURSE: 24_00}
    assert pay(Work("top_up", "", "", SOLO, cash_fen=3000_00, bonus_fen=900_00), generous) == {CASH: 60_00}
    bought = Work("pass_sale", "", "", SOLO, principal_fen=1650_00, bonus_fen=330_00)
    assert pay(bought, generous) == {PURSE: 33_00}


def test_a_line_paid_in_several_ways_earns_in_each_at_its_own_rate() -> None:
    mixed = replace(HAIRCUT, cash_fen=100_00, principal_fen=50_00, bonus_fen=10_00, session_fen=40_00)
    assert pay(mixed) == {CASH: 10_00, PURSE: 4_00, SESSION: 6_00}


def test_the_rate_that_fits_most_closely_counts() -> None:
    hair, cut = Scope(categories=frozenset({"hair"})), Scope(items=frozenset({"cut"}))
    rates = (
        Rate(100),
        Rate(200, Scope(kinds=frozenset({"service"})), role="stylist", requested=True, tender=CASH),
        Rate(300, hair),
        Rate(400, hair, role="stylist"),
        Rate(450, hair, role="stylist"),
        Rate(500, hair, role="stylist", requested=True),
        Rate(600, cut, role="assistant"),
        Rate(700, hair, tender=PURSE),
    )
    rules = CommissionRules(rates=rates)
    plain = replace(HAIRCUT, cash_fen=100_00)
    assert pay(plain, rules) == {CASH: 4_00}
    assert pay(replace(plain, people=(Person("anna", "stylist", requested=True),)), rules) == {CASH: 5_00}
    assert pay(replace(plain, people=(Person("ben", "assistant"),)), rules) == {CASH: 6_00}
    assert pay(replace(plain, people=(Person("cleo", "trainee"),)), rules) == {CASH: 3_00}
    assert pay(replace(HAIRCUT, principal_fen=100_00, people=(Person("cleo", "trainee"),)), rules) == {PURSE: 7_00}
    assert pay(Work("product", "care", "oil", SOLO, cash_fen=100_00), rules) == {CASH: 1_00}
    requested = (Person("anna", "stylist", requested=True),)
    assert pay(Work("service", "nails", "gel", requested, cash_fen=100_00), rules) == {CASH: 2_00}


def test_a_kind_is_closer_than_anything_and_a_category_closer_than_a_kind() -> None:
    scopes = (Scope(), Scope(kinds=frozenset({"service"})), Scope(categories=frozenset({"hair"})))
    rates = tuple(Rate(100 * (place + 1), scope) for place, scope in enumerate(scopes))
    work = replace(HAIRCUT, cash_fen=100_00)
    assert pay(work, CommissionRules(rates=rates[:2])) == {CASH: 2_00}
    assert pay(work, CommissionRules(rates=rates)) == {CASH: 3_00}
    assert pay(work, CommissionRules(rates=(rates[0], rates[0]))) == {CASH: 1_00}
    closest = (
        Rate(400, scopes[2], "stylist", requested=False, tender=CASH),
        Rate(500, Scope(items=frozenset({"cut"}))),
    )
    assert pay(work, CommissionRules(rates=closest)) == {CASH: 5_00}


def test_people_of_several_roles_have_each_their_own_rate_on_their_part() -> None:
    rules = CommissionRules(rates=(Rate(1000, role="stylist"), Rate(500, role="assistant")))
    (earned,) = earn(replace(HAIRCUT, people=(ANNA, BEN), cash_fen=200_00), rules)
    assert earned.shares == (Share("anna", 16_00), Share("ben", 2_00))


def test_what_has_no_rate_or_no_base_earns_nothing() -> None:
    assert earn(Work("fee", "", "", SOLO, cash_fen=10_00), RULES) == ()
    assert earn(HAIRCUT, RULES) == ()
    assert earn(replace(HAIRCUT, bonus_fen=50_00), RULES) == ()


def test_a_product_earns_on_its_net_value_however_it_was_paid() -> None:
    oil = Work("product", "care", "oil", SOLO, cash_fen=60_00, principal_fen=20_00, bonus_fen=20_00)
    for counts in (False, True):
        (cash, purse) = earn(oil, replace(RULES, bonus_counts=counts))
        assert (cash.tender, cash.base, purse.tender, purse.base) == (CASH, 60_00, PURSE, 40_00)
    paid_with_bonus = replace(oil, cash_fen=0, principal_fen=0)
    assert [each.base for each in earn(paid_with_bonus, RULES)] == [20_00]


def test_goods_may_earn_on_their_profit() -> None:
    rules = replace(RULES, product_base=PROFIT)
    oil = Work("product", "care", "oil", SOLO, cash_fen=60_00, principal_fen=20_00, bonus_fen=20_00, cost_fen=50_00)
    for counts in (False, True):
        assert pay(oil, replace(rules, bonus_counts=counts)) == {CASH: 1_50, PURSE: 1_00}
    assert pay(replace(oil, cost_fen=100_00), rules) == {}
    assert pay(replace(HAIRCUT, cash_fen=10_00, cost_fen=5_00), rules) == {CASH: 1_00}


def test_labour_is_paid_for_each_service_free_or_not() -> None:
    hair = Scope(categories=frozenset({"hair"}))
    rules = CommissionRules(labour_fees=(LabourFee(10_00), LabourFee(15_00, hair), LabourFee(5_00, hair, "assistant")))
    assert earn(replace(HAIRCUT, quantity=2), rules) == (Earned(LABOUR, 2, (Share("anna", 30_00),)),)
    both = earn(replace(HAIRCUT, people=(ANNA, BEN)), rules)
    assert [earned.shares for earned in both] == [(Share("anna", 15_00),), (Share("ben", 5_00),)]
    two = (Person("anna", "stylist"), Person("cleo", "stylist"))
    (earned,) = earn(replace(HAIRCUT, people=two), rules)
    assert earned.shares == (Share("anna", 7_50), Share("cleo", 7_50))
    assert earn(Work("product", "hair", "oil", SOLO), rules) == ()
    assert earn(HAIRCUT, CommissionRules(labour_fees=(LabourFee(0), LabourFee(5, role="barber")))) == ()
    back, left = take_back(both[0], 1)
    assert (back.fen, left.fen) == (-15_00, 0)


@pytest.mark.parametrize("people", [(), (replace(ANNA, weight=0),), (ANNA, replace(BEN, weight=-1)), (ANNA, ANNA)])
def test_weights_are_above_nothing_and_people_named_once(people: tuple[Person, ...]) -> None:
    with pytest.raises(Refusal, match="commission_weights_bad"):
        earn(replace(HAIRCUT, people=people), RULES)


@pytest.mark.parametrize(
    "work",
    [
        replace(HAIRCUT, cash_fen=-1),
        replace(HAIRCUT, principal_fen=-1),
        replace(HAIRCUT, bonus_fen=-1),
        replace(HAIRCUT, session_fen=-1),
        replace(HAIRCUT, cost_fen=-1),
        replace(HAIRCUT, quantity=0),
    ],
)
def test_amounts_below_nothing_earn_nothing(work: Work) -> None:
    with pytest.raises(Refusal, match="commission_base_bad"):
        earn(work, RULES)


@pytest.mark.parametrize("refunded", [-1, 100_01])
def test_no_more_is_taken_back_than_was_earned_on(refunded: int) -> None:
    with pytest.raises(Refusal) as refused:
        take_back(Earned(CASH, 100_00, (Share("anna", 10_00),)), refunded)
    assert (refused.value.code, refused.value.values) == ("commission_refund_over", {"left": 100_00})


PEOPLE = st.lists(
    st.tuples(st.sampled_from(["stylist", "assistant"]), st.integers(1, 100), st.booleans()), min_size=1, max_size=5
).map(lambda each: tuple(Person(f"p{place}", *facts) for place, facts in enumerate(each)))


@settings(max_examples=30)
@given(PEOPLE, st.integers(0, 10_000_00), st.integers(0, 10_000_00), st.integers(0, 10_000), st.integers(0, 10_000))
def test_shares_add_up_to_what_the_line_earned(
    people: tuple[Person, ...], cash_fen: int, principal_fen: int, stylist_bp: int, other_bp: int
) -> None:
    rules = CommissionRules(rates=(Rate(stylist_bp, role="stylist"), Rate(other_bp)))
    whole = sum(person.weight for person in people)
    for earned in earn(replace(HAIRCUT, people=people, cash_fen=cash_fen, principal_fen=principal_fen), rules):
        exact = [
            person.weight * earned.base * (stylist_bp if person.role == "stylist" else other_bp) for person in people
        ]
        assert abs(earned.fen * 10_000 * whole - sum(exact)) * 2 <= 10_000 * whole
        for share, each in zip(earned.shares, exact, strict=True):
            # One fen for being dealt out, half a fen for what was rounded before.
            assert abs(share.fen * 10_000 * whole - each) * 2 < 3 * 10_000 * whole


@settings(max_examples=30)
@given(PEOPLE, st.integers(1, 10_000_00), st.data())
def test_refunds_take_back_no_more_than_each_has_and_the_last_takes_the_rest(
    people: tuple[Person, ...], cash_fen: int, choice: st.DataObject
) -> None:
    for earned in earn(replace(HAIRCUT, people=people, cash_fen=cash_fen), CommissionRules(rates=(Rate(777),))):
        left = earned
        for _ in range(3):
            back, after = take_back(left, choice.draw(st.integers(0, left.base)))
            assert back.fen + left.fen == after.fen
            assert all(share.fen <= 0 for share in back.shares)
            assert all(share.fen >= 0 for share in after.shares)
            left = after
        back, after = take_back(left, left.base)
        assert (after.fen, back.fen) == (0, -left.fen)


def test_all_mistakes_of_the_rules_are_found() -> None:
    assert mistakes(RULES) == []
    wrong = CommissionRules(
        rates=(Rate(-1, role="a"), Rate(10_001), Rate(1, tender="gold"), Rate(5)),
        labour_fees=(LabourFee(0), LabourFee(-1)),
        product_base="gross",
    )
    assert said(mistakes(wrong)) == [
        ("product_base", "is 'gross'; it must be one of net, profit"),
        ("rates[0].rate_bp", "is -0.01%; it must be 0% to 100%"),
        ("rates[1].rate_bp", "is 100.01%; it must be 0% to 100%"),
        ("rates[2].tender", "is 'gold'; it must be one of \"\", cash, purse, session"),
        ("rates[3]", "is for the same as rates[1]"),
        ("labour_fees[1].fee_fen", "is -0.01; it must be 0.00 to 10,000,000,000.00"),
    ]
