"""Staged release: parts that add up, dates that keep the grant's day, and visits and voids that lose nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.rules.value.releases import (
    AT_ONCE,
    KINDS,
    PERIODS,
    Locked,
    NewLot,
    Opening,
    Release,
    TakenBack,
    at_visit,
    at_void,
    lots,
    mistakes,
)
from tests.told import keys as keys_of

DAY = dt.date(2026, 11, 28)
TENTH = Release("per_visit", rate_bp=1_000, min_bill_fen=100_00)


def test_an_immediate_bonus_is_one_open_lot() -> None:
    assert lots(AT_ONCE, 200_00, DAY) == (NewLot("bonus", 200_00),)
    assert lots(Release(valid_months=3), 200_00, DAY) == (NewLot("bonus", 200_00, None, dt.date(2027, 2, 28)),)


@pytest.mark.parametrize("kind", KINDS)
def test_no_bonus_makes_no_lot(kind: str) -> None:
    assert lots(Release(kind, parts=3), 0, DAY) == ()


@pytest.mark.parametrize(
    ("bonus_fen", "amounts"),
    [
        pytest.param(900_00, [75_00] * 12, id="S-1"),
        pytest.param(500_00, [41_66] * 11 + [41_74], id="S-2"),
        pytest.param(12, [1] * 12, id="a fen each"),
        pytest.param(5, [5], id="fewer fen than parts"),
    ],
)
def test_a_years_parts_add_up_exactly(bonus_fen: int, amounts: list[int]) -> None:
    made = lots(Release("periodic", parts=12), bonus_fen, DAY)
    assert [lot.amount_fen for lot in made] == amounts
    assert {lot.asset for lot in made} == {"bonus"}


def starts(release: Release, day: dt.date) -> list[str]:
    return [lot.spendable_from.isoformat() for lot in lots(release, 100_00, day) if lot.spendable_from is not None]


@pytest.mark.parametrize(
    ("release", "day", "dates"),
    [
        (Release("periodic", 4), dt.date(2026, 1, 31), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        (Release("periodic", 3), dt.date(2028, 1, 31), ["2028-01-31", "2028-02-29", "2028-03-31"]),
        (Release("periodic", 2), dt.date(2026, 12, 31), ["2026-12-31", "2027-01-31"]),
        (Release("periodic", 2, delay=1), dt.date(2026, 1, 31), ["2026-02-28", "2026-03-31"]),
        (Release("periodic", 3, "week"), dt.date(2026, 2, 20), ["2026-02-20", "2026-02-27", "2026-03-06"]),
        (Release("periodic", 3, "day", delay=2), dt.date(2026, 2, 27), ["2026-03-01", "2026-03-02", "2026-03-03"]),
    ],
)
def test_parts_open_on_the_grants_day_or_the_months_last(release: Release, day: dt.date, dates: list[str]) -> None:
    assert starts(release, day) == dates


def test_the_last_part_keeps_its_date_where_the_first_ones_are_empty() -> None:
    (only,) = lots(Release("periodic", 12, valid_months=24), 7, DAY)
    assert only == NewLot("bonus", 7, dt.date(2027, 10, 28), dt.date(2028, 11, 28))


@settings(max_examples=40)
@given(
    st.integers(1, 10**9),
    st.integers(1, 366),
    st.sampled_from(PERIODS),
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
)
def test_parts_are_the_grant_and_each_opens_later_than_the_one_before(
    bonus_fen: int, parts: int, period: str, day: dt.date
) -> None:
    made = lots(Release("periodic", parts, period), bonus_fen, day)
    opens = [lot.spendable_from for lot in made if lot.spendable_from is not None]
    assert sum(lot.amount_fen for lot in made) == bonus_fen
    assert all(lot.amount_fen > 0 for lot in made)
    assert opens == sorted(set(opens))
    assert len(opens) == len(made)
    assert len({lot.amount_fen for lot in made[:-1]}) <= 1


def test_a_bonus_by_visits_is_locked_at_first_and_a_capped_one_is_open() -> None:
    assert lots(TENTH, 300_00, DAY) == (NewLot("bonus_locked", 300_00),)
    capped = Release("cap_per_bill", rate_bp=1_000, valid_months=1)
    assert lots(capped, 200_00, DAY) == (NewLot("bonus", 200_00, None, dt.date(2026, 12, 28)),)
    assert [each.cap_bp for each in (capped, TENTH, AT_ONCE)] == [1_000, 10_000, 10_000]


def test_ten_bills_open_a_tenth_each_and_a_small_one_nothing() -> None:
    """S-3."""
    locked = 300_00
    assert at_visit(TENTH, Locked(300_00, locked), 99_00, DAY) == Opening(0, 0)
    assert at_visit(TENTH, Locked(300_00, locked), 99_99, DAY) == Opening(0, 0)
    for _ in range(10):
        opening = at_visit(TENTH, Locked(300_00, locked), 100_00, DAY)
        assert opening == Opening(30_00, 0)
        locked -= opening.opened_fen
    assert locked == 0
    assert at_visit(TENTH, Locked(300_00, 0), 100_00, DAY) == Opening(0, 0)


@pytest.mark.parametrize(
    ("granted_fen", "rate_bp", "opened"),
    [
        (41_66, 1_000, [4_16] * 9 + [4_22]),
        (100, 3_333, [33, 33, 33, 1]),
        (100, 3_334, [33, 33, 34]),
        (100_00, 3_000, [30_00, 30_00, 30_00, 10_00]),
        (15, 1_000, [1] * 9 + [6]),
        (5, 1_000, [1] * 5),
        (1, 1, [1]),
        (100_00, 10_000, [100_00]),
    ],
)
def test_the_last_part_takes_what_rounding_left(granted_fen: int, rate_bp: int, opened: list[int]) -> None:
    release, locked, found = Release("per_visit", rate_bp=rate_bp), granted_fen, []
    while locked:
        found.append(at_visit(release, Locked(granted_fen, locked), 0, DAY).opened_fen)
        locked -= found[-1]
    assert found == opened


def test_what_is_to_be_skipped_is_skipped_first() -> None:
    assert at_visit(TENTH, Locked(300_00, 280_00, 20_00), 100_00, DAY) == Opening(10_00, 20_00)
    assert at_visit(TENTH, Locked(300_00, 280_00, 45_00), 100_00, DAY) == Opening(0, 30_00)
    assert at_visit(TENTH, Locked(300_00, 20_00, 5_00), 100_00, DAY) == Opening(15_00, 5_00)


@pytest.mark.parametrize(("days", "opened_fen"), [(-1, 0), (0, 30_00), (1, 30_00)])
def test_past_its_end_a_locked_lot_opens_no_more(days: int, opened_fen: int) -> None:
    lot = Locked(300_00, 300_00, expires_on=DAY + dt.timedelta(days=days))
    assert at_visit(TENTH, lot, 100_00, DAY).opened_fen == opened_fen


def test_only_a_bonus_by_visits_opens_at_a_visit() -> None:
    assert at_visit(AT_ONCE, Locked(300_00, 300_00), 100_00, DAY) == Opening(0, 0)


@pytest.mark.parametrize(
    ("opening", "here_fen", "back"),
    [
        (Opening(30_00, 0), 30_00, TakenBack(30_00, 0)),
        (Opening(30_00, 0), 0, TakenBack(0, 30_00)),
        (Opening(30_00, 0), 10_00, TakenBack(10_00, 20_00)),
        (Opening(30_00, 0), 90_00, TakenBack(30_00, 0)),
        (Opening(10_00, 20_00), 10_00, TakenBack(10_00, 20_00)),
        (Opening(0, 30_00), 0, TakenBack(0, 30_00)),
    ],
)
def test_a_void_locks_what_is_still_here_and_skips_the_rest(opening: Opening, here_fen: int, back: TakenBack) -> None:
    assert at_void(opening, here_fen) == back


@settings(max_examples=50)
@given(
    st.integers(1, 500), st.integers(500, 10_000), st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=25)
)
def test_visits_and_voids_never_release_more_than_the_grant_and_in_the_end_all_of_it(
    granted: int, rate_bp: int, story: list[tuple[bool, int]]
) -> None:
    release = Release("per_visit", rate_bp=rate_bp)
    locked, usable, spent, skip = granted, 0, 0, 0
    for voided, wish in story:
        opening = at_visit(release, Locked(granted, locked, skip), 1, DAY)
        locked, usable, skip = locked - opening.opened_fen, usable + opening.opened_fen, skip - opening.skipped_fen
        assert min(locked, skip) >= 0
        used = min(wish, usable)
        usable, spent = usable - used, spent + used
        if voided:
            back = at_void(opening, usable)
            locked, usable, skip = locked + back.relocked_fen, usable - back.relocked_fen, skip + back.skip_fen
            assert usable >= 0
        assert locked + usable + spent == granted
    for _ in range(locked + skip):
        opening = at_visit(release, Locked(granted, locked, skip), 1, DAY)
        locked, usable, skip = locked - opening.opened_fen, usable + opening.opened_fen, skip - opening.skipped_fen
    assert (locked, usable + spent) == (0, granted)


@settings(max_examples=60)
@given(st.integers(1, 10**9), st.integers(100, 10_000))
def test_a_grant_is_open_after_the_visits_its_rate_says(granted: int, rate_bp: int) -> None:
    release, locked, visits = Release("per_visit", rate_bp=rate_bp), granted, 0
    most = -(-10_000 // rate_bp)
    while locked and visits < most:
        locked -= at_visit(release, Locked(granted, locked), 1, DAY).opened_fen
        visits += 1
    assert locked == 0


@pytest.mark.parametrize(
    ("release", "keys"),
    [
        (AT_ONCE, []),
        *((Release(kind), []) for kind in ("immediate", "periodic", "per_visit", "cap_per_bill")),
        (TENTH, []),
        (Release("periodic", 12, valid_months=12), []),
        (Release("periodic", 12, delay=1, valid_months=12), []),
        (Release("periodic", 12, delay=2, valid_months=12), ["valid_months"]),
        (Release("periodic", 30, "day", valid_months=1), ["valid_months"]),
        (Release("periodic", 29, "day", valid_months=1), []),
        (Release("periodic", 5, "week", valid_months=1), []),
        (Release("periodic", 6, "week", valid_months=1), ["valid_months"]),
        (Release("sometimes"), ["kind"]),
        (Release(valid_months=-1), ["valid_months"]),
        (Release(valid_months=1_201), ["valid_months"]),
        (Release("periodic", 0), ["parts"]),
        (Release("periodic", 1), []),
        (Release("periodic", 366), []),
        (Release("periodic", 367), ["parts"]),
        (Release("periodic", 0, "year", delay=-1, valid_months=-1), ["valid_months", "parts", "period", "delay"]),
        (Release("per_visit", rate_bp=0), ["rate_bp"]),
        (Release("per_visit", rate_bp=1), []),
        (Release("cap_per_bill", rate_bp=10_001), ["rate_bp"]),
        (Release("per_visit", rate_bp=10_000, min_bill_fen=-1), ["min_bill_fen"]),
    ],
)
def test_all_mistakes_of_a_release_are_told_at_once(release: Release, keys: list[str]) -> None:
    assert keys_of(mistakes(release)) == keys
