"""Gift cards: sold to whoever asks, loaded into a member's account, and made good again after their end.

A gift card is an account without a member's file; what is on it is principal that says so. Loading moves that
principal, lot and rights and all, so the shop owes as much as before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.limits import check_end
from terminal.rules.value.top_up import check_amount
from terminal.rules.when import add_months
from terminal.services.bills.typed import reference
from terminal.services.prepaid.after import balances
from terminal.services.prepaid.buying import (
    CASH_OF_PERSON,
    PRINCIPAL,
    Paid,
    Purchases,
)
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.prepaid.top_ups import Watched, nothing_odd
from terminal.services.prepaid.units import RIGHT, create, iso, move, new_lot
from terminal.services.views import SignedIn

GIFT = "gift_card"
MONTHS_MAX = 1200


@dataclass(frozen=True, slots=True)
class Selling:
    """What a sale would do: money onto a card that holds `held_fen`, good through a day, and until when it is undone.

    Of `until` and `cooling_off_until` None is for no end and no such days.
    """

    amount_fen: int
    held_fen: int
    until: dt.date | None
    cooling_off_until: dt.date | None


@dataclass(frozen=True, slots=True)
class Loading:
    """What loading would do: all that is on the card into an account that then has `balance_after_fen`."""

    amount_fen: int
    balance_after_fen: int


class GiftCards:
    """Sells, loads and renews gift cards. Used by the dispatcher."""

    def __init__(self, till: Till, *, watch: Watched = nothing_odd) -> None:
        """Sell at a till; `watch` judges a sale before it is posted, as it does a top-up."""
        self._till = till
        self._watch = watch
        self._purchases = Purchases(till)

    def preview(
        self, rules: Rulebook, card: AccountId | None, amount_fen: int, valid_months: int, paid: Paid
    ) -> Selling:
        """Return what a sale would do, onto nobody's card yet where there is none; raise `Refusal` as `sell`."""
        reference(paid.reference)
        self._check(rules, card, amount_fen, paid)
        today = self._till.book.today()
        return Selling(
            amount_fen=amount_fen,
            held_fen=0 if card is None else self._till.balance(card, PRINCIPAL),
            until=self._last(rules, today, valid_months),
            cooling_off_until=self._purchases.cooling_off_until(rules, today),
        )

    def preview_load(self, rules: Rulebook, card: AccountId, account: AccountId) -> Loading:
        """Return what loading a card into an account would do; raise `Refusal` as `load`."""
        self._till.members.require(account)
        self._till.require_open(card, account)
        lots, today = self._on(card), self._till.book.today()
        amount_fen = sum(lot.amount for lot in lots)
        self._check_dates(lots, today)
        self._purchases.check_room(rules, account, amount_fen)
        return Loading(amount_fen, self._till.members.holdings(account, today).balance_fen + amount_fen)

    def sell(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        card: AccountId,
        amount_fen: int,
        *,
        valid_months: int = 0,
        paid: Paid = CASH_OF_PERSON,
    ) -> Answer:
        """Put money on a card without a name, good for so many months (0: no end), once for each `action_id`.

        The shop takes the amounts it takes for top-ups. Raises `Refusal`: what `top_up.check_amount`,
        `Purchases.check_law`, `limits.check_end`, `watch` and `typed.reference` raise, `gift_months_bad` (most), and
        `gift_card_named` for a known member's account, which is topped up instead.
        """
        asked: dict[str, Canonical] = {
            "card": card,
            "amount_fen": amount_fen,
            "tender": paid.tender,
            "months": valid_months,
        }
        number = reference(paid.reference)
        asked |= {"reference": number} if number else {}
        request = request_digest({"do": "sell_gift_card", **asked})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._check(rules, card, amount_fen, paid)
            draft = self._till.begin(action_id, "gift_card_sale", request, staff, card, amount_fen)
            day = self._till.book.day_of(draft)
            last = self._last(rules, day, valid_months)
            draft.payload |= self._watch(rules, staff, action_id, card, amount_fen, paid)
            self._create(draft, rules, card, replace(paid, reference=number), last)
            draft.debit(f"tender/{paid.tender}", amount_fen)
            draft.credit("deferred", amount_fen)
            draft.payload |= balances(self._till, draft, card)
            return self._till.done(draft)

    def check_blank(
        self, rules: Rulebook, staff: SignedIn, action_id: ActionId, amount_fen: int, valid_months: int, paid: Paid
    ) -> None:
        """Judge a sale onto a number that is nobody's yet, so that no card is given out for one that is refused.

        An approval of it is used up; the sale needs one of its own. Raises `Refusal` as `sell`.
        """
        reference(paid.reference)
        with self._till.database.write():
            self._check(rules, None, amount_fen, paid)
            self._last(rules, self._till.book.today(), valid_months)
            self._watch(rules, staff, action_id, AccountId(""), amount_fen, paid)

    def load(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        card: AccountId,
        account: AccountId,
        *,
        expected_fen: int | None = None,
    ) -> Answer:
        """Move all that is on a gift card into a member's account, once for each `action_id`; it has no end there.

        `expected_fen` is what was shown to be on it, where that was. Raises `Refusal` `gift_card_changed` (amount_fen)
        when it is another amount by now, `member_unknown`, `account_closing`, `gift_card_named`, `gift_card_empty`,
        `gift_card_ended` (ended_on) for one to be renewed first, `card_limit_named` (most_fen, room_fen),
        `units_on_hold`, `entry_full`.
        """
        request = request_digest({"do": "load_gift_card", "card": card, "account": account})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._till.members.require(account)
            self._till.require_open(card, account)
            lots = self._on(card)
            amount_fen = sum(lot.amount for lot in lots)
            if expected_fen not in {None, amount_fen}:
                raise Refusal("gift_card_changed", amount_fen=amount_fen)
            draft = self._till.begin(action_id, "load_gift_card", request, staff, account, amount_fen)
            self._check_dates(lots, self._till.book.day_of(draft))
            self._purchases.check_room(rules, account, amount_fen)
            move(draft, lots, self._till.whole(card, RIGHT), {"owner": account, "expires_on": ""})
            draft.payload |= {"card": card, "versions": dict[str, Canonical](rules.noted("region"))}
            draft.payload |= balances(self._till, draft, account)
            return self._till.done(draft)

    def renew(
        self, rules: Rulebook, staff: SignedIn, action_id: ActionId, card: AccountId, *, valid_months: int = 0
    ) -> Answer:
        """Make a gift card past its end good again for so many months from today (0: without an end).

        What was left on it is the holder's (`limits`). Raises `Refusal` `gift_card_named`, `gift_card_empty`,
        `gift_card_good` for one that has not ended, `gift_months_bad` (most), `end_forbidden`, `end_too_soon`, or
        `units_on_hold`.
        """
        request = request_digest({"do": "renew_gift_card", "card": card, "months": valid_months})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            lots = self._on(card)
            draft = self._till.begin(action_id, "renew_gift_card", request, staff, card)
            day = self._till.book.day_of(draft)
            ended = [lot for lot in lots if lot.facts.expires_on and lot.facts.expires_on < day.isoformat()]
            if not ended:
                raise Refusal("gift_card_good")
            last = self._last(rules, day, valid_months)
            move(draft, ended, self._rights_to(card, ended), {"expires_on": iso(last)})
            draft.payload |= {"until": iso(last), "versions": dict[str, Canonical](rules.noted("region"))}
            draft.payload |= balances(self._till, draft, card)
            return self._till.done(draft)

    def _check(self, rules: Rulebook, card: AccountId | None, amount_fen: int, paid: Paid) -> None:
        """Raise `Refusal` unless the shop and the law allow a sale of so much onto a card, or a new one."""
        check_amount(rules.top_up, amount_fen)
        if card is None:
            self._purchases.check_blank(rules, amount_fen, paid)
        elif self._purchases.check_law(rules, card, amount_fen, paid):
            raise Refusal("gift_card_named")

    def _create(self, draft: Draft, rules: Rulebook, card: AccountId, paid: Paid, last: dt.date | None) -> None:
        amount_fen = int(str(draft.payload["amount_fen"]))
        lot, day = new_lot(draft), self._till.book.day_of(draft)
        facts: dict[str, Canonical] = {"paid_fen": amount_fen, "bonus_fen": 0, GIFT: 1, "top_up": lot}
        create(draft, PRINCIPAL, card, amount_fen, unit_value_fen=1, attributes=facts, lot=lot, good=(None, last))
        how: dict[str, Canonical] = {"tender": paid.tender}
        how |= {"reference": paid.reference} if paid.reference else {}
        right: dict[str, Canonical] = {**facts, **how, "of": "top_up", "paid_on": day.isoformat()}
        until = self._purchases.cooling_off_until(rules, day)
        if until is not None:
            right["cooling_off_until"] = draft.payload["cooling_off_until"] = until.isoformat()
        create(draft, RIGHT, card, amount_fen, attributes=right)
        draft.payload |= {**how, "principal_fen": amount_fen, "top_up": lot, "until": iso(last)}
        draft.payload["versions"] = dict[str, Canonical](rules.noted("region", "refunds"))

    def _last(self, rules: Rulebook, day: dt.date, months: int) -> dt.date | None:
        """Return the last day of so many months, None for no end; raise `Refusal` where that may not be."""
        if not 0 <= months <= MONTHS_MAX:
            raise Refusal("gift_months_bad", most=MONTHS_MAX)
        last = add_months(day, months) if months else None
        check_end(self._purchases.limits(rules), day, last, named=False)
        return last

    def _on(self, card: AccountId) -> list[Lot]:
        """Return what is on a gift card here; raise `Refusal` `gift_card_named` or `gift_card_empty`."""
        if self._till.is_named(card):
            raise Refusal("gift_card_named")
        lots = self._till.whole(card, PRINCIPAL)
        if not lots:
            raise Refusal("gift_card_empty")
        return lots

    def _rights_to(self, card: AccountId, lots: list[Lot]) -> list[Lot]:
        """Return the rights that lead back to these lots; what was paid for them leads to no bucket, and stays."""
        targets = [lot.facts.facts() for lot in lots]
        return [right for right in self._till.whole(card, RIGHT) if right.facts.attributes.get("target") in targets]

    def _check_dates(self, lots: list[Lot], day: dt.date) -> None:
        ends = [lot.facts.expires_on for lot in lots if not lot.facts.spendable_on(day.isoformat())]
        if ends:
            raise Refusal("gift_card_ended", ended_on=min(ends))
