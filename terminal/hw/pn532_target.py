"""What a PN532 tells of a card it found: its type, its number, and the answer to reset made up from them.

Sources: NXP UM0701-02 (PN532 user manual), 7.3.5; PC/SC part 3, 3.1.3.2.3 and its supplement for storage cards.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, field

SAK_PART4 = 0x20  # ISO 14443-3, 6.5.3.4
STORAGE_STEM = bytes.fromhex("3B8F8001804F0CA00000030603")
# Part 3 supplement, card names by SAK; any other SAK is told as the name FFxx (NXP AN10833).
NAMES_OF_SAK = {0x00: 0x0003, 0x08: 0x0001, 0x18: 0x0002, 0x09: 0x0026}
NAME_BY_SAK = 0xFF00
HISTORICAL_BYTES_MAX = 15
UID_LENGTHS = (4, 7, 10)
UID_RANDOM_FIRST = 0x08


class TargetMalformed(Exception):  # noqa: N818 - a fault of the chip
    """The chip lists a card in a way the manual does not know."""


@dataclass(frozen=True, slots=True)
class Target:
    """A card as the chip lists it; `ats` (with its length first) is empty for a card without ISO 14443-4."""

    sak: int
    uid: bytes = field(repr=False)
    ats: bytes = field(default=b"", repr=False)

    @property
    def is_part4(self) -> bool:
        """Whether it takes ISO 7816-4 commands."""
        return bool(self.sak & SAK_PART4)

    @property
    def is_classic(self) -> bool:
        """Whether it is a MIFARE Classic or answers like one: anything with sectors, which type 2 cards have not."""
        return not self.is_part4 and self.sak != 0

    def may_be(self, other: Target) -> bool:
        """Whether the two may be one card: the same number, or both random ones (ISO 14443-3, 6.5.4)."""
        return self.sak == other.sak and (self.uid == other.uid or (self._is_random() and other._is_random()))

    def _is_random(self) -> bool:
        return len(self.uid) == UID_LENGTHS[0] and self.uid[0] == UID_RANDOM_FIRST


def parse_targets(answer: bytes) -> Target | None:
    """Return the card in an answer to InListPassiveTarget (7.3.5), None without one; raise `TargetMalformed`."""
    if answer[:1] == b"\x00":
        return None
    # Count, target number, ATQA (2), SAK, length of the number, number, ATS.
    if len(answer) < 6 or answer[0] != 1:
        raise TargetMalformed(f"{len(answer)} bytes")
    sak, size = answer[4], answer[5]
    uid, ats = answer[6 : 6 + size], answer[6 + size :]
    if size not in UID_LENGTHS or len(uid) != size:
        raise TargetMalformed(f"number of {size} bytes in {len(answer)}")
    return Target(sak, uid, ats[: ats[0]] if ats else b"")


def made_up_atr(target: Target) -> bytes:
    """Return the answer to reset that a PC/SC reader would report for this card."""
    if target.is_part4:
        historical = _historical_bytes(target.ats)
        body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    else:
        name = NAMES_OF_SAK.get(target.sak, NAME_BY_SAK | target.sak)
        body = STORAGE_STEM[1:] + name.to_bytes(2, "big") + bytes(4)
    return b"\x3b" + body + bytes([functools.reduce(operator.xor, body)])


def _historical_bytes(ats: bytes) -> bytes:
    # ISO 14443-4, 5.2: length, format byte (absent in the shortest ATS), interface bytes by its bits 5 to 7.
    if len(ats) < 2:
        return b""
    interface_bytes = (ats[1] >> 4 & 0x07).bit_count()
    return ats[2 + interface_bytes :][:HISTORICAL_BYTES_MAX]
