"""What a top-up grants: tiers, conditions, mixed rewards, and which offer applies where several could."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.scope import Audience
from terminal.rules.setup.fields import fields_of
from terminal.rules.value.releases import Release
from terminal.rules.value.top_up import MODES, Gift, Grant, LevelGift, Offer, Tier, TopUpBy, TopUpRules, grant
from terminal.rules.when import Window

TIERS = (Tier(500_00, 50_00), Tier(1000_00, 200_00), Tier(3000_00, 900_00))
AT = dt.datetime.fromisoformat("2026-11-28 15:00")  # a Saturday
BY = TopUpBy(AT, level="gold", store="east", channel="kiosk", first=True)


def rules(*offers: Offer) -> TopUpRules:
    return TopUpRules(7, offers, 1, 10_000_00)


def plain(mode: str = "highest_once", tiers: tuple[Tier, ...] = TIERS) -> TopUpRules:
    return rules(Offer("o", tiers, mode))


@pytest.mark.parametrize(
    ("paid_fen", "mode", "bonus_fen"),
    [
        pytest.param(1000_00, "highest_once", 200_00, id="T-1"),
        pytest.param(2300_00, "highest_once", 200_00, id="T-2"),
        pytest.param(2300_00, "each_multiple", 400_00, id="T-3"),
        pytest.param(499_99, "highest_once", 0, id="T-4 highest_once"),
        pytest.param(499_99, "each_multiple", 0, id="T-4 each_multiple"),
        pytest.param(499_99, "sum_all", 0, id="T-4 sum_all"),
        pytest.param(500_00, "highest_once", 50_00, id="at the threshold"),
        pytest.param(999_99, "each_multiple", 50_00, id="once and a part"),
        pytest.param(3000_00, "sum_all", 1150_00, id="every tier"),
        pytest.param(6000_00, "each_multiple", 1800_00, id="twice"),
    ],
)
def test_a_top_up_gives_the_bonus_of_its_tiers(paid_fen: int, mode: str, bonus_fen: int) -> None:
    for tiers in (TIERS, TIERS[::-1]):
        given_ = grant(plain(mode, tiers), paid_fen, BY)
        assert (given_.bonus_fen, given_.version) == (bonus_fen, 7)
        assert given_.offer == ("o" if bonus_fen else "")


PERCENT = (Tier(100_00, bonus_rate_bp=500), Tier(1000_00, bonus_fen=10_00, bonus_rate_bp=1_000))


@pytest.mark.parametrize(
    ("paid_fen", "mode", "bonus_fen"),
    [
        (100_10, "highest_once", 5_01),  # 5.005 rounds half up
        (100_09, "highest_once", 5_00),
        (1234_50, "highest_once", 133_45),
        (1234_50, "sum_all", 195_18),  # 61.725 and 123.45, each rounded by itself, and 10.00
        (250_00, "each_multiple", 10_00),  # 5 % of the whole hundreds
        (2500_00, "each_multiple", 220_00),
    ],
)
def test_a_percentage_is_of_the_money_that_counts(paid_fen: int, mode: str, bonus_fen: int) -> None:
    assert grant(plain(mode, PERCENT), paid_fen, BY).bonus_fen == bonus_fen


MIXED = (
    Tier(500_00, 10_00, points=50, coupons=(Gift("wash"),), level=LevelGift("silver", 3)),
    Tier(1000_00, 20_00, points=100, coupons=(Gift("cut"), Gift("wash", 2)), passes=(Gift("perm"),)),
)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("highest_once", Grant("o", 7, 20_00, 100, (Gift("cut"), Gift("wash", 2)), (Gift("perm"),))),
        ("each_multiple", Grant("o", 7, 40_00, 200, (Gift("cut", 2), Gift("wash", 4)), (Gift("perm", 2),))),
        (
            "sum_all",
            Grant("o", 7, 30_00, 150, (Gift("wash", 3), Gift("cut")), (Gift("perm"),), LevelGift("silver", 3)),
        ),
    ],
)
def test_a_tier_gives_points_coupons_passes_and_a_level_beside_its_bonus(mode: str, expected: Grant) -> None:
    assert grant(plain(mode, MIXED), 2300_00, BY) == expected


@pytest.mark.parametrize("mode", MODES)
def test_a_tier_from_nothing_on_gives_nothing(mode: str) -> None:
    given_ = grant(plain(mode, (Tier(0, 5_00, points=5),)), 100_00, BY)
    assert (given_.offer, given_.bonus_fen, given_.points) == ("", 0, 0)


@pytest.mark.parametrize("kind", [TopUpRules, Offer, Tier, Gift, LevelGift, Release])
def test_every_part_of_the_rules_can_be_written_in_a_set_up_file(kind: type[object]) -> None:
    assert fields_of(kind)


def test_a_level_is_given_once_and_the_one_of_the_highest_tier() -> None:
    low, high = Tier(100_00, level=LevelGift("silver", 3)), Tier(200_00, level=LevelGift("gold", 1))
    assert grant(plain("sum_all", (high, low)), 900_00, BY).level == LevelGift("gold", 1)
    assert grant(plain("each_multiple", (low,)), 900_00, BY).level == LevelGift("silver", 3)


def test_the_release_of_the_offer_goes_with_its_grant() -> None:
    release = Release("periodic", 12)
    assert grant(rules(Offer("o", TIERS, release=release)), 500_00, BY).release == release


@pytest.mark.parametrize(
    ("offer", "fits"),
    [
        (Offer("o", TIERS), True),
        (Offer("o", TIERS, audience=Audience(levels=frozenset({"gold"}))), True),
        (Offer("o", TIERS, audience=Audience(levels=frozenset({"silver"}))), False),
        (Offer("o", TIERS, audience=Audience(stores=frozenset({"west"}))), False),
        (Offer("o", TIERS, audience=Audience(channels=frozenset({"counter"}))), False),
        (Offer("o", TIERS, audience=Audience(channels=frozenset({"kiosk", "app"}))), True),
        (Offer("o", TIERS, window=Window(last=dt.date(2026, 11, 27))), False),
        (Offer("o", TIERS, window=Window(last=dt.date(2026, 11, 28))), True),
        (Offer("o", TIERS, window=Window(weekdays=frozenset({7}))), False),
        (Offer("o", TIERS, window=Window(from_minute=15 * 60 + 1)), False),
        (Offer("o", TIERS, window=Window(to_minute=15 * 60)), False),
        (Offer("o", TIERS, times_per_member=1), True),
    ],
)
def test_an_offer_is_for_whom_where_and_when_it_says(offer: Offer, fits: bool) -> None:
    assert (grant(rules(offer), 500_00, BY).offer == "o") is fits


def test_an_offer_for_the_first_top_up_is_for_no_later_one() -> None:
    welcome = rules(Offer("welcome", TIERS, first_only=True))
    assert grant(welcome, 500_00, BY).offer == "welcome"
    assert grant(welcome, 500_00, replace(BY, first=False)) == grant(welcome, 500_00, TopUpBy(AT)) == Grant("", 7)


def test_a_member_has_an_offer_only_so_often() -> None:
    twice = rules(Offer("o", TIERS, times_per_member=2), Offer("always", TIERS, priority=-1))
    given_ = [grant(twice, 500_00, replace(BY, used={"o": used})).offer for used in range(4)]
    assert given_ == ["o", "o", "always", "always"]


def test_of_several_offers_the_one_with_the_highest_priority_applies_alone() -> None:
    welcome = Offer("welcome", (Tier(5000_00, 2500_00),), priority=2, first_only=True)
    several = (Offer("usual", TIERS), welcome, Offer("autumn", (Tier(1000_00, 300_00),), priority=1))
    for offers in (several, several[::-1]):
        given_ = {fen: grant(rules(*offers), fen, BY) for fen in (500_00, 1000_00, 5000_00)}
        # An offer of which no tier is reached leaves the next one its turn.
        assert {fen: each.offer for fen, each in given_.items()} == {
            500_00: "usual",
            1000_00: "autumn",
            5000_00: "welcome",
        }
        assert given_[5000_00].bonus_fen == 2500_00


def test_of_equal_offers_the_first_one_applies() -> None:
    one, other = Offer("b", TIERS), Offer("a", TIERS)
    assert grant(rules(one, other), 500_00, BY).offer == "b"
    assert grant(rules(other, one), 500_00, BY).offer == "a"


def refused(shop: TopUpRules, paid_fen: int) -> Refusal:
    with pytest.raises(Refusal) as caught:
        grant(shop, paid_fen, BY)
    return caught.value


@pytest.mark.parametrize("paid_fen", [-500_00, -1, 0, 99_99, 10_000_01])
def test_an_amount_outside_the_limits_is_refused(paid_fen: int) -> None:
    for least_fen in (0, 100_00):
        if least_fen == 0 < paid_fen < 10_000_01:
            continue
        refusal = refused(TopUpRules(7, (), least_fen, 10_000_00), paid_fen)
        assert (refusal.code, refusal.values) == ("top_up_range", {"least_fen": least_fen, "most_fen": 10_000_00})


@pytest.mark.parametrize(
    ("paid_fen", "nearest_fen"), [(-1, 500_00), (0, 500_00), (499_99, 500_00), (750_00, 500_00), (750_01, 1000_00)]
)
def test_a_shop_of_fixed_amounts_takes_only_those(paid_fen: int, nearest_fen: int) -> None:
    shop = TopUpRules(7, (Offer("o", TIERS),), 1, 10_000_00, (1000_00, 500_00), free=False)
    assert grant(shop, 500_00, BY).bonus_fen == 50_00
    refusal = refused(shop, paid_fen)
    assert (refusal.code, refusal.values) == ("top_up_not_listed", {"nearest_fen": nearest_fen})


def test_a_shop_that_lists_nothing_and_takes_nothing_free_takes_nothing() -> None:
    assert refused(TopUpRules(7, (), 1, 100, free=False), 50).values == {"nearest_fen": 0}
    assert grant(TopUpRules(7, (), 1, 100, (1,), free=False), 1, BY) == Grant("", 7)


def test_a_listed_amount_is_taken_beside_the_free_ones() -> None:
    shop = TopUpRules(7, (), 100_00, 200_00, (50_00, 0, -5))
    assert grant(shop, 50_00, BY) == grant(shop, 150_00, BY) == Grant("", 7)
    assert grant(shop, 100_00, BY) == grant(shop, 200_00, BY) == Grant("", 7)
    assert [refused(shop, fen).code for fen in (50_01, 99_99, 200_01, 0, -5)] == ["top_up_range"] * 5


AMOUNTS = st.integers(1, 5_000)
OFFERS = st.builds(
    Offer,
    st.sampled_from("abc"),
    st.lists(st.builds(Tier, AMOUNTS, AMOUNTS, st.integers(0, 10_000), AMOUNTS), min_size=1, max_size=4).map(tuple),
    st.sampled_from(MODES),
    st.integers(0, 2),
    first_only=st.booleans(),
)


@settings(max_examples=25)
@given(st.lists(OFFERS, max_size=4), AMOUNTS, st.booleans())
def test_the_offer_that_applies_depends_on_priority_alone(offers: list[Offer], paid_fen: int, first: bool) -> None:
    distinct = list({offer.priority: offer for offer in offers}.values())
    by = replace(BY, first=first)
    forwards, backwards = grant(rules(*distinct), paid_fen, by), grant(rules(*distinct[::-1]), paid_fen, by)
    assert forwards == backwards
    possible = [o for o in distinct if min(t.paid_fen for t in o.tiers) <= paid_fen and (first or not o.first_only)]
    assert forwards.offer == max(possible, key=lambda offer: offer.priority, default=Offer("", ())).id


@settings(max_examples=50)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=4), st.integers(1, 20_000))
def test_no_mode_gives_less_than_the_highest_tier_once(rows: list[tuple[int, int, int]], paid_fen: int) -> None:
    tiers = tuple(Tier(paid, bonus, points=points) for paid, bonus, points in {row[0]: row for row in rows}.values())
    once, multiple, every = (grant(plain(mode, tiers), paid_fen, BY) for mode in MODES)
    assert once.bonus_fen <= min(multiple.bonus_fen, every.bonus_fen)
    assert once.points <= min(multiple.points, every.points)
    assert (once.bonus_fen > 0) is any(tier.paid_fen <= paid_fen for tier in tiers)
