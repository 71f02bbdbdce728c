"""What keys type in each country, compared with the kernel's names of keys and with what is printed on them."""

from __future__ import annotations

import string

import pytest

from terminal.hw.wedge_decoder import LineTyped, WedgeDecoder
from terminal.hw.wedge_layouts import LAYOUTS, layout_named
from tests.hw.wedge_typist import Typist, us_key


def typed(layout: str, *keys: str) -> str:
    """Return what keys type, between two letters that no layout moves and an ending of three."""
    typist = Typist().keys("H", *keys, "J", "K", "L", "ENTER")
    decoder = WedgeDecoder(layout, keep_unknown=True)
    (line,) = [line for event in typist.events for line in decoder.feed(*event)]
    assert isinstance(line, LineTyped)
    assert line.text.startswith("h")
    assert line.text.endswith("jkl")
    return line.text[1:-3]


def test_every_printable_character_of_ascii_is_typed_in_the_united_states() -> None:
    layout = layout_named("us")
    for character in string.printable.strip() + " ":
        code, shift = us_key(character)
        assert layout.levels[shift][code] == character


@pytest.mark.parametrize(
    ("layout", "keys", "character"),
    [
        ("us", "LEFTSHIFT+2", "@"),
        ("us", "RIGHTSHIFT+3", "#"),
        ("us", "GRAVE", "`"),
        ("us", "KP7", "7"),
        ("us", "KPDOT", "."),
        ("us", "KPASTERISK", "*"),
        ("us", "KPSLASH", "/"),
        ("gb", "LEFTSHIFT+2", '"'),
        ("gb", "LEFTSHIFT+APOSTROPHE", "@"),
        ("gb", "BACKSLASH", "#"),
        ("gb", "102ND", "\\"),
        ("gb", "RIGHTALT+4", "€"),
        ("de", "Y", "z"),
        ("de", "LEFTSHIFT+Z", "Y"),
        ("de", "SLASH", "-"),
        ("de", "LEFTSHIFT+SLASH", "_"),
        ("de", "LEFTSHIFT+7", "/"),
        ("de", "LEFTSHIFT+0", "="),
        ("de", "RIGHTALT+Q", "@"),
        ("de", "LEFTCTRL+LEFTALT+Q", "@"),
        ("de", "RIGHTALT+MINUS", "\\"),
        ("de", "RIGHTALT+102ND", "|"),
        ("de", "BACKSLASH", "#"),
        ("de", "SEMICOLON", "ö"),
        ("de", "LEFTSHIFT+LEFTBRACE", "Ü"),
        ("de", "KPDOT", ","),
        ("fr", "A", "q"),
        ("fr", "Q", "a"),
        ("fr", "SEMICOLON", "m"),
        ("fr", "M", ","),
        ("fr", "1", "&"),
        ("fr", "LEFTSHIFT+1", "1"),
        ("fr", "6", "-"),
        ("fr", "8", "_"),
        ("fr", "LEFTSHIFT+DOT", "/"),
        ("fr", "LEFTSHIFT+M", "?"),
        ("fr", "RIGHTALT+0", "@"),
        ("fr", "LEFTCTRL+LEFTALT+3", "#"),
        ("fr", "KP1", "1"),
        ("es", "SEMICOLON", "ñ"),
        ("es", "RIGHTALT+2", "@"),
        ("es", "RIGHTALT+GRAVE", "\\"),
        ("it", "RIGHTALT+SEMICOLON", "@"),
        ("it", "RIGHTALT+APOSTROPHE", "#"),
        ("it", "RIGHTALT+LEFTSHIFT+LEFTBRACE", "{"),
    ],
)
def test_a_key_types_what_is_printed_on_it(layout: str, keys: str, character: str) -> None:
    assert typed(layout, keys) == character


@pytest.mark.parametrize(
    ("layout", "keys", "characters"),
    [
        ("de", ["GRAVE", "SPACE"], "^"),
        ("de", ["GRAVE", "A"], "â"),
        ("de", ["GRAVE", "1"], "^1"),
        ("de", ["GRAVE", "GRAVE"], "^^"),
        ("de", ["LEFTSHIFT+EQUAL", "LEFTSHIFT+E"], "È"),
        ("fr", ["LEFTBRACE", "E"], "ê"),
        ("fr", ["LEFTSHIFT+LEFTBRACE", "E"], "ë"),
        ("fr", ["RIGHTALT+2", "SPACE"], "~"),
        ("es", ["RIGHTALT+4", "N"], "ñ"),
    ],
)
def test_an_accent_waits_for_its_letter(layout: str, keys: list[str], characters: str) -> None:
    assert typed(layout, *keys) == characters


def test_an_accent_before_the_end_stands_alone() -> None:
    decoder = WedgeDecoder("de")
    lines = [line for event in Typist().keys("A", "B", "GRAVE", "ENTER").events for line in decoder.feed(*event)]
    assert lines == [LineTyped("ab^")]


@pytest.mark.parametrize("keys", ["RIGHTALT+Q", "102ND", "LEFTALT+X"])
def test_a_key_without_a_character_is_marked(keys: str) -> None:
    assert typed("us", keys) == "\ufffd"


@pytest.mark.parametrize("keys", ["F1", "DOWN", "INSERT", "LEFTMETA", "NUMLOCK", "BTN_LEFT"])
def test_keys_that_type_nothing_anywhere_are_passed_over(keys: str) -> None:
    if keys == "BTN_LEFT":
        decoder = WedgeDecoder()
        events = [*Typist().keys("A", "B").events, (1, 0x110, 1, 1000.02), *Typist(1000.02).keys("C", "ENTER").events]
        assert [line for event in events for line in decoder.feed(*event)] == [LineTyped("abc")]
    else:
        assert typed("us", keys) == ""


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_letters_and_digits_can_be_typed_in_every_country(name: str) -> None:
    layout = LAYOUTS[name]
    for character in string.ascii_letters + string.digits:
        assert any(character in level.values() for level in layout.levels)


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_printable_ascii_can_be_typed_in_every_country_but_italy(name: str) -> None:
    characters = {character for level in LAYOUTS[name].levels for character in level.values()}
    # Italian keyboards have no grave accent and no tilde: people type their codes with Alt.
    assert set(string.printable.strip()) - characters == ({"`", "~"} if name == "it" else set())


def test_an_unknown_country_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'xx'; there are: us, gb, de, fr, es, it"):
        layout_named("xx")
