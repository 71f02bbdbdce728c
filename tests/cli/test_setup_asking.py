"""What a set-up says before it takes effect, and what a person at a terminal answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from terminal.base.errors import Refusal
from terminal.base.words import WORDS, setup, setup_apply
from terminal.cli.setup import change_lines, mistake_lines, require_yes


class Typed(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["yes\n", " YES \n", "y\n", "是\n"])
def test_a_person_who_says_yes_is_taken_at_their_word(answer: str) -> None:
    asked = io.StringIO()
    require_yes(Typed(answer), asked, "zh_TW")
    assert asked.getvalue() == "現在生效嗎？請輸入 yes："


@pytest.mark.parametrize("answer", ["", "\n", "no\n", "yesterday\n"])
def test_any_other_answer_changes_nothing(answer: str) -> None:
    with pytest.raises(Refusal, match=r"^setup_not_yes\b"):
        require_yes(Typed(answer), io.StringIO(), "en")


def test_where_nobody_sits_nobody_is_asked() -> None:
    asked = io.StringIO()
    with pytest.raises(Refusal, match=r"^setup_not_asked\b"):
        require_yes(io.StringIO("yes\n"), asked, "en")
    assert asked.getvalue() == ""


def test_each_change_has_a_line_and_a_long_list_says_how_many_more_there_are() -> None:
    changes = [("a", "", "new"), ("b", "old", ""), ("c", "1", "2")]
    assert change_lines(changes, 0, "en") == ["This will change:", "+ a: new", "- b: old", "  c: 1 -> 2"]
    assert change_lines(changes, 3, "zh_CN")[-1] == "……还有 3 处更改"


def test_a_mistake_is_told_as_a_predicate_of_its_key_or_as_a_sentence_beside_it() -> None:
    found: list[tuple[str, str, dict[str, object]]] = [
        ("a.b", "setup_not_rising", {}),
        ("media.issue", "card_fee_negative", {}),
        ("", "setup_not_toml", {"reason": "x"}),
    ]
    sentence = WORDS["card_fee_negative"][0]
    assert mistake_lines(Path("f"), found, "en") == [
        "f: a.b must rise from one to the next, lowest first. [setup_not_rising]",
        f"f: media.issue: {sentence} [card_fee_negative]",
        "f: is neither TOML nor JSON: x. [setup_not_toml]",
    ]


def test_all_words_of_a_set_up_are_in_three_languages() -> None:
    assert all(len(set(three)) >= 2 and all(three) for three in setup_apply.PHRASES.values())
    assert all(len(three) == len(setup_apply.LANGUAGES) for three in setup.WORDS.values())
