"""What holds of any top-up: the grant is what is released in the end, and nothing is done twice or by half."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.releases import CAP_PER_BILL, DAY, IMMEDIATE, MONTH, PER_VISIT, PERIODIC, WEEK, Release
from terminal.rules.value.top_up import MODES, Offer, Tier, TopUpRules
from terminal.services.money import Bill
from terminal.services.prepaid.given import BEFORE_SQL, COUNT_SQL
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.releases import Releases
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop

RELEASES = st.one_of(
    st.builds(Release, st.just(IMMEDIATE), valid_months=st.integers(0, 24)),
    st.builds(
        Release,
        st.just(PERIODIC),
        parts=st.integers(1, 60),
        period=st.sampled_from((DAY, WEEK, MONTH)),
        delay=st.integers(0, 3),
    ),
    st.builds(
        Release, st.just(PER_VISIT), rate_bp=st.integers(1_500, 10_000), min_bill_fen=st.sampled_from((0, 100_00))
    ),
    st.builds(Release, st.just(CAP_PER_BILL), rate_bp=st.integers(1, 10_000)),
)
TIERS = st.lists(
    st.builds(Tier, st.integers(1, 3_000_00), bonus_fen=st.integers(0, 900_00), points=st.integers(0, 500)),
    min_size=1,
    max_size=3,
    unique_by=lambda tier: tier.paid_fen,
).map(tuple)
OFFERS = st.builds(Offer, st.just("new-year"), TIERS, mode=st.sampled_from(MODES), release=RELEASES)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def rules_of(offer: Offer) -> Rulebook:
    """Return the rules of a shop with one offer, where the law limits nothing."""
    return Rulebook(region="TW", top_up=TopUpRules(1, (offer,), 1, 50_000_00))


@pytest.mark.slow
def test_what_is_shown_is_what_is_given_and_a_repeated_action_gives_nothing_more(shop: Shop) -> None:
    @settings(max_examples=25, deadline=None)
    @given(OFFERS, st.integers(1, 5_000_00))
    def holds(offer: Offer, paid_fen: int) -> None:
        rules, account, one = rules_of(offer), shop.member(), action()
        shown = shop.top_ups.preview(rules, account, paid_fen)
        assert sum(fen for _, fen in shown.parts) == shown.bonus_fen
        done = [
            shop.top_ups.top_up(rules, STAFF, one, account, paid_fen, shown.bonus_fen, expected_key=shown.key)
            for _ in range(2)
        ]
        assert done[0] == done[1]
        assert done[0].balance_fen == shown.balance_after_fen == shop.till.members.holdings(account).balance_fen
        held = shop.book.balances(account)
        assert held.get("bonus", 0) + held.get("bonus_locked", 0) == shown.bonus_fen
        assert held.get("points", 0) == shown.points == done[0].points
        assert held["principal"] == held["refund_right"] == paid_fen

    holds()
    assert shop.verdict() == ""


@pytest.mark.slow
def test_released_amounts_never_exceed_the_grant_and_are_the_grant_in_the_end(shop: Shop) -> None:
    @settings(max_examples=10, deadline=None)
    @given(st.integers(1, 1_000_00), st.integers(1_500, 10_000), st.lists(st.integers(0, 200_00), max_size=5))
    def holds(bonus_fen: int, rate_bp: int, others: list[int]) -> None:
        account, release = shop.member(), Release(PER_VISIT, rate_bp=rate_bp, min_bill_fen=100_00)
        rules = rules_of(Offer("new-year", (Tier(100_00, bonus_fen),), release=release))
        shop.top_ups.top_up(rules, STAFF, action(), account, 100_00, bonus_fen)
        opened = 0
        for bill_fen in [*others, *[100_00] * (-(-10_000 // rate_bp))]:
            with shop.database.write():
                draft = shop.post("bill", account)
                done = Releases(shop.book).visit(draft, shop.held(account, "bonus_locked"), [], bill_fen, shop.today())
                shop.book.post(draft)
            assert bill_fen >= 100_00 or not done
            assert sum(each.opened_fen for each in done) <= bonus_fen - opened
            opened = sum(shop.amounts(account, "bonus"))
            assert opened + sum(shop.amounts(account, "bonus_locked")) == bonus_fen
        assert opened == bonus_fen

    holds()
    assert shop.verdict() == ""


@pytest.mark.slow
def test_every_part_of_a_periodic_grant_opens_by_its_last_day(shop: Shop) -> None:
    @settings(max_examples=10, deadline=None)
    @given(st.integers(1, 1_000_00), st.integers(1, 60), st.sampled_from((DAY, WEEK, MONTH)))
    def holds(bonus_fen: int, parts: int, period: str) -> None:
        account, offer = (
            shop.member(),
            Offer("new-year", (Tier(1, bonus_fen),), release=Release(PERIODIC, parts, period)),
        )
        shop.top_ups.top_up(rules_of(offer), STAFF, action(), account, 100_00, bonus_fen)
        days = [lot.facts.spendable_from for lot in shop.held(account, "bonus")]
        assert days == sorted(set(days))
        open_now = 0
        for day in days:
            held = sum(lot.amount for lot in shop.held(account, "bonus") if lot.facts.spendable_on(day))
            assert open_now < held <= bonus_fen
            open_now = held
        assert open_now == bonus_fen

    holds()


def test_a_top_up_whose_slip_cannot_be_written_leaves_nothing_behind(shop: Shop) -> None:
    rules = rules_of(Offer("new-year", (Tier(100_00, 10_00, points=5),), times_per_member=1))
    account, entries = shop.member(), shop.entries()

    def broken(_: Bill) -> int:
        raise Refusal("print_queue_full")

    broken_till = TopUps(shop.till, Asks(broken), Milestones(shop.till), shop.referrals)
    with pytest.raises(Refusal, match="print_queue_full"):
        broken_till.top_up(rules, STAFF, action(), account, 100_00, 10_00)
    assert (shop.entries(), shop.book.balances(account)) == (entries, {})
    assert shop.top_up(rules, account, 100_00, 10_00).points == 5, "the offer was not used up"


def test_what_is_counted_for_every_top_up_is_found_by_an_index(shop: Shop) -> None:
    account = bytes.fromhex(shop.member())
    for sql, values in (
        (COUNT_SQL.format("what = ? AND account IN (?)"), ("offer/new-year", account)),
        (COUNT_SQL.format("what = ?"), ("reward/mug",)),
        (BEFORE_SQL.format("top_up_fen >= ?"), (account, 1)),
        (BEFORE_SQL.format("visits > 0 AND paid_fen >= ?"), (account, 1)),
    ):
        plan = [str(row[3]) for row in shop.database.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert plan
        assert not [step for step in plan if step.startswith("SCAN")], plan
