"""Files that are one person's: merged as an alias that every look-up follows, and parted again exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.member_values import PassLine
from terminal.services.files.asked import Filled
from tests.services.conftest import RULES, Bench
from tests.services.files_bench import FilesBench, files_bench

CARD_A, CARD_B = "0BE2FB0B", "1CE2FB0C"
PHONE = "13812345678"


@pytest.fixture
def shop(bench: Bench) -> FilesBench:
    """Give a shop's files."""
    return files_bench(bench)


def two(shop: FilesBench) -> tuple[AccountId, AccountId]:
    """Return two files of one person, each with a card and money."""
    first = shop.member("王小芳", phone=PHONE, cards=(CARD_A,), principal_fen=100_00, points=7)
    passes = (PassLine("头皮护理", 6, 10),)
    second = shop.member("王芳", phone=PHONE, cards=(CARD_B,), principal_fen=50_00, bonus_fen=5_00, passes=passes)
    return first, second


def test_every_way_to_a_merged_file_leads_to_the_one_that_stays(shop: FilesBench) -> None:
    gone, stays = two(shop)
    code = shop.bench.members.member_code(gone)
    with pytest.raises(Refusal, match="card_ambiguous"):
        shop.bench.members.by_code(PHONE)
    shop.files.merge(shop.asked(), gone, stays)
    members = shop.bench.members
    assert {members.by_card(bytes.fromhex(card), "") for card in (CARD_A, CARD_B)} == {stays}
    assert {members.by_code(text) for text in (PHONE, code, CARD_A)} == {stays}
    for text in ("王小芳", "王芳", "5678", CARD_A[-4:], PHONE):
        assert [hit.account for hit in members.search(text)] == [stays], text
    (active,) = members.media_of(stays, bytes.fromhex(CARD_A), "", "both")
    assert active[1] == "id-only"
    assert members.counter_member(gone).account == stays


def test_the_balances_of_both_are_shown_together_and_spent_together(shop: FilesBench) -> None:
    gone, stays = two(shop)
    shop.files.merge(shop.asked(), gone, stays)
    shown = shop.bench.members.counter_member(shop.bench.members.by_code(PHONE))
    assert (shown.principal_fen, shown.bonus_fen, shown.points) == (150_00, 5_00, 7)
    assert (shown.cards, [part.left for part in shown.passes]) == (("FB0B", "FB0C"), [6])
    cashier = shop.bench.cashier()
    account = shop.bench.members.by_code(PHONE)
    rules = replace(RULES, spend_order="principal_first")
    shop.bench.money.charge(rules, cashier, ActionId(new_id()), account, 150_00, "photo")
    assert shop.last().payload["account"] == stays
    assert shop.bench.members.holdings(shop.bench.members.by_code(PHONE)).balance_fen == 5_00


def test_parting_leaves_everything_as_it_was(shop: FilesBench) -> None:
    gone, stays = two(shop)
    before = shop.everything()
    shop.files.merge(shop.asked(), gone, stays)
    assert not shop.files.get(stays).is_duplicate
    assert shop.finder.duplicates() == []
    shop.files.unmerge(shop.asked(), gone)
    after = shop.everything()
    body = [row[14] for row in after["member"]]
    assert body == ['{"version":2}', ""], "only the count of changes tells of it"
    assert [row[:14] + row[15:] for row in after["member"]] == [row[:14] + row[15:] for row in before["member"]]
    for table in ("held", "account_balance", "medium", "member_tag", "member_note"):
        assert after[table] == before[table]
    assert shop.last().kind == "member_unmerge"
    with pytest.raises(Refusal, match="card_ambiguous"):
        shop.bench.members.by_code(PHONE)


def test_a_file_merged_into_a_merged_one_is_followed_and_stays_with_it(shop: FilesBench) -> None:
    first, second, third = (shop.member(name, principal_fen=10_00) for name in ("甲一", "甲二", "甲三"))
    shop.files.merge(shop.asked(), first, second)
    shop.files.merge(shop.asked(), second, third)
    assert shop.bench.members.owners(first) == (third, second, first)
    assert shop.bench.members.holdings(first).balance_fen == 30_00
    shop.files.unmerge(shop.asked(), second)
    assert shop.bench.members.main(first) == second
    assert shop.bench.members.owners(third) == (third,)


def test_what_cannot_be_merged_or_parted_is_refused(shop: FilesBench) -> None:
    first, second, third = (shop.member(name) for name in ("甲一", "甲二", "甲三"))
    merge, part = shop.files.merge, shop.files.unmerge
    assert shop.refused(lambda: merge(shop.asked(), first, first)) == "merge_itself"
    assert shop.refused(lambda: merge(shop.asked(), first, new_id())) == "member_unknown"
    assert shop.refused(lambda: part(shop.asked(), first)) == "merge_none"
    merge(shop.asked(), first, second)
    assert shop.refused(lambda: merge(shop.asked(), second, first)) == "merge_itself"
    assert shop.refused(lambda: merge(shop.asked(), first, third)) == "merge_already"
    action = ActionId(new_id())
    once = merge(shop.asked(action=action), second, third)
    assert merge(shop.asked(action=action), second, third) == once
    assert shop.refused(lambda: merge(shop.asked(action=action), second, first)) == "action_conflict"


def test_a_change_of_a_merged_file_is_one_of_the_file_that_stays(shop: FilesBench) -> None:
    gone, stays = two(shop)
    shop.files.merge(shop.asked(), gone, stays)
    assert shop.last().payload["others"] == [stays]
    assert shop.files.change(shop.asked(), gone, Filled(tags=("VIP",))).account == stays
    assert shop.files.get(gone).tags == ("VIP",)


def test_a_mark_stays_while_somebody_else_shares_the_phone(shop: FilesBench) -> None:
    gone, stays = two(shop)
    third = shop.member("王宝", phone=PHONE)
    shop.files.merge(shop.asked(), gone, stays)
    assert shop.files.get(stays).is_duplicate
    assert {*shop.finder.duplicates()[0].accounts} == {stays, third}
