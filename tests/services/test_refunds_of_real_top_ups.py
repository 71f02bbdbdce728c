"""Top-ups with all their rewards, taken back: voided at once, or refunded later by what was delivered."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.growth import TOP_UP_TOTAL, Milestone
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.loyalty.referral import FIRST_TOP_UP, ReferralReward, ReferralRules
from terminal.rules.member_values import PassLine
from terminal.rules.passes.terms import SESSION_PASS, PassPart, PassTerms
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.releases import PERIODIC, Release
from terminal.rules.value.top_up import Gift, LevelGift, Offer, Tier, TopUpRules
from terminal.services.feed_desk import FeedDesk
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.refunds.asking import By
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.prepayments import PrepaidWish, Prepayments
from terminal.services.refunds.records import Records, name_of
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from terminal.services.views import SignedIn
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop
from tests.services.refund_bench import sign_in

MANAGER = SignedIn("token", "0" * 31 + "7", "李店长", 1, "manager")
TEN = PassTerms("ten", SESSION_PASS, 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
TIER = Tier(
    3000_00,
    900_00,
    points=300,
    coupons=(Gift("fifty", 2),),
    passes=(Gift("ten"),),
    level=LevelGift("Gold", 12),
)
RULES = Rulebook(
    top_up=TopUpRules(3, (Offer("new-year", (TIER,), release=Release(PERIODIC, parts=12)),), 1, 50_000_00),
    coupons=(CouponTemplate("fifty", "cash", off_fen=50_00),),
    passes=(TEN,),
    levels=LevelRules(levels=(Level("Gold", 50_000_00),)),
)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book, proved at the end."""
    with open_shop(tmp_path) as made:
        sign_in(made.database, MANAGER)
        yield made


def records_of(shop: Shop) -> Records:
    return Records(shop.database, shop.book, shop.till.deeds, shop.clock)


def by() -> By:
    return By(RULES, MANAGER, ActionId(new_id()), alone=True)


def topped_up(shop: Shop) -> tuple[AccountId, str]:
    """Return a member who paid 3000.00 and was given everything there is, and the name of the entry."""
    account = shop.member()
    shop.top_up(RULES, account, 3000_00, 900_00)
    assert len(shop.held(account, "bonus")) == 12
    return account, name_of(shop.last())


def level(shop: Shop, account: AccountId) -> str:
    return shop.till.standings.level(RULES.levels, account, shop.today())


def test_a_void_takes_back_every_reward_and_the_level(shop: Shop) -> None:
    account, top_up = topped_up(shop)
    assert level(shop, account) == "Gold"
    voids = Voids(records_of(shop), Releases(shop.book))
    done = voids.void(by(), top_up, "wrong member")
    assert shop.verdict() == ""
    assert (done.cash_fen, shop.book.balances(account), level(shop, account)) == (3000_00, {}, "")
    assert not any(shop.book.accounts().values())


def test_a_refund_ends_every_reward_with_the_principal(shop: Shop) -> None:
    account, top_up = topped_up(shop)
    shop.wait_days(5)
    prepayments = Prepayments(records_of(shop))
    (given,) = prepayments.top_ups(account)
    assert (given.name, given.points, given.top_up.bonus_fen) == (top_up, 300, 900_00)
    done = prepayments.refund(by(), PrepaidWish(account, given.top_up.id, MEMBERS_WISH))
    assert shop.verdict() == ""
    assert (done.given_fen, shop.book.balances(account), level(shop, account)) == (3000_00, {}, "")
    accounts = {name: fen for name, fen in shop.book.accounts().items() if fen}
    assert accounts == {"tender/cash": 3000_00, "refund_payable": -3000_00}
    Payouts(records_of(shop)).give_up(by(), name_of(shop.last()))
    assert shop.verdict() == ""
    assert (sum(shop.amounts(account, "bonus")), shop.amounts(account, "coupon")) == (900_00, [2])
    assert level(shop, account) == "Gold"


def test_a_balance_that_was_imported_is_a_top_up_like_others(shop: Shop) -> None:
    account = shop.member(principal_fen=750_00, bonus_fen=150_00)
    prepayments = Prepayments(records_of(shop))
    (given,) = prepayments.top_ups(account)
    assert (given.top_up.paid_fen, given.top_up.bonus_fen, given.top_up.principal_left_fen) == (750_00, 150_00, 750_00)
    back = prepayments.preview(RULES, PrepaidWish(account, given.top_up.id, NOT_MEMBERS_FAULT), alone=True)
    assert [(each.tender, each.fen) for each in back.payouts] == [("bank", 750_00)]
    prepayments.refund(by(), PrepaidWish(account, given.top_up.id, NOT_MEMBERS_FAULT))
    assert shop.book.balances(account) == {}


def test_an_imported_balance_has_no_days_of_cooling_off_from_the_day_of_the_import(shop: Shop) -> None:
    account, other = shop.member(principal_fen=750_00, bonus_fen=150_00), shop.member()
    shop.top_up(RULES, other, 3000_00, 900_00)
    prepayments = Prepayments(records_of(shop))
    looks = []
    for each in (account, other):
        (given,) = prepayments.top_ups(each)
        looks.append(prepayments.preview(RULES, PrepaidWish(each, given.top_up.id, MEMBERS_WISH), alone=True))
    assert [look.cooling_off for look in looks] == [False, True]


def test_what_an_import_brought_beside_a_balance_stays_when_that_is_refunded(shop: Shop) -> None:
    passes = (PassLine("ten", 8, 12),)
    account = shop.member(principal_fen=750_00, bonus_fen=150_00, points=40, passes=passes)
    prepayments = Prepayments(records_of(shop))
    (given,) = prepayments.top_ups(account)
    done = prepayments.refund(by(), PrepaidWish(account, given.top_up.id, NOT_MEMBERS_FAULT))
    assert (done.given_fen, shop.book.balances(account)) == (750_00, {"pass": 8, "points": 40})


def test_a_gift_card_that_was_loaded_is_a_top_up_and_one_sold_by_mistake_is_undone(shop: Shop) -> None:
    card, account, cards = shop.anonymous(), shop.member(), GiftCards(shop.till)
    shop.top_up(RULES, account, 100_00)
    cards.sell(RULES, STAFF, action(), card, 500_00, valid_months=36)
    cards.load(RULES, STAFF, action(), card, account)
    prepayments = Prepayments(records_of(shop))
    (_, loaded) = prepayments.top_ups(account)
    assert (loaded.top_up.paid_fen, loaded.top_up.principal_left_fen) == (500_00, 500_00)
    assert prepayments.refund(by(), PrepaidWish(account, loaded.top_up.id, MEMBERS_WISH)).given_fen == 500_00
    assert shop.verdict() == ""
    assert sum(day.top_up_fen for day in shop.till.deeds.days(account)) == 100_00, "a card's sale never counted"
    cards.sell(RULES, STAFF, action(), card, 300_00, valid_months=36)
    done = Voids(records_of(shop), Releases(shop.book)).void(by(), name_of(shop.last()), "wrong card")
    assert (done.cash_fen, shop.book.balances(card)) == (300_00, {})


def test_a_top_up_is_voided_whose_reward_went_into_points_the_other_had_already(shop: Shop) -> None:
    parent, first, second = shop.member(), shop.member(), shop.member()
    shop.brought_by = {first: parent, second: parent}
    shop.referral = ReferralRules(1, FIRST_TOP_UP, 100_00, (ReferralReward(points=200),))
    shop.top_up(RULES, first, 100_00)
    shop.top_up(RULES, second, 100_00)
    assert shop.amounts(parent, "points") == [400], "one bucket"
    Voids(records_of(shop), Releases(shop.book)).void(by(), name_of(shop.last()), "wrong member")
    assert shop.amounts(parent, "points") == [200]


def test_a_top_up_that_gave_points_twice_is_not_voided_once_some_are_at_another_till(shop: Shop) -> None:
    milestones = (Milestone("first", 100_00, points=8),)
    offers = TopUpRules(3, (Offer("plain", (Tier(100_00, points=10),)),), 1, 50_000_00)
    rules = replace(RULES, top_up=offers, levels=LevelRules(growth=TOP_UP_TOTAL, milestones=milestones))
    account = shop.member()
    shop.top_up(rules, account, 100_00)
    assert shop.amounts(account, "points") == [18], "one bucket"
    voids, name = Voids(records_of(shop), Releases(shop.book)), name_of(shop.last())
    (lot,) = shop.book.lots(shop.book.holdings(account, ("points",)))
    FeedDesk(shop.database, shop.book).return_unused(lot.facts, 6)
    with pytest.raises(Refusal, match="void_elsewhere"):
        voids.void(replace(by(), rulebook=rules), name, "wrong member")
