"""What a card costs: fees are the shop's income, deposits a debt of the shop that is returned with the card."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.media.states import EXCHANGE, ISSUE, REPLACE, RETURN

FEE_FEN_MAX = 1_000_00  # a card that costs more than a thousand yuan is a slip of the finger
FEE_INCOME, DEPOSIT_LIABILITY = "sales/fee", "card_deposit"  # the accounts of the shop's book


@dataclass(frozen=True, slots=True)
class CardFees:
    """What the shop takes for a card, in fen; 0 for nothing. `deposit_fen` is taken at issue only."""

    issue_fen: int = 0
    replace_fen: int = 0
    exchange_fen: int = 0
    deposit_fen: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Money taken from the customer (above 0) or given back (below 0), in fen, and the account it stands in.

    It is paid by cash or another outside tender, never from the purse.
    """

    account: str
    fen: int


def mistakes(fees: CardFees) -> list[tuple[str, str]]:
    """Return every (key, code) that is wrong with a shop's card fees: `card_fee_negative`, `card_fee_absurd`."""
    amounts = {
        "issue_fen": fees.issue_fen,
        "replace_fen": fees.replace_fen,
        "exchange_fen": fees.exchange_fen,
        "deposit_fen": fees.deposit_fen,
    }
    negative = [(key, "card_fee_negative") for key, fen in amounts.items() if fen < 0]
    return negative + [(key, "card_fee_absurd") for key, fen in amounts.items() if fen > FEE_FEN_MAX]


def dues(fees: CardFees, event: str, deposit_held_fen: int = 0) -> tuple[Due, ...]:
    """Return what is taken or given back with an event of a medium's life, nothing where it costs nothing.

    A replaced or exchanged card hands its deposit on to the new one, so no second one is taken; the deposit that was
    really paid (`deposit_held_fen`) goes back when the card is returned, whatever the rule says by then. Raises
    `Refusal` `card_fee_negative` for a negative deposit.
    """
    if deposit_held_fen < 0:
        raise Refusal("card_fee_negative")
    lines = {
        ISSUE: (Due(FEE_INCOME, fees.issue_fen), Due(DEPOSIT_LIABILITY, fees.deposit_fen)),
        REPLACE: (Due(FEE_INCOME, fees.replace_fen),),
        EXCHANGE: (Due(FEE_INCOME, fees.exchange_fen),),
        RETURN: (Due(DEPOSIT_LIABILITY, -deposit_held_fen),),
    }
    return tuple(due for due in lines.get(event, ()) if due.fen)
