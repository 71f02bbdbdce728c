"""The demo's cards and the demo's keys: the genuine ones prove themselves by what the launcher leaves for the till."""

from __future__ import annotations

import pathlib

import pytest

from terminal.base.events import AUTHENTICATED, REFUSED
from terminal.hw.card_reading import Identified
from terminal.hw.cards.examining import examine
from terminal.hw.cards.keys import load_card_keys
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.cards import read_deck
from tests.hw_sim.shop_first_start import DEMO, keep_card_keys


@pytest.mark.parametrize(
    ("card_id", "kind", "proof"),
    [
        ("ouyang", "desfire", AUTHENTICATED),
        ("copy", "desfire", REFUSED),
        ("zeng", "ntag424", AUTHENTICATED),
        ("copy424", "ntag424", REFUSED),
        ("wupeishan", "ultralight_aes", AUTHENTICATED),
        ("zheng", "cpu", AUTHENTICATED),
        ("desfire", "desfire", REFUSED),
    ],
)
def test_each_card_of_the_demo_that_has_keys_proves_what_it_is(
    tmp_path: pathlib.Path, card_id: str, kind: str, proof: str
) -> None:
    keep_card_keys(tmp_path / "card-keys.toml")
    keys = load_card_keys(tmp_path / "card-keys.toml")
    card = read_deck(str(DEMO / "cards.json"))[card_id]
    card.enter_field()
    reader = CardReader()

    def transmit(command: bytes) -> tuple[bytes, int]:
        answer = reader.transmit(card, command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    found = examine(card.atr, transmit, keys)
    assert isinstance(found, Identified)
    assert (found.kind, found.proof) == (kind, proof)
