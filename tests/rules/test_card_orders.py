"""From which end a shop's card numbers are read: the hint one card gives, and what it rules out."""

from __future__ import annotations

import pytest

from terminal.rules.card_numbers import AS_READ, BOTH, REVERSED, order_of, spellings_of_uid

M1 = bytes.fromhex("0BE2FB0B")
MIRROR = M1[::-1]
NTAG = bytes.fromhex("04A1B2C3D4E5F6")


@pytest.mark.parametrize(
    ("printed", "order"),
    [("0BE2FB0B", AS_READ), ("0199424779", AS_READ), ("0BFBE20B", REVERSED), ("201056779", REVERSED), ("1234567", "")],
)
def test_one_card_tells_from_which_end_numbers_are_printed(printed: str, order: str) -> None:
    assert order_of(M1, printed) == order


def test_a_card_that_reads_the_same_from_either_end_tells_nothing() -> None:
    assert order_of(bytes.fromhex("0BE2E20B"), "0BE2E20B") == BOTH


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no card number"):
        order_of(M1, "no number!")


@pytest.mark.parametrize("uid", [M1, NTAG])
def test_with_a_known_end_mirror_images_are_two_cards(uid: bytes) -> None:
    mirror = uid[::-1]
    assert set(spellings_of_uid(uid, BOTH)) == set(spellings_of_uid(mirror, BOTH))
    for order in (AS_READ, REVERSED):
        assert not set(spellings_of_uid(uid, order)) & set(spellings_of_uid(mirror, order))
    assert set(spellings_of_uid(uid, AS_READ)) | set(spellings_of_uid(uid, REVERSED)) == set(spellings_of_uid(uid))
