"""The card models behind a reader's pseudo-APDUs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.hw_sim.card_classic import ClassicCard
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.cards import DEFAULT_DECK, make_card, make_deck
from tests.hw_sim.pcsc_log import redacted_answer, redacted_command

Ask = Callable[[str], str]
FACTORY_KEY = "FFFFFFFFFFFF"
LOAD = "FF82000006"


def on_reader(**spec: Any) -> Ask:
    """Return what asks a card on a reader of its own, in hex."""
    card, reader = make_card({"id": "x", **spec}), CardReader()
    card.enter_field()
    reader.power_on(card)
    return lambda command: reader.transmit(card, bytes.fromhex(command)).hex().upper()


@pytest.fixture
def classic() -> Ask:
    return on_reader(kind="classic_1k", uid="0BE2FB0B")


@pytest.mark.parametrize(
    ("kind", "more", "atr"),
    [
        ("classic_1k", {"uid": "0BE2FB0B"}, "3B8F8001804F0CA000000306030001000000006A"),
        ("fudan_m1", {"uid": "0BE2FB0B"}, "3B8F8001804F0CA000000306030001000000006A"),
        ("classic_4k", {"uid": "0BE2FB0B"}, "3B8F8001804F0CA0000003060300020000000069"),
        ("ntag215", {"uid": "04A1B2C3D4E580"}, "3B8F8001804F0CA0000003060300030000000068"),
        ("ultralight", {"uid": "04A1B2C3D4E580"}, "3B8F8001804F0CA0000003060300030000000068"),
        ("sle4442", {}, "3B04A2131091"),
        ("phone", {}, "3B80800101"),
        ("desfire", {"uid": "04A1B2C3D4E580"}, "3B8180018080"),
        ("ntag424", {"uid": "04A1B2C3D4E580"}, "3B8180018080"),
    ],
)
def test_each_kind_reports_the_published_atr(kind: str, more: Mapping[str, str], atr: str) -> None:
    assert make_card({"id": "x", "kind": kind, **more}).atr.hex().upper() == atr


def test_the_uid_is_given_whole_or_with_the_right_complaint(classic: Ask) -> None:
    assert classic("FFCA000000") == "0BE2FB0B9000"
    assert classic("FFCA000003") == "6C04"
    assert classic("FFCA000007") == "0BE2FB0B6282"
    assert classic("FFCA010000") == "6A81"
    assert classic("FFAB000000") == "6A81"
    assert classic("00A40400050102030405") == "6300"
    assert on_reader(kind="sle4442")("FFCA000000") == "6A81"


def test_a_classic_sector_opens_with_its_key_only_and_closes_after_a_failure(classic: Ask) -> None:
    assert classic("FFB0000410") == "6300"
    assert classic("FF860000050100046000") == "6300"
    assert classic(LOAD + FACTORY_KEY) == "9000"
    assert classic("FF860000050100046000") == "9000"
    assert classic("FFB0000410") == "00" * 16 + "9000"
    assert classic("FFB0000400") == "6C10"
    assert classic("FFD6000510" + "11" * 16) == "9000"
    assert classic("FFB0000510") == "11" * 16 + "9000"
    assert classic("FFB0000810") == "6300"
    assert classic("FFB0000410") == "6300"
    assert classic("FF8800046000") == "9000"
    assert classic("FFB0000410") == "00" * 16 + "9000"
    assert classic(LOAD + "A0A1A2A3A4A5") == "9000"
    assert classic("FF860000050100046000") == "6300"
    assert classic("FFB0000410") == "6300"


def test_a_classic_keeps_block_zero_and_its_keys_to_itself(classic: Ask) -> None:
    classic(LOAD + FACTORY_KEY)
    classic("FF860000050100006000")
    assert classic("FFB0000010") == "0BE2FB0B19" + "080400" + "4200644A9F0E2114" + "9000"
    assert classic("FFB0000310") == "000000000000FF078069FFFFFFFFFFFF9000"
    assert classic("FFD6000010" + "22" * 16) == "6300"


def test_access_bits_are_obeyed_and_wrong_ones_kill_the_sector(classic: Ask) -> None:
    key_a, key_b = "A0A1A2A3A4A5", "B0B1B2B3B4B5"
    classic(LOAD + FACTORY_KEY)
    classic("FF860000050100046000")
    assert classic("FFD6000710" + key_a + "78778869" + key_b) == "9000"
    classic(LOAD + key_a)
    assert classic("FF860000050100046000") == "9000"
    assert classic("FFB0000710") == "00" * 6 + "78778869" + "00" * 6 + "9000"
    assert classic("FFD6000410" + "33" * 16) == "6300"
    assert classic("FF860000050100046000") == "9000"
    assert classic("FFD6000710" + key_a + "78778869" + key_b) == "6300"
    classic("FF82000106" + key_b)
    assert classic("FF860000050100046101") == "9000"
    assert classic("FFD6000410" + "33" * 16) == "9000"
    assert classic("FFB0000410") == "33" * 16 + "9000"
    assert classic("FFD6000710" + key_a + "00000069" + key_b) == "9000"
    assert classic("FF860000050100046000") == "6300"
    assert classic("FF860000050100046101") == "6300"


def test_key_b_opens_nothing_while_it_can_be_read_as_data(classic: Ask) -> None:
    classic(LOAD + FACTORY_KEY)
    assert classic("FF860000050100046100") == "9000"
    assert classic("FFB0000410") == "6300"


def test_a_classic_spoken_to_directly_is_silent_after_a_wrong_key_until_selected_anew() -> None:
    card = make_card({"id": "x", "kind": "classic_1k", "uid": "0BE2FB0B"})
    assert isinstance(card, ClassicCard)
    right, wrong = (bytes.fromhex("6004" + key + "0BE2FB0B") for key in (FACTORY_KEY, "000000000000"))
    assert card.exchange(wrong) is None
    assert card.exchange(right) is None
    card.select()
    assert card.exchange(right) == b""
    assert card.exchange(bytes.fromhex("3004")) == bytes(16)


def test_value_blocks_count_up_and_down_and_are_copied(classic: Ask) -> None:
    classic(LOAD + FACTORY_KEY)
    classic("FF860000050100046000")
    assert classic("FFD70004050000000064") == "9000"
    assert classic("FFD70004050100000005") == "9000"
    assert classic("FFD70004050200000009") == "9000"
    assert classic("FFB1000404") == "000000609000"
    assert classic("FFD70004020305") == "9000"
    assert classic("FFB0000510") == "600000009FFFFFFF60000000" + "04FB04FB" + "9000"
    assert classic("FFB1000604") == "6300"


def test_a_4k_card_has_large_sectors_at_its_end() -> None:
    ask = on_reader(kind="classic_4k", uid="0BE2FB0B")
    ask(LOAD + FACTORY_KEY)
    assert ask("FF860000050100F06000") == "9000"
    assert ask("FFB000FF10") == "000000000000FF078069FFFFFFFFFFFF9000"
    assert ask("FFB000EF10") == "6300"


@pytest.mark.parametrize(
    ("kind", "version", "size"),
    [("ntag213", "0004040201000F03", 45), ("ntag215", "0004040201001103", 135), ("ntag216", "0004040201001303", 231)],
)
def test_an_ntag_says_its_exact_type_and_ends_where_it_should(kind: str, version: str, size: int) -> None:
    ask = on_reader(kind=kind, uid="04A1B2C3D4E580")
    assert ask("FF00000003D44260") == f"D54300{version}9000"
    assert ask("FFB0000010") == "04A1B29F" + "C3D4E580" + "72480000" + ask("FFB0000304")[:8] + "9000"
    assert ask(f"FFB000{size - 1:02X}10") == "00000000" + "04A1B29F" + "C3D4E580" + "72480000" + "9000"
    assert ask(f"FFB000{size:02X}10") == "6300"
    assert ask("FFD600040401020304") == "9000"
    assert ask("FFB0000404") == "010203049000"
    assert ask("FFD6000410" + "00" * 16) == "6300"
    assert ask("FFD600000400000000") == "6300"


def test_an_ultralight_without_a_version_command_times_out() -> None:
    assert on_reader(kind="ultralight", uid="04A1B2C3D4E580")("FF00000003D44260") == "D543019000"


def test_an_ntag_password_protects_and_gives_up_after_its_limit() -> None:
    pages = {"41": "04000010", "42": "82000000", "43": "11223344", "44": "ABCD0000"}
    ask = on_reader(kind="ntag213", uid="04A1B2C3D4E580", pages=pages)
    assert ask("FFB0001010") == "6300"
    assert ask("FF00000007D4421B11223344") == "D54300ABCD9000"
    assert ask("FFB0001010") == "00" * 16 + "9000"
    assert ask("FFB0002B04") == "000000009000"
    assert ask("FF00000007D4421B00000000") == "D543019000"
    assert ask("FFB0001010") == "6300"
    assert ask("FF00000007D4421B00000000") == "D543019000"
    assert ask("FF00000007D4421B11223344") == "D543019000"


def test_lock_bits_of_a_type_2_card_are_for_ever() -> None:
    ask = on_reader(kind="ntag213", uid="04A1B2C3D4E580")
    assert ask("FFD600020400001000") == "9000"
    assert ask("FFD600020400000000") == "9000"
    assert ask("FFD600040401020304") == "6300"
    assert ask("FFD600050401020304") == "9000"


def test_an_sle4442_is_read_freely_and_written_after_its_psc() -> None:
    ask = on_reader(kind="sle4442", psc="123456", data="414243")
    assert ask("FFB0002003") == "6300"
    assert ask("FFA400000106") == "9000"
    assert ask("FFB0002003") == "4142439000"
    assert ask("FFB1000004") == "070000009000"
    assert ask("FFD000200158") == "9000"
    assert ask("FFB0002001") == "419000"
    assert ask("FF20000003123456") == "9007"
    assert ask("FFB1000004") == "071234569000"
    assert ask("FFD000200158") == "9000"
    assert ask("FFB0002001") == "589000"
    assert ask("FFD000000100") == "9000"
    assert ask("FFB0000004") == "A21310919000"
    assert ask("FFD2000103654321") == "9000"
    assert ask("FFA400000106") == "9000"
    assert ask("FF20000003654321") == "9007"
    assert ask("FFB2000004") == "30FF1FF89000"
    assert ask("FFD1001F01FF") == "9000"
    assert ask("FFB2000004") == "30FF1F789000"


def test_an_sle4442_is_destroyed_by_three_wrong_pscs() -> None:
    ask = on_reader(kind="sle4442")
    ask("FFA400000106")
    assert [ask("FF20000003000000") for _ in range(2)] == ["9003", "9001"]
    assert ask("FF20000003FFFFFF") == "9007"
    assert [ask("FF20000003000000") for _ in range(3)] == ["9003", "9001", "9000"]
    assert ask("FF20000003FFFFFF") == "9000"
    assert ask("FFB1000004") == "000000009000"
    ask("FFD000200158")
    assert ask("FFB0002001") == "FF9000"


@pytest.mark.parametrize(
    ("spec", "first"),
    [({"kind": "desfire", "version": "ev3"}, "04010133001A05"), ({"kind": "ntag424"}, "04040230001105")],
)
def test_a_native_card_tells_its_version_in_three_parts(spec: Mapping[str, str], first: str) -> None:
    ask = on_reader(uid="04582F6A1B6E80", **spec)
    assert ask("9060000000") == f"{first}91AF"
    assert ask("90AF000000").endswith("91AF")
    assert re.fullmatch("04582F6A1B6E80[0-9A-F]{14}9100", ask("90AF000000"))
    assert ask("90AF000000") == "911C"
    assert ask("9060000000")[-4:] == "91AF"
    assert ask("9060000000") == "91CA"


def test_a_desfire_from_the_maker_has_neither_an_aes_key_nor_an_application_nor_the_name_of_an_ntag() -> None:
    ask = on_reader(uid="04582F6A1B6E80", kind="desfire")
    assert ask("90AA0000010000") == "91AE"
    assert ask("905A00000301020300") == "91A0"
    assert ask("00A4040007D276000085010100") == "6A82"
    assert ask("00A4040007D276000085010000") == "9000"


def test_a_bank_card_gives_its_uid_and_refuses_what_it_does_not_know() -> None:
    ask = on_reader(kind="bank", uid="3F10A2C4")
    assert ask("FFCA000000") == "3F10A2C49000"
    assert ask("00A40400050102030405") == "6A82"
    assert ask("00A40000023F00") == "6A82"
    assert ask("00A404000E325041592E5359532E444446303100")[-4:] == "9000"
    assert ask("9060000000") == "6E00"
    assert ask("0020000000") == "6D00"
    assert ask("FFB0000010") == "6300"


def test_a_phone_is_another_number_at_every_tap() -> None:
    phone, reader = make_card({"id": "p", "kind": "phone"}), CardReader()
    uids = set()
    for _ in range(5):
        before = phone.uid
        phone.enter_field()
        assert phone.uid != before
        uids.add(reader.transmit(phone, bytes.fromhex("FFCA000000")).hex().upper())
    assert all(re.fullmatch("08[0-9A-F]{6}9000", uid) for uid in uids)


def test_the_demonstration_deck_holds_every_guest_and_bad_decks_are_refused() -> None:
    known = {"wang", "li", "zhao", "unknown", "bank", "phone", "desfire", "ntag424", "ultralight-aes", "cpu", "copy"}
    assert set(make_deck(DEFAULT_DECK)) == known
    with pytest.raises(ValueError, match="two cards are called wang"):
        make_deck([DEFAULT_DECK[0], DEFAULT_DECK[0]])
    for wrong in ({"kind": "abacus"}, {"kind": "classic_1k"}, {"kind": "ntag213", "uid": "01"}):
        with pytest.raises(ValueError, match=r"kind|missing|UID"):
            make_card({"id": "x", **wrong})


@pytest.mark.parametrize(
    ("card", "command", "answer", "shown"),
    [
        ("wang", "FF82000006A0A1A2A3A4A5", "9000", ("FF82000006************", "9000")),
        ("wang", "FFD6000702AABB", "9000", ("FFD6000702****", "9000")),
        ("wang", "FFD6000502AABB", "9000", ("FFD6000502AABB", "9000")),
        ("wang", "FFB0000310", "00" * 6 + "FF078069AABBCCDDEEFF9000", (0, "00" * 6 + "FF078069************9000")),
        ("wang", "FF0000000FD4400160" + "04A0A1A2A3A4A50BE2FB0B", "9000", ("FF0000000FD440016004" + "*" * 20, "9000")),
        ("li", "FF00000007D4421B11223344", "D54300ABCD9000", ("FF00000007D4421B********", "D54300****9000")),
        ("li", "FFD6002B0411223344", "9000", ("FFD6002B04********", "9000")),
        ("li", "FFD600040411223344", "9000", ("FFD600040411223344", "9000")),
        ("ultralight-aes", "FFD600300411223344", "9000", ("FFD6003004********", "9000")),
        ("ultralight-aes", "FF00000004D4421A00", "D54300AF11229000", (0, "D54300******9000")),
        ("ultralight-aes", "FF00000005D442AF1122", "D54300009000", ("FF00000005D442AF****", "D54300**9000")),
        ("ntag424", "9071000002000000", "112291AF", ("9071000002" + "*" * 6, "****91AF")),
        ("ntag424", "90AF000002112200", "33449100", ("90AF000002" + "*" * 6, "****9100")),
        ("ntag424", "90C4000002112200", "9100", ("90C4000002" + "*" * 6, "9100")),
        ("desfire", "90AA000001" + "0000", "112291AF", ("90AA000001****", "****91AF")),
        ("desfire", "905F000002112200", "9100", ("905F000002******", "9100")),
        ("desfire", "90AF000000", "112291AF", (0, "112291AF")),
        ("cpu", "002000000431323334", "9000", ("0020000004********", "9000")),
        ("cpu", "0088000102112200", "33449000", ("0088000102******", "****9000")),
        ("cpu", "00820001021122", "9000", ("0082000102****", "9000")),
        ("cpu", "0082000102", "6700", (0, "6700")),
        ("cpu", "0084000008", "11229000", (0, "11229000")),
        ("cpu", "00B0950000", "11229000", (0, "11229000")),
        ("zhao", "FF20000003123456", "9007", ("FF20000003******", "9007")),
        ("zhao", "FFD2000103123456", "9000", ("FFD2000103******", "9000")),
        ("zhao", "FFB1000004", "071234569000", (0, "07******9000")),
    ],
)
def test_the_record_of_apdus_hides_every_secret(card: str, command: str, answer: str, shown: tuple[Any, str]) -> None:
    chosen, sent, got = make_deck(DEFAULT_DECK)[card], bytes.fromhex(command), bytes.fromhex(answer)
    assert redacted_command(chosen, sent) == (shown[0] or command)
    assert redacted_answer(chosen, sent, got) == shown[1]
