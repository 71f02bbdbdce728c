"""The limits of coupon templates in the running till: uses on a day, handing on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from terminal.services.imports import NEW_PEOPLE
from tests.fuzz.till import MEMBER, OpenTill, open_till

pytestmark = pytest.mark.slow

RULES = """
[shop]
name = "兰亭美业"

[[services]]
code = "101"
name = "洗剪吹"
price = "105.00"

[[coupons]]
code = "daily"
kind = "cash"
name = "护理券"
off = "10"
stack_group = "care"
uses_a_day = 1
transferable = false
"""
OTHER = "13900000001"


@pytest.fixture
def till() -> Iterator[OpenTill]:
    """Give a whole till with two members and a manager's shift."""
    with open_till() as made:
        made.take_commands()
        assert not made.ask("setup_apply", text=RULES).get("mistakes")
        line = MEMBER | {"line_no": 3, "phone": OTHER, "old_number": "M2", "cards": [], "step": NEW_PEOPLE}
        made.ask("import_lines", lines=[line])
        made.do("shift_open", float_fen=0)
        yield made
        assert made.wrong_with_the_book() == ""


def opened(till: OpenTill, *coupons: str) -> dict[str, Any]:
    """Return what opening a bill for a cut with these coupons answers."""
    order = {"account": till.account, "lines": [{"item": "101"}], "coupons": [[each, None] for each in coupons]}
    return till.say("bill_open", order=order)


def settle(till: OpenTill, bill: dict[str, Any], payable_fen: int) -> dict[str, Any]:
    """Return what settling a bill in cash answers."""
    paying = {"payable_fen": payable_fen, "tenders": [["cash", payable_fen, "", 0]], "confirmed": ""}
    return till.say("bill_settle", bill=bill["id"], version=bill["version"], paying=paying)


def reasons(till: OpenTill, bill: dict[str, Any]) -> list[tuple[str, int]]:
    """Return why coupons are not used on an open bill, and how many of the kind may be."""
    quote = till.ask("bill_show", bill=bill["id"])["quote"]
    return [(each["code"], each["values"].get("left", 0)) for each in quote["coupons"]]


def test_a_member_uses_no_more_coupons_of_a_template_on_a_day_than_it_says(till: OpenTill) -> None:
    till.do("prepaid_coupon_issue", account=till.account, template="daily", count=3)
    plain = opened(till)["open"]
    assert reasons(till, plain) == [("", 0), ("coupon_day_used", 1), ("coupon_day_used", 1)]
    assert till.ask("bill_quote", bill=plain["id"], best=True)["quote"]["best_fen"] == 95_00
    assert opened(till, "daily", "daily")["code"] == "coupon_day_used"
    first, second = opened(till, "daily")["open"], opened(till, "daily")["open"]
    done = settle(till, first, 95_00)
    assert done["ok"], done
    assert settle(till, second, 95_00)["code"] == "coupon_day_used", "the day's one use was the other bill's"
    assert opened(till, "daily")["code"] == "coupon_day_used"
    assert reasons(till, plain)[0] == ("coupon_day_used", 0)
    till.do("refund_void", number=done["settled"]["number"], reason="wrong item")
    assert settle(till, second, 95_00)["ok"]
    assert reasons(till, plain)[0] == ("coupon_day_used", 0)


def test_a_coupon_that_may_not_be_handed_on_stays_with_its_member(till: OpenTill) -> None:
    to = till.ask("member_find", by="phone", value=OTHER)["members"][0]["account"]
    till.do("prepaid_coupon_issue", account=till.account, template="daily", count=1)
    wish = {"account": till.account, "to": to, "shown": "identity_card"}
    refused = till.say("prepaid_transfer", **wish)
    assert (refused["code"], refused["values"]) == ("coupon_not_transferable", {"template": "护理券"})
    merged = till.do("member_merge", account=till.account, into=to)
    assert merged["account"] == till.account, "two files of one person are no handing on"
    assert [each["template"] for each in till.ask("prepaid_coupons", account=to)["coupons"]] == ["daily"]
    till.do("member_merge", account=till.account)
    assert not till.ask("setup_apply", text=RULES.replace("transferable = false", "")).get("mistakes")
    assert till.say("prepaid_transfer", **wish)["code"] == "coupon_not_transferable", "issued as not to be handed on"
