"""Whatever stands in a card's memory, a number or an address is read out of it, or nothing is."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.hw.card_reading import Identified
from terminal.hw.cards.classic import number_in, read_number
from terminal.hw.cards.keys import CardKeys, ClassicKeys, Ntag424Keys
from terminal.hw.cards.native import CardSaysNo
from terminal.hw.cards.proving import prove
from terminal.hw.cards.sdm_file import address_in
from terminal.hw.cards.tapping import read_address
from terminal.rules.card_numbers import normalise_number

UID = bytes.fromhex("04A1B2C3D4E580")
MASTER = bytes(range(16))
PREFIX = "https://shop.example/t"
COMMANDS_MAX = 20
classic_keys = st.builds(
    lambda form, offset, length: ClassicKeys(1, 0, "A", form, offset, min(length, 16 - offset), b"\xff" * 6),
    st.sampled_from(["ascii", "bcd", "hex"]),
    st.integers(0, 15),
    st.integers(1, 16),
)
blocks = st.binary(min_size=16, max_size=16) | st.text("0123456789AaFf \x00\xff", min_size=16, max_size=16).map(
    lambda text: text.encode("latin-1")
)
# NFC Forum NDEF: records of one web address (type U), with every code for its beginning, and noise.
records = st.builds(
    lambda head, kind, code, text: bytes([head, len(kind), (len(text) + 1) & 0xFF]) + kind + bytes([code]) + text,
    st.sampled_from([0xD1, 0xC1, 0x91, 0xD5]),
    st.sampled_from([b"U", b"T", b"", b"Sp"]),
    st.integers(0, 255),
    st.binary(max_size=30)
    | st.builds(
        lambda one, mac: f"shop.example/t?picc_data={one.hex()}&cmac={mac.hex()}".encode(),
        st.binary(min_size=16, max_size=16),
        st.binary(min_size=8, max_size=8),
    ),
)
messages = records | st.binary(max_size=60)


@settings(deadline=None)
@given(blocks, classic_keys)
def test_whatever_stands_in_a_block_is_a_number_or_none(block: bytes, keys: ClassicKeys) -> None:
    number = number_in(block, keys)
    assert len(number) <= 2 * keys.length
    if number:
        assert normalise_number(number) == number.upper()


@settings(deadline=None)
@given(messages)
def test_whatever_stands_in_a_tag_is_a_web_address_or_none(message: bytes) -> None:
    address = address_in(message)
    assert not address or len(address.encode()) < len(message) + 30


class Memory:
    """A card that answers its commands in order with anything, and then from the beginning."""

    def __init__(self, answers: list[tuple[bytes, int]]) -> None:
        self._answers = answers
        self.asked = 0

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        assert 5 <= len(command) <= 261
        self.asked += 1
        return self._answers[self.asked % len(self._answers)]


statuses = st.one_of(st.sampled_from([0x9000, 0x9000, 0x6300, 0x6982, 0x6A82, 0x9140]), st.integers(0, 0xFFFF))
answers = st.lists(
    st.tuples(st.one_of(st.just(b""), blocks, messages, messages.map(lambda m: len(m).to_bytes(2, "big"))), statuses),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(answers, classic_keys)
def test_whatever_a_classic_answers_a_number_is_read_or_none(
    given_answers: list[tuple[bytes, int]], keys: ClassicKeys
) -> None:
    card = Memory(given_answers)
    found = read_number(card.transmit, keys)
    assert card.asked <= COMMANDS_MAX
    assert found is None or not found or found.isalnum()


@settings(deadline=None)
@given(answers)
def test_whatever_a_tag_answers_its_address_is_read_and_believed_only_with_the_shops_keys(
    given_answers: list[tuple[bytes, int]],
) -> None:
    card = Memory(given_answers)
    with contextlib.suppress(CardSaysNo):
        assert isinstance(read_address(card.transmit), str)
    keys = CardKeys(ntag424=Ntag424Keys(0, b"salon", b"", MASTER, MASTER, PREFIX))
    proven = prove(Identified("ntag424", UID), card.transmit, keys)
    assert proven.proof in {"none", "refused", "delayed"}
    assert card.asked <= COMMANDS_MAX
