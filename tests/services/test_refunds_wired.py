"""What the running till joins to its refunds: the shop's rules of odd things judge them before they are posted."""

from __future__ import annotations

import pytest

from tests.fuzz.till import PIN, OpenTill, open_till

pytestmark = pytest.mark.slow

MANAGER, CASHIER = "陈晓", "李雷"
RULES = """
[shop]
name = "兰亭美业"

[[services]]
code = "101"
name = "洗剪吹"
price = "105.00"

[[roles.roles]]
name = "cashier"
limits = [{action = "refund", most = "200"}]

[[roles.roles]]
name = "manager"
limits = [{action = "refund", most = "5000"}, {action = "settle_alert", most = "5000"}]
approves = ["cashier"]

[[anomalies]]
name = "large"
test = "single_amount"
kinds = ["refund"]
limit = "100"
block = true
"""


def test_a_running_till_lets_no_refund_pass_that_a_rule_of_the_shop_stops() -> None:
    with open_till() as till:
        till.take_commands()
        assert not till.ask("setup_apply", text=RULES).get("mistakes")
        till.ask("staff_add", name=CASHIER, role="cashier", pin=PIN)
        for staff in (MANAGER, CASHIER):
            till.do("shift_open", staff, float_fen=0)
        opened = till.do("bill_open", CASHIER, order={"lines": [{"item": "101"}]})
        paying = {"payable_fen": 105_00, "tenders": [["cash", 105_00, "", 0]]}
        till.do("bill_settle", CASHIER, bill=opened["open"]["id"], version=1, paying=paying)
        number = till.till._dispatcher.ask(lambda: _last_number(till))
        wish = {"number": number, "lines": [[1, 1]]}
        assert till.say("refund_bill", CASHIER, **wish)["code"] == "approval_needed"
        done = till.do("refund_bill", CASHIER, **wish, approver=MANAGER, approver_pin=PIN)
        assert done["cash_fen"] == 105_00
        assert till.wrong_with_the_book() == ""


def _last_number(till: OpenTill) -> str:
    row = till.till._store.database.row("SELECT max(seq) FROM deed WHERE kind = 'bill'")
    assert row is not None
    return f"1-{row[0]:06d}"
