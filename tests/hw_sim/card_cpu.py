"""Cards with a processor and no native commands: bank and transit cards, a phone, a shop's own CPU card.

Sources: ISO 7816-4 (status words, SELECT, authentication), Fudan FMCOS 2.0 user manual (FM1208), GB/T 32907 (SM4).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tests.hw_sim.card_aes import key_of
from tests.hw_sim.card_base import Part4Card, uid_of
from tests.hw_sim.card_trouble import Trouble

NOT_FOUND = bytes.fromhex("6A82")
WRONG_CLASS = bytes.fromhex("6E00")
WRONG_INSTRUCTION = bytes.fromhex("6D00")
WRONG_LENGTH = bytes.fromhex("6700")
NOT_AUTHORISED = bytes.fromhex("6982")
NOT_ALLOWED = bytes.fromhex("6985")
WRONG_OFFSET = bytes.fromhex("6B00")
BLOCKED = bytes.fromhex("6983")
NO_SUCH_KEY = bytes.fromhex("6A88")
DONE = bytes.fromhex("9000")

MASTER_FILE = bytes.fromhex("0000023F00")  # SELECT's P1, P2, Lc and the master file's identifier
AUTHENTICATE, VERIFY = 0x82, 0x20  # what is counted: EXTERNAL AUTHENTICATE and VERIFY

BANK_APPLICATIONS = {
    # EMV book 1, 11.3.4: the payment system environment of a contactless bank card.
    "325041592E5359532E4444463031": "6F1E840E325041592E5359532E4444463031A50CBF0C0961074F05A000000333",
}


class IsoCard(Part4Card):
    """A bank or transit card: it selects the applications it has and refuses everything else."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take `uid`, optional `historical` (hex) and `applications` {AID hex: FCI hex} from a deck entry."""
        super().__init__(spec)
        self.uid = uid_of(spec, 4, 7, 10)
        self.historical = bytes.fromhex(spec.get("historical", "0031C173C84000009000"))
        default = BANK_APPLICATIONS if self.kind == "bank" else {}
        named: Mapping[str, str] = spec.get("applications", default)
        self._applications = {bytes.fromhex(aid): bytes.fromhex(fci) for aid, fci in named.items()}
        self._selected = False

    def power_on(self) -> None:
        """Deselect."""
        self._selected = False

    def apdu(self, command: bytes) -> bytes:
        """Answer one ISO 7816-4 command."""
        if len(command) < 4:
            return WRONG_LENGTH
        if command[0] & 0xF0 == 0x80 and self._selected:
            return NOT_ALLOWED
        return WRONG_CLASS if command[0] & 0xF0 else self._interindustry(command)

    def _interindustry(self, command: bytes) -> bytes:
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0x84:
                return secrets.token_bytes(8) + DONE if command[4:] in {b"\x08", b"\x00"} else b"\x6c\x08"
            case 0xB0 | 0xB2:
                return NOT_AUTHORISED if self._selected else NOT_FOUND
        return WRONG_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        length = command[4] if len(command) > 4 else 0
        if length == 0 or len(command) not in {5 + length, 6 + length}:
            return WRONG_LENGTH
        answer = self._applications.get(command[5 : 5 + length]) if command[2] == 0x04 else None
        self._selected = answer is not None
        return NOT_FOUND if answer is None else answer + DONE


class PhoneCard(IsoCard):
    """A phone's card emulation: no historical bytes, another UID `08 xx xx xx` at every tap (ISO 14443-3, 6.5.4)."""

    uid_is_random = True

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take optional `applications` from a deck entry; the UID is not its to name."""
        super().__init__({"historical": "", **spec, "uid": "08000000"})
        self.enter_field()

    def enter_field(self) -> None:
        """Draw a UID which differs from the last one."""
        super().enter_field()
        before = self.uid
        while self.uid == before:
            self.uid = b"\x08" + secrets.token_bytes(3)


def _block_cipher(algorithm: str, key: bytes) -> tuple[Callable[[bytes], bytes], int]:
    """Return what enciphers blocks one by one, and how long a block is; raise `ValueError` for an unknown name."""
    makers: Mapping[str, Callable[[bytes], TripleDES | SM4 | AES]] = {"3des": TripleDES, "sm4": SM4, "aes": AES}
    if algorithm not in makers:
        raise ValueError(f"no algorithm {algorithm}; there are {', '.join(makers)}")
    # A 3DES key of two parts is used first, second, first.
    cipher = makers[algorithm](key + key[:8] if algorithm == "3des" and len(key) == 16 else key)

    def encipher(data: bytes) -> bytes:
        machine = Cipher(cipher, ECB()).encryptor()  # noqa: S305 - single blocks, as the card does it
        return machine.update(data) + machine.finalize()

    return encipher, cipher.block_size // 8


class FmcosCard(IsoCard):
    """A shop's own CPU card: one application, one key that both sides prove, a number in a file behind it.

    A deck entry has `uid` and may have `aid`, `key_no`, `algorithm` (3des, sm4, aes), `key`, `file` (short identifier),
    `number` (text), `pin`, `tries`, `open` (the file is read without the key), `clone`, `historical`.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._aid = bytes.fromhex(spec.get("aid", "A00000063257414E47"))
        control_information = _tlv(0x6F, _tlv(0x84, self._aid))
        super().__init__({**spec, "applications": {self._aid.hex(): control_information.hex()}})
        self.trouble = Trouble()
        self.random_bytes: Callable[[int], bytes] = secrets.token_bytes
        self.is_clone = bool(spec.get("clone"))
        self._key_no = int(spec.get("key_no", 0))
        key = key_of(spec.get("key", "00" * 16), self.uid)
        key = secrets.token_bytes(len(key)) if self.is_clone else key
        self._encipher, self.block_bytes = _block_cipher(spec.get("algorithm", "3des"), key)
        self._file = int(spec.get("file", 0x15))
        self.memory = bytearray(spec.get("number", "").encode())
        self._open = bool(spec.get("open"))
        self._pin = spec.get("pin", "").encode()
        self._tries_max = int(spec.get("tries", 3))
        self.tries = {AUTHENTICATE: self._tries_max, VERIFY: self._tries_max}
        self._challenge = b""
        self._proved: set[int] = set()

    def power_on(self) -> None:
        """Forget what was proved; the counters of wrong tries stay."""
        super().power_on()
        self._challenge, self._proved = b"", set()

    def apdu(self, command: bytes) -> bytes:
        """Answer one ISO 7816-4 command; raise `FieldLost` when torn away."""
        return self.trouble.damaged(self.trouble.around(command, super().apdu))

    def _interindustry(self, command: bytes) -> bytes:
        challenge, self._challenge = self._challenge, b""
        length = command[4] if len(command) > 4 else 0
        data = command[5 : 5 + length]
        match command[1]:
            case 0xA4:
                self._proved = set()
                return self._select(command)
            case 0x84 if len(command) == 5 and length in {4, 8, 16}:
                self._challenge = self.random_bytes(length)
                return self._challenge + DONE
        obeying: dict[int, Callable[[], bytes]] = {
            0x88: lambda: self._internal(command[3], data),
            0x82: lambda: self._external(command[3], data, challenge),
            0x20: lambda: self._verify(data),
            0xB0: lambda: self._binary(command, data),
            0xD6: lambda: self._binary(command, data),
        }
        if command[1] not in obeying:
            return WRONG_INSTRUCTION
        return obeying[command[1]]() if self._selected else NOT_ALLOWED

    def _select(self, command: bytes) -> bytes:
        if command[2:] in {MASTER_FILE, MASTER_FILE + b"\x00"}:
            self._selected = False
            return DONE
        return super()._select(command)

    def _internal(self, key_no: int, data: bytes) -> bytes:
        """INTERNAL AUTHENTICATE: the card enciphers the terminal's challenge, whole blocks of it."""
        if key_no != self._key_no:
            return NO_SUCH_KEY
        if not data or len(data) % self.block_bytes:
            return WRONG_LENGTH
        if self.is_clone:
            self.trouble.hit("clone")
        return self._encipher(data) + DONE

    def _external(self, key_no: int, data: bytes, challenge: bytes) -> bytes:
        """EXTERNAL AUTHENTICATE: the terminal has enciphered the challenge, filled up with zeros to a block."""
        if key_no != self._key_no:
            return NO_SUCH_KEY
        if not challenge:
            return NOT_ALLOWED
        expected = self._encipher(challenge + bytes(-len(challenge) % self.block_bytes))
        if self.is_clone and self.tries[AUTHENTICATE] and data != expected:
            self.trouble.hit("clone")
        return self._tried(AUTHENTICATE, right=hmac.compare_digest(data, expected))

    def _verify(self, data: bytes) -> bytes:
        return self._tried(VERIFY, right=bool(self._pin) and hmac.compare_digest(data, self._pin))

    def _tried(self, what: int, *, right: bool) -> bytes:
        """Count one try: `63 Cx` says how many are left, and at none it stays blocked."""
        if not self.tries[what]:
            self.trouble.hit("locked_out")
            return BLOCKED
        if right:
            self.tries[what] = self._tries_max
            self._proved.add(what)
            return DONE
        self.tries[what] -= 1
        self._proved.discard(what)
        return bytes([0x63, 0xC0 | self.tries[what]])

    def _binary(self, command: bytes, data: bytes) -> bytes:
        """READ BINARY and UPDATE BINARY with a short file identifier (FMCOS: `80` and the identifier)."""
        if command[2] != 0x80 | self._file:
            return NOT_FOUND
        if AUTHENTICATE not in self._proved and not (self._open and command[1] == 0xB0):
            return NOT_AUTHORISED
        offset, end = command[3], command[3] + len(data)
        if command[1] == 0xB0:
            wanted, left = command[4] if len(command) > 4 else 0, len(self.memory) - offset
            if wanted > left > 0:
                return bytes([0x6C, left])
            return bytes(self.memory[offset : offset + (wanted or left)]) + DONE if left > 0 else WRONG_OFFSET
        if not data or end > len(self.memory):
            return WRONG_OFFSET
        self.memory[offset:end] = self.trouble.written(bytes(self.memory[offset:end]), data)
        return DONE


def _tlv(tag: int, value: bytes) -> bytes:
    return bytes([tag, len(value)]) + value
