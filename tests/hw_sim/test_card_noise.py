"""No command whatever, in whatever order, brings a card model to anything but an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hw_sim.card_base import Part4Card
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.keyed_cards import AID, KEY, OTHER, SELECT_NTAG, SELECT_SHOP, H, desfire, fmcos, ntag, ultralight

NATIVE_CODES = H("AA7177AF60510A1A45645A6A6FF5F6C45F5CBDAD3D8DCACD")
DOORS = (b"\x90\x5a\x00\x00\x03" + AID + b"\x00", SELECT_NTAG, SELECT_SHOP, H("00A4000C02E104"))


def wrapped(code: int, data: bytes) -> bytes:
    return bytes([0x90, code, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\x00"


COMMANDS = st.one_of(
    st.sampled_from(DOORS),
    st.builds(wrapped, st.sampled_from(NATIVE_CODES), st.binary(max_size=40)),
    st.builds(
        lambda head, data: b"\x00" + head + bytes([len(data)]) + data,
        st.binary(min_size=3, max_size=3),
        st.binary(max_size=20),
    ),
    st.binary(max_size=48),
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: desfire("ev1"),
        lambda: desfire("ev3", random_uid=True),
        lambda: ntag(sdm="40E0EEC1F000200000400000400000"),
        lambda: fmcos("sm4", pin="1234", number="1"),
    ],
    ids=["ev1", "ev3", "ntag424", "fmcos"],
)
@given(commands=st.lists(COMMANDS, max_size=12))
def test_a_card_answers_everything_with_a_status(make: Callable[[], Part4Card], commands: list[bytes]) -> None:
    card = make()
    for command in commands:
        answer = card.apdu(command)
        assert 2 <= len(answer) <= 258
        assert answer[-2] in {0x90, 0x91, *range(0x60, 0x70)}


@given(commands=st.lists(st.binary(max_size=36), max_size=12))
def test_an_ultralight_aes_answers_or_is_silent(commands: list[bytes]) -> None:
    card, reader = ultralight(key=KEY.hex(), key1=OTHER.hex(), auth0="10"), CardReader()
    for command in commands:
        answer = reader.transmit(card, H("FF000000") + bytes([len(command) + 2]) + H("D442") + command)
        assert answer[-2:] == H("9000")
