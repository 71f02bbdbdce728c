"""What became of bills, by their numbers: as many entries as there are say it, and none that was given up again."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.rules.bill_note import bill_number
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.receipt import REFUNDED, VOIDED
from terminal.services.undone import Undone, undone
from tests.services.conftest import Bench


def post(bench: Bench, kind: str, undoes: str = "", fen: int = 0, **said: Any) -> tuple[str, str]:
    """Post an entry that takes something back and return its number and name."""
    with bench.database.write():
        draft = bench.book.begin(ActionId(new_id()), kind, "0" * 64)
        draft.payload |= {"account": "", "operator": "0" * 32, "shift": 1, "amount_fen": -fen, "undoes": undoes}
        draft.payload |= said
        posted = bench.book.post(draft).entry
    return bill_number(posted.epoch, posted.seq), sale_name(draft.source)


def test_a_bill_that_stands_has_nothing_to_be_said_of_it_nor_has_what_is_no_bills_number(bench: Bench) -> None:
    number, _ = post(bench, "bill")
    assert undone(bench.database, [number, "", "1-999999", "9-000001", "A000001", "1-" + "9" * 400]) == {}


@pytest.mark.parametrize("kind", ["void", "return_reward"])
def test_a_bill_that_was_taken_back_whole_is_voided(bench: Bench, kind: str) -> None:
    (number, name), (other, _) = post(bench, "bill"), post(bench, "bill")
    void, _ = post(bench, kind, name, 30_00)
    assert undone(bench.database, [number, other, void]) == {number: Undone(VOIDED)}


def test_refunds_of_a_bill_add_up_and_what_was_paid_out_for_them_takes_nothing_back(bench: Bench) -> None:
    number, name = post(bench, "bill")
    refund, refund_name = post(bench, "refund", name, 30_00)
    post(bench, "pass_refund", name, 12_00)
    post(bench, "paid_out", refund_name, 0)
    post(bench, "payout_noted", refund_name, 0)
    assert undone(bench.database, [number, refund]) == {number: Undone(REFUNDED, 42_00)}


def test_a_refund_that_was_given_up_is_voided_itself_and_its_top_up_stands(bench: Bench) -> None:
    number, name = post(bench, "top_up")
    refund, refund_name = post(bench, "prepayment_refund", name, 30_00)
    assert undone(bench.database, [number]) == {number: Undone(REFUNDED, 30_00)}
    post(bench, "given_up", refund_name, -30_00)
    assert undone(bench.database, [number, refund]) == {refund: Undone(VOIDED)}
    post(bench, "prepayment_refund", name, 20_00)
    assert undone(bench.database, [number]) == {number: Undone(REFUNDED, 20_00)}


def test_top_ups_that_end_with_their_members_card_are_refunded_by_what_each_gave_back(bench: Bench) -> None:
    account = {"account": new_id()}
    first, second, third, others = (post(bench, "top_up", fen=-100_00, **each)[0] for each in [*[account] * 3, {}])

    def ended(number: str, fen: int) -> Canonical:
        offers: list[Canonical] = [{"basis": "paid", "fen": fen}, {"basis": "list", "fen": 1}]
        return {"bill": number, "basis": "paid", "offers": offers}

    top_ups = [ended(first, 60_00), ended(second, 40_00), ended(third, 0), ended(others, 10_00)]
    _, name = post(bench, "card_return", fen=100_00, top_ups=top_ups, **account)
    numbers = [first, second, third]
    assert undone(bench.database, numbers) == {first: Undone(REFUNDED, 60_00), second: Undone(REFUNDED, 40_00)}
    assert undone(bench.database, [second]) == {second: Undone(REFUNDED, 40_00)}
    assert undone(bench.database, [others]) == {}, "nobody's top-up ends with a member's card"
    post(bench, "given_up", name, -100_00, **account)
    assert undone(bench.database, numbers) == {}


def test_thirty_bills_are_asked_for_by_the_indexes_in_two_questions(bench: Bench) -> None:
    numbers = [post(bench, "bill")[0] for _ in range(30)]
    asked: list[str] = []
    connection = bench.database.connection()  # type: ignore[no-untyped-call]  # peewee's
    connection.set_trace_callback(asked.append)
    undone(bench.database, numbers)
    connection.set_trace_callback(None)
    undoing, returns = [each for each in asked if "deed" in each]
    for query, index in ((undoing, "deed_undoes (undoes=?)"), (returns, "deed_account (account=? AND of_day>?)")):
        plan = [row[3] for row in bench.database.execute_sql(f"EXPLAIN QUERY PLAN {query}")]
        assert [step for step in plan if step.startswith("SCAN")] == []
        assert [step for step in plan if f"later USING INDEX {index}" in step or f"COVERING INDEX {index}" in step], (
            plan
        )
