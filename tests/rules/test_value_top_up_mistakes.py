"""Rules of top-ups that cannot be meant are found, all at once, and good ones are left alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from terminal.base.money import FEN_MAX
from terminal.rules.scope import Audience
from terminal.rules.value.releases import Release
from terminal.rules.value.top_up import Gift, LevelGift, Offer, Tier, TopUpRules
from terminal.rules.value.top_up_mistakes import highest_fen, mistakes
from terminal.rules.when import Window
from tests.told import keys as keys_told
from tests.told import said

TIERS = (Tier(500_00, 50_00), Tier(1000_00, 200_00), Tier(3000_00, 900_00))
MONDAY = dt.date(2026, 11, 2)
GOOD = Offer("o", TIERS)
SHOP = TopUpRules(1, (GOOD,), 1, 10_000_00)


def keys(rules: TopUpRules) -> list[str]:
    return keys_told(mistakes(rules))


def keys_of(offer: Offer) -> list[str]:
    return [key.removeprefix("offers[0].") for key in keys(replace(SHOP, offers=(offer,)))]


def keys_of_tier(tier: Tier) -> list[str]:
    return [key.removeprefix("tiers[0].") for key in keys_of(Offer("o", (tier,)))]


def test_good_rules_have_no_mistakes() -> None:
    full = Tier(100_00, 1, 500, 5, (Gift("a"), Gift("b", 2)), (Gift("p"),), LevelGift("gold", 12))
    autumn = Offer("autumn", (full,), "sum_all", 1, window=Window(dt.date(2026, 9, 1)), release=Release("periodic", 6))
    assert mistakes(replace(SHOP, offers=(GOOD, autumn), listed_fen=(500_00, 1000_00))) == []
    assert mistakes(TopUpRules(1, (), 0, 0, (500_00,), free=False)) == []
    assert mistakes(TopUpRules(1, (), 0, 1, (1, FEN_MAX))) == []


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (TopUpRules(1, (), 0, 0), ["most_fen"]),
        (TopUpRules(1, (), 0, FEN_MAX + 1), ["most_fen"]),
        (TopUpRules(1, (), -1, 100), ["least_fen"]),
        (TopUpRules(1, (), 101, 100), ["least_fen"]),
        (TopUpRules(1, (), 0, 100, free=False), ["listed_fen"]),
        (TopUpRules(1, (), 0, 100, (0, 50)), ["listed_fen"]),
        (TopUpRules(1, (), 0, 100, (FEN_MAX + 1,)), ["listed_fen"]),
        (TopUpRules(1, (), 0, 100, (50, 60, 50)), ["listed_fen"]),
        (TopUpRules(1, (), -2, -3, (-1, -1)), ["most_fen", "least_fen", "least_fen", *["listed_fen"] * 3]),
    ],
)
def test_amounts_a_shop_cannot_take_are_mistakes(rules: TopUpRules, expected: list[str]) -> None:
    assert keys(rules) == expected


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (replace(GOOD, id=""), ["id"]),
        (replace(GOOD, mode="twice"), ["mode"]),
        (replace(GOOD, times_per_member=-1), ["times_per_member"]),
        (replace(GOOD, tiers=()), ["tiers"]),
        (replace(GOOD, tiers=(TIERS[0], TIERS[0])), ["tiers"]),
        (replace(GOOD, audience=Audience(channels=frozenset({"phone"}))), ["audience.channels"]),
        (replace(GOOD, window=Window(weekdays=frozenset())), ["window.weekdays"]),
        (replace(GOOD, window=Window(MONDAY, MONDAY, frozenset({2}))), ["window.weekdays"]),
        (replace(GOOD, release=Release("never")), ["release.kind"]),
        (replace(GOOD, id="", mode="", tiers=(), release=Release("")), ["id", "mode", "tiers", "release.kind"]),
        # Nobody can pay so much.
        (replace(GOOD, tiers=(*TIERS, Tier(10_000_01, 5000_00))), ["tiers[3].paid_fen"]),
        (replace(GOOD, tiers=(Tier(10_000_01, 5000_00),)), ["tiers[0].paid_fen"]),
        # One fen gives a whole book, many times.
        (replace(GOOD, mode="each_multiple", tiers=(Tier(1, FEN_MAX),)), ["tiers"]),
        (replace(GOOD, mode="each_multiple", tiers=(Tier(1, FEN_MAX), Tier(10_000_00, 1))), ["tiers"] * 2),
        (replace(GOOD, mode="sum_all", tiers=(Tier(1, FEN_MAX), Tier(2, 1))), ["tiers"]),
        (replace(GOOD, tiers=(Tier(1, FEN_MAX),)), []),
        (replace(GOOD, mode="each_multiple", tiers=(Tier(1, points=FEN_MAX),)), ["tiers"]),
    ],
)
def test_an_offer_that_cannot_be_meant_is_a_mistake(offer: Offer, expected: list[str]) -> None:
    assert keys_of(offer) == expected


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier(0, 1), ["paid_fen"]),
        (Tier(-500_00, 1), ["paid_fen"]),
        (Tier(FEN_MAX + 1, 1), ["paid_fen"]),
        (Tier(1, -1), ["bonus_fen"]),
        (Tier(1, FEN_MAX + 1), ["bonus_fen"]),
        (Tier(1, bonus_rate_bp=-1), ["bonus_rate_bp"]),
        (Tier(1, bonus_rate_bp=10_001), ["bonus_rate_bp"]),
        (Tier(1, points=-1), ["points"]),
        (Tier(1, coupons=(Gift(""),)), ["coupons"]),
        (Tier(1, coupons=(Gift("a", 0),)), ["coupons"]),
        (Tier(1, coupons=(Gift("a", 1_001),)), ["coupons"]),
        (Tier(1, passes=(Gift("a"), Gift("a"))), ["passes"]),
        (Tier(1, level=LevelGift("", 1)), ["level"]),
        (Tier(1, level=LevelGift("gold", 0)), ["level"]),
        (Tier(1, level=LevelGift("gold", 121)), ["level"]),
        (Tier(1), ["paid_fen"]),
        (
            Tier(0, -1, -1, -1, (Gift(""),), (Gift(""),)),
            ["paid_fen", "bonus_fen", "bonus_rate_bp", "points", "coupons", "passes"],
        ),
        (Tier(1, points=1), []),
        (Tier(1, coupons=(Gift("a", 1_000),)), []),
        (Tier(1, passes=(Gift("a"),)), []),
        (Tier(1, level=LevelGift("gold", 1)), []),
    ],
)
def test_a_tier_that_cannot_be_meant_is_a_mistake(tier: Tier, expected: list[str]) -> None:
    assert keys_of_tier(tier) == expected


@pytest.mark.parametrize(
    ("mode", "tier", "expected"),
    [
        ("highest_once", Tier(4000_00, 899_99), ["tiers"]),
        ("highest_once", Tier(4000_00, 900_00), []),
        ("highest_once", Tier(4000_00, bonus_rate_bp=1_000), ["tiers"]),
        ("highest_once", Tier(4000_00, 100_00, points=1), []),  # it gives something else instead
        ("each_multiple", Tier(4000_00, 899_99), ["tiers"]),
        ("each_multiple", Tier(4000_00, 900_00), []),
        # Just before, the tier of 1000.00 is reached twice.
        ("each_multiple", Tier(2500_00, 399_99), ["tiers"]),
        ("each_multiple", Tier(2500_00, 400_00), []),
        ("sum_all", Tier(4000_00, 899_99), []),
    ],
)
def test_less_bonus_for_more_money_is_a_mistake(mode: str, tier: Tier, expected: list[str]) -> None:
    assert keys_of(Offer("o", (tier, *TIERS), mode)) == expected


def test_mistakes_are_told_in_words_a_shop_understands() -> None:
    found = mistakes(replace(SHOP, offers=(Offer("o", (Tier(500_00, 50_00), Tier(500_00, 60_00))), GOOD)))
    assert said(found) == [
        ("offers[0].tiers", "has 500.00 twice; every one must be different"),
        ("offers", "has o twice; every one must be different"),
        ("offers", "o and o can hold at once; give one of them a higher priority"),
    ]


GOLD, SILVER = (Audience(levels=frozenset({level})) for level in ("gold", "silver"))
NOVEMBER = Window(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
DECEMBER = Window(dt.date(2026, 12, 1), dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        (GOOD, replace(GOOD, id="p"), True),
        (GOOD, replace(GOOD, id="p", priority=1), False),
        (GOOD, replace(GOOD, id="p", first_only=True), True),
        (GOOD, replace(GOOD, id="p", times_per_member=1), True),
        (replace(GOOD, audience=GOLD), replace(GOOD, id="p", audience=SILVER), False),
        (replace(GOOD, audience=GOLD), replace(GOOD, id="p"), True),
        (replace(GOOD, window=NOVEMBER), replace(GOOD, id="p", window=DECEMBER), False),
        (replace(GOOD, window=NOVEMBER), replace(GOOD, id="p", window=Window()), True),
        (replace(GOOD, window=NOVEMBER, audience=GOLD), replace(GOOD, id="p", window=NOVEMBER, audience=SILVER), False),
    ],
)
def test_offers_of_one_priority_that_can_hold_at_once_contradict(one: Offer, other: Offer, contradict: bool) -> None:
    assert keys(replace(SHOP, offers=(one, other))) == ["offers"] * contradict


def test_the_highest_amount_is_a_listed_or_a_free_one() -> None:
    assert highest_fen(TopUpRules(1, (), 1, 100, (200, 50))) == 200
    assert highest_fen(TopUpRules(1, (), 1, 300, (200, 50))) == 300
    assert highest_fen(TopUpRules(1, (), 1, 300, (200, 50), free=False)) == 200
