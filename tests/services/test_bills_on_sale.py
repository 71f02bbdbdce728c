"""What is on sale is listed, and a line finds it by code, by name, and by how a name begins or sounds."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.rulebook import Rulebook
from tests.services.test_bills import PLAIN
from tests.services.test_bills_commands import Desk

# Items of the bench are cut 剪发, facial 面部护理 and shampoo 洗发水; the shop sells one pass of its own, `ten`.
MORE = (("210", "service", "剪发造型"), ("211", "service", "ＳＰＡ 护理"), ("cutter", "product", "cut"))
NAMED = tuple(replace(each, name="十次面部护理") if each.code == "ten" else each for each in PLAIN.passes)
RULES: Rulebook = replace(PLAIN, passes=NAMED)


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a shop with names that begin alike."""
    made = Desk(tmp_path, RULES)
    for code, kind, name in MORE:
        made.shop.database.run(
            "INSERT INTO catalogue (code, kind, name, price_fen, active) VALUES (?, ?, ?, 1000, 1)", (code, kind, name)
        )
    yield made
    made.shop.database.close()


def rung(desk: Desk, typed: str, name: str = "item", **order: Any) -> str:
    """Return the code of what a line of this word rings up."""
    account = desk.shop.member()
    opened = desk.do("open", order={"account": account, "lines": [{name: typed}], **order})
    return str(opened["open"]["lines"][0]["item"])


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Return what is on sale, as it comes through the door."""
    found: list[dict[str, Any]] = json.loads(json.dumps(desk.commands.verbs()["catalogue_list"]()))["wares"]
    return found


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("cut", "cut"),  # a code, though goods are named so
        ("剪发", "cut"),  # a whole name, though another begins with it
        ("剪发造", "210"),
        ("面部", "facial"),
        ("spa护", "211"),  # as it is typed: narrow, small, without blanks
        ("洗发水", "shampoo"),
    ],
)
def test_a_line_is_found_by_code_then_name_then_how_the_name_begins(desk: Desk, typed: str, code: str) -> None:
    assert rung(desk, typed) == code


def test_what_a_word_sounds_like_is_a_beginning_too_and_what_is_not_on_sale_sounds_like_nothing(desk: Desk) -> None:
    assert rung(desk, "mb", sounds={"mb": ["facial"]}) == "facial"
    assert rung(desk, "xfs", sounds={"xfs": ["shampoo", "gone"]}) == "shampoo"
    assert desk.refused("open", order={"lines": [{"item": "mb"}]}) == "item_unknown"


def test_what_could_be_several_is_refused_with_each_of_them(desk: Desk) -> None:
    for order in (
        {"lines": [{"item": "剪"}]},
        {"lines": [{"item": "jf"}], "sounds": {"jf": ["cut", "210"]}},
    ):
        with pytest.raises(Refusal, match="item_several") as caught:
            desk.do("open", order=order)
        assert set(str(caught.value.values["items"]).split(" / ")) == {"cut 剪发", "210 剪发造型"}
    for n in range(8):
        desk.shop.database.run(
            "INSERT INTO catalogue (code, kind, name, price_fen, active) VALUES (?, 'product', ?, 1, 1)",
            (f"x{n}", f"梳子{n}"),
        )
    with pytest.raises(Refusal) as caught:
        desk.do("open", order={"lines": [{"item": "梳子"}]})
    assert str(caught.value.values["items"]).endswith("/ +2")


def test_a_pass_is_sold_by_its_name_as_by_its_code(desk: Desk) -> None:
    assert rung(desk, "ten", "pass_code") == "ten"
    assert rung(desk, "十次", "pass_code") == "ten"
    assert desk.refused("open", order={"lines": [{"pass_code": "none such"}]}) == "pass_not_sold"


def test_a_bill_asked_for_again_is_the_first_one_whatever_its_words_mean_by_then(desk: Desk) -> None:
    action, order = new_id(), {"lines": [{"item": "面部"}], "sounds": {}}
    first = desk.do("open", action=action, order=order)
    desk.shop.database.run("UPDATE catalogue SET name = '面部' WHERE code = 'shampoo'")
    again = desk.do("open", action=action, order={**order, "sounds": {"面部": ["shampoo"]}})
    assert again["open"] == first["open"]
    assert again["open"]["lines"][0]["item"] == "facial"


def test_everything_on_sale_is_listed_with_its_kind_and_price(desk: Desk) -> None:
    desk.shop.database.run("UPDATE catalogue SET active = 0 WHERE code = 'shampoo'")
    wares = listed(desk)
    assert [each["code"] for each in wares[:6]] == ["210", "211", "cut", "facial", "cutter", "ten"]
    assert wares[2] == {
        "kind": "service",
        "code": "cut",
        "name": "剪发",
        "price_fen": 388_00,
        "category": "hair",
        "most_fen": None,
    }
    assert [each["kind"] for each in (wares[4], wares[5], wares[-1])] == ["product", "pass", "gift_card"]
    assert (wares[5]["name"], wares[-1]["price_fen"], wares[-1]["most_fen"]) == ("十次面部护理", None, 1000_00)
    desk.shop.rules = replace(desk.shop.rules, purse=replace(desk.shop.rules.purse, individual=True))
    assert listed(desk)[-1]["most_fen"] is None, "the law's limit is for enterprises"
