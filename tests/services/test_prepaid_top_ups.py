"""Top-ups by the shop's offers: right to the fen, all rewards in one entry, once for each action."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.canonical import Canonical
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.levels import Level, LevelRules, level_on
from terminal.rules.passes.terms import SESSION_PASS, PassPart, PassTerms
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT, Consumed, Policy, TopUp, calculate
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.scope import Audience
from terminal.rules.value.bonus_note import release_of
from terminal.rules.value.releases import CAP_PER_BILL, PER_VISIT, PERIODIC, Release
from terminal.rules.value.spending import BONUS, PRINCIPAL, Demand, PurseLot, charge
from terminal.rules.value.top_up import EACH_MULTIPLE, HIGHEST_ONCE, SUM_ALL, Gift, LevelGift, Offer, Tier, TopUpRules
from terminal.rules.when import Window
from terminal.services.bills.values import Place
from terminal.services.cooling_off import NEWEST
from terminal.services.prepaid.buying import Buyer, Elsewhere, Paid
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.releases import Releases
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop, refused

TIERS = (Tier(500_00, 50_00), Tier(1000_00, 200_00), Tier(3000_00, 900_00))
MOST_FEN = 50_000_00


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def rules_of(*offers: Offer, **parts: object) -> Rulebook:
    """Return a shop's rules with these offers."""
    top_up = TopUpRules(version=3, offers=offers, least_fen=1, most_fen=MOST_FEN)
    return Rulebook(**{"top_up": top_up, "versions": {"top_up": 3}, **parts})  # type: ignore[arg-type]  # sections by name


def offer_of(*tiers: Tier, **parts: object) -> Offer:
    """Return an offer."""
    return Offer(**{"id": "new-year", "tiers": tiers or TIERS, **parts})  # type: ignore[arg-type]  # its own fields


ONE = rules_of(offer_of())


@pytest.mark.parametrize(
    ("paid_fen", "mode", "tiers", "bonus_fen"),
    [
        pytest.param(1000_00, HIGHEST_ONCE, TIERS, 200_00, id="T-1"),
        pytest.param(2300_00, HIGHEST_ONCE, TIERS, 200_00, id="T-2"),
        pytest.param(2300_00, EACH_MULTIPLE, TIERS[:2], 400_00, id="T-3"),
        pytest.param(499_99, HIGHEST_ONCE, TIERS, 0, id="T-4"),
        pytest.param(499_99, EACH_MULTIPLE, TIERS, 0, id="T-4 each"),
        pytest.param(499_99, SUM_ALL, TIERS, 0, id="T-4 sum"),
        pytest.param(2300_00, SUM_ALL, TIERS, 250_00, id="all tiers reached"),
    ],
)
def test_a_top_up_gives_what_its_offer_says(
    shop: Shop, paid_fen: int, mode: str, tiers: tuple[Tier, ...], bonus_fen: int
) -> None:
    account, rules = shop.member(), rules_of(offer_of(*tiers, mode=mode))
    preview = shop.top_ups.preview(rules, account, paid_fen)
    assert (preview.bonus_fen, preview.balance_after_fen) == (bonus_fen, paid_fen + bonus_fen)
    done = shop.top_up(rules, account, paid_fen, bonus_fen)
    assert (done.title, done.amount_fen, done.bonus_fen) == ("top_up", paid_fen, bonus_fen)
    assert done.balance_fen == preview.balance_after_fen == shop.till.members.holdings(account).balance_fen
    assert shop.book.accounts() == {"tender/cash": paid_fen, "deferred": -paid_fen}
    assert shop.amounts(account, "bonus") == ([bonus_fen] if bonus_fen else [])


def test_the_entry_is_that_of_the_table_and_each_bucket_knows_its_top_up(shop: Shop) -> None:
    account = shop.member()
    shop.top_up(ONE, account, 1000_00, 200_00)
    made = {facts.asset: facts for facts in shop.last().buckets}
    effects = {
        facts.asset: each.amount for each in shop.last().effects for facts in made.values() if facts.id == each.bucket
    }
    assert effects == {"principal": 1000_00, "bonus": 200_00, "refund_right": 1000_00}
    assert shop.last().postings == (("deferred", -1000_00), ("tender/cash", 1000_00))
    facts = {"paid_fen": 1000_00, "bonus_fen": 200_00, "offer": "new-year", "rules_version": 3}
    assert all(facts.items() <= each.attributes.items() for each in made.values())
    assert {each.attributes["top_up"] for each in made.values()} == {made["principal"].lot}
    right = made["refund_right"].attributes
    assert (right["of"], right["tender"], made["refund_right"].expires_on) == ("top_up", "cash", "")
    payload = shop.last().payload
    assert payload["versions"] == {"region": 0, "top_up": 3, "purse": 0, "refunds": 0}
    assert (payload["operator"], payload["shift"], payload["offer"]) == (STAFF.staff_id, 1, "new-year")


def test_money_by_another_tender_stands_in_its_account(shop: Shop) -> None:
    account = shop.member()
    shop.top_up(ONE, account, 1000_00, 200_00, tender="wechat")
    assert shop.book.accounts() == {"tender/wechat": 1000_00, "deferred": -1000_00}
    with pytest.raises(Refusal, match="top_up_tender_unknown"):
        shop.top_ups.preview(ONE, account, 1000_00, paid=Paid("points"))


def test_a_repeated_action_answers_as_the_first_time_and_writes_nothing(shop: Shop) -> None:
    account, one = shop.member(), action()
    gone = rules_of()
    first = shop.top_ups.top_up(ONE, STAFF, one, account, 1000_00, 200_00)
    entries = shop.entries()
    assert shop.top_ups.top_up(gone, STAFF, one, account, 1000_00, 200_00) == first
    with pytest.raises(Refusal, match="action_conflict"):
        shop.top_ups.top_up(ONE, STAFF, one, account, 999_99, 50_00)
    with pytest.raises(Refusal, match="action_conflict"):
        shop.top_ups.top_up(ONE, STAFF, one, account, 1000_00, 200_00, paid=Paid("card"))
    assert shop.entries() == entries
    assert len(shop.slips) == 1


def test_a_top_up_is_refused_when_what_was_shown_has_changed(shop: Shop) -> None:
    account, entries = shop.member(), shop.entries()
    shown = shop.top_ups.preview(ONE, account, 1000_00)
    more = rules_of(offer_of(Tier(1000_00, 200_00, points=100)))
    with pytest.raises(Refusal) as changed:
        shop.top_ups.top_up(rules_of(), STAFF, action(), account, 1000_00, shown.bonus_fen)
    assert refused(changed.value) == ("bonus_changed", {"bonus_fen": 0})
    with pytest.raises(Refusal, match="bonus_changed"):
        shop.top_ups.top_up(more, STAFF, action(), account, 1000_00, shown.bonus_fen, expected_key=shown.key)
    assert shop.entries() == entries
    done = shop.top_ups.top_up(ONE, STAFF, action(), account, 1000_00, shown.bonus_fen, expected_key=shown.key)
    assert done.bonus_fen == 200_00


def test_only_listed_amounts_are_taken_in_a_shop_that_lists_them(shop: Shop) -> None:
    account = shop.member()
    rules = replace(ONE, top_up=replace(ONE.top_up, listed_fen=(500_00, 1000_00), free=False))
    with pytest.raises(Refusal) as wrong:
        shop.top_ups.preview(rules, account, 900_00)
    assert refused(wrong.value) == ("top_up_not_listed", {"nearest_fen": 1000_00})
    assert shop.top_up(rules, account, 1000_00, 200_00).bonus_fen == 200_00
    for fen in (0, MOST_FEN + 1):
        with pytest.raises(Refusal, match="top_up_range"):
            shop.top_ups.preview(ONE, account, fen)


# Staged release


@pytest.mark.parametrize(
    ("bonus_fen", "parts"),
    [
        pytest.param(900_00, [75_00] * 12, id="S-1"),
        pytest.param(500_00, [41_66] * 11 + [41_74], id="S-2"),
    ],
)
def test_periodic_bonus_is_lots_of_their_own_from_the_start(shop: Shop, bonus_fen: int, parts: list[int]) -> None:
    account, release = shop.member(), Release(PERIODIC, parts=12)
    rules = rules_of(offer_of(Tier(1000_00, bonus_fen), release=release))
    preview = shop.top_ups.preview(rules, account, 1000_00)
    assert preview.parts[:2] == ((dt.date(2026, 11, 21), parts[0]), (dt.date(2026, 12, 21), parts[1]))
    done = shop.top_up(rules, account, 1000_00, bonus_fen)
    assert shop.amounts(account, "bonus") == parts
    assert done.balance_fen == preview.balance_after_fen == 1000_00 + parts[0]
    assert len({lot.facts.lot for lot in shop.held(account, "bonus")}) == 12
    # The month that begins after the last part's day has all of it open.
    last = shop.till.members.holdings(account, dt.date(2027, 10, 21))
    assert last.bonus_fen == bonus_fen


def test_s3_a_tenth_opens_after_each_of_the_first_ten_bills(shop: Shop) -> None:
    account = shop.member()
    release = Release(PER_VISIT, rate_bp=1_000, min_bill_fen=100_00)
    rules = rules_of(offer_of(Tier(1000_00, 300_00), release=release))
    assert shop.top_ups.preview(rules, account, 1000_00).parts == ((None, 300_00),)
    done = shop.top_up(rules, account, 1000_00, 300_00)
    assert done.balance_fen == 1000_00, "locked bonus is not to be spent"
    opened = []
    for bill_fen in (99_00, *[100_00] * 11):
        with shop.database.write():
            draft = shop.post("bill", account)
            before = sum(shop.amounts(account, "bonus"))
            Releases(shop.book).visit(draft, shop.held(account, "bonus_locked"), [], bill_fen, shop.today())
            shop.book.post(draft)
        opened.append(sum(shop.amounts(account, "bonus")) - before)
        assert shop.verdict() == ""
    assert opened == [0, *[30_00] * 10, 0]
    assert shop.amounts(account, "bonus_locked") == []


def test_s4_a_bill_takes_at_most_its_tenth_from_capped_bonus(shop: Shop) -> None:
    account = shop.member()
    rules = rules_of(offer_of(Tier(1000_00, 200_00), release=Release(CAP_PER_BILL, rate_bp=1_000)))
    shop.top_up(rules, account, 1000_00, 200_00)
    lots = [
        PurseLot(str(lot.n), lot.facts.asset, lot.amount, lot.n, cap_bp=release_of(lot.facts.attributes)[0].cap_bp)
        for lot in shop.held(account, PRINCIPAL, BONUS)
    ]
    taken = charge(lots, Demand(300_00, 300_00, shop.today()))
    assert (taken.principal_fen, taken.bonus_fen) == (270_00, 30_00)  # W-5, too


def test_bonus_ends_on_its_day_and_is_expired_when_it_is_overdue(shop: Shop) -> None:
    account, release = shop.member(), Release(valid_months=1)
    rules = rules_of(offer_of(Tier(1000_00, 200_00), release=release))
    shop.top_up(rules, account, 1000_00, 200_00)
    assert [lot.facts.expires_on for lot in shop.held(account, "bonus")] == ["2026-12-21"]
    shop.wait_days(31)
    assert shop.book.overdue()[0] == [], "the last day and a day of grace"
    shop.wait_days(1)
    assert [lot.facts.asset for lot in shop.book.overdue()[0]] == ["bonus"]


# Mixed rewards

HAIRCUT = PassTerms("CARE10", SESSION_PASS, 1980_00, (PassPart(frozenset({"H1"}), 10, 2, 258_00),), valid_days=365)
COUPON = CouponTemplate("T10", "discount", rate_bp=9_000, valid_days=30)
LEVELS = LevelRules(version=2, levels=(Level("silver", 1000_00), Level("gold", 5000_00), Level("diamond", 20000_00)))
MIXED = Tier(3000_00, 900_00, 0, 500, (Gift("T10", 3),), (Gift("CARE10"),), LevelGift("gold", 12))
EVERYTHING = rules_of(
    offer_of(MIXED),
    coupons=(COUPON,),
    passes=(HAIRCUT,),
    levels=LEVELS,
    versions={"top_up": 3, "coupons": 4, "passes": 5},
)


def test_all_rewards_are_made_in_the_entry_of_the_payment(shop: Shop) -> None:
    account, before = shop.member(), shop.entries()
    preview = shop.top_ups.preview(EVERYTHING, account, 3000_00)
    assert (preview.points, preview.coupons, preview.passes) == (500, (Gift("T10", 3),), (Gift("CARE10"),))
    done = shop.top_up(EVERYTHING, account, 3000_00, 900_00)
    assert (done.points, shop.entries()) == (500, before + 1)
    assert shop.last().payload["points_after"] == 500
    assert shop.book.balances(account) == {
        "principal": 3000_00,
        "bonus": 900_00,
        "points": 500,
        "coupon": 3,
        "pass": 12,
        "refund_right": 3000_00,
    }
    assert shop.book.accounts() == {"tender/cash": 3000_00, "deferred": -3000_00}, "gifts are worth nothing to the book"
    coupon, given = shop.held(account, "coupon")[0].facts, shop.held(account, "pass")[0].facts
    assert (coupon.attributes["template"], coupon.attributes["version"]) == ("T10", 4)
    assert (coupon.spendable_from, coupon.expires_on) == ("2026-11-21", "2026-12-20")
    assert (coupon.attributes["first"], coupon.attributes["last"]) == ("2026-11-21", "2026-12-20")
    assert (given.attributes["pass"], given.attributes["terms_version"], given.unit_value_fen) == ("CARE10", 5, 0)
    assert given.expires_on == "2027-11-20"
    rewards = shop.last().payload["rewards"]
    assert isinstance(rewards, dict)
    assert rewards["coupons"] == [{"template": "T10", "count": 3, "bucket": coupon.id}]
    assert shop.last().payload["versions"] == {
        "region": 0, "top_up": 3, "purse": 0, "refunds": 0, "points": 0, "coupons": 4, "passes": 5, "levels": 0,
    }  # fmt: skip


def test_v2_a_level_is_given_with_an_end_and_growth_may_keep_it(shop: Shop) -> None:
    account = shop.member()
    shop.top_up(EVERYTHING, account, 3000_00, 900_00)
    standing = shop.till.standings
    assert standing.level(LEVELS, account, shop.today()) == "gold"
    whole = standing.of(LEVELS, account, shop.today())
    assert [(each.level, each.until) for each in whole.grants] == [("gold", dt.date(2027, 11, 21))]
    assert level_on(LEVELS, whole, dt.date(2027, 11, 21)) == "gold"
    assert level_on(LEVELS, whole, dt.date(2027, 11, 22)) == "", "nothing was paid on bills until then"
    source = shop.last()
    standing.revoke(LEVELS, account, f"{source.device}/{source.epoch}/{source.seq}", shop.today())
    assert standing.level(LEVELS, account, shop.today()) == "", "a void takes it back by the entry's name"


def test_points_of_one_end_share_a_bucket(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(offer_of(Tier(100_00, points=10)))
    shop.top_up(rules, account, 100_00)
    shop.top_up(rules, account, 250_00)
    assert shop.amounts(account, "points") == [20]
    assert shop.held(account, "points")[0].facts.expires_on == "2028-11-30"


def test_a_reward_that_the_shop_no_longer_has_is_told_and_nothing_is_booked(shop: Shop) -> None:
    account, before = shop.member(), shop.entries()
    rules = replace(EVERYTHING, coupons=())
    with pytest.raises(Refusal) as unknown:
        shop.top_ups.top_up(rules, STAFF, action(), account, 3000_00, 900_00)
    assert refused(unknown.value) == ("coupon_template_unknown", {"template": "T10"})
    with pytest.raises(Refusal, match="pass_terms_unknown"):
        shop.top_ups.top_up(replace(EVERYTHING, passes=()), STAFF, action(), account, 3000_00, 900_00)
    with pytest.raises(Refusal, match="level_unknown"):
        shop.top_ups.top_up(replace(EVERYTHING, levels=LevelRules()), STAFF, action(), account, 3000_00, 900_00)
    assert shop.entries() == before


def test_an_entry_too_full_of_rewards_is_refused(shop: Shop) -> None:
    account, many = shop.member(), Tier(1000_00, passes=(Gift("CARE10", 399),))
    with pytest.raises(Refusal, match="entry_full"):
        shop.top_ups.top_up(
            replace(EVERYTHING, top_up=rules_of(offer_of(many)).top_up), STAFF, action(), account, 1000_00, 0
        )


# Who, when, how often


def test_offers_are_for_their_audience_window_and_channel(shop: Shop) -> None:
    account = shop.member(level="gold")
    for parts, given in (
        ({"audience": Audience(levels=frozenset({"gold"}))}, True),
        ({"audience": Audience(levels=frozenset({"silver"}))}, False),
        ({"audience": Audience(channels=frozenset({"kiosk"}))}, False),
        ({"audience": Audience(stores=frozenset({"west"}))}, False),
        ({"window": Window(from_minute=14 * 60, to_minute=15 * 60)}, True),
        ({"window": Window(weekdays=frozenset({1, 2, 3}))}, False),
    ):
        preview = shop.top_ups.preview(rules_of(offer_of(**parts)), account, 1000_00)
        assert bool(preview.bonus_fen) is given, parts
    shop.place = Place(store="west", channel="kiosk")
    rules = rules_of(offer_of(audience=Audience(channels=frozenset({"kiosk"}), stores=frozenset({"west"}))))
    assert shop.top_ups.preview(rules, account, 1000_00).bonus_fen == 200_00


def test_the_first_top_up_is_the_first_that_stands(shop: Shop) -> None:
    account, rules = shop.member(), rules_of(offer_of(first_only=True))
    shop.top_up(rules, account, 1000_00, 200_00)
    first = shop.last()
    assert shop.top_ups.preview(rules, account, 1000_00).bonus_fen == 0
    shop.void(first)
    assert shop.top_ups.preview(rules, account, 1000_00).bonus_fen == 200_00, "what was voided never was"
    imported = shop.member(principal_fen=1_00)
    assert shop.top_ups.preview(rules, imported, 1000_00).bonus_fen == 0, "the old shop took money from them before"


def test_an_offer_is_had_as_often_as_it_says_by_all_files_of_a_member_together(shop: Shop) -> None:
    account, other = shop.member(), shop.member("王小方")
    rules = rules_of(offer_of(times_per_member=2))
    shop.top_up(rules, account, 1000_00, 200_00)
    shop.top_up(rules, other, 1000_00, 200_00)
    assert shop.top_ups.preview(rules, account, 1000_00).bonus_fen == 200_00
    with shop.database.write():
        shop.database.run(
            "UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(account), bytes.fromhex(other))
        )
    assert shop.top_ups.preview(rules, account, 1000_00).bonus_fen == 0
    shop.void(shop.last())
    assert shop.top_ups.preview(rules, account, 1000_00).bonus_fen == 200_00


def test_a_till_off_line_counts_what_the_last_summary_says_and_what_it_did_itself(shop: Shop) -> None:
    account = shop.member()
    twice, first = rules_of(offer_of(times_per_member=2)), rules_of(offer_of(first_only=True))
    shop.elsewhere[account] = Elsewhere(top_ups=1, used={"new-year": 1})
    assert shop.top_ups.preview(first, account, 1000_00).bonus_fen == 0
    assert shop.top_ups.preview(twice, account, 1000_00).bonus_fen == 200_00
    shop.top_up(twice, account, 1000_00, 200_00)
    assert shop.top_ups.preview(twice, account, 1000_00).bonus_fen == 0
    shop.elsewhere.clear()
    assert shop.top_ups.preview(twice, account, 1000_00).bonus_fen == 200_00, "who hears nothing knows no more"


def test_of_two_offers_that_meet_the_one_with_the_higher_priority_applies_alone(shop: Shop) -> None:
    account = shop.member()
    plain, better = offer_of(Tier(500_00, 50_00)), offer_of(Tier(1000_00, 80_00), id="vip", priority=5)
    rules = rules_of(plain, better)
    assert shop.top_ups.preview(rules, account, 1000_00).offer == "vip"
    assert shop.top_up(rules, account, 1000_00, 80_00).bonus_fen == 80_00
    assert shop.top_ups.preview(rules, account, 999_99).offer == "new-year", "the better one is not reached"
    same = rules_of(plain, replace(better, priority=0))
    assert shop.top_ups.preview(same, account, 1000_00).offer == "new-year", "of equals the one that is written first"


# The law


def test_a_named_card_holds_five_thousand_and_an_anonymous_one_a_thousand(shop: Shop) -> None:
    account, card = shop.member(), shop.anonymous()
    shop.top_up(rules_of(), account, 4000_00)
    with pytest.raises(Refusal) as full:
        shop.top_ups.preview(ONE, account, 1000_01)
    assert refused(full.value) == ("card_limit_named", {"most_fen": 5000_00, "room_fen": 1000_00})
    shop.top_up(ONE, account, 1000_00, 200_00)
    with pytest.raises(Refusal) as full:
        shop.top_ups.preview(ONE, card, 1000_01)
    assert refused(full.value) == ("card_limit_anonymous", {"most_fen": 1000_00, "room_fen": 1000_00})
    shop.top_up(ONE, card, 1000_00, 200_00)
    with pytest.raises(Refusal, match="member_unknown"):
        shop.top_ups.preview(ONE, "0" * 32, 100_00)  # type: ignore[arg-type]  # an account of nobody


def test_large_purchases_need_an_identity_or_a_transfer(shop: Shop) -> None:
    account, card = shop.member(), shop.anonymous()
    for who, buyer, tender, code in (
        (card, Buyer(at_once_fen=10_000_00), "cash", "identity_needed"),
        (account, Buyer(at_once_fen=50_000_00), "cash", "transfer_needed_person"),
        (account, Buyer(at_once_fen=5_000_00, unit=True), "cash", "transfer_needed_unit"),
    ):
        with pytest.raises(Refusal, match=code):
            shop.top_ups.preview(ONE, who, 1000_00, paid=Paid(tender, buyer))
    assert shop.top_ups.preview(ONE, card, 1000_00, paid=Paid("cash", Buyer(10_000_00, identified=True))).bonus_fen
    assert shop.top_ups.preview(ONE, account, 1000_00, paid=Paid("bank", Buyer(5_000_00, unit=True))).bonus_fen


def test_individual_businesses_and_other_regions_have_their_own_limits(shop: Shop) -> None:
    account = shop.member()
    assert shop.top_ups.preview(replace(ONE, region="TW"), account, 20_000_00).bonus_fen == 900_00
    with pytest.raises(Refusal, match="region_unknown"):
        shop.top_ups.preview(replace(ONE, region="XX"), account, 100_00)
    sole = replace(ONE, purse=PurseRules(individual=True))
    assert shop.top_ups.preview(sole, account, 20_000_00).bonus_fen == 900_00


# Terms and cooling-off


def test_the_terms_are_printed_with_the_first_top_up_only(shop: Shop) -> None:
    account, rules = shop.member(), replace(ONE, purse=PurseRules(top_up_terms="不得转售"))
    assert shop.top_ups.preview(rules, account, 1000_00).first
    done = shop.top_up(rules, account, 1000_00, 200_00)
    assert shop.terms == [f"{done.bill_no} 不得转售"]
    assert shop.last().payload["first"] is True
    shop.top_up(rules, account, 1000_00, 200_00)
    assert len(shop.terms) == 1
    shop.top_up(ONE, shop.member(), 1000_00, 200_00)
    assert len(shop.terms) == 1, "a shop without terms prints none"
    imported = shop.member(principal_fen=1_00)
    shop.top_up(rules, imported, 1000_00, 200_00)
    assert len(shop.terms) == 2, "what the old shop took was under its own terms"


@pytest.mark.parametrize(("region", "days"), [("CN", 7), ("CN-JS", 15)])
def test_f4_the_badge_counts_the_cooling_off_days_down(shop: Shop, region: str, days: int) -> None:
    account = shop.member()
    rules = replace(rules_of(offer_of(Tier(3000_00, 1000_00))), region=region)
    until = dt.date(2026, 11, 21) + dt.timedelta(days=days)
    assert shop.top_ups.preview(rules, account, 3000_00).cooling_off_until == until
    shop.top_up(rules, account, 3000_00, 1000_00)
    shop.wait_days(5)
    assert ask_back(shop, account) == [(3000_00, until.isoformat(), days - 5)]
    top_up = TopUp("a", 3000_00, 1000_00, dt.date(2026, 11, 21), Consumed(0, 0), 3000_00)
    for reason in (NOT_MEMBERS_FAULT, MEMBERS_WISH):
        assert calculate(top_up, reason, Policy(cooling_off_days=days), shop.today()).fen == 3000_00
    shop.wait_days(days - 5)
    assert [left for _, _, left in ask_back(shop, account)] == [0]
    shop.wait_days(1)
    assert ask_back(shop, account) == []


def test_of_merged_files_all_top_ups_may_be_asked_back_and_what_was_given_back_may_not(shop: Shop) -> None:
    account, other = shop.member(), shop.member("王小方")
    for who in (account, other):
        shop.top_up(ONE, who, 1000_00, 200_00)
    shop.database.run(
        "UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(account), bytes.fromhex(other))
    )
    assert [fen for fen, _, _ in ask_back(shop, other)] == [1000_00, 1000_00]
    (right,) = shop.held(other, "refund_right")
    with shop.database.write():
        draft = shop.book.begin(action(), "test", "")
        draft.spend(right, 1)
        shop.book.post(draft)
    assert [fen for fen, _, _ in ask_back(shop, account)] == [1000_00]


def test_of_a_member_with_many_top_ups_the_newest_are_looked_at(shop: Shop) -> None:
    account = shop.member()
    for n in range(NEWEST + 3):
        shop.top_up(ONE, account, 100_00 + n)
    assert [fen for fen, _, _ in ask_back(shop, account)] == [100_00 + n for n in range(3, NEWEST + 3)]


def ask_back(shop: Shop, account: AccountId) -> list[tuple[int, str, int]]:
    """Return what the counter shows of top-ups that may be asked back: paid, until when, days left."""
    shown = shop.till.members.counter_member(account).ask_back
    return [(each.paid_fen, each.until, each.days_left) for each in shown]


def test_a_region_without_cooling_off_days_shows_no_badge(shop: Shop) -> None:
    account, rules = shop.member(), replace(ONE, region="TW", refunds=Policy(cooling_off_days=0))
    assert shop.top_ups.preview(rules, account, 1000_00).cooling_off_until is None
    shop.top_up(rules, account, 1000_00, 200_00)
    assert ask_back(shop, account) == []


# The watch


def test_the_watch_is_asked_before_anything_is_booked_and_what_it_says_is_noted(shop: Shop) -> None:
    account, entries = shop.member(), shop.entries()
    seen: list[tuple[object, ...]] = []

    def stopping(*asked: object) -> dict[str, Canonical]:
        seen.append(asked)
        raise Refusal("approval_missing")

    one, paid = action(), Paid("wechat", reference="P-1", payer="digest")
    watched = Asks(lambda _: None, watch=stopping)
    with pytest.raises(Refusal, match="approval_missing"):
        TopUps(shop.till, watched, Milestones(shop.till), shop.referrals).top_up(
            ONE, STAFF, one, account, 1000_00, 200_00, paid=paid
        )
    assert seen == [(ONE, STAFF, one, account, 1000_00, paid)]
    assert (shop.entries(), shop.book.balances(account)) == (entries, {})
    noting = Asks(lambda _: None, watch=lambda *_: {"alerts": [{"code": "anomaly_amount"}]})
    TopUps(shop.till, noting, Milestones(shop.till), shop.referrals).top_up(
        ONE, STAFF, one, account, 1000_00, 200_00, paid=paid
    )
    assert shop.last().payload["alerts"] == [{"code": "anomaly_amount"}]
    assert shop.held(account, "refund_right")[0].facts.attributes["reference"] == "P-1"
