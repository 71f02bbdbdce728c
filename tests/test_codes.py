"""Codes and their words go together: no words are kept for a code that never comes, and no code comes without words."""

from __future__ import annotations

import ast
import functools
import pathlib
import re

import pytest

from terminal.base.errors import Refusal
from terminal.base.sentences import SENTENCES, sentence
from terminal.base.words import TOPICS, setup
from terminal.base.words import WORDS as RULE_WORDS
from terminal.base.words.book_phrases import MEANINGS
from terminal.base.words.commands import AT_COMMANDS
from terminal.kiosk_ui.wording import AT_COUNTER, SUCCESS
from terminal.kiosk_ui.wording import SENTENCES as SCREEN_WORDS
from tests.syntax import nodes_of

TERMINAL = pathlib.Path(__file__).parent.parent / "terminal"
# The words themselves prove nothing of a code.
WORDS = {TERMINAL / name for name in ("kiosk_ui/wording.py", "base/sentences.py", "base/sentences_zh.py")}
WORDS |= set((TERMINAL / "base/words").glob("*.py"))
COMMAND_WORDS = {**SENTENCES, **RULE_WORDS}
# What ends in words for people; a device's fault is told as one sentence for all (`device_lost`) with its code beside.
SHOWN = {"CardRefused", "ScanRejected", "Unfit", "_error", "_success", "worded"}
TOLD = {"MemberFileRefused", "Refusal", *SHOWN}
# A class of refusals names its code to `Refusal` itself; a look-up is given the code of finding nobody.
TOLD |= {"super().__init__", "_one"}
# These reach people at the screens; what else is raised reaches people who typed a command, or both.
AT_SCREENS = ("kiosk_ui/", "services/kiosk.py", "services/money.py", "services/desk.py", "services/spool.py")
CODE = re.compile(r"[a-z]+(_[a-z]+)+")


@functools.cache
def modules() -> dict[str, tuple[ast.AST, ...]]:
    """Return the syntax of every module of the product but the words, by its path."""
    found = (path for path in sorted(TERMINAL.rglob("*.py")) if path not in WORDS)
    return {path.relative_to(TERMINAL).as_posix(): nodes_of(path) for path in found}


@functools.cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Return every call in the product: the path of its module, what is called, and the call."""
    found = ((path, node) for path, nodes in modules().items() for node in nodes if isinstance(node, ast.Call))
    return [(path, _called(node.func), node) for path, node in found]


def _called(function: ast.expr) -> str:
    """Return `name`, `name.attribute` or `name().attribute` as it is written, and nothing for what is longer."""
    match function:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(of), name):
            return f"{of}.{name}"
        case ast.Attribute(ast.Call(ast.Name(of), [], []), name):
            return f"{of}().{name}"
    return ""


@functools.cache
def written() -> set[str]:
    """Return every text that stands in the product as a value, and those that pages ask words for."""
    nodes = (node for found in modules().values() for node in found)
    values = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    pages = "".join(path.read_text(encoding="utf-8") for path in TERMINAL.rglob("*.html"))
    return values | set(re.findall(r"worded\('(\w+)'\)", pages))


def told() -> dict[str, bool]:
    """Return each code that is refused with or told, and whether somebody at a screen is told of it."""
    found: dict[str, bool] = {}
    for path, called, call in calls():
        name = called.removeprefix("self.")
        if name in TOLD:
            values = (each.value for each in call.args if isinstance(each, ast.Constant))
            for code in (each for each in values if isinstance(each, str) and CODE.fullmatch(each)):
                found[code] = found.get(code, False) or name in SHOWN or path.startswith(AT_SCREENS)
    return found


@pytest.mark.parametrize(
    "words", [SCREEN_WORDS, AT_COUNTER, SUCCESS, COMMAND_WORDS], ids=["screens", "counter", "success", "commands"]
)
def test_no_words_are_kept_for_a_code_that_never_comes(words: dict[str, object]) -> None:
    assert sorted(words.keys() - written()) == []


def test_every_code_that_is_told_has_words_where_it_is_read() -> None:
    codes = told()
    assert {"card_unreadable", "card_unknown", "member_file_empty", "scan_too_long", "slip_printed"} <= codes.keys()
    at_screens = {code for code, shown in codes.items() if shown}
    assert "reading_timeout" in at_screens
    assert sorted(at_screens - {*SCREEN_WORDS, *SUCCESS}) == []
    assert sorted(codes.keys() - {*SCREEN_WORDS, *SUCCESS, *COMMAND_WORDS}) == []


def test_words_say_nothing_that_a_refusal_does_not_bring() -> None:
    brought: dict[str, set[str]] = {}
    for _, called, call in calls():
        code = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
        if called == "Refusal" and isinstance(code, str) and all(each.arg for each in call.keywords):
            names = {each.arg for each in call.keywords if each.arg}
            brought[code] = brought.get(code, names) & names
    asked = {code: set(re.findall(r"{(\w+)}", words[0])) for code, words in RULE_WORDS.items()}
    assert len(brought.keys() & asked.keys()) > 100
    assert {
        code: asked[code] - brought[code] for code in asked.keys() & brought.keys() if asked[code] - brought[code]
    } == {}


def test_every_code_has_its_words_once() -> None:
    assert len(RULE_WORDS) == sum(len(topic.WORDS) for topic in TOPICS)
    assert RULE_WORDS.keys() & SENTENCES.keys() == set()


def test_words_of_the_rules_are_complete_in_three_languages_with_the_same_values() -> None:
    for code, three in RULE_WORDS.items():
        placeholders = [set(re.findall(r"{(\w+)}", words)) for words in three]
        assert all(words and words.isprintable() for words in three), code
        assert placeholders[0] == placeholders[1] == placeholders[2], code


def test_commands_name_the_option_that_answers_a_refusal_and_screens_do_not() -> None:
    assert AT_COMMANDS.keys() <= RULE_WORDS.keys()
    for code, three in AT_COMMANDS.items():
        option = "--reason" if code.endswith("reason_missing") else "--approver"
        for words, at_screens, language in zip(three, RULE_WORDS[code], ("en", "zh_CN", "zh_TW"), strict=True):
            assert re.findall(r"{(\w+)}", words) == re.findall(r"{(\w+)}", at_screens), code
            assert (option in words, "--" in at_screens) == (True, False), code
            assert words.endswith((".", "。")), code
            shown = sentence(Refusal(code, difference_fen=1), language)
            assert option in shown, code


def test_words_of_the_rules_are_whole_sentences() -> None:
    for code in RULE_WORDS.keys() - setup.WORDS.keys():
        english, *chinese = RULE_WORDS[code]
        assert english[0].isupper() or english[0] == "{", code
        assert english.endswith((".", "?")), code
        assert all(words.endswith(("。", "？")) for words in chinese), code


def test_every_way_in_which_a_book_may_be_wrong_has_words_and_nothing_else_has() -> None:
    # What the cloud handed back is refused by `lives`, and is in no book yet.
    made = [call for path, name, call in calls() if name in {"EntryWrong", "_Wrong"} and path != "ledger/lives.py"]
    given = (call.args[0] for call in made if call.args)
    raised = {each.value for each in given if isinstance(each, ast.Constant)}
    assert raised | {"bytes_wrong", "lives_wrong"} == MEANINGS.keys(), "two are not named in such a call"
