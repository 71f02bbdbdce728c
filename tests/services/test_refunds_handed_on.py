"""A membership that was handed over: its new holder has every right to a refund, and the old one none."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.members import Members
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.transfers import Transfers
from terminal.services.refunds.prepayments import PrepaidWish, Prepayments
from tests.services.refund_bench import BOOK, MANAGER, RefundBench, line, open_bench
from tests.services.test_refunds_merged import started

TERMS = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def person(bench: RefundBench, number: str) -> AccountId:
    """Return a member who has a file."""
    account = bench.member()
    with bench.made.database.write():
        bench.made.database.run(
            "INSERT INTO member (account, name, phone, sex, level, birthday, remark, old_number, initials, phone_tail,"
            " salt, profile_hash) VALUES (?, '王小芳', ?, '', '', '', '', ?, 'WXF', '0001', x'', x'')",
            (bytes.fromhex(account), number, number),
        )
    return account


def hand_over(bench: RefundBench, account: AccountId, heir: AccountId) -> None:
    """Make another member the holder of all that an account has."""
    made = bench.made
    members = Members(made.database, made.book, made.clock)
    till = Till(made.database, made.book, members, made.clock, bench.records.deeds)
    handed = Transfers(till, lambda *_: TERMS)
    handed.transfer(BOOK, MANAGER, ActionId(new_id()), account, heir, alone=True, shown="identity_card")
    bench.prove()


def test_a_top_up_that_was_handed_over_is_refunded_to_its_new_holder_less_what_the_old_one_used(
    bench: RefundBench,
) -> None:
    account, heir = person(bench, "13900000001"), person(bench, "13900000002")
    bench.top_up(account, 3000_00, 1000_00)
    bench.bill(account, [line(1200_00)], {"principal": 900_00, "bonus": 300_00})
    hand_over(bench, account, heir)
    prepayments = Prepayments(bench.records)
    assert prepayments.top_ups(account) == []
    (given,) = prepayments.top_ups(heir)
    assert given.top_up.consumed.charged_fen == 1200_00
    old, new = (PrepaidWish(whose, given.top_up.id, NOT_MEMBERS_FAULT) for whose in (account, heir))
    assert bench.refused(lambda: prepayments.refund(bench.by(), old)) == "refund_top_up_unknown"
    assert prepayments.refund(bench.by(), new).given_fen == 2100_00
    assert bench.held(account) == bench.held(heir) == {}


@pytest.mark.parametrize("all_used", [False, True])
def test_a_bill_of_the_old_holder_goes_back_to_the_new_one_also_where_its_lots_were_used_up(
    bench: RefundBench, *, all_used: bool
) -> None:
    account, heir = person(bench, "13900000001"), person(bench, "13900000002")
    bench.top_up(account, 300_00)
    bill = bench.bill(account, [line(300_00 if all_used else 120_00, 2)], {"principal": 300_00 if all_used else 120_00})
    bench.top_up(account, 5_00)
    hand_over(bench, account, heir)
    assert bench.records.held(account, "refund_right") == []
    bench.refund(bill, {0: 1})
    bench.refund(bill)
    assert (bench.held(account), bench.held(heir)) == ({}, {"principal": 305_00})


def test_half_a_bill_takes_half_of_it_off_what_its_top_up_delivered_also_after_it_was_handed_over(
    bench: RefundBench,
) -> None:
    account, heir = person(bench, "13900000001"), person(bench, "13900000002")
    bench.top_up(account, 300_00)
    bill = bench.bill(account, [line(120_00, 2)], {"principal": 120_00})
    hand_over(bench, account, heir)
    bench.refund(bill, {0: 1})
    (given,) = Prepayments(bench.records).top_ups(heir)
    assert given.top_up.consumed.charged_fen == 60_00


def test_a_bill_of_the_old_holder_waits_while_the_new_one_returns_the_card(bench: RefundBench) -> None:
    account, heir = person(bench, "13900000001"), person(bench, "13900000002")
    bench.top_up(account, 300_00)
    bill = bench.bill(account, [line(120_00)], {"principal": 100_00, "cash": 20_00})
    hand_over(bench, account, heir)
    started(bench, heir).approve(bench.by(), heir)
    assert bench.refused(lambda: bench.refund(bill)) == "refund_account_closing"
