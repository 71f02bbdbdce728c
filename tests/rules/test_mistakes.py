"""Every mistake of a rule has words, which are filled with what the mistake brings; its parts add up to one key."""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

from terminal.base.words import WORDS, setup
from terminal.rules.mistake import Mistake, below, choice, each_of, number, twice, wrong
from terminal.rules.rates import format_rate
from tests.told import keys, said

RULES = pathlib.Path(__file__).parents[2] / "terminal" / "rules"
MAKERS = {"wrong", "self.wrong", "reader.wrong", "self._reader.wrong"}


def made() -> Iterator[tuple[str, set[str]]]:
    """Give the code of each mistake that the rules make, and the names of its values."""
    for path in sorted(RULES.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in MAKERS and len(call.args) == 2:
                code = call.args[1]
                if isinstance(code, ast.Constant) and all(each.arg for each in call.keywords):
                    yield str(code.value), {each.arg for each in call.keywords if each.arg}


def test_every_mistake_has_words_that_say_nothing_it_does_not_bring() -> None:
    found = list(made())
    assert len({code for code, _ in found}) > 45
    for code, values in found:
        assert code in WORDS, code
        for words in WORDS[code]:
            assert set(re.findall(r"{(\w+)}", words)) <= values, code


def test_words_of_set_up_mistakes_are_no_sentence_of_their_own() -> None:
    refusals = {"rule_version_unknown", "setup_changed", "setup_not_asked", "setup_not_yes"}
    for code in setup.WORDS.keys() - refusals:
        assert not any(words.endswith((".", "。")) for words in setup.WORDS[code]), code
    assert all(setup.WORDS[code][0].endswith(".") for code in refusals)


def test_the_key_of_a_part_stands_behind_that_of_the_whole() -> None:
    assert keys(below("a", [Mistake("b", ""), Mistake("[1].b", ""), Mistake("", "")])) == ["a.b", "a[1].b", "a"]
    assert keys(each_of("a", (1, -1), lambda value: number("n", value, 0))) == ["a[0].n", "a[1].n"]


def test_a_number_is_told_as_the_file_has_it() -> None:
    assert said(number("most_fen", 1_01, 1_00)) == [("most_fen", "is 1.01; it must be 0.00 to 1.00")]
    assert said(number("rate_bp", -50, 10_000)) == [("rate_bp", "is -0.5%; it must be 0% to 100%")]
    assert said(number("days", 0, 9, least=1)) == [("days", "is 0; it must be 1 to 9")]
    assert [*number("days", 1, 9, least=1), *number("days", 9, 9), *number("days", None, 9)] == []


def test_a_word_that_is_none_of_the_choices_is_told_with_them() -> None:
    assert said(choice("a", "x", ("", "y"))) == [("a", "is 'x'; it must be one of \"\", y")]
    assert list(choice("a", "y", ("y",))) == []


def test_names_that_are_empty_or_stand_twice_are_told_once_each() -> None:
    assert said(twice("a", ["x", "", "y", "x", "", "x"])) == [
        ("a", "has one without a name of its own"),
        ("a", "has x twice; every one must be different"),
    ]
    assert list(twice("a", ["x", "y"])) == []


@pytest.mark.parametrize(("rate_bp", "words"), [(0, "0%"), (-1, "-0.01%"), (-150, "-1.5%"), (10_010, "100.1%")])
def test_a_rate_below_nothing_keeps_its_sign(rate_bp: int, words: str) -> None:
    assert format_rate(rate_bp) == words


def test_a_mistake_knows_its_values() -> None:
    assert wrong("a", "setup_above", other="b") == Mistake("a", "setup_above", {"other": "b"})
