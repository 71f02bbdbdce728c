"""The card models against published calculations and recorded dialogues, byte by byte, with the chips' random numbers.

Sources of the values: RFC 4493, NXP AN10922, AN12196, and dialogues recorded from cards with known keys.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hw_sim import card_aes
from tests.hw_sim.card_base import Part4Card
from tests.hw_sim.card_desfire import DesfireCard
from tests.hw_sim.card_em4100 import Em4100Card, Spelling, UidSpelling, typed_uid
from tests.hw_sim.card_native import NativeChip
from tests.hw_sim.card_ntag424 import Ntag424Card
from tests.hw_sim.card_session import Ev2Session, Mode, Refused
from tests.hw_sim.card_ultralight_aes import UltralightAesCard
from tests.hw_sim.cards import make_card

ZERO = "00" * 16
SELECT_NTAG = "00A4040C07D276000085010100"
H = bytes.fromhex


def dealt(*parts: str) -> Callable[[int], bytes]:
    """Return a source of randomness that deals these strings, each of the length that is asked for."""
    left = [H(part) for part in parts]

    def deal(length: int) -> bytes:
        assert len(left[0]) == length
        return left.pop(0)

    return deal


def opened(challenge: str) -> str:
    """Return RndB of a recorded challenge under the zero key."""
    return card_aes.decrypt(H(ZERO), H(challenge)).hex()


def ask(card: Part4Card, command: str) -> str:
    return card.apdu(H(command)).hex().upper()


def native(card: Part4Card, code: str, data: str = "") -> str:
    """Send a wrapped native command."""
    return ask(card, f"90{code}0000" + (f"{len(data) // 2:02X}{data}" if data else "") + "00")


@pytest.mark.parametrize(
    ("length", "mac"),
    [
        (0, "BB1D6929E95937287FA37D129B756746"),
        (16, "070A16B46B4D4144F79BDD9DD04A287C"),
        (40, "DFA66747DE9AE63030CA32611497C827"),
        (64, "51F0BEBF7E3B9D92FC49741779363CFE"),
    ],
)
def test_cmac_is_that_of_rfc_4493(length: int, mac: str) -> None:
    key = H("2B7E151628AED2A6ABF7158809CF4F3C")
    message = H(
        "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
        "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710"
    )
    assert card_aes.cmac(key, message[:length]) == H(mac)
    assert card_aes.subkeys(key) == (H("FBEED618357133667C85E08F7236A8DE"), H("F7DDAC306AE266CCF90BC11EE46D513B"))


def test_per_card_keys_are_those_of_the_application_note() -> None:
    first = card_aes.diversify(H("00112233445566778899AABBCCDDEEFF"), H("04782E21801D80"), H("3042F54E585020416275"))
    assert first == H("A8DD63A3B89D54B37CA802473FDA9175")
    short = card_aes.diversify(H("F3F9377698707B688EAF84ABE39E3791"), H("04DEADBEEFFEED"))
    assert short == H("0BB408BAFF98B6EE9F2E1585777F6A51")
    with pytest.raises(ValueError, match="31 bytes"):
        card_aes.diversify(H(ZERO), bytes(7), bytes(25))


def test_the_crc_is_desfires() -> None:
    assert card_aes.crc32(H("00102030405060708090A0B0B0A09080")) == H("BFE37919")
    assert card_aes.crc32(H("C480" + ZERO + "01")) == H("1DD9EAC2")


@pytest.mark.parametrize(
    ("challenge", "said", "proof", "mac"),
    [
        (
            "B4F7379BAD5F9955110412F2CFC3759C",
            "D83FF069CADB06F10D59A9BCE7831C10D46B8F0482BEE2F5EED91BF0F9AF08FD",
            "34C0EDD94CB393B59CC71F8F00DEB3C9",
            "9D0C9A70E81D1965",
        ),
        (
            "BF8F998A924873DAAC8B859309B46D13",
            "0FDB4C644C9FAC875CAD7A817D26C0E35C970DD97A654FB17E09A865F39CED90",
            None,
            "9C63702E15E62095",
        ),
    ],
)
def test_authenticate_aes_goes_as_recorded(challenge: str, said: str, proof: str | None, mac: str) -> None:
    application = {"010203": {"keys": [ZERO], "settings": "09"}}
    card = make_card(
        {"id": "x", "kind": "desfire", "version": "ev1", "uid": "04112233445566", "applications": application}
    )
    assert isinstance(card, DesfireCard)
    card.random_bytes = dealt(opened(challenge))
    assert native(card, "5A", "030201") == "9100"
    assert native(card, "AA", "00") == challenge + "91AF"
    answer = native(card, "AF", said)
    assert answer == f"{proof}9100" if proof else answer.endswith("9100")
    assert native(card, "45") == f"0981{mac}9100"


RUNS = {
    "1": (
        "A04C124213C186F22399D33AC2A30215",
        "35C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D",
        "9D00C4DF",
        "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663",
    ),
    "2": (
        "B875CEB0E66A6C5CD00898DC371F92D1",
        "FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B1",
        "7614281A",
        "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A",
    ),
}


def open_ev2(card: NativeChip, run: str, key_no: str) -> None:
    """Go through a recorded EV2 authentication."""
    challenge, said, transaction, answer = RUNS[run]
    card.random_bytes = dealt(opened(challenge), transaction)
    assert native(card, "71", key_no + "00") == challenge + "91AF"
    assert native(card, "AF", said) == answer + "9100"


@pytest.mark.parametrize("run", RUNS)
def test_authenticate_ev2_first_goes_as_recorded_on_both_kinds(run: str) -> None:
    tag = make_card({"id": "x", "kind": "ntag424", "uid": "04112233445566"})
    desfire = make_card(
        {"id": "y", "kind": "desfire", "version": "ev3", "uid": "04112233445566", "applications": {"010203": {}}}
    )
    assert isinstance(tag, Ntag424Card)
    assert isinstance(desfire, DesfireCard)
    assert ask(tag, SELECT_NTAG) == "9000"
    open_ev2(tag, run, "00")
    assert native(desfire, "5A", "030201") == "9100"
    open_ev2(desfire, run, "00")


def test_ev2_session_keys_are_those_recorded() -> None:
    keys = card_aes.ev2_session_keys(
        H(ZERO), H("13C5DB8A5930439FC3DEF9A4C675360F"), H(opened("A04C124213C186F22399D33AC2A30215"))
    )
    assert keys == (H("1309C877509E5A215007FF0ED19CA564"), H("4C6626F5E72EA694202139295C7A7FC7"))


def test_a_full_write_is_taken_and_confirmed_as_recorded() -> None:
    tag = make_card({"id": "x", "kind": "ntag424", "uid": "04112233445566"})
    assert isinstance(tag, Ntag424Card)
    ask(tag, SELECT_NTAG)
    open_ev2(tag, "2", "03")
    sent = "030000000A0000" + "6B5E6804909962FC4E3FF5522CF0F843" + "6C0C53315B9C73AA"
    assert native(tag, "8D", sent) == "C26D236E4A7C046D9100"
    assert tag.files[3].memory[:12] == H("0102030405060708090A0000")


def test_macs_of_a_session_are_those_recorded() -> None:
    session = Ev2Session(0, (H(ZERO), H("8248134A386E86EB7FAF54A52E536CB6")), H("7A21085E"))
    assert session.take(H("F502"), H("6597A457C8CD442C"), Mode.MAC, 0) == b""
    settings = H("0040EEEE000100D1FE001F00004400004400002000006A0000")
    assert session.give(settings, Mode.MAC, length_was_asked=True) == settings + H("2A474282E7A47986")
    with pytest.raises(Refused):
        session.take(H("F502"), H("6597A457C8CD442C"), Mode.MAC, 0)


def test_the_uid_under_authentication_is_sent_as_recorded() -> None:
    keys = H("2B4D963C014DC36F24F69A50A394F875"), H("379D32130CE61705DD5FD8C36B95D764")
    session = Ev2Session(0, keys, H("DF055522"))
    session.take(H("51"), H("8E2C155ADDA99BE3"), Mode.MAC, 0)
    sent = H("70756055688505B52A5E26E59E329CD6595F672298EA41B7")
    assert session.give(H("04958CAA5C5E80"), Mode.FULL, length_was_asked=True) == sent


def tap(card: Ntag424Card) -> str:
    """Read the NDEF file as a phone does and return its text."""
    card.enter_field()
    assert ask(card, SELECT_NTAG) == "9000"
    assert ask(card, "00A4000C02E104") == "9000"
    return card.apdu(H("00B0000000"))[:-2].decode("latin-1")


def tag_with(template: str, sdm: str, uid: str, counter: int, keys: tuple[str, str]) -> Ntag424Card:
    """Return a tag with an NDEF text, whose next tap is number `counter`; keys 1 and 2 are for PICC data and file."""
    card = make_card(
        {
            "id": "x",
            "kind": "ntag424",
            "uid": uid,
            "ndef": template.encode().hex(),
            "sdm": sdm,
            "counter": counter - 1,
            "keys": [ZERO, *keys, ZERO, ZERO],
        }
    )
    assert isinstance(card, Ntag424Card)
    return card


def test_a_tap_url_with_hidden_uid_and_counter_is_that_of_the_application_note() -> None:
    url = "https://example.cn/?p=" + "0" * 32 + "&m=" + "0" * 16
    at_p, at_m = url.index("?p=") + 3, url.index("&m=") + 3
    sdm = "40E0EE" + "C1FF12" + "".join(n.to_bytes(3, "little").hex() for n in (at_p, at_m, at_m))
    card = tag_with(url, sdm, "04DE5F1EACC040", 61, (ZERO, ZERO))
    card.random_bytes = dealt("DA5CF60941")
    text = tap(card)
    assert text[at_p : at_p + 32] == "EF963FF7828658A599F3041510671E88"
    assert text[at_m : at_m + 16] == "94EED9EE65337086"


@pytest.mark.parametrize(
    ("picc_data", "data", "mac", "keys", "uid", "counter", "said", "between"),
    [
        (
            "FD91EC264309878BE6345CBE53BADF40",
            "CEE9A53E3E463EF1F459635736738962",
            "ECC1E7F6C6C73BF6",
            (ZERO, ZERO),
            "04958CAA5C5E80",
            8,
            "x" * 16,
            "&cmac=",
        ),
        (
            "8ACADDEF0A9B62CDAE39A16B83FC14DE",
            "B8436E11F627BB7F543FCC0C1E0D1A89",
            "238B2543A8DEBAD8",
            ("42AFF114F2CB3B6141BE6DC95DFC5416", "B62A9BAF092439BD43C62AEE96B970C5"),
            "041D3C8A2D6B80",
            291,
            None,
            "",
        ),
    ],
)
def test_a_tap_url_with_data_is_that_of_the_application_note(
    picc_data: str,
    data: str,
    mac: str,
    keys: tuple[str, str],
    uid: str,
    counter: int,
    said: str | None,
    between: str,
) -> None:
    opened_data = card_aes.decrypt(H(keys[0]), H(picc_data))
    assert opened_data[:11] == b"\xc7" + H(uid) + counter.to_bytes(3, "little")
    if said is None:
        enc_key, _ = card_aes.tap_keys(H(keys[1]), opened_data[1:11])
        iv = card_aes.encrypt_block(enc_key, opened_data[8:11] + bytes(13))
        said = card_aes.decrypt(enc_key, H(data), iv).decode("latin-1")
    url = "e.cn/?p=" + "0" * 32 + "&d="
    at_d = len(url)
    url += said.ljust(32, "0") + between
    at_m = len(url)
    url += "0" * 16
    numbers = (8, at_d, at_d, 32, at_m)
    sdm = "40E0EE" + "D1FF12" + "".join(number.to_bytes(3, "little").hex() for number in numbers)
    card = tag_with(url, sdm, uid, counter, keys)
    card.files[2].memory[: len(url)] = url.encode("latin-1")
    card.random_bytes = dealt(opened_data[11:].hex())
    text = tap(card)
    assert text[8:40] == picc_data
    assert text[at_d : at_d + 32] == data
    assert text[at_m : at_m + 16] == mac


def test_a_tap_url_in_plain_is_that_of_the_application_note() -> None:
    url = "e.cn/?u=" + "0" * 14 + "&c=" + "0" * 6 + "&m=" + "0" * 16
    at_m = len(url) - 16
    sdm = "40E0EE" + "C1FFE2" + "".join(number.to_bytes(3, "little").hex() for number in (8, 25, at_m, at_m))
    text = tap(tag_with(url, sdm, "041E3C8A2D6B80", 6, (ZERO, ZERO)))
    assert text[: len(url)] == "e.cn/?u=041E3C8A2D6B80&c=000006&m=4B00064004B0B3D3"


def test_ultralight_aes_goes_as_recorded() -> None:
    card = make_card({"id": "x", "kind": "ultralight_aes", "uid": "04112233445566"})
    assert isinstance(card, UltralightAesCard)
    challenge = "D5A847B84862FF3874A7F07B8DDF351B"
    card.random_bytes = dealt(opened(challenge))
    assert card.exchange(H("1A00")) == H("AF" + challenge)
    said = "CDF22C5F7A92F0AF0155612B9B236AC7A424BC5238D41AD041B8165B7D99E524"
    assert card.exchange(H("AF" + said)) == H("00" + "2C743D6B1E128F8076BD197B76012CE8")


def test_a_125_khz_number_is_typed_in_every_spelling() -> None:
    assert Em4100Card(H("1E00765A0E")).spellings() == {
        Spelling.HEX_10: "1E00765A0E",
        Spelling.HEX_8: "00765A0E",
        Spelling.DECIMAL_10: "0007756302",
        Spelling.DECIMAL_8: "11823054",
        Spelling.DECIMAL_3_5: "118,23054",
    }
    with pytest.raises(ValueError, match="five bytes"):
        Em4100Card(b"1234")


def test_a_13_mhz_uid_is_typed_in_both_orders() -> None:
    typed = {spelling: typed_uid(H("0BE2FB0B"), spelling) for spelling in UidSpelling}
    assert typed == {
        UidSpelling.HEX_READING_ORDER: "0BE2FB0B",
        UidSpelling.HEX_REVERSED: "0BFBE20B",
        UidSpelling.DECIMAL_LITTLE_ENDIAN: "0201056779",
        UidSpelling.DECIMAL_BIG_ENDIAN: "0199424779",
    }
    with pytest.raises(ValueError, match="four bytes"):
        typed_uid(bytes(7), UidSpelling.HEX_REVERSED)
