"""What a bill earns: the worked figures, which rule counts, and what never earns."""

from __future__ import annotations

import dataclasses
import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.loyalty.condition import Condition, PaidLine, Visit
from terminal.rules.loyalty.points import (
    Earned,
    Multiplier,
    Payment,
    PointsRules,
    Rate,
    Stage,
    earned,
    mistakes,
    paid_lines,
    points_expire_on,
    with_gifts,
)
from terminal.rules.prices.basket import Line, Priced, PricedLine
from terminal.rules.scope import Audience, Scope
from terminal.rules.split import cross
from terminal.rules.when import Window
from tests.told import keys as keys_of

SUNDAY = dt.datetime(2026, 11, 22, 15, 0)  # noqa: DTZ001 - the shop's civil time
GOLD = Visit(SUNDAY, "gold")
PER_TEN_YUAN = Rate("base")
GOLD_HALF_MORE = Multiplier("gold", 15_000, Condition(audience=Audience(levels=frozenset({"gold"}))))
RULES = PointsRules(1, (PER_TEN_YUAN,), (GOLD_HALF_MORE,))
STAGES = (Stage(0, 10_000), Stage(500_00, 15_000), Stage(1000_00, 20_000))
HAIRCUT, SHAMPOO = PaidLine("cut", "service", "hair", 229_83), PaidLine("shampoo", "product", "care", 62_67)


def paid(fen: int, kind: str = "service") -> tuple[PaidLine, ...]:
    return (PaidLine("x", kind, "", fen),)


def points(rules: PointsRules, fen: int, tender: str = "cash", visit: Visit = GOLD, kind: str = "service") -> int:
    return earned(rules, paid(fen, kind), (Payment(tender, fen),), visit).points


@pytest.mark.parametrize(
    ("rules", "fen", "due"),
    [
        pytest.param(RULES, 358_00, 53, id="P-1"),
        pytest.param(RULES, 292_50, 43, id="P-2"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), min_bill_fen=50_00), 49_99, 0, id="P-3"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), min_bill_fen=50_00), 50_00, 5, id="P-3, the least bill"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES), 1200_00, 165, id="P-4"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES, stage_mode="whole_bill"), 1200_00, 240, id="P-5"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES, stage_mode="whole_bill"), 500_00, 75, id="at 500"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES), 499_99, 49, id="below 500"),
        pytest.param(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES), 500_00, 50, id="a slice of nothing"),
        pytest.param(PointsRules(1), 500_00, 0, id="no rate"),
        pytest.param(RULES, 0, 0, id="nothing paid"),
    ],
)
def test_a_bill_earns_its_points_rounded_down_once_at_the_end(rules: PointsRules, fen: int, due: int) -> None:
    assert points(rules, fen) == due


def test_a_bill_of_two_lines_and_two_tenders_is_rounded_once() -> None:
    lines, payments = (HAIRCUT, SHAMPOO), (Payment("wechat", 100_01), Payment("cash", 192_49))
    assert earned(RULES, lines, payments, GOLD) == Earned(43, 292_50, ("base", "gold"))
    assert earned(RULES, lines, payments, Visit(SUNDAY, "silver")) == Earned(29, 292_50, ("base",))


@pytest.mark.parametrize("tender", ["bonus", "points", "pass", "gift_card", "coupon", "on_credit"])
def test_what_is_no_money_paid_earns_nothing(tender: str) -> None:
    assert points(RULES, 358_00, tender) == 0


def test_bonus_earns_where_the_shop_says_so_and_the_purse_always() -> None:
    generous = PointsRules(1, (PER_TEN_YUAN,), bonus_earns=True)
    assert points(generous, 100_00, "bonus") == 10
    assert points(generous, 100_00, "gift_card") == 0
    split = (Payment("principal", 250_00), Payment("bonus", 50_00))
    assert earned(PointsRules(1, (PER_TEN_YUAN,)), paid(300_00), split, GOLD) == Earned(25, 250_00, ("base",))


@pytest.mark.parametrize("kind", ["fee", "deposit", "gift_card"])
def test_fees_and_deposits_earn_nothing(kind: str) -> None:
    assert points(RULES, 358_00, kind=kind) == 0


def test_a_line_that_earns_nothing_takes_its_share_of_every_payment() -> None:
    lines = (PaidLine("cut", "service", "hair", 100_00), PaidLine("card", "fee", "", 100_00))
    half = earned(PointsRules(1, (PER_TEN_YUAN,)), lines, (Payment("cash", 100_00), Payment("bonus", 100_00)), GOLD)
    assert half == Earned(5, 50_00, ("base",))


def test_the_first_rate_that_fits_counts_and_no_other() -> None:
    none = Rate("care earns nothing", 0, 1, Condition(Scope(categories=frozenset({"care"}))))
    double = Rate("app double", 2, 10_00, Condition(audience=Audience(channels=frozenset({"app"}))))
    by_card = Rate("card", 1, 20_00, Condition(tenders=frozenset({"card"})))
    rules = PointsRules(1, (none, double, by_card, PER_TEN_YUAN))
    lines = (HAIRCUT, SHAMPOO)
    whole = (Payment("cash", 292_50),)
    assert earned(rules, lines, whole, GOLD) == Earned(22, 229_83, ("base",))
    assert earned(rules, lines, whole, Visit(SUNDAY, channel="app")) == Earned(45, 229_83, ("app double",))
    mixed = (Payment("card", 200_00), Payment("cash", 92_50))
    # The card pays 157.15 of the haircut, the cash the other 72.68: 7.8575 + 7.268 points.
    assert earned(rules, lines, mixed, GOLD) == Earned(15, 229_83, ("card", "base"))


def test_of_several_multipliers_the_highest_counts_or_all_of_them() -> None:
    sunday = Multiplier("sunday", 20_000, Condition(window=Window(weekdays=frozenset({7}))))
    rules = (PER_TEN_YUAN,), (sunday, GOLD_HALF_MORE)
    assert points(PointsRules(1, *rules), 100_00) == 20
    assert points(PointsRules(1, *rules, multiplier_mode="product"), 100_00) == 30
    monday = Visit(SUNDAY + dt.timedelta(days=1), "gold")
    assert points(PointsRules(1, *rules), 100_00, visit=monday) == 15
    assert points(PointsRules(1, *rules, multiplier_mode="product"), 100_00, visit=Visit(monday.at)) == 10


def test_a_multiplier_counts_only_for_its_lines_tenders_and_hours() -> None:
    care = Multiplier("care", 30_000, Condition(Scope(categories=frozenset({"care"})), tenders=frozenset({"cash"})))
    rules = PointsRules(1, (PER_TEN_YUAN,), (care,))
    assert earned(rules, (HAIRCUT, SHAMPOO), (Payment("cash", 292_50),), GOLD).points == (229_83 + 3 * 62_67) // 10_00
    assert earned(rules, (HAIRCUT, SHAMPOO), (Payment("wechat", 292_50),), GOLD) == Earned(29, 292_50, ("base",))
    morning = Multiplier("morning", 20_000, Condition(window=Window(to_minute=12 * 60)))
    assert points(PointsRules(1, (PER_TEN_YUAN,), (morning,)), 100_00) == 10


@pytest.mark.parametrize(
    ("birthday", "kept_on", "due"),
    [
        ("day", dt.date(2026, 11, 22), 20),
        ("day", dt.date(2026, 11, 21), 10),
        ("month", dt.date(2026, 11, 1), 20),
        ("month", dt.date(2026, 12, 22), 10),
        ("month", dt.date(2025, 11, 22), 10),
        ("day", None, 10),
        ("month", None, 10),
    ],
)
def test_a_birthday_counts_on_its_day_or_in_its_month(birthday: str, kept_on: dt.date | None, due: int) -> None:
    double = Multiplier("birthday", 20_000, Condition(birthday=birthday))
    assert points(PointsRules(1, (PER_TEN_YUAN,), (double,)), 100_00, visit=Visit(SUNDAY, birthday=kept_on)) == due


def test_the_least_bill_is_that_of_all_lines_also_where_not_all_of_it_earns() -> None:
    rules = PointsRules(1, (PER_TEN_YUAN,), min_bill_fen=100_00)
    payments = (Payment("principal", 60_00), Payment("bonus", 40_00))
    assert earned(rules, paid(100_00), payments, GOLD).points == 6


@pytest.mark.parametrize(
    ("lines", "payments", "code"),
    [
        (paid(-1), (Payment("cash", -1),), "points_amount_bad"),
        (paid(100), (Payment("cash", 101), Payment("wechat", -1)), "points_amount_bad"),
        (paid(FEN_MAX + 1), (Payment("cash", FEN_MAX + 1),), "points_amount_bad"),
        (paid(100), (Payment("cash", 99),), "points_shares_unequal"),
        ((), (Payment("cash", 1),), "points_shares_unequal"),
    ],
)
def test_impossible_bills_are_refused(lines: tuple[PaidLine, ...], payments: tuple[Payment, ...], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        earned(RULES, lines, payments, GOLD)
    assert caught.value.code == code


def test_points_end_with_a_month_or_never() -> None:
    assert points_expire_on(RULES, dt.date(2026, 11, 22)) == dt.date(2028, 11, 30)
    assert points_expire_on(PointsRules(valid_months=0), dt.date(2026, 2, 1)) == dt.date(2026, 2, 28)
    assert points_expire_on(PointsRules(valid_months=None), dt.date(2026, 11, 22)) is None


def test_the_lines_of_a_priced_bill_are_those_that_earn() -> None:
    line = PricedLine(Line("cut", "service", "hair", 388_00), 388_00, 341_44, 229_83)
    assert paid_lines(Priced((line,), (), 229_83)) == (HAIRCUT,)


@pytest.mark.parametrize(
    ("rules", "keys"),
    [
        (RULES, []),
        (PointsRules(1, (PER_TEN_YUAN,), stages=STAGES, valid_months=None), []),
        (PointsRules(1, (Rate("a", 100_000, FEN_MAX),), (Multiplier("b", 1_000_000),)), []),
        (PointsRules(1, (Rate("a", -1, 0),)), ["rates[0].points", "rates[0].unit_fen"]),
        (PointsRules(1, (Rate("a", 100_001, FEN_MAX + 1),)), ["rates[0].points", "rates[0].unit_fen"]),
        (
            PointsRules(1, (), (Multiplier("a", 0), Multiplier("a", 1_000_001))),
            ["multipliers[0].rate_bp", "multipliers[1].rate_bp", "rates"],
        ),
        (PointsRules(1, (Rate(""),)), ["rates"]),
        (PointsRules(1, stages=(Stage(1, 10_000),)), ["stages"]),
        (PointsRules(1, stages=(Stage(0, 10_000), Stage(0, 0))), ["stages", "stages[1].rate_bp"]),
        (PointsRules(1, tuple(Rate(on, condition=Condition(birthday=on)) for on in ("day", "month"))), []),
        (PointsRules(valid_months=1_200, min_bill_fen=FEN_MAX), []),
        (PointsRules(valid_months=1_201, min_bill_fen=FEN_MAX + 1), ["min_bill_fen", "valid_months"]),
        (PointsRules(1, (Rate("a", condition=Condition(birthday="week")),)), ["rates[0].condition.birthday"]),
        (
            PointsRules(1, (Rate("a", condition=Condition(audience=Audience(channels=frozenset({"door"})))),)),
            ["rates[0].condition.audience.channels"],
        ),
        (PointsRules(multiplier_mode="best", stage_mode="all"), ["multiplier_mode", "stage_mode"]),
        (PointsRules(min_bill_fen=-1, valid_months=-1), ["min_bill_fen", "valid_months"]),
        (
            PointsRules(1, (), (Multiplier("a", 1, Condition(window=Window(from_minute=1440))),)),
            ["multipliers[0].condition.window.hours"],
        ),
        (
            PointsRules(1, (Rate("a", condition=Condition(window=Window(weekdays=frozenset()))),)),
            ["rates[0].condition.window.weekdays"],
        ),
        (
            PointsRules(
                1,
                (
                    Rate(
                        "a",
                        condition=Condition(window=Window(weekdays=frozenset({0}))),
                    ),
                ),
            ),
            ["rates[0].condition.window.weekdays"],
        ),
        (
            PointsRules(1, (Rate("a", condition=Condition(window=Window(dt.date(2026, 2, 1), dt.date(2026, 1, 1)))),)),
            ["rates[0].condition.window.last"],
        ),
    ],
)
def test_every_mistake_of_the_rules_is_told(rules: PointsRules, keys: list[str]) -> None:
    assert keys_of(mistakes(rules)) == keys


FEN = st.integers(0, 5_000_00)
TENDERS = ("cash", "principal", "bonus", "card", "points")
CATEGORIES = ("hair", "care", "nails")


@st.composite
def bills(draw: st.DrawFn) -> tuple[list[PaidLine], list[Payment]]:
    lines = [
        PaidLine("x", "service", draw(st.sampled_from(CATEGORIES)), draw(FEN)) for _ in range(draw(st.integers(1, 5)))
    ]
    left = sum(line.net_fen for line in lines)
    payments: list[Payment] = []
    for tender in draw(st.lists(st.sampled_from(TENDERS), max_size=3)):
        amount = draw(st.integers(0, left))
        payments.append(Payment(tender, amount))
        left -= amount
    return lines, [*payments, Payment("cash", left)]


@st.composite
def earning(draw: st.DrawFn) -> PointsRules:
    condition = st.builds(
        lambda category, tender: Condition(Scope(categories=category), tenders=tender),
        st.sets(st.sampled_from(CATEGORIES), max_size=2).map(frozenset),
        st.sets(st.sampled_from(TENDERS), max_size=2).map(frozenset),
    )
    rates = [
        Rate(f"r{place}", draw(st.integers(0, 3)), draw(st.sampled_from((1, 7, 10_00, 33_33))), draw(condition))
        for place in range(draw(st.integers(0, 3)))
    ]
    multipliers = [Multiplier(f"m{place}", draw(st.integers(1, 40_000)), draw(condition)) for place in range(2)]
    starts = sorted({0, *draw(st.sets(st.integers(1, 9_000_00), max_size=3))}) if draw(st.booleans()) else []
    return PointsRules(
        1,
        tuple(rates),
        tuple(multipliers),
        draw(st.sampled_from(("highest", "product"))),
        tuple(Stage(start, draw(st.integers(1, 40_000))) for start in starts),
        draw(st.sampled_from(("marginal", "whole_bill"))),
        bonus_earns=draw(st.booleans()),
    )


def naively(rules: PointsRules, lines: list[PaidLine], payments: list[Payment]) -> int:
    """Return the points with fractions and without shortcuts."""
    whole, base = Fraction(0), 0
    table = cross([line.net_fen for line in lines], [payment.amount_fen for payment in payments])
    for line, row in zip(lines, table, strict=True):
        for payment, fen in zip(payments, row, strict=True):
            if payment.tender == "points" or (payment.tender == "bonus" and not rules.bonus_earns):
                continue
            rate = [each for each in rules.rates if each.condition.covers(line, payment.tender)]
            if not rate or not rate[0].points:
                continue
            times = Fraction(1)
            fitting = [m.rate_bp for m in rules.multipliers if m.condition.covers(line, payment.tender)]
            for rate_bp in fitting if rules.multiplier_mode == "product" else sorted(fitting)[-1:]:
                times *= Fraction(rate_bp, 10_000)
            whole += Fraction(fen * rate[0].points, rate[0].unit_fen) * times
            base += fen
    if base and rules.stages and rules.stage_mode == "whole_bill":
        whole *= Fraction([stage.rate_bp for stage in rules.stages if stage.from_fen <= base][-1], 10_000)
    elif base and rules.stages:
        by_fen = 0
        for stage, end in zip(rules.stages, [*(each.from_fen for each in rules.stages[1:]), None], strict=True):
            by_fen += max(0, (base if end is None else min(base, end)) - stage.from_fen) * stage.rate_bp
        whole *= Fraction(by_fen, 10_000 * base)
    return int(whole)


@settings(max_examples=25)
@given(earning(), bills())
def test_points_are_those_of_the_naive_way_with_fractions(
    rules: PointsRules, bill: tuple[list[PaidLine], list[Payment]]
) -> None:
    assert mistakes(rules) == []
    assert earned(rules, *bill, GOLD).points == naively(rules, *bill)


@settings(max_examples=50)
@given(bills(), st.integers(0, 300_000_00))
def test_more_money_never_earns_less(bill: tuple[list[PaidLine], list[Payment]], more: int) -> None:
    lines, payments = bill
    before = earned(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES), lines, payments, GOLD)
    richer = ([*lines, *paid(more)], [*payments, Payment("cash", more)])
    after = earned(PointsRules(1, (PER_TEN_YUAN,), stages=STAGES), *richer, GOLD)
    assert after.points >= before.points >= 0
    assert 0 <= before.base_fen <= sum(line.net_fen for line in lines)


def test_money_of_gift_cards_earns_nothing_unless_the_shop_says_so() -> None:
    parts = with_gifts([Payment("cash", 100_00), Payment("principal", 200_00)], 150_00)
    assert parts == (Payment("cash", 100_00), Payment("principal", 50_00), Payment("gift_card", 150_00))
    lines = [PaidLine("a", "service", "", 300_00)]
    rules = PointsRules(1, (Rate("base"),))
    assert earned(rules, lines, parts, GOLD).points == 15
    assert earned(dataclasses.replace(rules, tenders_not=frozenset()), lines, parts, GOLD).points == 30
    assert with_gifts([Payment("principal", 50_00)], 50_00) == (Payment("gift_card", 50_00),)
    assert with_gifts([Payment("cash", 50_00)], 0) == (Payment("cash", 50_00),)
