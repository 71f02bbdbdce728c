"""A card return as entries keep it: the case, what an approval notes of it, and its state read back from a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminal.base.ids import AccountId
from terminal.rules.canonical import Canonical
from terminal.rules.refunds.card_return import CardReturn
from terminal.services.refunds.asking import By
from terminal.services.refunds.prepayments import PrepaidBack, said_of
from terminal.services.refunds.records import number, text, texts


@dataclass(frozen=True, slots=True)
class Case:
    """A card return as far as it has come: its state by the rules, and the entry that approved it, empty for none."""

    account: AccountId
    state: CardReturn
    reason: str = ""
    approved: str = ""


def said_of_case(by: By, case: Case, state: CardReturn, backs: Sequence[PrepaidBack]) -> dict[str, Canonical]:
    """Return what the entry keeps: whose return, each top-up's figures, and what is to be paid."""
    payouts: list[Canonical] = [{"right": way.right, "tender": way.tender, "fen": way.fen} for way in state.payouts]
    return {
        "account": case.account,
        "amount_fen": -sum(back.result.fen for back in backs),
        "paid_fen": 0,
        "top_up_fen": -sum(back.result.fen for back in backs if back.given.counts),
        "visits": 0,
        "cash_fen": 0,
        "payouts": payouts,
        "reason": case.reason,
        "points_back": 0,
        "begun_by": state.operator,
        "noted": [*sorted(state.noted)],
        "top_ups": [said_of(back) for back in backs],
        "versions": {**by.rulebook.noted("refunds", "payout", "roles")},
    }


def state_of(payload: Mapping[str, Canonical]) -> CardReturn:
    """Return the state that the entry of a step keeps; payouts are read from the approval's own entry."""
    refund_fen = number(payload, "refund_fen", -1)
    known = refund_fen >= 0
    return CardReturn(
        operator=text(payload, "begun_by"),
        noted=texts(payload, "noted"),
        refund_fen=refund_fen if known else None,
        deposit_fen=0 if known else None,
        approved_by=text(payload, "approved_by_manager"),
    )
