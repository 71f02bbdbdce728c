"""What every card model has in common: an answer to reset, power, and how it can be told from other cards.

A model knows no transport. A reader model (`card_reader`) turns reader commands into calls here, and a chip
simulator may call the same methods (`exchange`, `apdu`) directly.
"""

from __future__ import annotations

import abc
import functools
import operator
from collections.abc import Mapping
from typing import Any

PROTOCOL_T0 = 1
PROTOCOL_T1 = 2

# PC/SC part 3 supplement, 3.1.3.2.3: initial byte and interface bytes, then the workgroup's RID A000000306.
STORAGE_STEM = bytes.fromhex("8F8001804F0CA000000306")
STANDARD_TYPE_A_PART_3 = 0x03


def check_byte(data: bytes) -> int:
    """Return the XOR of all bytes of `data`: TCK of an ATR (without `3B`), or BCC of a UID."""
    return functools.reduce(operator.xor, data, 0)


def storage_atr(name: int, standard: int = STANDARD_TYPE_A_PART_3) -> bytes:
    """Return the ATR a PC/SC reader makes up for a contactless storage card of PC/SC card name `name`."""
    body = STORAGE_STEM + bytes([standard]) + name.to_bytes(2, "big") + bytes(4)
    return b"\x3b" + body + bytes([check_byte(body)])


def part4_atr(historical: bytes) -> bytes:
    """Return the ATR a PC/SC reader makes up for an ISO 14443-4 card (PC/SC part 3, 3.1.3.2.3.1)."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    return b"\x3b" + body + bytes([check_byte(body)])


def uid_of(spec: Mapping[str, Any], *lengths: int) -> bytes:
    """Return the UID of a deck entry; raise `ValueError` when its length in bytes is none of `lengths`."""
    uid = bytes.fromhex(spec["uid"])
    if len(uid) not in lengths:
        raise ValueError(f"card {spec.get('id')}: a UID of {len(uid)} bytes does not fit this kind")
    return uid


class Card(abc.ABC):
    """A card: `atr`, the protocols its ATR offers, and what it forgets when its power goes."""

    protocols = PROTOCOL_T0 | PROTOCOL_T1
    contactless = True
    uid_is_random = False

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take identity, label and kind from a deck entry (see `cards`)."""
        self.card_id: str = spec["id"]
        self.label: str = spec.get("label", spec["id"])
        self.kind: str = spec["kind"]
        self.uid = b""

    @property
    @abc.abstractmethod
    def atr(self) -> bytes:
        """The answer to reset a reader reports for this card."""

    def enter_field(self) -> None:
        """Arrive at a reader: a card which decides something once per presentation does it here."""
        self.power_on()

    @abc.abstractmethod
    def power_on(self) -> None:
        """Forget what a reset makes this card forget."""


class Part4Card(Card):
    """A card that speaks ISO 7816 APDUs: over ISO 14443-4 when contactless."""

    historical = b""

    @property
    def atr(self) -> bytes:
        """The ATR built from the historical bytes of the card's ATS."""
        return part4_atr(self.historical)

    @property
    def ats(self) -> bytes:
        """ISO 14443-4, 5.2: length, format byte, three interface bytes, historical bytes."""
        return bytes([5 + len(self.historical), 0x75, 0x77, 0x81, 0x02]) + self.historical

    @abc.abstractmethod
    def apdu(self, command: bytes) -> bytes:
        """Answer one command APDU with data and status word."""
