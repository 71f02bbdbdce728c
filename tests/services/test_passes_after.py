"""What a bill notes of the passes it used, for its slip."""

from __future__ import annotations

import pathlib

from terminal.services.bills.values import Order, OrderLine
from tests.services.test_bill_slips import printing


def test_a_bill_notes_what_it_left_of_a_pass_and_until_when(tmp_path: pathlib.Path) -> None:
    till = printing(tmp_path)
    shop = till.shop
    account = shop.member()
    ten, later = shop.pass_units(account, "ten"), shop.pass_units(account, "later")
    order = Order(account, tuple(OrderLine("facial", pass_lot=lot) for lot in (ten, later)))
    settled = shop.ring(order, [])
    noted = settled.posted.entry.payload["passes_after"]
    assert isinstance(noted, list)
    told = [(each["pass"], each["left"], each["total"], each["ends_on"]) for each in noted if isinstance(each, dict)]
    assert told == [("ten", 11, 12, ""), ("later", 11, 12, "2027-02-18")]
    lines = till.lines(settled.bill_no)
    at = lines.index("later 剩 11 / 12 次")
    assert lines[at : at + 2] == ["later 剩 11 / 12 次", "有效期至 2027-02-18"]
    assert "ten 剩 11 / 12 次" in lines
    again = shop.ring(Order(account, (OrderLine("facial", pass_lot=later),)), [])
    assert "later 剩 10 / 12 次" in till.lines(again.bill_no)
    shop.database.close()
