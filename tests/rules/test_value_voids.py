"""When a top-up may be voided, and every reason why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.value.voids import REACHES, Piece, ToppedUp, Voiding, check, mistakes, reasons
from tests.told import keys as keys_of

DAY = dt.date(2026, 11, 28)
ASSETS = ("principal", "bonus", "points", "coupon", "pass", "refund_right")
UNTOUCHED = ToppedUp("shift", DAY, tuple(Piece(asset, 100, 100) for asset in ASSETS))
CASHIER = Voiding("shift", DAY, allowed=True)
LATER = replace(CASHIER, shift="next")
TOMORROW = replace(LATER, day=dt.date(2026, 11, 29))


def used(asset: str, piece: Piece) -> ToppedUp:
    """Return the top-up with something else of one asset."""
    return replace(UNTOUCHED, pieces=tuple(piece if each.asset == asset else each for each in UNTOUCHED.pieces))


def test_an_untouched_top_up_of_the_shift_may_be_voided() -> None:
    assert reasons(UNTOUCHED, CASHIER) == ()
    check(UNTOUCHED, CASHIER)


@pytest.mark.parametrize("asset", ASSETS)
@pytest.mark.parametrize(
    ("here", "on_hold", "elsewhere", "codes"),
    [
        (99, 0, 0, ("void_used",)),
        (0, 0, 0, ("void_used",)),
        (99, 1, 0, ("void_on_hold",)),
        (99, 0, 1, ("void_elsewhere",)),
        (98, 1, 1, ("void_on_hold", "void_elsewhere")),
        (97, 1, 1, ("void_used", "void_on_hold", "void_elsewhere")),
        # Points of other purchases in the same bucket: as many as were given are there.
        (150, 20, 30, ()),
        (100, 5, 0, ()),
    ],
)
def test_nothing_of_it_may_be_used_held_or_elsewhere(
    asset: str, here: int, on_hold: int, elsewhere: int, codes: tuple[str, ...]
) -> None:
    assert reasons(used(asset, Piece(asset, 100, here, on_hold, elsewhere)), CASHIER) == codes


@pytest.mark.parametrize(
    ("by", "reach", "codes"),
    [
        (CASHIER, "shift", ()),
        (LATER, "shift", ("void_shift_over",)),
        (TOMORROW, "shift", ("void_shift_over",)),
        (CASHIER, "business_day", ()),
        (LATER, "business_day", ()),
        (TOMORROW, "business_day", ("void_day_over",)),
        # The shift that works past the cutover is still the same one.
        (replace(TOMORROW, shift="shift"), "business_day", ()),
        # A clock turned back makes no earlier day the same one.
        (replace(LATER, day=dt.date(2026, 11, 27)), "business_day", ("void_day_over",)),
    ],
)
def test_a_void_reaches_back_to_the_shift_or_the_business_day(by: Voiding, reach: str, codes: tuple[str, ...]) -> None:
    assert reasons(UNTOUCHED, replace(by, reach=reach)) == codes


def test_all_reasons_are_told_and_the_first_is_refused_with() -> None:
    top_up, by = used("bonus", Piece("bonus", 100, 50, 10, 10)), replace(LATER, allowed=False)
    codes = ("void_no_right", "void_used", "void_shift_over", "void_on_hold", "void_elsewhere")
    assert reasons(top_up, by) == codes
    for code, who in (("void_no_right", by), ("void_used", LATER)):
        with pytest.raises(Refusal) as caught:
            check(top_up, who)
        assert (caught.value.code, caught.value.values) == (code, {})


def test_a_piece_of_which_nothing_else_is_said_is_nowhere_else() -> None:
    assert reasons(used("bonus", Piece("bonus", 100, 99)), CASHIER) == ("void_used",)


def test_what_was_voided_is_not_voided_again() -> None:
    assert reasons(replace(used("bonus", Piece("bonus", 100, 0)), voided=True), LATER) == ("void_done",)


PIECES = st.builds(Piece, st.sampled_from(ASSETS), *[st.integers(0, 5)] * 4)


@settings(max_examples=50)
@given(st.lists(PIECES, max_size=4), st.sampled_from(REACHES))
def test_it_may_be_voided_exactly_when_all_it_made_is_here_and_free(pieces: list[Piece], reach: str) -> None:
    found = reasons(ToppedUp("shift", DAY, tuple(pieces)), replace(CASHIER, reach=reach))
    assert (found == ()) is all(piece.here >= piece.made for piece in pieces)


def test_an_unknown_reach_is_a_mistake() -> None:
    assert [mistakes(reach) for reach in ("shift", "business_day")] == [[], []]
    assert keys_of(mistakes("year")) == ["void_reach"]
