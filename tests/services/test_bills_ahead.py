"""What `terminal bill settle` asks the till before anybody types a PIN: all that would be refused is refused then."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.rules.till.roles import Limit, Role
from tests.services.test_bills import LINE_80, PLAIN, TEN
from tests.services.test_bills_commands import BOSS, CASHIER, Desk, cash

TWO = {"approver": BOSS[0]}
TYPED = {"lines": [{"name": "刘海", "list_fen": 30_00}]}


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a shop with a cashier at work."""
    made = Desk(tmp_path, PLAIN)
    yield made
    made.shop.prove()
    made.shop.database.close()


def look(desk: Desk, bill: str, paying: dict[str, Any], **people: str) -> str:
    """Return the code a settling is refused with before a PIN is asked for, empty for one that may go on."""
    try:
        assert desk.look("settle_look", bill=bill, paying=paying, **{"staff": CASHIER[0]} | people) == {}
    except Refusal as refusal:
        return refusal.code
    return ""


def pays(*tenders: tuple[str, int, int], **more: Any) -> dict[str, Any]:
    """Return how a bill of 584.00 is paid: means, fen and person."""
    return {"payable_fen": 584_00, "tenders": [[name, fen, "", person] for name, fen, person in tenders], **more}


def test_tenders_that_cannot_be_and_splits_that_do_not_add_up_are_refused(desk: Desk) -> None:
    bill = desk.open()["bill"]
    assert look(desk, bill, cash(584_00)) == ""
    half = ("cash", 300_00, 1), ("card", 284_00, 2)
    for paying, code in (
        (cash(580_00), "price_changed"),
        (pays(("cash", 100_00, 0)), "tenders_short"),
        (pays(("card", 600_00, 0)), "tenders_over"),
        (pays(("gold", 584_00, 0)), "tender_unknown"),
        (pays(("cash", -1, 0)), "amount_bad"),
        (pays(*half, split=[300_00, 280_00]), "split_sum_bad"),
        (pays(*half, split=[284_00, 300_00]), "split_unequal"),
        (pays(*half, split=[100_00, 100_00, 384_00]), "split_person_bad"),
        (pays(("purse", 584_00, 0)), "purse_needs_member"),
        (pays(("on_credit", 584_00, 0)), "credit_needs_member"),
        (pays(("cash", 584_00, 0), confirmed="eyes"), "confirmation_missing"),
        ({"payable_fen": 584_00, "tenders": [["card", 584_00, "131234567890123456", 0]]}, "text_is_payment_code"),
    ):
        assert look(desk, bill, paying) == code, paying
    assert look(desk, bill, pays(*half, split=[300_00, 284_00])) == ""
    assert desk.shop.entries() == 0


def test_what_the_member_cannot_pay_or_has_not_proved_is_refused(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.purse(account, 100_00)
    bill = desk.open(account=account)["bill"]
    over, photo = pays(("purse", 584_00, 0)), {"confirmed": "photo"}
    assert look(desk, bill, over | photo) == "not_enough"
    part = pays(("purse", 100_00, 0), ("cash", 484_00, 0))
    assert look(desk, bill, part) == "factor_identifies_only"
    assert look(desk, bill, part | photo) == ""
    assert look(desk, bill, {**pays(("cash", 10_00, 0)), "order": {"points": 10}}) == "points_not_enough"


def test_a_session_and_a_pass_are_looked_at_as_the_order_would_have_them(desk: Desk) -> None:
    account = desk.shop.member()
    bill = desk.open()["bill"]
    more = {"order": {"lines": [{"pass_code": TEN.code}]}}
    paying = {"payable_fen": 584_00 + TEN.price_fen, "tenders": [["cash", 584_00 + TEN.price_fen, "", 0]]}
    assert look(desk, bill, {**paying, **more}) == "pass_needs_member"
    lot = desk.shop.pass_units(account, TEN.code)
    mine = desk.open(account=account)["bill"]
    session = {**cash(584_00), "order": {"lines": [{"item": "facial"}], "sessions": [[3, lot[:8], ""]]}}
    assert look(desk, mine, session) == "factor_identifies_only", "sessions are the member's, too"
    assert look(desk, mine, session | {"confirmed": "photo"}) == ""
    assert desk.look("quote", bill=mine)["open"]["version"] == 1, "nothing was changed"


def test_who_has_no_shift_or_not_the_right_is_refused(desk: Desk) -> None:
    account = desk.shop.member()
    bill = desk.open(account=account)["bill"]
    paying = pays(("on_credit", 84_00, 0), ("cash", 500_00, 0), confirmed="photo")
    assert look(desk, bill, paying) == "approval_needed"
    assert look(desk, bill, paying, **TWO) == ""
    assert look(desk, bill, paying, approver=CASHIER[0]) == "approval_own"
    assert look(desk, bill, paying, approver="nobody") == "staff_unknown"
    typed = desk.do("open", order=TYPED)["open"]["id"]
    assert look(desk, typed, cash(30_00)) == "approval_needed", "its price was typed by hand"
    assert look(desk, typed, cash(30_00), **TWO) == ""
    roles = replace(desk.shop.rules.roles, roles=(Role("cashier", (Limit("change_price"),)),))
    desk.shop.rules = replace(desk.shop.rules, roles=roles)
    assert look(desk, typed, cash(30_00)) == ""
    for name, code in ((BOSS[0], "shift_missing"), ("nobody", "staff_unknown")):
        assert look(desk, typed, cash(30_00), staff=name) == code
    desk.shop.database.run("UPDATE shift SET counted_fen = 0")
    assert look(desk, typed, cash(30_00)) == "shift_counted"


def test_the_coupons_that_are_asked_for_are_part_of_what_is_looked_at(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.coupon(account, LINE_80)
    bill = desk.open(account=account)["bill"]
    asked = ({"coupons": [[LINE_80.code, 1]]}, "price_changed"), ({"coupons": [["none", 1]]}, "coupon_unknown")
    for order, code in asked:
        assert look(desk, bill, {**cash(584_00), "order": order}) == code
