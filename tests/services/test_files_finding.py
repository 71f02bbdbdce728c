"""Lists of members, and all that is held of one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.rules.member.privacy import EXPORTED
from terminal.services.files.aliases import _LED_HERE
from terminal.services.files.exporting import _DEEDS, _FACTS, Export
from terminal.services.files.finding import _SHARED, FOUND_MAX, Wanted, select
from tests.services.conftest import RULES, Bench
from tests.services.files_bench import FilesBench, files_bench


@pytest.fixture
def shop(bench: Bench) -> FilesBench:
    """Give a shop's files."""
    return files_bench(bench)


def found(shop: FilesBench, **wanted: Any) -> list[str]:
    """Return the names of who is found."""
    result = shop.finder.find(Wanted(**wanted))
    assert not result.more
    return [shop.files.get(account).name for account in result.accounts]


def test_members_are_found_by_all_of_some_tags_and_a_level(shop: FilesBench) -> None:
    for name, level, tags in (
        ("甲", "金卡", ("VIP", "熟客")),
        ("乙", "银卡", ("vip",)),
        ("丙", "金卡", ()),
        ("丁", "", ()),
    ):
        account = shop.member(name, level=level)
        if tags:
            shop.change(account, tags=tags)
    assert found(shop, tags=("vip",)) == ["甲", "乙"]
    assert found(shop, tags=("熟客", "VIP ")) == ["甲"]
    assert found(shop, level="金卡") == ["甲", "丙"]
    assert found(shop, tags=("VIP",), level="银卡") == ["乙"]
    assert found(shop, level="铜卡") == found(shop, tags=("新",)) == []


def test_a_birthday_is_found_in_the_month_it_is_kept_in_this_year(shop: FilesBench) -> None:
    # Mid-autumn of 2026, the 15th of the eighth lunar month, is 25 September.
    for name, birthday in (
        ("甲", "1990-09-02"),
        ("乙", "09-30"),
        ("丙", "L1990-08-15"),
        ("丁", "1991-08-15"),
        ("戊", ""),
    ):
        shop.member(name, birthday=birthday)
    assert found(shop, month=9) == ["甲", "乙", "丙"]
    assert found(shop, month=8) == ["丁"]
    assert found(shop, month=12) == []


def test_merged_and_erased_files_are_in_no_list(shop: FilesBench) -> None:
    first, second, third = (shop.member(name, level="金卡", phone="13812345678") for name in "甲乙丙")
    shop.files.merge(shop.asked(), first, second)
    shop.erasing.erase(shop.asked(), third)
    assert found(shop, level="金卡") == ["乙"]
    assert shop.finder.duplicates() == []


@pytest.mark.slow
def test_a_list_says_that_it_is_not_all_and_asks_for_something(shop: FilesBench) -> None:
    for _ in range(FOUND_MAX + 1):
        shop.member(level="金卡", birthday="01-02")
    for wanted in (Wanted(level="金卡"), Wanted(month=1)):
        result = shop.finder.find(wanted)
        assert (len(result.accounts), result.more) == (FOUND_MAX, True)
    assert shop.refused(lambda: shop.finder.find(Wanted())) == "find_nothing"
    assert shop.refused(lambda: shop.finder.find(Wanted(month=13))) == "find_month"


def plan(shop: FilesBench, sql: str, values: tuple[object, ...] | list[Any] = ()) -> str:
    """Return how SQLite would look for something."""
    return "; ".join(row[3] for row in shop.bench.database.rows(f"EXPLAIN QUERY PLAN {sql}", values))


def test_lists_and_look_ups_go_by_indexes(shop: FilesBench) -> None:
    for wanted, index in (
        (Wanted(tags=("a", "b"), level="x", month=2), "member_tag"),
        (Wanted(level="x"), "member_level"),
        (Wanted(month=2), "member_birth_month"),
    ):
        told = plan(shop, *select(wanted))
        assert index in told or "tag0 USING PRIMARY KEY" in told, told
        assert "SCAN" not in told, told
    assert "member_alias" in plan(shop, _LED_HERE, (b"",))
    assert "COVERING INDEX member_phone" in plan(shop, _SHARED)
    assert "deed_account" in plan(shop, _DEEDS, (b"",))
    told = plan(shop, _FACTS, (b"",))
    assert "held_live" in told
    assert "held_spent" in told
    assert "SCAN held" not in told


def exported(shop: FilesBench, account: str) -> dict[str, Any]:
    """Return the whole document of a member."""
    export = Export(shop.bench.database, shop.bench.book, shop.bench.clock, shop.files)
    document, names = export.begin(account)
    entries, bills = export.entries(names)
    value: dict[str, Any] = json.loads(json.dumps({**document, "entries": entries, "bills": bills}, ensure_ascii=False))
    return value


def test_an_export_holds_all_that_is_held_and_nothing_of_others(shop: FilesBench) -> None:
    account = shop.member("王小芳", phone="13812345678", cards=("0BE2FB0B",), principal_fen=500_00, points=3)
    shop.consent(account)
    shop.change(account, fields={"hair": "细"}, tags=("VIP",))
    shop.files.note(shop.asked(), account, "allergies", "对苯二胺")
    cashier = shop.bench.cashier()
    main = shop.bench.members.main(account)
    shop.bench.money.charge(RULES, cashier, ActionId(new_id()), main, 120_00, "photo")
    document = exported(shop, account)
    assert document.keys() == set(EXPORTED)
    (profile,) = document["profile"]
    assert (profile["name"], profile["phone"]) == ("王小芳", "13812345678")
    assert document["sensitive_notes"] == [{"kind": "allergies", "text": "对苯二胺"}]
    assert document["fields"] == [{"key": "hair", "value": "fine"}]
    assert document["tags"] == ["VIP"]
    assert document["consents"][0]["kind"] == "sensitive_notes"
    assert document["media"] == [{"kind": "card", "number": "0BE2FB0B", "state": "active"}]
    assert {"what": "principal", "left": "380.00"} in document["balances"]
    first, *_, last = document["entries"]
    assert (first["what"], first["principal"], first["points"]) == ("import", "500.00", "3")
    assert (last["what"] in {"bill", "charge"}, last["amount"]) == (True, "120.00")
    assert [bill["entry"] for bill in document["bills"]] == [last["entry"]]
    assert re.fullmatch(r"2026-11-21T14:32\+08:00", last["at"])
    text = json.dumps(document, ensure_ascii=False)
    for secret in (cashier.name, cashier.staff_id, "salt"):
        assert secret not in text


def test_an_export_of_merged_files_holds_both(shop: FilesBench) -> None:
    gone, stays = shop.member("王小芳", principal_fen=1_00), shop.member("王芳", principal_fen=2_00)
    shop.files.merge(shop.asked(), gone, stays)
    document = exported(shop, gone)
    assert [profile["name"] for profile in document["profile"]] == ["王芳", "王小芳"]
    assert [balance["left"] for balance in document["balances"]] == ["2.00", "1.00"]
    assert [entry["what"] for entry in document["entries"]] == ["import", "import", "member_merge"]
