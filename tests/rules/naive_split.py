"""How a bill divides over principal and bonus without caps, dates and lots, as the tables of spending have it."""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.rules.split import largest_remainder


def split_charge(principal_fen: int, bonus_fen: int, amount_fen: int, order: str = "proportional") -> tuple[int, int]:
    """Return (principal, bonus) in fen that pay `amount_fen`; raise `Refusal` `not_enough` as spending does."""
    balance_fen = principal_fen + bonus_fen
    if amount_fen > balance_fen:
        raise Refusal("not_enough", missing_fen=amount_fen - balance_fen, balance_fen=balance_fen)
    if order == "principal_first":
        taken = min(principal_fen, amount_fen)
        return taken, amount_fen - taken
    if order == "bonus_first":
        taken = min(bonus_fen, amount_fen)
        return amount_fen - taken, taken
    from_principal, from_bonus = largest_remainder(amount_fen, (principal_fen, bonus_fen))
    return from_principal, from_bonus
