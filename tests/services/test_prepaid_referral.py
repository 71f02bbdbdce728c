"""Rewards for bringing a new member, by what the members' files say: erased and merged ones, and their look-up."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.ids import AccountId
from terminal.rules.bill_note import CASH
from terminal.rules.loyalty.referral import FIRST_TOP_UP, ReferralReward, ReferralRules
from terminal.rules.rulebook import Rulebook
from terminal.services.files.asked import Asked, Filled
from terminal.services.files.erasing import Erasing
from terminal.services.files.files import Files
from terminal.services.files.referrers import Referrers
from terminal.services.media_life.asked import By
from terminal.services.prepaid.buying import Paid
from terminal.services.prepaid.commands import bare
from terminal.services.prepaid.referrals import Referrals
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop

REWARDS = (ReferralReward(bonus_fen=50_00), ReferralReward(points=200))
BY = By("cashier")


def rules(least_fen: int = 100_00) -> Rulebook:
    """Return rules that reward whoever brings a new member who tops up so much."""
    return Rulebook(referral=ReferralRules(2, FIRST_TOP_UP, least_fen, REWARDS))


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def files(shop: Shop) -> Files:
    """Return the members' files."""
    return Files(shop.database, shop.book, shop.clock)


def say(shop: Shop, brought_by: dict[AccountId, AccountId]) -> None:
    """Write into files who brought whom."""
    for account, by in brought_by.items():
        files(shop).change(Asked(action(), BY), account, Filled(brought_by=by))


def merge(shop: Shop, account: AccountId, into: AccountId) -> None:
    """Merge a file into another one."""
    files(shop).merge(Asked(action(), BY), account, into)


def top_up(shop: Shop, account: AccountId, fen: int = 100_00, least_fen: int = 100_00) -> None:
    """Top up as commands do at a till that has no counter, and prove the book."""
    bare(shop.till).top_ups.top_up(rules(least_fen), STAFF, action(), account, fen, 0, paid=Paid(CASH))
    assert shop.verdict() == ""


def had(shop: Shop, account: AccountId) -> tuple[int, int]:
    """Return a member's own bonus in fen and points."""
    held = shop.book.balances(account)
    return held.get("bonus", 0), held.get("points", 0)


def family(shop: Shop) -> tuple[AccountId, AccountId, AccountId]:
    """Return a member who brought one who brought a new one."""
    elder, parent, child = (shop.member(name) for name in ("王大", "王二", "王三"))
    say(shop, {child: parent, parent: elder})
    return elder, parent, child


def test_the_files_say_who_is_rewarded(shop: Shop) -> None:
    elder, parent, child = family(shop)
    top_up(shop, child)
    assert (had(shop, parent), had(shop, elder)) == ((50_00, 0), (0, 200))


def test_who_was_erased_is_given_nothing(shop: Shop) -> None:
    elder, parent, child = family(shop)
    Erasing(shop.database, shop.book).erase(Asked(action(), BY), parent)
    top_up(shop, child)
    assert (had(shop, parent), had(shop, elder)) == ((0, 0), (0, 0)), "and their file says of nobody any more"
    other = shop.member("王五")
    say(shop, {other: child, child: elder})
    Erasing(shop.database, shop.book).erase(Asked(action(), BY), elder)
    top_up(shop, other)
    assert (had(shop, child), had(shop, elder)) == ((50_00, 0), (0, 0))


def test_the_file_that_stays_is_rewarded_for_the_one_merged_into_it(shop: Shop) -> None:
    elder, parent, child = family(shop)
    merge(shop, parent, stays := shop.member("王二"))
    top_up(shop, child)
    assert (had(shop, stays), had(shop, parent), had(shop, elder)) == ((50_00, 0), (0, 0), (0, 0))


def test_a_new_member_whose_file_was_merged_brings_a_reward_once(shop: Shop) -> None:
    _, parent, child = family(shop)
    top_up(shop, child)
    merge(shop, child, stays := shop.member("王三"))
    say(shop, {stays: parent})
    top_up(shop, stays, 200_00, least_fen=200_00)
    assert had(shop, parent) == (50_00, 0)


def test_a_member_by_a_merged_file_of_theirs_is_in_no_circle_either(shop: Shop) -> None:
    _, parent, child = family(shop)
    merge(shop, child, stays := shop.member("王三"))
    say(shop, {stays: parent, parent: stays})
    with shop.database.write():
        draft = shop.post("top_up", child, amount_fen=100_00)
        Referrals(shop.till, Referrers(shop.database).of).add(draft, rules(), child, FIRST_TOP_UP, 100_00)
        shop.book.post(draft)
    assert (had(shop, parent), had(shop, stays)) == ((50_00, 0), (0, 0))
