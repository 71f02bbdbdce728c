"""Which readers are used, and what they are called."""

from __future__ import annotations

import pytest

from terminal.hw.pcsc_names import ReaderMatch, reader_id, usable

MATCHES = (ReaderMatch("kiosk-reader", "ACR122U"), ReaderMatch("counter-reader", "(00123)"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ACS ACR122U PICC Interface 00 00", "kiosk-reader"),
        ("Maker Reader (00123) 03 00", "counter-reader"),
        ("Maker Reader [NFC] (999) 0A 01", "Maker Reader [NFC] (999)"),
        ("No Numbers", "No Numbers"),
    ],
)
def test_a_reader_is_called_by_its_configured_id_or_its_name_without_numbers(name: str, expected: str) -> None:
    assert reader_id(name, MATCHES, ()) == expected


def test_a_second_reader_of_the_same_kind_gets_a_name_of_its_own() -> None:
    first = "ACS ACR122U PICC Interface"
    assert reader_id("ACS ACR122U PICC Interface 01 00", MATCHES, {"kiosk-reader"}) == first
    assert reader_id("ACS ACR122U PICC Interface 02 00", MATCHES, {"kiosk-reader", first}) == f"{first} #2"


def test_slots_for_security_modules_are_left_out() -> None:
    names = ["ACS ACR1252 Dual Reader [SAM] 00 01", "Samsung SAMPLE Reader 00 00", "X SAM 00 00", "X PICC 00 00"]
    assert usable(names) == ["Samsung SAMPLE Reader 00 00", "X PICC 00 00"]
