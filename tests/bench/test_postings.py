"""Which of a posting's figures have a limit."""

from __future__ import annotations

from bench.figures import INFO, MISSED
from bench.postings import SYNC_COUNTS_MS, ratio_figure

TWICE_AS_SLOW = {"raw_ms": [1.0] * 9, "ours_ms": [2.0] * 9}


def test_the_ratio_of_a_posting_is_held_where_a_sync_costs_something() -> None:
    figure = ratio_figure("posting", **TWICE_AS_SLOW, sync_ms=[SYNC_COUNTS_MS] * 9, held=True)
    assert (figure.value, figure.verdict) == (0.5, MISSED)


def test_the_ratio_is_only_told_where_a_sync_costs_little() -> None:
    figure = ratio_figure("posting", **TWICE_AS_SLOW, sync_ms=[SYNC_COUNTS_MS / 2] * 9, held=True)
    assert (figure.value, figure.verdict, figure.limit) == (0.5, INFO, None)
    assert "no limit here" in figure.note


def test_the_ratio_of_a_posting_with_its_receipt_is_only_told() -> None:
    figure = ratio_figure("posting with receipt", **TWICE_AS_SLOW, sync_ms=[SYNC_COUNTS_MS] * 9, held=False)
    assert (figure.value, figure.verdict, figure.limit, figure.note) == (0.5, INFO, None, "")
