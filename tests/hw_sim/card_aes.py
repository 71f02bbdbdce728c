"""The cards' own cryptography: AES blocks, CMAC, per-card keys and the keys of a session.

Sources: RFC 4493 (CMAC), NXP AN10922 (per-card keys), NXP MF3D(H)x2 and NT4H2421Gx (sessions, tap URL), FIPS 81 (CBC).
The cards check the terminal with this, so nothing here comes from the terminal.
"""

from __future__ import annotations

import zlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

BLOCK_BYTES = 16
MAC_BYTES = 8
ZERO_BLOCK = bytes(BLOCK_BYTES)

SESSION_ENC = bytes.fromhex("A55A00010080")
SESSION_MAC = bytes.fromhex("5AA500010080")
TAP_ENC = bytes.fromhex("C33C00010080")
TAP_MAC = bytes.fromhex("3CC300010080")


def encrypt(key: bytes, data: bytes, iv: bytes = ZERO_BLOCK) -> bytes:
    """Return `data` (whole blocks) enciphered with AES in CBC mode."""
    machine = Cipher(AES(key), CBC(iv)).encryptor()
    return machine.update(data) + machine.finalize()


def decrypt(key: bytes, data: bytes, iv: bytes = ZERO_BLOCK) -> bytes:
    """Return `data` (whole blocks) deciphered with AES in CBC mode."""
    machine = Cipher(AES(key), CBC(iv)).decryptor()
    return machine.update(data) + machine.finalize()


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Return one block enciphered with AES alone."""
    machine = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - the data sheets make IVs and subkeys this way
    return machine.update(block) + machine.finalize()


def xor(one: bytes, other: bytes) -> bytes:
    """Return two strings of the same length combined bit by bit."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def rotate(data: bytes) -> bytes:
    """Return `data` with its first byte moved to the end."""
    return data[1:] + data[:1]


def subkeys(key: bytes) -> tuple[bytes, bytes]:
    """Return K1 and K2 (RFC 4493, 2.3)."""
    found = []
    value = int.from_bytes(encrypt_block(key, ZERO_BLOCK), "big")
    for _ in range(2):
        value = (value << 1) ^ (0x87 if value >> 127 else 0)
        value &= (1 << 128) - 1
        found.append(value.to_bytes(BLOCK_BYTES, "big"))
    return found[0], found[1]


def cmac(key: bytes, message: bytes, iv: bytes = ZERO_BLOCK) -> bytes:
    """Return the CMAC of `message`; DESFire EV1 goes on from the last one as `iv`, where RFC 4493 begins with zeros."""
    k1, k2 = subkeys(key)
    whole = bool(message) and len(message) % BLOCK_BYTES == 0
    padded = message if whole else pad(message)
    last = xor(padded[-BLOCK_BYTES:], k1 if whole else k2)
    return encrypt(key, padded[:-BLOCK_BYTES] + last, iv)[-BLOCK_BYTES:]


def mac_t(key: bytes, message: bytes) -> bytes:
    """Return the eight odd-numbered bytes of a CMAC, as EV2 messages and tap URLs carry them."""
    return cmac(key, message)[1::2]


def pad(data: bytes) -> bytes:
    """Return `data` with `80 00 ..` added up to the next whole block; at least one byte is added."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK_BYTES)


def unpad(data: bytes) -> bytes | None:
    """Return what `pad` was given, or None when the padding is wrong."""
    bare = data.rstrip(b"\x00")
    return bare[:-1] if bare.endswith(b"\x80") and len(data) - len(bare) < BLOCK_BYTES else None


def padded_with_zeros(data: bytes) -> bytes:
    """Return `data` filled up with zeros to whole blocks."""
    return data + bytes(-len(data) % BLOCK_BYTES)


def diversify(master: bytes, uid: bytes, more: bytes = b"") -> bytes:
    """Return a card's own AES key (AN10922): made from the UID and `more` (application, system), 31 bytes at most."""
    said = b"\x01" + uid + more
    k1, k2 = subkeys(master)
    short = 2 * BLOCK_BYTES - len(said)
    if short < 0:
        raise ValueError("more than 31 bytes to make a key from")
    padded = said + (b"\x80" + bytes(short - 1) if short else b"")
    last = xor(padded[BLOCK_BYTES:], k2 if short else k1)
    return encrypt(master, padded[:BLOCK_BYTES] + last)[BLOCK_BYTES:]


def key_of(text: str, uid: bytes) -> bytes:
    """Return the key a deck entry gives in hex, or as `MASTER/MORE` the card's own one, made by `diversify`."""
    master, derived, more = text.partition("/")
    return diversify(bytes.fromhex(master), uid, bytes.fromhex(more)) if derived else bytes.fromhex(master)


def crc32(data: bytes) -> bytes:
    """Return DESFire's CRC: CRC-32 without the last inversion, low byte first."""
    return (zlib.crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")


def ev1_session_key(rnd_a: bytes, rnd_b: bytes) -> bytes:
    """Return the session key of AuthenticateAES."""
    return rnd_a[:4] + rnd_b[:4] + rnd_a[12:] + rnd_b[12:]


def ev2_session_keys(key: bytes, rnd_a: bytes, rnd_b: bytes) -> tuple[bytes, bytes]:
    """Return the keys for encryption and for MACs of AuthenticateEV2First and its later form."""
    mixed = rnd_a[:2] + xor(rnd_a[2:8], rnd_b[:6]) + rnd_b[6:] + rnd_a[8:]
    return cmac(key, SESSION_ENC + mixed), cmac(key, SESSION_MAC + mixed)


def tap_keys(file_key: bytes, mirrored: bytes) -> tuple[bytes, bytes]:
    """Return the keys for data and MAC of one tap; `mirrored` is UID and counter (low byte first)."""
    enc, mac = (cmac(file_key, padded_with_zeros(start + mirrored)) for start in (TAP_ENC, TAP_MAC))
    return enc, mac
