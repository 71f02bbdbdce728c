"""The daily review: all members once a day, in slices, while the shop is quiet, and never twice."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.ids import AccountId
from terminal.rules.loyalty.growth import PAID_12_MONTHS, Milestone
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.reviews import AGAIN_S, LOOKED, PAUSE_S, QUIET_S, SLICE, DailyReviews, Reviews
from tests.services.prepaid_bench import Shop, open_shop

SILVER = Level("silver", 1000_00)
RULES = Rulebook(
    levels=LevelRules(levels=(SILVER,), growth=PAID_12_MONTHS, milestones=(Milestone("thousand", 1000_00, points=100),))
)
ROUNDS_MAX = 50


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop whose book is proved at the end."""
    with open_shop(tmp_path) as made:
        yield made


def daily(shop: Shop, rules: Rulebook = RULES) -> DailyReviews:
    """Return the review of a till that was just started."""
    return DailyReviews(Reviews(shop.till, Milestones(shop.till)), shop.till, lambda: rules)


def spent(shop: Shop, account: AccountId, fen: int = 1000_00) -> None:
    """Have a member pay a bill."""
    with shop.database.write():
        shop.book.post(shop.post("bill", account, paid_fen=fen))
        shop.till.standings.grown(RULES.levels, account, shop.today())


def run(reviews: DailyReviews) -> list[float]:
    """Ask as the till does until nothing is left for the day; return the waits it asked for."""
    waits = [reviews.next()]
    while waits[-1] != AGAIN_S:
        waits.append(reviews.next())
        assert len(waits) < ROUNDS_MAX, waits
    return waits


def level_of(shop: Shop, account: AccountId) -> str:
    """Return the level a member's file shows."""
    row = shop.database.row("SELECT level FROM member WHERE account = ?", (bytes.fromhex(account),))
    assert row is not None
    return str(row[0])


def test_all_members_are_reviewed_in_slices_and_once_a_day(shop: Shop) -> None:
    accounts = [shop.member() for _ in range(2 * SLICE + 1)]
    for account in accounts:
        spent(shop, account)
    reviews, before = daily(shop), shop.entries()
    assert run(reviews) == [QUIET_S, PAUSE_S, PAUSE_S, AGAIN_S]
    assert shop.entries() == before + len(accounts), "each got the milestone"
    assert shop.last().payload["operator"] == "", "nobody's doing"
    assert [reviews.next(), reviews.next()] == [AGAIN_S, AGAIN_S]
    assert run(daily(shop)) == [QUIET_S, PAUSE_S, PAUSE_S, AGAIN_S], "a restart goes through them again"
    assert shop.entries() == before + len(accounts), "and gives nothing more"
    shop.wait_days(1)
    assert PAUSE_S in run(reviews)
    assert shop.entries() == before + len(accounts)


def test_a_shop_that_is_busy_is_left_alone_until_it_is_quiet(shop: Shop) -> None:
    accounts = [shop.member() for _ in range(SLICE + 1)]
    reviews = daily(shop)
    for account in accounts[:3]:
        assert reviews.next() == QUIET_S
        spent(shop, account)
    assert reviews.next() == QUIET_S
    assert reviews.next() == PAUSE_S
    spent(shop, accounts[3])
    assert reviews.next() == QUIET_S, "also between two slices"
    assert reviews.next() == AGAIN_S
    assert {shop.book.balances(each).get("points") for each in accounts[:3]} == {100}


def test_a_level_falls_only_at_a_review_after_its_notice(shop: Shop) -> None:
    account = shop.member()
    spent(shop, account)
    reviews = daily(shop)
    run(reviews)
    assert level_of(shop, account) == "silver"
    shop.wait_days(366)
    run(reviews)
    assert level_of(shop, account) == "silver", "the notice comes first"
    shop.wait_days(RULES.levels.notice_days)
    run(reviews)
    assert level_of(shop, account) == ""


def test_the_shop_is_told_whose_level_will_fall_until_they_reach_it_again(shop: Shop) -> None:
    accounts = [shop.member() for _ in range(SLICE + 1)]
    for account in accounts:
        spent(shop, account)
    reviews, looked = daily(shop), Reviews(shop.till, Milestones(shop.till))
    run(reviews)
    assert looked.noticed(RULES) == ([], ""), "nobody had a notice"
    shop.wait_days(366)
    run(reviews)
    first, after = looked.noticed(RULES)
    second, last = looked.noticed(RULES, after)
    assert ({account for account, _ in (*first, *second)}, last) == (set(accounts), "")
    day = shop.today() + dt.timedelta(days=RULES.levels.notice_days)
    assert {(each.level, each.falls_to, each.missing, each.review_on) for _, each in first} == {
        ("silver", "", 1000_00, day)
    }
    spent(shop, accounts[0])
    now = [*looked.noticed(RULES)[0], *looked.noticed(RULES, after)[0]]
    assert {account for account, _ in now} == set(accounts[1:])
    shop.wait_days(RULES.levels.notice_days)
    run(reviews)
    assert looked.noticed(RULES)[0] == [], "they fell"
    assert {level_of(shop, account) for account in accounts[1:]} == {""}


def test_who_had_a_notice_is_looked_for_among_so_many_standings_at_a_time(shop: Shop) -> None:
    account = AccountId("ff" * 16)
    body = '{"earned":"silver","review_on":"2020-03-01","noticed_on":%s,"locked":false,"granted":[]}'
    with shop.database.write():
        for n in range(LOOKED):
            shop.database.run("INSERT INTO standing VALUES (?, ?)", (n.to_bytes(16, "big"), body % "null"))
        shop.database.run("INSERT INTO standing VALUES (?, ?)", (bytes.fromhex(account), body % '"2020-01-01"'))
    looked = Reviews(shop.till, Milestones(shop.till))
    found, last = looked.noticed(RULES)
    assert (found, last) == ([], f"{LOOKED - 1:032x}")
    ((told, notice),), last = looked.noticed(RULES, last)
    assert (told, notice.level, last) == (account, "silver", "")


def test_a_file_that_was_erased_holds_up_nobodys_review(shop: Shop) -> None:
    gone, *accounts = sorted(shop.member() for _ in range(3))
    for account in (gone, *accounts):
        spent(shop, account)
    with shop.database.write():
        shop.database.run("UPDATE member SET erased_at = 1 WHERE account = ?", (bytes.fromhex(gone),))
    assert run(daily(shop)) == [QUIET_S, AGAIN_S]
    assert [shop.book.balances(each).get("points") for each in (gone, *accounts)] == [None, 100, 100]


def test_a_milestone_that_cannot_be_given_holds_up_nobodys_review(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    levels = replace(RULES.levels, milestones=(Milestone("card", 1000_00, coupons=("none",)),))
    accounts = sorted(shop.member() for _ in range(SLICE + 1))
    for account in accounts:
        spent(shop, account)
    before = shop.entries()
    reviews = daily(shop, replace(RULES, levels=levels))
    assert run(reviews) == [QUIET_S, PAUSE_S, AGAIN_S]
    assert (shop.entries(), level_of(shop, accounts[-1])) == (before, "silver")
    told = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert told == ["milestones that are due could not be given: coupon_template_unknown"], "once a day"


def test_nothing_falls_by_a_time_that_nobody_trusts(shop: Shop) -> None:
    account = shop.member()
    spent(shop, account)
    reviews = daily(shop)
    run(reviews)
    shop.clock.is_trusted = False
    for _ in range(3):
        shop.wait_days(400)
        assert [reviews.next(), reviews.next()] == [AGAIN_S, AGAIN_S]
    assert level_of(shop, account) == "silver"


def test_a_shop_without_levels_and_milestones_has_nothing_to_review(shop: Shop) -> None:
    spent(shop, shop.member())
    before = shop.entries()
    assert run(daily(shop, replace(RULES, levels=LevelRules()))) == [QUIET_S, AGAIN_S]
    assert shop.entries() == before
