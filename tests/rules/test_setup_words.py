"""What is said while devices are configured: complete in three languages, for every setting and value there is."""

from __future__ import annotations

import string

import pytest

from terminal.rules.doctor_words import LANGUAGES
from terminal.rules.setup_words import HINTS, KINDS, LABELS, PHRASES, VALUES, hint, kind_name, label, value_name
from terminal.services.device_settings import CHOICES

TABLES = {**KINDS, **LABELS, **VALUES, **HINTS, **PHRASES}


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_all_words_say_the_same_values_in_three_languages() -> None:
    assert len(TABLES) == sum(map(len, (KINDS, LABELS, VALUES, HINTS, PHRASES))) - len({"dots_per_line", "id", "where"})
    wrong = [name for name, three in TABLES.items() if len({frozenset(fields(text)) for text in three}) != 1]
    assert wrong == []
    assert [name for name, three in TABLES.items() if not three[2].isascii() or not all(three)] == []


@pytest.mark.parametrize("kind", CHOICES)
def test_every_setting_of_every_kind_has_words(kind: str) -> None:
    for language in LANGUAGES:
        assert kind_name(kind, language)
        for key, choices in CHOICES[kind].items():
            assert label(key, language) != key
            # A speed is said by its number; whatever else there is to choose has words.
            assert all(key == "baud" or f"{key}={value}" in VALUES for value in choices)


def test_a_value_without_words_is_shown_as_it_is() -> None:
    assert value_name("baud", "9600", "zh_CN") == "9600"
    assert value_name("dots_per_line", "424", "zh_TW") == "每行 424 點"
    assert value_name("dots_per_line", "576", "en") == "80 mm (576 dots a line)"
    assert label("font", "en") == "font"


def test_where_a_device_is_connected_is_explained_by_its_kind() -> None:
    assert "192.168.1.50" in hint("where", "printer", "zh_CN")
    assert "ACR122U" in hint("where", "reader", "zh_CN")
    assert "/dev/" in hint("where", "display", "zh_CN")
    assert hint("charset", "printer", "zh_CN") == ""
