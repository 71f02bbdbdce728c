"""Prices typed by hand: who approves one approves the lines and prices that were shown, and no others."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.till.roles import Limit, Role
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.shifts.hand_prices import CHANGE_PRICE, decided_by_hand
from terminal.services.shifts.rights import Rights
from tests.services.factored import factored
from tests.services.test_bills import PLAIN
from tests.services.test_bills_commands import BOSS, Desk

TWO: dict[str, Any] = {"approver": BOSS[0], "approver_pin": BOSS[1]}


class Priced(Desk):
    """A shop whose cashier may type no price; while it is `broken`, a bill is refused behind everybody's yes."""

    def __init__(self, folder: pathlib.Path) -> None:
        roles = Role("cashier"), Role("manager", (Limit(CHANGE_PRICE),), frozenset({"cashier"}))
        super().__init__(folder, replace(PLAIN, roles=replace(PLAIN.roles, roles=roles)))
        self.broken = False
        shop = self.shop
        rights = Rights(shop.database, shop.clock)
        asks = Asks(
            factored(shop),
            decided=decided_by_hand(rights, self.looking.prices),
            also=(lambda *_: self._break(),),
        )
        shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
        self.commands = self.with_bills(shop.bills)

    def _break(self) -> None:
        if self.broken:
            raise Refusal("bill_too_long")

    def settling(self, *lines: dict[str, Any]) -> dict[str, Any]:
        """Open a bill of typed lines and return how it is settled in cash, each time as the same action."""
        opened = self.do("open", order={"lines": [*lines]})
        return {"action": new_id(), **self.paid(opened)}

    def changed(self, settling: dict[str, Any], **order: Any) -> dict[str, Any]:
        """Change that bill and return how it is then settled, as the same action."""
        seen = {name: settling[name] for name in ("bill", "version")}
        return {"action": settling["action"], **self.paid(self.do("change", **seen, order=order))}

    def paid(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Return how a bill that is shown is settled in cash."""
        fen = shown["quote"]["payable_fen"]
        paying = {"payable_fen": fen, "tenders": [["cash", fen, "", 0]]}
        return {"bill": shown["open"]["id"], "version": shown["open"]["version"], "paying": paying}


def typed(fen: int, name: str = "刘海") -> dict[str, Any]:
    """Return a line whose price was typed."""
    return {"name": name, "list_fen": fen}


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Priced]:
    """Give a shop, whose book is proved at the end."""
    made = Priced(tmp_path)
    yield made
    made.shop.prove()
    made.shop.database.close()


def approved(desk: Priced, settling: dict[str, Any]) -> None:
    """Have a settling approved that is then refused all the same, so that the approval is not used."""
    desk.broken = True
    assert desk.refused("settle", **settling, **TWO) == "bill_too_long"
    desk.broken = False


def test_an_approval_of_typed_prices_is_good_for_what_was_shown(desk: Priced) -> None:
    settling = desk.settling(typed(30_00))
    assert desk.refused("settle", **settling) == "approval_needed"
    approved(desk, settling)
    done = desk.do("settle", **settling)["settled"]
    boss = desk.shop.database.row("SELECT id FROM staff WHERE name = ?", BOSS[:1])
    assert (desk.looking.settled(done["number"]).posted.entry.payload["approved_by"],) == boss


@pytest.mark.parametrize(
    "order",
    [
        {"without": [1], "lines": [typed(3_00)]},
        {"without": [1], "lines": [typed(30_00, "染发")]},
        {"without": [1], "lines": [typed(30_00) | {"kind": "product"}]},
        {"without": [1], "lines": [typed(15_00) | {"quantity": 2}]},
        {"lines": [typed(1_00)]},
        {"lines": [{"item": "cut"}]},
    ],
    ids=["price", "name", "kind", "quantity", "more", "of-the-catalogue"],
)
def test_it_is_good_for_no_other_lines_or_prices_of_the_same_bill(desk: Priced, order: dict[str, Any]) -> None:
    settling = desk.settling(typed(30_00))
    approved(desk, settling)
    other = desk.changed(settling, **order)
    assert desk.refused("settle", **other) == "approval_needed"
    assert desk.do("settle", **other, **TWO)["settled"]["bill"] == settling["bill"], "shown and approved anew"


def test_it_is_good_for_no_other_bill_of_the_same_lines(desk: Priced) -> None:
    settling, other = desk.settling(typed(30_00)), desk.settling(typed(30_00))
    approved(desk, settling)
    assert desk.refused("settle", **{**other, "action": settling["action"]}) == "approval_needed"
