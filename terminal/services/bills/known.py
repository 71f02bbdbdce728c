"""What this till knows by itself of members, of other tills and of its place, for bills to ask."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.member import birthdays
from terminal.services.bills.values import Place
from terminal.services.shop import Shop
from terminal.store.database import Database

_MET = (
    "SELECT 1 FROM sync_mark WHERE acked > 0 OR generation <> '' UNION ALL SELECT 1 FROM life WHERE open = 1 AND cursor"
    " UNION ALL SELECT 1 FROM accepted LIMIT 1"
)


def birthday_near(database: Database) -> Callable[[AccountId, dt.date], dt.date | None]:
    """Return what tells on which civil day a member's birthday is kept, as the file of the account says.

    It is the day asked about where that is the birthday, else one of its month, else the next one; None where nobody
    knows the birthday, or an older import wrote something else there. A lunar one is turned into a civil date.
    """

    def of(account: AccountId, day: dt.date) -> dt.date | None:
        row = database.row("SELECT birthday FROM member WHERE account = ?", (bytes.fromhex(account),))
        if row is None or not row[0]:
            return None
        try:
            birthday = birthdays.read(str(row[0]))
            last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
            near = birthdays.between(birthday, day.replace(day=1), last)
            if day in near:
                return day
            return near[0] if near else birthdays.following(birthday, day)
        except Refusal:
            return None

    return of


def never_met(database: Database) -> Callable[[], bool]:
    """Return what tells whether no cloud has ever answered this box, so that there can be no other till."""
    return lambda: database.row(_MET) is None


def in_branch(shop: Callable[[], Shop]) -> Callable[[], Place]:
    """Return what tells where bills are rung up: rules name a store as its own set-up file does, by its branch."""
    return lambda: Place(store=shop().branch)
