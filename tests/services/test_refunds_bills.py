"""Refunds of bills through the book: what comes back, what goes, and that it adds up to the fen."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from functools import partial

import pytest

from terminal.base.ids import AccountId, new_id
from terminal.rules.loyalty.condition import Condition
from terminal.rules.loyalty.points import Multiplier, PointsRules, Rate
from terminal.rules.prices.basket import Step
from terminal.rules.scope import Audience
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.bills import Refunds
from terminal.services.refunds.records import parts
from tests.services.refund_bench import BOOK, CASHIER, MANAGER, POINTS, RefundBench, line, open_bench, with_mode


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def purse_bill(bench: RefundBench) -> tuple[AccountId, str]:
    """Return a member with 1000.00 + 200.00 and their bill of 300.00, two pieces, from the purse."""
    account = bench.member()
    bench.top_up(account, 1000_00, 200_00)
    return account, bench.bill(account, [line(300_00, 2)], {"principal": 250_00, "bonus": 50_00}, points=25)


def test_half_of_a_bill_from_the_purse_goes_back_as_the_ledger_has_it(bench: RefundBench) -> None:
    account, bill = purse_bill(bench)
    done = bench.refund(bill, {0: 1})
    assert (done.given_fen, done.cash_fen, done.points) == (150_00, 0, 13)
    last = bench.last()
    assert dict(last.postings) == {"bonus_discount": -25_00, "deferred": -125_00, "sales/service": 150_00}
    assert sorted((each.kind, each.amount) for each in last.effects) == [
        ("create", 25_00),
        ("create", 125_00),
        ("spend", 13),
        ("spend", 25_00),
        ("spend", 125_00),
    ]
    assert bench.held(account) == {"principal": 875_00, "bonus": 175_00, "points": 12}
    assert last.payload["undoes"] == bill
    assert last.payload["bill"] == done.bill


def test_the_second_half_takes_exactly_the_rest(bench: RefundBench) -> None:
    account, bill = purse_bill(bench)
    bench.refund(bill, {0: 1})
    bench.refund(bill)
    assert bench.held(account) == {"principal": 1000_00, "bonus": 200_00}
    assert bench.accounts() == {"deferred": -1000_00, "tender/cash": 1000_00}
    assert bench.records.rights(bill) == []
    assert bench.refused(lambda: bench.refunds.refund(bench.by(), Wish(bill))) == "refund_done"


# K-1: a haircut and a shampoo, net 292.50, with 5200 points used and 43 earned at Gold.
K1 = (
    line(229_83, list_fen=388_00, points=4086),
    line(62_67, kind="product", list_fen=98_00, points=1114),
)
K1_STEPS = (Step("level", "gold", 486_00 - 292_50, (388_00 - 229_83, 98_00 - 62_67)),)
GOLD = PointsRules(1, POINTS.rates, (Multiplier("gold", 15_000),))


def k1(bench: RefundBench) -> tuple[AccountId, str]:
    """Return a member who paid K-1 in cash with a coupon, and the bill."""
    account = bench.member()
    bench.units(account, "points", 5230, expires_on="2028-10-31")
    bench.units(account, "coupon", 1, expires_on="2026-12-31")
    bench.sections["points"] = GOLD
    used = {"points": 5200, "coupon": 1}
    bill = bench.bill(account, K1, {"cash": 292_50}, points=43, used=used, steps=K1_STEPS, level="gold")
    return account, bill


def test_r_1_the_shampoo_goes_back_with_its_points_and_the_coupon_stays_used(bench: RefundBench) -> None:
    account, bill = k1(bench)
    done = bench.refund(bill, {1: 1})
    assert (done.given_fen, done.cash_fen, done.points) == (62_67, 62_67, 9)
    assert bench.held(account) == {"points": 30 + 43 + 1114 - 9}
    assert dict(bench.last().postings) == {"sales/product": 62_67, "tender/cash": -62_67}
    bench.refund(bill)
    assert bench.held(account) == {"points": 5230, "coupon": 1}, "all of it refunded, the coupon comes back"
    assert bench.accounts() == {}


def test_points_and_money_count_for_the_day_of_the_bill(bench: RefundBench) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(388_00)], {"wechat": 388_00}, points=38)
    bench.made.clock.advance(7 * 86_400)
    done = bench.refund(bill)
    assert (done.cash_fen, done.payable_fen) == (0, 388_00)
    (total,) = bench.records.deeds.days(account)
    assert (total.paid_fen, total.points, total.visits) == (0, 0, 1), "V-1: 4800.00 again, the visit stays one"
    assert dict(bench.last().postings) == {"refund_payable": -388_00, "sales/service": 388_00}
    assert bench.last().payload["payouts"] == [
        {"right": bench.last().effects[0].bucket, "tender": "wechat", "fen": 388_00}
    ]


def test_a_session_goes_back_to_its_pass(bench: RefundBench) -> None:
    account = bench.member()
    bench.units(account, "pass", 12, 165_00)
    settled = line(0, list_fen=258_00, units=1)
    steps = (Step("session", "", 258_00, (258_00, 0)),)
    bill = bench.bill(account, [settled, line(80_00)], {"cash": 80_00}, sessions={0: 1}, steps=steps)
    assert bench.held(account) == {"pass": 11}
    bench.refund(bill, {0: 1})
    assert bench.held(account) == {"pass": 12}
    assert dict(bench.last().postings) == {"deferred": -165_00, "sales/service": 165_00}
    bench.refund(bill)
    assert bench.accounts() == {"deferred": -1980_00, "tender/cash": 1980_00}


def test_units_come_back_to_buckets_that_were_used_up(bench: RefundBench) -> None:
    account, bill = purse_bill(bench)
    bench.refund(bill, {0: 1})
    bench.bill(account, [line(1050_00)], {"principal": 875_00, "bonus": 175_00})
    bench.refund(bill)
    assert bench.held(account) == {"principal": 125_00, "bonus": 25_00}


@pytest.mark.parametrize(
    ("mode", "alone", "given_fen", "points"),
    [
        ("deduct_money", True, 299_75, {}),
        ("deduct_money", False, 300_00, {"points_owed": 25}),
        ("owe_points", True, 300_00, {"points_owed": 25}),
        ("forgive", True, 300_00, {}),
    ],
)
def test_missing_points_are_settled_as_the_shop_has_it(
    bench: RefundBench, mode: str, alone: bool, given_fen: int, points: dict[str, int]
) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(300_00)], {"cash": 300_00}, points=25)
    bench.use_up(account, "points")
    done = bench.refund(bill, rulebook=with_mode(mode), alone=alone)
    assert (done.given_fen, done.points) == (given_fen, 25)
    assert bench.held(account) == points
    assert bench.accounts().get("sales/service", 0) == given_fen - 300_00


def test_used_points_that_would_come_back_make_up_for_missing_ones_first(bench: RefundBench) -> None:
    account, bill = k1(bench)
    bench.use_up(account, "points")
    done = bench.refund(bill, {1: 1})
    assert (done.given_fen, done.deducted_fen) == (62_67, 0)
    assert bench.held(account) == {"points": 1114 - 9}


def test_a_debt_is_cancelled_first(bench: RefundBench) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(100_00, 4)], {"cash": 40_00, "on_credit": 60_00})
    done = bench.refund(bill, {0: 2})
    assert (done.given_fen, done.cash_fen) == (50_00, 0)
    assert bench.held(account) == {"owed": 10_00}
    assert dict(bench.last().postings) == {"receivable": -50_00, "sales/service": 50_00}
    bench.refund(bill)
    assert bench.held(account) == {}
    assert bench.accounts() == {}


def test_goods_go_back_to_the_shelf_only_where_they_came_back(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(90_00, 3, kind="product"), line(50_00)], {"cash": 140_00})
    wish = Wish(bill, {0: 2}, goods_back={0: 1})
    bench.refunds.refund(bench.by(), wish)
    assert bench.last().payload["stock"] == [{"item": "product-9000", "quantity": -1}]
    for goods in ({0: 2}, {1: 1}, {5: 1}):
        asked = partial(bench.refunds.refund, bench.by(), Wish(bill, {0: 1}, goods))
        assert bench.refused(asked) == "refund_goods_bad"


def test_a_repeated_action_answers_as_before_and_changes_nothing(bench: RefundBench) -> None:
    _, bill = purse_bill(bench)
    by = bench.by()
    first = bench.refunds.refund(by, Wish(bill, {0: 1}))
    before = bench.everything()
    assert bench.refunds.refund(by, Wish(bill, {0: 1})) == first
    assert bench.everything() == before
    assert bench.refused(lambda: bench.refunds.refund(by, Wish(bill))) == "action_conflict"


def test_who_may_not_needs_a_managers_yes(bench: RefundBench) -> None:
    _, bill = purse_bill(bench)
    by = bench.by(CASHIER)
    assert bench.refused(lambda: bench.refunds.refund(by, Wish(bill))) == "approval_needed"
    bench.approve(by, "refund", 299_99)
    assert bench.refused(lambda: bench.refunds.refund(by, Wish(bill))) == "approval_other"
    bench.made.clock.advance(1)
    bench.approve(by, "refund", 300_00)
    bench.refunds.refund(by, Wish(bill))
    assert bench.last().payload["approved_by"] == MANAGER.staff_id
    assert bench.last().payload["operator"] == CASHIER.staff_id


def test_what_was_shown_must_still_be_what_is_given(bench: RefundBench) -> None:
    _, bill = purse_bill(bench)
    shown = bench.refunds.preview(BOOK, Wish(bill), alone=True)
    assert shown.done.given_fen == 300_00
    wrong = Wish(bill, expected_fen=299_99)
    assert bench.refused(lambda: bench.refunds.refund(bench.by(), wrong)) == "refund_changed"
    bench.refunds.refund(bench.by(), Wish(bill, expected_fen=300_00))


def test_rights_that_went_elsewhere_stop_the_refund(bench: RefundBench) -> None:
    _, bill = purse_bill(bench)
    right = bench.records.rights(bill)[0]
    bench.post("return", {}, lambda draft: draft.give_back(right, 1_00))
    assert bench.refused(lambda: bench.refunds.refund(bench.by(), Wish(bill))) == "refund_rights_elsewhere"
    assert bench.refused(lambda: bench.refunds.sale(bill)) == "refund_rights_elsewhere"


def test_a_bill_is_refunded_until_its_last_day(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(50_00)], {"cash": 50_00})
    bench.made.clock.advance(30 * 86_400)
    assert bench.refunds.preview(BOOK, Wish(bill)).done.given_fen == 50_00
    bench.made.clock.advance(86_400)
    assert bench.refused(lambda: bench.refunds.refund(bench.by(), Wish(bill))) == "refund_too_late"


def test_a_bill_is_found_by_its_number_and_nothing_else_is(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(50_00)], {"cash": 50_00})
    settled = bench.refunds.sale("1-000001")
    assert (settled.name, settled.number) == (bill, "1-000001")
    for name in ("1-000002", "2-000001", "1-1", "", f"{new_id()}/1/1"):
        assert bench.refused(partial(bench.refunds.sale, name)) == "refund_bill_unknown"
    bench.post("gift", {}, lambda _: None)
    assert bench.refused(lambda: bench.refunds.sale("1-000002")) == "refund_bill_unknown"


def test_what_a_refund_gives_back_no_longer_counts_as_consumed(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 1000_00)
    sold = line(880_00, 2, list_fen=1000_00)
    steps = (Step("level", "gold", 120_00, (120_00,)),)
    bill = bench.bill(account, [sold], {"principal": 660_00, "bonus": 220_00}, steps=steps)
    bench.refund(bill, {0: 1})
    off = [(each["charged_fen"], each["list_fen"]) for each in parts(bench.last().payload, "returned")]
    assert off == [(330_00, 375_00), (110_00, 125_00)]
    bench.refund(bill)
    again = [(each["charged_fen"], each["list_fen"]) for each in parts(bench.last().payload, "returned")]
    assert again == off, "all of it refunded, nothing was consumed"


def test_points_of_a_rate_for_this_store_alone_stay_on_what_is_left(bench: RefundBench) -> None:
    here = Condition(audience=Audience(stores=frozenset({"静安店"})))
    bench.sections["points"] = PointsRules(1, (Rate("base", condition=here),))
    bill = bench.bill(bench.member(), [line(200_00, 2)], {"cash": 200_00}, points=20)
    refunds = Refunds(bench.records, lambda name, _: bench.sections[name], store=lambda: "静安店")
    assert refunds.preview(BOOK, Wish(bill, {0: 1}), alone=True).points_back == 10
