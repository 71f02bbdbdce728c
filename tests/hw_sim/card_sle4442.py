"""The contact memory card SLE4442 and its copies (SLE5542, FM4442).

Source: Infineon SLE 4432/4442 data sheet. 256 bytes, the first 32 can be write-protected for ever, and a
three-byte PSC (programmable security code) opens writing; three wrong attempts close it for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.hw_sim.card_base import PROTOCOL_T0, Card

MEMORY_BYTES = 256
PROTECTABLE_BYTES = 32
HEADER = bytes.fromhex("A2131091")
# The chip maker writes and protects the header, and the maker and application identifiers behind it.
MAKER_PROTECTED = (0, 1, 2, 3, 6, 7, 21, 22, 23, 24, 25, 26)
TRIES_FULL = 0b111


class Sle4442Card(Card):
    """The card's memory, protection bits, error counter and PSC."""

    protocols = PROTOCOL_T0
    contactless = False

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take optional `psc` (hex, factory FFFFFF) and `data` (hex, written from address 32) from a deck entry."""
        super().__init__(spec)
        self._psc = bytes.fromhex(spec.get("psc", "FFFFFF"))
        data = bytes.fromhex(spec.get("data", ""))
        if len(self._psc) != 3 or len(data) > MEMORY_BYTES - PROTECTABLE_BYTES:
            raise ValueError(f"card {self.card_id}: PSC is three bytes, data at most 224")
        self.memory = bytearray(b"\xff" * MEMORY_BYTES)
        self.memory[:4] = HEADER
        self.memory[PROTECTABLE_BYTES : PROTECTABLE_BYTES + len(data)] = data
        self._protected = set(MAKER_PROTECTED)
        self.tries = TRIES_FULL
        self._open = False

    @property
    def atr(self) -> bytes:
        """`3B 04` and the card's own header, as readers for memory cards report it."""
        return bytes.fromhex("3B04") + HEADER

    def power_on(self) -> None:
        """Close writing until the PSC is presented again."""
        self._open = False

    def present(self, psc: bytes) -> None:
        """Compare the PSC: a bit of the counter is spent first and all come back when it was right."""
        if not self.tries:
            return
        # The data sheet's procedure: the highest set bit is cleared before the comparison.
        self.tries >>= 1
        if psc == self._psc:
            self.tries = TRIES_FULL
            self._open = True
        else:
            self._open = False

    def security_memory(self) -> bytes:
        """Return the error counter and the PSC, which reads as zeros until it has been presented."""
        return bytes([self.tries]) + (self._psc if self._open else bytes(3))

    def protection_memory(self) -> bytes:
        """Return 32 bits, lowest first; a zero bit is a byte protected for ever."""
        bits = sum(1 << index for index in range(PROTECTABLE_BYTES) if index not in self._protected)
        return bits.to_bytes(4, "little")

    def write(self, address: int, data: bytes) -> None:
        """Write where it is allowed; the chip says nothing where it is not."""
        for index, byte in enumerate(data, address):
            if self._open and index not in self._protected:
                self.memory[index] = byte

    def protect(self, address: int, data: bytes) -> None:
        """Protect for ever those bytes whose content equals `data`; the chip compares before it does."""
        for index, byte in enumerate(data, address):
            if self._open and index < PROTECTABLE_BYTES and self.memory[index] == byte:
                self._protected.add(index)

    def change_psc(self, psc: bytes) -> None:
        """Replace the PSC if the present one was given."""
        if self._open:
            self._psc = psc
