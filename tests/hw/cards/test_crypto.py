"""The published vectors of RFC 4493, AN10922, AN12343 and AN12196, and the recorded sessions of real cards."""

from __future__ import annotations

import pytest

from terminal.hw.cards import crypto
from terminal.hw.cards.crypto import Ev1Session, Ev2Session

ZERO = bytes(16)
RFC_KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
RFC_MESSAGE = bytes.fromhex(
    "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
    "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710"
)
NXP_MASTER = "00112233445566778899AABBCCDDEEFF"


def h(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize(
    ("length", "code"),
    [
        (0, "BB1D6929E95937287FA37D129B756746"),
        (16, "070A16B46B4D4144F79BDD9DD04A287C"),
        (40, "DFA66747DE9AE63030CA32611497C827"),
        (64, "51F0BEBF7E3B9D92FC49741779363CFE"),
    ],
)
def test_cmac_agrees_with_the_rfc(length: int, code: str) -> None:
    assert crypto.cmac(RFC_KEY, RFC_MESSAGE[:length]) == h(code)


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        (RFC_KEY.hex(), "FBEED618357133667C85E08F7236A8DE", "F7DDAC306AE266CCF90BC11EE46D513B"),
        (NXP_MASTER, "FBC9F75C9413C041DFEE452D3F0706D1", "F793EEB928278083BFDC8A5A7E0E0D25"),
    ],
)
def test_subkeys_agree_with_the_rfc_and_with_nxp(key: str, first: str, second: str) -> None:
    assert crypto.subkeys(h(key)) == (h(first), h(second))


def test_a_card_key_agrees_with_the_makers_note() -> None:
    what = h("04782E21801D80") + h("3042F5") + h("4E585020416275")
    assert crypto.diversify(h(NXP_MASTER), what) == h("A8DD63A3B89D54B37CA802473FDA9175")


def test_a_card_key_of_a_short_input_is_not_its_plain_cmac() -> None:
    master, uid = h("F3F9377698707B688EAF84ABE39E3791"), h("04DEADBEEFFEED")
    assert crypto.diversify(master, uid) == h("0BB408BAFF98B6EE9F2E1585777F6A51")
    assert crypto.cmac(master, b"\x01" + uid) == h("721E2C01E81AF85D815633969CEA2607")


@pytest.mark.parametrize("length", [16, 17, 30, 31])
def test_a_card_key_of_a_long_input_is_its_plain_cmac(length: int) -> None:
    what = bytes(range(length))
    assert crypto.diversify(h(NXP_MASTER), what) == crypto.cmac(h(NXP_MASTER), b"\x01" + what)


@pytest.mark.parametrize("length", [0, 32])
def test_a_card_key_is_not_made_of_nothing_nor_of_too_much(length: int) -> None:
    with pytest.raises(ValueError, match="31"):
        crypto.diversify(ZERO, bytes(length))


def test_check_bytes_agree_with_their_standards() -> None:
    assert crypto.crc32_desfire(h("00102030405060708090A0B0B0A09080")) == h("BFE37919")
    assert crypto.crc32_desfire(h("C4800000000000000000000000000000000001")) == h("1DD9EAC2")
    assert crypto.crc_a(h("0000")) == h("A01E")
    assert crypto.crc_a(h("1234")) == h("26CF")


def test_padding_is_taken_off_only_where_it_is() -> None:
    for length in range(40):
        data = bytes(length)
        assert len(crypto.pad(data)) % 16 == 0
        assert crypto.unpad(crypto.pad(data)) == data
    for wrong in (b"", bytes(16), b"\x80" + bytes(16), b"\x01" * 16):
        assert crypto.unpad(wrong) is None


@pytest.mark.parametrize(
    ("challenge", "rnd_b", "ours", "answer_mac"),
    [
        (
            "B4F7379BAD5F9955110412F2CFC3759C",
            "EE1B39C24F3CBF01483A2D3053900E3E",
            "D83FF069CADB06F10D59A9BCE7831C10D46B8F0482BEE2F5EED91BF0F9AF08FD",
            "9D0C9A70E81D1965",
        ),
        (
            "BF8F998A924873DAAC8B859309B46D13",
            "4BB33E19F91A54985F226A21094F22FF",
            "0FDB4C644C9FAC875CAD7A817D26C0E35C970DD97A654FB17E09A865F39CED90",
            "9C63702E15E62095",
        ),
    ],
)
def test_a_session_of_authenticate_aes_agrees_with_the_recordings(
    challenge: str, rnd_b: str, ours: str, answer_mac: str
) -> None:
    rnd_a = b"\x01" * 16
    assert crypto.decrypt(ZERO, h(challenge)) == h(rnd_b)
    assert crypto.encrypt(ZERO, rnd_a + crypto.rotate(h(rnd_b)), h(challenge)) == h(ours)
    session = Ev1Session(rnd_a, h(rnd_b))
    session.command(h("45"))
    assert session.mac_answer(h("0981")) == h(answer_mac)


def test_the_last_message_of_authenticate_aes_agrees_with_the_recording() -> None:
    ours = h("D83FF069CADB06F10D59A9BCE7831C10D46B8F0482BEE2F5EED91BF0F9AF08FD")
    assert crypto.decrypt(ZERO, h("34C0EDD94CB393B59CC71F8F00DEB3C9"), ours[-16:]) == crypto.rotate(b"\x01" * 16)


EV2_RUNS = [
    (
        "13C5DB8A5930439FC3DEF9A4C675360F",
        "A04C124213C186F22399D33AC2A30215",
        "35C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D",
        "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663",
        "9D00C4DF",
        "1309C877509E5A215007FF0ED19CA564",
        "4C6626F5E72EA694202139295C7A7FC7",
    ),
    (
        "B98F4C50CF1C2E084FD150E33992B048",
        "B875CEB0E66A6C5CD00898DC371F92D1",
        "FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B1",
        "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A",
        "7614281A",
        "7A93D6571E4B180FCA6AC90C9A7488D4",
        "FC4AF159B62E549B5812394CAB1918CC",
    ),
]


@pytest.mark.parametrize(("rnd_a", "challenge", "ours", "answer", "ti", "key_enc", "key_mac"), EV2_RUNS)
def test_the_messages_and_keys_of_ev2first_agree_with_the_recordings(
    rnd_a: str, challenge: str, ours: str, answer: str, ti: str, key_enc: str, key_mac: str
) -> None:
    rnd_b = crypto.decrypt(ZERO, h(challenge))
    assert crypto.encrypt(ZERO, h(rnd_a) + crypto.rotate(rnd_b)) == h(ours)
    assert crypto.decrypt(ZERO, h(answer))[:20] == h(ti) + crypto.rotate(h(rnd_a))
    assert crypto.ev2_session_keys(ZERO, h(rnd_a), rnd_b) == (h(key_enc), h(key_mac))


def test_message_codes_after_ev2first_agree_with_the_makers_note() -> None:
    session = Ev2Session(ZERO, h("8248134A386E86EB7FAF54A52E536CB6"), h("7A21085E"))
    assert session.mac_command(0xF5, h("02")) == h("6597A457C8CD442C")
    session.command_done()
    settings = h("0040EEEE000100D1FE001F00004400004400002000006A0000")
    assert session.mac_answer(settings) == h("2A474282E7A47986")


def test_a_secret_write_after_ev2first_agrees_with_the_makers_note() -> None:
    session = Ev2Session(h(EV2_RUNS[1][5]), h(EV2_RUNS[1][6]), h(EV2_RUNS[1][4]))
    header = h("030000000A0000")
    secret = session.encrypt(h("0102030405060708090A"))
    assert secret == h("6B5E6804909962FC4E3FF5522CF0F843")
    assert session.mac_command(0x8D, header + secret) == h("6C0C53315B9C73AA")
    session.command_done()
    assert session.mac_answer(b"") == h("C26D236E4A7C046D")


def test_reading_the_uid_after_ev2first_agrees_with_the_makers_note() -> None:
    keys = h("2B4D963C014DC36F24F69A50A394F875"), h("379D32130CE61705DD5FD8C36B95D764")
    session = Ev2Session(*keys, h("DF055522"))
    assert session.mac_command(0x51) == h("8E2C155ADDA99BE3")
    session.command_done()
    secret = h("70756055688505B52A5E26E59E329CD6")
    assert session.mac_answer(secret) == h("595F672298EA41B7")
    assert session.decrypt(secret) == h("04958CAA5C5E80")


def test_the_messages_of_ultralight_aes_agree_with_the_recording() -> None:
    rnd_a = h("F29B0123F5C00DF612487BBF42468C7E")
    rnd_b = crypto.decrypt(ZERO, h("D5A847B84862FF3874A7F07B8DDF351B"))
    ours = h("CDF22C5F7A92F0AF0155612B9B236AC7A424BC5238D41AD041B8165B7D99E524")
    assert crypto.encrypt(ZERO, rnd_a + crypto.rotate(rnd_b)) == ours
    assert crypto.decrypt(ZERO, h("2C743D6B1E128F8076BD197B76012CE8")) == crypto.rotate(rnd_a)


def test_a_session_says_none_of_its_keys() -> None:
    for session in (Ev1Session(RFC_KEY, RFC_KEY), Ev2Session(RFC_KEY, RFC_KEY, bytes(4))):
        assert RFC_KEY.hex() not in repr(session).lower()
        assert repr(RFC_KEY) not in repr(session)
