"""Referral: two levels at most, once, and only where the condition is met."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from terminal.rules.loyalty.referral import (
    FIRST_BILL,
    FIRST_TOP_UP,
    Due,
    ReferralReward,
    ReferralRules,
    due,
    mistakes,
)
from terminal.rules.value.top_up import Gift

NEAR, FAR = ReferralReward(bonus_fen=50_00, valid_days=30), ReferralReward(points=200)
RULES = ReferralRules(1, FIRST_BILL, 100_00, (NEAR, FAR))
LINE = ("child", "parent", "elder", "ancestor")


def test_who_brought_the_new_member_and_who_brought_that_one_are_rewarded() -> None:
    found = due(RULES, FIRST_BILL, 100_00, first=True, line=LINE, rewarded=())
    assert found == (Due("parent", 1, NEAR), Due("elder", 2, FAR))
    one_level = replace(RULES, rewards=(NEAR,))
    assert due(one_level, FIRST_BILL, 100_00, first=True, line=LINE, rewarded=()) == (Due("parent", 1, NEAR),)
    assert due(RULES, FIRST_BILL, 100_00, first=True, line=LINE, rewarded={"parent"}) == (Due("elder", 2, FAR),)


def test_more_levels_than_two_are_never_rewarded() -> None:
    many = replace(RULES, rewards=(NEAR,) * 3)
    assert len(due(many, FIRST_BILL, 100_00, first=True, line=LINE, rewarded=())) == 2


@pytest.mark.parametrize(
    ("condition", "paid_fen", "first", "line"),
    [
        (FIRST_TOP_UP, 100_00, True, LINE),
        (FIRST_BILL, 99_99, True, LINE),
        (FIRST_BILL, 100_00, False, LINE),
        (FIRST_BILL, 100_00, True, ("child",)),
        (FIRST_BILL, 100_00, True, ("child", "")),
        (FIRST_BILL, 100_00, True, ("child", "child")),
    ],
)
def test_nobody_is_rewarded_where_the_condition_is_not_met(
    condition: str, paid_fen: int, first: bool, line: tuple[str, ...]
) -> None:
    assert due(RULES, condition, paid_fen, first=first, line=line, rewarded=()) == ()


def test_a_circle_ends_where_it_closes() -> None:
    found = due(RULES, FIRST_BILL, 100_00, first=True, line=("child", "parent", "child"), rewarded=())
    assert found == (Due("parent", 1, NEAR),)


def test_bonus_is_good_for_its_days_the_first_among_them() -> None:
    assert NEAR.bonus_last(dt.date(2026, 11, 21)) == dt.date(2026, 12, 20)
    assert FAR.bonus_last(dt.date(2026, 11, 21)) is None


def test_every_mistake_is_found_with_its_key() -> None:
    assert mistakes(RULES) == []
    assert mistakes(ReferralRules()) == []
    wrong = ReferralRules(
        condition="always",
        least_fen=-1,
        most_per_member=-1,
        rewards=(
            ReferralReward(),
            ReferralReward(bonus_fen=-1, points=-1, valid_days=0),
            ReferralReward(coupons=(Gift("T10", 0), Gift("T10"))),
        ),
    )
    assert [(each.key, each.code) for each in mistakes(wrong)] == [
        ("condition", "setup_not_one_of"),
        ("least_fen", "setup_out_of_range"),
        ("most_per_member", "setup_out_of_range"),
        ("rewards", "setup_out_of_range"),
        ("rewards[0]", "setup_gives_nothing"),
        ("rewards[1].bonus_fen", "setup_out_of_range"),
        ("rewards[1].points", "setup_out_of_range"),
        ("rewards[1].valid_days", "setup_out_of_range"),
        ("rewards[2].coupons", "setup_gift"),
        ("rewards[2].coupons", "setup_name_twice"),
    ]
