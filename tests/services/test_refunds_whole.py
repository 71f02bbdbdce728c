"""All that takes back, over one book: each use is one transaction, of which all or nothing happens."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from terminal.ledger.book import Posted
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.refunds.card_return import IDENTITY, RECORD
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.refunds.asking import By, Wish
from terminal.services.refunds.desk import BackDesk, back_desk, records_over
from terminal.services.refunds.passes import PassWish
from terminal.services.refunds.prepayments import PrepaidWish
from terminal.services.releases import Releases
from tests.services.refund_bench import BOOK, CASHIER, MANAGER, SAME_SHIFT, RefundBench, line, open_bench

TWELVE = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
RULES = replace(BOOK, passes=(TWELVE,))


@dataclass(slots=True)
class Jammed:
    """A printer's spool that fails while it is jammed."""

    jammed: bool = False

    def __call__(self, _: Posted) -> None:
        if self.jammed:
            raise OSError("no paper is written down")


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def uses(bench: RefundBench, desk: BackDesk, by: By) -> dict[str, Callable[[], object]]:
    """Return one of each use, ready to be done."""
    account, other = bench.member(), bench.member()
    bench.top_up(account, 1000_00, 200_00)
    refunded = bench.bill(account, [line(60_00)], {"principal": 50_00, "bonus": 10_00})
    voided = bench.bill(account, [line(60_00)], {"wechat": 60_00})
    bench.bill(account, [line(30_00)], {"on_credit": 30_00})
    lot = bench.sell_pass(account, TWELVE, {"cash": 1980_00})
    bench.top_up(other, 100_00)
    for step in (IDENTITY, RECORD, "receiving_account"):
        desk.card_returns.note(bench.by(MANAGER, RULES), other, step)
    desk.card_returns.compute(bench.by(MANAGER, RULES), other, NOT_MEMBERS_FAULT)
    (given,) = desk.prepayments.top_ups(account)
    top_up = PrepaidWish(account, given.top_up.id, NOT_MEMBERS_FAULT)
    owed = bench.bill(None, [line(5_00)], {"wechat": 5_00})
    bench.refund(owed)
    (payout,) = desk.payouts.owed()
    return {
        "refund": lambda: desk.bills.refund(by, Wish(refunded)),
        "void": lambda: desk.voids.void(by, voided, "typed twice"),
        "repay": lambda: desk.credit.repay(by, account, 30_00, "cash"),
        "pass_refund": lambda: desk.passes.refund(by, PassWish(account, lot, NOT_MEMBERS_FAULT)),
        "paid_out": lambda: desk.payouts.pay(by, payout.of, payout.place),
        "prepayment_refund": lambda: desk.prepayments.refund(by, top_up),
        "card_return": lambda: desk.card_returns.approve(by, other),
    }


KINDS = ["refund", "void", "repay", "pass_refund", "paid_out", "prepayment_refund", "card_return"]


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_slip_cannot_be_kept_nothing_was_done_and_it_is_done_once_later(
    bench: RefundBench, kind: str
) -> None:
    printer = Jammed()
    records = records_over(bench.made.database, bench.made.book, bench.made.clock)
    desk = back_desk(records, lambda name, _: bench.sections[name], Releases(bench.made.book), printer)
    use = uses(bench, desk, bench.by(SAME_SHIFT, RULES))[kind]
    printer.jammed = True
    before = bench.everything()
    with pytest.raises(OSError, match="no paper"):
        use()
    assert bench.everything() == before
    printer.jammed = False
    use()
    assert bench.last().kind == kind
    after = bench.everything()
    use()
    assert bench.everything() == after, "the same action again changes nothing"


@pytest.mark.parametrize("kind", KINDS)
def test_money_moves_only_in_a_shift_that_is_open_and_not_counted(bench: RefundBench, kind: str) -> None:
    records = records_over(bench.made.database, bench.made.book, bench.made.clock)
    desk = back_desk(records, lambda name, _: bench.sections[name], Releases(bench.made.book))
    use = uses(bench, desk, bench.by(SAME_SHIFT, RULES))[kind]
    shift = (CASHIER.shift_no,)
    bench.made.database.run("UPDATE shift SET counted_fen = 0 WHERE number = ?", shift)
    assert bench.refused(use) == "shift_counted"
    bench.made.database.run("UPDATE shift SET closed_at = 1 WHERE number = ?", shift)
    assert bench.refused(use) == "shift_missing"
    bench.made.database.run("UPDATE shift SET closed_at = 0, counted_fen = NULL WHERE number = ?", shift)
    use()
    assert bench.last().kind == kind
