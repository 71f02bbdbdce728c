"""An authenticated session as the card keeps it: what it checks in a command, and what it adds to an answer.

Sources: NXP AN10957 and MF3ICDx (DESFire EV1), MF3D(H)x2 and NT4H2421Gx, 9.1 (EV2 secure messaging).
"""

from __future__ import annotations

import abc
import enum
import hmac

from tests.hw_sim.card_aes import (
    BLOCK_BYTES,
    MAC_BYTES,
    cmac,
    crc32,
    decrypt,
    encrypt,
    encrypt_block,
    mac_t,
    pad,
    unpad,
)

CRC_BYTES = 4
DONE = b"\x00"


class Mode(enum.IntEnum):
    """How data travels; the numbers are those of a file's settings."""

    PLAIN = 0
    MAC = 1
    FULL = 3


class Status(enum.IntEnum):
    """The second status byte of a native answer (MF3D(H)x2, 11.3)."""

    DONE = 0x00
    UNKNOWN_COMMAND = 0x1C
    INTEGRITY = 0x1E
    NO_SUCH_KEY = 0x40
    LENGTH = 0x7E
    PERMISSION = 0x9D
    PARAMETER = 0x9E
    NO_APPLICATION = 0xA0
    DELAY = 0xAD
    AUTHENTICATION = 0xAE
    MORE = 0xAF
    BOUNDARY = 0xBE
    ABORTED = 0xCA
    DUPLICATE = 0xDE
    NO_FILE = 0xF0


class Refused(Exception):  # noqa: N818 - what the card does
    """The card refuses with a status byte, and forgets its session."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


class Session(abc.ABC):
    """What both generations have: the key the terminal proved, and two directions."""

    def __init__(self, key_no: int) -> None:
        self.key_no = key_no

    @abc.abstractmethod
    def take(self, command: bytes, body: bytes, mode: Mode, length: int) -> bytes:
        """Return the plain body of a command; raise `Refused` where MAC, CRC or padding are wrong.

        `command` is the command byte and its header, `length` how long the body is where encryption hides it.
        """

    @abc.abstractmethod
    def give(self, data: bytes, mode: Mode, *, length_was_asked: bool) -> bytes:
        """Return what the card sends for `data`."""

    @abc.abstractmethod
    def carried(self, length: int, mode: Mode) -> int:
        """Return how many bytes a command's body of `length` bytes takes on the way."""


class Ev1Session(Session):
    """After AuthenticateAES: one key, and a CMAC whose initial value runs on from message to message."""

    def __init__(self, key_no: int, key: bytes) -> None:
        super().__init__(key_no)
        self._key = key
        self._iv = bytes(BLOCK_BYTES)

    def take(self, command: bytes, body: bytes, mode: Mode, length: int) -> bytes:
        """See `Session`; a full body ends in a CRC over all that was said, and in what the command adds after it."""
        if mode is Mode.FULL:
            return self._decrypted(command, body, length)
        has_mac = mode is Mode.MAC and bool(body)
        said, mac = (body[:-MAC_BYTES], body[-MAC_BYTES:]) if has_mac else (body, b"")
        self._iv = cmac(self._key, command + said, self._iv)
        if has_mac and not hmac.compare_digest(self._iv[:MAC_BYTES], mac):
            raise Refused(Status.INTEGRITY)
        return said

    def _decrypted(self, command: bytes, body: bytes, length: int) -> bytes:
        if not body or len(body) % BLOCK_BYTES:
            raise Refused(Status.LENGTH)
        plain = decrypt(self._key, body, self._iv)
        self._iv = body[-BLOCK_BYTES:]
        end = length + CRC_BYTES
        if plain[length:end] != crc32(command + plain[:length]):
            raise Refused(Status.INTEGRITY)
        return plain[:length] + plain[end:]

    def give(self, data: bytes, mode: Mode, *, length_was_asked: bool) -> bytes:
        """See `Session`; every answer has a MAC, but for an encrypted one, which has a CRC inside."""
        if mode is Mode.FULL and data:
            checked = data + crc32(data + DONE)
            padded = checked + bytes(-len(checked) % BLOCK_BYTES) if length_was_asked else pad(checked)
            sent = encrypt(self._key, padded, self._iv)
            self._iv = sent[-BLOCK_BYTES:]
            return sent
        self._iv = cmac(self._key, data + DONE, self._iv)
        return data + self._iv[:MAC_BYTES]

    def carried(self, length: int, mode: Mode) -> int:
        """See `Session`."""
        if mode is Mode.FULL:
            return length + CRC_BYTES + -(length + CRC_BYTES) % BLOCK_BYTES
        return length + (MAC_BYTES if mode is Mode.MAC else 0)


class Ev2Session(Session):
    """After AuthenticateEV2First: two keys, a transaction identifier and a command counter."""

    def __init__(self, key_no: int, keys: tuple[bytes, bytes], transaction: bytes, counter: int = 0) -> None:
        super().__init__(key_no)
        self._enc, self._mac = keys
        self.transaction = transaction
        self.counter = counter

    def _about(self) -> bytes:
        return self.counter.to_bytes(2, "little") + self.transaction

    def _iv(self, start: str) -> bytes:
        counter = self.counter.to_bytes(2, "little")
        return encrypt_block(self._enc, bytes.fromhex(start) + self.transaction + counter + bytes(8))

    def take(self, command: bytes, body: bytes, mode: Mode, length: int) -> bytes:  # noqa: ARG002 - padding tells it
        """See `Session`; the command counter goes up with every command, whatever its mode."""
        said = body if mode is Mode.PLAIN else self._checked(command, body)
        if mode is Mode.FULL and said:
            plain = unpad(decrypt(self._enc, said, self._iv("A55A"))) if len(said) % BLOCK_BYTES == 0 else None
            if plain is None:
                raise Refused(Status.INTEGRITY)
            said = plain
        self.counter += 1
        return said

    def _checked(self, command: bytes, body: bytes) -> bytes:
        if len(body) < MAC_BYTES:
            raise Refused(Status.LENGTH)
        said, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
        if not hmac.compare_digest(mac_t(self._mac, command[:1] + self._about() + command[1:] + said), mac):
            raise Refused(Status.INTEGRITY)
        return said

    def give(self, data: bytes, mode: Mode, *, length_was_asked: bool) -> bytes:  # noqa: ARG002 - always padded alike
        """See `Session`."""
        if mode is Mode.PLAIN:
            return data
        if mode is Mode.FULL and data:
            data = encrypt(self._enc, pad(data), self._iv("5AA5"))
        return data + mac_t(self._mac, DONE + self._about() + data)

    def carried(self, length: int, mode: Mode) -> int:
        """See `Session`."""
        if mode is Mode.FULL:
            return length + BLOCK_BYTES - length % BLOCK_BYTES + MAC_BYTES
        return length + (MAC_BYTES if mode is Mode.MAC else 0)
