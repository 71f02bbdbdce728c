"""Coupons and passes of rules nobody knows here, daily limits, shared passes, and what a till knows by itself."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.canonical import Canonical
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.condition import BIRTHDAY_DAY, Condition
from terminal.rules.loyalty.points import Multiplier, PointsRules, Rate
from terminal.rules.passes.terms import SESSION_PASS, PassPart, PassTerms
from terminal.rules.prices.basket import CASH, PriceRules
from terminal.rules.prices.best import Reason
from terminal.rules.rulebook import Rulebook
from terminal.rules.scope import Audience
from terminal.rules.till.anomaly import Rule
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.known import birthday_near, in_branch, never_met
from terminal.services.bills.proving import by_watch
from terminal.services.bills.values import Chosen, Order, OrderLine, Settled, Settling, Tender
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.shop import Shop as ShopFacts
from tests.services.bill_bench import STAFF, Shop, free, open_shop
from tests.services.factored import factored
from tests.services.test_bills import BILL_80, FIFTY, PLAIN, TRIAL_FACIAL
from tests.services.test_refunds_of_real_bills import Desk

ONE_A_DAY = PassTerms("daily", SESSION_PASS, 1000_00, (PassPart(frozenset({"facial"}), 10, 0, 100_00),), daily_limit=1)
SHARED = replace(ONE_A_DAY, code="shared", sharers=2, daily_limit=1)
RULES = replace(PLAIN, passes=(*PLAIN.passes, ONE_A_DAY, SHARED))
FACIAL = OrderLine("facial")
DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop that sells passes of one session a day."""
    made = open_shop(tmp_path, RULES)
    yield made
    made.prove()
    made.database.close()


def of_unknown_rules(shop: Shop) -> None:
    """Have the shop know no rules of other versions than those in force."""

    def section(name: str, version: int) -> Any:  # noqa: ANN401 - each section has its own class
        raise Refusal("rule_version_unknown", section=name, version=version)

    shop.bills = Bills(
        shop.database,
        shop.book,
        shop.clock,
        Asks(factored(shop), section=section),
    )


def visit(shop: Shop, account: AccountId, lot: str, owner: str = "") -> Settled:
    """Settle one session of a pass."""
    return shop.ring(Order(account, (OrderLine("facial", pass_lot=lot, pass_of=owner),)))


def test_a_coupon_of_rules_nobody_knows_cannot_be_used_and_stops_no_quote(shop: Shop) -> None:
    account = shop.member()
    attributes: dict[str, Canonical] = {"template": "fifty", "version": 7, "first": "2026-01-01", "last": ""}
    strange, good = shop.give(account, "coupon", 1, attributes=attributes).id, shop.coupon(account, FIFTY)
    of_unknown_rules(shop)
    quote = shop.bills.quote_of(shop.rules, Order(account, (OrderLine("cut"),)))
    assert {each.id: each.reason for each in quote.coupons} == {good: None, strange: Reason("coupon_rules_unknown")}
    assert quote.best is not None
    assert quote.best.priced.payable_fen == 338_00
    with pytest.raises(Refusal, match="coupon_rules_unknown"):
        shop.open(Order(account, (OrderLine("cut"),), (Chosen(strange),)))
    assert shop.ring(Order(account, (OrderLine("cut"),), (Chosen(good),))).note.payable_fen == 338_00


def test_a_pass_of_rules_nobody_knows_cannot_be_used_and_stops_no_quote(shop: Shop) -> None:
    account = shop.member()
    attributes: dict[str, Canonical] = {"pass": "ten", "name": "十次卡", "terms_version": 7, "part": 0}
    bucket = shop.give(account, "pass", 5, value_fen=100_00, attributes=attributes)
    good = shop.pass_units(account, "ten")
    of_unknown_rules(shop)
    quote = shop.bills.quote_of(shop.rules, Order(account, (FACIAL,)))
    assert [(each.pass_lot, each.name, each.reason.code) for each in quote.passes_unused] == [
        (bucket.lot, "十次卡", "pass_rules_unknown")
    ]
    assert [each.pass_lot for each in quote.sessions] == [good]
    with pytest.raises(Refusal, match="pass_rules_unknown"):
        shop.open(Order(account, (OrderLine("facial", pass_lot=bucket.lot),)))


def test_a_quote_names_every_coupon_and_pass_that_cannot_be_used_with_why(shop: Shop) -> None:
    account = shop.member()
    busy, lot = shop.coupon(account, FIFTY), shop.pass_units(account, "daily")
    shop.open(Order(account, (OrderLine("cut"),), (Chosen(busy),)))
    shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))
    quote = shop.bills.quote_of(shop.rules, Order(account, (OrderLine("cut"), FACIAL)))
    assert [(each.id, each.template, each.reason) for each in quote.coupons] == [
        (busy, "fifty", Reason("coupon_locked"))
    ]
    assert [(each.line, each.reason) for each in quote.passes_unused] == [(1, Reason("pass_daily_limit", {"limit": 1}))]
    assert quote.lines == ("剪发", "面部护理")


def test_a_session_of_a_voided_bill_counts_against_no_limit_and_a_refunded_one_does(tmp_path: pathlib.Path) -> None:
    shop = open_shop(tmp_path, RULES)
    desk = Desk(shop)
    account = shop.member()
    lot = shop.pass_units(account, "daily")
    first = visit(shop, account, lot)
    with pytest.raises(Refusal, match="pass_daily_limit"):
        visit(shop, account, lot)
    desk.void(first)
    second = visit(shop, account, lot)
    desk.refund(second)
    with pytest.raises(Refusal, match="pass_daily_limit"):
        visit(shop, account, lot)
    shop.database.close()


def test_sessions_reserved_yesterday_count_against_yesterdays_limit(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "daily")
    held = shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))
    with pytest.raises(Refusal, match="pass_daily_limit"):
        shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))
    shop.clock.at += DAY
    today = shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))
    settled = shop.settle(held, [], 0)
    assert settled.posted.entry.payload["reserved_on"] == [[0, (shop.today - DAY).isoformat()]]
    shop.bills.drop(today.id, 1)
    assert visit(shop, account, lot).note.lines[0].units == 1, "the one settled just now was yesterday's"
    with pytest.raises(Refusal, match="pass_daily_limit"):
        visit(shop, account, lot)


def test_a_line_added_today_is_beside_one_that_was_reserved_yesterday(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "daily")
    line = OrderLine("facial", pass_lot=lot)
    bill = shop.open(Order(account, (line,)))
    with pytest.raises(Refusal, match="pass_daily_limit"):
        shop.bills.change(shop.rules, bill.id, 1, Order(account, (line, line)))
    shop.clock.at += DAY
    changed = shop.bills.change(shop.rules, bill.id, 1, Order(account, (line, line)))
    days = [(each.line, each.day) for each in changed.reserved]
    assert days == [(0, (shop.today - DAY).isoformat()), (1, shop.today.isoformat())]


def shared_pass(shop: Shop, owner: AccountId, sharer: AccountId) -> str:
    """Return the lot of a pass that two may use."""
    attributes: dict[str, Canonical] = {
        "pass": "shared",
        "name": "双人卡",
        "terms_version": 0,
        "part": 0,
        "sharers": [sharer],
        "price_fen": 1000_00,
    }
    return shop.give(owner, "pass", 5, value_fen=100_00, attributes=attributes).lot


def test_a_member_whose_file_was_merged_still_shares_a_pass_and_its_daily_limit(shop: Shop) -> None:
    owner, sharer, main = shop.member(), shop.member(), shop.member()
    lot = shared_pass(shop, owner, sharer)
    shop.database.run("UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(main), bytes.fromhex(sharer)))
    settled = visit(shop, main, lot, owner)
    assert (settled.account, settled.note.lines[0].units) == (main, 1)
    with pytest.raises(Refusal, match="pass_daily_limit"):
        visit(shop, owner, lot)
    with pytest.raises(Refusal, match="pass_not_holder"):
        visit(shop, shop.member(), lot, owner)


def test_an_open_that_comes_late_opens_no_bill_again(shop: Shop) -> None:
    order, settled, dropped = Order(lines=(free(10_00),)), new_id(), new_id()
    shop.settle(shop.open(order, settled), [Tender("cash", 10_00)], 10_00)
    shop.bills.drop(shop.open(order, dropped).id, 1)
    for action in (settled, dropped):
        with pytest.raises(Refusal, match="bill_gone"):
            shop.open(order, action)
    assert shop.bills.list_open() == []
    assert shop.bills.settled_as(settled[:8]) == "1-000001"
    assert (shop.bills.settled_as(dropped), shop.bills.settled_as(new_id())) == ("", "")


def with_birthday(shop: Shop, birthday: str) -> AccountId:
    """Return a member with a birthday in its stored form."""
    account = shop.member()
    shop.database.run("UPDATE member SET birthday = ? WHERE account = ?", (birthday, bytes.fromhex(account)))
    return account


@pytest.mark.parametrize(
    ("birthday", "day", "kept"),
    [
        pytest.param("1990-11-22", "2026-11-22", "2026-11-22", id="on the day"),
        pytest.param("11-30", "2026-11-22", "2026-11-30", id="of the month"),
        pytest.param("1992-02-29", "2026-02-28", "2026-02-28", id="no leap year"),
        pytest.param("1990-01-02", "2026-11-22", "2027-01-02", id="the next one"),
        # The 15th of the eighth month of the lunar year that began in 2026 was 25 September.
        pytest.param("L1990-08-15", "2026-09-01", "2026-09-25", id="lunar"),
        pytest.param("", "2026-11-22", None, id="not known"),
        pytest.param("一月二日", "2026-11-22", None, id="of an older import"),
    ],
)
def test_a_birthday_is_kept_on_a_civil_day_whatever_its_calendar(
    shop: Shop, birthday: str, day: str, kept: str | None
) -> None:
    found = birthday_near(shop.database)(with_birthday(shop, birthday), dt.date.fromisoformat(day))
    assert found == (None if kept is None else dt.date.fromisoformat(kept))
    assert birthday_near(shop.database)(AccountId(new_id()), dt.date(2026, 1, 1)) is None


def test_points_are_doubled_on_the_birthday_that_the_members_file_says(shop: Shop) -> None:
    twice = Multiplier("birthday", 20_000, Condition(birthday=BIRTHDAY_DAY))
    shop.rules = Rulebook(points=PointsRules(rates=(Rate("usual", 1, 10_00),), multipliers=(twice,)))
    asks = Asks(factored(shop), birthday=birthday_near(shop.database))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    today = shop.clock.local(shop.clock.now_ms()).date()
    born = with_birthday(shop, f"1990-{today:%m-%d}")
    other = with_birthday(shop, f"1990-{today + 2 * DAY:%m-%d}")
    assert shop.ring(Order(born, (free(100_00),))).note.points == 20
    assert shop.ring(Order(other, (free(100_00),))).note.points == 10


def test_a_box_is_alone_until_a_cloud_answers_it(shop: Shop) -> None:
    alone = never_met(shop.database)
    assert alone()
    shop.database.run("UPDATE sync_mark SET acked = 3")
    assert not alone()
    shop.database.run("UPDATE sync_mark SET acked = 0")
    shop.database.run("UPDATE life SET cursor = 1")
    assert not alone()
    shop.database.run("UPDATE life SET cursor = 0")
    assert alone()


def test_what_a_till_lacks_may_be_elsewhere_once_it_met_a_cloud(shop: Shop) -> None:
    asks = Asks(factored(shop), is_alone=never_met(shop.database))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    account = shop.member()
    with pytest.raises(Refusal, match=r"points_not_enough missing=100 points=0"):
        shop.open(Order(account, (free(10_00),), points=100))
    shop.database.run("UPDATE sync_mark SET acked = 3")
    with pytest.raises(Refusal, match=r"points_not_enough_here missing=100 points=0"):
        shop.open(Order(account, (free(10_00),), points=100))
    shop.database.run("UPDATE sync_mark SET acked = 0")


def test_a_coupon_of_one_store_is_used_in_the_branch_of_that_name(shop: Shop) -> None:
    local = CouponTemplate("local", CASH, off_fen=5_00, audience=Audience(stores=frozenset({"静安店"})))
    shop.rules = Rulebook(coupons=(local,))
    account, branch = shop.member(), "徐汇店"
    asks = Asks(
        factored(shop),
        place=in_branch(lambda: ShopFacts(branch=branch)),
    )
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    order = Order(account, (OrderLine("cut"),), (Chosen(shop.coupon(account, local)),))
    with pytest.raises(Refusal, match="coupon_wrong_store"):
        shop.open(order)
    branch = "静安店"
    assert shop.ring(order).note.payable_fen == 383_00


def test_a_discount_above_the_role_is_alerted_where_coupons_take_it_off(shop: Shop) -> None:
    alarms: list[str] = []
    rights = Rights(shop.database, shop.clock)
    watch = Watch(shop.database, shop.book, shop.clock, rights, alarm=alarms.append, soon=lambda _: None)
    shop.rules = replace(RULES, prices=PriceRules(), anomalies=(Rule("over", "discount_over"),))
    asks = Asks(factored(shop), watch=by_watch(watch))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    shop.database.run(
        "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, '陈晓', 'cashier', '')", ("0" * 31 + "5",)
    )
    account = shop.member()
    for template, found in ((FIFTY, 0), (BILL_80, 2_000), (TRIAL_FACIAL, 0)):
        line = FACIAL if template is TRIAL_FACIAL else OrderLine("cut", 2)
        place = 0 if template is TRIAL_FACIAL else None
        settled = shop.ring(Order(account, (line,), (Chosen(shop.coupon(account, template), place),)))
        alerts = settled.posted.entry.payload.get("alerts", [])
        assert [each["found"] for each in alerts] == [found] * bool(found)  # type: ignore[union-attr,index,call-overload]
    assert alarms == ["anomaly_discount_over"]


def test_the_order_a_bill_is_settled_with_is_the_one_that_was_agreed_on(shop: Shop) -> None:
    account = shop.member()
    coupon = shop.coupon(account, FIFTY)
    bill = shop.open(Order(account, (OrderLine("cut"),)))
    order, action = Order(account, (OrderLine("cut"),), (Chosen(coupon),)), ActionId(new_id())
    asked = Settling((Tender("cash", 338_00),), 338_00, order=order)
    wrong = replace(asked, expected_payable_fen=388_00)
    with pytest.raises(Refusal, match="price_changed"):
        shop.bills.settle(shop.rules, STAFF, ActionId(new_id()), (bill.id, 1), wrong)
    assert shop.bills.get(bill.id) == bill, "nothing of it was kept"
    settled = shop.bills.settle(shop.rules, STAFF, action, (bill.id, 1), asked)
    assert [each.template for each in settled.note.coupons] == ["fifty"]
    again = shop.bills.settle(shop.rules, STAFF, action, (bill.id, 1), asked)
    assert again.posted.hash == settled.posted.hash
    with pytest.raises(Refusal, match="action_conflict"):
        shop.bills.settle(shop.rules, STAFF, action, (bill.id, 1), replace(asked, order=None))
