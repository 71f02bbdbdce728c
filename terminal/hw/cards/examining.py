"""A card looked at as a whole: what it is, and where the shop has keys, whether it knows its own."""

from __future__ import annotations

from dataclasses import replace

from terminal.hw.card_reading import UNREADABLE, Identified, Transmit, Unfit, identify
from terminal.hw.cards.classic import read_number
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.proving import NONE, REFUSED, prove

# Kinds that count wrong tries in hundreds or not at all. An Ultralight AES of another shop may count very few.
ASKED_TWICE = frozenset({"desfire", "ntag424"})


def examine(atr: bytes, transmit: Transmit, keys: CardKeys | None) -> Identified | Unfit:
    """Return what the card is, with its proof where `keys` are given; raises only what `transmit` raises.

    A card that fails its check is still identified, as `refused`: who knows its member decides what that means. On a
    MIFARE Classic the member number is looked for where the keys say; a processor card is the shop's own by the
    applications that they name.
    """
    found = identify(atr, transmit, tuple(profile.aid for profile in keys.cpu) if keys else ())
    if keys is None or isinstance(found, Unfit):
        return found
    if keys.classic is not None and found.kind == "m1":
        number = read_number(transmit, keys.classic)
        # Known by its chip, it might be somebody else: the card was another member's before it got this number.
        return UNREADABLE if number is None else replace(found, number=number, proof=NONE)
    proven = prove(found, transmit, keys)
    if proven.proof == REFUSED and proven.kind in ASKED_TWICE:
        # One answer that was disturbed on its way looks like a wrong key, and nobody is called a copy for that.
        proven = prove(found, transmit, keys)
    if proven.code == UNREADABLE.code:
        return UNREADABLE
    number = proven.number or found.number
    return replace(found, kind=proven.kind, number=number, proof=proven.proof, counter=proven.counter)
