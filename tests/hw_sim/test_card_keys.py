"""NTAG 424 DNA, Ultralight AES and CPU cards in dialogue: keys, tap URLs, counters of failures."""

from __future__ import annotations

import pytest

from tests.hw_sim.card_aes import decrypt
from tests.hw_sim.card_host import Ev2Host, mixed_key, native
from tests.hw_sim.card_ntag424 import DELAYED_ANSWERS, FAILURES_BEFORE_DELAY, Ntag424Card
from tests.hw_sim.card_ultralight_aes import UltralightAesCard
from tests.hw_sim.cards import make_card
from tests.hw_sim.keyed_cards import (
    KEY,
    OTHER,
    SELECT_NTAG,
    SELECT_SHOP,
    UID,
    ZERO,
    H,
    enciphered,
    fmcos,
    ntag,
    prove,
    ultralight,
)


def test_a_factory_ntag_has_five_zero_keys_and_no_authentication_before_selection() -> None:
    card = make_card({"id": "x", "kind": "ntag424", "uid": UID})
    assert isinstance(card, Ntag424Card)
    assert native(card, 0x71, H("0000")) == (b"", 0x40)
    card.apdu(SELECT_NTAG)
    for number in range(5):
        assert Ev2Host(card, ZERO, number).call(0x51, hidden=True) == (H(UID), 0)
    assert native(card, 0x71, H("0500")) == (b"", 0x40)
    assert native(card, 0xAA, b"\x00") == (b"", 0x1C)


def test_an_ntag_changes_any_key_with_key_zero_only() -> None:
    card = ntag()
    other, check = mixed_key(OTHER, ZERO)
    assert Ev2Host(card, ZERO, 1).call(0xC4, b"\x02", other + check, hide=True) == (b"", 0xAE)
    host = Ev2Host(card, ZERO)
    assert host.call(0xC4, b"\x02", other + bytes(4), hide=True) == (b"", 0x1E)
    host = Ev2Host(card, ZERO)
    assert host.call(0xC4, b"\x02", other + check, hide=True) == (b"", 0)
    assert host.call(0xC4, b"\x00", KEY + b"\x01", hide=True) == (b"", 0)
    assert card.keys == [KEY, ZERO, OTHER, ZERO, ZERO]
    assert native(card, 0x51) == (b"", 0xAE)


def test_an_ntag_becomes_a_tap_tag_and_counts_its_taps() -> None:
    card, text = ntag(), b"\x00\x30\xd1\x01\x2cU\x04e.cn/" + b"0" * 48
    assert card.apdu(H("00A4000C02E104")) == H("9000")
    assert card.apdu(H("00D60000") + bytes([len(text)]) + text) == H("9000")
    sdm = H("40E0EEC1F000") + b"".join(at.to_bytes(3, "little") for at in (12, 44, 44))
    host = Ev2Host(card, ZERO)
    assert host.call(0x5F, b"\x02", sdm, hide=True) == (b"", 0)
    assert host.call(0xF5, b"\x02")[0] == H("0040E0EE000100") + sdm[3:]
    seen = []
    for _ in range(2):
        card.enter_field()
        card.apdu(SELECT_NTAG)
        card.apdu(H("00A4000C02E104"))
        first = card.apdu(H("00B0000040"))
        assert card.apdu(H("00B0000040")) == first
        seen.append(decrypt(ZERO, H(first[12:44].decode()))[:11])
    assert seen == [b"\xc7" + H(UID) + H("010000"), b"\xc7" + H(UID) + H("020000")]
    host = Ev2Host(card, ZERO)
    assert host.call(0xF6, b"\x02", hidden=True) == (H("0200000000"), 0)
    assert bytes(card.files[2].memory[: len(text)]) == text


def test_an_ntag_reads_its_container_and_refuses_what_is_not_free() -> None:
    card = ntag()
    assert card.apdu(H("00B0830003")) == H("001720") + H("9000")
    assert card.apdu(H("00A4000C02E105")) == H("9000")
    assert card.apdu(H("00B0000010")) == H("6982")
    assert card.apdu(H("00A4000C02E1FF")) == H("6A82")
    assert card.apdu(H("00A4040006D27600008501")) == H("6A82")
    assert card.apdu(H("00A4000C02E104")) == H("9000")
    assert card.apdu(H("00B0010001")) == H("6B00")
    assert card.apdu(H("00200000")) == H("6D00")


def test_an_ntag_makes_the_terminal_wait_after_too_many_failures() -> None:
    card = ntag(failures=FAILURES_BEFORE_DELAY - 1)
    assert Ev2Host(card, OTHER).status == 0xAE
    assert [Ev2Host(card, ZERO).status for _ in range(DELAYED_ANSWERS)] == [0xAD] * DELAYED_ANSWERS
    assert Ev2Host(card, ZERO).status == 0
    assert Ev2Host(card, ZERO).status == 0
    assert card.trouble.counts()["authentication_delayed"] == DELAYED_ANSWERS


def test_an_ultralight_aes_opens_its_pages_to_who_knows_the_key() -> None:
    card = ultralight(key=KEY.hex(), auth0="04", pages={"4": "31323334", "42": "80050000"})
    assert card.exchange(b"\x60") == H("0004030104000F03")
    assert card.exchange(b"\x30\x04") is None
    assert not prove(card, OTHER)
    assert card.exchange(b"\x30\x04") is None
    assert prove(card, KEY)
    assert (card.exchange(b"\x30\x04") or b"")[:4] == b"1234"
    assert card.exchange(b"\x30\x30") == bytes(16)
    assert card.exchange(b"\xa2\x04abcd") == b""
    assert card.page(4) == b"abcd"
    assert card.exchange(b"\xaf" + bytes(32)) is None
    assert card.exchange(b"\x30\x04") is None


def test_an_ultralight_aes_from_the_maker_takes_a_key_last_byte_first() -> None:
    card = ultralight()
    for step in range(4):
        assert card.exchange(bytes([0xA2, 0x30 + step]) + KEY[::-1][step * 4 : step * 4 + 4]) == b""
    assert prove(card, KEY)
    assert prove(card, ZERO, 1)
    assert card.exchange(H("A22DE0000000")) == b""
    assert card.exchange(b"\xa2\x30none") is None
    assert card.exchange(H("A22D00000000")) is None
    assert prove(card, KEY)


def test_an_ultralight_aes_locks_itself_after_its_limit_of_failures() -> None:
    card = ultralight(key=KEY.hex(), limit=3)
    assert [prove(card, OTHER) for _ in range(2)] == [False, False]
    assert prove(card, KEY)
    assert [prove(card, OTHER) for _ in range(3)] == [False] * 3
    assert not prove(card, KEY)
    assert card.trouble.counts()["locked_out"] == 1


@pytest.mark.parametrize(("algorithm", "length"), [("3des", 8), ("sm4", 16), ("aes", 16), ("sm4", 8)])
def test_a_cpu_card_proves_its_key_and_gives_its_number_to_who_proves_it_too(algorithm: str, length: int) -> None:
    card = fmcos(algorithm)
    select, size = card.apdu(SELECT_SHOP), bytes([card.block_bytes])
    assert select == H("6F0B8409A00000063257414E479000")
    challenge = bytes(range(card.block_bytes))
    answer = card.apdu(H("00880001") + size + challenge)
    assert answer == enciphered(algorithm, KEY, challenge) + H("9000")
    assert card.apdu(H("00B0950008")) == H("6982")
    asked = card.apdu(H("00840000") + bytes([length]))[:-2]
    proof = enciphered(algorithm, KEY, asked + bytes(-len(asked) % card.block_bytes))
    assert card.apdu(H("00820001") + size + proof) == H("9000")
    assert card.apdu(H("00B0950000")) == b"20260018" + H("9000")
    assert card.apdu(H("00B0950010")) == H("6C08")
    assert card.apdu(H("00D695000299") + b"x") == H("9000")
    assert card.apdu(H("00B0960008")) == H("6A82")
    assert card.apdu(H("00A40000023F00")) == H("9000")
    assert card.apdu(H("00B0950008")) == H("6985")


def test_a_cpu_card_counts_wrong_tries_down_and_is_blocked() -> None:
    card = fmcos(pin="1234", tries=3)
    card.apdu(SELECT_SHOP)
    wrong = H("0082000108") + bytes(8)
    assert card.apdu(wrong) == H("6985")
    answers = []
    for _ in range(4):
        card.apdu(H("0084000008"))
        answers.append(card.apdu(wrong))
    assert answers == [H("63C2"), H("63C1"), H("63C0"), H("6983")]
    assert [card.apdu(H("0020000004") + pin) for pin in (b"0000", b"1234", b"0000")] == [
        H("63C2"),
        H("9000"),
        H("63C2"),
    ]
    card.enter_field()
    card.apdu(SELECT_SHOP)
    card.apdu(H("0084000008"))
    assert card.apdu(wrong) == H("6983")
    assert card.trouble.counts()["locked_out"] == 2


def test_a_deck_gives_a_key_in_hex_or_as_a_master_from_which_the_cards_own_one_is_made() -> None:
    issued = "00112233445566778899AABBCCDDEEFF/3042F54E585020416275"
    card = make_card({"id": "x", "kind": "ultralight_aes", "uid": "04782E21801D80", "key": issued, "key1": KEY.hex()})
    assert isinstance(card, UltralightAesCard)
    assert card.key(0) == H("A8DD63A3B89D54B37CA802473FDA9175")
    assert card.key(1) == KEY
