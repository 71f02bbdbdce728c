"""Whatever a card or an address says, proving and reading answer with their own values and stay bounded."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.hw.card_reading import Identified
from terminal.hw.cards.crypto import pad, unpad
from terminal.hw.cards.issuing import IssuingFailed, NotBlank, issue
from terminal.hw.cards.keys import CardKeys, CpuKeys, DesfireKeys, Ntag424Keys, UltralightAesKeys
from terminal.hw.cards.proving import prove
from terminal.hw.cards.sun import TapUrlWrong, read_tap_url
from tests.hw.cards.peer import NativePeer, UltralightPeer, own_key

UID = bytes.fromhex("04A1B2C3D4E580")
MASTER = bytes(range(16))
AID = b"\x42\x30\xf5"
PREFIX = "https://shop.example/t"
KINDS = ["desfire", "ntag", "ntag424", "ultralight", "ultralight_aes", "unknown", "cpu", "m1"]
CODES = {
    "authenticated": {""},
    "none": {""},
    "delayed": {"card_delayed"},
    "refused": {"card_key_wrong", "card_unreadable"},
}
COMMANDS_MAX = 20
ISSUING_COMMANDS_MAX = 60

cpu_profiles = st.lists(
    st.builds(
        CpuKeys,
        st.binary(min_size=5, max_size=16),
        st.integers(0, 255),
        st.sampled_from(["3des", "sm4", "aes"]),
        st.integers(0, 30),
        st.just(MASTER),
    ),
    max_size=2,
)
all_keys = st.builds(
    lambda auth, cpu, taps: CardKeys(
        DesfireKeys(AID, 1, b"salon", auth, MASTER),
        Ntag424Keys(0, b"salon", MASTER, MASTER, MASTER, PREFIX if taps else ""),
        UltralightAesKeys(0, b"salon", MASTER),
        tuple(cpu),
    ),
    st.sampled_from(["ev2first", "aes"]),
    cpu_profiles,
    st.booleans(),
)
statuses = st.one_of(
    st.sampled_from([0x9000, 0x91AF, 0x9100, 0x91AE, 0x91AD, 0x91A0, 0x6300, 0x6982, 0x6110, 0x6C10]),
    st.integers(0, 0xFFFF),
)
pieces = st.one_of(
    st.binary(max_size=60),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=16, max_size=16).map(lambda data: b"\xd5\x43\x00\xaf" + data),
    st.binary(min_size=16, max_size=16).map(lambda data: b"\xd5\x43\x00\x00" + data),
    st.just(b""),
)
answers = st.lists(st.tuples(pieces, statuses), min_size=1, max_size=8)
uids = st.sampled_from([UID, UID[:4], UID + b"123"])


class Garbage:
    """A card that answers anything, for ever."""

    def __init__(self, given_answers: list[tuple[bytes, int]]) -> None:
        self._answers = given_answers
        self.asked = 0

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        assert 5 <= len(command) <= 261
        self.asked += 1
        return self._answers[self.asked % len(self._answers)]


def zeros(count: int) -> bytes:
    return bytes(count)


@given(st.sampled_from(KINDS), uids, answers, all_keys)
def test_whatever_a_card_answers_proving_comes_to_one_of_its_four_ends(
    kind: str, uid: bytes, given_answers: list[tuple[bytes, int]], keys: CardKeys
) -> None:
    card = Garbage(given_answers)
    found = prove(Identified(kind, uid), card.transmit, keys, zeros)
    assert card.asked <= COMMANDS_MAX
    assert found.uid == uid
    assert found.code in CODES[found.proof]
    assert found.proof != "authenticated"


@given(
    st.sampled_from(["desfire", "ntag424", "ultralight_aes"]),
    st.integers(0, 4),
    st.one_of(st.tuples(pieces, statuses), st.tuples(st.integers(0, 39), st.integers(1, 255))),
    st.sampled_from(["ev2first", "aes"]),
)
def test_a_genuine_card_whose_answer_is_damaged_is_never_believed(
    kind: str, exchange: int, damage: tuple[bytes | int, int], auth: str
) -> None:
    own = {"desfire": UID + AID + b"salon", "ntag424": UID + b"salon", "ultralight_aes": UID + b"salon"}
    keys = CardKeys(
        DesfireKeys(AID, 0, b"salon", auth, MASTER),
        Ntag424Keys(0, b"salon", MASTER),
        UltralightAesKeys(0, b"salon", MASTER),
    )
    key = own_key(MASTER, own[kind])
    card = (
        UltralightPeer(UID, bytes(range(16)), key)
        if kind == "ultralight_aes"
        else NativePeer(UID, bytes(range(16)), [key], aid=AID, is_ntag=kind == "ntag424")
    )
    changed = False

    def transmit(command: bytes) -> tuple[bytes, int]:
        nonlocal changed
        answer = data, status = card.transmit(command)
        if len(card.asked) != exchange + 1:
            return answer
        what, how = damage
        if isinstance(what, bytes):
            data, status = what, how
        elif data:
            at = what % len(data)
            data = data[:at] + bytes([data[at] ^ how]) + data[at + 1 :]
        changed = (data, status) != answer and (bool(answer[0]) or status != answer[1])
        return data, status

    found = prove(Identified(kind, UID), transmit, keys, zeros)
    assert (found.proof == "authenticated") == (not changed)
    assert found.code in CODES[found.proof]


@given(st.sampled_from(["desfire", "ntag424", "ultralight_aes", "m1"]), answers, all_keys)
def test_whatever_a_card_answers_issuing_refuses_it_or_says_that_it_failed(
    kind: str, given_answers: list[tuple[bytes, int]], keys: CardKeys
) -> None:
    card = Garbage(given_answers)
    with contextlib.suppress(NotBlank, IssuingFailed):
        issue(kind, card.transmit, keys, zeros)
    assert card.asked <= ISSUING_COMMANDS_MAX


hexadecimal = st.text("0123456789abcdefABCDEF", max_size=70)
queries = st.one_of(
    st.text(max_size=80),
    st.builds(lambda one, two, mac: f"?picc_data={one}&enc={two}&cmac={mac}", hexadecimal, hexadecimal, hexadecimal),
    st.builds(
        lambda picc, enc, mac: f"?picc_data={picc.hex()}{f'&enc={enc.hex()}' if enc else ''}&cmac={mac.hex()}",
        st.binary(min_size=16, max_size=16),
        st.sampled_from([b"", bytes(16), bytes(64)]),
        st.binary(min_size=8, max_size=8),
    ),
)


@given(queries, all_keys)
def test_whatever_an_address_says_it_is_refused_with_a_code(query: str, keys: CardKeys) -> None:
    with pytest.raises(TapUrlWrong) as refusal:
        read_tap_url(PREFIX + query, keys)
    assert refusal.value.code.startswith("tap_url_")


@given(st.binary(max_size=80))
def test_padding_taken_off_is_the_data_that_was_padded(data: bytes) -> None:
    assert unpad(pad(data)) == data
    bare = unpad(data)
    assert bare is None or data.startswith(bare + b"\x80")
