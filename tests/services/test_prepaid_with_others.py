"""Top-ups among the rest of the shop: spent by bills, watched, voided and given back to the fen."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.book import request_digest
from terminal.rules.bucket import Source
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.deed import sale_name
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.loyalty.referral import FIRST_BILL, ReferralReward, ReferralRules
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import Rule
from terminal.rules.value.releases import PER_VISIT, Release
from terminal.rules.value.top_up import Gift, LevelGift, Offer, Tier, TopUpRules
from terminal.services.bills.asks import Asks as BillAsks
from terminal.services.bills.bills import Bills
from terminal.services.bills.proving import with_rewards
from terminal.services.bills.values import PURSE, Order, OrderLine, Proof, Settling, Tender
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.prepaid.with_others import by_watch
from terminal.services.refunds.asking import By
from terminal.services.refunds.prepayments import PrepaidWish, Prepayments
from terminal.services.refunds.records import Records
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.views import SignedIn
from tests.services.factored import factored
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop
from tests.services.refund_bench import sign_in

MANAGER = SignedIn("token", "0" * 31 + "7", "李店长", 1, "manager")
PHOTO = Proof(confirmed="photo")


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def rules_of(tier: Tier, **parts: object) -> Rulebook:
    """Return the rules of a shop with one offer of one tier."""
    offer = Offer("new-year", (tier,), **{name: parts.pop(name) for name in ("release",) if name in parts})  # type: ignore[arg-type]
    top_up = TopUpRules(1, (offer,), 1, 50_000_00)
    return Rulebook(**{"top_up": top_up, **parts})  # type: ignore[arg-type]  # sections by name


def settle(shop: Shop, rules: Rulebook, account: AccountId, fen: int, tender: str = PURSE) -> None:
    """Settle a bill of one service, and prove the book."""
    also = with_rewards(Milestones(shop.till), shop.referrals, shop.book.day_of)
    bills = Bills(
        shop.database,
        shop.book,
        shop.clock,
        BillAsks(factored(shop), also=(also,)),
    )
    order = Order(account, (OrderLine(list_fen=fen, name="剪发"),))
    one = action()
    asked = Settling((Tender(tender, fen),), fen)
    bills.settle_at_once(shop.rules(rules), STAFF, (one, request_digest({"one": one})), order, asked, PHOTO)
    assert shop.verdict() == ""


def records_of(shop: Shop) -> Records:
    """Return what taking back reads."""
    return Records(shop.database, shop.book, shop.till.deeds, shop.clock)


@pytest.mark.parametrize(
    ("reason", "refund_fen"), [(NOT_MEMBERS_FAULT, 2100_00), (MEMBERS_WISH, 1800_00)], ids=["fault", "wish"]
)
def test_f2_what_is_left_of_a_top_up_is_refunded_by_either_formula(shop: Shop, reason: str, refund_fen: int) -> None:
    account, rules = shop.member(), rules_of(Tier(3000_00, 1000_00))
    shop.top_up(rules, account, 3000_00, 1000_00)
    shop.wait_days(8)  # past the cooling-off days
    settle(shop, rules, account, 1200_00)
    assert shop.book.balances(account)["principal"] == 2100_00
    prepayments = Prepayments(records_of(shop))
    (given,) = prepayments.top_ups(account)
    assert (given.top_up.consumed.charged_fen, given.top_up.consumed.list_fen) == (1200_00, 1200_00)
    back = prepayments.preview(rules, PrepaidWish(account, given.top_up.id, reason), alone=True)
    assert (back.result.fen, back.cooling_off) == (refund_fen, False)


def test_a_void_takes_everything_back_that_the_top_up_gave(shop: Shop) -> None:
    levels = LevelRules(levels=(Level("gold", 5000_00),))
    tier = Tier(3000_00, 900_00, 0, 500, (Gift("T10", 3),), (), LevelGift("gold", 12))
    rules = rules_of(tier, coupons=(CouponTemplate("T10", "discount", rate_bp=9_000),), levels=levels)
    account = shop.member()
    shop.top_up(rules, account, 3000_00, 900_00)
    assert shop.till.standings.level(levels, account, shop.today()) == "gold"
    made = shop.last()
    voids = Voids(records_of(shop), Releases(shop.book))
    sign_in(shop.database, MANAGER)
    by = By(rules, MANAGER, action(), alone=True)
    voids.void(by, sale_name(Source(made.device, made.epoch, made.seq)), "收错人")
    assert shop.book.balances(account) == {}
    assert {name for name, fen in shop.book.accounts().items() if fen} == set()
    assert shop.till.standings.level(levels, account, shop.today()) == ""
    assert shop.top_ups.preview(rules, account, 3000_00).first
    assert shop.verdict() == ""


def test_a_bill_opens_a_part_of_locked_bonus_for_the_next_one(shop: Shop) -> None:
    account, release = shop.member(), Release(PER_VISIT, rate_bp=1_000, min_bill_fen=100_00)
    rules = rules_of(Tier(1000_00, 300_00), release=release)
    shop.top_up(rules, account, 1000_00, 300_00)
    for bill_fen, opened_fen in ((99_00, 0), (100_00, 30_00)):
        settle(shop, rules, account, bill_fen)
        assert sum(shop.amounts(account, "bonus")) == opened_fen
    assert sum(shop.amounts(account, "bonus_locked")) == 270_00


def test_the_first_paid_bill_rewards_who_brought_the_member(shop: Shop) -> None:
    parent, child = shop.member(), shop.member()
    shop.brought_by = {child: parent}
    shop.referral = ReferralRules(1, FIRST_BILL, 50_00, (ReferralReward(bonus_fen=20_00),))
    for fen, bonus_fen in ((49_99, None), (50_00, 20_00), (80_00, 20_00)):
        settle(shop, Rulebook(), child, fen, "cash")
        assert shop.book.balances(parent).get("bonus") == bonus_fen


def test_a_top_up_above_the_shops_limit_waits_for_a_manager(shop: Shop) -> None:
    account, soon = shop.member(), list[Callable[[], None]]()
    alarms: list[str] = []
    rights = Rights(shop.database, shop.clock)
    watch = Watch(shop.database, shop.book, shop.clock, rights, alarm=alarms.append, soon=soon.append)
    rules = rules_of(Tier(100_00, 10_00), anomalies=(Rule("large", "single_amount", limit=1000_00, block=True),))
    asks = Asks(lambda _: None, watch=by_watch(watch))
    watched = TopUps(shop.till, asks, Milestones(shop.till), shop.referrals)
    for who in (STAFF, MANAGER):
        shop.database.run(
            "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, ?, '')", (who.staff_id, who.name, who.role)
        )
    one = action()
    watched.top_up(rules, STAFF, action(), account, 1000_00, 10_00)
    with pytest.raises(Refusal, match="approval"):
        watched.top_up(rules, STAFF, one, account, 1000_01, 10_00)
    assert (alarms, shop.book.balances(account)["principal"]) == (["anomaly_single_amount"], 1000_00)
    rights.give(rules.roles, STAFF, MANAGER.staff_id, one, "settle_alert", 1000_01)
    watched.top_up(rules, STAFF, one, account, 1000_01, 10_00)
    assert shop.last().payload["alerts"]
