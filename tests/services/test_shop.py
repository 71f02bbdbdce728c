"""The set-up file: applied once, every mistake told, versions only where a rule changed."""

from __future__ import annotations

import pathlib

import pytest

from terminal.services.shop import SetupMistakes, apply_setup, load_shop
from tests.services.conftest import Bench

DEMO = (pathlib.Path(__file__).parents[1] / "hw_sim" / "demo" / "shop.toml").read_text(encoding="utf-8")


def test_the_demo_shop_is_read_back_as_it_was_applied_and_again_changes_nothing(bench: Bench) -> None:
    shop, changed = apply_setup(bench.database, DEMO)
    assert changed
    assert load_shop(bench.database) == shop
    assert (shop.name, shop.branch, shop.rules.top_up.version) == ("兰亭美业", "静安店", 1)
    assert [(tier.paid_fen, tier.bonus_fen) for tier in shop.rules.top_up.tiers][-1] == (3000_00, 900_00)
    assert apply_setup(bench.database, DEMO) == (shop, False)


def test_a_changed_rule_gets_the_next_version_and_the_other_keeps_its_own(bench: Bench) -> None:
    apply_setup(bench.database, DEMO)
    shop, changed = apply_setup(bench.database, DEMO.replace("per_yuan = 10", "per_yuan = 5"))
    assert changed
    assert (shop.rules.points.version, shop.rules.top_up.version) == (2, 1)
    assert shop.rules.points.unit_fen == 5_00


@pytest.mark.parametrize("most", ["0", "0.00"])
def test_a_shop_that_would_refuse_every_top_up_is_a_mistake(bench: Bench, most: str) -> None:
    text = DEMO.replace('max = "50000.00"', f'max = "{most}"')
    assert text != DEMO
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    ((key, sentence),) = wrong.value.mistakes
    assert key == "top_up.max"
    assert "above zero" in sentence


def test_the_least_top_up_may_not_be_above_the_most(bench: Bench) -> None:
    text = DEMO.replace('max = "50000.00"', 'max = "0.01"')
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    assert wrong.value.mistakes == [("top_up.min", "is above top_up.max")]


def test_all_mistakes_are_told_together_and_nothing_is_stored(bench: Bench) -> None:
    text = """
colour = "plum"
[shop]
name = ""
language = "fr"
[[services]]
code = "A"
name = "剪发"
price = 88.00
[[goods]]
code = "A"
name = "洗发水"
price = "-1"
[top_up]
rule = "sometimes"
min = "1.00"
max = "ten"
[[top_up.tiers]]
paid = "0"
bonus = "5"
[points]
per_yuan = 0
"""
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    keys = [key for key, _ in wrong.value.mistakes]
    assert set(keys) == {
        "colour",
        "shop.name",
        "shop.language",
        "services[0].price",
        "goods[0].price",
        "code",
        "top_up.rule",
        "top_up.max",
        "top_up.tiers[0].paid",
        "points.per_yuan",
    }
    assert load_shop(bench.database).rules.top_up.version == 0
    assert load_shop(bench.database).items == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[[top_up.tiers]]", "[[top_up.teirs]]", "top_up.teirs"),
        ('min = "1.00"', 'min = "999999.00"', "top_up.min"),
        ('paid = "500"', 'paid = "1000"', "top_up.tiers"),
        ('bonus = "50"', 'bonus = "50"\nbonos = "1"', "top_up.tiers[0].bonos"),
        ("per_yuan = 10", "per_yuan = 10\nper_fen = 1", "points.per_fen"),
    ],
)
def test_a_misspelt_key_or_a_rule_that_contradicts_itself_is_told(bench: Bench, old: str, new: str, key: str) -> None:
    assert old in DEMO
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, DEMO.replace(old, new))
    assert key in [where for where, _ in wrong.value.mistakes]


def test_a_file_that_is_no_toml_is_refused_with_the_line(bench: Bench) -> None:
    with pytest.raises(SetupMistakes, match="is not TOML"):
        apply_setup(bench.database, "[shop")


def test_a_shop_without_a_catalogue_can_open(bench: Bench) -> None:
    text = '[shop]\nname = "小店"\n[top_up]\nmin = "1.00"\nmax = "5000.00"\n[points]\nper_yuan = 10\n'
    shop, _ = apply_setup(bench.database, text)
    assert shop.items == ()
