"""A small shop's media: a member with a card, people at the counter, and taps at the kiosk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardTapped
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules import canonical
from terminal.rules.entry import Entry, from_bytes
from terminal.rules.media.fees import CardFees
from terminal.rules.media.states import CARD, IDENTITY
from terminal.services.media_life.asked import Asked, By, CardRules
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.records import Blank
from terminal.services.proposals import Blobs
from terminal.services.views import SignedIn
from tests.services.conftest import Bench
from tests.support import hire

CARD_A, CARD_B, CARD_C = "0BE2FB0B", "1CE2FB0C", "2DE2FB0D"
FREE = CardRules()
PAID = CardRules(7, CardFees(issue_fen=5_00, replace_fen=10_00, exchange_fen=3_00, deposit_fen=20_00))
ALL = frozenset((IDENTITY, CARD))


@dataclass(slots=True)
class MediaBench:
    """What a test of media needs."""

    bench: Bench
    life: MediaLife
    cashier: By
    manager: By
    tapped: int = field(default=0)

    def asked(self, by: By | None = None, shown: frozenset[str] = ALL, action: ActionId | None = None) -> Asked:
        """Return a wish of the cashier's, or somebody else's, with a new action id unless one is given."""
        return Asked(action or ActionId(new_id()), by or self.cashier, shown)

    def member(self, **parts: object) -> AccountId:
        """Return a member with card A, 750.00 paid in and 150.00 of bonus."""
        facts: dict[str, object] = {"cards": (CARD_A,), "principal_fen": 750_00, "bonus_fen": 150_00}
        return self.bench.member("王小芳", **(facts | parts))

    def n(self, number: str) -> int:
        """Return the row of the newest medium with a number."""
        return self.life.by_number(number)[-1].n

    def states(self, *numbers: str) -> list[str]:
        """Return the states of the newest media with these numbers."""
        return [self.life.by_number(number)[-1].medium.state for number in numbers]

    def tap(self, number: str) -> str:
        """Hold a card to the kiosk's reader; return the code that is shown, empty where the member is."""
        uid = bytes.fromhex(number)
        self.bench.kiosk.card_tapped(CardTapped("reader", f"slot {self.tapped}", "m1", 0.0, uid))
        self.tapped += 1
        screen = self.bench.screen
        assert (screen.name, screen.panel is None) in {("error", True), ("member", False)}
        return screen.code

    def last(self) -> Entry:
        """Return the last entry of the journal."""
        row = self.bench.database.row("SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1")
        assert row is not None
        return from_bytes(row[0])

    def told(self, entry: Entry) -> dict[str, Any]:
        """Return what an entry's profile tells the chain."""
        blob = Blobs(self.bench.database).get(bytes.fromhex(str(entry.payload["blob"])))
        assert blob is not None
        value: Any = canonical.decode(blob)
        return dict(value["fields"])

    def accounts(self) -> dict[str, int]:
        """Return the money accounts that are not at nothing."""
        return {name: fen for name, fen in self.bench.book.accounts().items() if fen}

    def held(self, account: AccountId) -> dict[str, int]:
        """Return what a member holds, without rights."""
        return {asset: units for asset, units in self.bench.book.balances(account).items() if asset != "refund_right"}

    def everything(self) -> tuple[list[Any], ...]:
        """Return all that an event could change."""
        tables = ("entry", "held", "account_balance", "medium", "proposal", "bucket")
        return tuple([tuple(row) for row in self.bench.database.rows(f"SELECT * FROM {name}")] for name in tables)  # noqa: S608 - tables of ours

    def refused(self, work: Callable[[], object]) -> str:
        """Return the code something is refused with; nothing may have changed by it."""
        before = self.everything()
        with pytest.raises(Refusal) as caught:
            work()
        assert self.everything() == before
        return caught.value.code


def media_bench(bench: Bench) -> MediaBench:
    """Return a shop's media, with a cashier and a manager who both have a shift open."""
    cashier = By.staff(bench.cashier())
    hire(bench.database, "李店长", "manager", "975310")
    (manager,) = [each.id for each in bench.staff.names() if each.name == "李店长"]
    name, shift_no = bench.staff.open_shift(manager)
    boss = By.staff(SignedIn("other", manager, name, shift_no, "manager"))
    return MediaBench(bench, MediaLife(bench.database, bench.book, bench.members), cashier, boss)


def blank(number: str, key: str = "") -> Blank:
    """Return a blank with a number."""
    return Blank(number, key)
