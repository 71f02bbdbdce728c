"""What became of a bill whose answer never reached the counter, and the end of one that was given up.

A browser that heard nothing asks by the action's id. "Not booked" is no promise yet: the request itself may still be on
its way, held up by the network. So a bill that is given up is remembered here and refused when it comes after all.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId
from terminal.ledger.book import Book
from terminal.services.money import Money
from terminal.services.views import Done

BILLS = ("top_up", "bill", "charge")
# A request outlives the browser's patience by minutes at most; so many bills are not given up in that time.
DROPPED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Booked:
    """A bill that was booked: whose, and what the answer to its confirmation said."""

    account: str
    done: Done


class Outcomes:
    """Answers for bills by their action id. Everything is done by the dispatcher."""

    def __init__(self, book: Book, money: Money) -> None:
        """Read what was booked in `book`, and have `money` say what it had answered."""
        self._book = book
        self._money = money
        # In memory: a request to a till that was started again since cannot arrive at this one.
        self._dropped: dict[ActionId, None] = {}

    def of(self, action_id: ActionId) -> Booked | None:
        """Return what the action booked, or None; refused as `action_conflict` when it was no bill."""
        posted = self._book.done(action_id)
        if posted is None:
            return None
        if posted.entry.kind not in BILLS:
            raise Refusal("action_conflict")
        return Booked(str(posted.entry.payload["account"]), self._money.answer_of(posted))

    def drop(self, action_id: ActionId) -> Booked | None:
        """Give the action up and return None, or return what it had booked by now."""
        booked = self.of(action_id)
        if booked is None:
            self._dropped[action_id] = None
            while len(self._dropped) > DROPPED_MAX:
                del self._dropped[next(iter(self._dropped))]
        return booked

    def check(self, action_id: ActionId) -> None:
        """Refuse as `action_dropped` an action that was given up."""
        if action_id in self._dropped:
            raise Refusal("action_dropped")
