"""A slip that a new roll divided counts as one, and one that never went on does not count."""

from __future__ import annotations

from typing import Any

from tests.matrix.slips import HEAD, whole_slips

MARK = "重印 第2次"


def torn(*lines: str) -> dict[str, Any]:
    return {"ended": "torn", "text": "\n".join(lines)}


def cut(*lines: str) -> dict[str, Any]:
    return {"ended": "cut", "text": "\n".join(lines)}


def test_a_slip_that_goes_on_on_a_new_roll_is_one_wherever_it_was_torn() -> None:
    lines = (MARK, HEAD, "1-000041", "余额")
    for at in range(len(lines) + 1):
        assert whole_slips([torn(*lines[:at]), cut(*lines[at:])]) == ["\n".join(lines)]


def test_a_slip_that_two_new_rolls_divided_is_one() -> None:
    assert whole_slips([torn(HEAD), torn("1-000041"), cut("余额")]) == [f"{HEAD}\n1-000041\n余额"]


def test_a_piece_that_never_went_on_is_no_slip_and_no_part_of_the_next() -> None:
    lost = torn(HEAD, "1-000041")
    assert whole_slips([lost]) == []
    assert whole_slips([lost, cut(HEAD, "1-000042")]) == [f"{HEAD}\n1-000042"]
    assert whole_slips([lost, torn(HEAD), cut("1-000042")]) == [f"{HEAD}\n1-000042"]


def test_slips_cut_off_whole_stay_apart() -> None:
    assert whole_slips([cut(HEAD, "1-000041"), cut(HEAD, "1-000042")]) == [f"{HEAD}\n1-000041", f"{HEAD}\n1-000042"]
