"""A set-up file as a whole: the one in the documentation, units that depend on other keys, and what rules name."""

from __future__ import annotations

import datetime as dt
import pathlib
import re
from dataclasses import fields, replace

import pytest

from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.growth import Milestone
from terminal.rules.loyalty.levels import Level
from terminal.rules.member.profile import Field
from terminal.rules.prices.basket import Coupon
from terminal.rules.refunds.prepayment import Policy
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.rulebook_mistakes import mistakes
from terminal.rules.setup.changes import changes
from terminal.rules.setup.document import TABLES, SetupFile, read_setup
from terminal.rules.setup.stored import from_plain, plain
from terminal.rules.till.anomaly import Rule
from terminal.rules.till.roles import Limit
from terminal.rules.value.top_up import Offer, Tier, TopUpRules
from terminal.rules.when import Window
from tests.told import keys, said

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "setup-file.md").read_text(encoding="utf-8")
SHOP = '[shop]\nname = "x"\n'
DAY = dt.date(2026, 11, 22)


def read(text: str) -> SetupFile:
    found, wrong = read_setup(SHOP + text)
    assert found is not None, said(wrong)
    return found


def told(text: str) -> list[tuple[str, str]]:
    found, wrong = read_setup(SHOP + text)
    assert found is None
    return said(wrong)


def test_the_file_in_the_documentation_is_right_and_says_what_it_shows() -> None:
    ((example,),) = [re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
    found, wrong = read_setup(example)
    assert wrong == []
    assert found is not None
    book = found.rulebook
    assert [offer.id for offer in book.top_up.offers] == ["always", "first"]
    assert book.purse.top_up_terms == "本卡记名，不设有效期。\n赠送金不退。"
    assert from_plain(Rulebook, plain(book)) == book


def test_every_table_of_the_file_is_in_the_documentation() -> None:
    named = set(re.findall(r"`\[+(\w+)\]+`", PAGE))
    assert named == set(TABLES)


def test_a_threshold_is_an_amount_where_money_decides_and_a_number_where_visits_do() -> None:
    milestone = 'milestones = [{id = "m", growth = GROWTH, points = 1}]\n'
    money = '[levels]\nlevels = [{code = "a", threshold = "20000.50"}]\n' + milestone.replace("GROWTH", '"1"')
    assert read(money).rulebook.levels.levels == (Level("a", 20000_50),)
    assert read(money).rulebook.levels.milestones == (Milestone("m", 1_00, points=1),)
    visits = '[levels]\ngrowth = "visits"\nlevels = [{code = "a", threshold = 12}]\n' + milestone.replace("GROWTH", "3")
    assert read(visits).rulebook.levels.levels == (Level("a", 12),)
    assert read(visits).rulebook.levels.milestones[0].growth == 3
    assert [key for key, _ in told(visits.replace("12", '"12"'))] == ["levels.levels[0].threshold"]
    assert [key for key, _ in told(money.replace('"20000.50"', "20000"))] == ["levels.levels[0].threshold"]
    shown = [each.after for each in changes(Rulebook(), read(visits).rulebook)]
    assert shown == ["code a, threshold 12", "visits", "id m, growth 3, points 1"]
    assert next(each.after for each in changes(Rulebook(), read(money).rulebook)) == "code a, threshold 20,000.50"


def test_a_limit_is_what_its_action_or_its_test_counts() -> None:
    text = """
[roles]
roles = [{name = "a", limits = [{action = "refund", most = "200"}, {action = "discount", most = "15%"}]}]
[[anomalies]]
name = "big"
test = "single_amount"
limit = "3000"
[[anomalies]]
name = "often"
test = "frequency"
limit = 3
window_minutes = 10
hours = [{hours = "09:00-21:00"}, {weekdays = [7]}]
"""
    book = read(text).rulebook
    assert book.roles.roles[0].limits == (Limit("refund", 200_00), Limit("discount", 1_500))
    hours = (Window(from_minute=540, to_minute=1260), Window(weekdays=frozenset({7})))
    assert book.anomalies == (
        Rule("big", "single_amount", limit=3000_00),
        Rule("often", "frequency", limit=3, window_minutes=10, hours=hours),
    )
    assert from_plain(Rulebook, plain(book)) == book
    assert told(text.replace('"15%"', "1500"))[0][0] == "roles.roles[0].limits[1].most"


def test_amounts_in_lists_are_yuan_and_a_priority_may_be_below_nothing() -> None:
    text = """
[top_up]
listed = ["100", "1,000.50"]
free = false
offers = [{id = "o", priority = -1, tiers = [{paid = "100", bonus = "1"}]}]
"""
    rules = read(text).rulebook.top_up
    assert (rules.listed_fen, rules.free, rules.offers[0].priority) == ((100_00, 1000_50), False, -1)
    assert told(text.replace('"100", "1', '100, "1'))[0][0] == "top_up.listed[0]"


def test_days_by_name_and_choices_by_key_are_tables() -> None:
    text = '[payout]\nwindows_days = {wechat = 365}\n[[member_fields]]\nkey = "skin"\nlabel = "皮肤"\nkind = "choice"\n'
    book = read(text + 'choices = {dry = "干性", oily = "油性"}\n').rulebook
    assert book.payout.windows_days == {"wechat": 365}
    assert book.member_fields == (Field("skin", "皮肤", "choice", choices=(("dry", "干性"), ("oily", "油性"))),)
    assert from_plain(Rulebook, plain(book)) == book
    shown = {each.place: each.after for each in changes(Rulebook(), book)}
    assert shown["payout.windows_days"] == "wechat 365"
    assert "choices dry 干性, oily 油性" in shown["member_fields[skin]"]
    assert told(text.replace("365", '"year"'))[0][0] == "payout.windows_days.wechat"
    assert [key for key, _ in told("[payout]\nwindows_days = 3\n")] == ["payout.windows_days"]


def test_the_two_numbers_of_a_review_day_are_two() -> None:
    assert read("[levels]\nreview_day = [3, 1]").rulebook.levels.review_day == (3, 1)
    assert told("[levels]\nreview_day = [3]") == [("levels.review_day", "must have exactly 2 parts")]


def test_a_version_is_nobodys_to_write() -> None:
    assert told("[levels]\nversion = 3")[0][0] == "levels.version"


def test_a_wrong_key_does_not_hide_what_is_wrong_beside_it() -> None:
    text = '[prices]\nline_mode = "all"\nround_off_unit = 1\nlevels = [{level = "a"}, {level = "", rate = "80%"}]\n'
    assert told(text) == [
        ("prices.levels[0].rate", "is missing"),
        ("prices.round_off_unit", 'is 1; it must be an amount of yuan in quotes such as "88.00"'),
        ("prices.line_mode", "is 'all'; it must be one of best_of, both"),
    ]


def test_what_names_parts_of_a_table_that_could_not_be_read_is_not_held_against_it() -> None:
    text = '[levels]\nlevels = [{code = "gold", threshold = 5}]\n[prices]\nlevels = [{level = "gold", rate = "80%"}]\n'
    assert [key for key, _ in told(text)] == ["levels.levels[0].threshold"]


@pytest.mark.parametrize(
    ("days", "first", "last", "expected"),
    [
        (None, None, None, (DAY, None)),
        (30, None, None, (DAY, dt.date(2026, 12, 21))),
        (1, None, None, (DAY, DAY)),
        (30, dt.date(2026, 12, 1), dt.date(2026, 12, 5), (dt.date(2026, 12, 1), dt.date(2026, 12, 5))),
        (3, dt.date(2026, 1, 1), dt.date(2026, 12, 5), (DAY, dt.date(2026, 11, 24))),
        (None, None, dt.date(2026, 12, 5), (DAY, dt.date(2026, 12, 5))),
    ],
)
def test_a_coupon_is_good_from_its_issue_for_its_days_within_its_templates_dates(
    days: int | None, first: dt.date | None, last: dt.date | None, expected: tuple[dt.date, dt.date | None]
) -> None:
    template = CouponTemplate("t", "cash", off_fen=5_00, valid_days=days, first=first, last=last)
    coupon = template.issued("c1", DAY)
    assert (coupon.first, coupon.last) == expected
    assert (coupon.id, coupon.template, coupon.off_fen) == ("c1", "t", 5_00)


def test_an_issued_coupon_does_all_that_its_template_says() -> None:
    same = {each.name for each in fields(Coupon)} & {each.name for each in fields(CouponTemplate)}
    assert same == {each.name for each in fields(Coupon)} - {"id", "template"}
    values = {"kind": "discount", "rate_bp": 1, "off_fen": 2, "threshold_fen": 3, "on_line": True, "alone": True}
    template = CouponTemplate("t", **values, stack_group="g", window=Window(first=DAY))  # type: ignore[arg-type]
    coupon = template.coupon("c", DAY, DAY)
    assert {name: getattr(coupon, name) for name in values} == values
    assert (coupon.stack_group, coupon.window, coupon.first, coupon.last) == ("g", Window(first=DAY), DAY, DAY)


def test_a_fresh_shops_rulebook_has_no_mistakes() -> None:
    assert mistakes(Rulebook()) == []
    assert TopUpRules().offers == ()


def test_cooling_off_may_not_be_shorter_than_the_regions_law() -> None:
    seven = Policy(cooling_off_days=7)
    assert keys(mistakes(Rulebook(region="CN-JS", refunds=seven))) == ["refunds.cooling_off_days"]
    for region in ("CN", "CN-JS", "TW"):
        assert mistakes(Rulebook(region=region)) == [], "what is left to the law is never less than that"
    assert mistakes(Rulebook(region="TW", refunds=seven)) == []
    assert keys(mistakes(Rulebook(region="CNX"))) == ["region"]


def test_an_amount_that_no_card_may_hold_by_the_regions_law_is_told() -> None:
    offer = Offer("big", (Tier(5_000_00, 1), Tier(5_000_01, 2)))
    tiers = Rulebook(top_up=TopUpRules(offers=(offer,)))
    assert keys(mistakes(tiers)) == ["top_up.offers[0].tiers[1].paid_fen"]
    assert keys(mistakes(replace(tiers, region="CN-SH"))) == ["top_up.offers[0].tiers[1].paid_fen"]
    assert mistakes(replace(tiers, region="TW")) == []
    assert mistakes(replace(tiers, purse=PurseRules(individual=True))) == []
    listed = Rulebook(top_up=TopUpRules(listed_fen=(100_00, 6_000_00), free=False))
    assert keys(mistakes(listed)) == ["top_up.listed_fen"]
    assert keys(mistakes(Rulebook(top_up=TopUpRules(least_fen=5_000_01)))) == ["top_up.least_fen"]


def test_what_is_named_and_nowhere_is_told_once_for_each_name() -> None:
    text = """
[[coupons]]
code = "c"
kind = "exchange"
scope = {items = ["1", "2"], categories = ["x"]}
audience = {levels = ["gold"]}
[levels]
milestones = [{id = "m", growth = "1", coupons = ["d"], pass_code = "p"}]
[redeem]
rewards = [{id = "r", kind = "goods", points = 1, what = "9"}, {id = "s", kind = "bonus", points = 1, value = "1"}]
"""
    assert told(text) == [
        ("levels.milestones[0].coupons", "names d, which is nowhere in this file"),
        ("levels.milestones[0].pass_code", "names p, which is nowhere in this file"),
        ("coupons[0].scope.items", "names 1, which is nowhere in this file"),
        ("coupons[0].scope.items", "names 2, which is nowhere in this file"),
        ("coupons[0].scope.categories", "names x, which is nowhere in this file"),
        ("coupons[0].audience.levels", "names gold, which is nowhere in this file"),
        ("redeem.rewards[0].what", "names 9, which is nowhere in this file"),
    ]


def test_a_changed_order_is_a_change() -> None:
    book = read('[levels]\nlevels = [{code = "a", threshold = "1"}, {code = "b", threshold = "2"}]').rulebook
    turned = replace(book, levels=replace(book.levels, levels=book.levels.levels[::-1]))
    assert [(each.place, each.before, each.after) for each in changes(book, turned)] == [
        ("levels.levels", "a, b", "b, a")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("shop", "setup_missing")]),
        ("{}", [("shop", "setup_missing")]),
        (
            "shop = 5\ntop_up = 3\npoints = 4\nservices = 6\nlevels = []\ncoupons = {}\ntiers = 1\n",
            [
                ("shop", "setup_not_table"),
                ("services", "setup_not_list"),
                ("levels", "setup_not_table"),
                ("coupons", "setup_not_list"),
                ("top_up", "setup_not_table"),
                ("points", "setup_not_table"),
                ("tiers", "setup_not_table"),
            ],
        ),
        ("services = [3]" + "\n" + SHOP, [("services[0]", "setup_not_table")]),
        (
            'services = [{code = "", name = "", price = "1"}]\n' + SHOP,
            [("services[0].code", "setup_empty"), ("services[0].name", "setup_empty")],
        ),
        ("top_up = {rule = 3}" + "\n" + SHOP, [("top_up.rule", "setup_not_one_of")]),
        ('top_up = {least = "1"}' + "\n" + SHOP, [("top_up.least", "setup_unknown_key")]),
        ("points = {min_bill = 5}" + "\n" + SHOP, [("points.min_bill", "setup_not_amount")]),
        ("points = {per_yuan = true}" + "\n" + SHOP, [("points.per_yuan", "setup_not_count")]),
        (
            'prices = {levels = [{level = "a", rate = "2000%"}]}' + "\n" + SHOP,
            [("prices.levels[0].rate", "setup_not_rate")],
        ),
        ('top_up = {max = "10000000000.01"}' + "\n" + SHOP, [("top_up.max", "setup_not_amount")]),
    ],
)
def test_what_is_no_table_or_says_nothing_is_told_at_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    found, wrong = read_setup(text)
    assert found is None
    assert [(each.key, each.code) for each in wrong] == expected


def test_a_rulebook_finds_its_coupons_and_passes_by_their_codes() -> None:
    book = read(
        '[[services]]\ncode = "1"\nname = "x"\nprice = "9"\n[[coupons]]\ncode = "c"\nkind = "trial"\n'
        '[[passes]]\ncode = "p"\nkind = "session_pass"\nprice = "9"\n'
        'parts = [{items = ["1"], paid = 3, single = "4"}]\n'
    ).rulebook
    assert book.coupon_template("c") is book.coupons[0]
    assert book.pass_terms("p") is book.passes[0]
    assert (book.coupon_template("p"), book.pass_terms("c")) == (None, None)
