"""125 kHz cards (EM4100 and their T5577 copies): a number of 40 bits, and every way a keyboard reader types it.

Sources: EM Microelectronic EM4100 data sheet (8 bits version, 32 bits number), Wiegand 26 (facility and card number).
A copy types exactly what the original does: nothing a reader sends can tell them apart.
"""

from __future__ import annotations

import enum

NUMBER_BYTES = 5
UID_BYTES = 4


class Spelling(enum.Enum):
    """How a reader of 125 kHz cards is set to type."""

    HEX_10 = "10 hex"
    HEX_8 = "8 hex"
    DECIMAL_10 = "10 decimal"
    DECIMAL_8 = "8 decimal"
    DECIMAL_3_5 = "3+5 with a comma"


class UidSpelling(enum.Enum):
    """How a reader of 13.56 MHz cards is set to type a UID of four bytes."""

    HEX_READING_ORDER = "8 hex"
    HEX_REVERSED = "8 hex reversed"
    DECIMAL_LITTLE_ENDIAN = "10 decimal, low byte first"
    DECIMAL_BIG_ENDIAN = "10 decimal, high byte first"


class Em4100Card:
    """A 125 kHz card with a five-byte `number`."""

    def __init__(self, number: bytes) -> None:
        """Take the number as it is read; raise `ValueError` when it has not five bytes."""
        if len(number) != NUMBER_BYTES:
            raise ValueError("an EM4100 number has five bytes")
        self.number = number

    def typed(self, spelling: Spelling) -> str:
        """Return what a reader set to `spelling` types, without its line end."""
        last = self.number[1:]
        facility, card = last[1], int.from_bytes(last[2:], "big")
        return {
            Spelling.HEX_10: self.number.hex().upper(),
            Spelling.HEX_8: last.hex().upper(),
            Spelling.DECIMAL_10: f"{int.from_bytes(last, 'big'):010d}",
            Spelling.DECIMAL_8: f"{facility:03d}{card:05d}",
            Spelling.DECIMAL_3_5: f"{facility:03d},{card:05d}",
        }[spelling]

    def spellings(self) -> dict[Spelling, str]:
        """Return every spelling of this card's number."""
        return {spelling: self.typed(spelling) for spelling in Spelling}


def typed_uid(uid: bytes, spelling: UidSpelling) -> str:
    """Return what a 13.56 MHz keyboard reader types for a UID; raise `ValueError` when it has not four bytes."""
    if len(uid) != UID_BYTES:
        raise ValueError("these spellings are of UIDs of four bytes")
    return {
        UidSpelling.HEX_READING_ORDER: uid.hex().upper(),
        UidSpelling.HEX_REVERSED: uid[::-1].hex().upper(),
        UidSpelling.DECIMAL_LITTLE_ENDIAN: f"{int.from_bytes(uid, 'little'):010d}",
        UidSpelling.DECIMAL_BIG_ENDIAN: f"{int.from_bytes(uid, 'big'):010d}",
    }[spelling]
