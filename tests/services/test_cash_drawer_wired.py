"""The drawer over a whole till: it opens once for all cash that is taken or given, by whatever command or page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.ids import new_id
from tests.fuzz.till import PIN, SHOP, OpenTill, open_till

pytestmark = pytest.mark.slow

RULES = """
[[services]]
code = "101"
name = "洗剪吹"
price = "105.00"
category = "剪发"
"""


@pytest.fixture
def till() -> Iterator[OpenTill]:
    """Give a till with a drawer whose one person has a shift; its book must stay right."""
    with open_till() as made:
        made.take_commands()
        made.ask("setup_apply", text=SHOP + RULES)
        made.do("shift_open", float_fen=1_000_00)
        made.till._dispatcher.ask(lambda: made.till._drawer.printer_there("receipts", there=True))
        yield made
        assert made.wrong_with_the_book() == ""


def opened(till: OpenTill) -> list[tuple[str, str]]:
    """Return reason and bill of every opening since it was asked last, which the printer has done by now."""

    def work() -> list[tuple[str, str]]:
        database = till.till._store.database
        rows = database.rows("SELECT reason, bill_no, state FROM drawer_opening ORDER BY n")
        database.run("DELETE FROM drawer_opening")
        assert all(row[2] == "waiting" for row in rows)
        return [(row[0], row[1]) for row in rows]

    return till.till._dispatcher.ask(work)


def settle(till: OpenTill, tender: str, action: str = "") -> str:
    """Settle a bill of one haircut by a command, asked for twice; return its number."""
    bill = till.do("bill_open", order={"account": till.account, "lines": [{"item": "101"}]})["open"]["id"]
    paying = {"payable_fen": 105_00, "tenders": [[tender, 105_00, "", 0]]}
    action = action or new_id()
    numbers = {
        till.do("bill_settle", action=action, bill=bill, version=1, paying=paying)["settled"]["number"]
        for _ in range(2)
    }
    (number,) = numbers
    return str(number)


def test_a_bill_paid_in_cash_opens_it_once_and_one_paid_otherwise_does_not(till: OpenTill) -> None:
    number = settle(till, "cash")
    assert opened(till) == [("top_up", number)]
    settle(till, "wechat")
    assert opened(till) == []


def test_cash_that_is_given_back_opens_it_and_a_copy_of_the_slip_does_not(till: OpenTill) -> None:
    number, other = settle(till, "cash"), settle(till, "wechat")
    opened(till)
    done = till.do("refund_bill", number=number, lines=[[1, 1]])
    assert opened(till) == [("cash_back", done["entry"])]
    till.do("refund_void", number=other, reason="mistake")
    assert opened(till) == []
    voided = till.do("refund_void", number=settle(till, "cash"), reason="mistake")
    assert opened(till)[1:] == [("cash_back", voided["entry"])]
    job = till.till._dispatcher.ask(lambda: max(slip.job or 0 for slip in till.till._spool.recent()))
    till.till._dispatcher.ask(lambda: till.till._spool.printed(job))
    token = till.till._desk.sign_in(till.staff_id, PIN).token
    till.till._desk.reprint(token, new_id(), job)
    assert opened(till) == []


def test_prepaid_value_for_cash_opens_it(till: OpenTill) -> None:
    top_up: dict[str, Any] = {"account": till.account, "fen": 50_00, "bonus_fen": 0}
    for tender, openings in (("cash", 1), ("alipay", 0)):
        look = till.ask("prepaid_top_up_look", account=till.account, fen=50_00, tender=tender)
        till.do("prepaid_top_up", **top_up, key=look["key"], tender=tender)
        assert len(opened(till)) == openings
    token = till.till._desk.sign_in(till.staff_id, PIN).token
    action = new_id()
    done = [till.till._desk.top_up(token, action, till.account, 20_00, 0) for _ in range(2)]
    assert done[0] == done[1]
    assert opened(till) == [("top_up", done[0].bill_no)]


def test_a_gift_card_for_cash_opens_it(till: OpenTill) -> None:
    def card() -> None:
        till.till._store.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance)"
            " VALUES (?, 'GIFT000777', 'card', 'active', 'uid')",
            (bytes.fromhex(new_id()),),
        )

    till.till._dispatcher.ask(card)
    sold = till.do("prepaid_gift_sell", card="GIFT000777", fen=300_00, months=36, tender="cash")
    assert opened(till) == [("top_up", sold["number"])]


def test_a_debt_that_is_repaid_in_cash_opens_it(till: OpenTill) -> None:
    bill = till.do("bill_open", order={"account": till.account, "lines": [{"item": "101"}]})["open"]["id"]
    paying = {"payable_fen": 105_00, "tenders": [["on_credit", 105_00, "", 0]], "confirmed": "photo"}
    till.do("bill_settle", bill=bill, version=1, paying=paying)
    assert opened(till) == []
    paid = till.do("refund_repay", account=till.account, amount_fen=5_00, tender="cash")
    assert opened(till) == [("top_up", paid["entry"])]


def test_cash_put_in_and_taken_out_opens_it(till: OpenTill) -> None:
    action = new_id()
    for _ in range(2):
        moved = till.do("shift_move_cash", action=action, out=False, fen=10_00, reason="change")
    assert opened(till) == [("cash_in", moved["entry"])]
    moved = till.do("shift_move_cash", out=True, fen=10_00, reason="to the safe")
    assert opened(till) == [("cash_out", moved["entry"])]


def test_with_its_printer_away_the_sale_stands_and_staff_are_told(till: OpenTill) -> None:
    till.till._dispatcher.ask(lambda: till.till._drawer.printer_there("receipts", there=False))
    number = settle(till, "cash")
    (opening,) = till.ask("drawer_openings")["openings"]
    assert (opening["state"], opening["code"], opening["bill_no"]) == ("failed", "drawer_unavailable", number)
    assert till.till._dispatcher.ask(lambda: till.till._counter._screen.error) == "drawer_unavailable"
