"""`terminal setup apply` and `terminal staff add`: once is enough, twice does no harm, mistakes change nothing."""

from __future__ import annotations

import re

import pytest

from tests.cli.home import DEMO, Home

pytestmark = pytest.mark.slow

CODED = re.compile(r"\. \[setup_[a-z_]+\]$")
WRONG = """
[shop]
name = ""
language = "fr"

[[services]]
code = "101"
name = "剪发"
price = 88

[[goods]]
code = "101"
name = "洗发水"
price = "-3"

[top_up]
rule = "sometimes"
min = "1"
max = "many"

[points]
per_yuan = 0

[vouchers]
"""


def test_a_set_up_is_applied_once_and_the_same_again_changes_nothing(bare: Home) -> None:
    first = bare.run("setup", "apply", "--yes", DEMO / "shop.toml")
    assert first.exit_code == 0
    assert "+ items[101]: code 101, kind service, name 洗剪吹, price 88.00, category 剪发" in first.out.splitlines()
    assert "18 items" in first.err
    before = bare.store_bytes()["store.db"]
    again = bare.run("setup", "apply", DEMO / "shop.toml")
    assert (again.exit_code, again.out, again.err) == (0, "", "Nothing has changed.\n")
    assert bare.store_bytes()["store.db"] == before


def test_every_mistake_of_a_set_up_is_told_and_nothing_is_stored(till: Home) -> None:
    before = till.store_bytes()["store.db"]
    path = till.file("wrong.toml", WRONG)
    said = till.run("setup", "apply", path)
    assert said.exit_code == 1
    lines = said.err.splitlines()
    for key, value in (
        ("shop.name", "empty"),
        ("shop.language", "'fr'"),
        ("services[0].price", "88"),
        ("goods[0].price", "'-3'"),
        ("top_up.rule", "'sometimes'"),
        ("top_up.max", "'many'"),
        ("points.per_yuan", "0"),
        ("vouchers", "not known"),
    ):
        assert any(line.startswith(f"{path}: {key} ") and value in line for line in lines), (key, said.err)
    assert len(lines) == 8
    assert all(CODED.search(line) for line in lines)
    assert till.store_bytes()["store.db"] == before


@pytest.mark.parametrize("content", [b"[shop", b"\xff\xfe", b"", b"shop = 3"])
def test_a_file_that_is_no_set_up_is_told(bare: Home, content: bytes) -> None:
    said = bare.run("setup", "apply", bare.file("wrong.toml", content))
    assert said.exit_code == 1
    assert all(CODED.search(line) for line in said.err.splitlines())


def test_a_set_up_of_endless_size_is_not_read(bare: Home) -> None:
    said = bare.run("setup", "apply", bare.file("huge.toml", b"#" * 2_000_000))
    assert (said.exit_code, said.code) == (1, "file_too_large")


def test_the_first_pin_is_printed_alone_and_only_once(till: Home) -> None:
    added = till.run("staff", "add", "林店长", "--role", "manager")
    assert (added.exit_code, added.err) == (0, "")
    found = re.fullmatch(r"PIN ([0-9]{6})\n", added.out)
    assert found
    again = till.run("staff", "add", "林店长", "--role", "manager")
    assert (again.exit_code, again.code, again.out) == (1, "staff_exists", "")
    chosen = till.run("staff", "add", "小王", "--pin", "0042")
    assert (chosen.exit_code, chosen.out) == (0, "PIN 0042\n")


def test_where_nobody_can_be_asked_a_change_is_shown_and_not_stored(till: Home) -> None:
    before = till.store_bytes()["store.db"]
    text = (DEMO / "shop.toml").read_text(encoding="utf-8").replace('price = "88.00"', 'price = "98.00"', 1)
    said = till.run("setup", "apply", till.file("dearer.toml", text))
    assert (said.exit_code, said.code) == (1, "setup_not_asked")
    assert "  items[101].price: 88.00 -> 98.00" in said.out.splitlines()
    assert till.store_bytes()["store.db"] == before


def test_a_change_is_told_in_the_language_asked_for(till: Home) -> None:
    small = till.file("small.toml", '[shop]\nname = "小店"\n')
    said = till.run("setup", "apply", "--yes", small, "--language", "zh_CN")
    assert said.exit_code == 0
    assert "  shop.name: 兰亭美业 -> 小店" in said.out.splitlines()
    assert said.err == "店铺已设置，共 0 个项目。\n"
    wrong = till.run("setup", "apply", till.file("wrong.toml", "[shop]\n"), "--language", "zh_TW")
    assert wrong.err.endswith("wrong.toml: shop.name 沒有填寫。 [setup_missing]\n")
