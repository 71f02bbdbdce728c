"""Files that were merged are one member: what either account holds or owes is given back under the one that stands."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from functools import partial

import pytest

from terminal.base.ids import AccountId
from terminal.rules.refunds.card_return import ACTIVE, CLOSED, CLOSING, IDENTITY, MEDIUM, PRINTED, RECORD, SIGNED
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.refunds.card_returns import CardReturns
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from tests.services.refund_bench import CASHIER, SAME_SHIFT, RefundBench, line, open_bench
from tests.services.shift_bench import PIN_HASH
from tests.services.test_refunds_card_returns import returns
from tests.services.test_refunds_commands import RULES, TWELVE, Desk, numbered, with_file


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end, whose people have PINs."""
    with open_bench(tmp_path) as made:
        with made.made.database.write():
            made.made.database.run("UPDATE staff SET pin_hash = ?", (PIN_HASH,))
        made.sections["passes"] = (TWELVE,)
        yield made


def lead(bench: RefundBench, account: AccountId, into: str) -> None:
    """Let a file lead to another one, or (empty) stand for itself again."""
    with bench.made.database.write():
        bench.made.database.run(
            "UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(into), bytes.fromhex(account))
        )


def two(bench: RefundBench) -> tuple[AccountId, AccountId]:
    """Return a file that was merged and the one that stands for both, 500.00 and 100.00 in their purses."""
    gone, stays = with_file(bench), with_file(bench)
    bench.top_up(gone, 500_00)
    bench.top_up(stays, 100_00)
    lead(bench, gone, stays)
    return gone, stays


def started(bench: RefundBench, account: AccountId) -> CardReturns:
    """Begin and compute a card return."""
    desk = returns(bench)
    for step in (IDENTITY, RECORD, "receiving_account"):
        desk.note(bench.by(CASHIER), account, step)
    desk.compute(bench.by(CASHIER), account, NOT_MEMBERS_FAULT)
    return desk


def close(bench: RefundBench, desk: CardReturns, account: AccountId) -> str:
    """Pay an approved return out, note its last steps, and return its state."""
    case = desk.latest(account)
    assert case is not None
    payouts = Payouts(bench.records)
    for each in payouts.of(case.approved):
        payouts.pay(bench.by(), case.approved, each.place)
    for step in (MEDIUM, PRINTED, SIGNED):
        desk.note(bench.by(CASHIER), account, step)
    case = desk.latest(account)
    assert case is not None
    return case.state.state


def test_debts_of_a_merged_file_are_shown_and_repaid(bench: RefundBench) -> None:
    gone, stays = two(bench)
    bill = numbered(bench.bill(gone, [line(105_00)], {"on_credit": 105_00}))
    desk = Desk(bench)
    for account in (gone, stays):
        shown = desk.look("debts", account=account)
        assert (shown["owed_fen"], [each["bill"] for each in shown["debts"]]) == (105_00, [bill])
    assert desk.do("repay", account=stays, amount_fen=105_00, tender="cash")["left_fen"] == 0
    assert desk.look("debts", account=gone)["owed_fen"] == 0


def test_a_pass_of_a_merged_file_is_refunded(bench: RefundBench) -> None:
    gone, stays = two(bench)
    lot = bench.sell_pass(gone, TWELVE, {"cash": 1980_00})
    desk = Desk(bench)
    shown = desk.look("pass_look", account=stays, lot=lot[:8], reason=NOT_MEMBERS_FAULT)
    assert (shown["lot"], shown["given_fen"]) == (lot, 1980_00)
    done = desk.do("pass", account=stays, lot=lot, reason=NOT_MEMBERS_FAULT, expected_fen=1980_00)
    assert done["payable_fen"] == 1980_00
    assert "pass" not in bench.held(gone)


def test_a_card_return_pays_out_what_all_files_hold_and_no_account_of_the_member_spends(bench: RefundBench) -> None:
    gone, stays = two(bench)
    bench.units(gone, "points", 30)
    bill = bench.bill(gone, [line(10_00)], {"cash": 10_00})
    other = with_file(bench)
    desk = started(bench, stays)
    assert all(desk.may_spend(each) for each in (gone, stays))
    approved = desk.approve(bench.by(), gone)
    bench.prove()
    assert (approved.account, approved.state.state, approved.state.owed_fen) == (stays, CLOSING, 600_00)
    assert (bench.held(gone), bench.held(stays)) == ({}, {})
    assert [desk.may_spend(each) for each in (gone, stays, other)] == [False, False, True]
    owed = Desk(bench).look("payouts", account=gone)["payouts"]
    undo = partial(Voids(bench.records, Releases(bench.made.book)).void, bench.by(SAME_SHIFT), bill, "typed twice")
    assert bench.refused(undo) == bench.refused(partial(bench.refund, bill)) == "refund_account_closing"
    assert sum(each["fen"] for each in owed) == sum(each.fen for each in Payouts(bench.records).owed(gone)) == 600_00
    assert close(bench, desk, gone) == CLOSED
    assert [desk.may_spend(each) for each in (gone, stays)] == [False, False]


def test_a_debt_or_a_pass_of_a_merged_file_is_settled_before_a_card_return(bench: RefundBench) -> None:
    gone, stays = two(bench)
    lot = bench.sell_pass(gone, TWELVE, {"cash": 1980_00})
    desk = returns(bench)
    for step in (IDENTITY, RECORD):
        desk.note(bench.by(CASHIER), stays, step)

    def compute() -> object:
        return desk.compute(bench.by(CASHIER, RULES), stays, NOT_MEMBERS_FAULT)

    assert bench.refused(compute) == "card_return_passes"
    Desk(bench).do("pass", account=stays, lot=lot, reason=NOT_MEMBERS_FAULT)
    bench.bill(gone, [line(105_00)], {"on_credit": 105_00})
    assert bench.refused(compute) == "card_return_passes"


def test_a_card_of_a_merged_file_is_taken_back_too(bench: RefundBench) -> None:
    gone, stays = two(bench)
    desk = started(bench, stays)
    desk.approve(bench.by(), stays)
    with bench.made.database.write():
        bench.made.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance)"
            " VALUES (?, 'A1', 'card', 'active', 'id-only')",
            (bytes.fromhex(gone),),
        )
    assert bench.refused(lambda: desk.note(bench.by(), stays, MEDIUM)) == "card_return_medium"


def test_a_card_return_of_merged_files_is_withdrawn_whole(bench: RefundBench) -> None:
    gone, stays = two(bench)
    desk = started(bench, stays)
    before = [bench.made.book.balances(each) for each in (gone, stays)]
    desk.approve(bench.by(), stays)
    assert desk.give_up(bench.by(), gone).state.state == ACTIVE
    assert [bench.made.book.balances(each) for each in (gone, stays)] == before
    assert desk.may_spend(gone)


def test_a_return_that_was_approved_before_the_merge_goes_on_and_then_the_other_file_has_its_own(
    bench: RefundBench,
) -> None:
    gone, stays = with_file(bench), with_file(bench)
    bench.top_up(gone, 500_00)
    bench.top_up(stays, 100_00)
    desk = started(bench, gone)
    desk.approve(bench.by(), gone)
    lead(bench, gone, stays)
    case = desk.case(stays)
    assert case is not None
    assert (case.account, case.state.owed_fen) == (gone, 500_00)
    assert desk.may_spend(stays), "only the file that was closed spends nothing"
    assert bench.refused(lambda: desk.compute(bench.by(), stays, NOT_MEMBERS_FAULT)) == "card_return_approved"
    assert close(bench, desk, stays) == CLOSED
    assert desk.case(stays) is None
    desk = started(bench, stays)
    assert desk.approve(bench.by(), stays).state.owed_fen == 100_00


def test_a_bill_that_took_from_a_merged_file_is_voided(bench: RefundBench) -> None:
    gone, stays = with_file(bench), with_file(bench)
    bench.top_up(gone, 500_00)
    lead(bench, gone, stays)
    bill = bench.bill(stays, [line(80_00)], {"principal": 80_00})
    assert bench.held(gone) == {"principal": 420_00}
    Voids(bench.records, Releases(bench.made.book)).void(bench.by(SAME_SHIFT), bill, "typed twice")
    assert bench.held(gone) == {"principal": 500_00}
