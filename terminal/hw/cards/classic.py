"""The member number that a shop wrote into a sector of its MIFARE Classic cards: found under a key, never a proof.

Sources: PC/SC part 3, 3.2.2.1.4 to 3.2.2.1.8 (load keys, general authenticate, read binary); NXP MF1S50YYX_V1, 8.6 and
8.7 (blocks, keys). The cards' cipher is broken, so whoever can read a card can write another one that says the same.
Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminal.hw.card_reading import NUMBER_ENDS, SW_DONE, Transmit
from terminal.hw.cards.keys import ClassicKeys

BLOCK_BYTES = 16
# The first of the two volatile places for a key that every reader has.
KEY_SLOT = 0x00
KEY_CODES: Mapping[str, int] = MappingProxyType({"A": 0x60, "B": 0x61})
# A failed command ends the authentication, and so does a disturbed one: once more from the key on.
TRIES = 2
_BLANKS = " "


def read_number(transmit: Transmit, keys: ClassicKeys) -> str | None:
    """Return the number on a card, empty where it has another key or no number; raises only what `transmit` raises.

    None where the key opened the sector and its block did not come: the card is the shop's, and what it says is not
    known.
    """
    opened = False
    for _ in range(TRIES):
        if not _open_sector(transmit, keys):
            continue
        opened = True
        data, status = transmit(bytes([0xFF, 0xB0, 0x00, keys.block_no, BLOCK_BYTES]))
        if status == SW_DONE and len(data) == BLOCK_BYTES:
            return number_in(data, keys)
    return None if opened else ""


def number_in(block: bytes, keys: ClassicKeys) -> str:
    """Return the number a block of 16 bytes holds, empty where there is none of the configured form."""
    return _DECODERS[keys.form](block[keys.offset : keys.offset + keys.length])


def _open_sector(transmit: Transmit, keys: ClassicKeys) -> bool:
    _, status = transmit(bytes([0xFF, 0x82, 0x00, KEY_SLOT, len(keys.key)]) + keys.key)
    if status != SW_DONE:
        return False
    where = bytes([0x01, 0x00, keys.block_no, KEY_CODES[keys.key_type], KEY_SLOT])
    return transmit(b"\xff\x86\x00\x00\x05" + where)[1] == SW_DONE


def _ascii(data: bytes) -> str:
    end = next((at for at, byte in enumerate(data) if byte in NUMBER_ENDS), len(data))
    text = data[:end].decode("latin-1").strip(_BLANKS)
    return text if text.isascii() and text.isalnum() else ""


def _bcd(data: bytes) -> str:
    # A number of odd length, or a short one, is filled up with F behind it.
    digits = data.hex().rstrip("f")
    return digits if digits.isdecimal() and digits.strip("0") else ""


def _hex(data: bytes) -> str:
    return data.hex().upper() if any(data) and data != b"\xff" * len(data) else ""


_DECODERS: Mapping[str, Callable[[bytes], str]] = MappingProxyType({"ascii": _ascii, "bcd": _bcd, "hex": _hex})
