"""Proof of an NTAG 424 DNA that is not asked to authenticate: the tap address it makes when it is read.

Sources: NFC Forum Type 4 Tag specification (NDEF detection and read procedures); NT4H2421Gx, 8.2 and 9.3.
"""

from __future__ import annotations

from terminal.hw.card_reading import SW_DONE, Transmit
from terminal.hw.cards import crypto
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.native import KEY_WRONG, SW_READER_FAILED, UNREADABLE, CardSaysNo
from terminal.hw.cards.sdm_file import address_in
from terminal.hw.cards.sun import TapAddresses, TapUrlWrong

# ISO 7816-4 SELECT of the NDEF file by its identifier, without an answer.
SELECT_NDEF = bytes.fromhex("00A4000C02E104")
LENGTH_BYTES = 2
# What one READ BINARY asks for: the file has 256 bytes, two of which are its length.
CONTENT_BYTES_MAX = 254


def prove_tap(uid: bytes, transmit: Transmit, keys: CardKeys) -> int | None:
    """Return which of its tap addresses the selected tag made just now; None where it makes none of this shop's.

    Raises `CardSaysNo`: the address is not made with the shop's keys, or by another card than this one.
    """
    addresses = TapAddresses(keys)
    address = addresses.of_shop(read_address(transmit))
    if not address:
        return None
    try:
        tap = addresses.read(address)
    except TapUrlWrong:
        raise CardSaysNo(KEY_WRONG) from None
    if not crypto.same(tap.uid, uid):
        raise CardSaysNo(KEY_WRONG)
    return tap.counter


def read_address(transmit: Transmit) -> str:
    """Return the web address in the selected tag's NDEF file, empty where there is none that everybody may read.

    Raises `CardSaysNo` when the reader lost the card.
    """
    if _ask(transmit, SELECT_NDEF)[1] != SW_DONE:
        return ""
    # As phones do it: how much there is, then just that much.
    length, status = _ask(transmit, bytes([0x00, 0xB0, 0x00, 0x00, LENGTH_BYTES]))
    size = int.from_bytes(length, "big")
    if status != SW_DONE or len(length) != LENGTH_BYTES or not 0 < size <= CONTENT_BYTES_MAX:
        return ""
    message, status = _ask(transmit, bytes([0x00, 0xB0, 0x00, LENGTH_BYTES, size]))
    return address_in(message) if status == SW_DONE and len(message) == size else ""


def _ask(transmit: Transmit, command: bytes) -> tuple[bytes, int]:
    data, status = transmit(command)
    if status in SW_READER_FAILED:
        raise CardSaysNo(UNREADABLE)
    return data, status
