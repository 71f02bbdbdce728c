"""What commands on this machine may do with cards, while the till runs: its readers do the work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.services.ask import Ask
from terminal.services.issuing import ORDER_S, Issuing
from terminal.services.members import Members

ISSUED_KINDS = ("desfire", "ntag424", "ultralight_aes")


class CardCommands:
    """The verbs behind `terminal cards`; arguments and answers are JSON values, each called in a thread of its own."""

    def __init__(
        self,
        issuing: Issuing,
        members: Members,
        kinds: Collection[str],
        readers: Callable[[], Mapping[str, str]],
        ask: Ask,
    ) -> None:
        """Issue the `kinds` this till has keys for; `readers` gives each reader's trouble now, empty when ready."""
        self._issuing = issuing
        self._members = members
        self._kinds = frozenset(kinds)
        self._readers = readers
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

        Raises `Refusal`: `card_not_issuable`, `card_key_missing`, `device_unknown`, `device_not_ready`,
        `member_unknown` and `reader_busy`.
        """
        if kind not in ISSUED_KINDS:
            raise Refusal("card_not_issuable")
        if kind not in self._kinds:
            raise Refusal("card_key_missing")
        trouble = self._readers().get(device)
        if trouble is None:
            raise Refusal("device_unknown", device=device)
        if trouble:
            raise Refusal("device_not_ready", device=device, trouble=trouble)
        self._ask(lambda: self._members.require(AccountId(account)))
        return {"order": self._issuing.order(device, kind, AccountId(account)).id, "seconds": round(ORDER_S)}

    def card_outcome(self, device: str, order: str) -> Mapping[str, Any]:
        """Answer when the card is issued, in under a minute; raise `Refusal` like `Issuing.wait` when it is not."""
        self._issuing.wait(self._issuing.find(device, order))
        return {}

    def card_take_back(self, device: str) -> Mapping[str, Any]:
        """Forget an order whose card has not come; nothing happens where there is none."""
        self._issuing.take_back(device)
        return {}
