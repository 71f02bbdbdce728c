"""How bills are paid: whose change it is, what may be a receipt's number, and what makes an action another one."""

from __future__ import annotations

import pathlib
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.rules.codes import PUBLISHED_SHAPES
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.paying import payments_of
from terminal.services.bills.typed import check_harmless, reference
from terminal.services.bills.values import Order, OrderLine, Proof, Settling, Tender
from tests.services.bill_bench import PHOTO, STAFF, Shop, free, open_shop

WECHAT, ALIPAY, UNIONPAY, ECNY = (
    "134567890123456789",
    "281234567890123456",
    "6212345678901234567",
    "0112345678901234567",
)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop with the rules of a fresh one."""
    made = open_shop(tmp_path)
    yield made
    made.prove()
    made.database.close()


def paid(tenders: list[Tender], payable_fen: int, split: tuple[int, ...] = ()) -> list[tuple[str, int, int]]:
    """Return what each payment pays in the end, and by whom."""
    found = payments_of(Settling(tuple(tenders), payable_fen, split), payable_fen)
    return [(each.tender, each.amount_fen, each.person) for each in found.external]


def refused(tenders: list[Tender], payable_fen: int, split: tuple[int, ...] = ()) -> Refusal:
    """Return what payments are refused with."""
    with pytest.raises(Refusal) as caught:
        payments_of(Settling(tuple(tenders), payable_fen, split), payable_fen)
    return caught.value


def test_a_person_of_any_number_is_refused_without_counting_up_to_it() -> None:
    tracemalloc.start()
    try:
        assert refused([Tender("cash", 10_00, person=1_000_000)], 10_00).code == "split_person_bad"
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1_000_000


def test_change_is_given_to_the_person_who_paid_too_much_and_not_to_who_paid_last() -> None:
    tenders = [Tender("cash", 100_00, person=1), Tender("cash", 40_00, person=2)]
    assert paid(tenders, 100_00, (60_00, 40_00)) == [("cash", 60_00, 1), ("cash", 40_00, 2)]
    found = payments_of(Settling(tuple(tenders), 100_00, (60_00, 40_00)), 100_00)
    assert (found.change_fen, found.changes, found.split) == (40_00, ((1, 40_00),), (60_00, 40_00))


def test_each_person_of_a_split_bill_gets_their_own_change() -> None:
    tenders = [
        Tender("cash", 50_00, person=1),
        Tender("cash", 20_00, person=1),
        Tender("card", 30_00, person=2),
        Tender("cash", 10_00, person=2),
    ]
    found = payments_of(Settling(tuple(tenders), 101_00, (66_00, 35_00)), 101_00)
    assert found.changes == ((1, 4_00), (2, 5_00))
    assert [(each.amount_fen, each.person) for each in found.external] == [
        (50_00, 1),
        (16_00, 1),
        (30_00, 2),
        (5_00, 2),
    ]


def test_change_of_a_person_who_paid_none_in_cash_is_refused() -> None:
    tenders = [Tender("wechat", 70_00, person=1), Tender("cash", 40_00, person=2)]
    assert refused(tenders, 100_00, (60_00, 40_00)).code == "tenders_over"


def test_without_shares_change_is_the_one_persons_who_paid_in_cash_and_otherwise_asked_for() -> None:
    one = [Tender("cash", 80_00, person=1), Tender("card", 40_00, person=2)]
    assert paid(one, 100_00) == [("cash", 60_00, 1), ("card", 40_00, 2)]
    two = [Tender("cash", 80_00, person=1), Tender("cash", 40_00, person=2)]
    assert refused(two, 100_00).code == "split_change_unclear"
    assert paid(two, 120_00) == [("cash", 80_00, 1), ("cash", 40_00, 2)], "no change, no question"


def test_shares_that_are_not_the_bill_are_refused() -> None:
    tenders = [Tender("cash", 60_00, person=1), Tender("cash", 50_00, person=2)]
    refusal = refused(tenders, 100_00, (60_00, 50_00))
    assert (refusal.code, refusal.values) == ("split_sum_bad", {"payable_fen": 100_00, "split_fen": 110_00})
    assert refused(tenders[:1], 50_00, (25_00, 25_00)).code == "split_person_bad"


def test_whose_change_it_was_stands_in_the_book(shop: Shop) -> None:
    bill = shop.open(Order(lines=(free(100_00),)))
    tenders = (Tender("cash", 70_00, person=1), Tender("cash", 50_00, person=2))
    asked = Settling(tenders, 100_00, (60_00, 40_00))
    settled = shop.bills.settle(shop.rules, STAFF, ActionId(new_id()), (bill.id, 1), asked)
    payload = settled.posted.entry.payload
    assert (payload["change_fen"], payload["changes"]) == (20_00, [[1, 10_00], [2, 10_00]])
    assert shop.book.accounts()["tender/cash"] == 100_00


@pytest.mark.parametrize("text", ["4200001234202611221234567890", "20261122-0042", "a17", "batch 3/12", "00_1.2", ""])
def test_a_receipts_number_is_kept_as_it_was_typed(text: str) -> None:
    assert reference(f" {text} ") == text


@pytest.mark.parametrize("text", ["付款单号", "a\nb", "x" * 33, "-1", "a;b", "张三", "1" * 12 + "!"])
def test_what_is_no_receipts_number_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="tender_reference_bad most=32"):
        reference(text)


@pytest.mark.parametrize("code", [WECHAT, ALIPAY, UNIONPAY, ECNY, "fp" + "0a" * 16 + "1"])
@pytest.mark.parametrize("around", ["{}", " {} ", "no {}", "a/{}", "{}.", "单号{}号"])
def test_a_payment_code_is_never_a_receipts_number_nor_a_part_of_one(code: str, around: str) -> None:
    with pytest.raises(Refusal, match="text_is_payment_code"):
        reference(around.format(code))


@pytest.mark.parametrize(
    "text", ["1345 6789 0123 4567 89", "1345-67890123-456789", "１３４５６７８９０１２３４５６７８９"]
)
def test_a_payment_code_typed_in_groups_or_full_width_is_one_too(text: str) -> None:
    with pytest.raises(Refusal, match="text_is_payment_code"):
        reference(text)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(PUBLISHED_SHAPES).flatmap(lambda shape: st.from_regex(shape.pattern, fullmatch=True)))
def test_anything_of_a_published_shape_is_found(code: str) -> None:
    with pytest.raises(Refusal, match="text_is_payment_code"):
        check_harmless(f"paid with {code} today")


def test_no_payment_code_reaches_the_store_by_a_line_a_label_or_a_payment(shop: Shop) -> None:
    for line in (OrderLine(name=f"剪发 {WECHAT}", list_fen=1), OrderLine(name=ALIPAY, list_fen=1)):
        with pytest.raises(Refusal, match="text_is_payment_code"):
            shop.open(Order(lines=(line,)))
    bill = shop.open(Order(lines=(free(10_00),)))
    with pytest.raises(Refusal, match="text_is_payment_code"):
        shop.bills.hold(bill.id, 1, WECHAT)
    with pytest.raises(Refusal, match="text_is_payment_code"):
        shop.settle(bill, [Tender("wechat", 10_00, WECHAT)], 10_00)
    assert shop.entries() == 0
    assert shop.bills.get(bill.id) == bill


def test_another_reference_or_another_payer_is_another_action(shop: Shop) -> None:
    bill, action = shop.open(Order(lines=(free(10_00), free(10_00)))), new_id()
    first = [Tender("wechat", 10_00, "A1", 1), Tender("wechat", 10_00, "A2", 2)]
    done = shop.settle(bill, first, 20_00, action)
    for other in (
        [Tender("wechat", 10_00, "A9", 1), Tender("wechat", 10_00, "A2", 2)],
        [Tender("wechat", 10_00, "A1", 2), Tender("wechat", 10_00, "A2", 1)],
    ):
        with pytest.raises(Refusal, match="action_conflict"):
            shop.settle(bill, other, 20_00, action)
    assert shop.settle(bill, first, 20_00, action).posted.hash == done.posted.hash


def test_the_answer_to_a_repeated_action_needs_no_second_proof(tmp_path: pathlib.Path) -> None:
    shop = open_shop(tmp_path, Rulebook())
    account, action = shop.member(), new_id()
    shop.purse(account, 50_00)
    bill = shop.open(Order(account, (free(10_00),)))
    done = shop.settle(bill, [Tender("purse", 10_00)], 10_00, action, PHOTO)
    again = shop.settle(bill, [Tender("purse", 10_00)], 10_00, action, Proof())
    assert (again.posted.hash, shop.book.balances(account)["principal"]) == (done.posted.hash, 40_00)
    shop.database.close()
