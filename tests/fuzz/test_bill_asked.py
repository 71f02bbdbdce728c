"""Whatever is typed behind `terminal bill`, or sent to its verbs, is read as one thing or refused."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.cli import bill_typed as typed
from terminal.services.bills.asked import Held, Reader, Thing, split_from, tenders_from
from terminal.services.bills.typed import REFERENCE_CHARS_MAX, reference
from terminal.services.bills.values import Chosen, Order, OrderLine

TEXT = st.text(max_size=20) | st.sampled_from(["cut", "fifty", "0" * 32, "1", "", "陈晓", "ten"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
SAID = TEXT | st.text("0123456789:=@*!/,.x付款陈", max_size=20)
ORDERS = st.dictionaries(
    st.sampled_from(["account", "lines", "without", "coupons", "no_coupons", "sessions", "points", "sounds", "x"]),
    JSON | st.lists(st.tuples(st.integers(0, 3), TEXT, st.just("")), max_size=2),
    max_size=5,
)
BEFORE = Order("", (OrderLine("cut"), OrderLine("facial")), (Chosen("a" * 64, 1),))
HELD = Held((Thing("b" * 64, "fifty", "五十"),), (Thing("c" * 32, "ten", "十次"),))


def reader() -> Reader:
    """Return a reader of a shop where one person works and everybody has a coupon and a pass, and codes are typed."""
    return Reader(
        lambda _account, _bill: HELD,
        lambda names: dict.fromkeys(names, "0" * 32),
        lambda _kind, words, _sounds: {word: word for word in words},
    )


@settings(max_examples=25, deadline=None)
@example({"without": [2, 2]})
@given(ORDERS)
def test_any_order_is_read_or_refused(asked: dict[str, Any]) -> None:
    try:
        order = reader().order(asked, BEFORE)
    except (Refusal, TypeError, ValueError, AttributeError, KeyError):
        return
    places = range(len(order.lines))
    assert all(each.line is None or each.line in places for each in order.coupons)
    assert all(type(line.quantity) is int for line in order.lines)


@settings(max_examples=25, deadline=None)
@given(JSON, JSON)
def test_any_payments_are_read_or_refused(tenders: object, split: object) -> None:
    try:
        found, shares = tenders_from(tenders), split_from(split)
    except (TypeError, ValueError):
        return
    assert all(type(each.amount_fen) is int and isinstance(each.reference, str) for each in found)
    assert all(type(fen) is int for fen in shares)


@pytest.mark.parametrize(
    "read",
    [
        *(typed.line, typed.free, typed.goods, typed.sold_pass, typed.coupon, typed.session, typed.payment),
        *(typed.reference, typed.split),
    ],
)
@settings(max_examples=25, deadline=None)
@given(text=SAID)
def test_any_option_is_read_or_is_wrong_usage(read: Callable[[str], object], text: str) -> None:
    try:
        assert read(text) is not None
    except argparse.ArgumentTypeError:
        return


@settings(max_examples=25, deadline=None)
@given(st.text("0123456789abcZ /._-付", max_size=50))
def test_a_reference_that_is_taken_is_short_plain_and_reads_the_same_again(text: str) -> None:
    try:
        kept = reference(text)
    except Refusal:
        return
    assert kept.isascii()
    assert len(kept) <= REFERENCE_CHARS_MAX
    assert reference(kept) == kept


def test_what_is_typed_is_read_as_it_is_meant() -> None:
    assert typed.line("111:2@陈晓/stylist*2!@李店长") == {
        "item": "111",
        "quantity": 2,
        "people": [["陈晓", "stylist", 2, True], ["李店长", "", 1, False]],
    }
    assert typed.free("A=B=30.50:3")["list_fen"] == 30_50
    assert typed.free("刘海=30@陈晓") == {
        "name": "刘海",
        "kind": "service",
        "list_fen": 30_00,
        "quantity": 1,
        "people": [["陈晓", "", 1, False]],
    }
    assert typed.goods("梳子=12")["kind"] == "product"
    assert typed.sold_pass("ten@陈晓")["pass_code"] == "ten"
    assert (typed.coupon("fifty"), typed.coupon("fifty@2")) == (["fifty", None], ["fifty", 2])
    assert (typed.session("2=ten"), typed.session("2="), typed.session("1=ten@abc")) == (
        [2, "ten", ""],
        [2, "", ""],
        [1, "ten", "abc"],
    )
    assert (typed.payment("cash"), typed.payment("cash=1.50@2")) == (("cash", None, 0), ("cash", 1_50, 2))
    assert (typed.reference("wechat@2=42"), typed.split("3"), typed.split("60,40.5")) == (
        ("wechat", 2, "42"),
        3,
        [60_00, 40_50],
    )


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (typed.line, "111:-1"),
        (typed.line, "111:0"),
        (typed.line, "111:1.5"),
        (typed.line, "111:"),
        (typed.line, ":2"),
        (typed.line, "111:1234567"),
        (typed.line, "111:2@陈晓*x"),
        (typed.free, "刘海=30:-1"),
        (typed.free, "刘海=-30"),
        (typed.free, "=30"),
        (typed.goods, "梳子"),
        (typed.sold_pass, "ten@陈晓*-1"),
    ],
)
def test_a_line_that_is_typed_wrong_is_told_in_a_sentence_with_what_was_typed(
    read: Callable[[str], dict[str, Any]], text: str
) -> None:
    with pytest.raises(Refusal, match="bill_line_typed") as caught:
        typed.order_of(argparse.Namespace(lines=[typed.later(read)(text)]))
    assert caught.value.values == {"line": text}


def test_a_payment_without_an_amount_pays_what_is_left_of_the_bill_or_of_its_persons_share() -> None:
    pay = [("purse", 20_00, 0), ("cash", None, 0)]
    assert typed.tenders_of(pay, [], 50_00, []) == [["purse", 20_00, "", 0], ["cash", 30_00, "", 0]]
    assert typed.tenders_of([("cash", 50_00, 0), ("card", None, 0)], [], 50_00, []) == [["cash", 50_00, "", 0]]
    shared = [("cash", 10_00, 1), ("wechat", None, 1), ("card", None, 2)]
    assert typed.tenders_of(shared, [("card", 2, "A1")], 50_00, [30_00, 20_00]) == [
        ["cash", 10_00, "", 1],
        ["wechat", 20_00, "", 1],
        ["card", 20_00, "A1", 2],
    ]
    assert typed.shares_of(3, 100_00) == [33_34, 33_33, 33_33]
    assert (typed.shares_of([1, 2], 3), typed.shares_of(None, 3)) == ([1, 2], [])
