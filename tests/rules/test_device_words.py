"""What trying a device showed: complete in three languages, and a test slip that fits its paper."""

from __future__ import annotations

import string

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules import device_words, receipt
from terminal.rules.device_slip import DRAWN_NAME, printer_slip, ruler
from terminal.rules.device_words import (
    BEFORE,
    CARD_KINDS,
    GOOD,
    OUTCOMES,
    PROOFS,
    READER_WORKS,
    WAITING,
    before_words,
    outcome_words,
    tone,
    waiting_words,
)
from terminal.rules.doctor_words import LANGUAGES
from terminal.rules.receipt import Qr
from terminal.rules.receipt_raster import Size, Strip
from terminal.rules.receipt_text import encode_line, width_columns

TABLES = {
    **{f"outcome {code}": three for code, three in OUTCOMES.items()},
    **{f"before {kind}": three for kind, three in BEFORE.items()},
    **WAITING,
    **PROOFS,
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_all_words_say_the_same_values_in_three_languages(name: str) -> None:
    three = TABLES[name]
    fields = [{field for _, field, _, _ in string.Formatter().parse(text) if field} for text in three]
    assert fields[0] == fields[1] == fields[2]
    assert [text.isascii() for text in three] == [False, False, True]


def test_what_is_good_is_an_outcome() -> None:
    assert OUTCOMES.keys() > GOOD | READER_WORKS
    assert {outcome: tone(outcome) for outcome in ("tap_read", "card_foreign", "nothing_came")} == {
        "tap_read": "good",
        "card_foreign": "so",
        "nothing_came": "bad",
    }
    assert [outcome for outcome in READER_WORKS if "The reader works" not in OUTCOMES[outcome][2]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_is_told_by_kind_proof_and_ending(language: str) -> None:
    for kind, shown in CARD_KINDS.items():
        for proof in PROOFS:
            words = outcome_words("tap_read", {"kind": kind, "proof": proof, "tail": "8821"}, language)
            assert shown in words
            assert "8821" in words
            assert "{" not in words
    assert "20" in waiting_words("reader", 20, language)
    assert (before_words("reader", language), before_words("scanner", language) != "") == ("", True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_names_no_card_is_told_in_its_own_words(language: str) -> None:
    assert outcome_words("nothing_came", {}, language) == OUTCOMES["nothing_came"][LANGUAGES.index(language)]


@pytest.mark.parametrize("columns", [16, 32, 42, 48, 64, 80])
def test_the_ruler_is_exactly_as_wide_as_the_paper(columns: int) -> None:
    line = ruler(columns)
    assert len(line) == columns
    assert (line[0], line[-1]) == ("|", "|")
    assert line[8:10] == "10"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dots", [192, 384, 576])
@pytest.mark.parametrize("charset", ["gb18030", "gbk", "gb2312", "big5", "none"])
def test_the_test_slip_can_be_printed_on_every_printer(charset: str, dots: int, language: str) -> None:
    drawn: list[str] = []

    def strip(line: str, size: Size) -> Strip:
        drawn.append(line)
        return Strip(1, 24 * size[1], bytes(24 * size[1]))

    profile = PrinterProfile(dots, charset)
    slip = printer_slip("receipts", profile, "2026-11-22 10:00", "aA09-_", language)
    body = receipt.render(slip, profile, strip)
    assert next(block.payload for block in slip if isinstance(block, Qr)) == "aA09-_"
    assert b"aA09-_" in body
    assert any(set(DRAWN_NAME.split()[0]) & set(line) for line in drawn), "the name is drawn"
    assert all(width_columns(line) <= profile.columns for line in drawn)
    if charset != "none":
        assert ruler(profile.columns).encode() in body


def test_the_name_is_one_that_no_rom_has() -> None:
    assert all(
        encode_line(name, charset) is None for name in DRAWN_NAME.split() for charset in ("gb18030", "gbk", "big5")
    )
    assert device_words.said(device_words.SLIP_TITLE, "en") == "Print test"
