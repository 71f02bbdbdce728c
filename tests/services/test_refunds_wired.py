"""What the running till joins to its refunds: the shop's rules of odd things judge them before they are posted."""

from __future__ import annotations

from typing import Any

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

[[passes]]
code = "two"
name = "洗剪吹两次"
kind = "session_pass"
price = "198.00"
parts = [{items = ["101"], paid = 2, single = "105"}]

[[roles.roles]]
name = "cashier"
limits = [{action = "refund", most = "200"}]

[[roles.roles]]
name = "manager"
limits = [{action = "refund", most = "5000"}, {action = "refund_prepayment"}, {action = "settle_alert", most = "5000"}]
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


@pytest.mark.parametrize(
    ("tenders", "most", "cash_fen", "owed"),
    [
        ([["cash", 198_00, "", 0]], "100", 0, {"bank": 198_00}),
        ([["cash", 99_00, "", 0], ["wechat", 99_00, "", 0]], "100", 99_00, {"wechat": 99_00}),
        ([["cash", 198_00, "", 0]], "200", 198_00, {}),
    ],
    ids=["large", "small", "as the shop has it"],
)
def test_a_running_till_pays_a_pass_back_in_cash_only_while_it_is_a_small_sum(
    tenders: list[list[Any]], most: str, cash_fen: int, owed: dict[str, int]
) -> None:
    with open_till() as till:
        till.take_commands()
        ways = f'[payout]\ncash_most = "{most}"\nwindows_days = {{wechat = 365}}\n'
        assert not till.ask("setup_apply", text=RULES.replace("block = true", "") + ways).get("mistakes")
        till.do("shift_open", float_fen=0)
        opened = till.do("bill_open", order={"account": till.account, "lines": [{"pass_code": "two"}]})
        paying = {"payable_fen": 198_00, "tenders": tenders}
        till.do("bill_settle", bill=opened["open"]["id"], version=1, paying=paying)
        lot = till.ask("prepaid_passes", account=till.account)["passes"][0]["pass"]
        wish = {"account": till.account, "lot": lot, "reason": "not_members_fault"}
        ways_shown = {each["means"]: each["fen"] for each in till.ask("refund_pass_look", **wish)["ways"]}
        assert ways_shown == owed | ({"cash": cash_fen} if cash_fen else {})
        done = till.do("refund_pass", **wish)
        assert (done["given_fen"], done["cash_fen"], done["payable_fen"]) == (198_00, cash_fen, sum(owed.values()))
        assert {each["means"]: each["fen"] for each in till.ask("refund_payouts")["payouts"]} == owed
        assert ("银行转账".encode("gbk") in _last_slip(till)) == ("bank" in owed)
        assert till.wrong_with_the_book() == ""


def _last_slip(till: OpenTill) -> bytes:
    database = till.till._store.database
    row = till.till._dispatcher.ask(lambda: database.row("SELECT body FROM print_job ORDER BY id DESC LIMIT 1"))
    assert row is not None
    return bytes(row[0])


def _last_number(till: OpenTill) -> str:
    row = till.till._store.database.row("SELECT max(seq) FROM deed WHERE kind = 'bill'")
    assert row is not None
    return f"1-{row[0]:06d}"
