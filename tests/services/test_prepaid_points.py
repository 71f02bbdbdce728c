"""Points taken for rewards, and coupons by hand: what they cost, what is given, and their limits."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.bucket import Source
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.deed import sale_name
from terminal.rules.loyalty.redeeming import BONUS, CASH, COUPON, GOODS, SERVICE, RedeemRules, Reward
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.holds import Holds
from terminal.services.prepaid.coupons import Coupons
from terminal.services.prepaid.points import Redeeming
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.units import create
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop, refused

REWARDS = (
    Reward("mug", GOODS, 300, what="G1", per_member=3, per_day=2, in_all=4),
    Reward("wash", SERVICE, 200, what="S1"),
    Reward("ten", COUPON, 100, what="T10"),
    Reward("purse", BONUS, 100, value_fen=5_00, valid_days=30),
    Reward("cash", CASH, 1000, value_fen=8_00),
)
RULES = Rulebook(
    redeem=RedeemRules(version=6, rewards=REWARDS, cash=True),
    coupons=(CouponTemplate("T10", "discount", rate_bp=9_000, valid_days=7),),
    versions={"redeem": 6, "coupons": 4},
)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def more(shop: Shop, account: AccountId, asset: str, amount: int, **facts: object) -> None:
    """Give a member units."""
    with shop.database.write():
        draft: Draft = shop.post("gift", account)
        create(draft, asset, account, amount, attributes={}, **facts)  # type: ignore[arg-type]  # its own facts
        shop.book.post(draft)


def points_of(shop: Shop, points: int) -> AccountId:
    """Return a member with points of two ends."""
    account = shop.member(points=points - points // 3)
    day = shop.today().replace(year=2027)
    more(shop, account, "points", points // 3, good=(None, day))
    return account


def test_goods_cost_points_leave_the_stock_and_can_be_given_back(shop: Shop) -> None:
    account = points_of(shop, 900)
    answer = Redeeming(shop.till).redeem(RULES, STAFF, action(), account, "mug", 2)
    assert (answer.kind, answer.figure("points_spent"), answer.noted["stock"]) == (
        "redeem",
        600,
        [{"item": "G1", "quantity": 2}],
    )
    assert answer.noted["versions"] == {"redeem": 6}
    assert shop.amounts(account, "points") == [300], "the earlier end went first"
    rights = shop.held(account, "refund_right")
    assert sorted(lot.amount for lot in rights) == [300, 300]
    assert {lot.facts.expires_on for lot in rights} == {"2026-12-21"}
    assert {lot.facts.attributes["target"]["asset"] for lot in rights} == {"points"}  # type: ignore[index,call-overload]
    assert shop.book.accounts() == {}
    assert shop.verdict() == ""


def test_a_service_a_coupon_bonus_and_cash(shop: Shop) -> None:
    account, redeeming = points_of(shop, 3000), Redeeming(shop.till)
    redeeming.redeem(RULES, STAFF, action(), account, "wash")
    assert sum(shop.amounts(account, "refund_right")) == 200
    redeeming.redeem(RULES, STAFF, action(), account, "ten", 3)
    assert shop.amounts(account, "coupon") == [3]
    assert shop.held(account, "coupon")[0].facts.expires_on == "2026-11-27"
    redeeming.redeem(RULES, STAFF, action(), account, "purse", 4)
    bonus = shop.held(account, "bonus")[0]
    assert (bonus.amount, bonus.facts.expires_on) == (20_00, "2026-12-20")
    assert shop.book.balances(account).get("principal") is None, "bonus money, never principal"
    redeeming.redeem(RULES, STAFF, action(), account, "cash")
    assert shop.book.accounts() == {"sales/adjust": 8_00, "tender/cash": -8_00}
    assert sum(shop.amounts(account, "points")) == 3000 - 200 - 300 - 400 - 1000
    assert sum(shop.amounts(account, "refund_right")) == 500, "what was taken for bonus or cash is gone"
    assert shop.verdict() == ""


def test_a_redemption_is_done_once_for_its_action(shop: Shop) -> None:
    account, one, redeeming = points_of(shop, 900), action(), Redeeming(shop.till)
    first = redeeming.redeem(RULES, STAFF, one, account, "mug")
    again = redeeming.redeem(Rulebook(), STAFF, one, account, "mug")
    assert (again.number, again.noted, again.repeated) == (first.number, first.noted, True)
    with pytest.raises(Refusal, match="action_conflict"):
        redeeming.redeem(RULES, STAFF, one, account, "mug", 2)
    assert sum(shop.amounts(account, "points")) == 600


def test_limits_count_what_was_taken_before(shop: Shop) -> None:
    account, redeeming = points_of(shop, 9000), Redeeming(shop.till)
    redeeming.redeem(RULES, STAFF, action(), account, "mug", 2)
    with pytest.raises(Refusal) as day:
        redeeming.redeem(RULES, STAFF, action(), account, "mug")
    assert refused(day.value) == ("reward_day_limit", {"left": 0})
    shop.wait_days(1)
    redeeming.redeem(RULES, STAFF, action(), account, "mug")
    with pytest.raises(Refusal, match="reward_member_limit"):
        redeeming.redeem(RULES, STAFF, action(), account, "mug")
    other = points_of(shop, 900)
    redeeming.redeem(RULES, STAFF, action(), other, "mug")
    with pytest.raises(Refusal) as everybody:
        redeeming.redeem(RULES, STAFF, action(), other, "mug")
    assert refused(everybody.value) == ("reward_all_taken", {"left": 0})


def test_points_on_hold_owed_or_past_their_end_are_not_to_be_spent(shop: Shop) -> None:
    account, redeeming = points_of(shop, 900), Redeeming(shop.till)
    assert redeeming.spendable(account) == 900
    more(shop, account, "points_owed", 50)
    assert redeeming.spendable(account) == 850
    with shop.database.write():
        Holds(shop.database).put("bill:1", {shop.book.holdings(account, ("points",))[0].n: 100})
    assert redeeming.spendable(account) == 750
    with pytest.raises(Refusal) as few:
        redeeming.redeem(RULES, STAFF, action(), account, "wash", 4)
    assert refused(few.value) == ("points_not_enough", {"missing": 50, "points": 750})
    shop.wait_days(366)
    assert redeeming.spendable(account) == 450
    assert redeeming.redeem(RULES, STAFF, action(), account, "wash").figure("points_spent") == 200
    assert shop.verdict() == ""


def test_points_and_everything_given_with_an_end_are_expired_when_overdue(shop: Shop) -> None:
    account = points_of(shop, 900)
    Redeeming(shop.till).redeem(RULES, STAFF, action(), account, "ten")
    Redeeming(shop.till).redeem(RULES, STAFF, action(), account, "purse")
    shop.wait_days(400)
    assert sorted({lot.facts.asset for lot in shop.book.overdue()[0]}) == ["bonus", "coupon", "points", "refund_right"]


def test_a_reward_is_taken_back_once_with_its_points_of_the_same_end(shop: Shop) -> None:
    account, redeeming, one = points_of(shop, 900), Redeeming(shop.till), action()
    before = [(lot.bucket, lot.amount) for lot in shop.held(account, "points")]
    redeeming.redeem(RULES, STAFF, action(), account, "mug", 2)
    sale = sale_name(Source(shop.last().device, shop.last().epoch, shop.last().seq))
    with pytest.raises(Refusal, match="reward_goods_missing"):
        redeeming.take_back(STAFF, one, sale)
    answer = redeeming.take_back(STAFF, one, sale, goods_back=True)
    assert (answer.noted["undoes"], answer.noted["stock"]) == (sale, [{"item": "G1", "quantity": -2}])
    assert redeeming.take_back(STAFF, one, sale, goods_back=True).repeated
    assert [(lot.bucket, lot.amount) for lot in shop.held(account, "points")] == before
    assert shop.amounts(account, "refund_right") == []
    for wrong in (sale, "nothing", "a/b/c", f"{shop.last().device}/1/1"):
        with pytest.raises(Refusal, match="reward_not_returnable"):
            redeeming.take_back(STAFF, action(), wrong)
    assert redeeming.redeem(RULES, STAFF, action(), account, "mug", 2).figure("quantity") == 2, "it counts no more"
    assert shop.verdict() == ""


def test_a_reward_is_not_taken_back_once_its_right_has_ended_or_while_its_card_is_given_back(shop: Shop) -> None:
    account, closing = points_of(shop, 900), set[AccountId]()
    redeeming = Redeeming(
        Till(shop.database, shop.book, shop.till.members, shop.clock, shop.till.deeds, lambda one: one not in closing)
    )
    redeeming.redeem(RULES, STAFF, action(), account, "mug")
    sale = sale_name(Source(shop.last().device, shop.last().epoch, shop.last().seq))
    closing.add(account)
    with pytest.raises(Refusal, match="account_closing"):
        redeeming.take_back(STAFF, action(), sale, goods_back=True)
    closing.clear()
    (right,) = shop.held(account, "refund_right")
    end = dt.date.fromisoformat(right.facts.expires_on)
    shop.wait_days((end - shop.today()).days + 1)
    with pytest.raises(Refusal, match="reward_not_returnable"):
        redeeming.take_back(STAFF, action(), sale, goods_back=True)


def test_a_coupon_for_points_is_taken_back_while_it_is_there(shop: Shop) -> None:
    account, redeeming = points_of(shop, 900), Redeeming(shop.till)
    redeeming.redeem(RULES, STAFF, action(), account, "ten", 2)
    sale = sale_name(Source(shop.last().device, shop.last().epoch, shop.last().seq))
    with shop.database.write():
        Holds(shop.database).put("bill:1", {shop.book.holdings(account, ("coupon",))[0].n: 1})
    with pytest.raises(Refusal, match="reward_not_returnable"):
        redeeming.take_back(STAFF, action(), sale)
    with shop.database.write():
        Holds(shop.database).drop("bill:1")
    redeeming.take_back(STAFF, action(), sale)
    assert shop.book.balances(account) == {"points": 900}
    assert shop.verdict() == ""


# Coupons by hand


def test_coupons_are_given_and_ended_by_hand_with_a_reason(shop: Shop) -> None:
    account, coupons, one = shop.member(), Coupons(shop.till), action()
    answer = coupons.issue(RULES, STAFF, one, account, "T10", 3, reason="等候太久")
    assert (answer.kind, answer.noted["reason"], answer.noted["versions"]) == (
        "issue_coupon",
        "等候太久",
        {"coupons": 4},
    )
    assert coupons.issue(RULES, STAFF, one, account, "T10", 3, reason="等候太久").repeated
    lot = shop.held(account, "coupon")[0]
    assert (lot.amount, lot.facts.attributes["template"], lot.facts.expires_on) == (3, "T10", "2026-11-27")
    ended, other = coupons.end(RULES, STAFF, action(), account, lot.bucket, 2, reason="发错"), action()
    assert ended.noted["coupons"] == [{"template": "T10", "count": -2, "bucket": lot.bucket}]
    assert shop.amounts(account, "coupon") == [1]
    for bucket, count, reason, code in (
        (lot.bucket, 2, "发错", "coupon_count_bad"),
        (lot.bucket, 1, "", "coupon_reason_missing"),
        (lot.bucket, 1, "字" * 101, "coupon_reason_long"),
        ("0" * 32, 1, "发错", "coupon_not_here"),
    ):
        with pytest.raises(Refusal, match=code):
            coupons.end(RULES, STAFF, other, account, bucket, count, reason=reason)
    with shop.database.write():
        Holds(shop.database).put("bill:1", {lot.n: 1})
    with pytest.raises(Refusal, match="coupon_on_bill"):
        coupons.end(RULES, STAFF, other, account, lot.bucket, 1, reason="发错")
    assert shop.verdict() == ""


def test_coupons_by_hand_keep_to_the_limits_of_their_template(shop: Shop) -> None:
    account, coupons = shop.member(), Coupons(shop.till)
    ten = next(each for each in RULES.coupons if each.code == "T10")
    few = replace(RULES, coupons=(replace(ten, per_member=3, per_member_day=2, in_all=4),))
    coupons.issue(few, STAFF, action(), account, "T10", 2)
    with pytest.raises(Refusal) as day:
        coupons.issue(few, STAFF, action(), account, "T10")
    assert refused(day.value) == ("coupon_day_limit", {"left": 0})
    shop.wait_days(1)
    with pytest.raises(Refusal) as member:
        coupons.issue(few, STAFF, action(), account, "T10", 2)
    assert refused(member.value) == ("coupon_member_limit", {"left": 1})
    coupons.issue(few, STAFF, action(), account, "T10")
    other = shop.member()
    with pytest.raises(Refusal) as all_of_them:
        coupons.issue(few, STAFF, action(), other, "T10", 2)
    assert refused(all_of_them.value) == ("coupon_all_given", {"left": 1})
    assert coupons.issue(RULES, STAFF, action(), account, "T10", 100).figure("amount_fen") == 0, (
        "a template without any"
    )


def test_a_coupon_that_is_over_unknown_or_too_many_is_refused(shop: Shop) -> None:
    account, coupons, one = shop.member(), Coupons(shop.till), action()
    over = replace(RULES, coupons=(replace(RULES.coupons[0], last=shop.today().replace(day=1)),))
    for rules, code, count, refusal in (
        (over, "T10", 1, "coupon_template_over"),
        (RULES, "T99", 1, "coupon_template_unknown"),
        (RULES, "T10", 0, "coupon_count_bad"),
        (RULES, "T10", 101, "coupon_count_bad"),
    ):
        with pytest.raises(Refusal, match=refusal):
            coupons.issue(rules, STAFF, one, account, code, count)
    with pytest.raises(Refusal, match="coupon_reason_long"):
        coupons.issue(RULES, STAFF, one, account, "T10", reason="字" * 101)
    with pytest.raises(Refusal, match="member_unknown"):
        coupons.issue(RULES, STAFF, one, AccountId("0" * 32), "T10")
