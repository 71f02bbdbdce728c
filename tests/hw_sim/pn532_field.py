"""The PN532's antenna: the card that lies on it, how it is listed, and what an exchange with it returns.

Sources: NXP UM0701-02, 7.1 (status codes), 7.3.5 InListPassiveTarget, 7.3.8 InDataExchange, 7.3.9
InCommunicateThru; ISO 14443-3, 6.5 (states of a type A card); NXP AN10833 (ATQA and SAK of the chips).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Protocol, runtime_checkable

from tests.hw_sim.card_base import Card, Part4Card
from tests.hw_sim.card_classic import ClassicCard
from tests.hw_sim.card_trouble import FieldLost

OK = 0x00
TIMEOUT = 0x01
WRONG_FORMAT = 0x13
AUTHENTICATION_FAILED = 0x14
NOT_ALLOWED = 0x27
PART_4 = 0x20
UID_SIZE_BITS = MappingProxyType({4: 0x00, 7: 0x40, 10: 0x80})
# FM1208 works as a processor card and as a Classic 1K: both bits are set. Other processor cards set one.
SAK_BY_KIND = MappingProxyType({"cpu": 0x28, "fmcos": 0x28})
NXP_HISTORICAL = b"\x80"  # DESFire and NTAG 424 DNA
# UM0701-02, 7.3.8: what the chip takes from a card at one go.
DATA_BYTES_MAX = 262


@runtime_checkable
class NativeCard(Protocol):
    """A card without ISO 14443-4: it answers its own commands, or not at all."""

    def exchange(self, command: bytes) -> bytes | None:
        """Answer one command; None for a NAK or silence."""
        ...


def sak_of(card: Card) -> int:
    """Return SEL_RES of a card."""
    own = getattr(card, "sak", None)
    if isinstance(own, int):
        return own
    return SAK_BY_KIND.get(card.kind, PART_4) if isinstance(card, Part4Card) else 0x00


def atqa_of(card: Card) -> bytes:
    """Return SENS_RES of a card, high byte first as the chip reports it."""
    own = getattr(card, "atqa", None)
    if isinstance(own, bytes):
        return own
    frame_bits = 0x02 if sak_of(card) == 0x18 else 0x04
    high = 0x03 if isinstance(card, Part4Card) and card.historical == NXP_HISTORICAL else 0x00
    return bytes([high, UID_SIZE_BITS[len(card.uid)] | frame_bits])


class Field:
    """The field and what is in it: at most one card, listed as target 1 or not."""

    def __init__(self) -> None:
        """Begin without field and card."""
        self.card: Card | None = None
        self.on = False
        self.listed = False
        # A card that was selected answers the next search's second try: the first sends it back to its idle state.
        self._busy = False
        self._lost = False
        self._fresh = True

    def insert(self, card: Card) -> None:
        """Lay a card on the antenna; `ValueError` when one lies there or this one has no antenna of 13.56 MHz."""
        if self.card is not None:
            raise ValueError("a card lies on the reader already")
        speaks = isinstance(card, Part4Card | NativeCard)
        if not card.contactless or not speaks or len(card.uid) not in UID_SIZE_BITS:
            raise ValueError(f"card {card.card_id} has nothing that this reader could hear")
        self.card = card
        self._busy, self._fresh = False, True

    def remove(self) -> Card:
        """Take the card away; `ValueError` when there is none. A listed target stays listed and is silent."""
        if self.card is None:
            raise ValueError("no card lies on the reader")
        card, self.card = self.card, None
        self._lost = True
        return card

    def switch(self, *, on: bool) -> None:
        """Turn the field on or off; without it every card forgets what it was doing, and is no target any more."""
        if self.on and not on:
            self.release()
            self._busy, self._fresh = False, True
        self.on = on

    def release(self) -> None:
        """Drop the target."""
        self.listed = False
        self._busy = False

    def search(self) -> bytes | None:
        """Try once to find a card, the field being on; return its target data without the target number, or None."""
        self.switch(on=True)
        self.listed = False
        if self.card is None:
            return None
        if self._busy:
            self._busy = False
            return None
        return self._select(self.card)

    def _select(self, card: Card) -> bytes:
        if self._fresh:
            card.enter_field()
        card.power_on()
        self._fresh, self._lost = False, False
        self.listed = self._busy = True
        identity = atqa_of(card) + bytes([sak_of(card), len(card.uid)]) + card.uid
        return identity + card.ats if isinstance(card, Part4Card) else identity

    def exchange(self, data: bytes) -> tuple[int, bytes]:
        """Pass `data` to target 1 as InDataExchange does; return status and answer."""
        if not self.listed:
            return NOT_ALLOWED, b""
        card = self._reached()
        if card is None or not data:
            return TIMEOUT, b""
        answer = self._ask(card, data)
        if answer is not None:
            return OK, answer[:DATA_BYTES_MAX]
        if self.card is None:
            return TIMEOUT, b""
        failed_key = isinstance(card, ClassicCard) and data[0] in {0x60, 0x61}
        return AUTHENTICATION_FAILED if failed_key else WRONG_FORMAT, b""

    def through(self, data: bytes) -> tuple[int, bytes]:
        """Put `data` in the air as it is, as InCommunicateThru does; return status and answer.

        A Classic hears plain bytes where it expects its cipher, and a part 4 card an APDU where it expects a block:
        both stay silent. The chip does that work in InDataExchange only.
        """
        card = self._reached()
        if card is None or not data or isinstance(card, Part4Card | ClassicCard):
            return TIMEOUT, b""
        answer = self._ask(card, data)
        return (TIMEOUT, b"") if answer is None else (OK, answer)

    def _ask(self, card: Card, data: bytes) -> bytes | None:
        """Return the card's answer; None after which it must be listed again, if it is there at all."""
        try:
            if isinstance(card, Part4Card):
                return card.apdu(data)
            assert isinstance(card, NativeCard)
            answer = card.exchange(data)
        except FieldLost:
            self.remove()
            return None
        self._lost = answer is None
        return answer

    def present(self) -> bool:
        """Whether target 1 is listed and answers a presence check."""
        return self.listed and self._reached() is not None

    def _reached(self) -> Card | None:
        """Return the card if it is still selected: one that was taken away or fell silent must be listed again."""
        return self.card if self.on and self._busy and not self._lost else None
