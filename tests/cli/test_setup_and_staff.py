"""`terminal setup apply` and `terminal staff add`: once is enough, twice does no harm, mistakes change nothing."""

from __future__ import annotations

import re

import pytest

from tests.cli.home import DEMO, Home

pytestmark = pytest.mark.slow

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

[coupons]
"""


def test_a_set_up_is_applied_once_and_the_same_again_changes_nothing(bare: Home) -> None:
    first = bare.run("setup", "apply", DEMO / "shop.toml")
    assert (first.exit_code, first.out) == (0, "")
    assert "18 items" in first.err
    before = bare.store_bytes()["store.db"]
    again = bare.run("setup", "apply", DEMO / "shop.toml")
    assert (again.exit_code, again.err) == (0, "Nothing has changed.\n")
    assert bare.store_bytes()["store.db"] == before


def test_every_mistake_of_a_set_up_is_told_and_nothing_is_stored(till: Home) -> None:
    before = till.store_bytes()["store.db"]
    path = till.file("wrong.toml", WRONG)
    said = till.run("setup", "apply", path)
    assert said.exit_code == 1
    lines = said.err.splitlines()
    for key, value in (
        ("shop.name", "''"),
        ("shop.language", "'fr'"),
        ("services[0].price", "88"),
        ("goods[0].price", "'-3'"),
        ("top_up.rule", "'sometimes'"),
        ("top_up.max", "'many'"),
        ("points.per_yuan", "0"),
        ("coupons", "not known"),
        ("code", "'101'"),
    ):
        assert any(line.startswith(f"{path}: {key} ") and value in line for line in lines), (key, said.err)
    assert len(lines) == 9
    assert all(line.endswith(". [setup_wrong]") for line in lines)
    assert till.store_bytes()["store.db"] == before


@pytest.mark.parametrize("content", [b"[shop", b"\xff\xfe", b"", b"shop = 3"])
def test_a_file_that_is_no_set_up_is_told(bare: Home, content: bytes) -> None:
    said = bare.run("setup", "apply", bare.file("wrong.toml", content))
    assert said.exit_code == 1
    assert all(line.endswith(". [setup_wrong]") for line in said.err.splitlines())


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
