"""Tap addresses: the maker's and recorded vectors, and whole addresses computed without the terminal's code."""

from __future__ import annotations

import pytest

from terminal.hw.cards.keys import CardKeys, Ntag424Keys
from terminal.hw.cards.sun import SdmSession, Tap, TapUrlWrong, read_picc_data, read_tap_url
from tests.hw.cards.peer import ZERO, cbc, mac16, own_key

PREFIX = "https://shop.example/t"
UID = bytes.fromhex("04DE5F1EACC040")
META = bytes.fromhex("42AFF114F2CB3B6141BE6DC95DFC5416")
FILE_MASTER = bytes.fromhex("B62A9BAF092439BD43C62AEE96B970C5")
KEYS = CardKeys(ntag424=Ntag424Keys(0, b"salon", ZERO, META, FILE_MASTER, PREFIX))


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def address(uid: bytes, counter: int, data: bytes = b"", *, master: bytes = FILE_MASTER, meta: bytes = META) -> str:
    """Return what the card would present."""
    key = own_key(master, uid + b"salon")
    count = counter.to_bytes(3, "little")
    picc = cbc(meta, b"\xc7" + uid + count + b"noise").hex().upper()
    text = ""
    if data:
        enc_key = mac16(key, h("C33C00010080") + uid + count)
        text = cbc(enc_key, data, cbc(enc_key, count + bytes(13))).hex().upper() + "&cmac="
    mac = mac16(mac16(key, h("3CC300010080") + uid + count), text.encode())[1::2].hex().upper()
    return f"{PREFIX}?picc_data={picc}&{'enc=' + text if text else 'cmac='}{mac}"


def test_the_first_vector_gives_uid_counter_and_code() -> None:
    assert read_picc_data(ZERO, h("EF963FF7828658A599F3041510671E88")) == (UID, 61)
    session = SdmSession(ZERO, UID, 61)
    assert session._key_mac == h("3FB5F6E3A807A03D5E3570ACE393776F")
    assert session.mac(b"") == h("94EED9EE65337086")


def test_the_second_vector_gives_uid_counter_data_and_code() -> None:
    assert read_picc_data(ZERO, h("FD91EC264309878BE6345CBE53BADF40")) == (h("04958CAA5C5E80"), 8)
    session = SdmSession(ZERO, h("04958CAA5C5E80"), 8)
    assert session.mac(b"CEE9A53E3E463EF1F459635736738962&cmac=") == h("ECC1E7F6C6C73BF6")
    assert session.decrypt(h("CEE9A53E3E463EF1F459635736738962")) == b"x" * 16


def test_the_third_vector_gives_uid_counter_and_code() -> None:
    assert read_picc_data(META, h("8ACADDEF0A9B62CDAE39A16B83FC14DE")) == (h("041D3C8A2D6B80"), 291)
    session = SdmSession(FILE_MASTER, h("041D3C8A2D6B80"), 291)
    assert session.mac(b"B8436E11F627BB7F543FCC0C1E0D1A89") == h("238B2543A8DEBAD8")


def test_the_plain_vector_gives_the_code() -> None:
    assert SdmSession(ZERO, h("041E3C8A2D6B80"), 6).mac(b"") == h("4B00064004B0B3D3")


@pytest.mark.parametrize("counter", [0, 1, 61, 0xFFFFFF])
def test_an_address_gives_the_card_and_its_counter(counter: int) -> None:
    assert read_tap_url(address(UID, counter), KEYS) == Tap(UID, counter)


def test_an_address_with_file_data_gives_the_data() -> None:
    assert read_tap_url(address(UID, 7, b"member 2026 0088"), KEYS) == Tap(UID, 7, b"member 2026 0088")


def test_an_address_in_plain_gives_the_card_and_its_counter_high_byte_first() -> None:
    key = mac16(own_key(FILE_MASTER, UID + b"salon"), h("3CC300010080") + UID + h("060000"))
    mac = mac16(key, b"")[1::2].hex()
    assert read_tap_url(f"{PREFIX}?uid={UID.hex()}&ctr=000006&cmac={mac}", KEYS) == Tap(UID, 6)
    with pytest.raises(TapUrlWrong, match="tap_url_mac_wrong"):
        read_tap_url(f"{PREFIX}?uid={UID.hex()}&ctr=000007&cmac={mac}", KEYS)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "tap_url_foreign"),
        (PREFIX, "tap_url_foreign"),
        ("https://shop.example/tt" + address(UID, 1)[len(PREFIX) :], "tap_url_foreign"),
        (PREFIX + "?", "tap_url_malformed"),
        (address(UID, 1) + "0", "tap_url_malformed"),
        (address(UID, 1) + "\n", "tap_url_malformed"),
        (address(UID, 1).replace("picc_data=", "picc_data=00"), "tap_url_malformed"),
        (address(UID, 1, bytes(16 * 40)), "tap_url_malformed"),
        (address(UID, 1, master=ZERO), "tap_url_mac_wrong"),
        (address(UID, 1, meta=ZERO), "tap_url_mac_wrong"),
    ],
)
def test_an_address_that_proves_nothing_is_refused_with_its_code(url: str, code: str) -> None:
    with pytest.raises(TapUrlWrong) as refusal:
        read_tap_url(url, KEYS)
    assert refusal.value.code == code


def test_every_single_changed_digit_of_an_address_is_noticed() -> None:
    genuine = address(UID, 9, b"member 2026 0088")
    for at in range(len(PREFIX), len(genuine)):
        if genuine[at] in "0123456789ABCDEF":
            changed = genuine[:at] + ("0" if genuine[at] != "0" else "1") + genuine[at + 1 :]
            with pytest.raises(TapUrlWrong):
                read_tap_url(changed, KEYS)


def test_without_keys_no_address_is_believed() -> None:
    for keys in (CardKeys(), CardKeys(ntag424=Ntag424Keys(0, b"salon", ZERO))):
        with pytest.raises(TapUrlWrong, match="tap_url_no_key"):
            read_tap_url(address(UID, 1), keys)
