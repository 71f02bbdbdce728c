"""Where a member stands: up at once for the next bill, down only at the review and after a notice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.loyalty.growth import GROWTHS, DayTotal, Milestone, growth_value, milestones_reached
from terminal.rules.loyalty.levels import (
    Grant,
    Level,
    LevelRules,
    Notice,
    Standing,
    after_growth,
    after_refund,
    dated,
    granted,
    level_on,
    mistakes,
    notice_due,
    noticed,
    review,
)
from terminal.rules.value.top_up import LevelGift, Offer, Tier, TopUpBy, TopUpRules, grant
from terminal.rules.when import add_months
from tests.told import keys as keys_of

DAY = dt.date(2026, 11, 22)
LEVELS = (Level("silver", 1000_00), Level("gold", 5000_00), Level("diamond", 20000_00))
RULES = LevelRules(1, LEVELS)
STRICT = replace(RULES, strict=True)
SILVER = Standing("silver", DAY)
GOLD = Standing("gold", dt.date(2027, 11, 22))
REVIEW = dt.date(2027, 11, 22)


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


@pytest.mark.parametrize("rules", [pytest.param(RULES, id="V-1")])
def test_gold_from_the_next_bill_and_still_after_the_refund_until_the_review(rules: LevelRules) -> None:
    history = [DayTotal(dt.date(2026, 6, 1), 4800_00), DayTotal(DAY, 388_00)]
    before = after_growth(rules, Standing(), 4800_00, dt.date(2026, 6, 1))
    assert level_on(rules, before, DAY) == "silver"  # the bill of 388.00 is priced at this one
    growth = growth_value("paid_12_months", history, DAY)
    assert growth == 5188_00
    after = after_growth(rules, before, growth, DAY)
    assert level_on(rules, after, DAY) == "gold"
    refunded = growth_value("paid_12_months", [*history, DayTotal(DAY, -388_00)], DAY + days(7))
    assert refunded == 4800_00
    kept = after_refund(rules, after, refunded, DAY + days(7))
    assert kept == after
    assert review(rules, kept, refunded, REVIEW - days(1)) == kept
    told = noticed(kept, REVIEW - days(30))
    assert review(rules, told, refunded, REVIEW).earned == "silver"


@pytest.mark.parametrize("rules", [pytest.param(RULES, id="V-2")])
def test_a_top_up_gives_gold_with_an_end_and_spending_may_keep_it(rules: LevelRules) -> None:
    pay_3000 = TopUpRules(1, (Offer("o", (Tier(3000_00, level=LevelGift("gold", 12)),)),), 1, 5000_00)
    gift = grant(pay_3000, 3000_00, TopUpBy(dt.datetime.combine(DAY, dt.time(15)))).level
    assert gift is not None
    end = gift.until(DAY)
    assert end == dt.date(2027, 11, 22)
    given_gold = granted(rules, Standing(), Grant(gift.level, end), DAY)
    assert level_on(rules, given_gold, DAY) == "gold"
    assert level_on(rules, given_gold, end) == "gold"
    assert level_on(rules, given_gold, end + days(1)) == ""
    kept = after_growth(rules, given_gold, 5000_00, DAY + days(100))
    assert level_on(rules, kept, end + days(1)) == "gold"


def test_a_grant_again_is_good_until_the_later_date_and_ended_ones_are_dropped() -> None:
    standing = granted(RULES, Standing(), Grant("gold", DAY + days(10)), DAY)
    standing = granted(RULES, standing, Grant("gold", DAY + days(5)), DAY)
    assert standing.grants == (Grant("gold", DAY + days(10)),)
    standing = granted(RULES, standing, Grant("silver", DAY + days(90)), DAY)
    assert level_on(RULES, standing, DAY + days(10)) == "gold"
    assert level_on(RULES, standing, DAY + days(11)) == "silver"
    standing = granted(RULES, standing, Grant("silver", DAY + days(20)), DAY + days(11))
    assert standing.grants == (Grant("silver", DAY + days(90)),)


def test_a_grant_below_the_earned_level_changes_nothing_that_shows() -> None:
    standing = granted(RULES, GOLD, Grant("silver", DAY), DAY)
    assert level_on(RULES, standing, DAY) == "gold"


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (Grant("bronze", DAY), "level_unknown"),
        (Grant("", DAY), "level_unknown"),
        (Grant("gold", DAY - days(1)), "level_grant_ended"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(grant: Grant, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        granted(RULES, Standing(), grant, DAY)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("growth", "level"), [(999_99, ""), (1000_00, "silver"), (4999_99, "silver"), (5000_00, "gold"), (10**9, "diamond")]
)
def test_a_level_is_reached_at_its_threshold(growth: int, level: str) -> None:
    assert level_on(RULES, after_growth(RULES, Standing(), growth, DAY), DAY) == level


def test_growth_raises_a_level_and_never_lowers_it() -> None:
    assert after_growth(RULES, SILVER, 5000_00, DAY) == Standing("gold", REVIEW)
    assert after_growth(RULES, GOLD, 0, DAY) == GOLD
    assert after_growth(RULES, GOLD, 5000_00, DAY) == GOLD


def test_strict_rules_lower_a_level_at_the_refund() -> None:
    assert after_refund(STRICT, GOLD, 4999_99, DAY) == Standing("silver", REVIEW)
    assert after_refund(STRICT, GOLD, 5000_00, DAY) == GOLD
    assert after_refund(STRICT, GOLD, 0, DAY) == Standing()
    assert after_refund(RULES, GOLD, 0, DAY) == GOLD
    with_grant = replace(GOLD, grants=(Grant("diamond", DAY),))
    assert level_on(STRICT, after_refund(STRICT, with_grant, 0, DAY), DAY) == "diamond"


def test_a_locked_level_goes_neither_up_nor_down() -> None:
    locked = replace(GOLD, locked=True)
    assert after_growth(RULES, locked, 20000_00, DAY) == locked
    assert after_refund(STRICT, locked, 0, DAY) == locked
    assert notice_due(RULES, locked, 0, REVIEW) is None
    reviewed = review(RULES, noticed(locked, DAY), 0, REVIEW)
    assert (reviewed.earned, reviewed.review_on) == ("gold", dt.date(2028, 11, 22))


def test_the_notice_comes_its_days_before_the_review_and_once() -> None:
    assert notice_due(RULES, GOLD, 4800_00, REVIEW - days(31)) is None
    due = notice_due(RULES, GOLD, 4800_00, REVIEW - days(30))
    assert due == Notice("gold", "silver", 200_00, REVIEW)
    late = notice_due(RULES, GOLD, 0, REVIEW - days(2))
    assert late == Notice("gold", "", 5000_00, REVIEW + days(28))
    assert notice_due(RULES, GOLD, 5000_00, REVIEW) is None
    assert notice_due(RULES, noticed(GOLD, REVIEW), 0, REVIEW) is None
    assert notice_due(RULES, Standing(), 0, REVIEW) is None


def test_a_level_falls_only_after_its_notice() -> None:
    assert review(RULES, GOLD, 0, REVIEW + days(400)) == GOLD
    told = noticed(GOLD, REVIEW - days(1))
    assert review(RULES, told, 0, REVIEW + days(28)) == told
    assert review(RULES, told, 0, REVIEW + days(29)) == Standing()
    assert review(RULES, told, 1000_00, REVIEW + days(29)) == Standing("silver", dt.date(2028, 11, 22))


def test_a_review_that_comes_late_moves_none_of_the_next() -> None:
    standing, due = GOLD, REVIEW
    for late in (3, 40, 0, 800):
        standing, due = review(RULES, standing, 5000_00, due + days(late)), add_months(due, 36 if late == 800 else 12)
        assert standing.review_on == due
    on_one_day = replace(RULES, review_day=(3, 1))
    kept = review(on_one_day, replace(GOLD, review_on=dt.date(2027, 3, 1)), 5000_00, dt.date(2028, 3, 1))
    assert kept.review_on == dt.date(2029, 3, 1)


def test_a_level_that_nobody_here_saw_reached_has_a_review_too() -> None:
    assert dated(RULES, Standing("gold"), DAY) == Standing("gold", add_months(DAY, 12))
    assert dated(replace(RULES, review_day=(12, 31)), Standing("gold"), DAY).review_on == dt.date(DAY.year, 12, 31)
    assert dated(RULES, GOLD, DAY + days(9)) == GOLD
    assert dated(RULES, Standing("bronze"), DAY) == Standing("bronze")


def test_growth_that_came_after_the_notice_keeps_the_level() -> None:
    told = noticed(GOLD, REVIEW - days(30))
    assert review(RULES, told, 5000_00, REVIEW) == Standing("gold", dt.date(2028, 11, 22))
    assert after_growth(RULES, told, 20000_00, REVIEW) == Standing("diamond", dt.date(2028, 11, 22))


def test_a_review_that_finds_more_growth_raises_the_level() -> None:
    assert review(RULES, GOLD, 20000_00, REVIEW).earned == "diamond"
    assert review(RULES, Standing(), 20000_00, REVIEW) == Standing()


@pytest.mark.parametrize(
    ("day", "next_review"),
    [
        (dt.date(2026, 12, 30), dt.date(2026, 12, 31)),
        (dt.date(2026, 12, 31), dt.date(2027, 12, 31)),
        (dt.date(2027, 1, 1), dt.date(2027, 12, 31)),
    ],
)
def test_a_shop_may_review_all_members_on_one_day(day: dt.date, next_review: dt.date) -> None:
    assert replace(RULES, review_day=(12, 31)).next_review(day) == next_review


def test_a_level_reached_on_a_leap_day_is_reviewed_on_the_28th() -> None:
    assert RULES.next_review(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)


def test_a_level_that_the_shop_gave_up_counts_as_none() -> None:
    old = Standing("bronze", REVIEW, grants=(Grant("platinum", REVIEW),))
    assert level_on(RULES, old, DAY) == ""
    assert after_growth(RULES, old, 1000_00, DAY).earned == "silver"
    assert review(RULES, old, 0, REVIEW).earned == ""


HISTORY = [
    DayTotal(dt.date(2025, 11, 22), 1000, 500, 10, 1),
    DayTotal(dt.date(2025, 11, 23), 300, 0, 3, 1),
    DayTotal(DAY, 70, 2000, -4, 0),
]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("paid_12_months", 370), ("paid_lifetime", 1370), ("top_up_total", 2500), ("points", 9), ("visits", 2)],
)
def test_the_growth_value_is_counted_the_shops_way(kind: str, value: int) -> None:
    assert growth_value(kind, HISTORY, DAY) == value
    assert kind in GROWTHS
    refunds = [DayTotal(DAY, -(10**9), -(10**9), -(10**9), -(10**9))]
    assert growth_value(kind, [*HISTORY, *refunds], DAY) == 0


def test_a_day_without_anything_adds_nothing() -> None:
    assert [growth_value(kind, [DayTotal(DAY)], DAY) for kind in GROWTHS] == [0] * 5


def test_an_unknown_way_to_count_growth_is_refused() -> None:
    with pytest.raises(Refusal, match=r"^growth_unknown\b"):
        growth_value("steps", HISTORY, DAY)


def test_a_milestone_is_given_once_when_it_is_first_reached() -> None:
    low, high = Milestone("low", 1000, points=10), Milestone("high", 2000, coupons=("k1",))
    assert milestones_reached((high, low), 999, frozenset()) == ()
    assert milestones_reached((high, low), 2000, frozenset()) == (low, high)
    assert milestones_reached((high, low), 2000, frozenset({"low"})) == (high,)
    assert milestones_reached((high, low), 1500, frozenset({"low", "high"})) == ()


@pytest.mark.parametrize(
    ("rules", "keys"),
    [
        (RULES, []),
        (LevelRules(), []),
        (LevelRules(levels=(Level("", 1),)), ["levels"]),
        (LevelRules(levels=(Level("a", 1), Level("a", 2))), ["levels"]),
        (LevelRules(levels=(Level("a", 2), Level("b", 1))), ["levels"]),
        (LevelRules(levels=(Level("a", 2), Level("b", 2))), ["levels"]),
        (LevelRules(levels=(Level("a", -1),)), ["levels[0].threshold"]),
        (LevelRules(growth="steps", notice_days=-1), ["growth", "notice_days"]),
        (LevelRules(notice_days=181), ["notice_days"]),
        (LevelRules(notice_days=180), []),
        (LevelRules(notice_days=0), []),
        (LevelRules(review_day=(2, 29)), ["review_day"]),
        (LevelRules(review_day=(12, 31)), []),
        (LevelRules(review_day=(12, 31, 1)), ["review_day"]),  # type: ignore[arg-type]  # as a file may say
        (LevelRules(levels=(Level("a", 0), Level("b", FEN_MAX))), []),
        (LevelRules(levels=(Level("a", FEN_MAX + 1),)), ["levels[0].threshold"]),
        (LevelRules(milestones=(Milestone("a", 1, 1), Milestone("a", 2, 1))), ["milestones"]),
        (LevelRules(milestones=(Milestone("a", 0, 1),)), ["milestones[0].growth"]),
        (LevelRules(milestones=(Milestone("a", 1),)), ["milestones[0]"]),
        (LevelRules(milestones=(Milestone("a", 1, -1, 1),)), ["milestones[0].bonus_fen"]),
        (LevelRules(milestones=(Milestone("a", 1, FEN_MAX + 1, 1),)), ["milestones[0].bonus_fen"]),
        (LevelRules(milestones=(Milestone("a", FEN_MAX, FEN_MAX, FEN_MAX),)), []),
        (LevelRules(milestones=(Milestone("a", 1, coupons=("",)),)), ["milestones[0].coupons"]),
        (LevelRules(milestones=(Milestone("a", 1, pass_code="p"),)), []),
    ],
)
def test_every_mistake_of_the_levels_is_told(rules: LevelRules, keys: list[str]) -> None:
    assert keys_of(mistakes(rules)) == keys


DEEDS = st.lists(
    st.tuples(st.sampled_from(("grow", "refund", "review", "notice")), st.integers(0, 30000_00), st.integers(0, 200)),
    max_size=20,
)


@settings(max_examples=50)
@given(DEEDS, st.booleans())
def test_a_level_falls_only_at_a_review_after_a_notice_in_time(deeds: list[tuple[str, int, int]], strict: bool) -> None:
    rules, standing, day = replace(RULES, strict=strict), Standing(), DAY
    for deed, growth, later in deeds:
        day += days(later)
        before = standing
        if deed == "notice":
            if notice_due(rules, standing, growth, day) is not None:
                standing = noticed(standing, day)
        else:
            change = {"grow": after_growth, "refund": after_refund, "review": review}[deed]
            standing = change(rules, standing, growth, day)
        if rules.rank(standing.earned) >= rules.rank(before.earned):
            continue
        assert rules.reached(growth) == standing.earned
        if deed == "review":
            assert before.review_on is not None
            assert before.noticed_on is not None
            assert day >= before.review_on
            assert day >= before.noticed_on + days(30)
        else:
            assert (deed, strict) == ("refund", True)
