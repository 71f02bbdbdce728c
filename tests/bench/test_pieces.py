"""Each piece of the bench runs on a small scale and gives figures that can be true."""

from __future__ import annotations

import argparse
import importlib
import math
import pathlib

import pytest

from bench.__main__ import PIECES, main, scale_of
from bench.scale import QUICK, WHOLE, Scale

TINY = Scale(
    members=300,
    taps=3,
    starts=1,
    postings=6,
    cards=2_000,
    sales=3,
    look_ups=30,
    checks=5,
    many_taps=30,
    replugs=5,
    restarts=3,
    board_taps=5,
    board_replugs=3,
    scans=30,
    scanner_replugs=5,
    faults=3,
    entries=40,
    book_members=30,
    book_entries=300,
    small_members=10,
    small_entries=100,
    bills=3,
)
IN_CHROMIUM = ("glass", "memory")


@pytest.mark.slow
@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.browser] if name in IN_CHROMIUM else []) for name in PIECES]
)
def test_a_piece_gives_figures_that_can_be_true(name: str, tmp_path: pathlib.Path) -> None:
    figures = importlib.import_module(f"bench.{name}").measure(tmp_path, TINY)
    assert figures
    assert len({figure.name for figure in figures}) == len(figures)
    for figure in figures:
        assert math.isfinite(figure.value), figure
        assert figure.low <= figure.value <= figure.high, figure
        # A stretch of time or a size is never nothing; what is counted may be, and what ours costs beside another, or
        # leaves behind.
        counted = not figure.unit or " beside " in figure.name or " added by " in figure.name
        assert figure.value > 0 or counted, figure


def test_an_unknown_piece_is_wrong_usage(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nothing", "--data", str(tmp_path)])
    assert ended.value.code == 2
    assert "nothing" in capsys.readouterr().err


def test_a_smaller_book_has_as_many_entries_a_member_in_both_its_shops() -> None:
    scale = scale_of(argparse.Namespace(quick=False, entries=2_000_000))
    assert (scale.book_members, scale.book_entries) == (WHOLE.book_members, 2_000_000)
    assert (scale.small_members, scale.small_entries) == (WHOLE.small_members, 20_000)
    assert scale_of(argparse.Namespace(quick=True, entries=0)) == QUICK
