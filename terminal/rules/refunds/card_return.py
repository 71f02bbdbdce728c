"""Card return: the steps by which a member's account is closed and paid out, and which of them are missing.

An account is `closing` from the manager's approval on: nothing can be spent any more, and what was approved is owed
until it has been paid, however often a payout fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.rules.refunds.payout import BANK, Payout

ACTIVE, CLOSING, CLOSED = "active", "closing", "closed"
# The parts of the steps, in their order; the first three name what is recorded before anything is computed.
IDENTITY, RECORD, ACCOUNT = "identity_shown", "person_recorded", "receiving_account"
AMOUNT, DEPOSIT, APPROVAL, PAYOUT = "amount_computed", "deposit_added", "manager_approval", "paid_out"
PURSES, MEDIUM, PRINTED, SIGNED = "purses_closed", "medium_retired", "printed", "signed"
STEPS = (IDENTITY, RECORD, AMOUNT, DEPOSIT, ACCOUNT, APPROVAL, PAYOUT, PURSES, MEDIUM, PRINTED, SIGNED)
_PLAIN = frozenset({IDENTITY, RECORD, ACCOUNT, PURSES, MEDIUM, PRINTED, SIGNED})
# What may be noted only after the manager approved, as it undoes what could still be called off.
AFTER_APPROVAL = frozenset({PURSES, MEDIUM, PRINTED, SIGNED})


@dataclass(frozen=True, slots=True)
class CardReturn:
    """A card return as far as it has come; it holds no personal data, only that it was recorded.

    `noted` are the plain steps that are done; `refund_fen` and `deposit_fen` are None until they are known;
    `payouts` are what was approved and `paid` the places of those that arrived; `failed` those that came back, and
    `sent` those under way of which neither is known yet.
    """

    operator: str
    noted: frozenset[str] = frozenset()
    refund_fen: int | None = None
    deposit_fen: int | None = None
    approved_by: str = ""
    payouts: tuple[Payout, ...] = ()
    paid: frozenset[int] = frozenset()
    failed: frozenset[int] = frozenset()
    sent: frozenset[int] = frozenset()

    @property
    def state(self) -> str:
        """Return ACTIVE before the approval, CLOSED when no step is missing, CLOSING between."""
        if not self.approved_by:
            return ACTIVE
        return CLOSING if missing(self) else CLOSED

    @property
    def owed_fen(self) -> int:
        """Return what was approved and has not been paid, failed payouts with it."""
        return sum(payout.fen for place, payout in enumerate(self.payouts) if place not in self.paid)

    @property
    def due_fen(self) -> int:
        """Return the refund and the deposit together, as far as they are known."""
        return (self.refund_fen or 0) + (self.deposit_fen or 0)


def missing(case: CardReturn) -> tuple[str, ...]:
    """Return the steps that are not done, in their order; an account to pay to only where something goes to a bank."""
    done = set(case.noted)
    done |= {AMOUNT} if case.refund_fen is not None else set()
    done |= {DEPOSIT} if case.deposit_fen is not None else set()
    done |= {ACCOUNT} if case.approved_by and not any(payout.tender == BANK for payout in case.payouts) else set()
    done |= {APPROVAL} if case.approved_by else set()
    done |= {PAYOUT} if case.approved_by and not case.owed_fen else set()
    return tuple(step for step in STEPS if step not in done)


def note(case: CardReturn, step: str) -> CardReturn:
    """Return the case with a plain step done; noting it twice changes nothing.

    Raises `Refusal` `card_return_step_bad` for a step that is not simply noted, and `card_return_step_early` for one
    that comes after the approval (signing: after the printing).
    """
    if step not in _PLAIN:
        raise Refusal("card_return_step_bad")
    if step in AFTER_APPROVAL and not case.approved_by:
        raise Refusal("card_return_step_early")
    if step == SIGNED and PRINTED not in case.noted:
        raise Refusal("card_return_step_early")
    return replace(case, noted=case.noted | {step})


def compute(case: CardReturn, refund_fen: int, deposit_fen: int) -> CardReturn:
    """Return the case with what is refunded and the card's deposit; it may be computed again until it is approved.

    Raises `Refusal` `card_return_approved`, `card_return_step_early` before the person is recorded,
    `card_return_amount_bad`.
    """
    if case.approved_by:
        raise Refusal("card_return_approved")
    if not {IDENTITY, RECORD} <= case.noted:
        raise Refusal("card_return_step_early")
    if refund_fen < 0 or deposit_fen < 0:
        raise Refusal("card_return_amount_bad")
    return replace(case, refund_fen=refund_fen, deposit_fen=deposit_fen)


def approve(case: CardReturn, manager: str, payouts: tuple[Payout, ...]) -> CardReturn:
    """Return the case approved by a manager who is not its operator, to be paid by `payouts`.

    Raises `Refusal` `card_return_approved`, `card_return_step_early`, `approval_own`, `card_return_account_missing`
    where something goes to a bank and no account in the member's name is recorded, `card_return_payouts_bad` when
    they are not the refund and the deposit.
    """
    if case.approved_by:
        raise Refusal("card_return_approved")
    if case.refund_fen is None:
        raise Refusal("card_return_step_early")
    if manager in {"", case.operator}:
        raise Refusal("approval_own")
    if any(payout.fen <= 0 for payout in payouts) or sum(payout.fen for payout in payouts) != case.due_fen:
        raise Refusal("card_return_payouts_bad", due_fen=case.due_fen)
    if ACCOUNT not in case.noted and any(payout.tender == BANK for payout in payouts):
        raise Refusal("card_return_account_missing")
    return replace(case, approved_by=manager, payouts=payouts)


def send(case: CardReturn, place: int) -> CardReturn:
    """Return the case with a payout under way, noted before a provider or a bank is asked.

    Until it is answered it is not sent again, and the return is not given up: the money could arrive twice. Raises
    `Refusal` `card_return_payout_unknown`, `card_return_payout_done`, `card_return_payout_under_way`.
    """
    _check_unpaid(case, place)
    if place in case.sent:
        raise Refusal("card_return_payout_under_way")
    return replace(case, sent=case.sent | {place}, failed=case.failed - {place})


def answered(case: CardReturn, place: int, *, paid: bool) -> CardReturn:
    """Return the case after a payout arrived or failed; a failed one stays owed and may be tried again.

    Raises `Refusal` `card_return_payout_unknown`, and `card_return_payout_done` where it had arrived.
    """
    _check_unpaid(case, place)
    sent = case.sent - {place}
    if not paid:
        return replace(case, failed=case.failed | {place}, sent=sent)
    return replace(case, paid=case.paid | {place}, failed=case.failed - {place}, sent=sent)


def give_up(case: CardReturn) -> CardReturn:
    """Return the case as before its approval: the account is active again.

    Raises `Refusal` `card_return_not_approved`, `card_return_payout_done` once anything was paid,
    `card_return_payout_under_way` while anything may still arrive, and `card_return_retired` once the medium is
    retired, which is final.
    """
    if not case.approved_by:
        raise Refusal("card_return_not_approved")
    if case.paid:
        raise Refusal("card_return_payout_done")
    if case.sent:
        raise Refusal("card_return_payout_under_way")
    if MEDIUM in case.noted:
        raise Refusal("card_return_retired")
    noted = case.noted - AFTER_APPROVAL
    return replace(case, noted=noted, approved_by="", payouts=(), failed=frozenset())


def _check_unpaid(case: CardReturn, place: int) -> None:
    if not 0 <= place < len(case.payouts):
        raise Refusal("card_return_payout_unknown")
    if place in case.paid:
        raise Refusal("card_return_payout_done")
