"""Who brought a member, as the files say it; of files that were merged, the one that stands for them counts."""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.records import Records
from terminal.store.database import Database

NOBODY = AccountId("")
# Whose file is at other tills only has no name here.
NO_NAME = "*"


class Referrers:
    """Reads an open store, each file by its account."""

    def __init__(self, database: Database) -> None:
        """Read from an open store."""
        self._records = Records(database)
        self._merged = MergedFiles(database)

    def of(self, account: AccountId) -> AccountId:
        """Return the account that stands for who brought a member, `NOBODY` where no file says so.

        Who was merged into one they brought, or the other way round, brought nobody. There may be no file of it here.
        """
        main = self._merged.main(account)
        try:
            said = self._records.get(main).brought_by
        except Refusal:
            return NOBODY
        by = self._merged.main(AccountId(said)) if said else NOBODY
        return NOBODY if by == main else by

    def name_of(self, account: AccountId) -> str:
        """Return the masked name of who brought a member, empty for nobody, `NO_NAME` for one without a file here."""
        by = self.of(account)
        try:
            return self._records.get(by).masked if by else ""
        except Refusal:
            return NO_NAME
