"""What the printed test code shows about a scanner's country."""

from __future__ import annotations

import itertools

import pytest

from terminal.hw.layout_check import TEST_CODE, LayoutVerdict, check_layout, typed_by
from terminal.hw.wedge_decoder import LineTyped, WedgeDecoder
from terminal.hw.wedge_layouts import LAYOUTS
from tests.hw.wedge_typist import Typist


def arrived(layout: str, *keys: str) -> str:
    """Return what the driver makes of keys at set-up."""
    decoder = WedgeDecoder(layout, keep_unknown=True)
    (line,) = [line for event in Typist().keys(*keys, "ENTER").events for line in decoder.feed(*event)]
    assert isinstance(line, LineTyped)
    return line.text


# The test code as a German and as a French scanner type it, key by key.
GERMAN = [
    *("A", "LEFTSHIFT+A", "0", "9", "SLASH", "LEFTSHIFT+SLASH", "LEFTSHIFT+7", "LEFTSHIFT+MINUS", "LEFTSHIFT+0"),
    *("LEFTSHIFT+6", "LEFTSHIFT+DOT", "DOT", "LEFTSHIFT+5", "RIGHTBRACE", "BACKSLASH", "RIGHTALT+Q"),
]
FRENCH = [
    *("Q", "LEFTSHIFT+Q", "LEFTSHIFT+0", "LEFTSHIFT+9", "6", "8", "LEFTSHIFT+DOT", "LEFTSHIFT+M", "EQUAL", "1"),
    *("DOT", "LEFTSHIFT+COMMA", "LEFTSHIFT+APOSTROPHE", "LEFTSHIFT+EQUAL", "RIGHTALT+3", "RIGHTALT+0"),
]


@pytest.mark.parametrize(("keys", "scanner"), [(GERMAN, "de"), (FRENCH, "fr")])
def test_a_scanner_of_another_country_is_told_by_its_country(keys: list[str], scanner: str) -> None:
    assert check_layout(arrived("us", *keys), "us") == LayoutVerdict(
        "layout_other", {"layout": "us", "scanner": scanner}
    )
    assert check_layout(arrived(scanner, *keys), scanner) == LayoutVerdict("layout_fits", {"layout": scanner})


@pytest.mark.parametrize(("here", "scanner"), list(itertools.permutations(LAYOUTS, 2)))
def test_every_country_is_told_from_every_other(here: str, scanner: str) -> None:
    verdict = check_layout(typed_by(TEST_CODE, LAYOUTS[scanner], LAYOUTS[here]), here)
    assert verdict.code == "layout_other"
    assert scanner in str(verdict.values["scanner"]).split()


def test_the_right_layout_fits() -> None:
    assert check_layout(f" {TEST_CODE} ", "us") == LayoutVerdict("layout_fits", {"layout": "us"})


@pytest.mark.parametrize("text", [TEST_CODE.swapcase(), TEST_CODE.upper(), TEST_CODE.lower()])
def test_exchanged_capitals_are_told(text: str) -> None:
    assert check_layout(text, "us") == LayoutVerdict("layout_case", {"layout": "us"})


def test_a_country_is_told_through_caps_lock_too() -> None:
    text = arrived("us", "CAPSLOCK", *FRENCH)
    assert check_layout(text, "us") == LayoutVerdict("layout_other", {"layout": "us", "scanner": "fr"})


def test_lost_characters_are_told() -> None:
    assert check_layout("aA9-_/?=&:.%#@", "us") == LayoutVerdict("layout_cut", {"arrived": 14, "expected": 16})


def test_single_wrong_characters_are_told_with_their_place() -> None:
    assert check_layout("aA09-_/?=&:.%+£'", "us") == LayoutVerdict(
        "layout_differs", {"layout": "us", "position": 15, "expected": "#", "arrived": "£", "count": 2}
    )
    assert check_layout("aA09-_/?=&:.%+#\ufffd", "us").values["arrived"] == "", "a key without a character"


@pytest.mark.parametrize("text", ["", "6901234567892", "https://example.org/", "x" * len(TEST_CODE)])
def test_another_code_is_no_verdict_on_the_layout(text: str) -> None:
    assert check_layout(text, "us") == LayoutVerdict("layout_not_test_code")


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        check_layout(TEST_CODE, "xx")
