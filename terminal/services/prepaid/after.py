"""What somebody has once an entry is posted, for its payload: slips tell it, and nothing is added up again for them."""

from __future__ import annotations

from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.services.bills.noting import after
from terminal.services.bills.wallet import Wallets
from terminal.services.prepaid.till import Till


def balances(till: Till, draft: Draft, account: AccountId) -> dict[str, Canonical]:
    """Return what an account may spend after all that a draft does: `balance_after_fen` and `points_after`."""
    return after(draft, Wallets(till.database, till.book).of(account, till.book.day_of(draft)))
