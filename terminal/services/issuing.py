"""Orders to issue cards: at which reader, what kind, for whom; and an issued card written into the store as theirs.

An order stands for half a minute and for one card: afterwards the reader reads members' cards as always. A card is
written before the store is, so that a till that fails in between leaves a card that the same order finds and finishes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from terminal.base.devices import CardOrder
from terminal.base.errors import Overloaded, Refusal
from terminal.base.events import AUTHENTICATED, CardIssued, CardIssueFailed
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.card_numbers import canonical_uid, spellings_of_uid
from terminal.rules.media.states import CASHIER
from terminal.services.ask import Ask, at_once
from terminal.services.media_life.asked import Asked, By, CardRules
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.records import Blank
from terminal.store.database import Database

logger = logging.getLogger(__name__)

ORDER_S = 30.0
# A driver gives a card up after 20 s; both together stay below the minute a command waits for an answer.
WRITING_S = 25.0
LOOK_S = 0.5  # how soon whoever waits sees that the time is up
DONE = ""


@dataclass(slots=True)
class Order:
    """One order, good until `until_s` (monotonic); `outcome` is `DONE`, a refusal's code, or None while it is open."""

    device: str
    kind: str
    account: AccountId
    until_s: float
    taken: bool = False
    outcome: str | None = None
    id: str = field(default_factory=new_id)


class Issuing:
    """Keeps one order for each reader. Drivers and commands ask from their own threads; events come by the dispatcher.

    It is what readers' drivers take as `orders`.
    """

    def __init__(
        self, database: Database, monotonic_s: Callable[[], float], life: MediaLife, ask: Ask = at_once
    ) -> None:
        """Write to an open store, new cards by `life`; a driver's question about it is put by `ask`."""
        self._database = database
        self._monotonic_s = monotonic_s
        self._life = life
        self._ask = ask
        self._orders: dict[str, Order] = {}
        self._changed = threading.Condition()

    def order(self, device: str, kind: str, account: AccountId) -> Order:
        """Have the next card at a reader issued to a member; raise `Refusal` `reader_busy` while an order is open."""
        with self._changed:
            if self._open_order(device) is not None:
                raise Refusal("reader_busy")
            made = self._orders[device] = Order(device, kind, account, self._monotonic_s() + ORDER_S)
            return made

    def take_back(self, device: str, order_id: str) -> None:
        """Forget an order, unless its card has come already or it is over."""
        with self._changed:
            order = self._open_order(device)
            if order is not None and order.id == order_id and not order.taken:
                self._end(order, "interrupted")

    def find(self, device: str, order_id: str) -> Order:
        """Return an order by its id; raise `Refusal` `busy` when it is over and the reader has another one."""
        with self._changed:
            order = self._orders.get(device)
        if order is None or order.id != order_id:
            raise Refusal("busy")
        return order

    def wait(self, order: Order) -> None:
        """Return when the order's card is issued and the member's.

        Raises `Refusal` with the code of what prevented it: `card_not_laid` when no card came, those of
        `CardIssueFailed`, of `objection`, or `busy` when the till lost the outcome.
        """
        with self._changed:
            while order.outcome is None:
                left_s = order.until_s - self._monotonic_s()
                if left_s <= 0:
                    self._end(order, "busy" if order.taken else "card_not_laid")
                else:
                    self._changed.wait(min(left_s, LOOK_S))
        if order.outcome != DONE:
            raise Refusal(order.outcome)

    def take_order(self, device: str) -> CardOrder | None:
        """Return what to issue at this reader now, once for each order; None where there is nothing to issue."""
        with self._changed:
            order = self._open_order(device)
            if order is None or order.taken:
                return None
            order.taken = True
            order.until_s = self._monotonic_s() + WRITING_S
            return CardOrder(order.id, order.kind)

    def objection(self, device: str, order_id: str, uid: bytes) -> str:
        """Return why the card with this number must not be written for this order; empty if it may.

        `card_taken`: it is or was somebody else's, though it may be blank; `card_frozen` and `card_replaced`: it is or
        was this member's own; `busy`: the till could not be asked, or has given the order up.
        """
        order = self._taken_order(device, order_id)
        if order is None:
            return "busy"
        try:
            return self._ask(lambda: self._objection(order.account, uid))
        except (Overloaded, Refusal):
            return "busy"

    def issued(self, event: CardIssued) -> bool:
        """Write an issued card into the store as the member's, and return whether it is theirs now.

        A card that comes too late for its own order is nobody's, though the reader has another order by now.
        """
        order = self._taken_order(event.device, event.order)
        if order is None:
            logger.warning("a card was issued at %s for an order that was given up; order it again", event.device)
            return False
        try:
            self._give(order, event.uid)
        except Refusal as refusal:
            self._settle(order, refusal.code)
            return False
        logger.info("a card was issued at %s", event.device)
        self._settle(order, DONE)
        return True

    def failed(self, event: CardIssueFailed) -> None:
        """Tell whoever waits that no card was issued, or not wholly."""
        logger.info("no card was issued at %s: %s", event.device, event.code)
        with self._changed:
            order = self._open_order(event.device)
            if order is not None and order.taken and order.id == event.order:
                self._end(order, event.code)

    def _taken_order(self, device: str, order_id: str) -> Order | None:
        """Return this very order if it still stands and its card has come."""
        with self._changed:
            order = self._open_order(device)
        return order if order is not None and order.taken and order.id == order_id else None

    def _open_order(self, device: str) -> Order | None:
        """Return the order at a reader that still stands; call with `_changed` held."""
        order = self._orders.get(device)
        if order is None or order.outcome is not None or self._monotonic_s() >= order.until_s:
            return None
        return order

    def _settle(self, order: Order, outcome: str) -> None:
        with self._changed:
            self._end(order, outcome)

    def _end(self, order: Order, outcome: str) -> None:
        """Close an order; call with `_changed` held."""
        order.outcome = outcome
        self._changed.notify_all()

    def _give(self, order: Order, uid: bytes) -> None:
        """Make the card the member's, in one transaction; raise `Refusal` with the codes of `objection`.

        A new card begins its life with an entry, at no fee; a card of theirs that was known by its number is known by
        its key from now on.
        """
        with self._database.write():
            if code := self._objection(order.account, uid):
                raise Refusal(code)
            if own := [n for n, _, _ in self._media(uid)]:
                marks = ", ".join("?" * len(own))
                self._database.run(
                    f"UPDATE medium SET assurance = ? WHERE n IN ({marks})",  # noqa: S608 - marks only
                    (AUTHENTICATED, *own),
                )
            else:
                number = canonical_uid(uid)
                # The command is given on this machine, and names nobody.
                asked = Asked(ActionId(order.id), By(CASHIER))
                self._life.issue(asked, order.account, Blank(number, f"{order.kind} {number}"), CardRules())

    def _objection(self, account: AccountId, uid: bytes) -> str:
        rows = self._media(uid)
        if any(owner != bytes.fromhex(account) for _, owner, _ in rows):
            return "card_taken"
        states = {state for _, _, state in rows}
        if "frozen" in states:
            return "card_frozen"
        return "card_replaced" if states and "active" not in states else ""

    def _media(self, uid: bytes) -> list[tuple[int, bytes, str]]:
        """Return row, account and state of everything with this number, however it is spelled."""
        spellings = spellings_of_uid(uid)
        marks = ", ".join("?" * len(spellings))
        rows = self._database.rows(f"SELECT n, account, state FROM medium WHERE number IN ({marks})", spellings)  # noqa: S608 - marks only
        return [(n, account, state) for n, account, state in rows]
