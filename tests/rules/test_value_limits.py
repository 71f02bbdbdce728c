"""What the law allows of prepaid value, by region and date, and the days within which it may be asked back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.value.limits import (
    COOLING_OFF,
    LIMITS,
    NO_LIMITS,
    Buying,
    CoolingOff,
    Limits,
    amount_mistakes,
    check_end,
    check_top_up,
    cooling_off_days,
    cooling_off_left,
    cooling_off_until,
    limits_on,
    room_fen,
    setting_mistakes,
)
from tests.told import keys as keys_of

DAY = dt.date(2026, 11, 28)
MAINLAND, TAIWAN = limits_on("CN", DAY), limits_on("TW", DAY)


def told(limits: Limits, buying: Buying) -> tuple[str, dict[str, object]] | None:
    """Return code and values of the refusal, or None where it may be done."""
    try:
        check_top_up(limits, buying)
    except Refusal as refusal:
        return refusal.code, dict(refusal.values)
    return None


def test_limits_are_those_of_the_region_and_the_day() -> None:
    assert limits_on("CN-JS", DAY) == MAINLAND
    assert limits_on("CN", dt.date(2012, 11, 1)) == MAINLAND
    assert limits_on("CN", dt.date(2012, 10, 31)) == NO_LIMITS
    assert limits_on("CN", DAY, individual=True) == NO_LIMITS
    assert limits_on("TW", DAY, individual=True) == TAIWAN != NO_LIMITS
    assert limits_on("TW", dt.date(2007, 3, 31)) == NO_LIMITS


def test_a_newer_limit_counts_from_its_day_on() -> None:
    newer = replace(MAINLAND, since=dt.date(2027, 1, 1), named_most_fen=8_000_00)
    table = {"CN": (newer, MAINLAND), "CN-SH": (NO_LIMITS,)}
    found = [limits_on("CN", dt.date(2026 + years, 12 - 11 * years, 31 - 30 * years), table=table) for years in (0, 1)]
    assert found == [MAINLAND, newer]
    assert limits_on("CN-SH", DAY, table=table) == NO_LIMITS


@pytest.mark.parametrize("region", ["", "JP", "cn", "JS-CN"])
def test_an_unknown_region_is_refused(region: str) -> None:
    with pytest.raises(Refusal) as caught:
        limits_on(region, DAY)
    assert (caught.value.code, caught.value.values) == ("region_unknown", {"region": region})


@pytest.mark.parametrize(
    ("buying", "answer"),
    [
        (Buying(5_000_00), None),
        (Buying(5_000_01), ("card_limit_named", {"most_fen": 5_000_00, "room_fen": 5_000_00})),
        (Buying(1, principal_fen=5_000_00), ("card_limit_named", {"most_fen": 5_000_00, "room_fen": 0})),
        (Buying(1, principal_fen=6_000_00), ("card_limit_named", {"most_fen": 5_000_00, "room_fen": 0})),
        (Buying(500_00, principal_fen=4_500_00), None),
        (Buying(500_01, principal_fen=4_500_00), ("card_limit_named", {"most_fen": 5_000_00, "room_fen": 500_00})),
        (Buying(1_000_00, named=False), None),
        (Buying(1_000_01, named=False), ("card_limit_anonymous", {"most_fen": 1_000_00, "room_fen": 1_000_00})),
        (
            Buying(100_00, named=False, principal_fen=950_00),
            ("card_limit_anonymous", {"most_fen": 1_000_00, "room_fen": 50_00}),
        ),
        (Buying(1_000_00, named=False, at_once_fen=9_999_99), None),
        (Buying(1_000_00, named=False, at_once_fen=10_000_00), ("identity_needed", {"from_fen": 10_000_00})),
        (Buying(1_000_00, named=False, at_once_fen=10_000_00, identified=True), None),
        (Buying(1_000_00, at_once_fen=10_000_00), None),
        (Buying(5_000_00, at_once_fen=49_999_99), None),
        (Buying(5_000_00, at_once_fen=50_000_00), ("transfer_needed_person", {"from_fen": 50_000_00})),
        (Buying(5_000_00, at_once_fen=50_000_00, cash=False), None),
        (Buying(4_999_99, unit=True), None),
        (Buying(5_000_00, unit=True), ("transfer_needed_unit", {"from_fen": 5_000_00})),
        (Buying(5_000_00, unit=True, cash=False), None),
        (Buying(0), ("amount_bad", {})),
        (Buying(-1), ("amount_bad", {})),
        (Buying(FEN_MAX + 1), ("amount_bad", {})),
    ],
)
def test_the_mainlands_limits_are_kept(buying: Buying, answer: tuple[str, dict[str, object]] | None) -> None:
    assert told(MAINLAND, buying) == answer


@pytest.mark.parametrize("limits", [NO_LIMITS, TAIWAN])
def test_where_there_is_no_limit_anything_is_taken(limits: Limits) -> None:
    for buying in (Buying(FEN_MAX, unit=True), Buying(FEN_MAX, named=False), Buying(1, principal_fen=FEN_MAX)):
        assert told(limits, buying) is None
        assert room_fen(limits, buying) is None
    assert told(limits, Buying(0)) == ("amount_bad", {})


@given(st.integers(1, 7_000_00), st.integers(0, 7_000_00), st.booleans())
def test_a_card_takes_exactly_up_to_its_room(paid_fen: int, principal_fen: int, named: bool) -> None:
    buying = Buying(paid_fen, named=named, principal_fen=principal_fen)
    left_fen = room_fen(MAINLAND, buying)
    assert left_fen is not None
    assert (told(MAINLAND, buying) is None) is (paid_fen <= left_fen)
    assert left_fen == max(0, (5_000_00 if named else 1_000_00) - principal_fen)


@pytest.mark.parametrize(
    ("limits", "named", "ends_on", "answer"),
    [
        (MAINLAND, True, None, None),
        (MAINLAND, True, dt.date(2099, 1, 1), ("end_forbidden", {})),
        (MAINLAND, False, dt.date(2029, 11, 28), None),
        (MAINLAND, False, dt.date(2029, 11, 27), ("end_too_soon", {"earliest": "2029-11-28"})),
        (TAIWAN, False, dt.date(2099, 1, 1), ("end_forbidden", {})),
        (TAIWAN, True, dt.date(2099, 1, 1), ("end_forbidden", {})),
        (TAIWAN, False, None, None),
        (NO_LIMITS, True, DAY, None),
        (NO_LIMITS, False, DAY, None),
        (NO_LIMITS, True, DAY - dt.timedelta(days=1), ("end_too_soon", {"earliest": "2026-11-28"})),
    ],
)
def test_an_end_of_prepaid_value_is_as_the_law_allows(
    limits: Limits, named: bool, ends_on: dt.date | None, answer: tuple[str, dict[str, object]] | None
) -> None:
    if answer is None:
        check_end(limits, DAY, ends_on, named=named)
        return
    with pytest.raises(Refusal) as caught:
        check_end(limits, DAY, ends_on, named=named)
    assert (caught.value.code, caught.value.values) == answer


@pytest.mark.parametrize(
    ("region", "paid_on", "setting_days", "days"),
    [
        ("CN", DAY, 0, 7),
        ("CN", dt.date(2025, 5, 1), 0, 7),
        ("CN", dt.date(2025, 4, 30), 0, 0),
        ("CN-JS", DAY, 0, 15),
        ("CN-JS", dt.date(2025, 4, 30), 0, 15),
        ("CN-JS", dt.date(2021, 4, 1), 0, 15),
        ("CN-JS", dt.date(2021, 3, 31), 0, 0),
        ("CN-SH", DAY, 0, 7),
        ("CN-SH", DAY, 30, 30),
        ("CN-JS", DAY, 10, 15),
        ("TW", DAY, 0, 0),
        ("TW", DAY, 3, 3),
    ],
)
def test_cooling_off_is_the_longest_of_country_province_and_shop(
    region: str, paid_on: dt.date, setting_days: int, days: int
) -> None:
    assert cooling_off_days(region, paid_on, setting_days) == days


def test_a_newer_cooling_off_counts_for_payments_from_its_day_on() -> None:
    table = {"CN": (CoolingOff(dt.date(2027, 1, 1), 10), *COOLING_OFF["CN"])}
    assert [cooling_off_days("CN", dt.date(year, 1, 1), table=table) for year in (2026, 2027)] == [7, 10]


@pytest.mark.parametrize(
    ("today", "left"),
    [
        pytest.param("2026-11-28", 7, id="the day of the payment"),
        pytest.param("2026-12-03", 2, id="F-4 day 5"),
        pytest.param("2026-12-05", 0, id="the last day"),
        pytest.param("2026-12-06", None, id="over"),
        pytest.param("2026-11-01", 7, id="the clock was turned back"),
    ],
)
def test_the_badge_shows_the_days_left(today: str, left: int | None) -> None:
    assert cooling_off_left(DAY, 7, dt.date.fromisoformat(today)) == left
    assert cooling_off_until(DAY, 7) == dt.date(2026, 12, 5)


def test_without_cooling_off_there_is_no_badge() -> None:
    assert cooling_off_days("TW", DAY) == 0
    assert cooling_off_left(DAY, 0, DAY) is None
    assert cooling_off_left(DAY, -3, DAY) is None


def test_the_tables_of_the_product_name_each_day_once_and_no_limit_that_cannot_be_meant() -> None:
    for table in (LIMITS, COOLING_OFF):
        for rows in table.values():
            assert [row.since for row in rows] == sorted({row.since for row in rows})
    for each in (row for rows in LIMITS.values() for row in rows):
        figures = (each.named_most_fen, each.anonymous_most_fen, each.identity_from_fen)
        assert all(fen is None or 0 < fen <= FEN_MAX for fen in figures)
        assert each.anonymous_may_end or not each.anonymous_months_least


@pytest.mark.parametrize(
    ("limits", "fen", "wrong"),
    [(MAINLAND, 5_000_00, False), (MAINLAND, 5_000_01, True), (TAIWAN, FEN_MAX, False), (NO_LIMITS, FEN_MAX, False)],
)
def test_an_amount_above_what_one_card_may_hold_is_a_mistake(limits: Limits, fen: int, wrong: bool) -> None:
    assert keys_of(amount_mistakes(limits, "least_fen", fen)) == ["least_fen"] * wrong


@pytest.mark.parametrize(
    ("region", "days", "wrong"),
    [
        ("CN", 0, False),
        ("CN", 7, False),
        ("CN", 6, True),
        ("CN-JS", 14, True),
        ("CN-JS", 15, False),
        ("TW", 1, False),
    ],
)
def test_a_shop_gives_no_less_cooling_off_than_the_law(region: str, days: int, wrong: bool) -> None:
    assert keys_of(setting_mistakes(region, DAY, days)) == ["cooling_off_days"] * wrong
