"""Puts a card to the check of its kind: does it know the key that only the shop's own card of this number has."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from terminal.hw.card_reading import Identified, Transmit
from terminal.hw.cards import cpu, ntag424, tapping, ultralight_aes
from terminal.hw.cards.desfire import prove_desfire
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.native import CARD_DELAYED, KEY_WRONG, CardSaysNo, RandomBytes

AUTHENTICATED = "authenticated"
COUNTED = "counted"
REFUSED = "refused"
DELAYED = "delayed"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a card's check came to: `proof` is a word of `CardTapped`, which also tells what `counter` is.

    `code` says why it is `refused` (`card_key_wrong`: a clone or a foreign key; `card_unreadable`: the reader lost it)
    or `delayed` (`card_delayed`). `number` is what a processor card's file holds. Not to be logged.
    """

    kind: str
    uid: bytes = field(repr=False)
    proof: str
    code: str = ""
    number: str = field(default="", repr=False)
    counter: int | None = None


def prove(found: Identified, transmit: Transmit, keys: CardKeys, random_bytes: RandomBytes = os.urandom) -> Proven:
    """Return what the card could prove; raises only what `transmit` raises, whatever the card answers."""
    try:
        if found.uid:
            return _prove(found, transmit, keys, random_bytes)
    except CardSaysNo as answer:
        proof = DELAYED if answer.code == CARD_DELAYED else REFUSED
        return Proven(_proved_kind(found.kind), found.uid, proof, answer.code)
    return Proven(found.kind, found.uid, NONE)


def _prove(found: Identified, transmit: Transmit, keys: CardKeys, random_bytes: RandomBytes) -> Proven:
    uid, number = found.uid, ""
    match _proved_kind(found.kind):
        case "desfire" if keys.desfire:
            prove_desfire(uid, transmit, keys.desfire, random_bytes)
        case "ntag424" if keys.ntag424:
            if not ntag424.has_application(transmit):
                # NTAG21x are `ntag` too, and have nothing to prove with.
                if found.kind == "ntag" and not ntag424.is_native(transmit):
                    return Proven(found.kind, uid, NONE)
                raise CardSaysNo(KEY_WRONG)
            if not keys.ntag424.master:
                return _tapped(found, transmit, keys)
            ntag424.prove_ntag424(uid, transmit, keys.ntag424, random_bytes)
        case "ultralight_aes" if keys.ultralight_aes:
            secret = ultralight_aes.challenge(transmit, keys.ultralight_aes.key_no)
            if secret is None:
                if found.kind == "ultralight":
                    return Proven(found.kind, uid, NONE)
                raise CardSaysNo(KEY_WRONG)
            ultralight_aes.answer_challenge(transmit, secret, keys.ultralight_aes.card_key(uid), random_bytes)
        case "cpu" if profile := next((each for each in keys.cpu if cpu.select(transmit, each)), None):
            number = cpu.prove_cpu(uid, transmit, profile, random_bytes)
        case _:
            return Proven(found.kind, uid, NONE)
    return Proven(_proved_kind(found.kind), uid, AUTHENTICATED, number=number)


def _tapped(found: Identified, transmit: Transmit, keys: CardKeys) -> Proven:
    """Return what the selected tag's tap address proves: without a key to authenticate with, it is all there is."""
    counter = tapping.prove_tap(found.uid, transmit, keys)
    if counter is None:
        return Proven(found.kind, found.uid, NONE)
    return Proven(_proved_kind(found.kind), found.uid, COUNTED, counter=counter)


def _proved_kind(kind: str) -> str:
    """Return the kind a card is said to be once it authenticates; identification alone is not that exact."""
    return {"ntag": "ntag424", "ultralight": "ultralight_aes", "unknown": "cpu"}.get(kind, kind)
