"""The verbs behind `terminal prepaid gift`: gift cards shown, sold, loaded and renewed, as it was shown before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.card_numbers import normalise_number, tail
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asked import number
from terminal.services.members import Members
from terminal.services.prepaid.buying import PRINCIPAL, Paid
from terminal.services.prepaid.doing import Doing, Who, answered, buyer_of, fen_of
from terminal.services.prepaid.gift_cards import MONTHS_MAX, GiftCards
from terminal.services.prepaid.gift_numbers import check_new, check_number
from terminal.services.prepaid.telling import told_gift
from terminal.services.prepaid.till import Answer, Till
from terminal.services.prepaid.top_ups import Watched
from terminal.services.prepaid.units import iso
from terminal.services.shifts.asked import Wish

Told = Mapping[str, Any]
DONE: Told = {"done": True}


@dataclass(frozen=True, slots=True)
class Sale:
    """What is asked of a sale: onto which card, how much (fen), good how many months, and how it is paid by whom."""

    card: str
    fen: int
    months: int
    tender: str
    reference: str = ""
    at_once_fen: int = 0
    unit: bool = False
    identified: bool = False

    def paid(self) -> Paid:
        """Return how it is paid; raise as `buyer_of`."""
        buyer = buyer_of(at_once_fen=self.at_once_fen, unit=self.unit, identified=self.identified)
        return Paid(self.tender, buyer, self.reference)


class GiftCommands:
    """Works gift cards for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(self, till: Till, members: Members, doing: Doing, watch: Watched) -> None:
        """Find cards by `members`; `watch` judges sales as it judges top-ups."""
        self._till = till
        self._members = members
        self._doing = doing
        self._cards = GiftCards(till, watch=watch)

    def verbs(self) -> dict[str, Callable[..., Told]]:
        """Return the functions by the name a command calls them."""
        return {
            "prepaid_gift_show": self.show,
            "prepaid_card_whose": self.whose,
            "prepaid_gift_look": self.look,
            "prepaid_gift_new": self.new,
            "prepaid_gift_sell": self.sell,
            "prepaid_gift_load_look": self.load_look,
            "prepaid_gift_load": self.load,
            "prepaid_gift_renew": self.renew,
        }

    def show(self, *, card: str) -> Told:
        """Answer what is on a gift card, by the number of the card; raise `Refusal` `card_unknown`."""
        return self._doing.look(lambda _: told_gift(self._till, self._card(card)))

    def whose(self, *, card: str) -> Told:
        """Answer the `account` of a card by its number: a member's, or (`is_gift`) a gift card's own.

        Raises `Refusal` as `Members.by_card`.
        """

        def look(_: Rulebook) -> Told:
            account = self._till.merged.main(self._card(card))
            return {"account": account, "is_gift": not self._till.is_named(account)}

        return self._doing.look(look)

    def look(self, *, new: bool = False, action: str = "", **sale: Any) -> Told:
        """Answer what a `Sale` would do; `is_blank` says that a `new` number is nobody's yet.

        Of an action that was done before it is `DONE`. Raises `Refusal` as `GiftCards.preview`, `card_unknown`, and of
        a new number as `gift_numbers.check_new`, and `gift_number_taken` for that of a card with money on it.
        """
        asked = Sale(**sale)

        def work(rules: Rulebook) -> Told:
            if self._is_done(action):
                return DONE
            account = self._new(asked.card) if new else self._sellable(asked.card)
            shown = self._cards.preview(rules, account, fen_of(asked.fen), _months(asked.months), asked.paid())
            return {
                "done": False,
                "is_blank": account is None,
                "card_tail": tail(normalise_number(asked.card)),
                "amount_fen": shown.amount_fen,
                "held_fen": shown.held_fen,
                "until": iso(shown.until),
                "cooling_off_until": iso(shown.cooling_off_until),
            }

        return self._doing.look(work)

    def new(self, **said: Any) -> Told:
        """Judge a `Sale` onto a number that is nobody's yet, before a card is made of it; answer whether it is `sold`.

        Raises `Refusal` as `gift_numbers.check_new`, `GiftCards.check_blank` and `Doing.do`.
        """
        asked, who = _signed(said)

        def work(rules: Rulebook, wish: Wish) -> Told:
            sold = self._doing.before(wish.action_id) is not None
            if not sold:
                check_new(asked.card, self._members)
                months = _months(asked.months)
                self._cards.check_blank(rules, wish.by, wish.action_id, fen_of(asked.fen), months, asked.paid())
            return {"sold": sold}

        return self._doing.do(who, work)

    def sell(self, **said: Any) -> Told:
        """Put the money of a `Sale` on a card without a name.

        Raises `Refusal` as `gift_numbers.check_number`, `GiftCards.sell` and `Doing.do`.
        """
        asked, who = _signed(said)

        def work(rules: Rulebook, wish: Wish) -> Answer:
            sold = self._doing.before(wish.action_id) is not None
            of = self._card(asked.card) if sold else self._sellable(asked.card)
            months = _months(asked.months)
            return self._cards.sell(
                rules, wish.by, wish.action_id, of, fen_of(asked.fen), valid_months=months, paid=asked.paid()
            )

        return self._do(who, work)

    def load_look(self, *, card: str, account: str, action: str = "") -> Told:
        """Answer what loading would do, `DONE` for an action that was done; raise `Refusal` as `load`."""

        def work(rules: Rulebook) -> Told:
            if self._is_done(action):
                return DONE
            shown = self._cards.preview_load(rules, self._card(card), self._doing.account(account))
            figures = {"amount_fen": shown.amount_fen, "balance_after_fen": shown.balance_after_fen}
            return {"done": False, "card_tail": tail(normalise_number(card)), **figures}

        return self._doing.look(work)

    def load(self, *, card: str, account: str, fen: int | None = None, **who: str) -> Told:
        """Move all that is on a gift card into a member's account; `fen` is what was shown to be on it.

        Raises `Refusal` as `GiftCards.load` and `Doing.do`.
        """
        shown_fen = None if fen is None else fen_of(fen)

        def work(rules: Rulebook, wish: Wish) -> Answer:
            to = self._doing.account(account)
            return self._cards.load(rules, wish.by, wish.action_id, self._card(card), to, expected_fen=shown_fen)

        return self._do(Who(**who), work)

    def renew(self, *, card: str, months: int, **who: str) -> Told:
        """Make a gift card past its end good again; raise `Refusal` as `GiftCards.renew` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            return self._cards.renew(rules, wish.by, wish.action_id, self._card(card), valid_months=_months(months))

        return self._do(Who(**who), work)

    def _do(self, who: Who, work: Callable[[Rulebook, Wish], Answer]) -> Told:
        return self._doing.do(who, lambda rules, wish: answered(work(rules, wish)))

    def _is_done(self, action: str) -> bool:
        return is_id(action) and self._doing.before(ActionId(action)) is not None

    def _card(self, text: str) -> AccountId:
        """Return the account of a card by the number printed on it; raise `Refusal` `card_unknown` and its like."""
        if not text:
            raise Refusal("card_unknown")
        return self._members.by_card(b"", text)

    def _sellable(self, text: str) -> AccountId:
        """Return the same of a card that money may be put on; raise `Refusal` as `gift_numbers.check_number` too."""
        check_number(text)
        return self._card(text)

    def _new(self, text: str) -> AccountId | None:
        """Return None for a number that is nobody's yet, the account of one that was made a card and is empty."""
        check_new(text, self._members)
        try:
            account = self._card(text)
        except Refusal as refusal:
            if refusal.code != "card_unknown":
                raise
            return None
        if self._till.is_named(account) or self._till.balance(account, PRINCIPAL):
            raise Refusal("gift_number_taken")
        return account


def _signed(said: Mapping[str, Any]) -> tuple[Sale, Who]:
    """Return the sale that is asked for, and by whom; raise `TypeError` for what is neither."""
    of_sale = {each.name for each in fields(Sale)}
    sale = Sale(**{name: value for name, value in said.items() if name in of_sale})
    return sale, Who(**{name: value for name, value in said.items() if name not in of_sale})


def _months(asked: object) -> int:
    """Return a number of months that a card may be good for; raise `Refusal` `gift_months_bad` (most)."""
    months = number(asked)
    if not 0 <= months <= MONTHS_MAX:
        raise Refusal("gift_months_bad", most=MONTHS_MAX)
    return months
