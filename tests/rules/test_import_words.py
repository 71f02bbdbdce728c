"""What an import says: every word in three languages, none of them empty, with the same values in each."""

from __future__ import annotations

import string

import pytest

from terminal.rules import import_words, member_values
from terminal.rules.doctor_words import LANGUAGES
from terminal.rules.import_words import why_not, wrong

TABLES = (import_words.LINES, import_words.REASONS, import_words.ABOUT, import_words.COUNTS, import_words.PHRASES)


def _values(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_phrase_holds_the_same_values_in_every_language() -> None:
    for table in TABLES:
        for word, three in table.items():
            assert len(three) == len(LANGUAGES), word
            assert all(three), word
            assert len({frozenset(_values(words)) for words in three}) == 1, word


def test_every_reason_for_a_bad_line_is_said_in_chinese() -> None:
    assert import_words.WRONG.keys() == member_values.SENTENCES.keys()
    for code in member_values.SENTENCES:
        simplified, traditional, english = (wrong(code, language) for language in LANGUAGES)
        assert not simplified.isascii()
        assert not traditional.isascii()
        assert english == member_values.SENTENCES[code]


@pytest.mark.parametrize(
    ("language", "whom"), [("zh_CN", "卡号尾号 FB0B"), ("zh_TW", "卡號末碼 FB0B"), ("en", "card ...FB0B")]
)
def test_whom_a_line_may_be_about_is_said_in_the_language(language: str, whom: str) -> None:
    said = why_not("moved", "card FB0B", language)
    assert whom in said
    assert "--new-people" in said
