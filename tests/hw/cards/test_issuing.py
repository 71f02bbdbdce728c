"""Issuing: a blank becomes the shop's own, a torn one is finished, and no other card has a byte written to it."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import pytest

from terminal.hw.card_reading import Identified
from terminal.hw.cards.issuing import Issued, IssuingFailed, NotBlank, issue
from terminal.hw.cards.keys import CardKeys, DesfireKeys, Ntag424Keys, UltralightAesKeys
from terminal.hw.cards.proving import prove
from terminal.hw.cards.sun import Tap, read_tap_url
from tests.hw.cards.peer import ZERO, Gone, NativePeer, Peer, UltralightPeer, cbc, mac16, own_key

UID = bytes.fromhex("04A1B2C3D4E580")
MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
META = bytes.fromhex("42AFF114F2CB3B6141BE6DC95DFC5416")
FILE_MASTER = bytes.fromhex("B62A9BAF092439BD43C62AEE96B970C5")
RND_B = bytes.fromhex("EE1B39C24F3CBF01483A2D3053900E3E")
AID = bytes.fromhex("4230F5")
PREFIX = "https://shop.example/t"
KEYS = CardKeys(
    desfire=DesfireKeys(AID, 2, b"salon", "ev2first", MASTER),
    ntag424=Ntag424Keys(0, b"salon", MASTER),
    ultralight_aes=UltralightAesKeys(0, b"salon", MASTER),
)
EV1_KEYS = CardKeys(desfire=DesfireKeys(AID, 2, b"salon", "aes", MASTER))
ONE_KEY = CardKeys(desfire=DesfireKeys(AID, 0, b"salon", "aes", MASTER))
SDM_KEYS = CardKeys(ntag424=Ntag424Keys(1, b"salon", MASTER, META, FILE_MASTER, PREFIX))


def random_bytes(count: int) -> bytes:
    return bytes(range(100, 100 + count))


def blank_desfire() -> NativePeer:
    return NativePeer(UID, RND_B, None)


def blank_ntag() -> NativePeer:
    return NativePeer(UID, RND_B, [ZERO] * 5, is_ntag=True)


def blank_ultralight() -> UltralightPeer:
    return UltralightPeer(UID, RND_B)


def formatted_ultralight() -> UltralightPeer:
    """Return a blank that was delivered as a tag without a message."""
    card = blank_ultralight()
    card.pages[0x04 * 4 : 0x05 * 4] = bytes.fromhex("0300FE00")
    return card


KINDS: list[tuple[str, Callable[[], Peer], CardKeys]] = [
    ("desfire", blank_desfire, KEYS),
    ("desfire", blank_desfire, EV1_KEYS),
    ("desfire", blank_desfire, ONE_KEY),
    ("ntag424", blank_ntag, KEYS),
    ("ntag424", blank_ntag, SDM_KEYS),
    ("ultralight_aes", blank_ultralight, KEYS),
    ("ultralight_aes", formatted_ultralight, KEYS),
]
each_kind = pytest.mark.parametrize(("kind", "make", "keys"), KINDS)


def memory(card: Peer) -> object:
    """Return all that a card keeps without a field."""
    if isinstance(card, UltralightPeer):
        return bytes(card.pages)
    assert isinstance(card, NativePeer)
    return copy.deepcopy((card.keys, card.aid, card.settings, card.file, card.file_settings))


def is_authenticated(kind: str, card: Peer, keys: CardKeys) -> bool:
    card.put_back()
    return prove(Identified(kind, UID), card.transmit, keys, random_bytes).proof == "authenticated"


@each_kind
def test_a_blank_card_becomes_the_shops_own(kind: str, make: Callable[[], Peer], keys: CardKeys) -> None:
    card = make()
    assert not is_authenticated(kind, card, keys)
    card.put_back()
    assert issue(kind, card.transmit, keys, random_bytes) == Issued(kind, UID)
    assert is_authenticated(kind, card, keys)


@each_kind
def test_no_factory_key_that_changes_anything_is_left(kind: str, make: Callable[[], Peer], keys: CardKeys) -> None:
    card = make()
    issue(kind, card.transmit, keys, random_bytes)
    if isinstance(card, UltralightPeer):
        assert card.key == own_key(MASTER, UID + b"salon")
        assert card.pages[0x29 * 4 + 3] == 0x04
        before = make()
        assert isinstance(before, UltralightPeer)
        assert card.pages[: 0x29 * 4] == before.pages[: 0x29 * 4]
    else:
        assert isinstance(card, NativePeer)
        assert card.keys
        assert ZERO not in card.keys
        assert len(set(card.keys)) == len(card.keys)


@each_kind
def test_an_issued_card_is_left_as_it_is_and_told_as_issued(
    kind: str, make: Callable[[], Peer], keys: CardKeys
) -> None:
    card = make()
    issue(kind, card.transmit, keys, random_bytes)
    before = memory(card)
    card.put_back()
    assert issue(kind, card.transmit, keys, random_bytes) == Issued(kind, UID)
    assert memory(card) == before


@each_kind
@pytest.mark.parametrize("cut_after", [False, True])
def test_a_card_torn_away_at_any_moment_is_finished_by_the_same_call(
    kind: str, make: Callable[[], Peer], keys: CardKeys, cut_after: bool
) -> None:
    whole = make()
    issue(kind, whole.transmit, keys, random_bytes)
    assert len(whole.asked) > 10
    for cut_at in range(len(whole.asked)):
        card = make()
        card.cut_at, card.cut_after = cut_at, cut_after
        with pytest.raises(Gone):
            issue(kind, card.transmit, keys, random_bytes)
        card.put_back()
        assert issue(kind, card.transmit, keys, random_bytes) == Issued(kind, UID), cut_at
        assert memory(card) == memory(whole), cut_at


def foreign_ultralight(page: int, data: bytes) -> UltralightPeer:
    card = blank_ultralight()
    card.pages[page * 4 : page * 4 + 4] = data
    return card


def foreign_ntag(key_no: int) -> NativePeer:
    card = blank_ntag()
    assert card.keys
    card.keys[key_no] = META
    return card


def used_ntag() -> NativePeer:
    card = blank_ntag()
    card.file_settings = bytes.fromhex("0000E0E0000100")
    return card


def used_desfire() -> NativePeer:
    card = blank_desfire()
    card.other_aids = [b"\x01\x02\x03"]
    return card


def closed_desfire() -> NativePeer:
    card = blank_desfire()
    card.picc_settings = 0x0B
    return card


def same_aid_desfire(keys: list[bytes], settings: bytes) -> NativePeer:
    card = NativePeer(UID, RND_B, keys, aid=AID)
    card.settings = settings
    return card


FOREIGN: list[tuple[str, Peer]] = [
    *(("ntag424", foreign_ntag(key_no)) for key_no in range(5)),
    ("ntag424", used_ntag()),
    ("ntag424", blank_desfire()),
    ("ntag424", NativePeer(UID[:4], RND_B, [ZERO] * 5, is_ntag=True)),
    ("desfire", used_desfire()),
    ("desfire", closed_desfire()),
    ("desfire", same_aid_desfire([META, META, META], b"\x0b\x83")),
    ("desfire", same_aid_desfire([ZERO, ZERO, META], b"\x0b\x83")),
    ("desfire", same_aid_desfire([ZERO, ZERO], b"\x0b\x82")),
    ("desfire", same_aid_desfire([ZERO, ZERO, ZERO], b"\x0f\x83")),
    ("desfire", same_aid_desfire([ZERO, ZERO, ZERO], b"\x0b\x03")),
    ("desfire", blank_ntag()),
    ("ultralight_aes", UltralightPeer(UID, RND_B, META)),
    ("ultralight_aes", UltralightPeer(UID, RND_B, META, auth0=0x04)),
    ("ultralight_aes", foreign_ultralight(0x04, b"\x03\x01\xfe\x00")),
    ("ultralight_aes", foreign_ultralight(0x05, b"\x03\x00\xfe\x00")),
    ("ultralight_aes", foreign_ultralight(0x26, b"\x00\x00\x00\x01")),
    ("ultralight_aes", foreign_ultralight(0x27, b"CF01")),
    ("ultralight_aes", foreign_ultralight(0x29, b"\x02\x00\x00\x3c")),
    ("ultralight_aes", foreign_ultralight(0x29, b"\x00\x00\x00\x10")),
]


@pytest.mark.parametrize(("kind", "card"), FOREIGN)
def test_a_card_that_is_neither_blank_nor_ours_is_refused_unchanged(kind: str, card: Peer) -> None:
    before = memory(card)
    card.put_back()
    with pytest.raises(NotBlank) as refusal:
        issue(kind, card.transmit, KEYS, random_bytes)
    assert refusal.value.code in {"card_not_blank", "card_unreadable"}
    assert memory(card) == before
    assert not any(command[:2] in {b"\x90\xc4", b"\x90\xca", b"\x90\x5f", b"\xff\xd6"} for command in card.asked)


def test_another_shops_card_is_not_finished_as_ours() -> None:
    other = dataclasses.replace(KEYS, ntag424=Ntag424Keys(0, b"other", MASTER))
    card = blank_ntag()
    issue("ntag424", card.transmit, other, random_bytes)
    before = memory(card)
    card.put_back()
    with pytest.raises(NotBlank):
        issue("ntag424", card.transmit, KEYS, random_bytes)
    assert memory(card) == before


@pytest.mark.parametrize("kind", ["ntag424", "desfire"])
def test_a_card_that_says_another_uid_under_authentication_is_refused_unchanged(kind: str) -> None:
    card = blank_ntag() if kind == "ntag424" else same_aid_desfire([ZERO] * 3, b"\x0b\x83")
    card.says_uid = UID[:-1] + b"\x81"
    before = memory(card)
    with pytest.raises(NotBlank):
        issue(kind, card.transmit, KEYS, random_bytes)
    assert memory(card) == before


def test_a_card_that_makes_us_wait_is_not_taken_for_a_foreign_one() -> None:
    card = blank_ntag()
    card.delayed = True
    with pytest.raises(NotBlank) as refusal:
        issue("ntag424", card.transmit, KEYS, random_bytes)
    assert refusal.value.code == "card_delayed"


@pytest.mark.parametrize(
    ("kind", "keys", "code"),
    [
        ("cpu", KEYS, "card_not_issuable"),
        ("m1", KEYS, "card_not_issuable"),
        ("desfire", CardKeys(), "card_key_missing"),
    ],
)
def test_what_cannot_be_issued_is_not_even_asked(kind: str, keys: CardKeys, code: str) -> None:
    card = blank_desfire()
    with pytest.raises(NotBlank) as refusal:
        issue(kind, card.transmit, keys, random_bytes)
    assert refusal.value.code == code
    assert card.asked == []


class Stubborn(UltralightPeer):
    """A card that stops taking writes after the first."""

    def answer(self, command: bytes) -> tuple[bytes, int]:
        if command[:2] == b"\xff\xd6" and command[3] >= 0x30:
            return b"", 0x6300
        return super().answer(command)


def test_a_card_that_stops_taking_writes_is_told_as_failed() -> None:
    with pytest.raises(IssuingFailed) as refusal:
        issue("ultralight_aes", Stubborn(UID, RND_B).transmit, KEYS, random_bytes)
    assert refusal.value.code == "card_issuing_failed"


def test_the_address_an_issued_card_presents_is_believed() -> None:
    card = blank_ntag()
    issue("ntag424", card.transmit, SDM_KEYS, random_bytes)
    # Put the card's values where its settings say, as the chip does at a tap (NTAG 424 DNA data sheet, 9.3).
    settings = card.file_settings
    assert settings[:7] == bytes.fromhex("004000E0000100")
    assert settings[7:10] == bytes.fromhex("C1FF34")
    picc_at, mac_from, mac_at = (int.from_bytes(settings[at : at + 3], "little") for at in (10, 13, 16))
    assert mac_from == mac_at
    assert card.keys
    meta, file_key = card.keys[3], card.keys[4]
    assert (meta, file_key) == (META, own_key(FILE_MASTER, UID + b"salon"))
    count = (5).to_bytes(3, "little")
    file = bytearray(card.file)
    file[picc_at : picc_at + 32] = cbc(meta, b"\xc7" + UID + count + b"noise").hex().upper().encode()
    session = mac16(file_key, bytes.fromhex("3CC300010080") + UID + count)
    file[mac_at : mac_at + 16] = mac16(session, b"")[1::2].hex().upper().encode()
    length = int.from_bytes(file[:2], "big")
    assert file[2:7] == bytes([0xD1, 0x01, length - 4, 0x55, 0x04])
    assert read_tap_url("https://" + file[7 : 2 + length].decode(), SDM_KEYS) == Tap(UID, 5)
