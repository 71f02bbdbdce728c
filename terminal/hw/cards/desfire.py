"""Proof of a DESFire card (EV1, EV2, EV3): it knows its own key of the shop's application and says its UID under it."""

from __future__ import annotations

from terminal.hw.card_reading import Transmit
from terminal.hw.cards import crypto
from terminal.hw.cards.keys import DesfireKeys
from terminal.hw.cards.native import AUTHENTICATE, KEY_WRONG, SELECT_APPLICATION, CardSaysNo, RandomBytes, expect


def prove_desfire(uid: bytes, transmit: Transmit, keys: DesfireKeys, random_bytes: RandomBytes) -> None:
    """Return when the card has proved that it is `uid`; raises `CardSaysNo`."""
    expect(transmit, SELECT_APPLICATION, keys.aid)
    session = AUTHENTICATE[keys.auth](transmit, keys.key_no, keys.card_key(uid, keys.key_no), random_bytes)
    if not crypto.same(session.card_uid(), uid):
        raise CardSaysNo(KEY_WRONG)
