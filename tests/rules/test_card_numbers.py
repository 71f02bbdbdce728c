"""The spellings of card numbers."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from terminal.rules.card_numbers import candidates, canonical_uid, normalise_number, spellings_of_uid, tail
from tests.timing import fastest_s

EM4100 = bytes.fromhex("1E00765A0E")
M1 = bytes.fromhex("0BE2FB0B")
NTAG = bytes.fromhex("04A1B2C3D4E5F6")


def test_an_em4100_number_has_the_spellings_makers_print() -> None:
    assert set(spellings_of_uid(EM4100)) == {"1E00765A0E", "00765A0E", "0007756302", "7756302", "11823054"}


def test_a_four_byte_uid_has_both_byte_orders_in_both_bases() -> None:
    expected = {"0BE2FB0B", "0BFBE20B", "0201056779", "0199424779", "201056779", "199424779"}
    assert set(spellings_of_uid(M1)) == expected


def test_longer_uids_have_both_byte_orders() -> None:
    assert spellings_of_uid(NTAG) == ("04A1B2C3D4E5F6", "F6E5D4C3B2A104")


@pytest.mark.parametrize("uid", [M1, EM4100, NTAG, bytes(8), bytes(range(10))])
def test_the_first_spelling_is_the_one_stored(uid: bytes) -> None:
    assert spellings_of_uid(uid)[0] == canonical_uid(uid) == uid.hex().upper()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0be2fb0b", "0BE2FB0B"),
        ("0B:E2:FB:0B", "0BE2FB0B"),
        ("04 A1 B2 C3 D4 E5 F6", "04A1B2C3D4E5F6"),
        ("118,23054", "11823054"),
        ("000-775-6302", "0007756302"),
        (" '0007756302\r\n", "0007756302"),
        ("０００７７５６３０２", "0007756302"),
        ("vip-001", "VIP001"),
        (";0007756302?", "0007756302"),
        ("7756302.0", "7756302"),
        ("1E10", "1E10"),
        ("1e00765a0e", "1E00765A0E"),
    ],
)
def test_a_number_is_brought_to_its_normal_spelling(text: str, number: str) -> None:
    assert normalise_number(text) == number


@pytest.mark.parametrize("text", ["", "  ", "-", "1.39E+10", "1E+10", "7756302.5", "贵宾1", "A" * 33, "1;2", "²"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        normalise_number(text)


@pytest.mark.parametrize("stored", ["0BE2FB0B", "0BFBE20B", "0201056779", "0199424779", "201056779"])
@pytest.mark.parametrize("typed", ["0BE2FB0B", "0bfbe20b", "0201056779", "0199424779", "201056779"])
def test_any_spelling_of_a_uid_finds_any_other(typed: str, stored: str) -> None:
    assert stored in candidates(typed)


@pytest.mark.parametrize("stored", ["00765A0E", "0007756302", "7756302", "11823054"])
@pytest.mark.parametrize("typed", ["1E00765A0E", "00765A0E", "0007756302", "7756302", "118,23054"])
def test_any_spelling_of_an_em4100_number_finds_any_shorter_one(typed: str, stored: str) -> None:
    assert stored in candidates(typed)


def test_zeros_a_spreadsheet_lost_are_found_again() -> None:
    assert "00123456" in candidates("123456")
    assert "123" in candidates("0000000123")


def test_the_typed_spelling_comes_first_and_none_twice() -> None:
    for text in ("0BE2FB0B", "0007756302", "11823054", "1E00765A0E", "04A1B2C3D4E5F6", "VIP001", "1"):
        found = candidates(text)
        assert found[0] == text
        assert len(set(found)) == len(found)


def test_a_shops_own_number_stays_alone() -> None:
    assert candidates("VIP-001") == ("VIP001",)
    assert candidates("6225880123456789012") == ("6225880123456789012",)


def test_a_ten_digit_number_is_not_read_as_hexadecimal() -> None:
    # Its last eight digits may be another member's card.
    assert "00012345" not in candidates("8800012345")


def test_every_spelling_of_a_random_chip_is_found_by_every_other() -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    source = random.Random(seed)
    for _ in range(300):
        spellings = [text for text in spellings_of_uid(source.randbytes(4)) if not text.isdigit() or len(text) == 10]
        for typed, stored in itertools.product(spellings, repeat=2):
            assert stored in candidates(typed)


def test_spelling_a_uid_costs_microseconds() -> None:
    # Some ten on any machine of today; a table that is gone through would cost far more than the limit.
    rounds = 1000
    assert fastest_s(0.4, 5, lambda: _seconds_for(rounds)) / rounds < 400e-6


def _seconds_for(rounds: int) -> float:
    started_s = time.process_time()
    for _ in range(rounds):
        spellings_of_uid(M1)
    return time.process_time() - started_s


def test_the_tail_is_four_characters() -> None:
    assert tail("0007756302") == "6302"
    assert tail("17") == "17"
