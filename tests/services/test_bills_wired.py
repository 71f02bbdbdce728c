"""What the running till gives its bills to know: the member's birthday, the shop's branch, whether it is alone."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from terminal.base.ids import new_id
from terminal.services.imports import NEW_PEOPLE
from tests.fuzz.till import MEMBER, PIN, OpenTill, open_till

pytestmark = pytest.mark.slow

RULES = """
[shop]
name = "兰亭美业"
branch = "静安店"

[[services]]
code = "101"
name = "洗剪吹"
price = "105.00"
category = "剪发"

[points]
per_yuan = 10

[[points.multipliers]]
id = "birthday"
rate = "200%"
condition = {birthday = "day"}

[[prices.bill_promotions]]
id = "here"
threshold = "50"
off = "5"
audience = {stores = ["静安店"]}

[[prices.bill_promotions]]
id = "there"
threshold = "50"
off = "50"
audience = {stores = ["徐汇店"]}
"""

STOPPING = """
[[roles.roles]]
name = "cashier"
limits = [{action = "refund", most = "200"}]

[[roles.roles]]
name = "manager"
limits = [{action = "return_card", most = "5000"}, {action = "settle_alert", most = "5000"}]
approves = ["cashier"]

[[anomalies]]
name = "large"
test = "single_amount"
kinds = ["spend"]
limit = "90"
block = true
"""


def test_a_running_till_prices_and_rewards_by_branch_and_birthday_and_knows_whether_it_is_alone() -> None:
    with open_till() as till:
        till.take_commands()
        till.ask("setup_apply", text=RULES)
        till.do("shift_open", float_fen=0)
        clock = till.till._store.clock
        today = clock.local(clock.now_ms()).date()
        for n, day in enumerate((today, today + dt.timedelta(days=3)), start=1):
            line = {**MEMBER, "old_number": f"B{n}", "phone": f"1390000000{n}", "cards": [], "step": NEW_PEOPLE}
            till.ask("import_lines", lines=[{**line, "birthday": f"{day:%m-%d}"}])
        earned = []
        for n in (1, 2):
            account = till.ask("member_find", by="phone", value=f"1390000000{n}")["members"][0]["account"]
            opened = till.do("bill_open", order={"account": account, "lines": [{"item": "101"}]})
            assert [(step["source"], step["off_fen"]) for step in opened["quote"]["steps"]] == [("here", 5_00)]
            bill = {"bill": opened["open"]["id"], "version": 1}
            paying = {"payable_fen": 100_00, "tenders": [["cash", 100_00, "", 0]]}
            earned.append(till.do("bill_settle", **bill, paying=paying)["settled"]["points"])
        assert earned == [20, 10]
        wish = {"do": "bill_open", "staff": "陈晓", "pin": PIN, "order": {"account": account, "points": 10**6}}
        assert _code(till, wish) == "points_not_enough"
        database = till.till._store.database
        till.till._dispatcher.ask(lambda: database.run("UPDATE sync_mark SET acked = 1"))
        assert _code(till, wish) == "points_not_enough_here"
        till.till._dispatcher.ask(lambda: database.run("UPDATE sync_mark SET acked = 0"))
        assert till.wrong_with_the_book() == ""


def test_a_running_till_stops_what_a_rule_stops_and_nothing_is_sold_to_whoever_gives_the_card_back() -> None:
    with open_till() as till:
        till.take_commands()
        till.ask("setup_apply", text=RULES + STOPPING)
        till.ask("staff_add", name="李雷", role="cashier", pin=PIN)
        cashier = {"staff": "李雷", "pin": PIN}
        till.ask("shift_open", action=new_id(), float_fen=0, **cashier)
        order = {"account": till.account, "lines": [{"item": "101"}]}
        opened = till.ask("bill_open", action=new_id(), order=order, **cashier)["open"]
        paying = {"payable_fen": 100_00, "tenders": [["cash", 100_00, "", 0]]}
        settling = {"bill": opened["id"], "version": 1, "paying": paying}
        assert _code(till, {"do": "bill_settle", **settling, **cashier}) == "approval_needed"
        till.ask("bill_drop", action=new_id(), bill=opened["id"], version=1, **cashier)
        till.ask(
            "refund_card_start", action=new_id(), account=till.account, reason="members_wish", bank=True, **cashier
        )
        till.do("refund_card_approve", account=till.account)
        assert _code(till, {"do": "bill_open", "order": order, **cashier}) == "account_closing"
        top_up = {"account": till.account, "fen": 10_00, "tender": "cash"}
        answer = till.door(json.dumps({"do": "prepaid_top_up_look", **top_up}).encode())
        assert answer.get("code") == "account_closing", answer
        assert till.wrong_with_the_book() == ""


def _code(till: OpenTill, wish: dict[str, Any]) -> str:
    """Return the code of a refusal at the door."""
    answer = till.door(json.dumps({**wish, "action": new_id()}).encode())
    assert not answer["ok"]
    return str(answer["code"])
