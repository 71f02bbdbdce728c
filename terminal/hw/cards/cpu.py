"""Proof of a processor card (FM1208/FMCOS and similar) by the shop's profile of its application.

INTERNAL AUTHENTICATE, EXTERNAL AUTHENTICATE, GET CHALLENGE, READ BINARY: ISO 7816-4 as FMCOS has them. Keys of 3DES and
SM4 are made a card's own as PBOC 2.0 part 1 does it: the factor and its complement, encrypted with the master.
"""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from terminal.hw.card_reading import NUMBER_ENDS, SW_DONE, Transmit
from terminal.hw.cards import crypto
from terminal.hw.cards.keys import CpuKeys
from terminal.hw.cards.native import KEY_WRONG, SW_READER_FAILED, UNREADABLE, CardSaysNo, RandomBytes

SW1_MORE = 0x61
SW1_WRONG_LE = 0x6C
SW_NOT_AUTHORISED = 0x6982
FACTOR_BYTES = 8
NUMBER_BYTES_MAX = 16


def select(transmit: Transmit, keys: CpuKeys) -> bool:
    """Tell whether the card has the profile's application, which is selected then."""
    _, status = transmit(b"\x00\xa4\x04\x00" + bytes([len(keys.aid)]) + keys.aid + b"\x00")
    return status == SW_DONE or status >> 8 in {SW1_MORE, SW1_WRONG_LE}


def prove_cpu(uid: bytes, transmit: Transmit, keys: CpuKeys, random_bytes: RandomBytes) -> str:
    """Return the member number in the profile's file (empty without a file) of a card that knows its own key.

    The application must be selected. Raises `CardSaysNo`.
    """
    key = card_key(keys, uid)
    ours = random_bytes(_block_bytes(keys))
    data, status = _send(transmit, b"\x00\x88\x00" + bytes([keys.key_no, len(ours)]) + ours)
    if status != SW_DONE or not crypto.same(data, cipher(keys.algorithm, key, ours)):
        raise CardSaysNo(UNREADABLE if status in SW_READER_FAILED else KEY_WRONG)
    return _read_number(transmit, keys, key) if keys.file else ""


def card_key(keys: CpuKeys, uid: bytes) -> bytes:
    """Return a card's own key: AN10922 of UID and application for AES, PBOC's way for 3DES and SM4.

    PBOC's factor is 8 bytes: the UID with zeros in front, or the last 8 bytes of a longer one.
    """
    if keys.algorithm == "aes":
        return crypto.diversify(keys.master, uid + keys.aid)
    factor = uid[-FACTOR_BYTES:].rjust(FACTOR_BYTES, b"\x00")
    return cipher(keys.algorithm, keys.master, factor + bytes(0xFF ^ byte for byte in factor))


def cipher(algorithm: str, key: bytes, blocks: bytes) -> bytes:
    """Return whole blocks encrypted one by one with a 16-byte key of `3des`, `sm4` or `aes`."""
    if algorithm == "aes":
        return b"".join(crypto.encrypt_block(key, blocks[at : at + 16]) for at in range(0, len(blocks), 16))
    # The third part of two-key 3DES is its first.
    kind = SM4(key) if algorithm == "sm4" else TripleDES(key + key[:8])
    encryptor = Cipher(kind, ECB()).encryptor()  # noqa: S305 - random challenges, as these cards' commands have it
    return encryptor.update(blocks) + encryptor.finalize()


def _block_bytes(keys: CpuKeys) -> int:
    return 8 if keys.algorithm == "3des" else 16


def _read_number(transmit: Transmit, keys: CpuKeys, key: bytes) -> str:
    read = b"\x00\xb0" + bytes([0x80 | keys.file, 0x00, NUMBER_BYTES_MAX])
    data, status = _send(transmit, read)
    if status == SW_NOT_AUTHORISED:
        # Only after the card has proved that it has our key: a wrong attempt would count against somebody's card.
        _authorise(transmit, keys, key)
        data, status = _send(transmit, read)
    data = data[:NUMBER_BYTES_MAX]
    length = next((at for at, byte in enumerate(data) if byte in NUMBER_ENDS), len(data))
    number = data[:length].decode("latin-1")
    if status != SW_DONE or not (number.isascii() and number.isalnum()):
        raise CardSaysNo(UNREADABLE)
    return number


def _authorise(transmit: Transmit, keys: CpuKeys, key: bytes) -> None:
    length = _block_bytes(keys)
    theirs, status = _send(transmit, b"\x00\x84\x00\x00" + bytes([length]))
    if status != SW_DONE or len(theirs) != length:
        raise CardSaysNo(UNREADABLE)
    ours = cipher(keys.algorithm, key, theirs)
    _, status = _send(transmit, b"\x00\x82\x00" + bytes([keys.key_no, length]) + ours)
    if status != SW_DONE:
        raise CardSaysNo(UNREADABLE if status in SW_READER_FAILED else KEY_WRONG)


def _send(transmit: Transmit, command: bytes) -> tuple[bytes, int]:
    """Return data and status; an answer that waits to be fetched is fetched, once."""
    data, status = transmit(command)
    if status >> 8 == SW1_MORE:
        more, status = transmit(b"\x00\xc0\x00\x00" + bytes([status & 0xFF]))
        return data + more, status
    return data, status
