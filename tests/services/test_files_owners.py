"""Whose holdings are one member's is asked with every posting, so it costs one question where nothing was merged."""

from __future__ import annotations

import pathlib

from terminal.base.ids import AccountId
from terminal.services.files.aliases import MergedFiles
from terminal.store.migrations import migrate
from tests.ledger.test_query_plans import Recorder
from tests.support import STORE_KEY

MAIN, SECOND, THIRD, ALONE = (AccountId(digit * 32) for digit in "abcd")


def test_an_account_that_was_never_merged_is_told_by_one_question(tmp_path: pathlib.Path) -> None:
    database = Recorder(tmp_path / "store.db", STORE_KEY)
    migrate(database)
    try:
        for account, into in ((MAIN, ""), (SECOND, MAIN), (THIRD, SECOND), (ALONE, "")):
            database.run(
                "INSERT INTO member (account, alias_of, name, phone, initials, phone_tail, sex, level, birthday,"
                " remark, old_number, salt, profile_hash) VALUES (?, ?, '', '', '', '', '', '', '', '', '', x'', x'')",
                (bytes.fromhex(account), bytes.fromhex(into)),
            )
        database.statements.clear()
        merged = MergedFiles(database)
        assert merged.owners(ALONE) == (ALONE,)
        assert merged.owners(AccountId("e" * 32)) == ("e" * 32,), "an account without a file"
        assert len(database.statements) == 1
        assert database.scans() == {}
        for account in (MAIN, SECOND, THIRD):
            assert merged.owners(account) == (MAIN, SECOND, THIRD)
    finally:
        database.close()
