"""Voids: as if it had never been, in the same shift, and only while all of it is here."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import BillNote, NoteReleased
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.credit import Credit
from terminal.services.refunds.posting import Refunded
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from tests.services.refund_bench import BOOK, MANAGER, SAME_SHIFT, RefundBench, line, open_bench


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def voids(bench: RefundBench) -> Voids:
    return Voids(bench.records, Releases(bench.made.book))


def void(bench: RefundBench, sale: str) -> Refunded:
    done = voids(bench).void(bench.by(SAME_SHIFT), sale, "typed twice")
    bench.prove()
    return done


def test_a_bill_of_every_kind_of_value_is_undone_exactly(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00, 200_00)
    bench.units(account, "points", 5230, expires_on="2028-10-31")
    bench.units(account, "coupon", 1, expires_on="2026-12-31")
    bench.units(account, "pass", 12, 165_00)
    before = (bench.held(account), bench.accounts())
    tenders = {"cash": 100_00, "wechat": 50_00, "principal": 100_00, "bonus": 20_00, "on_credit": 30_00}
    lines = [line(300_00, points=100), line(0, units=1)]
    used = {"points": 100, "coupon": 1}
    bill = bench.bill(account, lines, tenders, points=15, used=used, sessions={1: 1})
    done = void(bench, bill)
    assert (done.given_fen, done.cash_fen, done.payable_fen) == (300_00, 100_00, 50_00)
    held, accounts = bench.held(account), bench.accounts()
    assert held == before[0]
    # What the provider took is owed until it was paid out.
    assert accounts.pop("refund_payable") == -50_00
    assert accounts.pop("tender/wechat") == 50_00
    assert accounts == before[1]
    assert bench.records.rights(bill) == []
    (total,) = bench.records.deeds.days(account)
    assert (total.paid_fen, total.points, total.visits) == (0, 0, 0)
    assert bench.last().payload["undoes"] == bill


def test_a_void_and_a_refund_never_both_happen(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(100_00, 2)], {"cash": 100_00})
    bench.refund(bill, {0: 1})
    assert bench.refused(lambda: void(bench, bill)) == "void_bill_refunded"
    other = bench.bill(None, [line(80_00)], {"cash": 80_00})
    void(bench, other)
    assert bench.refused(lambda: bench.refunds.refund(bench.by(), Wish(other))) == "refund_voided"
    assert bench.refused(lambda: void(bench, other)) == "void_bill_done"


def test_a_top_up_is_undone_and_its_money_handed_back(bench: RefundBench) -> None:
    account = bench.member()
    top_up = bench.top_up(account, 1000_00, 200_00)
    done = void(bench, top_up)
    assert (done.cash_fen, done.given_fen) == (1000_00, 1000_00)
    assert (bench.held(account), bench.accounts()) == ({}, {})
    (total,) = bench.records.deeds.days(account)
    assert total.top_up_fen == 0


def test_a_top_up_of_which_anything_was_used_is_refunded_instead(bench: RefundBench) -> None:
    account = bench.member()
    top_up = bench.top_up(account, 1000_00, 200_00)
    bench.bill(account, [line(12_00)], {"principal": 10_00, "bonus": 2_00})
    assert bench.refused(lambda: void(bench, top_up)) == "void_used"
    assert voids(bench).reasons(bench.by(SAME_SHIFT), top_up) == ("void_used",)


def test_another_shift_or_day_refunds_instead(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(80_00)], {"cash": 80_00})
    other_shift = bench.by(MANAGER)
    assert voids(bench).reasons(other_shift, bill) == ("void_bill_shift_over",)
    same_day = replace(BOOK, purse=replace(BOOK.purse, void_reach="business_day"))
    assert voids(bench).reasons(bench.by(MANAGER, same_day), bill) == ()
    bench.made.clock.advance(86_400)
    assert voids(bench).reasons(bench.by(MANAGER, same_day), bill) == ("void_bill_day_over",)


def test_earned_points_that_were_used_stop_a_void(bench: RefundBench) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(300_00)], {"cash": 300_00}, points=30)
    (points,) = bench.records.held(account, "points")
    bench.post("gift", {}, lambda draft: draft.spend(points, 1))
    assert bench.refused(lambda: void(bench, bill)) == "void_bill_used"


def test_rights_that_went_to_the_cloud_are_fetched_first(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(80_00)], {"cash": 80_00})
    (right,) = bench.records.rights(bill)
    bench.post("return", {}, lambda draft: draft.give_back(right, 1_00))
    assert bench.refused(lambda: void(bench, bill)) == "void_bill_elsewhere"


def test_what_is_on_hold_is_let_go_first(bench: RefundBench) -> None:
    account = bench.member()
    top_up = bench.top_up(account, 100_00)
    (principal,) = bench.records.held(account, "principal")
    with bench.made.database.write():
        bench.made.database.run("INSERT INTO unit_hold VALUES ('bill:1', ?, 1)", (principal.n,))
    assert bench.refused(lambda: void(bench, top_up)) == "void_on_hold"


def test_a_debt_that_was_repaid_stops_a_void(bench: RefundBench) -> None:
    account = bench.member()
    bill = bench.bill(account, [line(80_00)], {"on_credit": 80_00})
    Credit(bench.records).repay(bench.by(), account, 1_00, "cash")
    assert bench.refused(lambda: void(bench, bill)) == "void_bill_used"


def test_a_reason_is_asked_for(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(80_00)], {"cash": 80_00})
    by = bench.by(SAME_SHIFT)
    for reason in ("", "  ", "x" * 201):
        assert bench.refused(partial(voids(bench).void, by, bill, reason)) == "void_reason_missing"


def test_the_same_void_again_answers_as_before(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(80_00)], {"cash": 80_00})
    by = bench.by(SAME_SHIFT)
    first = voids(bench).void(by, bill, "typed twice")
    before = bench.everything()
    assert voids(bench).void(by, bill, "typed twice") == first
    assert bench.everything() == before
    assert bench.refused(lambda: voids(bench).void(by, bill, "another reason")) == "action_conflict"


def released_bill(bench: RefundBench, account: AccountId) -> str:
    """Settle a bill of 100.00 that opens 30.00 of what is locked (S-3), and return its name."""
    (locked,) = bench.records.held(account, "bonus_locked")
    releases = Releases(bench.made.book)

    def work(draft: Draft) -> None:
        opened = releases.release(draft, locked.facts, 30_00)
        assert opened == 30_00
        bonus = next(facts for facts in draft.made.values() if facts.asset == "bonus")
        noted = NoteReleased(locked.facts.lot, locked.bucket, bonus.id, 30_00, 0)
        note = BillNote(account, (line(100_00),), 100_00, released=(noted,), tenders=())
        draft.payload |= {**note.note(), "amount_fen": 100_00}
        draft.payload["tenders"] = [{"tender": "cash", "amount_fen": 100_00, "reference": "", "person": 0}]
        draft.create("refund_right", account, 100_00, attributes={"of": "bill", "tender": "cash"})
        draft.debit("tender/cash", 100_00)
        draft.credit("sales/service", 100_00)

    return bench.post("bill", {"account": account}, work)


def locked_top_up(bench: RefundBench, account: AccountId) -> str:
    def work(draft: Draft) -> None:
        facts = {"paid_fen": 1000_00, "bonus_fen": 300_00}
        draft.create("principal", account, 1000_00, unit_value_fen=1, attributes={**facts})
        draft.create("bonus_locked", account, 300_00, attributes={**facts})
        draft.create("refund_right", account, 1000_00, attributes={**facts, "of": "top_up", "tender": "cash"})
        draft.debit("tender/cash", 1000_00)
        draft.credit("deferred", 1000_00)

    return bench.post("top_up", {"account": account, "amount_fen": 1000_00}, work)


def test_a_voided_bill_locks_again_what_it_opened(bench: RefundBench) -> None:
    account = bench.member()
    locked_top_up(bench, account)
    bill = released_bill(bench, account)
    assert bench.held(account) == {"principal": 1000_00, "bonus_locked": 270_00, "bonus": 30_00}
    void(bench, bill)
    assert bench.held(account) == {"principal": 1000_00, "bonus_locked": 300_00}


def test_what_was_opened_and_spent_is_skipped_next_time(bench: RefundBench) -> None:
    account = bench.member()
    locked_top_up(bench, account)
    bill = released_bill(bench, account)
    bench.bill(account, [line(20_00)], {"bonus": 20_00})
    void(bench, bill)
    assert bench.held(account) == {"principal": 1000_00, "bonus_locked": 280_00, "release_skip": 20_00}


def test_a_top_up_is_voided_with_what_a_visit_opened_of_it(bench: RefundBench) -> None:
    account = bench.member()
    top_up = locked_top_up(bench, account)
    bill = released_bill(bench, account)
    void(bench, top_up)
    assert bench.held(account) == {}
    assert bench.refused(lambda: voids(bench).void(bench.by(SAME_SHIFT), f"{bill}0", "x")) == "refund_bill_unknown"
