"""Finding members by what people say of them: phone or its tail, name, pinyin, initials, the ending of a card."""

from __future__ import annotations

import re
from contextlib import suppress

from terminal.base.ids import AccountId
from terminal.rules import member_values, names, pinyin
from terminal.store.database import Database, Row

HITS_MAX = 20
_INITIALS = re.compile(r"[A-Za-z]{1,12}")
_PHONE_TAIL = re.compile(r"[0-9]{4}")
_CARD_ENDING = re.compile(r"[0-9A-Za-z]{4,31}")


class MemberSearch:
    """Looks through an open store, by indexes only; files that were erased are not found."""

    def __init__(self, database: Database) -> None:
        """Look in an open store."""
        self._database = database

    def by_phone(self, number: str) -> list[AccountId]:
        """Return at most `HITS_MAX` accounts with a whole phone number."""
        return _accounts(self._rows("phone", number))

    def by_words(self, text: str) -> list[AccountId]:
        """Return accounts for anything but a whole code or card number, the likeliest first, some perhaps twice."""
        rows: list[Row] = []
        # Spelled as it may be: with the country's code, blanks, hyphens or full-width digits.
        with suppress(member_values.BadValue):
            rows += self._rows("phone", member_values.phone(text))
        if _PHONE_TAIL.fullmatch(text):  # the last four digits, as the customer says them
            rows += self._rows("phone_tail", text)
        if _INITIALS.fullmatch(text):
            rows += self._prefix("initials", text.upper())
        for name in dict.fromkeys((names.closed_up(text), text)):
            rows += self._prefix("name", name)
        rows += self._by_pinyin(text)
        if _CARD_ENDING.fullmatch(text):
            rows += self._by_card_ending(text.upper())
        return _accounts(rows)

    def _by_pinyin(self, text: str) -> list[Row]:
        rows: list[Row] = []
        for reading in pinyin.readings(text):
            start, marks = reading.initials, ", ".join("?" * len(reading.surnames))
            size = len(reading.surnames[0])
            if len(start) == size:  # the surname alone: by name, since a single initial is that of too many
                for surname in reading.surnames:
                    rows += self._prefix("name", surname)
            else:
                rows += self._database.rows(
                    "SELECT account FROM member WHERE initials >= ? AND initials < ?"  # noqa: S608 - marks only
                    f" AND substr(name, 1, ?) IN ({marks}) AND erased_at = 0 ORDER BY initials LIMIT ?",
                    (start, start + "\U0010ffff", size, *reading.surnames, HITS_MAX),
                )
        return rows

    def _by_card_ending(self, ending: str) -> list[Row]:
        return self._database.rows(
            "SELECT account FROM medium WHERE substr(number, -4) = ? AND kind = 'card' AND state = 'active'"
            " AND substr(number, -length(?)) = ?"
            # A card that is only its holder's leads to nobody, and must not push out those that do.
            " AND EXISTS (SELECT 1 FROM member WHERE member.account = medium.account) ORDER BY n LIMIT ?",
            (ending[-4:], ending, ending, HITS_MAX),
        )

    def _rows(self, column: str, value: str) -> list[Row]:
        return self._database.rows(
            f"SELECT account FROM member WHERE {column} = ? AND erased_at = 0 LIMIT ?",  # noqa: S608 - a column of ours
            (value, HITS_MAX),
        )

    def _prefix(self, column: str, start: str) -> list[Row]:
        return self._database.rows(
            f"SELECT account FROM member WHERE {column} >= ? AND {column} < ? AND erased_at = 0"  # noqa: S608 - a column of ours
            f" ORDER BY {column} LIMIT ?",
            (start, start + "\U0010ffff", HITS_MAX),
        )


def _accounts(rows: list[Row]) -> list[AccountId]:
    return [AccountId(row[0].hex()) for row in rows]
