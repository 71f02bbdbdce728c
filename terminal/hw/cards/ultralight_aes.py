"""Proof of a MIFARE Ultralight AES through a reader's raw channel (NXP MF0AES data sheet; PN532 InCommunicateThru)."""

from __future__ import annotations

from terminal.hw.card_reading import RAW_ANSWER_OK, SW_DONE, Transmit
from terminal.hw.cards import crypto
from terminal.hw.cards.native import KEY_WRONG, CardSaysNo, RandomBytes

AUTHENTICATE = 0x1A
MORE = 0xAF
DONE = 0x00
CHALLENGE_BYTES = 1 + crypto.BLOCK_BYTES


def raw(transmit: Transmit, command: bytes) -> bytes | None:
    """Return a type 2 card's answer to its own command, or None where the card or the reader refuses it."""
    wrapped = b"\xd4\x42" + command
    data, status = transmit(b"\xff\x00\x00\x00" + bytes([len(wrapped)]) + wrapped)
    return data[len(RAW_ANSWER_OK) :] if status == SW_DONE and data.startswith(RAW_ANSWER_OK) else None


def challenge(transmit: Transmit, key_no: int) -> bytes | None:
    """Return the card's secret random number, or None for a card that does not authenticate with AES."""
    answer = raw(transmit, bytes([AUTHENTICATE, key_no]))
    # Ultralight C answers the same command with half as much.
    if answer is None or len(answer) != CHALLENGE_BYTES or answer[0] != MORE:
        return None
    return answer[1:]


def answer_challenge(transmit: Transmit, secret: bytes, key: bytes, random_bytes: RandomBytes) -> None:
    """Return when the card has proved that it knows `key`; raises `CardSaysNo`.

    The key is made from the UID, so knowing it is the proof of the UID.
    """
    rnd_a = random_bytes(crypto.BLOCK_BYTES)
    ours = crypto.encrypt(key, rnd_a + crypto.rotate(crypto.decrypt(key, secret)))
    answer = raw(transmit, bytes([MORE]) + ours)
    if answer is None or len(answer) != CHALLENGE_BYTES or answer[0] != DONE:
        raise CardSaysNo(KEY_WRONG)
    if not crypto.same(crypto.decrypt(key, answer[1:]), crypto.rotate(rnd_a)):
        raise CardSaysNo(KEY_WRONG)
