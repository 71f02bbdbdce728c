"""What the running till joins to bills, refunds and prepaid value, tried at its door: take any of it out and it shows.

Rights, proofs, slips, rewards, the rules of old, the way back to an open bill, and the watch over top-ups.
"""

from __future__ import annotations

from collections.abc import Iterator
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
price = "60.00"

[[services]]
code = "102"
name = "总监剪发"
price = "90.00"

[points]
per_yuan = 10

[purse]
individual = true

[top_up]
min = "1.00"
max = "5000.00"

[levels]
growth = "paid_12_months"
milestones = [{id = "welcome", growth = "100", points = 50}]

[[passes]]
code = "ten"
name = "洗剪吹十次"
kind = "session_pass"
price = "500"
parts = [{items = ["101"], paid = 10, single = "60"}]

[[roles.roles]]
name = "cashier"
limits = [{action = "void"}]

[[roles.roles]]
name = "manager"
limits = [{action = "sell_on_credit"}, {action = "refund"}, {action = "reopen_bill"}, {action = "settle_alert"}]
approves = ["cashier"]
"""
WATCHED = """
[[anomalies]]
name = "large"
test = "single_amount"
limit = "1000"
block = true
"""


class Counter:
    """A whole till with a manager, and a cashier with an open shift."""

    def __init__(self, till: OpenTill) -> None:
        self.till = till
        till.take_commands()
        self.set_up(RULES)
        till.ask("staff_add", name=CASHIER, role="cashier", pin=PIN)
        self.do("shift_open", float_fen=0)

    def set_up(self, text: str) -> None:
        """Put a set-up file in force."""
        answer = self.till.ask("setup_apply", text=text)
        assert not answer.get("mistakes"), answer

    def say(self, verb: str, **asked: Any) -> dict[str, Any]:
        """Return the answer to what the cashier asks for."""
        return self.till.say(verb, **{"staff": CASHIER, **asked})

    def do(self, verb: str, **asked: Any) -> dict[str, Any]:
        """Have something done that must be."""
        answer = self.say(verb, **asked)
        assert answer["ok"], answer
        return answer

    def refused(self, verb: str, **asked: Any) -> str:
        """Return the code something is refused with."""
        answer = self.say(verb, **asked)
        assert not answer["ok"], answer
        return str(answer["code"])

    def opened(self, *lines: dict[str, Any], **order: Any) -> tuple[dict[str, Any], int]:
        """Open a bill of the member's; return it as it is settled, and what it costs."""
        wish = {"account": self.till.account, "lines": list(lines), **order}
        answer = self.do("bill_open", order=wish)
        return {"bill": answer["open"]["id"], "version": 1}, answer["quote"]["payable_fen"]

    def settled(self, *lines: dict[str, Any], tender: str = "cash", **order: Any) -> dict[str, Any]:
        """Settle a bill of the member's in one means of payment, nothing where it costs nothing."""
        seen, fen = self.opened(*lines, **order)
        paying = {"payable_fen": fen, "tenders": [[tender, fen, "", 0]] if fen else [], "confirmed": "photo"}
        told: dict[str, Any] = self.do("bill_settle", **seen, paying=paying)["settled"]
        return told

    def slips(self) -> set[str]:
        """Return the numbers of the entries that have a slip."""
        database = self.till.till._store.database
        rows = self.till.till._dispatcher.ask(lambda: database.rows("SELECT bill_no FROM print_job"))
        return {str(row[0]) for row in rows}


@pytest.fixture
def counter() -> Iterator[Counter]:
    """Give the counter; its book must stay right."""
    with open_till() as till:
        made = Counter(till)
        yield made
        assert till.wrong_with_the_book() == ""


def test_nobody_owes_without_the_right_to_it_and_no_value_is_taken_without_a_proof(counter: Counter) -> None:
    seen, fen = counter.opened({"item": "101"})
    owing = {"payable_fen": fen, "tenders": [["on_credit", fen, "", 0]], "confirmed": "photo"}
    assert counter.refused("bill_settle", **seen, paying=owing) == "approval_needed"
    spending = {"payable_fen": fen, "tenders": [["purse", fen, "", 0]]}
    assert counter.refused("bill_settle", **seen, paying=spending).startswith("factor_")
    boss = {"approver": MANAGER, "approver_pin": PIN}
    assert counter.do("bill_settle", **seen, paying=owing, **boss)["settled"]["tenders"] == [["on_credit", fen, "", 0]]


def test_a_bill_has_its_slip_and_so_has_what_takes_it_back(counter: Counter) -> None:
    bill = counter.settled({"item": "101"})
    assert bill["number"] in counter.slips()
    void = counter.do("refund_void", number=bill["number"], reason="typed twice")
    assert void["entry"] in counter.slips()


def test_a_bill_brings_the_reward_of_growth_that_it_reaches(counter: Counter) -> None:
    # Seven points came with the member's file; sixty yuan earn six.
    assert counter.settled({"item": "101"})["points_after"] == 7 + 6
    assert counter.settled({"item": "101"})["points_after"] == 7 + 6 + 6 + 50


def test_a_bill_is_voided_and_open_again_with_its_lines(counter: Counter) -> None:
    bill = counter.settled({"item": "101", "quantity": 2})
    how = {"number": bill["number"], "reason": "forgot a coupon"}
    counter.do("refund_reopen", **how, approver=MANAGER, approver_pin=PIN)
    (again,) = counter.till.ask("bill_list")["bills"]
    assert [(line["item"], line["quantity"]) for line in again["lines"]] == [("101", 2)]


def test_a_pass_is_used_and_points_are_taken_back_by_the_rules_of_their_day(counter: Counter) -> None:
    counter.settled({"pass_code": "ten"})
    bill = counter.settled({"item": "101", "quantity": 2})
    counter.set_up(
        RULES.replace("per_yuan = 10", "per_yuan = 1").replace('parts = [{items = ["101"]', 'parts = [{items = ["102"]')
    )
    used = counter.settled({"item": "101"}, sessions=[[1, "ten", ""]])
    assert (used["payable_fen"], used["lines"][0]["sessions"]) == (0, 1)
    look = counter.till.ask("refund_bill_look", number=bill["number"], lines=[[1, 1]])
    assert look["points_taken"] + look["points_owed"] == 6, "half of what it earned then"


def test_a_top_up_that_a_rule_stops_waits_for_a_second_person(counter: Counter) -> None:
    counter.set_up(RULES + WATCHED)
    codes = []
    for fen in (2000_00, 500_00):
        asked = {"account": counter.till.account, "fen": fen, "tender": "cash"}
        shown = counter.till.ask("prepaid_top_up_look", **asked)
        told = counter.say("prepaid_top_up", **asked, bonus_fen=shown["bonus_fen"], key=shown["key"])
        codes.append(told.get("code", ""))
    assert codes == ["approval_needed", ""]
