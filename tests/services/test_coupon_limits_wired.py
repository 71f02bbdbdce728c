"""The limits of coupon templates in the running till: uses on a day, handing on, and how many are given at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.ledger.given import given_of
from terminal.rules.entry import from_bytes
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


OFFERS = """
[top_up]
min = "1.00"
max = "5000.00"

[[top_up.offers]]
id = "always"
tiers = [{paid = "100", bonus = "20", coupons = [{code = "few", count = 2}]}]

[levels]
growth = "paid_lifetime"
levels = [{code = "银卡", threshold = "100"}]
milestones = [
    {id = "both", growth = "100", points = 5, coupons = ["few"]}, {id = "one", growth = "100", coupons = ["few"]},
]

[[redeem.rewards]]
id = "care"
kind = "coupon"
points = 1
what = "few"

[[coupons]]
code = "few"
kind = "cash"
off = "10"
per_member = 3
"""


def test_the_limits_of_a_template_hold_for_every_way_of_giving_and_stop_no_sale(
    till: OpenTill, caplog: pytest.LogCaptureFixture
) -> None:
    assert not till.ask("setup_apply", text=RULES + OFFERS).get("mistakes")
    money: dict[str, Any] = {"account": till.account, "fen": 100_00, "tender": "cash"}

    def top_up() -> list[list[Any]]:
        """Take 100 yuan and return the coupons that were shown before."""
        shown = till.ask("prepaid_top_up_look", **money)
        done = till.do("prepaid_top_up", **money, bonus_fen=20_00, key=shown["key"])
        assert done["bonus_fen"] == 20_00
        return list(shown["coupons"])

    def held() -> int:
        return sum(each["count"] for each in till.ask("prepaid_coupons", account=till.account)["coupons"])

    assert (top_up(), held()) == ([["few", 2]], 2)
    assert (top_up(), held()) == ([["few", 1]], 3)
    assert last(till)["coupons_not_given"] == [{"template": "few", "count": 1, "code": "coupon_member_limit"}]
    assert "few x1, coupon_member_limit" in caplog.text
    assert (top_up(), held()) == ([], 3)
    assert till.say("prepaid_coupon_issue", account=till.account, template="few", count=1)["code"] == (
        "coupon_member_limit"
    )
    redeemed = till.say("prepaid_redeem", account=till.account, reward="care", quantity=1, confirmed="photo")
    assert redeemed["code"] == "coupon_member_limit"
    assert settle(till, opened(till)["open"], 105_00)["ok"]
    (milestone,) = last(till)["milestones"]
    assert (milestone["id"], milestone["points"]) == ("both", 5), "the other one stays due"
    assert milestone["not_given"] == [{"template": "few", "count": 1, "code": "coupon_member_limit"}]
    assert not till.ask("setup_apply", text=RULES + OFFERS.replace("per_member = 3", "per_member = 5")).get("mistakes")
    assert settle(till, opened(till)["open"], 105_00)["ok"]
    till.do("prepaid_redeem", account=till.account, reward="care", quantity=1, confirmed="photo")
    assert held() == 5
    kept, told = counts(till)
    assert kept == told, "what was counted as it was given is what the entries say"


def counts(till: OpenTill) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Return by what and account what was given, as it was kept and as the entries say."""
    database = till.till._store.database

    def read() -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
        kept, told = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for what, account, count in database.rows("SELECT what, lower(hex(account)), count FROM given"):
            kept[what, account] += count
        for (data,) in database.rows("SELECT bytes FROM entry"):
            told.update(given_of(from_bytes(data)))
        return kept, told

    return till.till._dispatcher.ask(read)


def last(till: OpenTill) -> dict[str, Any]:
    """Return the payload of the newest entry."""
    database = till.till._store.database
    newest = "SELECT bytes FROM entry ORDER BY life DESC, seq DESC LIMIT 1"
    row = till.till._dispatcher.ask(lambda: database.row(newest))
    assert row is not None
    return dict(from_bytes(row[0]).payload)
