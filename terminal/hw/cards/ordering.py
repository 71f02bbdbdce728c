"""A card laid on a reader that was told to issue one: the order, the checks before a byte is written, the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from terminal.base.devices import CardOrder
from terminal.base.events import CardIssued, CardIssueFailed
from terminal.hw.card_reading import GET_UID, SW_DONE, UNREADABLE, Transmit, Unfit
from terminal.hw.cards.issuing import UID_BYTES, Issued, IssuingFailed, NotBlank, issue
from terminal.hw.cards.keys import CardKeys

# A blank takes up to some 40 commands, and one that another program resets takes them twice.
ISSUING_S = 20.0
ISSUING_COMMANDS_MAX = 200


class CardOrders(Protocol):
    """What a reader's driver asks about issuing; any thread may ask."""

    def take_order(self, device: str) -> CardOrder | None:
        """Return the order to carry out at this reader, once for each order; None to read cards as always."""
        ...

    def objection(self, device: str, order_id: str, uid: bytes) -> str:
        """Return the code of why the card with this number must not be written; empty where nothing is against it."""
        ...


@dataclass(frozen=True, slots=True)
class NotIssued:
    """An order that came to nothing, by the code of `CardIssueFailed`."""

    code: str


class OrderedIssuing:
    """A driver's side of issuing: takes orders and carries them out on the card that comes."""

    def __init__(self, orders: CardOrders | None, keys: CardKeys | None) -> None:
        """Issue with these keys; without `orders` no card is ever issued."""
        self._orders = orders
        self._keys = keys or CardKeys()

    def take(self, device: str) -> CardOrder | None:
        """Return what was ordered at a reader, once; None to read cards as always."""
        return self._orders.take_order(device) if self._orders else None

    def look(self, device: str, order: CardOrder) -> Callable[[bytes, Transmit], Issued | NotIssued]:
        """Return what looks at the card that came (its answer to reset is no matter) and issues it.

        It raises only what `transmit` raises, and may then be called again: it goes on where it was torn away, with
        the card that nothing was against the first time.
        """
        cleared = b""

        def look(_: bytes, transmit: Transmit) -> Issued | NotIssued:
            nonlocal cleared
            uid, status = transmit(GET_UID)
            if status != SW_DONE or not uid or cleared not in {b"", uid}:
                return NotIssued(UNREADABLE.code)
            if len(uid) != UID_BYTES:
                return NotIssued("card_not_blank")
            # A blank may be a member's all the same, known by its number alone. Asked before the first write only: a
            # till that is too busy the second time would leave the card half-written and call it untouched.
            if not cleared and self._orders and (code := self._orders.objection(device, order.id, uid)):
                return NotIssued(code)
            cleared = uid
            return self._issue(order.kind, transmit)

        return look

    def _issue(self, kind: str, transmit: Transmit) -> Issued | NotIssued:
        try:
            return issue(kind, transmit, self._keys)
        except (NotBlank, IssuingFailed) as refusal:
            return NotIssued(refusal.code)


def issuing_event(
    device: str, slot: str, order: CardOrder, found: Issued | NotIssued | Unfit
) -> CardIssued | CardIssueFailed:
    """Return the one event that tells what became of an order; a card that was lost is told as unfit."""
    if isinstance(found, Issued):
        return CardIssued(device, slot, found.kind, found.uid, order.id)
    return CardIssueFailed(device, slot, found.code, order.id)


def issuable(keys: CardKeys | None) -> frozenset[str]:
    """Return the kinds of card that can be issued with these keys."""
    keys = keys or CardKeys()
    own = {"desfire": keys.desfire, "ntag424": keys.ntag424, "ultralight_aes": keys.ultralight_aes}
    return frozenset(kind for kind, key in own.items() if key is not None and key.master)
