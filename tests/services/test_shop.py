"""The set-up file: applied once, every mistake told, versions only where a rule changed."""

from __future__ import annotations

import json
import pathlib

import pytest

from terminal.base.errors import Refusal
from terminal.base.words import WORDS
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.roles import ACTIONS
from terminal.services.rulebook import RuleStore
from terminal.services.shop import SetupMistakes, apply_setup, load_shop, parse_setup, planned, store_setup
from terminal.services.staff import add_staff, pin_is_right
from tests.services.conftest import Bench

DEMO = (pathlib.Path(__file__).parents[1] / "hw_sim" / "demo" / "shop.toml").read_text(encoding="utf-8")
OTHERS = [("88.00", "78.00"), ("88.00", "98.00"), ("per_yuan = 10", "per_yuan = 5"), ("静安店", "徐汇店")]
SMALL = '[shop]\nname = "小店"\n[top_up]\nmin = "1.00"\nmax = "5000.00"\n[points]\nper_yuan = 10\n'


def words(wrong: pytest.ExceptionInfo[SetupMistakes]) -> list[tuple[str, str]]:
    return [(each.key, WORDS[each.code][0].format(**each.values)) for each in wrong.value.mistakes]


def test_the_demo_shop_is_read_back_as_it_was_applied_and_again_changes_nothing(bench: Bench) -> None:
    shop, changed = apply_setup(bench.database, DEMO)
    assert changed
    assert load_shop(bench.database) == shop
    assert (shop.name, shop.branch, shop.rules.top_up.version) == ("兰亭美业", "静安店", 1)
    assert [(tier.paid_fen, tier.bonus_fen) for tier in shop.rules.top_up.tiers][-1] == (3000_00, 900_00)
    assert apply_setup(bench.database, DEMO) == (shop, False)


def test_the_demo_shop_has_levels_offers_and_rights_to_show(bench: Bench) -> None:
    book = apply_setup(bench.database, DEMO)[0].rulebook
    assert [level.threshold for level in book.levels.levels] == [1000_00, 5000_00, 20000_00]
    assert [each.off_fen for each in book.prices.bill_promotions] == [80_00]
    assert [(each.code, each.valid_days) for each in book.coupons] == [("birthday", 30)]
    assert [each.counts for each in book.passes] == [(12,), (5,), (6,), (10,), (12,), (8,)]
    assert [each.rate_bp for each in book.points.multipliers] == [15_000]
    assert {role.name for role in book.roles.roles} == {"cashier", "manager", "technician"}
    assert {limit.action for limit in book.roles.named("manager").limits} == set(ACTIONS)


def test_a_changed_rule_gets_the_next_version_and_the_other_keeps_its_own(bench: Bench) -> None:
    apply_setup(bench.database, DEMO)
    shop, changed = apply_setup(bench.database, DEMO.replace("per_yuan = 10", "per_yuan = 5"))
    assert changed
    assert (shop.rules.points.version, shop.rules.top_up.version) == (2, 1)
    assert shop.rules.points.unit_fen == 5_00


def test_a_category_is_kept_with_the_thing_it_is_of(bench: Bench) -> None:
    items = {item.code: item for item in apply_setup(bench.database, DEMO)[0].items}
    assert (items["101"].category, items["101"].kind) == ("剪发", "service")
    assert (items["6901000010010"].category, items["6901000010010"].kind) == ("家居", "product")


def test_what_would_change_is_told_before_anything_does(bench: Bench) -> None:
    apply_setup(bench.database, DEMO)
    text = DEMO.replace('price = "88.00"', 'price = "98.00"', 1).replace('rate = "8.8折"', 'rate = "8.5折"')
    plan = planned(bench.database, parse_setup(text))
    assert [(each.place, each.before, each.after) for each in plan.changes()] == [
        ("items[101].price", "88.00", "98.00"),
        ("prices.levels[金卡].rate", "88%", "85%"),
    ]
    assert planned(bench.database, parse_setup(DEMO)).changes() == []
    assert store_setup(bench.database, parse_setup(text), seen=plan.seen)[1]


def test_what_was_not_shown_is_not_applied(bench: Bench) -> None:
    apply_setup(bench.database, DEMO)
    cheaper, *meanwhile = (parse_setup(DEMO.replace(*each)) for each in OTHERS)
    for other in meanwhile:
        seen = planned(bench.database, cheaper).seen
        shop, changed = store_setup(bench.database, other)
        assert changed
        with pytest.raises(Refusal, match=r"^setup_changed\b"):
            store_setup(bench.database, cheaper, seen=seen)
        assert load_shop(bench.database) == shop


def test_a_set_up_that_fails_half_way_leaves_the_old_one_in_store_and_memory(bench: Bench) -> None:
    rules = RuleStore(bench.database)
    apply_setup(bench.database, SMALL, rules=rules)
    before = load_shop(bench.database, rules=rules)
    bench.database.run("CREATE TEMP TRIGGER full BEFORE INSERT ON rule BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(Exception, match="no room"):
        apply_setup(bench.database, DEMO, rules=rules)
    assert load_shop(bench.database, rules=rules) == load_shop(bench.database) == before


def test_a_left_out_table_stands_as_if_nobody_had_written_it(bench: Bench) -> None:
    apply_setup(bench.database, DEMO)
    shop, _ = apply_setup(bench.database, SMALL)
    assert (shop.rulebook.levels.levels, shop.rulebook.coupons, shop.rulebook.passes) == ((), (), ())
    assert shop.rulebook.roles.roles == Rulebook().roles.roles
    assert shop.rulebook.levels.version == 2


def test_json_says_the_same_as_toml(bench: Bench) -> None:
    data = {
        "shop": {"name": "小店"},
        "top_up": {"min": "1.00", "max": "5000.00"},
        "points": {"per_yuan": 10},
    }
    assert apply_setup(bench.database, json.dumps(data))[1]
    assert apply_setup(bench.database, SMALL)[1] is False


@pytest.mark.parametrize("most", ["0", "0.00"])
def test_a_shop_that_would_refuse_every_top_up_is_a_mistake(bench: Bench, most: str) -> None:
    text = DEMO.replace('max = "50000.00"', f'max = "{most}"')
    assert text != DEMO
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    assert ("top_up.max", "is 0.00; it must be 0.01 to 10,000,000,000.00") in words(wrong)


def test_the_least_top_up_may_not_be_above_the_most(bench: Bench) -> None:
    text = SMALL.replace('max = "5000.00"', 'max = "0.01"')
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    assert words(wrong) == [("top_up.min", "is above max")]


def test_all_mistakes_are_told_together_and_nothing_is_stored(bench: Bench) -> None:
    text = """
colour = "plum"
[shop]
name = ""
language = "fr"
region = "XX"
[[services]]
code = "A"
name = "剪发"
price = 88.00
[[goods]]
code = "A"
name = "洗发水"
price = "-1"
[[goods]]
code = "B"
name = "梳子"
price = "1"
[[goods]]
code = "B"
name = "梳子"
price = "1"
[top_up]
rule = "sometimes"
min = "1.00"
max = "ten"
[[top_up.tiers]]
paid = "0"
bonus = "5"
[points]
per_yuan = 0
clawback = "never"
"""
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    assert {key for key, _ in words(wrong)} == {
        "colour",
        "shop.name",
        "shop.language",
        "shop.region",
        "services[0].price",
        "goods[0].price",
        "goods[2].code",
        "top_up.rule",
        "top_up.max",
        "top_up.tiers[0].paid",
        "points.per_yuan",
        "points.clawback",
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
        ("per_yuan = 10", "per_yuan = 10\nrates = []", "points.rates"),
        ('rule = "highest_once"', 'rule = "highest_once"\noffers = []', "top_up.offers"),
        ('level = "金卡"', 'level = "golden"', "prices.levels[1].level"),
        ('categories = ["烫染"]', 'categories = ["烫"]', "prices.bill_promotions[0].scope.categories"),
        ('items = ["121"]', 'items = ["999"]', "passes[0].parts[0].items"),
        ('levels = ["金卡", "钻石"]', 'levels = ["ruby"]', "points.multipliers[0].condition.audience.levels"),
        ('most = "10%"', 'most = "10"', "roles.roles[0].limits[1].most"),
        ('most = "10%"', 'most = "110%"', "roles.roles[cashier].limits[discount].most"),
        ('threshold = "1000"', "threshold = 1000", "levels.levels[0].threshold"),
        ('bonus = "50"', 'coupons = [{code = "none"}]', "top_up.tiers[0].coupons"),
        ('[[top_up.tiers]]\npaid = "500"', 'listed = ["0"]\n[[top_up.tiers]]\npaid = "500"', "top_up.listed"),
        ('bonus = "50"', 'level = {level = "none", months = 1}', "top_up.tiers[0].level.level"),
        ("individual = true", 'individual = true\nuid_only_limit = "300"', "purse.uid_only_limit"),
        ('name = "technician"', 'name = "technician"\n[media]\nissue = "5000"', "media.issue"),
        ('name = "technician"', 'name = "technician"\n[tiers]\ntiers = []', "tiers.tiers"),
        ('name = "technician"', 'name = "technician"\n[refunds]\ncooling_off_days = 3', "refunds.cooling_off_days"),
        ('name = "technician"', 'name = "technician"\n[[anomalies]]\nname = "a"\ntest = "b"', "anomalies[a].test"),
        (
            'name = "technician"',
            'name = "technician"\n[[member_fields]]\nkey = "A"\nlabel = "x"\nkind = "text"',
            "member_fields[A]",
        ),
        (
            'name = "technician"',
            'name = "technician"\n[[redeem.rewards]]\nid = "a"\nkind = "coupon"\npoints = 1\nwhat = "b"',
            "redeem.rewards[2].what",
        ),
        ("valid_days = 30", "valid_days = 0", "coupons[0].valid_days"),
        ('code = "birthday"', 'code = ""', "coupons"),
        ('growth = "paid_12_months"', 'growth = "paid_12_months"\nreview_day = [2, 30]', "levels.review_day"),
        (
            '[[levels.levels]]\ncode = "银卡"',
            '[[levels.milestones]]\nid = "m"\ngrowth = "1"\npass_code = "none"\n[[levels.levels]]\ncode = "银卡"',
            "levels.milestones[0].pass_code",
        ),
    ],
)
def test_a_misspelt_key_or_a_rule_that_contradicts_another_is_told(bench: Bench, old: str, new: str, key: str) -> None:
    assert old in DEMO
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, DEMO.replace(old, new))
    assert key in [where for where, _ in words(wrong)]


@pytest.mark.parametrize("text", ["[shop", '{"shop": ', "{" * 5_000])
def test_a_file_that_is_no_toml_and_no_json_is_refused_with_the_reason(bench: Bench, text: str) -> None:
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    ((key, told),) = words(wrong)
    assert key == ""
    assert told.startswith("is neither TOML nor JSON: ")


def test_a_shop_without_a_catalogue_can_open(bench: Bench) -> None:
    shop, _ = apply_setup(bench.database, SMALL)
    assert shop.items == ()
    assert shop.rules.top_up.version == 1


def test_a_shop_that_offers_nothing_takes_top_ups_and_gives_no_points(bench: Bench) -> None:
    shop, _ = apply_setup(bench.database, '[shop]\nname = "小店"\n')
    assert shop.rules.top_up.version == 1
    assert shop.rules.top_up.tiers == ()
    assert 10**12 // shop.rules.points.unit_fen == 0


PEOPLE = (
    SMALL
    + """
[[goods]]
code = "6901"
name = "洗发水"
price = "98"
cost = "41.50"
[[staff]]
name = "陈晓"
[[staff]]
name = "李店长"
role = "manager"
"""
)


def people(bench: Bench) -> dict[str, str]:
    """Return who may sign in, and as what."""
    return dict(bench.database.rows("SELECT name, role FROM staff WHERE active = 1"))  # type: ignore[arg-type]  # rows of two columns


def test_people_are_added_with_their_role_shown_and_never_taken_away(bench: Bench) -> None:
    before = people(bench)
    told = [(each.place, each.after) for each in planned(bench.database, parse_setup(PEOPLE)).changes()]
    assert ("staff[李店长]", "name 李店长, role manager") in told
    assert apply_setup(bench.database, PEOPLE)[1]
    assert people(bench) == {**before, "陈晓": "cashier", "李店长": "manager"}
    assert not apply_setup(bench.database, PEOPLE)[1]
    promoted = parse_setup(PEOPLE.replace('name = "陈晓"', 'name = "陈晓"\nrole = "manager"'))
    plan = planned(bench.database, promoted)
    assert [(each.place, each.before, each.after) for each in plan.changes()] == [
        ("staff[陈晓].role", "cashier", "manager")
    ]
    assert store_setup(bench.database, promoted, seen=plan.seen)[1]
    apply_setup(bench.database, SMALL)
    assert people(bench)["陈晓"] == "manager", "a file that names nobody takes nobody away"


def test_whom_a_file_named_signs_in_only_with_a_pin_that_was_given(bench: Bench) -> None:
    apply_setup(bench.database, PEOPLE)
    row = bench.database.row("SELECT pin_hash FROM staff WHERE name = '李店长'")
    assert row is not None
    assert not any(pin_is_right(row[0], pin) for pin in ("0000", "000000", ""))
    pin = add_staff(bench.database, "李店长", "cashier", "2468")
    row = bench.database.row("SELECT pin_hash, role FROM staff WHERE name = '李店长'")
    assert row is not None
    assert (pin_is_right(row[0], pin), row[1]) == (True, "manager")
    with pytest.raises(Refusal, match="staff_exists"):
        add_staff(bench.database, "李店长", "cashier", "1357")
    apply_setup(bench.database, PEOPLE.replace("小店", "大店"))
    row = bench.database.row("SELECT pin_hash FROM staff WHERE name = '李店长'")
    assert row is not None
    assert pin_is_right(row[0], pin), "the file again leaves the PIN as it is"


def test_what_goods_cost_is_kept_with_the_rules_by_version(bench: Bench) -> None:
    rules = RuleStore(bench.database)
    shop, _ = apply_setup(bench.database, PEOPLE, rules=rules)
    assert (shop.rulebook.cost_fen("6901"), shop.rulebook.cost_fen("none")) == (41_50, 0)
    plan = planned(bench.database, parse_setup(PEOPLE.replace("41.50", "43")), rules)
    assert [(each.place, each.before, each.after) for each in plan.changes()] == [
        ("costs[6901].cost", "41.50", "43.00")
    ]
    store_setup(bench.database, plan.setup, rules=rules)
    assert rules.current().versions["costs"] == 2
    assert RuleStore(bench.database).current().cost_fen("6901") == 43_00


def test_mistakes_about_people_and_costs_are_told_together_in_every_language(bench: Bench) -> None:
    text = PEOPLE.replace('cost = "41.50"', "cost = 41.5").replace('name = "李店长"', 'name = "陈晓"')
    text += '[[staff]]\nname = ""\nrole = "boss"\npin = "1234"\n'
    text += '[[services]]\ncode = "1"\nname = "剪"\nprice = "1"\ncost = "1"\n'
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(bench.database, text)
    keys = [(each.key, each.code) for each in wrong.value.mistakes]
    assert sorted(keys) == [
        ("goods[0].cost", "setup_not_amount"),
        ("services[0].cost", "setup_unknown_key"),
        ("staff[1].name", "setup_taken"),
        ("staff[2].name", "setup_staff_name"),
        ("staff[2].pin", "setup_unknown_key"),
        ("staff[2].role", "setup_not_one_of"),
    ]
    for each in wrong.value.mistakes:
        assert len({words.format(**each.values) for words in WORDS[each.code]}) == 3
    assert "陈晓" not in people(bench)


def test_the_same_name_for_two_passes_is_a_mistake_and_imported_names_are_read(bench: Bench) -> None:
    one = """
[[services]]
code = "1"
name = "剪"
price = "1"
[[passes]]
code = "{code}"
name = "{name}"
imported_as = ["旧卡"]
kind = "session_pass"
price = "10"
parts = [{{items = ["1"], paid = 10, single = "2"}}]
"""
    first = SMALL + one.format(code="a", name="甲")
    assert apply_setup(bench.database, first)[0].rulebook.passes[0].imported_as == ("旧卡",)
    with pytest.raises(SetupMistakes) as wrong:
        apply_setup(
            bench.database, first + one.format(code="b", name="乙").split("[[passes]]")[1].join(["[[passes]]", ""])
        )
    assert [(each.key, each.code) for each in wrong.value.mistakes] == [("passes[1].imported_as", "setup_taken")]
