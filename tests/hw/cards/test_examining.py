"""A card looked at as a whole: one disturbed answer makes nobody a copy, and a wrong key is asked for twice at most."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from terminal.hw.card_reading import GET_UID, NATIVE_GET_VERSION, Identified, Transmit
from terminal.hw.cards.examining import examine
from tests.hw.cards.peer import Peer
from tests.hw.cards.test_proving import KEYS, OTHER_UID, UID, desfire, ntag424, ultralight

PROCESSOR_ATR = bytes.fromhex("3B8180018080")


def asked(card: Peer, disturbed: int = 0) -> tuple[Transmit, list[bytes]]:
    """Return a reader that holds the card, and every command it passed on; the answer of that number is disturbed."""
    commands: list[bytes] = []
    long_answers = 0

    def transmit(command: bytes) -> tuple[bytes, int]:
        nonlocal long_answers
        if command == GET_UID:
            return UID, 0x9000
        if command == NATIVE_GET_VERSION:
            return bytes(
                (0x04, 0x04 if getattr(card, "is_ntag", False) else 0x01, 0x01, 0x33, 0x00, 0x18, 0x05)
            ), 0x9100
        commands.append(command)
        data, status = card.transmit(command)
        if len(data) >= 16:
            long_answers += 1
            if long_answers == disturbed:
                data = bytes([data[0] ^ 1]) + data[1:]
        return data, status

    return transmit, commands


def authentications(commands: list[bytes]) -> int:
    return sum(command[:2] in {b"\x90\x71", b"\x90\xaa"} for command in commands)


@pytest.mark.parametrize("card", [desfire, ntag424])
@pytest.mark.parametrize("disturbed", [0, 1, 2])
def test_a_genuine_card_is_genuine_though_one_answer_was_disturbed(card: Callable[..., Peer], disturbed: int) -> None:
    transmit, commands = asked(card(), disturbed)
    found = examine(PROCESSOR_ATR, transmit, KEYS)
    assert isinstance(found, Identified)
    assert (found.uid, found.proof) == (UID, "authenticated")
    assert authentications(commands) == (2 if disturbed else 1)


@pytest.mark.parametrize("card", [desfire, ntag424])
def test_a_copy_is_asked_twice_and_refused(card: Callable[..., Peer]) -> None:
    # It answers with the right chip number and knows the key of another.
    transmit, commands = asked(card(OTHER_UID))
    found = examine(PROCESSOR_ATR, transmit, KEYS)
    assert isinstance(found, Identified)
    assert found.proof == "refused"
    assert authentications(commands) == 2


def test_without_keys_a_card_is_asked_for_no_proof() -> None:
    transmit, commands = asked(desfire())
    found = examine(PROCESSOR_ATR, transmit, None)
    assert isinstance(found, Identified)
    assert found.proof == ""
    assert authentications(commands) == 0


def test_a_card_that_counts_few_wrong_tries_is_asked_once() -> None:
    card = ultralight(OTHER_UID)
    transmit, commands = asked(card)
    found = examine(bytes.fromhex("3B8F8001804F0CA0000003060300030000000068"), transmit, KEYS)
    assert isinstance(found, Identified)
    assert sum(b"\xd4\x42\x1a" in command for command in commands) <= 1
