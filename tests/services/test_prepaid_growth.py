"""Milestones of growth and rewards for bringing somebody: given once, in the entry that earned them."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.given import given_of
from terminal.rules.bill_note import BillNote, NoteLine, NoteTender, bill_number
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.growth import PAID_12_MONTHS, TOP_UP_TOTAL, DayTotal, Milestone
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.loyalty.referral import FIRST_BILL, FIRST_TOP_UP, ReferralReward, ReferralRules
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Gift, Offer, Tier, TopUpRules
from terminal.services.bills.proving import with_rewards
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.reviews import NEXT, SLICE, Reviewed, Reviews
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop

COUPON = CouponTemplate("T10", "discount", rate_bp=9_000)
MILESTONES = (
    Milestone("m5000", 5000_00, bonus_fen=50_00, coupons=("T10",)),
    Milestone("m1000", 1000_00, points=100),
)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def rules_of(growth: str) -> Rulebook:
    """Return rules with two milestones of a growth value."""
    return Rulebook(region="TW", levels=LevelRules(growth=growth, milestones=MILESTONES), coupons=(COUPON,))


def test_a_top_up_that_reaches_milestones_gives_each_of_them_once(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(TOP_UP_TOTAL)
    shop.top_up(rules, account, 999_99)
    assert "milestones" not in shop.last().payload
    shop.top_up(rules, account, 1)
    assert shop.book.balances(account)["points"] == 100
    both = shop.member()
    done = shop.top_up(rules, both, 6000_00)
    made = shop.last()
    assert [each["id"] for each in made.payload["milestones"]] == ["m1000", "m5000"]  # type: ignore[union-attr,index,call-overload]
    assert (done.balance_fen, shop.book.balances(both)["coupon"]) == (6050_00, 1)
    assert done.bonus_fen == 0, "it is not the offer's bonus"
    shop.top_up(rules, both, 1000_00)
    assert "milestones" not in shop.last().payload


def test_a_void_takes_a_milestone_back_and_the_next_entry_gives_it_again(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(TOP_UP_TOTAL)
    shop.top_up(rules, account, 1000_00)
    shop.void(shop.last())
    assert shop.book.balances(account) == {}
    shop.top_up(rules, account, 1000_00)
    assert shop.book.balances(account)["points"] == 100


def test_a_bill_gives_what_it_reaches_in_its_own_entry(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(PAID_12_MONTHS)
    for paid_fen, points in ((600_00, 0), (400_00, 100), (400_00, 100)):
        with shop.database.write():
            draft = shop.post("bill", account, paid_fen=paid_fen)
            now = DayTotal(shop.today(), paid_fen=paid_fen)
            Milestones(shop.till).rewards_due(draft, rules, account, now)
            shop.book.post(draft)
        assert shop.verdict() == ""
        assert shop.book.balances(account).get("points", 0) == points


def test_a_milestone_whose_coupon_is_over_stops_no_bill_and_stays_due(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(PAID_12_MONTHS)
    over = replace(rules, coupons=(replace(COUPON, last=shop.today() - dt.timedelta(days=1)),))
    milestones = Milestones(shop.till)
    with shop.database.write():
        draft = shop.post("bill", account, paid_fen=5000_00)
        milestones.rewards_due(draft, over, account, DayTotal(shop.today(), paid_fen=5000_00))
        shop.book.post(draft)
    assert shop.book.balances(account) == {"points": 100}, "the other one"
    with pytest.raises(Refusal, match="coupon_template_over"):
        milestones.review(over, STAFF, action(), account)
    assert milestones.review(rules, STAFF, action(), account) is not None
    assert shop.book.balances(account) == {"points": 100, "bonus": 50_00, "coupon": 1}
    assert shop.verdict() == ""


def test_a_year_forgets_what_was_paid_before_but_not_what_was_given(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(PAID_12_MONTHS)
    with shop.database.write():
        shop.book.post(shop.post("bill", account, paid_fen=700_00))
    shop.wait_days(366)
    with shop.database.write():
        draft = shop.post("bill", account, paid_fen=400_00)
        Milestones(shop.till).rewards_due(draft, rules, account, DayTotal(shop.today(), paid_fen=400_00))
        shop.book.post(draft)
    assert shop.book.balances(account) == {}


def test_a_review_gives_what_growth_has_earned_without_a_bill(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(PAID_12_MONTHS)
    milestones, one = Milestones(shop.till), action()
    assert milestones.review(rules, STAFF, action(), account) is None
    with shop.database.write():
        shop.book.post(shop.post("bill", account, paid_fen=1000_00))
    answer = milestones.review(rules, STAFF, one, account)
    assert answer is not None
    assert (answer.kind, answer.account, answer.repeated) == ("milestones", account, False)
    again = milestones.review(rules, STAFF, one, account)
    assert again is not None
    assert (again.number, again.repeated) == (answer.number, True)
    assert milestones.review(rules, STAFF, action(), account) is None
    assert shop.book.balances(account) == {"points": 100}
    assert shop.verdict() == ""
    with pytest.raises(Refusal, match="member_unknown"):
        milestones.review(rules, STAFF, action(), AccountId("0" * 32))


def test_a_review_run_goes_through_all_members_once_and_gives_notices_levels_and_milestones(shop: Shop) -> None:
    rules = replace(
        rules_of(PAID_12_MONTHS),
        levels=LevelRules(levels=(Level("silver", 1000_00),), growth=PAID_12_MONTHS, milestones=MILESTONES),
    )
    accounts = [shop.member() for _ in range(SLICE + 1)]
    for account in accounts[:2]:
        with shop.database.write():
            shop.book.post(shop.post("bill", account, paid_fen=1000_00))
            shop.till.standings.grown(rules.levels, account, shop.today())
    reviews = Reviews(shop.till, Milestones(shop.till))

    def run() -> list[Reviewed]:
        slices = [reviews.slice(rules, STAFF)]
        while slices[-1].last:
            slices.append(reviews.slice(rules, STAFF, slices[-1].last))
        return slices

    first = run()
    assert len(first) == 2
    assert {account for each in first for account in each.milestones} == set(accounts[:2])
    assert not any(each.notices or each.levels for each in first)
    assert shop.database.row("SELECT count(*) FROM standing") == (2,), "who has no level gets no row"
    assert not any(each.milestones for each in run()), "a run that is done again gives nothing more"
    shop.wait_days(366)
    notices = {account: notice for each in run() for account, notice in each.notices}
    assert {notice.falls_to for notice in notices.values()} == {""}
    assert notices.keys() == set(accounts[:2])
    shop.wait_days(rules.levels.notice_days)
    assert {pair for each in run() for pair in each.levels} == {(account, "") for account in accounts[:2]}
    plan = [str(row[3]) for row in shop.database.rows(f"EXPLAIN QUERY PLAN {NEXT}", (b"", 1))]
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP" in step], plan
    nothing = Reviews(shop.till, Milestones(shop.till)).slice(Rulebook(), STAFF)
    assert (nothing.notices, nothing.levels, nothing.milestones) == ((), (), ())
    assert shop.verdict() == ""


def test_points_of_a_milestone_join_those_of_the_offer_in_the_same_entry(shop: Shop) -> None:
    account = shop.member()
    offer = Offer("new-year", (Tier(1000_00, points=7),))
    rules = replace(rules_of(TOP_UP_TOTAL), top_up=TopUpRules(1, (offer,), 1, 5000_00))
    shop.top_up(rules, account, 1000_00)
    assert shop.amounts(account, "points") == [107]
    assert shop.last().payload["points_after"] == 107
    other = replace(rules, points=replace(rules.points, valid_months=None))
    shop.top_up(other, account, 1000_00)
    assert shop.amounts(account, "points") == [107, 7], "without an end they are points of their own"
    shop.top_up(other, account, 1000_00)
    assert shop.amounts(account, "points") == [107, 14]


# Referral

REWARDS = (
    ReferralReward(bonus_fen=50_00, valid_days=30, coupons=(Gift("T10"),)),
    ReferralReward(points=200),
)


def family(shop: Shop, **parts: object) -> tuple[AccountId, AccountId, AccountId]:
    """Return a member who brought one who brought a new one, in a shop that rewards that."""
    elder, parent, child = (shop.member(name) for name in ("王大", "王二", "王三"))
    shop.brought_by = {child: parent, parent: elder}
    wanted = {"version": 2, "condition": FIRST_TOP_UP, "least_fen": 100_00, "rewards": REWARDS, **parts}
    shop.referral = ReferralRules(**wanted)  # type: ignore[arg-type]  # its own fields
    return elder, parent, child


RULES = Rulebook(coupons=(COUPON,))


def test_two_levels_are_rewarded_in_the_entry_of_the_first_top_up(shop: Shop) -> None:
    elder, parent, child = family(shop)
    shop.top_up(RULES, child, 99_99)
    assert shop.book.balances(parent) == {}
    done = shop.top_up(RULES, child, 100_00)
    assert done.balance_fen == 199_99
    assert shop.book.balances(parent) == {"bonus": 50_00, "coupon": 1}
    assert shop.book.balances(elder) == {"points": 200}
    assert [lot.facts.expires_on for lot in shop.held(parent, "bonus")] == ["2026-12-20"]
    noted = shop.last().payload["referral"]
    assert isinstance(noted, list)
    assert [(each["account"], each["level"]) for each in noted] == [(parent, 1), (elder, 2)]  # type: ignore[index,call-overload]
    shop.top_up(RULES, child, 100_00)
    assert "referral" not in shop.last().payload


def test_a_voided_first_top_up_takes_the_reward_back_and_the_next_one_brings_it(shop: Shop) -> None:
    elder, parent, child = family(shop)
    shop.top_up(RULES, child, 100_00)
    shop.void(shop.last())
    assert (shop.book.balances(parent), shop.book.balances(elder)) == ({}, {})
    shop.top_up(RULES, child, 100_00)
    assert shop.book.balances(elder) == {"points": 200}


def test_a_bill_brings_the_reward_where_the_rule_says_so(shop: Shop) -> None:
    _, parent, child = family(shop, condition=FIRST_BILL)
    shop.top_up(RULES, child, 100_00)
    assert shop.book.balances(parent) == {}
    for bonus_fen in (50_00, 50_00):
        with shop.database.write():
            draft = shop.post("bill", child, paid_fen=100_00)
            shop.referrals.add(draft, shop.rules(RULES), child, FIRST_BILL, 100_00)
            shop.book.post(draft)
        assert shop.book.balances(parent)["bonus"] == bonus_fen


def test_an_old_customer_of_whom_it_is_told_later_brings_nothing(shop: Shop) -> None:
    _, parent, child = family(shop)
    shop.brought_by = {}
    shop.top_up(RULES, child, 100_00)
    shop.brought_by = {child: parent}
    shop.top_up(RULES, child, 100_00)
    assert shop.book.balances(parent) == {}


def test_nobody_is_rewarded_for_themselves_in_a_circle_or_beyond_the_limit(shop: Shop) -> None:
    elder, parent, child = family(shop, most_per_member=1)
    shop.brought_by = {child: parent, parent: child}
    shop.top_up(RULES, child, 100_00)
    assert shop.book.balances(parent)["bonus"] == 50_00
    assert shop.book.balances(child) == {"principal": 100_00, "refund_right": 100_00}
    shop.brought_by = {elder: parent}
    shop.top_up(RULES, elder, 100_00)
    assert shop.book.balances(parent)["bonus"] == 50_00, "one new member is all they may be rewarded for"


def test_who_has_no_file_any_more_is_passed_over_for_the_next_level(shop: Shop) -> None:
    elder, _, child = family(shop)
    gone = AccountId("ab" * 16)
    shop.brought_by = {child: gone, gone: elder}
    shop.top_up(RULES, child, 100_00)
    assert shop.book.balances(elder) == {"points": 200}
    assert shop.book.balances(gone) == {}


def test_a_bill_brings_milestones_and_the_reward_for_who_brought_the_member(shop: Shop) -> None:
    _, parent, child = family(shop, condition=FIRST_BILL)
    rules = replace(rules_of(PAID_12_MONTHS), versions={"levels": 1})
    also = with_rewards(Milestones(shop.till), shop.referrals, shop.book.day_of)
    line = NoteLine("H1", "Haircut", "service", "", 1000_00, 1, 1000_00, 1000_00)
    note = BillNote(child, (line,), 1000_00, tenders=(NoteTender("cash", 1000_00),), paid_fen=1000_00)
    for bill in (note, replace(note, account="")):
        with shop.database.write():
            draft = shop.post("bill", AccountId(bill.account), paid_fen=bill.paid_fen)
            also(draft, shop.rules(rules), bill)
            assert bool(draft.effects) is bool(bill.account)
            shop.book.post(draft)
    assert shop.book.balances(child) == {"points": 100}
    assert shop.book.balances(parent) == {"bonus": 50_00, "coupon": 1}
    assert shop.verdict() == ""


@pytest.mark.parametrize("code", ["coupon_template_over", "coupon_template_unknown", "coupon_all_given"])
@pytest.mark.parametrize("condition", [FIRST_BILL, FIRST_TOP_UP])
def test_a_reward_whose_coupon_cannot_be_given_any_more_stops_no_newcomer_and_is_told(
    shop: Shop, caplog: pytest.LogCaptureFixture, condition: str, code: str
) -> None:
    gone = Gift("GONE", 2)
    rewards = (replace(REWARDS[0], coupons=(Gift("T10"), gone)), ReferralReward(coupons=(gone,)))
    elder, parent, child = family(shop, condition=condition, rewards=rewards)
    ended = replace(COUPON, code="GONE", last=shop.today() - dt.timedelta(days=1))
    spent = replace(COUPON, code="GONE", in_all=0)
    more = {"coupon_template_over": (ended,), "coupon_all_given": (spent,)}.get(code, ())
    rules = replace(RULES, coupons=(COUPON, *more))
    if condition == FIRST_TOP_UP:
        shop.top_up(rules, child, 100_00)
    else:
        with shop.database.write():
            draft = shop.post("bill", child, paid_fen=100_00)
            shop.referrals.add(draft, shop.rules(rules), child, FIRST_BILL, 100_00)
            shop.book.post(draft)
    assert shop.book.balances(parent) == {"bonus": 50_00, "coupon": 1}, "all else of it"
    assert shop.book.balances(elder) == {}
    made = shop.last()
    assert [each["account"] for each in made.payload["referral"]] == [parent]  # type: ignore[union-attr,index,call-overload]
    assert given_of(made)["referral/had", parent] == 1
    assert ("referral/had", elder) not in given_of(made), "nothing came of it"
    why = {"template": "GONE", "count": 2, "code": code}
    assert made.payload["referral_not_given"] == [
        {"account": parent, "level": 1, **why},
        {"account": elder, "level": 2, **why},
    ]
    number = bill_number(made.epoch, made.seq)
    told = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert told == [f"coupons for bringing a member, {number}, could not be given: GONE x2, {code}"] * 2
    assert shop.verdict() == ""


def test_a_reward_of_nothing_but_a_coupon_that_is_over_uses_up_no_reward_of_who_brought_them(shop: Shop) -> None:
    elder, parent, child = family(shop, most_per_member=1, rewards=(ReferralReward(coupons=(Gift("T10"),)),))
    shop.brought_by = {child: parent, elder: parent}
    over = replace(RULES, coupons=(replace(COUPON, last=shop.today() - dt.timedelta(days=1)),))
    shop.top_up(over, child, 100_00)
    assert "referral" not in shop.last().payload
    shop.top_up(RULES, elder, 100_00)
    assert shop.book.balances(parent) == {"coupon": 1}
