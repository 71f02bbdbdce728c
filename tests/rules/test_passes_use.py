"""Using a pass: what stands against it, which units go first, and what was reserved at check-in."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.passes.sold import Freeze, HeldUnits, SoldPass, Take
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.passes.use import PassVisit, Settled, Use, after_use, settle, use, why_not
from terminal.rules.when import Window

AT = dt.datetime(2026, 11, 22, 15, 0)  # noqa: DTZ001 - the shop's civil time
DAY = AT.date()
TERMS = PassTerms("p", "session_pass", 1000_00, (PassPart(frozenset({"cut", "wash"}), 12, 0, 100_00),), valid_days=90)
EVEN, ODD = HeldUnits("even", 0, 11, 83_33), HeldUnits("odd", 0, 1, 83_37)
PASS = SoldPass(TERMS, 1000_00, "m1", starts_on=DAY, ends_on=DAY + dt.timedelta(days=89), units=(ODD, EVEN))
VISIT = PassVisit("m1", "cut", AT)
COURSE = SoldPass(
    PassTerms(
        "c",
        "course_pass",
        100_00,
        (PassPart(frozenset({"cut"}), 1, 0, 50_00), PassPart(frozenset({"care"}), 2, 0, 25_00)),
    ),
    100_00,
    "m1",
    starts_on=DAY,
    units=(HeldUnits("cuts", 0, 1, 50_00), HeldUnits("cares", 1, 2, 25_00)),
)
YEAR = SoldPass(
    PassTerms("y", "time_pass", 365_00, (PassPart(frozenset({"spa"})),), valid_days=365, daily_limit=1),
    365_00,
    "m1",
    starts_on=DAY,
    ends_on=DAY + dt.timedelta(days=364),
    units=(HeldUnits("days", 0, 365, 1_00),),
)


def on(days: int, visit: PassVisit = VISIT) -> PassVisit:
    return replace(visit, at=AT + dt.timedelta(days=days))


@pytest.mark.parametrize(
    ("sold", "visit", "code", "values"),
    [
        (PASS, replace(VISIT, count=0), "session_count_bad", {"most": 9999}),
        (PASS, replace(VISIT, count=10_000), "session_count_bad", {"most": 9999}),
        (PASS, replace(VISIT, member="m2", item="spa"), "pass_not_holder", {}),
        (replace(PASS, sharers=frozenset({"m2"})), replace(VISIT, member="m3"), "pass_not_holder", {}),
        (PASS, replace(VISIT, item="spa"), "pass_wrong_service", {}),
        (replace(PASS, terms=replace(TERMS, stores=frozenset({"north"}))), VISIT, "pass_wrong_store", {}),
        (PASS, on(-1), "pass_not_started", {"starts_on": "2026-11-22"}),
        (replace(PASS, freezes=(Freeze(DAY, DAY),)), VISIT, "pass_frozen", {"until": "2026-11-22"}),
        (PASS, on(90), "pass_expired", {"ended_on": "2027-02-19"}),
        (replace(PASS, terms=replace(TERMS, window=Window(to_minute=900))), VISIT, "pass_wrong_time", {}),
        (
            replace(PASS, terms=replace(TERMS, daily_limit=2), used_today=1),
            replace(VISIT, count=2),
            "pass_daily_limit",
            {"limit": 2},
        ),
        (PASS, replace(VISIT, count=13), "pass_used_up", {"left": 12}),
        (PASS, replace(VISIT, count=9_999), "pass_used_up", {"left": 12}),
        (COURSE, replace(VISIT, count=2), "pass_used_up", {"left": 1}),
        (replace(YEAR, used_today=1), replace(VISIT, item="spa"), "pass_daily_limit", {"limit": 1}),
    ],
)
def test_one_reason_is_told_for_a_pass_that_may_not_be_used(
    sold: SoldPass, visit: PassVisit, code: str, values: dict[str, object]
) -> None:
    trouble = why_not(sold, visit)
    assert trouble is not None
    assert (trouble.code, trouble.values) == (code, values)
    with pytest.raises(Refusal, match=rf"^{code}\b"):
        use(sold, visit)


@pytest.mark.parametrize(
    ("sold", "visit"),
    [
        (PASS, VISIT),
        (PASS, on(89)),
        (PASS, replace(VISIT, item="wash", count=12)),
        (replace(PASS, sharers=frozenset({"m2"})), replace(VISIT, member="m2")),
        (replace(PASS, terms=replace(TERMS, stores=frozenset({"north"}))), replace(VISIT, store="north")),
        (replace(PASS, freezes=(Freeze(DAY, DAY),)), on(1)),
        (replace(PASS, terms=replace(TERMS, daily_limit=2), used_today=1), VISIT),
        (COURSE, on(10_000)),
        (YEAR, replace(VISIT, item="spa")),
    ],
)
def test_a_pass_may_be_used_by_its_people_in_its_days(sold: SoldPass, visit: PassVisit) -> None:
    assert why_not(sold, visit) is None
    assert use(sold, visit).count == visit.count


def test_the_even_units_go_first_and_the_rest_last() -> None:
    assert use(PASS, replace(VISIT, count=11)).taken == (Take("even", 11),)
    assert use(PASS, replace(VISIT, count=12)).taken == (Take("even", 11), Take("odd", 1))
    gift = HeldUnits("gift", 0, 3, 0)
    assert use(replace(PASS, units=(gift, ODD)), replace(VISIT, count=2)).taken == (Take("odd", 1), Take("gift", 1))


def test_a_course_takes_the_units_of_its_service() -> None:
    assert use(COURSE, replace(VISIT, item="care", count=2)).taken == (Take("cares", 2),)


def test_showing_a_time_pass_takes_no_unit() -> None:
    shown = use(YEAR, replace(VISIT, item="spa"))
    assert shown.taken == ()
    assert why_not(after_use(YEAR, shown), replace(VISIT, item="spa")) is not None


def test_the_first_use_sets_the_dates() -> None:
    waiting = replace(PASS, terms=replace(TERMS, valid_from="first_use"), starts_on=None, ends_on=None)
    begun = use(waiting, on(200))
    assert (begun.starts_on, begun.ends_on) == (dt.date(2027, 6, 10), dt.date(2027, 9, 7))
    going = after_use(waiting, begun)
    assert (going.starts_on, going.ends_on, going.used_today) == (begun.starts_on, begun.ends_on, 1)
    later = use(going, on(201))
    assert (later.starts_on, later.ends_on) == (begun.starts_on, begun.ends_on)
    imported = replace(PASS, starts_on=None, ends_on=None)
    assert use(imported, VISIT).starts_on is None


def test_after_midnight_the_business_day_counts_and_the_hours_are_those_of_the_clock() -> None:
    night = replace(VISIT, at=dt.datetime(2027, 2, 20, 0, 30), day=dt.date(2027, 2, 19))  # noqa: DTZ001 - civil time
    assert why_not(PASS, night) is None
    frozen = why_not(replace(PASS, freezes=(Freeze(dt.date(2027, 2, 19), dt.date(2027, 2, 19)),)), night)
    assert frozen is not None
    assert frozen.code == "pass_frozen"
    early = replace(PASS, terms=replace(TERMS, window=Window(to_minute=30)))
    closed = why_not(early, night)
    assert closed is not None
    assert closed.code == "pass_wrong_time"
    waiting = replace(PASS, terms=replace(TERMS, valid_from="first_use"), starts_on=None, ends_on=None)
    assert use(waiting, night).starts_on == dt.date(2027, 2, 19)


def test_a_second_line_of_the_bill_finds_what_the_first_left() -> None:
    limited = replace(PASS, terms=replace(TERMS, daily_limit=12))
    rest = after_use(limited, use(limited, replace(VISIT, count=11)))
    assert use(rest, VISIT).taken == (Take("odd", 1),)
    assert after_use(rest, use(rest, VISIT)).left_for("cut") == 0
    trouble = why_not(rest, replace(VISIT, count=2))
    assert trouble is not None
    assert trouble.code == "pass_daily_limit"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, Settled((Take("even", 2), Take("odd", 1)), ())),
        (2, Settled((Take("even", 2),), (Take("odd", 1),))),
        (1, Settled((Take("even", 1),), (Take("even", 1), Take("odd", 1)))),
        (0, Settled((), (Take("even", 2), Take("odd", 1)))),
    ],
)
def test_what_was_reserved_is_used_or_free_again(count: int, expected: Settled) -> None:
    reserved = Use(3, (Take("even", 2), Take("odd", 1)), DAY, None)
    assert settle(reserved, count) == expected


@pytest.mark.parametrize("count", [-1, 4])
def test_no_more_is_settled_than_was_reserved(count: int) -> None:
    with pytest.raises(Refusal) as caught:
        settle(Use(3, (Take("even", 3),), DAY, None), count)
    assert (caught.value.code, caught.value.values) == ("session_not_reserved", {"reserved": 3})


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=4), st.data())
def test_no_use_takes_a_pass_below_zero_and_every_unit_goes_once(
    shapes: list[tuple[int, int]], choice: st.DataObject
) -> None:
    units = tuple(HeldUnits(f"b{place}", 0, amount, fen) for place, (amount, fen) in enumerate(shapes))
    sold = replace(PASS, units=units)
    total = sold.left_for("cut")
    for count in choice.draw(st.lists(st.integers(1, 5), max_size=6)):
        left = sold.left_for("cut")
        visit = replace(VISIT, count=count)
        if why_not(sold, visit) is not None:
            assert count > left
            continue
        used = use(sold, visit)
        assert sum(take.amount for take in used.taken) == count
        settled = settle(used, choice.draw(st.integers(0, count)))
        assert sum(take.amount for take in (*settled.used, *settled.released)) == count
        sold = after_use(sold, used)
        assert sold.left_for("cut") == left - count
    assert min(held.amount for held in sold.units) >= 0
    assert sold.left_for("cut") + sold.used_today == total
