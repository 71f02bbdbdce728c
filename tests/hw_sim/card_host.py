"""A terminal's half of the cards' dialogues, as short as it can be: what the tests of the card models talk with."""

from __future__ import annotations

from tests.hw_sim.card_aes import (
    BLOCK_BYTES,
    MAC_BYTES,
    cmac,
    crc32,
    decrypt,
    encrypt,
    encrypt_block,
    ev1_session_key,
    ev2_session_keys,
    mac_t,
    pad,
    rotate,
    unpad,
    xor,
)
from tests.hw_sim.card_base import Part4Card

RND_A = bytes(range(0x41, 0x51))


def native(card: Part4Card, code: int, data: bytes = b"") -> tuple[bytes, int]:
    """Send one wrapped native command; return data and status byte, with all frames of a chained answer."""
    whole = b""
    while True:
        answer = card.apdu(bytes([0x90, code, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\x00")
        assert answer[-2] == 0x91
        whole += answer[:-2]
        if answer[-1] != 0xAF or code in {0xAA, 0x71, 0x77}:
            return whole, answer[-1]
        code, data = 0xAF, b""


class Ev1Host:
    """The terminal after AuthenticateAES."""

    def __init__(self, card: Part4Card, key: bytes, key_no: int = 0) -> None:
        self._card = card
        challenge, status = native(card, 0xAA, bytes([key_no]))
        assert status == 0xAF
        rnd_b = decrypt(key, challenge)
        said = encrypt(key, RND_A + rotate(rnd_b), challenge)
        proof, self.status = native(card, 0xAF, said)
        if self.status == 0:
            assert decrypt(key, proof, said[-BLOCK_BYTES:]) == rotate(RND_A)
        self._key = ev1_session_key(RND_A, rnd_b)
        self._iv = bytes(BLOCK_BYTES)

    def _checked(self, answer: bytes, status: int) -> bytes:
        data, mac = answer[:-MAC_BYTES], answer[-MAC_BYTES:]
        self._iv = cmac(self._key, data + bytes([status]), self._iv)
        assert mac == self._iv[:MAC_BYTES]
        return data

    def plain(self, code: int, header: bytes = b"", body: bytes = b"", *, mac: bool = False) -> tuple[bytes, int]:
        """A command in plain, its body with a MAC if asked; the answer's MAC is checked."""
        self._iv = cmac(self._key, bytes([code]) + header + body, self._iv)
        answer, status = native(self._card, code, header + body + (self._iv[:MAC_BYTES] if mac else b""))
        return (self._checked(answer, status) if status == 0 and answer else answer), status

    def read_full(self, code: int, header: bytes, length: int) -> bytes:
        """A command whose answer of `length` bytes is encrypted."""
        self._iv = cmac(self._key, bytes([code]) + header, self._iv)
        answer, status = native(self._card, code, header)
        assert status == 0
        opened = decrypt(self._key, answer, self._iv)
        self._iv = answer[-BLOCK_BYTES:]
        assert opened[length : length + 4] == crc32(opened[:length] + b"\x00")
        return opened[:length]

    def write_full(self, code: int, header: bytes, body: bytes, more: bytes = b"") -> int:
        """A command whose body is encrypted; the answer's MAC is checked if it has one."""
        said = body + crc32(bytes([code]) + header + body) + more
        sent = encrypt(self._key, said + bytes(-len(said) % BLOCK_BYTES), self._iv)
        self._iv = sent[-BLOCK_BYTES:]
        answer, status = native(self._card, code, header + sent)
        if answer:
            self._checked(answer, status)
        return status


class Ev2Host:
    """The terminal after AuthenticateEV2First."""

    def __init__(self, card: Part4Card, key: bytes, key_no: int = 0) -> None:
        self._card = card
        self.status = 0
        self._transaction, self._counter = b"", 0
        said = self._prove(0x71, bytes([key_no, 0]), key)
        if self.status == 0:
            self._transaction = said[:4]
            assert said[4:20] == rotate(RND_A)

    def _prove(self, code: int, asked: bytes, key: bytes) -> bytes:
        challenge, self.status = native(self._card, code, asked)
        if self.status != 0xAF:
            return b""
        rnd_b = decrypt(key, challenge)
        answer, self.status = native(self._card, 0xAF, encrypt(key, RND_A + rotate(rnd_b)))
        self._enc, self._mac = ev2_session_keys(key, RND_A, rnd_b)
        return decrypt(key, answer) if self.status == 0 else b""

    def again(self, key: bytes, key_no: int) -> int:
        """Prove another key within the session (AuthenticateEV2NonFirst); return the status."""
        said = self._prove(0x77, bytes([key_no]), key)
        assert self.status or said == rotate(RND_A)
        return self.status

    def _about(self) -> bytes:
        return self._counter.to_bytes(2, "little") + self._transaction

    def _iv(self, start: str) -> bytes:
        counter = self._counter.to_bytes(2, "little")
        return encrypt_block(self._enc, bytes.fromhex(start) + self._transaction + counter + bytes(8))

    def call(
        self, code: int, header: bytes = b"", body: bytes = b"", *, hide: bool = False, hidden: bool = False
    ) -> tuple[bytes, int]:
        """A command with a MAC, its body encrypted if `hide`, its answer if `hidden`; return plain data and status."""
        if hide:
            body = encrypt(self._enc, pad(body), self._iv("A55A"))
        mac = mac_t(self._mac, bytes([code]) + self._about() + header + body)
        answer, status = native(self._card, code, header + body + mac)
        self._counter += 1
        if status or not answer:
            return answer, status
        data, mac = answer[:-MAC_BYTES], answer[-MAC_BYTES:]
        if mac != mac_t(self._mac, b"\x00" + self._about() + data):
            return data, -1
        if hidden and data:
            opened = unpad(decrypt(self._enc, data, self._iv("5AA5")))
            assert opened is not None
            data = opened
        return data, status

    def plain(self, code: int, data: bytes) -> tuple[bytes, int]:
        """A command that the session does not protect and counts all the same."""
        self._counter += 1
        return native(self._card, code, data)


def mixed_key(new: bytes, old: bytes, version: int = 1) -> tuple[bytes, bytes]:
    """Return the body of ChangeKey for another key than the proved one: what travels, and the new key's CRC."""
    return xor(new, old) + bytes([version]), crc32(new)
