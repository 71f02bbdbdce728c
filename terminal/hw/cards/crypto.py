"""The arithmetic of AES cards: checksums, message codes, per-card keys, and the two kinds of session. No I/O.

Sources: RFC 4493 (CMAC), NXP AN10922 (per-card keys), NXP AN12343 and AN12196 (sessions of EV2First), the public
DESFire EV1 descriptions (sessions of AuthenticateAES), ISO/IEC 14443-3 annex B (CRC_A).
"""

from __future__ import annotations

import hmac
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

BLOCK_BYTES = 16
KEY_BYTES = 16
MAC_BYTES = 8
ZERO_BLOCK = bytes(BLOCK_BYTES)
STATUS_DONE = b"\x00"

# AN10922, 2.2: the constant in front of what makes an AES-128 key a card's own; it and the input fill two blocks.
DIVERSIFY_AES128 = b"\x01"
DIVERSIFY_BYTES = 2 * BLOCK_BYTES
DIVERSIFY_INPUT_BYTES_MAX = DIVERSIFY_BYTES - 1
_PAD_MARK = b"\x80"
# RFC 4493, 2.3: the reduction constant of a doubling in GF(2^128).
_RB = 0x87
_TOP_BIT = 1 << 127
_ALL_BITS = (1 << 128) - 1

# AN12343, session keys of EV2First and starts of the encryption's chains.
_SV_ENC = bytes.fromhex("A55A00010080")
_SV_MAC = bytes.fromhex("5AA500010080")
_IV_COMMAND = bytes.fromhex("A55A")
_IV_ANSWER = bytes.fromhex("5AA5")
_COUNTER_BYTES = 2


def encrypt(key: bytes, data: bytes, iv: bytes = ZERO_BLOCK) -> bytes:
    """Return whole blocks in AES-CBC without padding."""
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypt(key: bytes, data: bytes, iv: bytes = ZERO_BLOCK) -> bytes:
    """Return what whole blocks in AES-CBC without padding held."""
    decryptor = Cipher(AES(key), CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Return one block in AES-ECB."""
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block only, as the cards' standards have it
    return encryptor.update(block) + encryptor.finalize()


def same(one: bytes, other: bytes) -> bool:
    """Tell whether two secrets or codes are equal, in a time that says nothing of where they differ."""
    return hmac.compare_digest(one, other)


def rotate(data: bytes) -> bytes:
    """Return the bytes with the first moved to the end."""
    return data[1:] + data[:1]


def xor(one: bytes, other: bytes) -> bytes:
    """Return two texts of equal length, exclusive-or."""
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def pad(data: bytes) -> bytes:
    """Return the data with `80 00 ..` up to whole blocks, at least one byte (ISO/IEC 9797-1, method 2)."""
    return data + _PAD_MARK + bytes(-(len(data) + 1) % BLOCK_BYTES)


def unpad(data: bytes) -> bytes | None:
    """Return what stands before `80 00 ..`, or None where there is no such padding."""
    bare = data.rstrip(b"\x00")
    return bare[:-1] if bare.endswith(_PAD_MARK) and len(data) - len(bare) < BLOCK_BYTES else None


def subkeys(key: bytes) -> tuple[bytes, bytes]:
    """Return K1 and K2 of a CMAC key (RFC 4493, 2.3)."""
    first = _doubled(encrypt_block(key, ZERO_BLOCK))
    return first, _doubled(first)


def _doubled(block: bytes) -> bytes:
    value = int.from_bytes(block, "big")
    return ((value << 1 & _ALL_BITS) ^ (_RB if value & _TOP_BIT else 0)).to_bytes(BLOCK_BYTES, "big")


def cmac(key: bytes, message: bytes, iv: bytes = ZERO_BLOCK) -> bytes:
    """Return the 16 bytes of CMAC (RFC 4493); another `iv` than zeros continues a DESFire EV1 session."""
    whole, broken = subkeys(key)
    is_whole = bool(message) and len(message) % BLOCK_BYTES == 0
    blocks = message if is_whole else pad(message)
    last = xor(blocks[-BLOCK_BYTES:], whole if is_whole else broken)
    return encrypt(key, blocks[:-BLOCK_BYTES] + last, iv)[-BLOCK_BYTES:]


def mac_t(code: bytes) -> bytes:
    """Return the 8 of a CMAC's 16 bytes that cards send: every second one, from the second (AN12343)."""
    return code[1::2]


def diversify(master: bytes, what: bytes) -> bytes:
    """Return a card's own AES-128 key (AN10922, 2.2); `what` is UID, application, system name: 1 to 31 bytes in all.

    Always over two blocks, so it differs from a plain CMAC of a short input. Raises `ValueError` for another length.
    """
    if not 1 <= len(what) <= DIVERSIFY_INPUT_BYTES_MAX:
        raise ValueError("1 to 31 bytes make a key a card's own")
    whole, broken = subkeys(master)
    start = DIVERSIFY_AES128 + what
    is_whole = len(start) == DIVERSIFY_BYTES
    blocks = start if is_whole else (start + _PAD_MARK).ljust(DIVERSIFY_BYTES, b"\x00")
    last = xor(blocks[BLOCK_BYTES:], whole if is_whole else broken)
    return encrypt(master, blocks[:BLOCK_BYTES] + last)[-BLOCK_BYTES:]


def crc32_desfire(data: bytes) -> bytes:
    """Return DESFire's four check bytes: CRC-32 without the inversion at the end, low byte first."""
    return (zlib.crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")


def crc_a(data: bytes) -> bytes:
    """Return the two check bytes of an ISO/IEC 14443-3 type A frame, low byte first (annex B)."""
    value = 0x6363
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value.to_bytes(2, "little")


class Ev1Session:
    """The session after AuthenticateAES: one key, and one chain through everything that is said, both ways."""

    __slots__ = ("_iv", "_key")

    def __init__(self, rnd_a: bytes, rnd_b: bytes) -> None:
        """Begin with both sides' random numbers, 16 bytes each."""
        self._key = rnd_a[:4] + rnd_b[:4] + rnd_a[12:16] + rnd_b[12:16]
        self._iv = ZERO_BLOCK

    def command(self, message: bytes) -> None:
        """Take a plain command (command byte and data) into the chain; nothing is appended to it."""
        self._iv = cmac(self._key, message, self._iv)

    def mac_answer(self, data: bytes) -> bytes:
        """Return the 8 bytes that must stand behind the data of a plain answer that ended well."""
        self._iv = cmac(self._key, data + STATUS_DONE, self._iv)
        return self._iv[:MAC_BYTES]

    def encrypt(self, data: bytes) -> bytes:
        """Return command data in secret, filled up with zeros to whole blocks."""
        whole = data + bytes(-len(data) % BLOCK_BYTES)
        secret = encrypt(self._key, whole, self._iv)
        self._iv = secret[-BLOCK_BYTES:]
        return secret

    def decrypt(self, data: bytes) -> bytes:
        """Return what an answer of whole blocks held, with its check bytes and the zeros behind them."""
        plain = decrypt(self._key, data, self._iv)
        self._iv = data[-BLOCK_BYTES:]
        return plain


class Ev2Session:
    """The session after AuthenticateEV2First: two keys, the transaction's identifier, and a counter of commands."""

    __slots__ = ("_counter", "_key_enc", "_key_mac", "_ti")

    def __init__(self, key_enc: bytes, key_mac: bytes, ti: bytes, counter: int = 0) -> None:
        """Begin with the session's keys, its identifier (4 bytes) and the number of commands before."""
        self._key_enc = key_enc
        self._key_mac = key_mac
        self._ti = ti
        self._counter = counter

    def command_done(self) -> None:
        """Count a command; call it between a command's bytes and its answer's check."""
        self._counter += 1

    def mac_command(self, command: int, data: bytes = b"") -> bytes:
        """Return the 8 bytes behind a command; `data` is its header and its data as they are sent."""
        return mac_t(cmac(self._key_mac, bytes([command]) + self._counted() + data))

    def mac_answer(self, data: bytes) -> bytes:
        """Return the 8 bytes that must stand behind the data of an answer that ended well."""
        return mac_t(cmac(self._key_mac, STATUS_DONE + self._counted() + data))

    def encrypt(self, data: bytes) -> bytes:
        """Return command data padded and in secret."""
        return encrypt(self._key_enc, pad(data), self._start(_IV_COMMAND))

    def decrypt(self, data: bytes) -> bytes | None:
        """Return what an answer of whole blocks held, or None where its padding is wrong."""
        return unpad(decrypt(self._key_enc, data, self._start(_IV_ANSWER)))

    def _counted(self) -> bytes:
        return (self._counter & 0xFFFF).to_bytes(_COUNTER_BYTES, "little") + self._ti

    def _start(self, label: bytes) -> bytes:
        ti_and_counter = self._ti + (self._counter & 0xFFFF).to_bytes(_COUNTER_BYTES, "little")
        return encrypt_block(self._key_enc, (label + ti_and_counter).ljust(BLOCK_BYTES, b"\x00"))


def ev2_session_keys(key: bytes, rnd_a: bytes, rnd_b: bytes) -> tuple[bytes, bytes]:
    """Return the keys for secrecy and for message codes of a session of EV2First (AN12343)."""
    mixed = rnd_a[:2] + xor(rnd_a[2:8], rnd_b[:6]) + rnd_b[6:] + rnd_a[8:]
    return cmac(key, _SV_ENC + mixed), cmac(key, _SV_MAC + mixed)
