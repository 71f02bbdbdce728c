"""Who brought a member, in the files: said, looked up, refused, handed out and erased."""

from __future__ import annotations

import json

import pytest

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.services.files.asked import Filled
from terminal.services.files.exporting import _REWARDED, Export
from terminal.services.files.referrers import NO_NAME, NOBODY, Referrers
from terminal.services.files.showing import Showing
from terminal.services.prepaid.given import REFERRAL, GivenBook
from tests.services.conftest import Bench
from tests.services.files_bench import TODAY, FilesBench, files_bench


@pytest.fixture
def shop(bench: Bench) -> FilesBench:
    """Give a shop's files."""
    return files_bench(bench)


def of(shop: FilesBench, account: str) -> AccountId:
    """Return who brought a member."""
    return Referrers(shop.bench.database).of(AccountId(account))


def shown(shop: FilesBench, account: str) -> list[object]:
    """Return what a machine's commands show of who brought a member: to everybody, and to who signed for it."""
    showing = Showing(shop.bench.members, shop.files)
    return [showing.masked(AccountId(account))["brought_by"], showing.whole(account)["brought_by"]]


def test_who_brought_a_member_is_said_with_a_new_file_or_later_and_taken_out(shop: FilesBench) -> None:
    friend = shop.member("王小芳", sex="f")
    account = shop.files.add(shop.asked(), Filled({"name": "李明"}, brought_by=friend)).account
    assert shop.told()["brought_by"] == friend
    assert friend.encode() not in shop.last().to_bytes(), "the entry itself names nobody"
    assert (of(shop, account), shown(shop, account)) == (friend, ["王女士"] * 2)
    shop.change(account, tags=("VIP",))
    assert of(shop, account) == friend, "what is not named stays"
    assert shop.refused(lambda: shop.change(account, brought_by=friend)) == "file_nothing"
    shop.change(account, brought_by="")
    assert (of(shop, account), shown(shop, account)) == (NOBODY, ["", ""])
    assert "brought_by" not in shop.files.get(account).told()


def test_the_same_action_is_done_once_and_with_somebody_else_refused(shop: FilesBench) -> None:
    friend, other, action = shop.member("王大"), shop.member("王二"), ActionId(new_id())
    first = shop.files.add(shop.asked(action=action), Filled({"name": "李明"}, brought_by=friend))
    assert shop.files.add(shop.asked(action=action), Filled({"name": "李明"}, brought_by=friend)) == first
    for by in (other, "", None):
        filled = Filled({"name": "李明"}, brought_by=by)
        again = shop.refused(lambda filled=filled: shop.files.add(shop.asked(action=action), filled))  # type: ignore[misc]
        assert again == "action_conflict"


def test_nobody_brings_themselves_and_who_was_erased_brings_nobody(shop: FilesBench) -> None:
    account, same, gone = (shop.member(name) for name in ("李明", "李小明", "王大"))
    shop.files.merge(shop.asked(), same, account)
    for itself in (account, same):
        assert shop.refused(lambda by=itself: shop.change(account, brought_by=by)) == "brought_by_itself"  # type: ignore[misc]
    shop.erasing.erase(shop.asked(), gone)
    assert shop.refused(lambda: shop.change(account, brought_by=gone)) == "brought_by_erased"
    for nobody in ("x", new_id()):
        assert shop.refused(lambda by=nobody: shop.change(account, brought_by=by)) == "member_unknown"  # type: ignore[misc]


def test_a_merged_member_stands_for_the_one_it_was_merged_into(shop: FilesBench) -> None:
    first, second, third, child, twin = (shop.member(name) for name in ("甲一", "甲二", "甲三", "乙一", "乙二"))
    shop.files.merge(shop.asked(), first, second)
    shop.change(child, brought_by=first)
    assert shop.files.get(child).brought_by == second, "it is kept as it was meant"
    shop.files.merge(shop.asked(), second, third)
    assert of(shop, child) == third
    shop.files.merge(shop.asked(), child, twin)
    assert of(shop, child) == of(shop, twin) == NOBODY, "of merged files the one that stays counts"
    shop.files.unmerge(shop.asked(), child)
    assert of(shop, child) == third
    shop.files.merge(shop.asked(), child, third)
    assert of(shop, child) == of(shop, third) == NOBODY, "nobody brings themselves by merging"
    shop.files.unmerge(shop.asked(), child)
    shop.files.merge(shop.asked(), third, child)
    assert of(shop, child) == of(shop, third) == NOBODY
    assert shown(shop, child) == ["", ""]


def test_what_was_said_of_it_goes_with_the_file_and_who_was_erased_is_named_no_more(shop: FilesBench) -> None:
    elder, friend, child = (shop.member(name) for name in ("甲一", "甲二", "甲三"))
    shop.change(friend, brought_by=elder)
    shop.change(child, brought_by=friend)
    shop.erasing.erase(shop.asked(), friend)
    row = shop.bench.database.row("SELECT body FROM member WHERE account = ?", (bytes.fromhex(friend),))
    assert row is not None
    assert "brought_by" not in json.loads(row[0])
    assert (of(shop, child), of(shop, friend)) == (friend, NOBODY)
    assert shown(shop, child) == [shop.last().payload["pseudonym"]] * 2


def test_who_has_no_file_at_this_till_has_no_name_here(shop: FilesBench) -> None:
    child, far = shop.member("甲一"), AccountId(new_id())
    shop.bench.database.run("UPDATE member SET body = ?", (json.dumps({"brought_by": far}),))
    assert (of(shop, child), shown(shop, child)) == (far, [NO_NAME] * 2)
    assert (of(shop, far), Referrers(shop.bench.database).name_of(far)) == (NOBODY, "")


def test_an_export_tells_by_masked_names_who_brought_a_member_and_whom_they_were_rewarded_for(shop: FilesBench) -> None:
    elder, friend, old, child, other = (shop.member(name) for name in ("王大", "李小明", "李明", "赵敏", "孙丽"))
    shop.change(friend, brought_by=elder)
    shop.change(child, brought_by=friend)
    shop.change(other, brought_by=elder)
    shop.files.merge(shop.asked(), old, friend)
    database, book = shop.bench.database, shop.bench.book
    for newcomer, rewarded in ((child, (old, elder)), (other, (elder,))):
        with database.write():
            draft = book.begin(ActionId(new_id()), "bill", new_id())
            draft.payload |= {"account": newcomer, "referral": [{"account": each} for each in rewarded]}
            for each in rewarded:
                GivenBook(database).note(draft, TODAY, (REFERRAL, "had"), each)
            book.post(draft)
    export = Export(database, book, shop.bench.clock, shop.files)
    told = [export.begin(account)[0]["referrals"] for account in (friend, elder, child)]
    assert told == [
        [{"what": "brought_by", "name": "王*"}, {"what": "brought", "name": "赵*"}],
        [{"what": "brought", "name": "孙*"}],
        [{"what": "brought_by", "name": "李*"}],
    ]
    plan = " ".join(row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {_REWARDED}", (b"",)))
    assert "SEARCH given USING PRIMARY KEY (what=? AND account=?)" in plan, plan
