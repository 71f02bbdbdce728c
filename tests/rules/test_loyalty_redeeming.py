"""What points buy, and everything that may stand against it."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.loyalty.condition import Visit
from terminal.rules.loyalty.redeeming import Redeemed, RedeemRules, Reward, Taken, mistakes, redeem
from terminal.rules.scope import Audience
from terminal.rules.when import Window
from tests.told import keys as keys_of

AT = dt.datetime(2026, 11, 22, 15, 0)  # noqa: DTZ001 - the shop's civil time
HERE = Visit(AT, "gold", "north", "counter")
MUG = Reward("mug", "goods", 300, "mug-blue", per_member=3, per_day=2, in_all=10)
WASH = Reward("wash", "service", 500, "wash", window=Window(to_minute=12 * 60))
PURSE = Reward("purse", "bonus", 100, value_fen=1_00, valid_days=30)
CASH = Reward("cash", "cash", 100, value_fen=50)
ONLY = Reward(
    "only",
    "coupon",
    10,
    "k1",
    audience=Audience(frozenset({"gold"}), frozenset({"north"}), frozenset({"counter"})),
)
RULES = RedeemRules(1, (MUG, WASH, PURSE, CASH, ONLY))


def test_goods_cost_their_points_for_each_piece() -> None:
    assert redeem(RULES, "mug", 2, 600, HERE, Taken()) == Redeemed(MUG, 2, 600, 0, None)
    assert redeem(RULES, "only", 1, 10, HERE, Taken()).points == 10


def test_bonus_is_worth_its_value_and_ends_with_its_days() -> None:
    given = redeem(RULES, "purse", 5, 500, HERE, Taken())
    assert (given.points, given.value_fen, given.expires_on) == (500, 5_00, dt.date(2026, 12, 21))
    endless = RedeemRules(1, (Reward("purse", "bonus", 100, value_fen=1_00),))
    assert redeem(endless, "purse", 1, 100, HERE, Taken()).expires_on is None


def test_cash_is_given_only_where_the_shop_allows_it() -> None:
    assert redeem(RedeemRules(1, (CASH,), cash=True), "cash", 2, 200, HERE, Taken()).value_fen == 1_00
    with pytest.raises(Refusal) as caught:
        redeem(RULES, "cash", 1, 1000, HERE, Taken())
    assert caught.value.code == "reward_no_cash"


@pytest.mark.parametrize(
    ("reward", "quantity", "points", "visit", "taken", "code", "values"),
    [
        ("cup", 1, 900, HERE, Taken(), "reward_unknown", {}),
        ("mug", 0, 900, HERE, Taken(), "reward_quantity_bad", {"most": 9999}),
        ("mug", -1, 900, HERE, Taken(), "reward_quantity_bad", {"most": 9999}),
        ("mug", 10_000, 900, HERE, Taken(), "reward_quantity_bad", {"most": 9999}),
        ("wash", 1, 900, HERE, Taken(), "reward_wrong_time", {}),
        ("only", 1, 900, Visit(AT, "silver", "north"), Taken(), "reward_wrong_level", {}),
        ("only", 1, 900, Visit(AT, "gold", "south"), Taken(), "reward_wrong_store", {}),
        ("only", 1, 900, Visit(AT, "gold", "north", "app"), Taken(), "reward_wrong_channel", {}),
        ("mug", 2, 900, HERE, Taken(member=2), "reward_member_limit", {"left": 1}),
        ("mug", 1, 900, HERE, Taken(member=9), "reward_member_limit", {"left": 0}),
        ("mug", 2, 900, HERE, Taken(1, 1, 1), "reward_day_limit", {"left": 1}),
        ("mug", 2, 900, HERE, Taken(everybody=9), "reward_all_taken", {"left": 1}),
        ("mug", 2, 599, HERE, Taken(), "points_not_enough", {"missing": 1, "points": 599}),
    ],
)
def test_what_stands_against_it_is_told(
    reward: str, quantity: int, points: int, visit: Visit, taken: Taken, code: str, values: dict[str, int]
) -> None:
    with pytest.raises(Refusal) as caught:
        redeem(RULES, reward, quantity, points, visit, taken)
    assert (caught.value.code, caught.value.values) == (code, values)


def test_limits_are_reached_exactly() -> None:
    assert redeem(RULES, "mug", 2, 600, HERE, Taken(1, 0, 8)).quantity == 2
    last = RedeemRules(1, (Reward("last", "goods", 1, "x", per_member=1, per_day=1, in_all=1),))
    assert redeem(last, "last", 1, 1, HERE, Taken()).quantity == 1


@pytest.mark.parametrize(
    ("rules", "keys"),
    [
        (RedeemRules(1, (MUG, WASH, PURSE, ONLY)), []),
        (RULES, ["rewards[3].kind"]),
        (RedeemRules(1, (CASH,), cash=True), []),
        (RedeemRules(1, (MUG, MUG)), ["rewards"]),
        (RedeemRules(1, (Reward("", "goods", 1, "x"),)), ["rewards"]),
        (RedeemRules(1, (MUG, Reward("", "goods", 1, "x"))), ["rewards"]),
        (RedeemRules(1, (Reward("a", "goods", 10**9, "x"),)), []),
        (RedeemRules(1, (Reward("a", "goods", 10**9 + 1, "x"),)), ["rewards[0].points"]),
        (RedeemRules(1, (Reward("a", "goods", 0, "x"),)), ["rewards[0].points"]),
        (RedeemRules(1, (Reward("a", "holiday", 1, "x"),)), ["rewards[0].kind"]),
        (RedeemRules(1, (Reward("a", "goods", 1),)), ["rewards[0].what"]),
        (RedeemRules(1, (Reward("a", "coupon", 1, "x", value_fen=1),)), ["rewards[0].what"]),
        (RedeemRules(1, (Reward("a", "bonus", 1),)), ["rewards[0].value_fen"]),
        (RedeemRules(1, (Reward("a", "bonus", 1, value_fen=FEN_MAX),)), []),
        (RedeemRules(1, (Reward("a", "bonus", 1, value_fen=FEN_MAX + 1),)), ["rewards[0].value_fen"]),
        (RedeemRules(1, (Reward("a", "bonus", 1, "x", 1),)), ["rewards[0].value_fen"]),
        (
            RedeemRules(1, (Reward("a", "goods", 1, "x", 0, 0, 0, 0, 0),)),
            ["rewards[0].valid_days", "rewards[0].per_member", "rewards[0].per_day", "rewards[0].in_all"],
        ),
        (RedeemRules(1, (Reward("a", "goods", 1, "x", window=Window(to_minute=1441)),)), ["rewards[0].window.hours"]),
    ],
)
def test_every_mistake_of_the_rewards_is_told(rules: RedeemRules, keys: list[str]) -> None:
    assert keys_of(mistakes(rules)) == keys
