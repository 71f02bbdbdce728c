"""Which account is meant by one, and whose holdings are one member's: files that were merged, by indexes only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from terminal.base.ids import AccountId
from terminal.rules.member.merge import Aliases, Link, aliases_of
from terminal.store.database import Database

# Writing an alias keeps rings out; a store that was written by something else must end no till.
LINKS_MOST: Final = 32
_INTO: Final = "SELECT alias_of FROM member WHERE account = ?"
# The second condition lets the index serve that has merged files alone.
_LED_HERE: Final = "SELECT account FROM member WHERE alias_of = ? AND alias_of <> x'' ORDER BY account"
# Nearly every account is one that was never merged: one look tells, where the whole answer takes two and more.
_MERGED: Final = (
    "SELECT 1 FROM member WHERE account = ? AND alias_of <> x''"
    " UNION ALL SELECT 1 FROM member WHERE alias_of = ? AND alias_of <> x'' LIMIT 1"
)
_ALL: Final = "SELECT account, alias_of FROM member WHERE alias_of <> x'' ORDER BY n"


class MergedFiles:
    """Reads the aliases of an open store."""

    def __init__(self, database: Database) -> None:
        """Read from an open store."""
        self._database = database

    def main(self, account: AccountId) -> AccountId:
        """Return the account that stands for one, itself where it was not merged or has no file."""
        key = bytes.fromhex(account)
        for _ in range(LINKS_MOST):
            row = self._database.row(_INTO, (key,))
            if row is None or not row[0]:
                break
            key = row[0]
        return AccountId(key.hex())

    def mains(self, accounts: Sequence[AccountId]) -> list[AccountId]:
        """Return the accounts that stand for these, each once, in their order."""
        return list(dict.fromkeys(self.main(account) for account in accounts))

    def owners(self, account: AccountId) -> tuple[AccountId, ...]:
        """Return all accounts of the member an account means: the one that stands for the others, then those."""
        key = bytes.fromhex(account)
        if self._database.row(_MERGED, (key, key)) is None:
            return (AccountId(account),)
        found = [bytes.fromhex(self.main(account))]
        for key in found:  # it grows while there are files merged into merged ones
            found += [row[0] for row in self._database.rows(_LED_HERE, (key,)) if row[0] not in found]
        return tuple(AccountId(key.hex()) for key in found)

    def all(self) -> Aliases:
        """Return every alias there is, in the order of the files."""
        return aliases_of(Link(row[0].hex(), row[1].hex()) for row in self._database.rows(_ALL))
