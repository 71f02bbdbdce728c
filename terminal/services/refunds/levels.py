"""What taking something back makes of a member's level, in the transaction that posts it."""

from __future__ import annotations

import datetime as dt

from terminal.base.ids import AccountId, is_id
from terminal.rules.entry import Entry
from terminal.rules.loyalty.levels import LevelRules
from terminal.services.refunds.records import (
    IMPORTED,
    PREPAYMENT_REFUND,
    TOP_UPS,
    VOID,
    Records,
    name_of,
    text,
)
from terminal.services.standing import Granted, Standings


def settle_standing(records: Records, rules: LevelRules, made: Entry) -> None:
    """Keep, in the transaction that posted it, what taking something back made of the member's level.

    A level that a top-up gave ends with it.
    """
    account, day = text(made.payload, "account"), records.book.today()
    if not is_id(account):
        return
    standings = Standings(records.database, records.deeds)
    standings.refunded(rules, AccountId(account), day)
    if rules.levels and made.kind in {VOID, PREPAYMENT_REFUND}:
        standings.revoke(rules, AccountId(account), text(made.payload, "undoes"), day)


def grant_again(records: Records, rules: LevelRules, refunded: Entry) -> None:
    """Give the level back that a top-up gave and its refund, which was given up, took away."""
    made = records.entry(records.source(text(refunded.payload, "undoes")), (*TOP_UPS, IMPORTED))
    rewards = made.payload.get("rewards")
    level = rewards.get("level") if isinstance(rewards, dict) else None
    if not isinstance(level, dict) or text(level, "until") < records.book.today().isoformat():
        return
    granted = Granted(text(level, "level"), dt.date.fromisoformat(text(level, "until")), name_of(made))
    account = AccountId(text(refunded.payload, "account"))
    Standings(records.database, records.deeds).grant(rules, account, granted, records.book.today())
