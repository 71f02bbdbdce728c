"""The record of APDUs a simulator keeps for tests and people: complete, but for keys, their proofs, passwords, PSCs."""

from __future__ import annotations

from tests.hw_sim.card_base import Card
from tests.hw_sim.card_classic import ClassicCard, sector_of, trailer_of
from tests.hw_sim.card_secrets import answer_is_secret, secret_from
from tests.hw_sim.card_sle4442 import Sle4442Card
from tests.hw_sim.card_type2 import Type2Card

HIDDEN = "**"
NATIVE_DIRECT = bytes.fromhex("D442")
NATIVE_EXCHANGE = bytes.fromhex("D44001")


def _shown(data: bytes, start: int, end: int) -> str:
    end = max(start, min(end, len(data)))
    return data[:start].hex().upper() + HIDDEN * (end - start) + data[end:].hex().upper()


def redacted_command(card: Card, command: bytes) -> str:
    """Return a command in hex with every secret byte as `**`."""
    everything = len(command)
    if command[:2] in {b"\xff\x82", b"\xff\x20"} or (command[:2] == b"\xff\xd2" and isinstance(card, Sle4442Card)):
        return _shown(command, 5, everything)
    if command[:2] == b"\xff\xd6" and len(command) > 5 and isinstance(card, ClassicCard):
        block = command[3]
        return _shown(command, 5, everything if block == trailer_of(sector_of(block)) else 5)
    if command[:2] == b"\xff\xd6" and isinstance(card, Type2Card) and command[3] >= card.secret_from:
        return _shown(command, 5, everything)
    start = _native_start(command)
    if start is None:
        return command.hex().upper()
    return _shown(command, start + secret_from(command[start:]), everything)


def _native_start(command: bytes) -> int | None:
    """Return where in a command to the reader the card's own begins, or None where there is none."""
    if command[:1] != b"\xff":
        return 0
    if command[:4] != b"\xff\x00\x00\x00":
        return None
    return 5 + len(NATIVE_DIRECT if command[5:7] == NATIVE_DIRECT else NATIVE_EXCHANGE)


def redacted_answer(card: Card, command: bytes, answer: bytes) -> str:
    """Return an answer in hex with key B of a trailer, a PSC, a password acknowledge or a card's proof as `**`."""
    if isinstance(card, Sle4442Card) and command[:2] == b"\xff\xb1" and len(answer) > 2:
        return _shown(answer, 1, len(answer) - 2)
    if isinstance(card, ClassicCard) and command[:2] == b"\xff\xb0" and len(command) > 3 and len(answer) > 2:
        block = command[3]
        return _shown(answer, 10, len(answer) - 2 if block == trailer_of(sector_of(block)) else 10)
    start = _native_start(command)
    if start is not None and answer_is_secret(command[start:]):
        # The chip inside the reader puts two bytes and a status in front of what the card said.
        return _shown(answer, 3 if start else 0, len(answer) - 2)
    return answer.hex().upper()
