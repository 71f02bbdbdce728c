"""A small shop's files: a cashier and a manager who change members' files, and everything a change could touch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules import canonical
from terminal.rules.entry import Entry, from_bytes
from terminal.rules.member.consents import CHAIN_SHARING, SENSITIVE, Consent
from terminal.rules.member.profile import CHOICE, NUMBER, TEXT, Field
from terminal.services.files.asked import Asked, Filled
from terminal.services.files.erasing import Erasing
from terminal.services.files.files import Files
from terminal.services.files.finding import Finder
from terminal.services.media_life.asked import By
from terminal.services.proposals import Blobs
from tests.services.conftest import Bench

TODAY = dt.date(2026, 11, 21)
CASHIER, MANAGER = By("cashier", "c" * 32, 1), By("manager", "b" * 32, 2)
SHOP_FIELDS = (
    Field("hair", "发质", CHOICE, choices=(("fine", "细"), ("thick", "粗"))),
    Field("height", "身高", NUMBER, least=500, most=2500, decimals=1),
    Field("scalp", "头皮", TEXT, is_sensitive=True),
)
TABLES = ("entry", "held", "account_balance", "medium", "proposal", "member", "member_tag", "member_note", "deed")


@dataclass(slots=True)
class FilesBench:
    """What a test of files needs; `fields` are the shop's own."""

    bench: Bench
    files: Files
    finder: Finder
    erasing: Erasing
    fields: list[Field] = field(default_factory=list)

    def asked(self, by: By = CASHIER, action: ActionId | None = None) -> Asked:
        """Return a wish of the cashier's, or somebody else's, with a new action id unless one is given."""
        return Asked(action or ActionId(new_id()), by)

    def member(self, name: str = "王小芳", **parts: object) -> AccountId:
        """Return an imported member."""
        return self.bench.member(name, **parts)

    def change(self, account: str, **parts: Any) -> None:
        """Change a file."""
        self.files.change(self.asked(), account, Filled(**parts))

    def consent(self, account: str, kind: str = SENSITIVE, *, is_given: bool = True, on: dt.date = TODAY) -> None:
        """Give or withdraw a consent."""
        self.change(account, consents=(Consent(kind, is_given, on, "counter", "v1"),))

    def share(self, account: str) -> None:
        """Give the consent to sharing in the chain."""
        self.consent(account, CHAIN_SHARING)

    def last(self) -> Entry:
        """Return the last entry of the journal."""
        row = self.bench.database.row("SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1")
        assert row is not None
        return from_bytes(row[0])

    def told(self) -> dict[str, Any]:
        """Return what the last entry's profile tells the chain."""
        blob = Blobs(self.bench.database).get(bytes.fromhex(str(self.last().payload["blob"])))
        assert blob is not None
        value: Any = canonical.decode(blob)
        return dict(value["fields"])

    def everything(self) -> dict[str, list[Any]]:
        """Return all that a change could change."""
        rows = self.bench.database.rows
        return {name: [tuple(row) for row in rows(f"SELECT * FROM {name}")] for name in TABLES}  # noqa: S608 - tables of ours

    def holds(self, text: str) -> bool:
        """Tell whether any row of any table holds a text in the clear."""
        names = [row[0] for row in self.bench.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in names for row in self.bench.database.rows(f"SELECT * FROM {name}")]  # noqa: S608 - ours
        values = [value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]
        return any(text.encode() in value for value in values)

    def refused(self, work: Callable[[], object]) -> str:
        """Return the code something is refused with; nothing may have changed by it."""
        before = self.everything()
        with pytest.raises(Refusal) as caught:
            work()
        assert self.everything() == before
        return caught.value.code


def files_bench(bench: Bench) -> FilesBench:
    """Return a shop's files."""
    fields = list(SHOP_FIELDS)
    files = Files(bench.database, bench.book, bench.clock, lambda: fields)
    finder = Finder(bench.database, bench.book)
    return FilesBench(bench, files, finder, Erasing(bench.database, bench.book), fields)
