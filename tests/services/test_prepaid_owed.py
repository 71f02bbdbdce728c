"""Points that are owed are paid by the next ones, and an account that is being closed takes nothing more."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.redeeming import RedeemRules, Reward
from terminal.rules.passes.terms import PassTerms
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Offer, Tier, TopUpRules
from terminal.services.bills.values import Order
from terminal.services.prepaid.coupons import Coupons
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.prepaid.points import Redeeming
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.transfers import Transfers
from terminal.services.prepaid.units import add_points, create
from tests.services.bill_bench import free
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop
from tests.services.test_bills import PLAIN
from tests.services.test_refunds_of_real_bills import Desk, desk_of

FIFTY = CouponTemplate("fifty", "cash", off_fen=50_00)
OFFER = Offer("points", (Tier(100_00, points=100),))
REWARD = Reward("towel", "goods", 10, what="towel")
RULES = Rulebook(
    coupons=(FIFTY,), top_up=TopUpRules(offers=(OFFER,), most_fen=5000_00), redeem=RedeemRules(rewards=(REWARD,))
)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a counter that rings up bills; one point for each ten yuan paid."""
    made = desk_of(tmp_path, PLAIN)
    yield made
    made.shop.prove()
    made.shop.database.close()


def owe(shop: Shop, account: AccountId, points: int) -> None:
    """Let a member owe points."""
    with shop.database.write():
        draft = shop.post("test", account)
        create(draft, "points_owed", account, points, attributes={})
        shop.book.post(draft)


def no_terms(code: str, version: int) -> PassTerms:
    """Fail: nobody needs the terms of a pass here."""
    raise AssertionError((code, version))


def test_points_of_a_bill_pay_first_what_is_owed_and_its_void_makes_the_debt_again(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.give(account, "points_owed", 10)
    bill = desk.shop.ring(Order(account, (free(300_00),)))
    assert desk.held(account) == {"points": 20}
    assert bill.posted.entry.payload["points_after"] == 20
    assert (bill.note.points, bill.posted.entry.payload["points_netted"]) == (30, 10), "all of them were earned"
    desk.void(bill)
    assert desk.held(account) == {"points_owed": 10}


def test_a_refund_takes_all_that_was_earned_whatever_it_paid(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.give(account, "points_owed", 50)
    bill = desk.shop.ring(Order(account, (free(300_00),)))
    assert desk.held(account) == {"points_owed": 20}
    desk.shop.rules = dataclasses.replace(desk.shop.rules, points_clawback="owe_points")
    desk.refund(bill)
    assert desk.held(account) == {"points_owed": 50}


def test_points_of_a_top_up_pay_first_what_is_owed(shop: Shop) -> None:
    account = shop.member()
    owe(shop, account, 60)
    owe(shop, account, 70)
    shop.top_up(RULES, account, 100_00)
    assert shop.book.balances(account)["points_owed"] == 30
    assert (shop.amounts(account, "points"), shop.last().payload["points_after"]) == ([], 0)
    shop.top_up(RULES, account, 100_00)
    assert (shop.amounts(account, "points"), shop.amounts(account, "points_owed")) == ([70], [])


def test_two_rewards_of_one_entry_pay_a_debt_once_and_merged_files_pay_each_others(shop: Shop) -> None:
    account, old = shop.member(), shop.member()
    owe(shop, account, 10)
    owe(shop, old, 5)
    with shop.database.write():
        draft = shop.post("test", account)
        paid = [add_points(draft, shop.book, account, 8, None, (old,)) for _ in range(3)]
        shop.book.post(draft)
    assert (paid, draft.payload["points_netted"]) == ([8, 7, 0], 15)
    assert (shop.amounts(account, "points"), shop.amounts(account, "points_owed")) == ([9], [])
    assert shop.book.balances(old) == {}


def test_an_account_that_is_being_closed_takes_nothing_more(shop: Shop) -> None:
    account, other = shop.member(points=50), shop.member(principal_fen=10_00)
    card = shop.anonymous()
    GiftCards(shop.till).sell(RULES, STAFF, action(), card, 100_00)
    old = shop.till
    till = shop.till = Till(shop.database, shop.book, old.members, shop.clock, old.deeds, lambda who: who != account)
    entries = shop.entries()
    works: list[Callable[[], object]] = [
        lambda: shop.top_up(RULES, account, 100_00),
        lambda: shop.top_ups.preview(RULES, account, 100_00),
        lambda: GiftCards(till).load(RULES, STAFF, action(), card, account),
        lambda: Coupons(till).issue(RULES, STAFF, action(), account, "fifty"),
        lambda: Redeeming(till).redeem(RULES, STAFF, action(), account, "towel"),
        lambda: Transfers(till, no_terms).transfer(RULES, STAFF, action(), other, account, alone=True, shown="id"),
        lambda: Transfers(till, no_terms).transfer(RULES, STAFF, action(), account, other, alone=True, shown="id"),
    ]
    for work in works:
        with pytest.raises(Refusal) as caught:
            work()
        assert caught.value.code == "account_closing"
    assert shop.entries() == entries
