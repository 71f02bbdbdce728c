"""Lists of members: by tag, level and month of birthday, and those who share a telephone; by indexes only."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.book import Book
from terminal.rules.member import birthdays, profile
from terminal.rules.member.duplicates import BY_PHONE, Alike
from terminal.store.database import Database, Row

FOUND_MAX: Final = 200
# As the index has it: lunar birthdays all together, the others by their month.
BIRTH_MONTH: Final = "CASE WHEN substr(birthday, 1, 1) = 'L' THEN 'L' ELSE substr(birthday, -5, 2) END"
_LIVING: Final = "erased_at = 0 AND alias_of = x''"
_SHARED: Final = "SELECT phone FROM member WHERE phone > '' GROUP BY phone HAVING count(*) > 1"
_OF_PHONE: Final = f"SELECT account FROM member WHERE phone = ? AND {_LIVING} ORDER BY account"  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to find: bearers of all `tags`, of a `level`, with a birthday in a `month` (1 to 12; 0: any) of this year.

    A lunar birthday counts in the civil month it falls in this year.
    """

    tags: tuple[str, ...] = ()
    level: str = ""
    month: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """At most `FOUND_MAX` members in the order of their files, and whether there are more."""

    accounts: tuple[AccountId, ...]
    more: bool


class Finder:
    """Makes lists from an open store."""

    def __init__(self, database: Database, book: Book) -> None:
        """Look in `database`; the business day of `book` says which year it is."""
        self._database = database
        self._book = book

    def find(self, wanted: Wanted) -> Found:
        """Return who is wanted; raise `Refusal` `find_nothing` where nothing is asked, or `find_month`."""
        if not 0 <= wanted.month <= 12:
            raise Refusal("find_month")
        if wanted == Wanted():
            raise Refusal("find_nothing")
        year = self._book.today().year
        rows = [row for row in self._rows(wanted) if not wanted.month or _falls_in(row[1], year, wanted.month)]
        return Found(tuple(AccountId(row[0].hex()) for row in rows[:FOUND_MAX]), len(rows) > FOUND_MAX)

    def duplicates(self) -> list[Alike]:
        """Return the members who share a telephone, group by group, at most `FOUND_MAX` groups."""
        groups: list[Alike] = []
        for (phone,) in self._database.rows(_SHARED):
            accounts = tuple(row[0].hex() for row in self._database.rows(_OF_PHONE, (phone,)))
            if len(accounts) > 1:
                groups.append(Alike(BY_PHONE, accounts))
            if len(groups) == FOUND_MAX:
                break
        return groups

    def _rows(self, wanted: Wanted) -> list[Row]:
        sql, values = select(wanted)
        return self._database.rows(sql, values)


def select(wanted: Wanted) -> tuple[str, list[str | int]]:
    """Return the query for whom is wanted, led by the index that leaves the fewest: a tag, the level, the month.

    By a month alone lunar birthdays are all looked at, so there is no limit to them.
    """
    joins = "".join(
        f" {'CROSS ' if n else ''}JOIN member_tag AS tag{n} ON tag{n}.member = {'tag0.member' if n else 'n'}"
        for n, _ in enumerate(wanted.tags)
    )
    where = [_LIVING, *(f"tag{n}.tag = ?" for n, _ in enumerate(wanted.tags))]
    values: list[str | int] = [profile.tidy(tag).casefold() for tag in wanted.tags]
    if wanted.level:
        where.append("level = ? AND level <> ''")
        values.append(wanted.level)
    if wanted.month:
        where.append(f"birthday <> '' AND {BIRTH_MONTH} IN (?, 'L')")
        values.append(f"{wanted.month:02d}")
    limit = f" LIMIT {FOUND_MAX + 1}" if not wanted.month else ""
    return f"SELECT account, birthday FROM member{joins} WHERE {' AND '.join(where)} ORDER BY n{limit}", values  # noqa: S608 - ours


def _falls_in(birthday: str, year: int, month: int) -> bool:
    """Tell whether a stored birthday is kept in a month of a year."""
    try:
        first, last = dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
        return bool(birthdays.between(birthdays.read(birthday), first, last))
    except Refusal:
        return False
