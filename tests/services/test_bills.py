"""Bills through the real book: what the specification's examples cost, take and give, each proved after it."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.rules.bill_note import BillNote
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.condition import Condition
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.loyalty.points import Multiplier, PointsRules, Rate, Stage
from terminal.rules.passes.terms import FROM_FIRST_USE, SESSION_PASS, TIME_PASS, PassPart, PassTerms
from terminal.rules.pay.commission import Person
from terminal.rules.prices.basket import CASH, DISCOUNT, EXCHANGE, BillPromotion, LevelPrice, PriceRules
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.scope import Audience, Scope
from terminal.services.bills.values import Chosen, Order, OrderLine, Settling, Tender
from tests.services.bill_bench import PHOTO, STAFF, Shop, free, made_by, open_shop

GOLD = "Gold"
K1_PRICES = PriceRules(
    version=3,
    levels=(
        LevelPrice(GOLD, 8800, Scope(kinds=frozenset({"service"}))),
        LevelPrice(GOLD, 9500, Scope(kinds=frozenset({"product"}))),
    ),
    bill_promotions=(BillPromotion("400-40", 400_00, 40_00),),
    round_off_unit_fen=10,
)
GOLD_POINTS = PointsRules(
    version=2,
    rates=(Rate("usual", 1, 10_00),),
    multipliers=(Multiplier("gold", 15_000, Condition(audience=Audience(levels=frozenset({GOLD})))),),
    min_bill_fen=50_00,
)
FIFTY = CouponTemplate("fifty", CASH, off_fen=50_00)
LINE_80 = CouponTemplate("line80", DISCOUNT, rate_bp=8000, on_line=True, scope=Scope(items=frozenset({"cut"})))
BILL_80 = CouponTemplate("bill80", DISCOUNT, rate_bp=8000)
TRIAL_FACIAL = CouponTemplate("facial", EXCHANGE, scope=Scope(items=frozenset({"facial"})))
TEN = PassTerms("ten", SESSION_PASS, 1980_00, (PassPart(frozenset({"facial"}), 10, 2, 258_00),))
ODD = PassTerms("odd", SESSION_PASS, 1000_00, (PassPart(frozenset({"facial"}), 12, 0, 100_00),))
LATER = PassTerms(
    "later",
    SESSION_PASS,
    1000_00,
    (PassPart(frozenset({"facial"}), 12, 0, 100_00),),
    valid_days=90,
    valid_from=FROM_FIRST_USE,
    daily_limit=2,
)
YEAR = PassTerms("year", TIME_PASS, 3650_00, (PassPart(frozenset({"facial"})),), valid_days=365, daily_limit=1)
RULES = Rulebook(
    prices=K1_PRICES,
    points=GOLD_POINTS,
    coupons=(FIFTY, LINE_80, BILL_80, TRIAL_FACIAL),
    passes=(TEN, ODD, LATER, YEAR),
    versions={"prices": 3, "points": 2, "coupons": 5, "passes": 0},
)
PLAIN = Rulebook(points=PointsRules(rates=(Rate("usual", 1, 10_00),)), passes=RULES.passes, coupons=RULES.coupons)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop without level prices."""
    made = open_shop(tmp_path, PLAIN)
    yield made
    made.prove()
    made.database.close()


@pytest.fixture
def gold_shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give the shop of the example of stacking."""
    made = open_shop(tmp_path, RULES)
    yield made
    made.prove()
    made.database.close()


@pytest.mark.parametrize(
    ("paid_fen", "order", "bill_fen", "principal_fen", "bonus_fen"),
    [
        pytest.param((1000_00, 200_00), "proportional", 300_00, 250_00, 50_00, id="W-1"),
        pytest.param((1000_00, 200_00), "principal_first", 300_00, 300_00, 0, id="W-2"),
        pytest.param((1000_00, 200_00), "bonus_first", 300_00, 100_00, 200_00, id="W-3"),
        pytest.param((1000_00, 200_00), "proportional", 99_99, 83_33, 16_66, id="W-4"),
    ],
)
def test_a_bill_takes_stored_value_in_the_order_of_the_shop(
    tmp_path: pathlib.Path, paid_fen: tuple[int, int], order: str, bill_fen: int, principal_fen: int, bonus_fen: int
) -> None:
    shop = open_shop(tmp_path, Rulebook(purse=PurseRules(spend_order=order)))
    account = shop.member()
    shop.purse(account, *paid_fen)
    before = shop.book.accounts()
    settled = shop.ring(Order(account, (free(bill_fen),)), [Tender("purse", bill_fen)])
    assert (settled.note.paid_with("principal"), settled.note.paid_with("bonus")) == (principal_fen, bonus_fen)
    assert shop.book.balances(account)["principal"] == paid_fen[0] - principal_fen
    moved = {name: fen - before.get(name, 0) for name, fen in shop.book.accounts().items()}
    wanted = {"deferred": principal_fen, "bonus_discount": bonus_fen, "sales/service": -bill_fen}
    assert {name: fen for name, fen in moved.items() if fen} == {name: fen for name, fen in wanted.items() if fen}
    assert shop.rights(settled) == {k: v for k, v in (("principal", principal_fen), ("bonus", bonus_fen)) if v}
    shop.database.close()


def test_capped_bonus_pays_its_part_and_principal_the_rest_as_in_w5(shop: Shop) -> None:
    account = shop.member()
    shop.give(account, "principal", 1000_00, value_fen=1)
    shop.give(account, "bonus", 200_00, attributes={"cap_bp": 1_000})
    settled = shop.ring(Order(account, (free(300_00),)), [Tender("purse", 300_00)])
    assert (settled.note.paid_with("principal"), settled.note.paid_with("bonus")) == (270_00, 30_00)


def test_a_bill_above_the_balance_is_refused_and_nothing_is_taken_as_in_w6(shop: Shop) -> None:
    account = shop.member()
    shop.purse(account, 100_00)
    bill, before = shop.open(Order(account, (free(100_01),))), shop.entries()
    with pytest.raises(Refusal, match="not_enough") as refused:
        shop.settle(bill, [Tender("purse", 100_01)], 100_01)
    assert refused.value.values["missing_fen"] == 1
    assert (shop.entries(), shop.book.balances(account)) == (before, {"principal": 100_00})
    assert shop.bills.get(bill.id) == bill, "it is open as before"


def test_one_bill_of_two_means_of_payment_leaves_a_right_for_each(shop: Shop) -> None:
    settled = shop.ring(
        Order(shop.member(), (free(100_00),)), [Tender("wechat", 60_00, "4200001"), Tender("cash", 40_00)]
    )
    assert shop.book.accounts() == {"tender/wechat": 60_00, "tender/cash": 40_00, "sales/service": -100_00}
    assert shop.rights(settled) == {"wechat": 60_00, "cash": 40_00}
    rights = {str(facts.attributes["tender"]): facts for facts, _ in made_by(settled.posted, "refund_right")}
    assert rights["wechat"].attributes["reference"] == "4200001"
    assert {facts.expires_on for facts in rights.values()} == {(shop.today + dt.timedelta(days=30)).isoformat()}
    assert settled.note.points == 10


def test_a_walk_in_pays_and_has_rights_that_are_the_shops(shop: Shop) -> None:
    settled = shop.ring(Order(lines=(OrderLine("shampoo", 2),)))
    assert (settled.note.account, settled.note.payable_fen, settled.note.points) == ("", 196_00, 0)
    assert shop.book.balances("shop") == {"refund_right": 196_00}  # type: ignore[arg-type]  # the shop is an owner
    assert settled.posted.entry.payload["stock"] == [{"item": "shampoo", "quantity": 2}]
    for means in ("purse", "on_credit"):
        with pytest.raises(Refusal, match="_needs_member"):
            shop.ring(Order(lines=(free(1_00),)), [Tender(means, 1_00)])


def test_the_example_of_stacking_is_settled_to_the_fen(gold_shop: Shop) -> None:
    shop, account = gold_shop, gold_shop.member(GOLD)
    coupon = shop.coupon(account, FIFTY)
    shop.give(account, "points", 5230)
    people = (Person("a", "stylist", 80, requested=True), Person("b", "assistant", 20))
    lines = (OrderLine("cut", people=people), OrderLine("shampoo"))
    settled = shop.ring(Order(account, lines, (Chosen(coupon),), 5230))
    note = settled.note
    assert [(step.name, step.off_fen) for step in note.steps] == [
        ("level", 51_46),
        ("bill_promotion", 40_00),
        ("bill_coupon", 50_00),
        ("points", 52_00),
        ("round_off", 4),
    ]
    assert (note.payable_fen, [line.net_fen for line in note.lines]) == (292_50, [229_83, 62_67])
    assert (note.points_used, [line.points for line in note.lines]) == (5200, [4086, 1114])
    assert (note.points, note.points_rules, note.level) == (43, ("usual", "gold"), GOLD), "P-2"
    assert note.lines[0].people == people
    assert note.versions == {"prices": 3, "points": 2, "purse": 0, "coupons": 5}
    assert BillNote.from_note(settled.posted.entry.payload) == note
    balances = shop.book.balances(account)
    assert (balances["points"], balances.get("coupon", 0)) == (5230 - 5200 + 43, 0)
    assert shop.rights(settled) == {"cash": 292_50, "coupon": 1, "points": 5200}
    assert shop.book.accounts()["sales/service"] == -229_83
    assert shop.book.accounts()["sales/product"] == -62_67
    assert settled.posted.entry.payload["stock"] == [{"item": "shampoo", "quantity": 1}]
    assert note.coupons[0].id == coupon


@pytest.mark.parametrize(
    ("template", "line", "payable_fen"),
    [pytest.param(BILL_80, None, 347_63, id="K-2"), pytest.param(LINE_80, 0, 403_50, id="K-3")],
)
def test_other_coupons_of_the_example(
    tmp_path: pathlib.Path, template: CouponTemplate, line: int | None, payable_fen: int
) -> None:
    plain = PriceRules(levels=K1_PRICES.levels)
    shop = open_shop(tmp_path, Rulebook(prices=plain, coupons=RULES.coupons))
    account = shop.member(GOLD)
    coupon = shop.coupon(account, template)
    settled = shop.ring(Order(account, (OrderLine("cut"), OrderLine("shampoo")), (Chosen(coupon, line),)))
    assert settled.note.payable_fen == payable_fen
    shop.database.close()


@pytest.mark.parametrize(
    ("stage_mode", "points"), [pytest.param("marginal", 165, id="P-4"), pytest.param("whole_bill", 240, id="P-5")]
)
def test_points_in_stages(tmp_path: pathlib.Path, stage_mode: str, points: int) -> None:
    stages = (Stage(0, 10_000), Stage(500_00, 15_000), Stage(1000_00, 20_000))
    rules = PointsRules(rates=(Rate("usual", 1, 10_00),), stages=stages, stage_mode=stage_mode)
    shop = open_shop(tmp_path, Rulebook(points=rules))
    account = shop.member()
    assert shop.ring(Order(account, (free(1200_00),))).note.points == points
    assert shop.book.balances(account)["points"] == points
    shop.database.close()


@pytest.mark.parametrize(("bill_fen", "points"), [pytest.param(358_00, 53, id="P-1"), pytest.param(49_99, 0, id="P-3")])
def test_points_of_a_gold_member(gold_shop: Shop, bill_fen: int, points: int) -> None:
    rules = Rulebook(points=GOLD_POINTS)
    gold_shop.rules = rules
    assert gold_shop.ring(Order(gold_shop.member(GOLD), (free(bill_fen),))).note.points == points


def test_no_points_for_bonus_and_all_points_of_a_month_in_one_bucket(shop: Shop) -> None:
    account = shop.member()
    shop.purse(account, 1000_00, 200_00)
    for _ in range(2):
        assert shop.ring(Order(account, (free(300_00),)), [Tender("purse", 300_00)]).note.points == 25
    held = shop.book.holdings(account, ("points",))
    assert [(each.amount, each.expires_on) for each in held] == [(50, "2028-11-30")]


def test_a_higher_level_counts_from_the_next_bill_as_in_v1(tmp_path: pathlib.Path) -> None:
    levels = LevelRules(1, (Level("Silver", 1000_00), Level(GOLD, 5000_00), Level("Diamond", 20_000_00)))
    shop = open_shop(tmp_path, Rulebook(levels=levels, prices=PriceRules(levels=K1_PRICES.levels)))
    account = shop.member()
    assert shop.ring(Order(account, (free(4800_00),))).note.level == ""
    assert shop.ring(Order(account, (free(388_00),))).note.level == "Silver"
    third = shop.ring(Order(account, (OrderLine("cut"),)))
    assert (third.note.level, third.note.payable_fen, third.note.versions["levels"]) == (GOLD, 341_44, 0)
    row = shop.database.row("SELECT level FROM member")
    assert row is not None
    assert row[0] == GOLD
    shop.database.close()


def test_a_pass_sold_for_cash_is_owed_in_sessions_and_its_right_has_no_end(shop: Shop) -> None:
    account = shop.member()
    settled = shop.ring(Order(account, (OrderLine(pass_code="ten"),)))
    ((units, amount),) = made_by(settled.posted, "pass")
    assert (amount, units.unit_value_fen, settled.note.lines[0].pass_lot) == (12, 165_00, units.lot)
    assert shop.book.accounts() == {"tender/cash": 1980_00, "deferred": -1980_00}
    ((right, fen),) = made_by(settled.posted, "refund_right")
    assert (fen, right.expires_on, right.attributes["of"], right.attributes["pass"]) == (1980_00, "", "pass", units.lot)


def test_a_pass_bought_from_the_purse_leads_back_to_its_lots(shop: Shop) -> None:
    account = shop.member()
    shop.purse(account, 3000_00, 600_00)
    settled = shop.ring(Order(account, (OrderLine(pass_code="ten"),)), [Tender("purse", 1980_00)])
    assert shop.rights(settled) == {"principal": 1650_00, "bonus": 330_00}
    accounts = shop.book.accounts()
    assert (accounts["bonus_discount"], accounts["deferred"]) == (330_00, -3000_00 + 1650_00 - 1980_00)


def test_a_pass_and_a_service_on_one_bill_leave_rights_of_their_own(shop: Shop) -> None:
    account = shop.member()
    settled = shop.ring(
        Order(account, (OrderLine(pass_code="odd"), free(500_00))), [Tender("card", 900_00), Tender("cash", 600_00)]
    )
    rights = {
        (str(facts.attributes["tender"]), str(facts.attributes["of"]), facts.expires_on != ""): amount
        for facts, amount in made_by(settled.posted, "refund_right")
    }
    assert rights == {
        ("card", "pass", False): 600_00,
        ("card", "bill", True): 300_00,
        ("cash", "pass", False): 400_00,
        ("cash", "bill", True): 200_00,
    }
    assert sorted((amount, facts.unit_value_fen) for facts, amount in made_by(settled.posted, "pass")) == [
        (1, 83_37),
        (11, 83_33),
    ]
    with pytest.raises(Refusal, match="pass_needs_member"):
        shop.ring(Order(lines=(OrderLine(pass_code="odd"),)))


def test_sessions_are_used_at_their_value_the_even_ones_first(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "odd")
    line = OrderLine("facial", pass_lot=lot)
    settled = shop.ring(Order(account, (line, free(10_00))))
    first = settled.note.lines[0]
    assert (first.net_fen, first.units, first.session_fen, first.pass_code) == (0, 1, 83_33, "odd")
    assert settled.note.payable_fen == 10_00
    ((right, _),) = [pair for pair in made_by(settled.posted, "refund_right") if "line" in pair[0].attributes]
    assert right.attributes["line"] == 0
    assert shop.book.accounts()["sales/service"] == -83_33 - 10_00
    for _ in range(11):
        last = shop.ring(Order(account, (line,)))
    assert last.note.lines[0].session_fen == 83_37
    assert shop.book.accounts()["deferred"] == 0
    with pytest.raises(Refusal, match="pass_unknown"):
        shop.ring(Order(account, (line,)))


def test_the_first_use_of_a_pass_begins_its_days_in_the_same_lot(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "later")
    shop.ring(Order(account, (OrderLine("facial", pass_lot=lot),)))
    held = shop.book.lots(shop.book.holdings(account, ("pass",)))
    assert {each.facts.lot for each in held} == {lot}
    ends = (shop.today + dt.timedelta(days=89)).isoformat()
    assert {(each.facts.spendable_from, each.facts.expires_on) for each in held} == {(shop.today.isoformat(), ends)}
    assert sorted(each.amount for each in held) == [1, 10]
    shop.ring(Order(account, (OrderLine("facial", pass_lot=lot),)))
    with pytest.raises(Refusal, match="pass_daily_limit"):
        shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))


def test_a_time_pass_is_shown_and_takes_no_units(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "year")
    settled = shop.ring(Order(account, (OrderLine("facial", pass_lot=lot),)))
    assert (settled.note.lines[0].units, settled.posted.entry.effects) == (0, ())
    with pytest.raises(Refusal, match="pass_daily_limit"):
        shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))


def test_an_exchange_coupon_belongs_to_its_line(shop: Shop) -> None:
    account = shop.member()
    coupon = shop.coupon(account, TRIAL_FACIAL)
    settled = shop.ring(Order(account, (OrderLine("cut"), OrderLine("facial")), (Chosen(coupon, 1),)))
    assert [(line.net_fen, line.units) for line in settled.note.lines] == [(388_00, 0), (0, 1)]
    (right,) = [facts for facts, _ in made_by(settled.posted, "refund_right") if "line" in facts.attributes]
    assert right.attributes["line"] == 1


def test_on_credit_is_owed_and_earns_nothing(shop: Shop) -> None:
    account = shop.member()
    settled = shop.ring(Order(account, (free(100_00),)), [Tender("cash", 30_00), Tender("on_credit", 70_00)])
    assert shop.book.accounts() == {"tender/cash": 30_00, "receivable": 70_00, "sales/service": -100_00}
    assert shop.book.balances(account)["owed"] == 70_00
    assert shop.rights(settled) == {"cash": 30_00, "owed": 70_00}
    assert (settled.note.points, settled.note.paid_fen) == (3, 30_00)


def test_cash_gives_change_that_is_not_booked(shop: Shop) -> None:
    settled = shop.ring(Order(shop.member(), (free(88_00),)), [Tender("cash", 100_00)])
    assert (settled.figure("change_fen"), settled.note.tenders[0].amount_fen) == (12_00, 88_00)
    assert shop.book.accounts() == {"tender/cash": 88_00, "sales/service": -88_00}


def test_a_bill_that_is_split_names_who_paid_what(shop: Shop) -> None:
    bill = shop.open(Order(shop.member(), (free(100_01),)))
    asked = Settling((Tender("cash", 50_01, person=1), Tender("alipay", 50_00, "x", 2)), 100_01, (50_01, 50_00))
    settled = shop.bills.settle(shop.rules, STAFF, bill.id[::-1], (bill.id, 1), asked)  # type: ignore[arg-type]  # an id
    assert settled.note.split == (50_01, 50_00)
    assert [(each.person, each.amount_fen) for each in settled.note.tenders] == [(1, 50_01), (2, 50_00)]


def test_a_visit_opens_locked_bonus_for_the_next_bill_as_in_s3(shop: Shop) -> None:
    account = shop.member()
    terms = {"granted_fen": 300_00, "rate_bp": 1_000, "min_bill_fen": 100_00}
    locked = shop.give(account, "bonus_locked", 300_00, attributes=dict(terms))
    assert shop.ring(Order(account, (free(99_00),))).note.released == ()
    for number in range(1, 11):
        (opened,) = shop.ring(Order(account, (free(100_00),))).note.released
        assert (opened.opened_fen, opened.skipped_fen, opened.locked) == (30_00, 0, locked.id)
        assert shop.book.balances(account)["bonus"] == 30_00 * number
    assert shop.ring(Order(account, (free(100_00),))).note.released == ()
    assert shop.ring(Order(account, (free(300_00),)), [Tender("purse", 300_00)]).note.paid_with("bonus") == 300_00


def test_each_lot_notes_its_share_of_the_bill_at_charged_and_at_list_value(gold_shop: Shop) -> None:
    account = gold_shop.member(GOLD)
    gold_shop.purse(account, 300_00, 60_00)
    settled = gold_shop.ring(
        Order(account, (OrderLine("cut"), OrderLine("shampoo"))), [Tender("purse", 200_00), Tender("cash", 194_50)]
    )
    notes = settled.note.taken
    paid = [each.amount_fen for each in settled.note.tenders]
    assert settled.note.payable_fen == sum(paid) == 394_50
    assert [each.asset for each in notes] == ["principal", "bonus"]
    assert [each.charged_fen for each in notes] == [each.amount for each in notes]
    assert sum(each.list_fen for each in notes) == 246_39, "486.00 x 200.00 / 394.50"


def test_points_beyond_those_held_and_tenders_that_do_not_fit_are_refused(shop: Shop) -> None:
    account = shop.member()
    with pytest.raises(Refusal, match="points_not_enough"):
        shop.open(Order(account, (free(100_00),), points=100))
    bill, before = shop.open(Order(account, (free(100_00),))), shop.entries()
    for tenders, code in (
        ([Tender("cash", 99_99)], "tenders_short missing_fen=1"),
        ([Tender("card", 100_01)], "tenders_over over_fen=1"),
        ([Tender("gold", 100_00)], "tender_unknown"),
        ([Tender("cash", 0), Tender("card", 100_00)], "amount_bad"),
        ([Tender("card", 100_00, "x" * 65)], "tender_reference_bad"),
        ([Tender("on_credit", 50_00), Tender("on_credit", 50_00)], "tender_twice"),
        ([Tender("cash", 100_00, person=2)], "split_person_bad"),
        ([Tender("cash", 50_00, person=1), Tender("cash", 50_00)], "split_person_bad"),
    ):
        with pytest.raises(Refusal, match=code):
            shop.settle(bill, tenders, 100_00)
    with pytest.raises(Refusal, match="price_changed payable_fen=10000"):
        shop.settle(bill, [Tender("cash", 90_00)], 90_00)
    assert (shop.entries(), shop.book.accounts()) == (before, {})


def test_lines_that_cannot_be_sold_are_refused(shop: Shop) -> None:
    account = shop.member()
    for line, code in (
        (OrderLine("nothing"), "item_unknown item=nothing"),
        (OrderLine(pass_code="nothing"), "pass_not_sold"),
        (OrderLine(pass_code="ten", quantity=2), "pass_one_only"),
        (OrderLine(pass_code="ten", pass_lot="0" * 32), "pass_one_only"),
        (OrderLine("cut", pass_code="ten"), "pass_one_only"),
        (OrderLine(name="x" * 61, pass_code="ten"), "bill_line_bad"),
        (OrderLine(name="one\ntwo", pass_code="ten"), "bill_line_bad"),
        (OrderLine(name="x" * 61, list_fen=1), "bill_line_bad"),
        (OrderLine(name="x", list_fen=1, kind="fee"), "bill_line_bad"),
        (OrderLine("cut", 0), "quantity_bad"),
        (OrderLine("cut", people=(Person("a", "x"), Person("a", "y"))), "commission_weights_bad"),
        (OrderLine("cut", people=(Person("a", "x", 0),)), "commission_weights_bad"),
        (OrderLine("cut", people=tuple(Person(str(n), "x") for n in range(21))), "commission_weights_bad"),
        (OrderLine(name="x", list_fen=-1), "price_bad"),
        (OrderLine("facial", pass_lot="0" * 32), "pass_unknown"),
    ):
        with pytest.raises(Refusal, match=code):
            shop.open(Order(account, (line,)))
    with pytest.raises(Refusal, match="bill_empty"):
        shop.open(Order(account))
    for nobody in ("0" * 32, "x"):
        with pytest.raises(Refusal, match="member_unknown"):
            shop.open(Order(nobody, (free(1),)))


def test_taking_anything_from_a_member_needs_the_cashiers_word(shop: Shop) -> None:
    account = shop.member()
    shop.purse(account, 100_00)
    shop.give(account, "points", 1000)
    lot = shop.pass_units(account, "ten")
    for order, tenders, payable_fen in (
        (Order(account, (free(10_00),)), [Tender("purse", 10_00)], 10_00),
        (Order(account, (free(10_00),), points=100), [Tender("cash", 9_00)], 9_00),
        (Order(account, (OrderLine("facial", pass_lot=lot),)), [], 0),
    ):
        bill = shop.open(order)
        with pytest.raises(Refusal, match="factor_identifies_only"):
            shop.settle(bill, tenders, payable_fen, proof=type(PHOTO)())
        assert shop.settle(bill, tenders, payable_fen).posted.entry.payload["confirmed"] == "photo"
