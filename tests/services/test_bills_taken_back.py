"""A settled bill shows what was refunded of each line, when, how it was paid back, and what may still be refunded."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.cli.bill_lines import settled_lines
from terminal.ledger.past import forget
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.bills.looking import Looking
from terminal.services.bills.telling import told_settled
from terminal.services.bills.values import Order, OrderLine, Settled, Tender
from terminal.services.refunds.passes import PassWish
from terminal.services.refunds.payouts import FAILED, SENT, Payouts
from tests.services.test_bills import PLAIN
from tests.services.test_refunds_of_real_bills import MANAGER, Desk, desk_of

LINES = (OrderLine("cut", quantity=2), OrderLine("shampoo"))
ALL_FEN = 388_00 * 2 + 98_00


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a shop whose bills are taken back."""
    made = desk_of(tmp_path, PLAIN)
    yield made
    made.shop.database.close()


def shown(desk: Desk, bill: Settled) -> dict[str, Any]:
    """Return a settled bill as it comes through the door, looked up by its number."""
    looking = Looking(desk.shop.database, desk.shop.book, desk.shop.clock)
    found = looking.settled(bill.bill_no)
    told = told_settled(found, "", {MANAGER.staff_id: MANAGER.name}, looking.time_text, looking.taken_back(found))
    return dict(json.loads(json.dumps(told)))


def text(told: dict[str, Any], language: str = "en") -> str:
    """Return a bill as a person reads it, blanks put together."""
    return " ".join("".join(settled_lines(told, language)).split())


def rung(desk: Desk) -> Settled:
    """Return a bill of a member's, paid from stored value, by WeChat and in cash."""
    account = desk.shop.member()
    desk.shop.purse(account, 400_00)
    paid = [Tender("purse", 400_00), Tender("wechat", 300_00), Tender("cash", ALL_FEN - 700_00)]
    return desk.shop.ring(Order(account, LINES), paid)


def test_a_bill_as_it_was_settled_says_nothing_of_refunds(desk: Desk) -> None:
    told = shown(desk, rung(desk))
    assert (told["refunds"], told["undone"], told["left_fen"]) == ([], [], 0)
    assert "refund" not in text(told).casefold()
    assert all("left" not in line for line in told["lines"])


def test_each_line_says_what_was_refunded_and_each_refund_when_and_how_it_was_paid_back(desk: Desk) -> None:
    bill = rung(desk)
    desk.shop.clock.advance(3_600)
    back = desk.refund(bill, {0: 1})
    told = shown(desk, bill)
    assert [(line["refunded"], line["left"], line["left_fen"]) for line in told["lines"]] == [
        (1, 1, 388_00),
        (0, 1, 98_00),
    ]
    (refund,) = told["refunds"]
    assert (refund["number"], refund["given_fen"], refund["staff"]) == (back.number, 388_00, MANAGER.name)
    assert refund["lines"] == [{"line": 1, "quantity": 1, "fen": 388_00}]
    assert refund["at"] != told["at"]
    ways = {each["means"]: (each["fen"], each["state"]) for each in refund["ways"]}
    assert sum(fen for fen, _ in ways.values()) == 388_00
    assert ways["cash"] == (back.cash_fen, "")
    assert ways["wechat"] == (back.payable_fen, "open")
    assert (told["left_fen"], told["refund_until"]) == (388_00 + 98_00, "2026-12-21"), told["refund_until"]
    english = text(told)
    for part in (
        "1 refunded (388.00), 1 may still be (388.00)",
        f"Refunded {back.number} {refund['at']} {MANAGER.name}",
        "1. 剪发 x1 388.00",
        "-> WeChat Pay (to be paid out)",
        "May still be refunded until 2026-12-21 486.00",
    ):
        assert part in english, (part, english)
    assert "已退 1（388.00）, 还可退 1（388.00）" in text(told, "zh_CN")


def test_a_payout_says_how_far_it_is_and_by_which_means_it_went(desk: Desk) -> None:
    bill = rung(desk)
    desk.refund(bill, {1: 1})
    (refund,) = shown(desk, bill)["refunds"]
    payouts = Payouts(desk.records)
    name = f"{bill.posted.entry.device}/1/{int(refund['number'].partition('-')[2])}"
    for step, state in ((SENT, "sent"), (FAILED, "failed")):
        payouts.note(desk.by(), name, 0, step)
        assert [each["state"] for each in shown(desk, bill)["refunds"][0]["ways"]][-1] == state
    payouts.pay(desk.by(), name, 0, "bank")
    way = shown(desk, bill)["refunds"][0]["ways"][-1]
    assert (way["means"], way["state"]) == ("bank", "paid")
    assert "Bank transfer (paid out)" in text(shown(desk, bill))


def test_once_all_is_refunded_or_the_time_is_over_nothing_is_left(desk: Desk) -> None:
    first, second = rung(desk), rung(desk)
    desk.refund(first, {0: 1})
    desk.refund(first)
    told = shown(desk, first)
    assert [line["left"] for line in told["lines"]] == [0, 0]
    assert (len(told["refunds"]), told["left_fen"], told["refund_trouble"]) == (2, 0, "refund_done")
    assert "still" not in text(told)
    desk.refund(second, {1: 1})
    desk.shop.clock.advance(31 * 86_400)
    told = shown(desk, second)
    assert (told["left_fen"], told["refund_trouble"]) == (0, "refund_too_late")
    assert f"could be refunded until {told['refund_until']}" in text(told)


def test_a_voided_bill_says_how_everything_went_back(desk: Desk) -> None:
    bill = rung(desk)
    desk.void(bill)
    told = shown(desk, bill)
    (void,) = told["refunds"]
    ways = {each["means"]: (each["fen"], each["state"]) for each in void["ways"]}
    assert ways == {"cash": (174_00, ""), "principal": (400_00, ""), "wechat": (300_00, "open")}
    assert (void["kind"], told["refund_trouble"], told["left_fen"]) == ("void", "refund_voided", 0)
    assert "voided" in text(told)


def test_a_sold_pass_that_was_refunded_is_a_line_like_the_others(desk: Desk) -> None:
    account = desk.shop.member()
    (price_fen,) = (each.price_fen for each in PLAIN.passes if each.code == "ten")
    order = Order(account, (OrderLine(pass_code="ten"), OrderLine("shampoo")))
    bill = desk.shop.ring(order, [Tender("cash", price_fen + 98_00)])
    lot = bill.note.lines[0].pass_lot
    desk.passes.refund(desk.by(), PassWish(account, lot, NOT_MEMBERS_FAULT))
    told = shown(desk, bill)
    assert [(line["refunded"], line["left"], line["left_fen"]) for line in told["lines"]] == [
        (1, 0, 0),
        (0, 1, 98_00),
    ]
    assert told["refunds"][0]["ways"] == [{"means": "bank", "fen": price_fen, "state": "open"}]


def test_where_the_refund_is_no_longer_kept_the_bill_says_that_it_is_not_known(desk: Desk) -> None:
    bill = rung(desk)
    desk.refund(bill, {1: 1})
    book, database = desk.shop.book, desk.shop.database
    for _ in range(2):
        with database.write():
            book.post(book.begin(ActionId(new_id()), "test", ""))
    with database.write():
        forget(database, book.life().n, book.life().seq)
    looking = Looking(database, book, desk.shop.clock)
    back = looking.taken_back(bill)
    assert (back.kinds, back.taken, back.trouble) == (("refund",), (), "refund_past")
