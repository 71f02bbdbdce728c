"""`terminal catalogue` with a till running and without one, and lines of bills that are found by what it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, demo_home
from tests.cli.warm import warm

pytestmark = pytest.mark.slow

STAFF, PIN = "陈晓", "246810"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a running till with a cashier."""
    home = demo_home(tmp_path_factory.mktemp("till"), ((STAFF, "cashier", PIN),))
    running = home.serve()
    try:
        yield home
    finally:
        assert running.end() == 0


def opened(home: Home, *words: str) -> Said:
    """Open a bill with these lines."""
    asked = ("bill", "open", *words, "--staff", STAFF, "--json", "--config", home.config)
    return Said(*warm(REPOSITORY).run(asked, COMMAND_S, f"{PIN}\n"))


def items(said: Said) -> list[str]:
    """Return the codes of a bill's lines."""
    assert said.exit_code == 0, said
    return [line["item"] for line in json.loads(said.out[said.out.index("{") :])["open"]["lines"]]


def test_what_is_on_sale_is_listed_without_a_till_as_with_one(till: Home, shop: Home) -> None:
    said = [home.run("catalogue", "--language", "zh_CN") for home in (till, shop)]
    assert said[0] == said[1]
    assert said[0].exit_code == 0
    for part in ("服务项目", "111  染发", "RF", "388.00", "商品", "6901000010010", "次卡", "scalp-12", "任意金额"):
        assert part in said[0].out
    english, traditional = (shop.run("catalogue", "--language", each).out for each in ("en", "zh_TW"))
    assert ("Gift cards" in english, "服務項目" in traditional) == (True, True)


@pytest.mark.parametrize("word", ["水光", "sghf", "shuiguang", "SG", "201"])
def test_the_list_is_searched_by_name_code_and_sound(shop: Home, word: str) -> None:
    (found,) = (
        each for each in json.loads(shop.run("catalogue", word, "--json").out)["wares"] if each["kind"] == "service"
    )
    assert (found["code"], found["search"], found["price_fen"]) == ("201", "SGHF", 680_00)
    assert "Nothing on sale" in shop.run("catalogue", "no such thing").out


def test_without_a_store_nothing_is_listed_and_none_is_made(bare: Home) -> None:
    assert bare.run("catalogue").code == "store_missing"
    assert not bare.store_bytes()


def test_lines_are_rung_up_by_name_and_by_sound(shop: Home) -> None:
    assert items(opened(shop, "--line", "染发@陈晓", "--line", "zqhf:2", "--line", "101")) == ["111", "122", "101"]
    assert items(opened(shop, "--line", "shoubu", "--sell-pass", "tpsc")) == ["301", "scalp-12"]
    said = opened(shop, "--line", "xi")
    assert (said.code, "101 洗剪吹 / 103 洗吹造型" in said.err) == ("item_several", True), said
    assert opened(shop, "--line", "111:-1").code == "bill_line_typed"
    assert opened(shop, "--line", "qqq").code == "item_unknown"
