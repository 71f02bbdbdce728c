"""What commands on this machine may do with cards: issuing, by the running till's readers, and forgetting proofs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.events import AUTHENTICATED
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import Book, request_digest
from terminal.services.ask import Ask, at_once
from terminal.services.issuing import ORDER_S, Issuing
from terminal.services.members import Members
from terminal.store.database import Database

logger = logging.getLogger(__name__)

ISSUED_KINDS = ("desfire", "ntag424", "ultralight_aes")
BY_NUMBER = "id-only"  # the assurance of a card that is known by its number


class CardCommands:
    """The verbs behind `terminal cards`; arguments and answers are JSON values, each called in a thread of its own."""

    def __init__(
        self,
        issuing: Issuing,
        members: Members,
        kinds: Collection[str],
        readers: Callable[[], Mapping[str, str]],
        at_kiosk: Callable[[str], bool],
        ask: Ask,
    ) -> None:
        """Issue the `kinds` this till has keys for.

        `readers` gives each reader's trouble now, empty when ready; `at_kiosk` tells which serve customers alone.
        """
        self._issuing = issuing
        self._members = members
        self._kinds = frozenset(kinds)
        self._readers = readers
        self._at_kiosk = at_kiosk
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {
            "card_order": self.card_order,
            "card_outcome": self.card_outcome,
            "card_take_back": self.card_take_back,
        }

    def card_order(self, account: str, kind: str, device: str) -> Mapping[str, Any]:
        """Have the next card at a reader issued to a member; answer the `order` and how many `seconds` it stands.

        Raises `Refusal`: `card_not_issuable`, `card_key_missing`, `device_unknown`, `reader_at_kiosk`,
        `device_not_ready`, `member_unknown` and `reader_busy`.
        """
        if kind not in ISSUED_KINDS:
            raise Refusal("card_not_issuable")
        if kind not in self._kinds:
            raise Refusal("card_key_missing")
        trouble = self._readers().get(device)
        if trouble is None:
            raise Refusal("device_unknown", device=device)
        if self._at_kiosk(device):
            # Customers lay their own things there: a blank tag of theirs would be written over.
            raise Refusal("reader_at_kiosk", device=device)
        if trouble:
            raise Refusal("device_not_ready", device=device, trouble=trouble)
        self._ask(lambda: self._members.require(AccountId(account)))
        return {"order": self._issuing.order(device, kind, AccountId(account)).id, "seconds": round(ORDER_S)}

    def card_outcome(self, device: str, order: str) -> Mapping[str, Any]:
        """Answer when the card is issued, in under a minute; raise `Refusal` like `Issuing.wait` when it is not."""
        self._issuing.wait(self._issuing.find(device, order))
        return {}

    def card_take_back(self, device: str, order: str) -> Mapping[str, Any]:
        """Forget an order whose card has not come; nothing happens where it is over."""
        self._issuing.take_back(device, order)
        return {}


class CardProofs:
    """The verbs behind `terminal cards forget-proofs`, with a till running and without.

    A card that once proved its key is held to it for good. When the shop's masters were changed no card issued before
    can prove anything any more, and all would be taken for copies: then it must be forgotten that they ever did.
    """

    def __init__(self, database: Database, book: Book, ask: Ask = at_once) -> None:
        """Work on an open store by `ask`."""
        self._database = database
        self._book = book
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them, to be called from any thread."""
        return {
            "card_proofs_count": lambda: {"cards": self._ask(self.count)},
            "card_proofs_forget": lambda action: {"cards": self._ask(lambda: self.forget(ActionId(action)))},
        }

    def count(self) -> int:
        """Return how many cards are held to a proof."""
        row = self._database.row("SELECT count(*) FROM medium WHERE assurance = ?", (AUTHENTICATED,))
        return int(row[0]) if row else 0

    def forget(self, action_id: ActionId) -> int:
        """Hold no card to what it proved, with an entry of it in the book, in one transaction; return how many it were.

        Done once for each `action_id`; each card is held to its proof again from its next one on.
        """
        request = request_digest({"do": "forget_card_proofs"})
        with self._database.write():
            earlier = self._book.find(action_id, request)
            if earlier is not None:
                return int(str(earlier.entry.payload["cards"]))
            cards = self.count()
            self._database.run("UPDATE medium SET assurance = ? WHERE assurance = ?", (BY_NUMBER, AUTHENTICATED))
            draft = self._book.begin(action_id, "card_proofs_forgotten", request)
            draft.payload |= {"cards": cards}
            self._book.post(draft)
        logger.warning("a command had it forgotten which cards proved their keys: %d", cards)
        return cards
