"""Figures and how they are judged: a value, how sure it is, its limit, and one line of a table."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

RESAMPLES = 400
# A figure measured once (an import, a memory reading) misses its limit clearly when it is this much beyond it.
ONCE_TOLERANCE = 0.10
OK, NEAR, MISSED, INFO = "ok", "near", "MISSED", ""

Statistic = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `low` and `high` are the ends of what the value may well be (95 %).

    `limit` is the most allowed, or the least where `at_least`; None for a figure that is only told.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return `ok`, `near` (beyond the limit, but not surely), `MISSED` (surely beyond), or nothing."""
        if self.limit is None:
            return INFO
        sign = -1 if self.at_least else 1
        if sign * self.value <= sign * self.limit:
            return OK
        best = self.high if self.at_least else self.low
        return NEAR if sign * best <= sign * self.limit else MISSED


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` of the sorted values lie, interpolated."""
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def p99(values: Sequence[float]) -> float:
    """Return the value 99 of 100 stay below."""
    return quantile(values, 0.99)


def sampled(
    name: str,
    values: Sequence[float],
    unit: str,
    *,
    of: Statistic = median,
    limit: float | None = None,
    at_least: bool = False,
    note: str = "",
) -> Figure:
    """Return the figure of a statistic over samples, with its bootstrap interval."""
    draw = random.Random(len(values))
    again = [of(draw.choices(values, k=len(values))) for _ in range(RESAMPLES)]
    return Figure(name, of(values), unit, quantile(again, 0.025), quantile(again, 0.975), limit, at_least, note)


def compared(
    name: str, values: Sequence[float], others: Sequence[float], *, limit: float, at_least: bool = False, note: str = ""
) -> Figure:
    """Return the ratio of two medians as a figure, with its bootstrap interval."""
    draw = random.Random(len(values))
    again = [
        median(draw.choices(values, k=len(values))) / median(draw.choices(others, k=len(others)))
        for _ in range(RESAMPLES)
    ]
    ratio = median(values) / median(others)
    return Figure(name, ratio, "x", quantile(again, 0.025), quantile(again, 0.975), limit, at_least, note)


def once(name: str, value: float, unit: str, *, limit: float | None = None, note: str = "") -> Figure:
    """Return a figure that was measured a single time."""
    near = ONCE_TOLERANCE * abs(value) if limit is not None else 0.0
    return Figure(name, value, unit, value - near, value + near, limit, note=note)


def spread(values: Sequence[float], unit: str) -> str:
    """Return the lower quartile, upper quartile and extremes of samples as a note."""
    ends = [quantile(values, part) for part in (0.25, 0.75, 0.0, 1.0)]
    low, high, least, most = (number(end) for end in ends)
    return f"half of {len(values)} in {low}..{high}, all in {least}..{most} {unit}"


def number(value: float) -> str:
    """Return a value with about three digits."""
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
        if size >= 1
        else f"{value:.3f}"
    )


def table(title: str, figures: Sequence[Figure]) -> str:
    """Return the figures of one piece as lines of text."""
    width = max(len(figure.name) for figure in figures)
    return "\n".join([title, *(_line(figure, width) for figure in figures)])


def _line(figure: Figure, width: int) -> str:
    value = f"{number(figure.value)} {figure.unit}"
    limit = "" if figure.limit is None else f"{'≥' if figure.at_least else '≤'} {number(figure.limit)} {figure.unit}"
    return f"  {figure.name:<{width}}  {value:>12}  {limit:>12}  {figure.verdict:<6}  {figure.note}".rstrip()
