"""The self-check's words: complete in three languages, on a screen and on paper."""

from __future__ import annotations

import string

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules import receipt
from terminal.rules.doctor_slip import doctor_slip
from terminal.rules.doctor_words import ALL_WELL, CHECKS, LANGUAGES, REMEDIES, UNTOLD, check_name, mark, phrase, remedy
from terminal.rules.receipt import Text

VALUES = {
    "dropped": 3,
    "count": 4,
    "state": "dead",
    "free_mb": 12,
    "used_percent": 90,
    "year": 1970,
    "reason": "why",
    "file": "f.ttc",
}


@pytest.mark.parametrize("trouble", sorted(REMEDIES))
def test_every_remedy_says_the_same_values_in_three_different_languages(trouble: str) -> None:
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in REMEDIES[trouble]]
    assert fields[0] == fields[1] == fields[2]
    assert fields[0] <= VALUES.keys()
    assert all(
        text.isascii() == (language == "en") for text, language in zip(REMEDIES[trouble], LANGUAGES, strict=True)
    )


def test_a_device_trouble_nobody_worded_still_gets_advice() -> None:
    for language in LANGUAGES:
        assert len(remedy("some_new_fault", {}, language)) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_slip_names_each_check_and_what_to_do_about_a_failed_one(language: str) -> None:
    checks = [("till", "", "", {}), ("device", "gun", "device_missing", {}), ("disk", "", "disk_low", {"free_mb": 12})]
    slip = doctor_slip(checks, {"python": "3.11.2"}, "2026-11-22 10:00", language)
    lines = [f"{block.left} {block.right}" for block in slip if isinstance(block, Text)]
    text = "\n".join(lines)
    assert all(check_name(code, language) in text for code, *_ in checks)
    assert remedy("device_missing", {}, language) in text
    assert "[disk_low]" in text
    assert "12" in text
    assert "3.11.2" in text
    assert receipt.render(
        slip, PrinterProfile(384, "gb18030"), lambda *_: pytest.fail("every character is in the ROM")
    ).endswith(b"\x1dVB\x00")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_could_not_be_looked_at_is_called_neither_well_nor_failed(language: str) -> None:
    assert REMEDIES.keys() >= UNTOLD
    marks = {mark("", language), mark("disk_low", language), mark("wear_needs_root", language)}
    assert len(marks) == 3
    rows: list[tuple[str, str, str, dict[str, object]]] = [("till", "", "", {}), ("wear", "sda", "wear_needs_root", {})]
    lines = [block for block in doctor_slip(rows, {}, "now", language) if isinstance(block, Text)]
    words = {block.left for block in lines}
    assert remedy("wear_needs_root", {}, language) in words
    assert phrase(ALL_WELL, language) in words, "nothing to mend is known"
    assert mark("wear_needs_root", language) in {block.right for block in lines}


def test_all_is_well_is_said_once_nothing_failed() -> None:
    words = {block.left for block in doctor_slip([("till", "", "", {})], {}, "now", "en") if isinstance(block, Text)}
    assert "Everything is well." in words
    assert CHECKS["till"][2] in words
