"""What commands say: complete in three languages, in the language of the person's locale, in columns."""

from __future__ import annotations

import string

import pytest

from terminal.base.errors import Refusal
from terminal.base.sentences import SENTENCES, sentence
from terminal.base.sentences_zh import CHINESE, GENERAL
from terminal.rules.command_words import PHRASES, TABLE, cell, language_of_locale, said
from terminal.rules.doctor_words import LANGUAGES
from terminal.rules.receipt_text import width_columns

TABLES = {**PHRASES, **TABLE, **{code: (*CHINESE[code], SENTENCES[code]) for code in CHINESE}}


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_all_words_say_the_same_values_in_three_languages(name: str) -> None:
    three = TABLES[name]
    assert fields(three[0]) == fields(three[1]) == fields(three[2])
    assert [text.isascii() for text in three] == [False, False, True]


def test_every_sentence_of_a_refusal_is_there_in_three_languages() -> None:
    assert CHINESE.keys() == SENTENCES.keys()


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh_CN", "没有名为 gun 的设备"), ("zh_TW", "沒有名為 gun 的設備"), ("en", "No device is called gun")],
)
def test_a_refusal_is_told_in_the_language_with_its_code_behind_it(language: str, words: str) -> None:
    told = sentence(Refusal("device_unknown", device="gun"), language)
    assert told.startswith(words)
    assert told.endswith("[device_unknown]")
    unknown = [sentence(Refusal("never_heard_of"), each) for each in LANGUAGES]
    assert unknown == [f"{words} [never_heard_of]" for words in (*GENERAL, "This was refused.")]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh_SG", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh_TW.UTF-8", "zh_TW"),
        ("zh_HK.big5hkscs", "zh_TW"),
        ("zh_Hant_TW", "zh_TW"),
        ("zh-MO@radical", "zh_TW"),
        ("en_GB.UTF-8", "en"),
        ("C.UTF-8", "en"),
        ("POSIX", "en"),
        ("", "en"),
        ("zha_CN", "en"),
    ],
)
def test_a_locale_asks_for_one_of_three_languages(locale: str, language: str) -> None:
    assert language_of_locale(locale) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_columns_of_a_list_are_even_in_every_language(language: str) -> None:
    assert {width_columns(cell(word, language, 12)) for word in (*TABLE, "unheard", "")} == {12}


def test_a_phrase_is_filled_in() -> None:
    assert said("lay_blank", "en", device="tap", seconds=30).startswith("Lay a blank on tap within 30 seconds")
