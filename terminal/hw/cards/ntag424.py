"""Proof of an NTAG 424 DNA: it knows its own key and says its UID under it (NXP AN12196)."""

from __future__ import annotations

from terminal.hw.card_reading import NATIVE_GET_VERSION, SW_DONE, SW_NATIVE_MORE, Transmit
from terminal.hw.cards import crypto
from terminal.hw.cards.keys import Ntag424Keys
from terminal.hw.cards.native import KEY_WRONG, CardSaysNo, RandomBytes, authenticate_ev2_first

# ISO 7816-4 SELECT by name without an answer: the one application of the chip.
SELECT = bytes.fromhex("00A4040C07D2760000850101")


def has_application(transmit: Transmit) -> bool:
    """Tell whether the card lets the chip's application be selected."""
    return transmit(SELECT)[1] == SW_DONE


def is_native(transmit: Transmit) -> bool:
    """Tell whether the card answers native commands at all, which an NTAG21x does not."""
    return transmit(NATIVE_GET_VERSION)[1] == SW_NATIVE_MORE


def prove_ntag424(uid: bytes, transmit: Transmit, keys: Ntag424Keys, random_bytes: RandomBytes) -> None:
    """Return when the selected application has proved that the card is `uid`; raises `CardSaysNo`."""
    session = authenticate_ev2_first(transmit, keys.key_no, keys.card_key(uid, keys.key_no), random_bytes)
    if not crypto.same(session.card_uid(), uid):
        raise CardSaysNo(KEY_WRONG)
