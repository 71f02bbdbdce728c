"""Refunds of bills: what each right gives back, never more than was paid, and the last one exactly the rest."""

from __future__ import annotations

from dataclasses import replace

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.bucket import ASSETS
from terminal.rules.canonical import encode
from terminal.rules.refunds.bill import (
    BONUS,
    COUPON,
    MONEY,
    OWED,
    PASS,
    POINTS,
    PRINCIPAL,
    TENDER,
    LineBack,
    Refund,
    Right,
    Sale,
    SoldLine,
    after,
    points_by_line,
    refund,
    split_back,
)

# K-1: a haircut and a shampoo, net 292.50, paid in cash, with 5200 points and a cash coupon.
K1 = Sale(
    lines=(
        SoldLine("service", 1, 229_83, points=4086),
        SoldLine("product", 1, 62_67, points=1114),
    ),
    rights=(
        Right("cash", TENDER, 292_50, tender="cash"),
        Right("points", POINTS, 5200),
        Right("coupon", COUPON, 1),
    ),
    bill="1-000042",
    store="s1",
)


def given(done: Refund) -> dict[str, int]:
    return {back.right.id: back.given for back in done.backs}


def money(*lefts: tuple[str, str, int]) -> tuple[Right, ...]:
    return tuple(Right(name, asset, left) for name, asset, left in lefts)


def simple(net_fen: int, rights: tuple[Right, ...], quantity: int = 1) -> Sale:
    return Sale((SoldLine("service", quantity, net_fen),), rights)


@pytest.mark.parametrize(("place", "money_fen", "points"), [pytest.param(1, 62_67, 1114, id="R-1")])
def test_a_line_gives_back_its_net_value_and_its_points_and_the_coupon_stays_used(
    place: int, money_fen: int, points: int
) -> None:
    done = refund(K1, {place: 1})
    assert given(done) == {"cash": money_fen, "points": points}
    assert (done.value_fen, done.given_fen, done.points, done.full) == (money_fen, money_fen, points, False)
    assert done.sales == (("product", money_fen),)
    assert done.lines == (LineBack(1, 1, money_fen, points, 0),)


def test_points_used_are_spread_like_what_they_took_off() -> None:
    assert points_by_line(5200, (40_86, 11_14)) == [4086, 1114]
    assert points_by_line(0, (0, 0)) == [0, 0]


def test_the_refund_that_leaves_nothing_of_the_bill_gives_the_coupon_back() -> None:
    assert given(refund(K1)) == {"cash": 292_50, "points": 5200, "coupon": 1}
    rest = refund(after(K1, refund(K1, {1: 1})))
    assert given(rest) == {"cash": 229_83, "points": 4086, "coupon": 1}
    assert rest.full


def test_half_a_bill_from_the_purse_goes_back_to_both_lots_in_proportion() -> None:
    sale = simple(300_00, money(("p", PRINCIPAL, 250_00), ("b", BONUS, 50_00)), quantity=2)
    assert given(refund(sale, {0: 1})) == {"p": 125_00, "b": 25_00}


def test_a_debt_is_cancelled_first_then_payments_go_back_and_stored_value_last() -> None:
    rights = money(
        ("b", BONUS, 10_00), ("p", PRINCIPAL, 20_00), ("w", TENDER, 30_00), ("c", TENDER, 15_00), ("o", OWED, 25_00)
    )
    sale = simple(100_00, rights, quantity=100)
    assert given(refund(sale, {0: 20})) == {"o": 20_00}
    assert given(refund(sale, {0: 40})) == {"o": 25_00, "w": 10_00, "c": 5_00}
    assert given(refund(sale, {0: 85})) == {"o": 25_00, "w": 30_00, "c": 15_00, "p": 10_00, "b": 5_00}


def test_a_repayment_gives_back_money_and_names_the_debt_it_paid() -> None:
    rights = (Right("o", OWED, 40_00), Right("r", TENDER, 60_00, tender="cash", repays="o"))
    done = refund(simple(100_00, rights))
    assert [(back.right.repays, back.given) for back in done.backs] == [("", 40_00), ("o", 60_00)]


def test_a_part_of_a_quantity_is_half_up_of_what_is_left_and_the_last_takes_the_rest() -> None:
    sale = simple(10_00, money(("c", TENDER, 10_00)), quantity=3)
    values = []
    for _ in range(3):
        done = refund(sale, {0: 1})
        values.append(done.value_fen)
        sale = after(sale, done)
    assert values == [3_33, 3_34, 3_33]
    with pytest.raises(Refusal, match="refund_done"):
        refund(sale)


# A haircut by a pass of which the last session is worth a little more, two at once; and a massage for money.
SESSIONS = Sale(
    lines=(SoldLine("service", 2, 0, units=2), SoldLine("service", 1, 80_00)),
    rights=(
        Right("even", PASS, 1, line=0, unit_value_fen=83_33),
        Right("last", PASS, 1, line=0, unit_value_fen=83_37),
        Right("cash", TENDER, 80_00),
    ),
)


def test_a_session_goes_back_to_its_pass_with_its_value_and_the_last_used_first() -> None:
    done = refund(SESSIONS, {0: 1})
    assert given(done) == {"last": 1}
    assert (done.sales, done.value_fen) == ((("service", 83_37),), 0)
    rest = refund(after(SESSIONS, done))
    assert given(rest) == {"even": 1, "cash": 80_00}
    assert rest.sales == (("service", 163_33),)


def test_an_exchange_coupon_comes_back_with_its_line() -> None:
    sale = Sale(
        (SoldLine("service", 1, 0, units=1), SoldLine("product", 1, 50_00)),
        (Right("gift", COUPON, 1, line=0), Right("cash", TENDER, 50_00)),
    )
    done = refund(sale, {0: 1})
    assert (given(done), done.sales) == ({"gift": 1}, ())
    assert given(refund(after(sale, done))) == {"cash": 50_00}


def test_missing_points_come_off_money_in_the_hand_first_while_the_rights_are_spent_in_full() -> None:
    rights = money(("o", OWED, 10_00), ("c", TENDER, 10_00), ("p", PRINCIPAL, 20_00), ("b", BONUS, 10_00))
    sale = Sale((SoldLine("service", 1, 30_00), SoldLine("product", 1, 20_00)), rights)
    done = refund(sale, deduct_fen=16_00)
    assert given(done) == {"o": 10_00, "c": 0, "p": 16_00, "b": 8_00}
    assert {back.right.id: back.spent for back in done.backs} == {"o": 10_00, "c": 10_00, "p": 20_00, "b": 10_00}
    assert done.sales == (("product", 13_60), ("service", 20_40))
    assert given(refund(sale, deduct_fen=45_00)) == {"o": 5_00, "c": 0, "p": 0, "b": 0}
    assert after(sale, done).rights == tuple(replace(right, left=0) for right in rights)


def test_points_kept_for_earned_ones_that_are_taken_back_are_not_given_while_their_rights_are_spent() -> None:
    rights = (K1.rights[0], Right("older", POINTS, 1300), Right("newer", POINTS, 3900), K1.rights[2])
    done = refund(replace(K1, rights=rights), {1: 1}, kept_points=114)
    assert given(done) == {"cash": 62_67, "older": 250, "newer": 750}
    assert {back.right.id: back.spent for back in done.backs} == {"cash": 62_67, "older": 279, "newer": 835}
    assert (done.points, done.lines[0].points) == (1000, 1114)
    rest = refund(after(replace(K1, rights=rights), done))
    assert (rest.points, given(rest)["older"]) == (4086, 1300 - 279)


@pytest.mark.parametrize("kept", [-1, 1115])
def test_no_more_points_are_kept_than_would_be_given_back(kept: int) -> None:
    with pytest.raises(Refusal) as refused:
        refund(K1, {1: 1}, kept_points=kept)
    assert (refused.value.code, refused.value.values) == ("refund_points_bad", {"points": 1114})


@pytest.mark.parametrize("deduct_fen", [-1, 62_68])
def test_no_more_is_deducted_than_the_refund_is_worth(deduct_fen: int) -> None:
    with pytest.raises(Refusal) as refused:
        refund(K1, {1: 1}, deduct_fen)
    assert (refused.value.code, refused.value.values) == ("refund_deduction_bad", {"value_fen": 62_67})


@pytest.mark.parametrize(
    ("wanted", "code", "values"),
    [
        ({}, "refund_nothing", {}),
        ({2: 1}, "refund_line_unknown", {"line": 3}),
        ({-1: 1}, "refund_line_unknown", {"line": 0}),
        ({0: 0}, "refund_quantity_bad", {"line": 1}),
        ({1: -1}, "refund_quantity_bad", {"line": 2}),
        ({0: 2}, "refund_quantity_over", {"line": 1, "left": 1}),
    ],
)
def test_what_is_not_on_the_bill_is_refused(wanted: dict[int, int], code: str, values: dict[str, int]) -> None:
    with pytest.raises(Refusal) as refused:
        refund(K1, wanted)
    assert (refused.value.code, refused.value.values) == (code, values)


def test_a_line_is_refunded_once() -> None:
    with pytest.raises(Refusal) as refused:
        refund(after(K1, refund(K1, {1: 1})), {1: 1})
    assert (refused.value.code, refused.value.values) == ("refund_line_done", {"line": 2})


def test_a_line_worth_nothing_gives_nothing_back() -> None:
    sale = Sale((SoldLine("service", 1, 0), SoldLine("product", 1, 5_00)), (Right("c", TENDER, 5_00),))
    with pytest.raises(Refusal, match="refund_nothing"):
        refund(sale, {0: 1})


@pytest.mark.parametrize("missing", ["cash", "points"])
def test_a_till_that_does_not_hold_all_rights_left_refuses(missing: str) -> None:
    rights = tuple(right for right in K1.rights if right.id != missing)
    with pytest.raises(Refusal, match="refund_rights_elsewhere"):
        refund(replace(K1, rights=rights), {1: 1})


def test_a_till_that_lacks_the_right_to_a_debt_that_was_repaid_in_full_refuses() -> None:
    repaid = Right("t", TENDER, 0, tender="on_credit")
    rights = (Right("c", TENDER, 66_00, tender="cash"), Right("r", TENDER, 29_00, tender="cash", repays="t"))
    assert refund(simple(95_00, (repaid, *rights))).given_fen == 95_00
    with pytest.raises(Refusal, match="refund_rights_elsewhere"):
        refund(simple(95_00, rights))


def test_a_session_whose_right_is_elsewhere_is_refused() -> None:
    with pytest.raises(Refusal, match="refund_rights_elsewhere"):
        refund(replace(SESSIONS, rights=SESSIONS.rights[1:]), {0: 1})


def test_what_ended_with_a_refunded_top_up_is_not_given_back_with_a_bill() -> None:
    sale = replace(simple(100_00, money(("c", TENDER, 60_00)), quantity=2), lapsed_fen=40_00)
    first = refund(sale, {0: 1})
    assert (given(first), first.lapsed_fen) == ({"c": 50_00}, 0)
    for done, fen, lapsed_fen in ((refund(sale), 60_00, 40_00), (refund(after(sale, first)), 10_00, 40_00)):
        assert (given(done), done.given_fen, done.sales) == ({"c": fen}, fen, (("service", fen),))
        assert (done.lapsed_fen, done.note()["lapsed_fen"], done.full) == (lapsed_fen, lapsed_fen, True)
    assert after(sale, refund(sale)).lapsed_fen == 0
    lines, rights = (replace(sale.lines[0], points=9),), (*sale.rights, Right("n", POINTS, 9))
    assert given(refund(replace(sale, lines=lines, rights=rights))) == {"c": 60_00, "n": 9}
    with pytest.raises(Refusal) as refused:
        refund(sale, deduct_fen=60_01)
    assert (refused.value.code, refused.value.values) == ("refund_deduction_bad", {"value_fen": 60_00})


def test_of_a_bill_whose_rights_all_ended_nothing_is_given_back() -> None:
    sale = replace(simple(100_00, ()), lapsed_fen=100_00)
    with pytest.raises(Refusal, match="refund_nothing"):
        refund(sale)


def test_no_more_is_split_than_the_rights_hold() -> None:
    with pytest.raises(Refusal) as refused:
        split_back(60_01, money(("c", TENDER, 60_00), ("n", POINTS, 5)))
    assert (refused.value.code, refused.value.values) == ("refund_too_much", {"left_fen": 60_00})


def test_a_pass_bought_from_the_purse_goes_back_to_both_lots() -> None:
    rights = money(("p", PRINCIPAL, 1650_00), ("b", BONUS, 330_00))
    assert split_back(1320_00, rights) == {"p": 1100_00, "b": 220_00}


def test_the_payload_notes_bill_store_lines_and_what_was_deducted() -> None:
    note = refund(K1, {1: 1}, 9_00).note()
    assert note == {
        "bill": "1-000042",
        "deducted_fen": 9_00,
        "full": False,
        "given_fen": 53_67,
        "lapsed_fen": 0,
        "lines": [{"place": 1, "points": 1114, "quantity": 1, "units": 0, "value_fen": 62_67}],
        "store": "s1",
        "value_fen": 62_67,
    }
    assert encode(note)


def test_rights_lead_back_to_payments_or_to_assets_of_the_book() -> None:
    assert {*MONEY, POINTS, COUPON, PASS} - ASSETS == {TENDER}


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """A bill of a few lines, paid by a few rights that add up to it."""
    kinds = st.sampled_from(["service", "product", "fee"])
    lines = draw(
        st.lists(
            st.builds(
                SoldLine, kinds, st.integers(1, 5), st.integers(0, 500_00), st.integers(0, 300), st.integers(0, 5)
            ),
            min_size=1,
            max_size=3,
        )
    )
    left_fen, rights = sum(line.net_fen for line in lines), []
    assets = draw(st.lists(st.sampled_from(sorted(MONEY)), min_size=1, max_size=4))
    for place, asset in enumerate(assets):
        part_fen = left_fen if place == len(assets) - 1 else draw(st.integers(0, left_fen))
        rights.append(Right(f"m{place}", asset, part_fen))
        left_fen -= part_fen
    points = sum(line.points for line in lines)
    older = draw(st.integers(0, points))
    rights += [Right("o", POINTS, older), Right("n", POINTS, points - older), Right("k", COUPON, 1)]
    rights += [Right(f"u{place}", PASS, line.units, line=place, unit_value_fen=7) for place, line in enumerate(lines)]
    return Sale(tuple(lines), tuple(rights))


@settings(max_examples=25)
@hypothesis.given(sales(), st.data())
def test_refunds_never_give_more_than_was_paid_and_the_last_takes_exactly_the_rest(
    sale: Sale, choice: st.DataObject
) -> None:
    start, totals = sale, dict.fromkeys((right.id for right in sale.rights), 0)
    while any(line.quantity_left for line in sale.lines):
        places = [place for place, line in enumerate(sale.lines) if line.quantity_left]
        chosen = choice.draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
        wanted = {place: choice.draw(st.integers(1, sale.lines[place].quantity_left)) for place in chosen}
        try:
            done = refund(sale, wanted)
        except Refusal as refused:
            assert refused.code == "refund_nothing"  # noqa: PT017 - which of the two it is decides what follows
            wanted = {place: sale.lines[place].quantity_left for place in places}
            done = refund(sale, wanted)
        assert sum(back.given for back in done.backs if back.right.asset in MONEY) == done.value_fen
        sessions_fen = sum(7 * back.given for back in done.backs if back.right.asset == PASS)
        assert sum(fen for _, fen in done.sales) == done.value_fen + sessions_fen
        for back in done.backs:
            totals[back.right.id] += back.given
            assert 0 < back.given <= back.right.left
        sale = after(sale, done)
    assert totals == {right.id: right.left for right in start.rights}
