"""Refunds of prepayments: each top-up by itself, from what was paid and what was delivered for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft, Lot
from terminal.rules.canonical import Canonical
from terminal.rules.refunds import payout
from terminal.rules.refunds.payout import Payout
from terminal.rules.refunds.prepayment import (
    COOLING_OFF,
    Contract,
    PaymentRight,
    Result,
    TopUp,
    calculate,
    cooling_off_until,
    spend_rights,
)
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.limits import cooling_off_days
from terminal.services.refunds.asking import By
from terminal.services.refunds.effects import PAYABLE, end_rights, take
from terminal.services.refunds.posting import Posting, Ready, Refunded
from terminal.services.refunds.records import PREPAYMENT_REFUND, Records, accounts_of, text
from terminal.services.refunds.top_ups import NO_CONTRACT, Given, TopUps


@dataclass(frozen=True, slots=True)
class PrepaidWish:
    """Which top-up of whose is refunded, and for which reason; `received_before` ends the cooling-off time.

    `refused` are rights whose provider took no refund. With `card_return` also one that comes to nothing ends.
    """

    account: AccountId
    top_up: str
    reason: str
    contract: Contract = NO_CONTRACT
    received_before: bool = False
    refused: frozenset[str] = frozenset()
    expected_fen: int | None = None
    card_return: bool = False

    def request(self) -> dict[str, Canonical]:
        """Return what is asked, by which the same action is known again."""
        contract = self.contract
        agreed: list[Canonical] = [contract.cooling_off_days, contract.principal_left, contract.least_fen]
        return {
            "account": self.account,
            "top_up": self.top_up,
            "reason": self.reason,
            "contract": agreed,
            "received": self.received_before,
            "refused": [*sorted(self.refused)],
            "card_return": self.card_return,
        }


@dataclass(frozen=True, slots=True)
class PrepaidBack:
    """What the refund of one top-up would do; `cooling_off` says that the member may still ask the principal back.

    `cooling_off_until` was the last day for it, None where there is none.
    """

    given: Given
    result: Result
    taken: tuple[tuple[PaymentRight, int], ...]
    payouts: tuple[Payout, ...]
    cooling_off: bool
    cooling_off_until: dt.date | None


class Prepayments:
    """Refunds of top-ups. `top_ups` and `preview` read; `refund` writes and is done by the dispatcher."""

    def __init__(self, records: Records, posting: Posting | None = None) -> None:
        """Post to the book of `records`."""
        self._records = records
        self._top_ups = TopUps(records)
        self._posting = posting or Posting(records)

    def top_ups(self, account: AccountId, contract: Contract = NO_CONTRACT) -> list[Given]:
        """Return a member's top-ups of which something may be given back, oldest first; raise as `TopUps.of`."""
        return self._top_ups.of(account, contract)

    def preview_all(self, rulebook: Rulebook, wishes: Sequence[PrepaidWish], *, alone: bool) -> list[PrepaidBack]:
        """Return what each of several top-ups would give back, nothing netted between them; raise as `preview`."""
        return [self.preview(rulebook, wish, alone=alone) for wish in wishes]

    def preview(self, rulebook: Rulebook, wish: PrepaidWish, *, alone: bool) -> PrepaidBack:
        """Return what a top-up would give back, the best for the member of all that applies.

        Bills that are to be refunded come before: their rights end with it. Raises `Refusal` `refund_alone_only` where
        some of it may be elsewhere, `refund_top_up_unknown`, `refund_on_hold` while an open bill or a visit holds any
        of it, `refund_nothing` when it comes to nothing, and as `prepayment.calculate`.
        """
        if not alone:
            raise Refusal("refund_alone_only")
        found = [each for each in self.top_ups(wish.account, wish.contract) if each.top_up.id == wish.top_up]
        if not found:
            raise Refusal("refund_top_up_unknown")
        given = found[0]
        rows = [lot.n for lot in (*given.units, *given.rights)]
        if self._records.on_hold(rows):
            raise Refusal("refund_on_hold")
        day = self._records.book.today()
        top_up = given.top_up if given.is_imported else _by_law(given.top_up, rulebook)
        if wish.received_before:
            top_up = replace(top_up, received_before=True)
        result = calculate(top_up, wish.reason, rulebook.refunds, day)
        if not result.ends(card_return=wish.card_return):
            raise Refusal("refund_nothing")
        taken = spend_rights([_payment(lot, given) for lot in given.rights], result.fen)
        until = cooling_off_until(top_up, rulebook.refunds)
        return PrepaidBack(
            given=given,
            result=result,
            taken=taken,
            payouts=payout.payouts(taken, day, rulebook.payout, wish.refused),
            cooling_off=any(offer.basis == COOLING_OFF for offer in result.offers),
            cooling_off_until=until,
        )

    def refund(self, by: By, wish: PrepaidWish) -> Refunded:
        """End a top-up and owe the member what is due, once for each action; it is paid out by `Payouts`.

        Raises `Refusal` as `preview` and as `Posting.once`.
        """
        asked = {"do": PREPAYMENT_REFUND, **wish.request()}
        return self._posting.once(by, asked, lambda: self._ready(by, wish), wish.expected_fen)

    def _ready(self, by: By, wish: PrepaidWish) -> Ready:
        back = self.preview(by.rulebook, wish, alone=by.alone)
        return Ready(
            kind=PREPAYMENT_REFUND,
            right="refund_prepayment",
            asked_fen=back.result.fen,
            given_fen=back.result.fen,
            said=_said(back, wish, by.rulebook),
            move=lambda draft: self._move(draft, wish.account, back),
        )

    def _move(self, draft: Draft, account: AccountId, back: PrepaidBack) -> None:
        """End the top-up, and the points it gave as far as they are still here."""
        given, records = back.given, self._records
        draft.payload["lapsed"] = end_top_up(draft, back)
        free = records.free_points(accounts_of(records, account), records.book.day_of(draft).isoformat())
        free.sort(key=lambda each: each.expires_on != given.points_until)
        points = min(given.points, sum(each.amount for each in free))
        if points:
            take(draft, records.book.lots(free), points)
        draft.payload["points_back"] = points
        draft.payload["points"] = -points


def end_top_up(draft: Draft, back: PrepaidBack) -> list[Canonical]:
    """Spend all a top-up gave and the rights it is paid for, and let the rest of its rights and those to it end.

    Returns what the payload keeps of the bills' rights that ended.
    """
    given, value_fen = back.given, 0
    for lot in given.units:
        draft.spend(lot, lot.amount)
        value_fen += lot.amount * lot.facts.unit_value_fen
    spent = {right.id: fen for right, fen in back.taken}
    for lot in given.rights:
        part = spent.get(lot.bucket, 0)
        if part:
            draft.spend(lot, part)
        if lot.amount - part:
            draft.expire(lot, lot.amount - part)
    draft.debit("deferred", value_fen)
    draft.credit(PAYABLE, back.result.fen)
    draft.credit("sales/adjust", value_fen - back.result.fen)
    return end_rights(draft, given.led)


def _payment(lot: Lot, given: Given) -> PaymentRight:
    tender = text(lot.facts.attributes, "tender")
    return PaymentRight(lot.bucket, tender, lot.amount, given.top_up.paid_on, lot.n)


def said_of(back: PrepaidBack) -> dict[str, Canonical]:
    """Return what a payload keeps of the refund of one top-up: the figures it was computed from, and every offer."""
    given, result = back.given, back.result
    consumed = result.top_up.consumed
    offers: list[Canonical] = [{"basis": each.basis, "fen": each.fen} for each in result.offers]
    return {
        "bill": given.number,
        "top_up": given.top_up.id,
        "basis": result.basis,
        "offers": offers,
        "paid_in_fen": result.top_up.paid_fen,
        "bonus_fen": result.top_up.bonus_fen,
        "charged_fen": consumed.charged_fen,
        "list_fen": consumed.list_fen,
        "principal_left_fen": result.top_up.principal_left_fen,
        "adjust_fen": result.adjust_fen,
    }


def _said(back: PrepaidBack, wish: PrepaidWish, rulebook: Rulebook) -> dict[str, Canonical]:
    """Return what the entry keeps: how it was computed, and what is to be paid."""
    given, result = back.given, back.result
    payouts: list[Canonical] = [{"right": each.right, "tender": each.tender, "fen": each.fen} for each in back.payouts]
    return {
        **said_of(back),
        "account": wish.account,
        "amount_fen": -result.fen,
        "paid_fen": 0,
        "top_up_fen": -result.fen if given.counts else 0,
        "visits": 0,
        "undoes": given.name,
        "of_day": given.of_day,
        "reason": wish.reason,
        "cash_fen": 0,
        "payouts": payouts,
        "versions": {**rulebook.noted("refunds", "region", "payout", "roles")},
    }


def _by_law(top_up: TopUp, rulebook: Rulebook) -> TopUp:
    """Return a top-up with no fewer cooling-off days than the law of the region gave on the day of its payment.

    Money that an earlier release took has no promise of its own noted with it.
    """
    contract = top_up.contract
    days = max(contract.cooling_off_days, cooling_off_days(rulebook.region, top_up.paid_on))
    return replace(top_up, contract=replace(contract, cooling_off_days=days))
