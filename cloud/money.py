"""What units are worth in the books, and what a loss of them costs the chain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from terminal.rules.bucket import CREDIT_ACCOUNT, DEBIT_ACCOUNT, VALUED_ACCOUNTS, Bucket
from terminal.rules.entry import KINDS_ADDING
from terminal.rules.fold import TRANSIT

MOVING = frozenset({"accept", "return", "grant", "take", "close"})
# Accounts that follow from the units that moved, and from nothing else.
FOLLOWED = (*sorted(VALUED_ACCOUNTS), TRANSIT)
LOSS = "loss"
SUSPENSE = "suspense"


def value(facts: Bucket, amount: int) -> tuple[str, int]:
    """Return the account and the fen, debit positive, of `amount` more units with a holder; nothing for promises."""
    if account := CREDIT_ACCOUNT.get(facts.asset):
        return account, -amount * facts.unit_value_fen
    if account := DEBIT_ACCOUNT.get(facts.asset):
        return account, amount * facts.unit_value_fen
    return "", 0


def post_move(postings: dict[str, int], facts: Bucket, kind: str, amount: int) -> None:
    """Add what an effect posts by itself: its units' value, and for a move between holders the way it went."""
    account, fen = value(facts, amount if kind in KINDS_ADDING else -amount)
    if fen:
        postings[account] = postings.get(account, 0) + fen
        if kind in MOVING:
            postings[TRANSIT] = postings.get(TRANSIT, 0) - fen


def corrections(posted: Iterable[tuple[str, int]], needed: dict[str, int]) -> dict[str, int]:
    """Return what the accounts that follow from units lack after postings, given what the units really did."""
    lacking = {account: needed.get(account, 0) for account in FOLLOWED}
    for account, fen in posted:
        if account in lacking:
            lacking[account] -= fen
    return {account: fen for account, fen in lacking.items() if fen}


def sales_taken_back(facts: Bucket, amount: int, sales: dict[str, int]) -> dict[str, int]:
    """Return what undoes, in a life's books, a refund made with `amount` units of a right that was spent before.

    `sales` are the debits of sales left in the refund's entry; what is used of them is taken off. Bonus goes back to
    being a discount that was given; what went out as money or stored value is left open, and so the chain's loss.
    Points and coupons are worth nothing, and a top-up's right reversed no sales.
    """
    discount, worth = _right_worth(facts, amount)
    lines: dict[str, int] = {}
    for name in sorted(sales):
        used = min(worth, sales[name])
        sales[name] -= used
        worth -= used
        lines[name] = -used
        if discount:
            lines[discount] = lines.get(discount, 0) + used
    return {account: fen for account, fen in lines.items() if fen}


def _right_worth(facts: Bucket, amount: int) -> tuple[str, int]:
    """Return the account (empty: money) and the fen that `amount` units of a refund right stand for."""
    target = facts.attributes.get("target")
    if not isinstance(target, dict):
        return "", amount if facts.attributes.get("of") == "bill" else 0
    if target["asset"] in {"bonus", "bonus_locked"}:
        return "bonus_discount", amount
    return "", amount * cast("int", target["unit_value_fen"]) if target["asset"] in CREDIT_ACCOUNT else 0
