"""Cards with a processor: bank and transit cards, a phone, DESFire and NTAG 424 which say who they are.

Sources: ISO 7816-4 (status words, SELECT), NXP MF3D(H)x2 (native commands wrapped as `90 cmd 00 00 ... 00`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from tests.hw_sim.card_base import Part4Card, uid_of

NOT_FOUND = bytes.fromhex("6A82")
WRONG_CLASS = bytes.fromhex("6E00")
WRONG_INSTRUCTION = bytes.fromhex("6D00")
WRONG_LENGTH = bytes.fromhex("6700")
NOT_AUTHORISED = bytes.fromhex("6982")
NOT_ALLOWED = bytes.fromhex("6985")
DONE = bytes.fromhex("9000")

BANK_APPLICATIONS = {
    # EMV book 1, 11.3.4: the payment system environment of a contactless bank card.
    "325041592E5359532E4444463031": "6F1E840E325041592E5359532E4444463031A50CBF0C0961074F05A000000333",
}

# GetVersion: hardware then software description, 7 bytes each. DESFire type 01, NTAG 424 DNA type 04.
VERSIONS = {
    "ev1": ("04010101001805", "04010101041805"),
    "ev2": ("04010112001805", "04010102011805"),
    "ev3": ("04010133001A05", "04010103001A05"),
    "ntag424": ("04040230001105", "04040201021105"),
}
PRODUCTION = bytes.fromhex("CF0123456F2520")


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


class NativeCard(Part4Card):
    """DESFire EV1/EV2/EV3 or NTAG 424 DNA as they come from the maker: they identify, no shop's key is on them."""

    historical = b"\x80"

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take `uid` (7 bytes) and optional `version` (a key of `VERSIONS`) from a deck entry."""
        super().__init__(spec)
        self.uid = uid_of(spec, 7)
        name = spec.get("version", "ev2" if self.kind == "desfire" else self.kind)
        if name not in VERSIONS:
            raise ValueError(f"card {self.card_id}: version is one of {', '.join(VERSIONS)}")
        hardware, software = VERSIONS[name]
        self._version_parts = (bytes.fromhex(hardware), bytes.fromhex(software), self.uid + PRODUCTION)
        self._following: list[bytes] = []

    def power_on(self) -> None:
        """Forget a command under way."""
        self._following = []

    def apdu(self, command: bytes) -> bytes:
        """Answer a wrapped native command with `91 ss`, an ISO SELECT with `6A 82`."""
        if len(command) >= 4 and command[:2] == b"\x00\xa4":
            return NOT_FOUND
        if not command or command[0] != 0x90:
            return WRONG_CLASS
        if len(command) < 5 or command[2:4] != b"\x00\x00" or (len(command) > 5 and len(command) != command[4] + 6):
            return b"\x91\x7e"
        return self._native(command[1], command[5:-1])

    def _native(self, code: int, data: bytes) -> bytes:
        following, self._following = self._following, []
        if code == 0xAF:
            if not following:
                return b"\x91\x1c"
            self._following = following[1:]
            return following[0] + (b"\x91\xaf" if self._following else b"\x91\x00")
        if following:
            return b"\x91\xca"
        if code == 0x60:
            self._following = list(self._version_parts[1:])
            return self._version_parts[0] + b"\x91\xaf"
        return self._other(code, data)

    def _other(self, code: int, data: bytes) -> bytes:
        if code == 0x5A:
            return b"\x91\x7e" if len(data) != 3 else b"\x91\xa0" if any(data) else b"\x91\x00"
        return self.authenticate(code, data) if code in {0xAA, 0x71} else b"\x91\x1c"

    def authenticate(self, _code: int, _data: bytes) -> bytes:
        """Refuse: the factory key of the card level is a DES key, which AES authentication cannot use."""
        return b"\x91\xae"
