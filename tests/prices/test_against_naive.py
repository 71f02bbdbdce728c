"""The engine and the naive price agree on random bills: every step and net line, or the same refusal."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import Priced
from terminal.rules.prices.engine import price
from tests.prices import naive
from tests.prices.baskets import Case, case_of
from tests.prices.golden_form import answer, answer_told, told
from tests.prices.naive_sums import spread

BATCH = 1_000
STEPS = {"session", "promotion", "level", "line_coupon", "bill_promotion", "bill_coupon", "points", "round_off"}
REFUSALS = {
    "bill_empty",
    "bill_too_long",
    "coupon_expired",
    "coupon_line_taken",
    "coupon_no_gain",
    "coupon_no_item",
    "coupon_not_with_offers",
    "coupon_not_yet",
    "coupon_one_only",
    "coupon_threshold",
    "coupon_twice",
    "coupon_wrong_channel",
    "coupon_wrong_level",
    "coupon_wrong_store",
    "coupon_wrong_time",
    "coupon_wrong_use",
    "coupons_not_together",
    "points_bad",
    "price_bad",
    "quantity_bad",
}


def comparable(found: Priced | Refusal) -> object:
    """Return a price as it is, and of a refusal what it says."""
    return (found.code, dict(found.values)) if isinstance(found, Refusal) else found


def differs(case: Case) -> bool:
    return comparable(answer(price, case)) != comparable(answer(naive.price, case))


def both_told(seed: int, number: int) -> str:
    """Return a case that came out differently, with both answers, and how to draw it again."""
    case = case_of(seed, number)
    return (
        f"case {number} of seed {seed}; tests.prices.baskets.case_of({seed}, {number}) draws it again:\n"
        f"{json.dumps(told(case))}\n"
        f"engine: {json.dumps(answer_told(price, case))}\n"
        f"naive:  {json.dumps(answer_told(naive.price, case))}"
    )


@pytest.mark.slow
@pytest.mark.sampled(1)
@pytest.mark.parametrize("batch", range(100))
def test_the_engine_and_the_naive_price_agree_on_a_thousand_bills(batch: int, seed: int) -> None:
    numbers = range(batch * BATCH, (batch + 1) * BATCH)
    wrong = [number for number in numbers if differs(case_of(seed, number))]
    assert wrong == [], both_told(seed, wrong[0])


def test_they_agree_on_the_same_few_bills_in_every_run() -> None:
    wrong = [number for number in range(60) if differs(case_of(0, number))]
    assert wrong == [], both_told(0, wrong[0])


def test_they_agree_where_no_coupons_and_no_points_are_named() -> None:
    for number in range(60):
        case = case_of(0, number)
        if isinstance(answer(naive.price, case), Priced):
            assert price(case.basket, case.rules) == naive.price(case.basket, case.rules), number


@pytest.mark.slow
def test_random_bills_reach_every_step_and_every_refusal(seed: int) -> None:
    came: Counter[str] = Counter()
    for number in range(5_000):
        found = answer(naive.price, case_of(seed, number))
        if isinstance(found, Refusal):
            came[found.code] += 1
        else:
            came["priced"] += 1
            came.update({step.name for step in found.steps})
    print("\n".join(f"{count:5} {name}" for name, count in came.most_common()))
    assert set(came) == STEPS | REFUSALS | {"priced"}
    assert 2_250 <= came["priced"] <= 3_000


@pytest.mark.slow
def test_list_values_less_all_steps_are_the_net_lines_which_add_up_to_what_is_payable(seed: int) -> None:
    for number in range(500):
        found = answer(naive.price, case_of(seed, number))
        if isinstance(found, Priced):
            offs = [sum(step.parts[place] for step in found.steps) for place in range(len(found.lines))]
            nets = [line.list_fen - off for line, off in zip(found.lines, offs, strict=True)]
            assert nets == [line.net_fen for line in found.lines], number
            assert sum(nets) == found.payable_fen, number
            assert min(nets) >= 0, number


SPREADS = [
    pytest.param(100, [1, 1, 1], [100, 100, 100], [34, 33, 33], id="equal fractions: the earlier gets the fen"),
    pytest.param(10, [2, 3, 5], [9, 9, 9], [2, 3, 5], id="no fractions"),
    pytest.param(10, [8, 1, 1], [3, 9, 9], [3, 4, 3], id="one takes its room, the others share the rest"),
    pytest.param(10, [8, 1, 1], [3, 2, 9], [3, 2, 5], id="two take their room, one after the other"),
    pytest.param(9, [1, 0, 0], [3, 4, 8], [3, 2, 4], id="no weight is left: in proportion to the room"),
    pytest.param(12, [0, 0], [4, 8], [4, 8], id="no weight at all"),
    pytest.param(8, [2, 2, 6], [29, 26, 0], [4, 4, 0], id="one without room takes no part"),
    pytest.param(0, [1, 2], [5, 5], [0, 0], id="nothing"),
]


@pytest.mark.parametrize(("amount", "weights", "room", "shares"), SPREADS)
def test_the_naive_way_spreads_an_amount_as_a_person_does(
    amount: int, weights: list[int], room: list[int], shares: list[int]
) -> None:
    assert spread(amount, weights, room) == shares
