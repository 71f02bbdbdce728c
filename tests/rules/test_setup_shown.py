"""What a person reads of a changed rule, and what a file of JSON says where TOML would have a type of its own."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from terminal.rules.prices.basket import LevelPrice, PriceRules
from terminal.rules.setup.changes import Change, changes, summary
from terminal.rules.setup.fields import format_window
from terminal.rules.setup.reader import Reader
from terminal.rules.when import ALWAYS, Window


@dataclasses.dataclass(frozen=True, slots=True)
class Until:
    """A rule that ends on a day, or never."""

    name: str
    last: dt.date | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Mixed:
    """A field that could be two things, which no file tells apart."""

    either: int | str


def read(given: dict[str, object]) -> tuple[object, list[tuple[str, str]]]:
    reader = Reader()
    made = reader.table(Until, given, "")
    return made, [(each.key, each.code) for each in reader.mistakes]


def test_a_day_that_is_a_text_is_read_as_the_day() -> None:
    assert read({"name": "a", "last": "2026-12-01"}) == (Until("a", dt.date(2026, 12, 1)), [])


@pytest.mark.parametrize("day", ["20261201", "2026-W49-2", "2026-02-30", "1.12.2026", ""])
def test_a_day_is_written_in_one_way_only(day: str) -> None:
    assert read({"name": "a", "last": day})[1] == [("last", "setup_not_date")]


def test_what_ends_now_and_never_ended_before_is_told_with_a_dash() -> None:
    ending = Until("a", dt.date(2026, 12, 1))
    assert list(changes(Until("a"), ending)) == [Change("last", "-", "2026-12-01")]
    assert list(changes(ending, Until("a"))) == [Change("last", "2026-12-01", "-")]


def test_tables_in_a_list_are_told_one_by_one_each_in_braces() -> None:
    rules = PriceRules(levels=(LevelPrice("gold", 8_800), LevelPrice("silver", 9_500)))
    assert summary(rules) == "levels [{level gold, rate 88%}, {level silver, rate 95%}]"


def test_a_field_of_two_types_is_no_form() -> None:
    with pytest.raises(TypeError, match="either"):
        Reader().table(Mixed, {"either": 1}, "")


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (ALWAYS, "always"),
        (Window(dt.date(2026, 12, 1)), "2026-12-01.."),
        (Window(last=dt.date(2026, 12, 31)), "..2026-12-31"),
        (Window(weekdays=frozenset({7, 1})), "weekdays 1,7"),
        (Window(from_minute=9 * 60 + 30), "09:30-24:00"),
        (Window(to_minute=12 * 60), "00:00-12:00"),
        (Window(dt.date(2026, 1, 1), None, frozenset({5}), 60, 120), "2026-01-01.. weekdays 5 01:00-02:00"),
    ],
)
def test_a_window_tells_what_it_limits_and_nothing_else(window: Window, words: str) -> None:
    assert format_window(window) == words
