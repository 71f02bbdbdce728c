"""Over a whole till: rules of odd things reach what is done by hand and the journal, and what staff may take off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.ids import new_id
from terminal.services.shifts.gaps import GapWatch
from tests.fuzz.till import PIN, SHOP, OpenTill, open_till
from tests.services.test_watch_wired import codes, entries, refused, told

pytestmark = pytest.mark.slow

CASHIER, BOSS = "李雷", "陈晓"
WHO = {"staff": CASHIER, "pin": PIN}
TWO = {**WHO, "approver": BOSS, "approver_pin": PIN}
OFFERS = """
[[services]]
code = "101"
name = "洗剪吹"
price = "100"

[[goods]]
code = "mug"
name = "马克杯"
price = "20"

[[coupons]]
code = "ten"
kind = "cash"
name = "十元券"
off = "10"

[[coupons]]
code = "off"
kind = "discount"
name = "八折券"
rate = "80%"

[[passes]]
code = "year"
name = "年卡"
kind = "session_pass"
price = "1000"
valid_days = 300
parts = [{items = ["101"], paid = 10, single = "100"}]

[[top_up.offers]]
id = "always"
tiers = [{paid = "100", coupons = [{code = "off"}]}]

[redeem]
cash = true

[[redeem.rewards]]
id = "money"
kind = "cash"
points = 5
value = "5"

[[redeem.rewards]]
id = "mug"
kind = "goods"
what = "mug"
points = 3
"""
ROLES = """
[[roles.roles]]
name = "cashier"
limits = [
    {action = "adjust_balance", most = "2000"},
    {action = "change_price", most = "10%"},
    {action = "discount", most = "10%"},
]

[[roles.roles]]
name = "manager"
limits = [
    {action = "adjust_balance"},
    {action = "change_price"},
    {action = "discount", most = "50%"},
    {action = "refund"},
    {action = "settle_alert"},
]
approves = ["cashier", "manager"]
"""
SET_UP = SHOP + OFFERS + ROLES


def rule(test: str, *facts: str, block: bool = False) -> str:
    """Return a set-up file with one rule of odd things."""
    lines = ["[[anomalies]]", 'name = "odd"', f'test = "{test}"', *facts, f"block = {str(block).lower()}"]
    return SET_UP + "\n" + "\n".join(lines) + "\n"


@pytest.fixture
def till() -> Iterator[OpenTill]:
    """Give a till with a manager and a cashier in their shifts; its book must stay right."""
    with open_till() as made:
        made.take_commands()
        assert not made.ask("setup_apply", text=SET_UP).get("mistakes")
        made.ask("staff_add", name=CASHIER, role="cashier", pin=PIN)
        made.do("shift_open", staff=CASHIER, float_fen=0)
        yield made
        assert made.wrong_with_the_book() == ""


def apply(till: OpenTill, text: str) -> None:
    """Put a set-up file in force."""
    answer = till.ask("setup_apply", text=text)
    assert not answer.get("mistakes"), answer


def issue(till: OpenTill, code: str, **who: str) -> dict[str, Any]:
    """Give the member a coupon by hand; return the answer."""
    answer: dict[str, Any] = till.say(
        "prepaid_coupon_issue", account=till.account, template=code, count=1, **{**WHO, **who}
    )
    return answer


def coupons(till: OpenTill) -> list[dict[str, Any]]:
    """Return the member's coupons."""
    found: list[dict[str, Any]] = till.ask("prepaid_coupons", account=till.account)["coupons"]
    return found


def by_hand(till: OpenTill) -> list[tuple[str, dict[str, Any]]]:
    """Return all that is given or taken by hand at the till, and give the member what it takes."""
    other = {**MEMBER_TWO}
    till.ask("import_lines", lines=[other])
    to = till.ask("member_find", by="phone", value=str(other["phone"]))["members"][0]["account"]
    sold = till.do("bill_open", staff=CASHIER, order={"account": till.account, "lines": [{"pass_code": "year"}]})
    paying = {"payable_fen": 1000_00, "tenders": [["cash", 1000_00, "", 0]]}
    till.do("bill_settle", staff=CASHIER, bill=sold["open"]["id"], version=1, paying=paying)
    assert issue(till, "ten")["ok"]
    lot = till.ask("prepaid_passes", account=till.account)["passes"][0]["pass"]
    kept = coupons(till)[0]["coupon"]
    return [
        ("prepaid_coupon_issue", {"template": "ten", "count": 1}),
        ("prepaid_coupon_issue", {"template": "off", "count": 1}),
        ("prepaid_coupon_revoke", {"coupon": kept, "count": 1, "reason": "发错"}),
        ("prepaid_pass_extend", {"sold": lot, "until": "2030-01-01"}),
        ("prepaid_pass_transfer", {"sold": lot, "to": to, "shown": "identity_card"}),
        ("prepaid_redeem", {"reward": "money", "quantity": 1, "confirmed": "photo"}),
        ("prepaid_transfer", {"to": to, "shown": "identity_card"}),
    ]


MEMBER_TWO: dict[str, Any] = {
    "line_no": 3, "old_number": "M2", "name": "李大明", "phone": "13900139000", "cards": [], "level": "",
    "principal_fen": 0, "bonus_fen": 0, "points": 0, "birthday": "", "sex": "m", "remark": "", "initials": "LDM",
    "unchanged": "0", "present": "0", "step": 0, "passes": [],
}  # fmt: skip


def test_whatever_is_given_or_taken_by_hand_is_told_noted_and_stopped_where_the_rule_blocks(till: OpenTill) -> None:
    deeds = by_hand(till)
    apply(till, rule("manual_adjustment", 'limit = "0"', block=True))
    for number, (verb, asked) in enumerate(deeds, start=1):
        wish = {"action": new_id(), "account": till.account, **asked}
        assert refused(till, verb, **wish, **WHO) == "approval_needed", verb
        assert len(entries(till, "alert")) == number, "what was stopped is noted"
        assert codes(entries(till, "alert")[-1]) == ["anomaly_manual_adjustment"]
        assert told(till) == "anomaly_manual_adjustment"
        till.ask(verb, **wish, **TWO)
        (alert,) = last(till).payload["alerts"]
        assert (alert["code"], alert["approved_by"]) == ("anomaly_manual_adjustment", till.staff_id), verb


def last(till: OpenTill) -> Any:  # noqa: ANN401 - an entry
    """Return the newest entry that notes alerts and is not one of its own."""
    kinds = ("issue_coupon", "end_coupon", "extend_pass", "transfer_pass", "redeem", "transfer_membership")
    return max((made for kind in kinds for made in entries(till, kind)), key=lambda made: made.seq)


def test_a_rule_counts_what_was_done_by_hand_before(till: OpenTill) -> None:
    deeds = by_hand(till)
    apply(till, rule("frequency", 'kinds = ["adjust"]', 'scope = "operator"', "window_minutes = 10", "limit = 2"))
    for number, (verb, asked) in enumerate(deeds, start=2):
        till.ask(verb, action=new_id(), account=till.account, **asked, **WHO)
        (alert,) = last(till).payload["alerts"]
        assert alert["found"] == number, verb


def test_a_pass_is_handed_over_to_what_it_is_worth_and_only_by_its_holder(till: OpenTill) -> None:
    asked = dict(by_hand(till))["prepaid_pass_transfer"] | {"account": till.account}
    apply(till, SET_UP.replace('"adjust_balance", most = "2000"', '"adjust_balance", most = "999.99"'))
    assert refused(till, "prepaid_pass_transfer", **asked, action=new_id(), **WHO) == "approval_needed"
    sharing = {"account": till.account, "sold": asked["sold"], "person": asked["to"]}
    for verb, wish in (("prepaid_pass_transfer", asked), ("prepaid_pass_share", sharing)):
        unproved = {**wish, "shown": "", "action": new_id()}
        assert refused(till, verb, **unproved, **TWO) == "transfer_proof_missing"
    till.ask("prepaid_pass_transfer", **asked, action=new_id(), **TWO)
    (made,) = entries(till, "transfer_pass")
    assert (made.payload["approved_by"], made.payload["shown"]) == (till.staff_id, "identity_card")


def test_a_reward_is_taken_back_by_the_right_to_refund_with_its_goods_and_under_the_watch(till: OpenTill) -> None:
    asked = {"account": till.account, "reward": "mug", "quantity": 1, "confirmed": "photo"}
    back = {"number": till.ask("prepaid_redeem", **asked, action=new_id(), **WHO)["number"]}
    wish = {**back, "goods_back": True, "action": new_id()}
    assert refused(till, "prepaid_redeem_back", **wish, **WHO) == "approval_needed"
    assert refused(till, "prepaid_redeem_back", **back, action=new_id(), **TWO) == "reward_goods_missing"
    apply(till, rule("quick_refund", "window_minutes = 10", block=True).replace('"discount", most = "10%"', '"refund"'))
    assert refused(till, "prepaid_redeem_back", **wish, **WHO) == "approval_needed"
    assert codes(entries(till, "alert")[-1]) == ["anomaly_quick_refund"]
    till.ask("prepaid_redeem_back", **wish, **TWO)
    (made,) = entries(till, "return_reward")
    noted: dict[str, Any] = dict(made.payload)
    assert noted["alerts"][0]["approved_by"] == till.staff_id
    assert noted["stock"] == [{"item": "mug", "quantity": -1}]
    apply(till, rule("frequency", 'kinds = ["refund"]', 'scope = "operator"', "window_minutes = 10", "limit = 2"))
    again = till.ask("prepaid_redeem", **asked, action=new_id(), **WHO)["number"]
    till.ask("prepaid_redeem_back", number=again, goods_back=True, action=new_id(), **TWO)
    noted = dict(entries(till, "return_reward")[-1].payload)
    assert noted["alerts"][0]["found"] == 2, "the one before it counts"


def test_only_what_is_worth_more_than_the_limit_is_told(till: OpenTill) -> None:
    apply(till, rule("manual_adjustment", 'limit = "10.00"', block=True))
    assert issue(till, "ten")["ok"]
    apply(till, rule("manual_adjustment", 'limit = "9.99"', block=True))
    assert issue(till, "ten")["code"] == "approval_needed"


@pytest.mark.parametrize(
    ("test", "code"), [("one_payer", "setup_lacks_providers"), ("two_terminals", "setup_lacks_other_tills")]
)
def test_what_a_till_cannot_know_is_refused_in_the_set_up(till: OpenTill, test: str, code: str) -> None:
    text = rule(test, "window_minutes = 10", "limit = 2", block=True)
    assert till.ask("setup_apply", text=text)["mistakes"] == [["anomalies[odd].test", code, {}]]


def look_for_gaps(till: OpenTill) -> None:
    """Have the till's own chore look through the whole journal, as it does by itself at its start."""
    gaps: GapWatch = till.till._chores._gaps
    while till.till._dispatcher.ask(gaps.next):
        pass


def test_an_entry_that_is_missing_is_told_at_every_start_and_noted_once(till: OpenTill) -> None:
    apply(till, rule("journal_gap"))
    look_for_gaps(till)
    assert (entries(till, "alert"), told(till)) == ([], "")
    database = till.till._store.database
    kept = till.till._dispatcher.ask(lambda: database.rows("SELECT * FROM entry WHERE seq = 2"))
    till.till._dispatcher.ask(lambda: database.run("DELETE FROM entry WHERE seq = 2"))
    try:
        look_for_gaps(till)
        (noted,) = entries(till, "alert")
        assert (codes(noted), noted.payload["about"]) == (["anomaly_journal_gap"], f"{noted.device}/1/2")
        assert told(till) == "anomaly_journal_gap"
        till.till._dispatcher.ask(lambda: till.till._counter.calm(("anomaly_journal_gap",)))
        look_for_gaps(till)
        assert (len(entries(till, "alert")), told(till)) == (1, "anomaly_journal_gap")
    finally:
        till.till._dispatcher.ask(lambda: database.run("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", kept[0]))


def test_the_till_looks_for_gaps_by_itself(till: OpenTill) -> None:
    chores = till.till._chores
    dispatcher = till.till._dispatcher
    dispatcher.ask(chores.start)
    assert chores.look in dispatcher.ask(lambda: [each[2].work for each in dispatcher._later])


def rung_up(till: OpenTill, *lines: dict[str, Any], **order: Any) -> dict[str, Any]:
    """Open a bill as the cashier and return how it is settled in cash."""
    asked = {"account": till.account, "lines": [*lines], **order}
    opened = till.do("bill_open", staff=CASHIER, order=asked)
    fen = opened["quote"]["payable_fen"]
    return {
        "bill": opened["open"]["id"],
        "version": 1,
        "paying": {"payable_fen": fen, "tenders": [["cash", fen, "", 0]]},
    }


def test_a_coupon_given_by_hand_takes_off_no_more_than_the_role_may(till: OpenTill) -> None:
    assert issue(till, "ten")["ok"]
    cut = {"item": "101"}
    assert till.say("bill_settle", **WHO, **rung_up(till, cut, coupons=[["ten", None]]))["ok"], "just the limit"
    assert issue(till, "off")["ok"]
    settling = rung_up(till, cut, coupons=[["off", None]])
    refusal = till.say("bill_settle", **{**WHO, **settling})
    values = refusal["values"]
    assert (refusal["code"], values["right"], values["amount"]) == ("approval_needed", "discount", 2_000)
    looked = {"bill": settling["bill"], "paying": settling["paying"]}
    ask = json.dumps({"do": "bill_settle_look", **looked, "staff": CASHIER}).encode()
    assert till.door(ask)["code"] == "approval_needed"
    till.ask("bill_settle_look", **looked, staff=CASHIER, approver=BOSS)
    till.do("bill_settle", **{**TWO, **settling})
    assert entries(till, "bill")[-1].payload["approved_by"] == till.staff_id


def test_a_coupon_for_an_item_that_was_given_by_hand_takes_off_all_of_it(till: OpenTill) -> None:
    apply(till, SET_UP + '\n[[coupons]]\ncode = "cut"\nkind = "exchange"\nname = "剪发兑换券"\n')
    assert issue(till, "cut")["ok"]
    settling = rung_up(till, {"item": "101"}, {"item": "101"}, coupons=[["cut", 1]])
    assert settling["paying"]["payable_fen"] == 100_00
    refusal = till.say("bill_settle", **{**WHO, **settling})
    values = refusal["values"]
    assert (refusal["code"], values["right"], values["amount"]) == ("approval_needed", "discount", 5_000)
    till.do("bill_settle", **{**TWO, **settling})


def test_a_coupon_for_an_item_is_given_by_hand_to_the_price_of_the_dearest_it_is_good_for(till: OpenTill) -> None:
    coupons = "".join(
        f'\n[[coupons]]\ncode = "{code}"\nkind = "{kind}"\nname = "{code}"\nscope = {{items = ["{item}"]}}\n'
        for code, kind, item in (("cut", "exchange", "101"), ("cup", "trial", "mug"))
    )
    small = SET_UP.replace('"adjust_balance", most = "2000"', '"adjust_balance", most = "20"')
    apply(till, small + coupons)
    values = issue(till, "cut")["values"]
    assert (values["right"], values["amount"]) == ("adjust_balance", 100_00)
    assert issue(till, "cut", **TWO)["ok"]
    assert issue(till, "cup")["ok"], "just the limit"


def test_a_coupon_that_the_shops_own_offer_gave_is_nobodys_discount(till: OpenTill) -> None:
    shown = till.ask("prepaid_top_up_look", account=till.account, fen=100_00, tender="cash")
    wish = {"account": till.account, "fen": 100_00, "bonus_fen": 0, "key": shown["key"], "tender": "cash"}
    till.do("prepaid_top_up", staff=CASHIER, **wish)
    settling = rung_up(till, {"item": "101"}, coupons=[["off", None]])
    assert settling["paying"]["payable_fen"] == 80_00
    till.do("bill_settle", staff=CASHIER, **settling)


def test_a_typed_price_is_held_against_what_the_catalogue_has_by_that_name(till: OpenTill) -> None:
    for fen in (150_00, 90_00):
        till.do("bill_settle", staff=CASHIER, **rung_up(till, {"name": "洗剪吹", "list_fen": fen}))
    till.do("bill_settle", staff=CASHIER, **rung_up(till, {"name": "修眉", "list_fen": 1_00}))
    settling = rung_up(till, {"name": "洗剪吹", "list_fen": 89_99})
    refusal = till.say("bill_settle", staff=CASHIER, **settling)
    values = refusal["values"]
    assert (refusal["code"], values["right"], values["amount"]) == ("approval_needed", "change_price", 1_001)
    till.do("bill_settle", **{**TWO, **settling})
