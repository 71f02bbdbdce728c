"""Prepaid value on bills: imported passes are used, gift cards earn nothing, and goods cost what the rules say."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.catalogue import Cost
from terminal.rules.passes.terms import SESSION_PASS, PassPart, PassTerms
from terminal.services.bills.values import Order, OrderLine, Tender
from tests.services.bill_bench import free
from tests.services.test_bills import PLAIN
from tests.services.test_refunds_of_real_bills import Desk, desk_of

CARE = PassTerms("care", SESSION_PASS, 500_00, (PassPart(frozenset({"facial"}), 10, 0, 60_00),), 0, 30, name="面部护理")
RULES = dataclasses.replace(PLAIN, passes=(CARE,), costs=(Cost("shampoo", 41_50),))


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a counter; its book is proved at the end."""
    made = desk_of(tmp_path, RULES)
    yield made
    made.shop.prove()
    made.shop.database.close()


def imported(desk: Desk, account: AccountId, name: str) -> str:
    """Bring in a pass as an import does; return its lot."""
    return desk.shop.give(account, "pass", 6, attributes={"name": name, "total": 10}).lot


def test_an_imported_pass_settles_what_the_pass_of_its_name_does_years_later_too(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    lot = imported(desk, account, "面部护理")
    shop.clock.advance(1000 * 86_400)
    bill = shop.ring(Order(account, (OrderLine("facial", quantity=2, pass_lot=lot),)), [])
    assert (bill.note.payable_fen, bill.note.lines[0].units) == (0, 2)
    assert desk.held(account) == {"pass": 4}
    desk.refund(bill)
    assert desk.held(account) == {"pass": 6}


def test_of_an_imported_pass_of_another_name_nobody_knows_the_rules(desk: Desk) -> None:
    account = desk.shop.member()
    lot = imported(desk, account, "烫染")
    with pytest.raises(Refusal, match="pass_rules_unknown"):
        desk.shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))


def test_money_of_a_gift_card_earns_no_points(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    shop.give(account, "principal", 200_00, value_fen=1, attributes={"gift_card": 1})
    shop.purse(account, 100_00)
    bill = shop.ring(Order(account, (free(150_00), free(150_00))), [Tender("purse", 300_00)])
    assert (bill.note.points, desk.held(account)) == (10, {"points": 10})


def test_a_bill_keeps_what_its_goods_cost_the_shop(desk: Desk) -> None:
    bill = desk.shop.ring(Order("", (OrderLine("shampoo", quantity=3), OrderLine("facial"))))
    assert [line.cost_fen for line in bill.note.lines] == [3 * 41_50, 0]
    assert bill.note.versions["costs"] == 0


def test_a_refund_takes_back_no_points_that_money_of_a_gift_card_did_not_earn(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    shop.give(account, "principal", 200_00, value_fen=1, attributes={"gift_card": 1})
    shop.purse(account, 100_00)
    bill = shop.ring(Order(account, (free(150_00), free(150_00))), [Tender("purse", 300_00)])
    desk.refund(bill, {0: 1})
    assert desk.held(account)["points"] == 5
    desk.refund(bill)
    assert desk.held(account) == {"principal": 300_00}
