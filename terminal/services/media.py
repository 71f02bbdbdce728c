"""Members' cards at the readers: whose card was tapped, and whether it is the card it says it is.

A number can be copied; a key cannot. A card that once proved its key is remembered as `authenticated`, and from then on
a card with its number that cannot do the same is taken for a copy, whatever kind of card it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from terminal.base.errors import Refusal
from terminal.base.events import AUTHENTICATED, DELAYED, NO_PROOF, REFUSED, CardTapped
from terminal.base.ids import AccountId
from terminal.rules.card_numbers import BOTH
from terminal.services.members import Members
from terminal.store.database import Database

logger = logging.getLogger(__name__)

# Told the reader's device and the code of what staff should know at once.
Alarm = Callable[[str, str], None]


class Media:
    """Finds the member of a tapped card or shown code; every method is called by the dispatcher."""

    def __init__(
        self, database: Database, members: Members, orders: Mapping[str, str], alarm: Alarm, *, has_keys: bool
    ) -> None:
        """Judge cards by what the store knows of them; `orders` is the byte order each reader was set to.

        `has_keys` says whether this till can ask a card for its proof at all.
        """
        self._database = database
        self._members = members
        self._orders = orders
        self._alarm = alarm
        self._has_keys = has_keys

    def member_of(self, event: CardTapped) -> AccountId:
        """Return whose card it is; raise `Refusal`: what `Members.by_card` raises, `card_clone` or `card_delayed`."""
        # A card that proved itself is the one that was issued, under the number it was read by then.
        order = BOTH if event.proof == AUTHENTICATED else self._orders.get(event.device, BOTH)
        account = self._members.by_card(event.uid, event.number, order)
        rows = self._members.media_of(account, event.uid, event.number, order)
        # A reader that types a number asks its card for nothing: where others would ask, that is no proof.
        proof = event.proof or (NO_PROOF if self._has_keys else "")
        if not any(assurance == AUTHENTICATED for _, assurance in rows):
            if proof == AUTHENTICATED:
                self._pin([n for n, _ in rows])
        elif proof == DELAYED:
            raise Refusal("card_delayed")
        elif proof in {REFUSED, NO_PROOF}:
            # Neither number nor member: a log may be read by more people than the counter's screen.
            logger.warning("a card at %s has the number of an authenticated card and not its key", event.device)
            self._alarm(event.device, "card_clone")
            raise Refusal("card_clone")
        return account

    def member_of_code(self, text: str) -> AccountId:
        """Return whose code a customer showed; raise `Refusal`: what `Members.by_code` raises, or `card_tap_needed`.

        A code that is only the number of a card that proves itself shows that somebody knows the number.
        """
        account = self._members.by_code(text)
        rows = self._members.media_of_code(account, text)
        if self._has_keys and any(assurance == AUTHENTICATED for _, assurance in rows):
            raise Refusal("card_tap_needed")
        return account

    def _pin(self, numbers: list[int]) -> None:
        with self._database.write():
            for n in numbers:
                self._database.run("UPDATE medium SET assurance = ? WHERE n = ?", (AUTHENTICATED, n))
