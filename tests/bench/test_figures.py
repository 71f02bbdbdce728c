"""A figure is judged by its limit and by how sure it is."""

from __future__ import annotations

import pytest

from bench.figures import INFO, MISSED, NEAR, OK, Figure, compared, median, once, p99, quantile, sampled, table


@pytest.mark.parametrize(
    ("value", "low", "high", "limit", "at_least", "verdict"),
    [
        (10, 9, 12, 10, False, OK),
        (11, 9, 12, 10, False, NEAR),
        (11, 10.5, 12, 10, False, MISSED),
        (0.8, 0.7, 0.9, 0.8, True, OK),
        (0.75, 0.7, 0.85, 0.8, True, NEAR),
        (0.75, 0.7, 0.79, 0.8, True, MISSED),
        (999, 998, 1000, None, False, INFO),
    ],
)
def test_only_what_is_surely_beyond_its_limit_is_missed(
    value: float, low: float, high: float, limit: float | None, at_least: bool, verdict: str
) -> None:
    assert Figure("x", value, "ms", low, high, limit, at_least).verdict == verdict


def test_quantiles_are_interpolated_between_the_sorted_values() -> None:
    values = [40.0, 10.0, 30.0, 20.0]
    assert quantile(values, 0.0) == 10.0
    assert quantile(values, 0.5) == median(values) == 25.0
    assert quantile(values, 1.0) == 40.0
    assert p99(list(map(float, range(101)))) == 99.0


def test_the_interval_of_a_sampled_figure_holds_its_value() -> None:
    figure = sampled("tap", [float(value) for value in range(50)], "ms", limit=30.0)
    assert figure.low < figure.value == 24.5 < figure.high
    assert figure.verdict == OK


def test_a_ratio_divides_the_medians_of_the_two_samples() -> None:
    figure = compared("many / few", [12.0, 12.0, 12.0], [10.0, 10.0, 10.0], limit=1.2)
    assert figure.value == pytest.approx(1.2)
    assert figure.verdict == OK


def test_a_figure_measured_once_has_a_tenth_of_tolerance() -> None:
    less = once("files left behind", -1.0, "files", limit=0.0)
    assert less.low < less.value < less.high
    assert once("import", 65.0, "s", limit=60.0).verdict == NEAR
    assert once("import", 67.0, "s", limit=60.0).verdict == MISSED


def test_the_table_shows_each_value_beside_its_limit() -> None:
    lines = table("title", [once("import", 45.0, "s", limit=60.0), once("rate", 2222.0, "/s")]).splitlines()
    assert lines[0] == "title"
    assert lines[1].split() == ["import", "45.0", "s", "≤", "60.0", "s", "ok"]
    assert lines[2].split() == ["rate", "2,222", "/s"]
