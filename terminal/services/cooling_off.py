"""Which of a member's top-ups may still be asked back without a reason, as staff are shown it beside the member."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from terminal.base.ids import AccountId
from terminal.rules import bucket
from terminal.rules.canonical import Canonical
from terminal.rules.value.limits import cooling_off_left
from terminal.services.views import AskBack
from terminal.store.database import Database

# Rights to have a top-up or a sold pass back have no end, those of bills have one: so the index alone finds them, and
# of members who topped up for years only the newest are read.
NEWEST = 12
_RIGHTS = (
    "SELECT facts, amount FROM (SELECT bucket, amount FROM held WHERE owner IN ({marks}) AND asset = 'refund_right'"
    " AND amount > 0 AND expires_on = '' AND life = (SELECT n FROM life WHERE open = 1) ORDER BY bucket DESC LIMIT ?)"
    " JOIN bucket ON n = bucket ORDER BY n"
)


def may_ask_back(database: Database, owners: Sequence[AccountId], today: dt.date) -> tuple[AskBack, ...]:
    """Return the top-ups in their cooling-off time of which nothing was given back yet, oldest first.

    `owners` are the accounts of one member. Of more rights than `NEWEST` the older ones are not looked at.
    """
    sql = _RIGHTS.format(marks=", ".join("?" * len(owners)))
    rows = database.rows(sql, (*(bytes.fromhex(owner) for owner in owners), NEWEST))
    found = (_badge(bucket.from_store(facts).attributes, amount, today) for facts, amount in rows)
    return tuple(badge for badge in found if badge is not None)


def _badge(right: dict[str, Canonical], left_fen: int, today: dt.date) -> AskBack | None:
    until, paid_on = right.get("cooling_off_until"), right.get("paid_on")
    if right.get("of") != "top_up" or not (until and isinstance(until, str) and isinstance(paid_on, str)):
        return None
    last, first = dt.date.fromisoformat(until), dt.date.fromisoformat(paid_on)
    days = cooling_off_left(first, (last - first).days, today)
    return AskBack(left_fen, until, days) if days is not None and left_fen == right.get("paid_fen") else None
