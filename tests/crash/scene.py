"""One shop in which an action is done, killed and done again, and what must be true of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from terminal.store.database import Database
from tests.crash import paper
from tests.crash.ground import READER, Ground, Shop
from tests.crash.tills import LiveTill, ids, wait_until

MEMBER = "M0001"
CARD = "wang"
BALANCE_FEN = 138_224
TOP_UP_FEN = 50_000
BONUS_FEN = 5_000
CHARGE_FEN = 30_000
BALANCE_SLIP = "会员码"


@dataclass(slots=True)
class Scene:
    """One shop in which one action is done, killed, and done again: `till` is the life it is in.

    `store` is open while the action is checked.
    """

    ground: Ground
    shop: Shop
    account: str
    till: LiveTill = field(init=False)
    store: Database = field(init=False)
    actions: list[str] = field(default_factory=lambda: ids(4))
    answers: dict[str, Any] = field(default_factory=dict)

    def acknowledged(self, what: str, answer: object) -> None:
        """Note what the till answered; an answer given before must be the same."""
        earlier = self.answers.setdefault(what, answer)
        assert earlier == answer, f"{what} was acknowledged as {earlier}, now as {answer}"

    def lid(self, *, is_open: bool) -> None:
        """Open or close the printer's lid."""
        self.shop.printer.set_switch("lid_open", value=is_open)

    def top_up(self, action: str) -> dict[str, Any]:
        """Top the member up and return the answer."""
        answer: dict[str, Any] = self.till.desk("top_up", action, self.account, TOP_UP_FEN, BONUS_FEN)
        return answer

    def card_shown(self) -> str:
        """Tap the member's card and return the kiosk's session."""
        desk = self.ground.cards.desk
        wait_until(lambda: self.till.call("kiosk")["name"] == "idle", "the kiosk's reader")
        desk.insert(READER, CARD)
        try:
            wait_until(lambda: self.till.call("kiosk")["name"] == "member", "the member on the kiosk")
        finally:
            desk.remove(READER)
        session: str = self.till.call("kiosk")["session"]
        return session


def check_receipts(scene: Scene, slips: int) -> None:
    """Fail unless every slip is on paper and every copy after the first says that it is one."""
    on_paper = scene.shop.lines()
    rows = scene.store.rows("SELECT bill_no, state FROM print_job WHERE copy_of = 0 ORDER BY id")
    assert [row[1] for row in rows] == ["printed"] * len(rows)
    assert len({row[0] for row in rows}) == len(rows), "a bill has two slips"
    copies = count(scene.store, "SELECT count(*) FROM print_job WHERE copy_of <> 0")
    assert len(rows) + copies == slips, f"there should be {slips} slips, there are {len(rows)} and {copies} copies"
    for bill_no, _ in rows:
        key = slip_key(bill_no)
        assert paper.copies(on_paper, key), f"the slip of {bill_no} was lost"
        assert not paper.unmarked_copies(on_paper, key), f"a later copy of {bill_no} does not say that it is one"


def check_entries(scene: Scene, entries: int) -> None:
    """Fail unless the book grew by exactly this many entries."""
    now = count(scene.store, "SELECT count(*) FROM entry")
    before = scene.ground.entries if (scene.shop.prepared) else 0
    assert now == before + entries, f"{now - before} entries where there should be {entries}"


def slip_key(bill_no: str) -> str:
    """Return what a slip is known by on paper."""
    return bill_no or BALANCE_SLIP


def count(store: Database, query: str, *parameters: object) -> int:
    """Return the one number of a query."""
    row = store.row(query, parameters)
    assert row is not None
    return int(row[0])
