"""Payout of an approved refund: by which way each right's money leaves, and what is still owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Mistake, number, wrong
from terminal.rules.refunds.prepayment import PaymentRight

CASH, BANK = "cash", "bank"
CASH_MOST_FEN = 100_00
WINDOW_DAYS_MAX = 3_650


@dataclass(frozen=True, slots=True)
class Ways:
    """Cash of one refund is paid up to `cash_most_fen`; a provider takes refunds for so many days after payment.

    A tender that `windows_days` does not name takes none.
    """

    windows_days: Mapping[str, int]
    cash_most_fen: int = CASH_MOST_FEN


@dataclass(frozen=True, slots=True)
class Payout:
    """`fen` to be paid by `tender`: `cash`, `bank` (an account in the member's own name), or the provider that took it.

    `right` is what it is paid for; empty for a card deposit.
    """

    right: str
    tender: str
    fen: int


def mistakes(ways: Ways) -> list[Mistake]:
    """Return every mistake of the ways to pay out."""
    found = list(number("cash_most_fen", ways.cash_most_fen, FEN_MAX))
    for tender, days in ways.windows_days.items():
        if tender in {CASH, BANK}:
            found.append(wrong(f"windows_days.{tender}", "setup_no_provider"))
        found += number(f"windows_days.{tender}", days, WINDOW_DAYS_MAX)
    return found


def payouts(
    taken: Iterable[tuple[PaymentRight, int]],
    day: dt.date,
    ways: Ways,
    refused: Collection[str] = (),
    deposit_fen: int = 0,
) -> tuple[Payout, ...]:
    """Return how all of one refund is paid: back to its provider where that takes it, in cash up to the limit.

    To the bank goes what a provider refused (`refused` are ids of rights), what its window no longer takes, and all
    that was paid in cash where that is above the limit, a deposit with it: no more than a small sum is paid in cash,
    and a larger one is not split to come below it.
    """
    pieces = [Payout(right.id, _way(right, day, ways, refused), fen) for right, fen in taken]
    pieces.append(Payout("", CASH, deposit_fen))
    cash_fen = sum(piece.fen for piece in pieces if piece.tender == CASH)
    cash = CASH if cash_fen <= ways.cash_most_fen else BANK
    return tuple(replace(each, tender=cash) if each.tender == CASH else each for each in pieces if each.fen)


def _way(right: PaymentRight, day: dt.date, ways: Ways, refused: Collection[str]) -> str:
    if right.tender == CASH:
        return CASH
    last = right.paid_on + dt.timedelta(days=ways.windows_days.get(right.tender, -1))
    return BANK if right.id in refused or day > last else right.tender
