"""Rules are read from a file as people write them, stored, read again the same, and compared line by line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import tomllib

import pytest

from terminal.rules.mistake import Mistake
from terminal.rules.prices.basket import BillPromotion, LevelPrice, PriceRules
from terminal.rules.rates import format_rate, parse_rate
from terminal.rules.scope import Scope
from terminal.rules.setup.changes import Change, changes, summary
from terminal.rules.setup.fields import fields_of
from terminal.rules.setup.reader import Reader
from terminal.rules.setup.stored import from_plain, plain
from terminal.rules.when import ALWAYS, Window

FILE = """
round_off_unit = "0.10"
[[levels]]
level = "gold"
rate = "8.8折"
scope = {kinds = ["service"]}
[[bill_promotions]]
id = "400-40"
threshold = "400"
off = "￥40"
each_multiple = true
window = {weekdays = [1, 2], hours = "22:00-02:00", from = 2026-12-01}
"""
WHOLE = 'name = ""\ncount = 1\nprice = "1"\non = true\n'
RULES = PriceRules(
    levels=(LevelPrice("gold", 8_800, Scope(kinds=frozenset({"service"}))),),
    bill_promotions=(
        BillPromotion(
            "400-40",
            400_00,
            40_00,
            each_multiple=True,
            window=Window(dt.date(2026, 12, 1), None, frozenset({1, 2}), 22 * 60, 2 * 60),
        ),
    ),
    round_off_unit_fen=10,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Thing:
    """A value with every form a field may have."""

    name: str
    count: int
    price_fen: int
    on: bool
    day: dt.date | None = None
    numbers: tuple[int, ...] = ()
    when: Window = ALWAYS
    rules: tuple[LevelPrice, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Clashing:
    """Two fields that a file would call the same."""

    step: int
    step_fen: int


@dataclasses.dataclass(frozen=True, slots=True)
class Formless:
    """A field that no file could hold."""

    anything: object


def read(kind: type[object], text: str) -> tuple[object, list[Mistake]]:
    reader = Reader()
    return reader.table(kind, tomllib.loads(text), ""), reader.mistakes


def test_amounts_rates_windows_and_lists_are_read_as_people_write_them() -> None:
    rules, mistakes = read(PriceRules, FILE)
    assert mistakes == []
    assert rules == RULES


def test_a_name_that_two_fields_would_share_is_no_form() -> None:
    with pytest.raises(TypeError, match="one key"):
        fields_of(Clashing)


def test_a_field_that_cannot_be_written_is_no_form() -> None:
    with pytest.raises(TypeError, match="anything"):
        fields_of(Formless)


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ('name = "a"', "count", "setup_missing"),
        ('name = ""\ncount = 1\nprice = "x"\non = true', "price", "setup_not_amount"),
        ('name = ""\ncount = 1\nprice = 3\non = true', "price", "setup_not_amount"),
        ('name = ""\ncount = 1\nprice = "-1"\non = true', "price", "setup_not_amount"),
        ('name = 1\ncount = 1\nprice = "1"\non = true', "name", "setup_not_text"),
        ('name = "a\\nb"\ncount = 1\nprice = "1"\non = true', "name", "setup_not_text"),
        ('name = ""\ncount = "1"\nprice = "1"\non = true', "count", "setup_not_count"),
        ('name = ""\ncount = true\nprice = "1"\non = true', "count", "setup_not_count"),
        ('name = ""\ncount = 1\nprice = "1"\non = 1', "on", "setup_not_flag"),
        (WHOLE + 'day = "1.1.2026"', "day", "setup_not_date"),
        (WHOLE + 'day = "20260101"', "day", "setup_not_date"),
        (WHOLE + "day = 2026-01-01T10:00:00", "day", "setup_not_date"),
        (WHOLE + "numbers = 3", "numbers", "setup_not_list"),
        (WHOLE + 'numbers = [1, "2"]', "numbers[1]", "setup_not_count"),
        (WHOLE + "when = 3", "when", "setup_not_table"),
        (WHOLE + "when = {hour = 3}", "when.hour", "setup_unknown_key"),
        (
            WHOLE + "when = {weekdays = [8]}",
            "when.weekdays",
            "setup_not_weekdays",
        ),
        (WHOLE + "when = {weekdays = []}", "when.weekdays", "setup_not_weekdays"),
        (WHOLE + 'when = {hours = "9-10"}', "when.hours", "setup_not_hours"),
        (
            WHOLE + 'when = {hours = "09:00-09:00"}',
            "when.hours",
            "setup_not_hours",
        ),
        (
            WHOLE + 'when = {hours = "09:60-10:00"}',
            "when.hours",
            "setup_not_hours",
        ),
        (
            WHOLE + "when = {from = 2026-02-01, to = 2026-01-01}",
            "when.to",
            "setup_ends_first",
        ),
        (WHOLE + "rules = [3]", "rules[0]", "setup_not_table"),
        (WHOLE + "rules = 3", "rules", "setup_not_list"),
        (
            WHOLE + 'rules = [{level = "a", rate = "90"}]',
            "rules[0].rate",
            "setup_not_rate",
        ),
        (WHOLE + 'level = "a"', "level", "setup_unknown_key"),
    ],
)
def test_each_mistake_is_named_with_its_key_and_nothing_is_made(text: str, key: str, code: str) -> None:
    made, mistakes = read(Thing, text)
    assert made is None
    assert (key, code) in [(mistake.key, mistake.code) for mistake in mistakes]
    if code != "setup_missing":
        assert len(mistakes) == 1


def test_all_mistakes_are_told_at_once_in_the_order_of_the_fields() -> None:
    _, mistakes = read(Thing, 'name = 1\ncount = "x"\nprice = "1"\nrules = [{level = 1}]\nother = 1')
    assert [mistake.key for mistake in mistakes] == ["name", "count", "on", "rules[0].level", "rules[0].rate", "other"]


@pytest.mark.parametrize(
    ("text", "rate_bp"),
    [
        ("88%", 8_800),
        ("8.8折", 8_800),
        ("7折", 7_000),
        ("8.85 折", 8_850),
        ("0.5%", 50),
        ("100%", 10_000),
        ("10折", 10_000),
    ],
)
def test_rates_are_percentages_or_zhe(text: str, rate_bp: int) -> None:
    assert parse_rate(text) == rate_bp
    assert parse_rate(format_rate(rate_bp)) == rate_bp


@pytest.mark.parametrize("text", ["88", "0.88", "88.123%", "11折", "-5%", "折", "%", "8.8.8折"])
def test_what_is_no_rate_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_rate(text)


def test_what_is_stored_is_json_and_read_again_the_same() -> None:
    thing = Thing("a", 1, 2, on=True, day=dt.date(2026, 1, 2), numbers=(3, 1), when=RULES.bill_promotions[0].window)
    for rule in (thing, dataclasses.replace(thing, day=None, rules=RULES.levels)):
        assert from_plain(Thing, json.loads(json.dumps(plain(rule)))) == rule


def test_what_an_earlier_release_stored_is_read_with_the_defaults_of_what_was_added() -> None:
    stored = {"name": "a", "count": 1, "price_fen": 2, "on": False, "gone": 5}
    assert from_plain(Thing, stored) == Thing("a", 1, 2, on=False)


def test_changes_name_the_place_and_what_stood_and_will_stand_there() -> None:
    before = Thing("a", 1, 250, on=True, numbers=(1, 2), rules=(LevelPrice("gold", 8_800), LevelPrice("old", 9_000)))
    after = Thing("a", 2, 300, on=True, numbers=(1,), rules=(LevelPrice("gold", 8_500), LevelPrice("new", 9_500)))
    assert list(changes(before, after)) == [
        Change("count", "1", "2"),
        Change("price", "2.50", "3.00"),
        Change("numbers", "1, 2", "1"),
        Change("rules[gold].rate", "88%", "85%"),
        Change("rules[old]", "level old, rate 90%", ""),
        Change("rules[new]", "", "level new, rate 95%"),
    ]
    assert list(changes(after, after)) == []


def test_a_summary_leaves_out_what_would_stand_there_anyway() -> None:
    assert summary(RULES.bill_promotions[0]) == (
        "id 400-40, threshold 400.00, off 40.00, each_multiple true, window 2026-12-01.. weekdays 1,2 22:00-02:00"
    )
    assert summary(RULES.levels[0]) == "level gold, rate 88%, scope {kinds [service]}"
