"""Refunds on a till that dropped its oldest entries: what is too old is told, and nothing newer suffers from it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.ledger.past import forget
from terminal.rules.refunds.card_return import IDENTITY, RECORD
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT
from terminal.services.compaction import Compaction
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.desk import BackDesk, back_desk
from terminal.services.refunds.prepayments import PrepaidWish
from terminal.services.releases import Releases
from tests.services.refund_bench import CASHIER, RefundBench, line, open_bench
from tests.services.test_refunds_commands import with_file
from tests.services.test_refunds_merged import lead


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def desk_of(bench: RefundBench) -> BackDesk:
    return back_desk(bench.records, bench.refunds._section, Releases(bench.made.book))


def drop(bench: RefundBench) -> None:
    """Drop everything up to now, as it goes once the cloud has confirmed a checkpoint; deeds and holdings stay."""
    made = bench.made
    checkpoint = Compaction(made.database, made.book, made.clock).checkpoint().entry
    with made.database.write():
        assert forget(made.database, made.book.life().n, checkpoint.seq) == checkpoint.seq - 1
    bench.prove()


def test_a_bill_or_top_up_that_is_no_longer_kept_is_refused_as_too_old_and_any_other_entry_as_no_bill(
    bench: RefundBench,
) -> None:
    account, desk = bench.member(), desk_of(bench)
    top_up = bench.top_up(account, 500_00)
    bill = bench.bill(account, [line(60_00)], {"cash": 60_00})
    (given,) = desk.prepayments.top_ups(account)
    drop(bench)
    assert bench.refused(lambda: desk.bills.refund(bench.by(), Wish(bill))) == "refund_bill_compacted"
    assert bench.refused(lambda: desk.voids.void(bench.by(), bill, "typed twice")) == "refund_bill_compacted"
    assert bench.refused(lambda: desk.voids.void(bench.by(), top_up, "wrong")) == "refund_bill_compacted"
    wish = PrepaidWish(account, given.top_up.id, MEMBERS_WISH)
    assert bench.refused(lambda: desk.prepayments.refund(bench.by(), wish)) == "refund_bill_compacted"
    assert bench.refused(lambda: desk.bills.refund(bench.by(), Wish(top_up))) == "refund_bill_unknown"
    unknown = bill.rpartition("/")[0] + "/999"
    assert bench.refused(lambda: desk.bills.refund(bench.by(), Wish(unknown))) == "refund_bill_unknown"


def test_a_new_bill_is_refunded_to_a_member_whose_old_refunds_are_no_longer_kept(bench: RefundBench) -> None:
    account, desk = bench.member(), desk_of(bench)
    bench.top_up(account, 500_00, tender="wechat")
    (given,) = desk.prepayments.top_ups(account)
    desk.prepayments.refund(bench.by(), PrepaidWish(account, given.top_up.id, MEMBERS_WISH))
    drop(bench)
    bench.top_up(account, 100_00)
    bill = bench.bill(account, [line(60_00, 2)], {"principal": 40_00, "cash": 20_00})
    assert desk.bills.refund(bench.by(), Wish(bill, {0: 1})).given_fen == 30_00
    assert desk.bills.refund(bench.by(), Wish(bill)).given_fen == 30_00


def test_a_bill_whose_earlier_refund_is_no_longer_kept_is_not_refunded_once_more(bench: RefundBench) -> None:
    account, desk = bench.member(), desk_of(bench)
    bill = bench.bill(account, [line(60_00, 2)], {"cash": 60_00})
    desk.bills.refund(bench.by(), Wish(bill, {0: 1}))
    drop(bench)
    assert bench.refused(lambda: desk.bills.refund(bench.by(), Wish(bill))) == "refund_bill_compacted"


def test_a_new_top_up_is_refunded_whatever_older_bills_are_no_longer_kept(bench: RefundBench) -> None:
    account, desk = bench.member(), desk_of(bench)
    bench.bill(account, [line(60_00)], {"cash": 60_00})
    drop(bench)
    bench.made.clock.advance(86_400)
    bench.top_up(account, 3000_00, 1000_00)
    bench.bill(account, [line(1200_00)], {"principal": 900_00, "bonus": 300_00})
    (given,) = desk.prepayments.top_ups(account)
    assert given.top_up.consumed.charged_fen == 1200_00
    wish = PrepaidWish(account, given.top_up.id, NOT_MEMBERS_FAULT)
    assert desk.prepayments.refund(bench.by(), wish).given_fen == 2100_00


def test_who_returned_a_card_long_ago_may_not_spend_and_who_gave_that_up_may(bench: RefundBench) -> None:
    desk, closing, back = desk_of(bench), bench.member(), bench.member()
    for account in (closing, back):
        bench.top_up(account, 80_00)
        for step in (IDENTITY, RECORD):
            desk.card_returns.note(bench.by(CASHIER), account, step)
        desk.card_returns.compute(bench.by(CASHIER), account, NOT_MEMBERS_FAULT)
        assert desk.card_returns.may_spend(account)
        desk.card_returns.approve(bench.by(), account)
        assert not desk.card_returns.may_spend(account)
    desk.card_returns.give_up(bench.by(), back)
    drop(bench)
    assert (desk.card_returns.may_spend(closing), desk.card_returns.may_spend(back)) == (False, True)


def test_a_return_of_a_merged_file_that_is_no_longer_kept_hinders_nothing_of_the_other_file(bench: RefundBench) -> None:
    gone, stays, desk = with_file(bench), with_file(bench), desk_of(bench)
    bench.top_up(gone, 80_00)
    for step in (IDENTITY, RECORD):
        desk.card_returns.note(bench.by(CASHIER), gone, step)
    desk.card_returns.compute(bench.by(CASHIER), gone, NOT_MEMBERS_FAULT)
    desk.card_returns.approve(bench.by(), gone)
    drop(bench)
    lead(bench, gone, stays)
    bench.top_up(stays, 100_00)
    bill = bench.bill(stays, [line(60_00)], {"principal": 60_00})
    assert desk.bills.refund(bench.by(), Wish(bill)).given_fen == 60_00
    for step in (IDENTITY, RECORD):
        desk.card_returns.note(bench.by(CASHIER), stays, step)
    case = desk.card_returns.compute(bench.by(CASHIER), stays, NOT_MEMBERS_FAULT)
    assert (case.account, case.state.refund_fen) == (stays, 100_00)


def test_what_is_owed_from_entries_that_are_no_longer_kept_is_still_told(bench: RefundBench) -> None:
    desk = desk_of(bench)
    bench.refund(bench.bill(None, [line(50_00)], {"wechat": 50_00}))
    (old,) = desk.payouts.owed()
    drop(bench)
    bench.refund(bench.bill(None, [line(30_00)], {"wechat": 30_00}))
    assert ([each.fen for each in desk.payouts.owed()], desk.payouts.owed_fen()) == ([30_00], 80_00)
    with pytest.raises(Refusal, match="refund_bill_compacted"):
        desk.payouts.pay(bench.by(), old.of, old.place)
