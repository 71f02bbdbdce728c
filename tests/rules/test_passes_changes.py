"""Pauses that move the end, extensions, sharing and another holder."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.passes.changes import Extended, extend, freeze, resume, share, transfer, unshare
from terminal.rules.passes.sold import Freeze, SoldPass
from terminal.rules.passes.terms import FreezeRules, PassPart, PassTerms

START = dt.date(2026, 1, 1)
TERMS = PassTerms(
    "p", "session_pass", 100_00, (PassPart(frozenset({"cut"}), 10, 0, 20_00),), valid_days=90, freeze=FreezeRules(2, 30)
)
YEAR = replace(TERMS, kind="time_pass", parts=(PassPart(frozenset({"spa"})),))


def day(number: int) -> dt.date:
    """Return the day of validity with this number, 1 the first."""
    return START + dt.timedelta(days=number - 1)


PASS = SoldPass(TERMS, 100_00, "m1", starts_on=START, ends_on=day(90))


def test_a_pause_moves_the_end_by_its_days() -> None:
    paused = freeze(PASS, day(10), day(19), day(5))
    assert (paused.freezes, paused.ends_on) == ((Freeze(day(10), day(19)),), day(100))
    again = freeze(paused, day(100), day(119), day(20))
    assert again.ends_on == day(120)
    assert [again.days_done(day(number)) for number in (9, 10, 19, 20, 99, 110, 119, 120, 500)] == [
        *(9, 9, 9, 10, 89, 89, 89, 90, 90)
    ]


@pytest.mark.parametrize(
    ("sold", "first", "last", "today", "code"),
    [
        (replace(PASS, terms=replace(TERMS, freeze=FreezeRules())), 1, 2, 1, "pass_freeze_off"),
        (PASS, 1, 2, 2, "pass_freeze_dates"),
        (PASS, 3, 2, 1, "pass_freeze_dates"),
        (replace(PASS, starts_on=None, ends_on=None), 1, 2, 1, "pass_freeze_needless"),
        (replace(PASS, ends_on=None), 1, 2, 1, "pass_freeze_needless"),
        (PASS, 0, 2, 0, "pass_not_started"),
        (PASS, 91, 92, 1, "pass_expired"),
        (replace(PASS, freezes=(Freeze(day(5), day(6)),)), 6, 7, 1, "pass_freeze_overlaps"),
        (replace(PASS, freezes=(Freeze(day(5), day(6)),)), 4, 5, 1, "pass_freeze_overlaps"),
        (replace(PASS, freezes=(Freeze(day(5), day(5)), Freeze(day(7), day(7)))), 6, 6, 1, "pass_freeze_times"),
        (replace(PASS, freezes=(Freeze(day(5), day(6)),)), 7, 35, 1, "pass_freeze_days"),
    ],
)
def test_a_pause_against_the_terms_is_refused(sold: SoldPass, first: int, last: int, today: int, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        freeze(sold, day(first), day(last), day(today))
    assert caught.value.code == code
    assert caught.value.values.get("left", 28) == 28


def test_a_pause_of_all_days_allowed_on_the_last_day_is_good() -> None:
    assert freeze(PASS, day(90), day(119), day(90)).ends_on == day(120)
    assert freeze(PASS, day(1), day(1), day(1)).ends_on == day(91)


def test_a_pause_ended_early_counts_for_the_days_it_took() -> None:
    paused = freeze(PASS, day(10), day(19), day(5))
    back = resume(paused, day(15))
    assert (back.freezes, back.ends_on) == ((Freeze(day(10), day(14)),), day(95))
    assert back.frozen_on(day(15)) is None
    last = resume(paused, day(19))
    assert (last.freezes, last.ends_on) == ((Freeze(day(10), day(18)),), day(99))
    assert resume(paused, day(10)) == PASS
    assert resume(paused, day(5)) == PASS


def test_ending_a_pause_takes_out_those_planned_behind_it() -> None:
    paused = freeze(freeze(PASS, day(85), day(94), day(1)), day(96), day(97), day(1))
    assert resume(paused, day(90)).ends_on == day(95)
    gone = freeze(freeze(PASS, day(5), day(6), day(1)), day(20), day(21), day(7))
    assert resume(gone, day(7)) == freeze(PASS, day(5), day(6), day(1))


@pytest.mark.parametrize("sold", [PASS, replace(PASS, ends_on=None, freezes=(Freeze(day(1), day(2)),))])
def test_what_is_not_paused_cannot_be_resumed(sold: SoldPass) -> None:
    with pytest.raises(Refusal, match=r"^pass_not_frozen\b"):
        resume(sold, day(2))


def test_a_pause_that_is_over_cannot_be_ended_again() -> None:
    with pytest.raises(Refusal, match=r"^pass_not_frozen\b"):
        resume(freeze(PASS, day(5), day(6), day(1)), day(7))


def test_an_extension_gives_a_later_end_also_to_a_pass_that_ended() -> None:
    assert extend(PASS, day(100), day(90)) == Extended(replace(PASS, ends_on=day(100)), 0)
    assert extend(PASS, day(91), day(1)).sold.ends_on == day(91)
    assert extend(PASS, day(90 + 36_500), day(1)).sold.ends_on == day(90 + 36_500)
    assert extend(PASS, day(300), day(300)).sold.ends_on == day(300)
    timed = replace(PASS, terms=YEAR)
    assert extend(timed, day(100), day(1)) == Extended(replace(timed, ends_on=day(100)), 10)


@pytest.mark.parametrize(
    ("sold", "until", "today", "code"),
    [
        (replace(PASS, ends_on=None), day(100), day(1), "pass_extension_needless"),
        (PASS, day(90), day(1), "pass_extension_bad"),
        (PASS, day(100), day(101), "pass_extension_bad"),
        (PASS, day(90 + 36_501), day(1), "pass_extension_bad"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(sold: SoldPass, until: dt.date, today: dt.date, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        extend(sold, until, today)
    assert caught.value.code == code


def test_a_pass_is_shared_with_so_many_persons() -> None:
    family = replace(PASS, terms=replace(TERMS, sharers=2))
    both = share(share(family, "m2"), "m3")
    assert both.sharers == {"m2", "m3"}
    for person, code in (("m1", "pass_shared_already"), ("m2", "pass_shared_already"), ("m4", "pass_share_full")):
        with pytest.raises(Refusal, match=rf"^{code}\b"):
            share(both, person)
    assert unshare(both, "m2").sharers == {"m3"}
    with pytest.raises(Refusal, match=r"^pass_not_shared\b"):
        unshare(both, "m4")
    with pytest.raises(Refusal, match=r"^pass_share_full\b"):
        share(PASS, "m2")


def test_a_pass_goes_to_another_holder_unless_its_terms_forbid_it() -> None:
    family = replace(PASS, terms=replace(TERMS, sharers=2), sharers=frozenset({"m2", "m3"}))
    moved = transfer(family, "m2")
    assert (moved.holder, moved.sharers) == ("m2", frozenset())
    with pytest.raises(Refusal, match=r"^pass_same_holder\b"):
        transfer(family, "m1")
    with pytest.raises(Refusal, match=r"^pass_not_transferable\b"):
        transfer(replace(PASS, terms=replace(TERMS, transferable=False)), "m2")


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_after_any_pauses_the_days_of_use_are_those_of_the_terms(deeds: list[tuple[bool, int, int, int]]) -> None:
    sold, today = replace(PASS, terms=replace(TERMS, freeze=FreezeRules(9, 90))), START
    for pausing, later, ahead, length in deeds:
        today += dt.timedelta(days=later)
        first = today + dt.timedelta(days=ahead)
        try:
            sold = freeze(sold, first, first + dt.timedelta(days=length), today) if pausing else resume(sold, today)
        except Refusal:
            continue
        assert sold.starts_on is not None
        assert sold.ends_on is not None
        assert sold.days_done(sold.ends_on) == 90
        usable = [sold.frozen_on(sold.starts_on + dt.timedelta(days=each)) is None for each in range(400)]
        assert sum(usable[: (sold.ends_on - sold.starts_on).days + 1]) == 90
        assert sum(each.days for each in sold.freezes) <= 90
