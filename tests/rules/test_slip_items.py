"""What was paid for stands on a slip, with a sum only where a discount makes it differ from what was paid."""

from __future__ import annotations

from terminal.rules.receipt import Text
from terminal.rules.slips import ChargeSlip, SlipAfter, SlipBill, SlipItem, SlipMember, SlipShop, charge_slip

BILL = SlipBill(SlipShop("店"), "1", "now", "林", SlipMember("王*"), 100_00, 0, SlipAfter(), language="en")
ITEMS = (SlipItem("剪发", 60_00), SlipItem("精油", 40_00, 2))


def lines(items: tuple[SlipItem, ...], discount_fen: int = 0) -> list[tuple[str, str]]:
    blocks = charge_slip(ChargeSlip(BILL, 100_00, "photo", items, discount_fen=discount_fen))
    return [(block.left, block.right) for block in blocks if isinstance(block, Text)]


def test_without_a_discount_there_are_the_items_and_no_sum_of_them() -> None:
    found = lines(ITEMS)
    place = found.index(("剪发 x1", "￥60.00"))
    assert found[place + 1] == ("精油 x2", "￥40.00")
    assert found[place + 2] == ("Paid", "￥100.00")


def test_a_discount_is_told_below_the_sum_it_was_taken_off() -> None:
    found = lines((*ITEMS, SlipItem("护理", 20_00)), 20_00)
    place = found.index(("护理 x1", "￥20.00"))
    assert found[place + 1 : place + 4] == [("Total", "￥120.00"), ("Discount", "-￥20.00"), ("Paid", "￥100.00")]


def test_what_was_paid_without_items_has_no_lines_of_any() -> None:
    assert [left for left, _ in lines(()) if " x" in left] == []
