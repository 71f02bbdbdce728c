"""What the running till joins to prepaid value: gift cards that pay, members who are reviewed, and their slips."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from terminal.base.ids import new_id
from terminal.services.prepaid.reviews import AGAIN_S, QUIET_S
from tests.fuzz.till import MEMBER, PHONE, PIN, OpenTill, open_till

pytestmark = pytest.mark.slow

STAFF, CARD = "陈晓", "2026900001"
RULES = """
[shop]
name = "兰亭美业"

[[services]]
code = "101"
name = "洗剪吹"
price = "105.00"

[levels]
growth = "paid_12_months"

[[levels.levels]]
code = "银卡"
threshold = "100"

[[levels.milestones]]
id = "first-hundred"
growth = "100"
points = 50

[[roles.roles]]
name = "manager"
limits = [{action = "refund", most = "5000"}, {action = "sell_on_credit", most = "5000"}, {action = "void"}]
"""


BRANCHES = """
[shop]
name = "兰亭美业"
branch = "静安店"

[[goods]]
code = "mug"
name = "马克杯"
price = "20.00"

[points]
per_yuan = 10

[top_up]
min = "1.00"
max = "5000.00"

[[top_up.offers]]
id = "there"
priority = 2
tiers = [{paid = "50", bonus = "50"}]
audience = {stores = ["徐汇店"]}

[[top_up.offers]]
id = "here"
priority = 1
tiers = [{paid = "50", bonus = "5"}]
audience = {stores = ["静安店"]}

[[redeem.rewards]]
id = "there"
kind = "goods"
what = "mug"
points = 1
audience = {stores = ["徐汇店"]}

[[redeem.rewards]]
id = "here"
kind = "goods"
what = "mug"
points = 1
audience = {stores = ["静安店"]}
"""


def open_shop(till: OpenTill, rules: str = RULES) -> None:
    """Join the commands of money, set the shop up, and open a shift."""
    till.take_commands()
    assert not till.ask("setup_apply", text=rules).get("mistakes")
    till.do("shift_open", float_fen=0)


def sell_card(till: OpenTill, fen: int) -> str:
    """Sell a gift card as the command does, and return its account."""
    sale: dict[str, Any] = {"card": CARD, "fen": fen, "months": 0, "tender": "cash"}
    assert till.ask("prepaid_gift_look", **sale, new=True)["is_blank"]
    assert not till.do("prepaid_gift_new", **sale)["sold"]
    blank: dict[str, Any] = {"number": CARD, "account": new_id(), "is_named": False, "fee_fen": 0, "deposit_fen": 0}
    till.do("media_change", event="issue", **blank)
    till.do("prepaid_gift_sell", **sale)
    found = till.ask("prepaid_card_whose", card="2026 9000 01")
    assert found["is_gift"]
    return str(found["account"])


def settle(till: OpenTill, account: str, *tenders: list[Any], confirmed: str = "gift_card") -> dict[str, Any]:
    """Ring up a cut and settle it; return the answer."""
    opened = till.do("bill_open", order={"account": account, "lines": [{"item": "101"}]})["open"]
    paying = {"payable_fen": 105_00, "tenders": tenders, "confirmed": confirmed}
    return till.say("bill_settle", bill=opened["id"], version=opened["version"], paying=paying)


def slip_of_last(till: OpenTill) -> bytes:
    """Return the bytes of the newest slip."""
    database = till.till._store.database
    row = till.till._dispatcher.ask(lambda: database.row("SELECT body FROM print_job ORDER BY id DESC LIMIT 1"))
    assert row is not None
    return bytes(row[0])


def test_a_gift_card_pays_a_bill_and_gets_back_what_is_refunded() -> None:
    with open_till() as till:
        open_shop(till)
        card = sell_card(till, 80_00)
        purse, cash = ["purse", 80_00, "", 0], ["cash", 25_00, "", 0]
        assert settle(till, card, purse, cash, confirmed="")["code"] == "factor_identifies_only"
        assert settle(till, till.account, purse, cash)["code"] == "gift_card_named"
        assert settle(till, card, purse, ["on_credit", 25_00, "", 0])["code"] == "gift_card_only_money"
        done = settle(till, card, purse, cash)
        assert done["ok"], done
        assert "收银员已核对礼品卡".encode("gbk") in slip_of_last(till)
        assert till.ask("prepaid_gift_show", card=CARD)["amount_fen"] == 0
        till.do("refund_bill", number=done["settled"]["number"], lines=[[1, 1]])
        assert till.ask("prepaid_gift_show", card=CARD)["amount_fen"] == 80_00
        till.do("prepaid_gift_load", card=CARD, account=till.account, fen=80_00)
        slip = slip_of_last(till)
        assert "礼品卡".encode("gbk") in slip
        assert b" 0001" in slip
        assert CARD.encode() not in slip
        assert till.wrong_with_the_book() == ""


def test_a_void_tells_on_its_slip_what_the_member_has_then() -> None:
    with open_till() as till:
        open_shop(till)
        done = settle(till, till.account, ["purse", 90_00, "", 0], ["cash", 15_00, "", 0], confirmed="photo")
        assert done["ok"], done
        till.do("refund_void", number=done["settled"]["number"], reason="wrong item")
        assert "￥95.00".encode("gbk") in slip_of_last(till)


def test_a_running_till_reviews_its_members_by_itself_and_gives_nothing_twice() -> None:
    with open_till() as till:
        open_shop(till)
        store, chores, ask = till.till._store, till.till._chores, till.till._dispatcher.ask
        store.clock._synchronised = lambda: True
        for _ in range(2):
            assert settle(till, till.account, ["cash", 105_00, "", 0], confirmed="")["ok"]
        # A milestone that is new since the member reached it: no bill of theirs could give it.
        assert not till.ask("setup_apply", text=RULES.replace("first-hundred", "second")).get("mistakes")
        given = "SELECT count(*) FROM deed WHERE kind = 'milestones'"

        def review() -> float:
            """Do one step of the chores and return after how long the next one comes."""
            chores.review()
            due_s = max(each[0] for each in till.till._dispatcher._later)
            return float(due_s - store.clock.monotonic_s())

        assert ask(lambda: store.database.row(given)) == (0,)
        assert QUIET_S / 2 < ask(review) <= QUIET_S, "it waits until nobody books anything"
        assert ask(review) > AGAIN_S / 2
        assert ask(lambda: store.database.row(given)) == (1,)
        for _ in range(3):
            assert ask(review) > AGAIN_S / 2
        assert ask(lambda: store.database.row(given)) == (1,)
        assert till.wrong_with_the_book() == ""


def test_several_cards_bought_at_once_count_together_for_what_the_law_asks() -> None:
    with open_till() as till:
        open_shop(till)

        def code(verb: str, **asked: Any) -> str:
            answer = till.door(json.dumps({"do": verb, **asked}).encode())
            return str(answer.get("code", ""))

        card: dict[str, Any] = {"card": CARD, "fen": 1_000_00, "months": 0, "tender": "cash"}
        assert code("prepaid_gift_look", **card, new=True) == ""
        ten = {**card, "at_once_fen": 10_000_00}
        assert code("prepaid_gift_look", **ten, new=True) == "identity_needed"
        assert till.say("prepaid_gift_new", **ten)["code"] == "identity_needed"
        assert till.do("prepaid_gift_new", **ten, identified=True) == {"ok": True, "sold": False}
        top_up: dict[str, Any] = {"account": till.account, "fen": 1_000_00, "tender": "cash"}
        fifty = {**top_up, "at_once_fen": 50_000_00}
        assert code("prepaid_top_up_look", **top_up) == ""
        assert code("prepaid_top_up_look", **fifty) == "transfer_needed_person"
        assert till.say("prepaid_top_up", **fifty, bonus_fen=0, key="")["code"] == "transfer_needed_person"
        assert code("prepaid_top_up_look", **{**fifty, "tender": "bank"}) == ""
        assert code("prepaid_top_up_look", **top_up, at_once_fen=5_000_00, unit=True) == "transfer_needed_unit"


def test_a_top_up_that_may_be_asked_back_is_shown_with_the_member_until_the_last_day() -> None:
    with open_till() as till:
        open_shop(till)
        asked: dict[str, Any] = {"account": till.account, "fen": 50_00, "tender": "cash"}
        key = till.ask("prepaid_top_up_look", **asked)["key"]
        till.do("prepaid_top_up", **asked, bonus_fen=0, key=key)
        (shown,) = till.ask("member_list", by="phone", value=PHONE)["members"]
        ((fen, until, days),) = [tuple(each.values()) for each in shown["ask_back"]]
        assert (fen, days) == (50_00, 7)
        client = till.app.test_client()
        assert till.post(client, "/cashier/sign-in", staff=till.staff_id, pin=PIN).status_code == 303
        page = client.get(f"/cashier/members/{till.account}").text
        assert f"50.00，可无理由退款至 {until}（还剩 7 天）" in page


def test_offers_and_rewards_of_a_store_are_for_the_branch_that_the_till_stands_in() -> None:
    with open_till() as till:
        open_shop(till, BRANCHES)
        asked: dict[str, Any] = {"account": till.account, "fen": 50_00, "tender": "cash"}
        shown = till.ask("prepaid_top_up_look", **asked)
        assert (shown["offer"], shown["bonus_fen"]) == ("here", 5_00)
        done = till.do("prepaid_top_up", **asked, bonus_fen=5_00, key=shown["key"])
        assert done["bonus_fen"] == 5_00
        redeeming: dict[str, Any] = {"account": till.account, "confirmed": "photo"}
        assert till.say("prepaid_redeem", reward="there", **redeeming)["code"] == "reward_wrong_store"
        assert till.do("prepaid_redeem", reward="here", **redeeming)["points_spent"] == 1
        moved = BRANCHES.replace('branch = "静安店"', 'branch = "徐汇店"')
        assert not till.ask("setup_apply", text=moved).get("mistakes")
        assert till.ask("prepaid_top_up_look", **asked)["offer"] == "there"
        assert till.say("prepaid_redeem", reward="here", **redeeming)["code"] == "reward_wrong_store"
        assert till.do("prepaid_redeem", reward="there", **redeeming)["points_spent"] == 1
        assert till.wrong_with_the_book() == ""


def test_a_running_till_reviews_a_level_that_was_imported() -> None:
    with open_till() as till:
        open_shop(till)
        store, ask = till.till._store, till.till._dispatcher.ask
        store.clock._synchronised = lambda: True
        day = store.book.today() + dt.timedelta(days=1)
        if (day.month, day.day) == (2, 29):
            day += dt.timedelta(days=1)
        on_one_day = RULES.replace('growth = "paid', f'review_day = [{day.month}, {day.day}]\ngrowth = "paid')
        assert not till.ask("setup_apply", text=on_one_day).get("mistakes")
        line = MEMBER | {
            "line_no": 3,
            "phone": "13900000001",
            "level": "银卡",
            "old_number": "M2",
            "cards": [],
            "step": 3,
        }
        till.ask("import_lines", lines=[line])
        assert till.ask("prepaid_notices")["notices"] == []
        for _ in range(2):
            ask(till.till._chores.review)
        (told,) = till.ask("prepaid_notices")["notices"]
        due = (store.book.today() + dt.timedelta(days=30)).isoformat()
        assert (told["level"], told["falls_to"], told["review_on"]) == ("银卡", "", due)
