"""Refund of a prepayment: computed from what was paid and what was delivered, for each top-up by itself.

The two formulas and the cooling-off time follow the rules on prepaid consumption of the Supreme People's Court
(Fa Shi 2025 No. 4); which wording is in force in a city is the shop's to confirm, so all of it is set by `Policy`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.mistake import Mistake, choice, number, wrong
from terminal.rules.split import half_up, largest_remainder

CHARGED, LIST = "charged", "list"
NOT_MEMBERS_FAULT, MEMBERS_WISH = "not_members_fault", "members_wish"
COOLING_OFF, PRINCIPAL_LEFT, AGREED = "cooling_off", "principal_left", "agreed"
COOLING_OFF_DAYS_MAX = 365
REASONS = (NOT_MEMBERS_FAULT, MEMBERS_WISH)
# Only these leave in the purse what a formula leaves; with the bonus first, nearly all principal stays to the end.
ORDERS_FOR_PRINCIPAL_LEFT = ("proportional", "principal_first")


@dataclass(frozen=True, slots=True)
class Formula:
    """paid - consumed, at CHARGED or LIST value; `in_proportion` counts paid / (paid + bonus) of the consumed."""

    consumed: str
    in_proportion: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """How a shop refunds prepayments; `version` is noted in the refund.

    With `principal_left` the principal still in the purse is offered too. `cooling_off_days` are the shop's own: 0
    leaves it to the law.
    """

    version: int = 0
    not_members_fault: Formula = Formula(CHARGED, in_proportion=True)
    members_wish: Formula = Formula(LIST, in_proportion=False)
    principal_left: bool = False
    cooling_off_days: int = 0


@dataclass(frozen=True, slots=True)
class Contract:
    """What the member's contract promises beyond the policy: more days, the principal left, or a sum at least."""

    cooling_off_days: int = 0
    principal_left: bool = False
    least_fen: int = 0


@dataclass(frozen=True, slots=True)
class Consumed:
    """What was delivered, at the value charged and at list value before discounts."""

    charged_fen: int
    list_fen: int


@dataclass(frozen=True, slots=True)
class TopUp:
    """One top-up as it stands: what was paid and granted, what its lots have delivered, its principal in the purse.

    `received_before` says that the member had had the same goods or service before paying, which ends cooling-off.
    """

    id: str
    paid_fen: int
    bonus_fen: int
    paid_on: dt.date
    consumed: Consumed
    principal_left_fen: int
    received_before: bool = False
    contract: Contract = Contract()


@dataclass(frozen=True, slots=True)
class Offer:
    """What one basis would refund."""

    basis: str
    fen: int


@dataclass(frozen=True, slots=True)
class Result:
    """The refund of one top-up: the best of all `offers`, named by its `basis`."""

    top_up: TopUp
    basis: str
    fen: int
    offers: tuple[Offer, ...]

    @property
    def adjust_fen(self) -> int:
        """Return what is credited to sales/adjust (negative: debited), the principal left less what is refunded."""
        return self.top_up.principal_left_fen - self.fen

    def ends(self, *, card_return: bool) -> bool:
        """Tell whether the top-up ends with it; a refund of nothing ends nothing but in a signed card return."""
        return card_return or self.fen > 0


@dataclass(frozen=True, slots=True)
class PaymentRight:
    """What is `left_fen` of the right to have a payment back; `order` grows with the time of the payment."""

    id: str
    tender: str
    left_fen: int
    paid_on: dt.date
    order: int


def mistakes(policy: Policy, spend_order: str) -> list[Mistake]:
    """Return every mistake of a policy, for a shop that spends in `spend_order`."""
    found: list[Mistake] = []
    for reason in REASONS:
        found += choice(f"{reason}.consumed", _formula(policy, reason).consumed, (CHARGED, LIST))
    found += number("cooling_off_days", policy.cooling_off_days, COOLING_OFF_DAYS_MAX)
    if policy.principal_left and spend_order not in ORDERS_FOR_PRINCIPAL_LEFT:
        found.append(wrong("principal_left", "setup_principal_left"))
    return found


def by_formula(formula: Formula, paid_fen: int, bonus_fen: int, consumed: Consumed) -> int:
    """Return the refund by one formula, half up to the fen and never below 0."""
    consumed_fen = consumed.charged_fen if formula.consumed == CHARGED else consumed.list_fen
    weight, whole = (paid_fen, paid_fen + bonus_fen) if formula.in_proportion else (1, 1)
    return half_up(max(0, paid_fen * whole - consumed_fen * weight), whole)


def calculate(top_up: TopUp, reason: str, policy: Policy, day: dt.date) -> Result:
    """Return what is refunded of a top-up on `day`: the best for the member of all that applies.

    Within the cooling-off time (the day of payment is day 0) the member is asked no more than when it is not the
    member's fault: what was delivered counts as charged, in proportion. Never more than was paid. Raises `Refusal`
    `refund_reason_unknown` or `refund_top_up_bad`.
    """
    if reason not in REASONS:
        raise Refusal("refund_reason_unknown", reasons=", ".join(REASONS))
    _check(top_up)
    contract, given = top_up.contract, (top_up.paid_fen, top_up.bonus_fen, top_up.consumed)
    offers = [Offer(reason, by_formula(_formula(policy, reason), *given))]
    until = cooling_off_until(top_up, policy)
    if until is not None and until >= day and not top_up.received_before:
        offers.append(Offer(COOLING_OFF, by_formula(policy.not_members_fault, *given)))
    if policy.principal_left or contract.principal_left:
        offers.append(Offer(PRINCIPAL_LEFT, top_up.principal_left_fen))
    if contract.least_fen:
        offers.append(Offer(AGREED, contract.least_fen))
    best = max(offers, key=lambda offer: offer.fen)
    return Result(top_up, best.basis, min(best.fen, top_up.paid_fen), tuple(offers))


def cooling_off_until(top_up: TopUp, policy: Policy) -> dt.date | None:
    """Return the last day on which the principal may be asked back, by the policy or a better contract; None: none."""
    days = max(policy.cooling_off_days, top_up.contract.cooling_off_days)
    return top_up.paid_on + dt.timedelta(days=days) if days else None


def spend_rights(rights: Iterable[PaymentRight], amount_fen: int) -> tuple[tuple[PaymentRight, int], ...]:
    """Return what each right gives: provider payments first, then bank, cash last, in each the latest first.

    Raises `Refusal` `refund_too_much` with `left_fen` when the rights hold less.
    """
    ordered = sorted(rights, key=lambda right: ({"bank": 1, "cash": 2}.get(right.tender, 0), -right.order))
    left_fen = sum(right.left_fen for right in ordered)
    if not 0 <= amount_fen <= left_fen:
        raise Refusal("refund_too_much", left_fen=left_fen)
    taken: list[tuple[PaymentRight, int]] = []
    for right in ordered:
        part_fen = min(right.left_fen, amount_fen)
        if part_fen:
            taken.append((right, part_fen))
        amount_fen -= part_fen
    return tuple(taken)


def shares(charged_fen: int, list_fen: int, paid_fen: Sequence[int]) -> list[Consumed]:
    """Return what each payment of a bill notes as consumed: its share of charged and list value (largest remainder).

    `paid_fen` are all payments of the bill, money and lots alike; the values are those of lines that money paid for.
    """
    if not any(paid_fen):
        return [Consumed(0, 0) for _ in paid_fen]
    parts = (largest_remainder(charged_fen, paid_fen), largest_remainder(list_fen, paid_fen))
    return [Consumed(*pair) for pair in zip(*parts, strict=True)]


def subtracted(noted: Sequence[Consumed], left_fen: Sequence[int], list_left_fen: int) -> list[Consumed]:
    """Return what a refund subtracts from what each payment has noted so far.

    Afterwards each has its share of what was not given back: `left_fen` of each payment, lines worth `list_left_fen`
    at list. What missing points cost was not given back, and counts in both as it stands. So a bill that is refunded
    in full, in however many parts, has consumed nothing but that. Where the refund takes lines with little discount,
    a payment that stays may have consumed more at list value than before.
    """
    after = shares(sum(left_fen), list_left_fen, left_fen)
    return [
        Consumed(before.charged_fen - now.charged_fen, before.list_fen - now.list_fen)
        for before, now in zip(noted, after, strict=True)
    ]


def total(notes: Iterable[Consumed], refunded: Iterable[Consumed] = ()) -> Consumed:
    """Return a top-up's consumed: all its spends' notes less all that refunds subtracted."""
    notes, refunded = list(notes), list(refunded)
    return Consumed(
        sum(note.charged_fen for note in notes) - sum(note.charged_fen for note in refunded),
        sum(note.list_fen for note in notes) - sum(note.list_fen for note in refunded),
    )


def _formula(policy: Policy, reason: str) -> Formula:
    return policy.not_members_fault if reason == NOT_MEMBERS_FAULT else policy.members_wish


def _check(top_up: TopUp) -> None:
    consumed, contract = top_up.consumed, top_up.contract
    amounts = (top_up.bonus_fen, consumed.charged_fen, consumed.list_fen, contract.least_fen)
    if top_up.paid_fen <= 0 or min(amounts) < 0 or not 0 <= top_up.principal_left_fen <= top_up.paid_fen:
        raise Refusal("refund_top_up_bad")
