"""What was sold before a box went on under another name, and all that may still be given back of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from terminal.base.ids import AccountId
from terminal.rules.bill_note import bill_number
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.refunds.card_return import IDENTITY, RECORD
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.bills.looking import Looking
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.desk import back_desk
from terminal.services.refunds.passes import PassWish
from terminal.services.refunds.prepayments import PrepaidWish
from terminal.services.releases import Releases
from tests.services.refund_bench import BOOK, CASHIER, SAME_SHIFT, RefundBench, line

TWELVE = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
RULES = replace(BOOK, passes=(TWELVE,))


@dataclass(frozen=True, slots=True)
class Before:
    """Members with one thing each that may be taken back, by names of entries, and a pass by its lot."""

    bills: AccountId
    by_name: str
    by_number: str
    top_up: AccountId
    closing: AccountId
    buyer: AccountId
    sold: str
    debtor: AccountId
    repaid: str
    used_up: str


def sell_before(bench: RefundBench) -> Before:
    """Sell all that the box will have sold before it goes on under another name."""
    bills, top_up, closing, buyer, debtor = (bench.member() for _ in range(5))
    spender = bench.member()
    bench.top_up(spender, 40_00)
    used_up = bench.bill(spender, [line(40_00, 2)], {"principal": 40_00})
    bench.top_up(bills, 500_00, 100_00)
    by_name = bench.bill(bills, [line(120_00, 2)], {"principal": 100_00, "bonus": 20_00})
    by_number = bench.bill(bills, [line(80_00)], {"principal": 60_00, "wechat": 20_00}, points=20)
    bench.top_up(top_up, 300_00)
    bench.bill(top_up, [line(100_00)], {"principal": 100_00})
    bench.top_up(closing, 1000_00, 200_00)
    bench.top_up(closing, 50_00)
    bench.bill(closing, [line(600_00)], {"principal": 500_00, "bonus": 100_00})
    sold = bench.sell_pass(buyer, TWELVE, {"cash": 1980_00})
    repaid = bench.bill(debtor, [line(100_00, 4)], {"on_credit": 100_00})
    back_desk(bench.records, lambda name, _: bench.sections[name], Releases(bench.made.book)).credit.repay(
        bench.by(), debtor, 60_00, "cash"
    )
    return Before(bills, by_name, by_number, top_up, closing, buyer, sold, debtor, repaid, used_up)


def take_back_all(bench: RefundBench, before: Before) -> None:
    """Assert that each of it is given back as it was sold, and that the book is right after all of it."""
    desk = back_desk(bench.records, lambda name, _: bench.sections[name], Releases(bench.made.book))
    number = bill_number(*bench.records.source(before.by_number)[1:])
    looking = Looking(bench.made.database, bench.made.book, bench.made.clock)
    assert looking.settled(number).note.payable_fen == 80_00
    assert desk.voids.reasons(bench.by(SAME_SHIFT), number), "it is of another life, so it is refunded"

    assert bench.refund(before.used_up, {0: 1}).given_fen == 20_00
    assert bench.refund(before.used_up).given_fen == 20_00
    assert bench.refund(before.by_name, {0: 1}).given_fen == 60_00
    (noted,) = [each for each in bench.last().payload["returned"] if each["charged_fen"] == 50_00]  # type: ignore[union-attr, index, call-overload]
    assert noted["list_fen"] == 50_00, "half of what the money paid for was not delivered"  # type: ignore[index, call-overload]
    assert bench.refund(before.by_name).given_fen == 60_00
    done = desk.bills.refund(bench.by(), Wish(number))
    assert (done.given_fen, done.payable_fen, done.points) == (80_00, 20_00, 20)
    assert bench.held(before.bills) == {"principal": 500_00, "bonus": 100_00}

    (given,) = desk.prepayments.top_ups(before.top_up)
    wish = PrepaidWish(before.top_up, given.top_up.id, NOT_MEMBERS_FAULT)
    assert desk.prepayments.refund(bench.by(), wish).given_fen == 200_00

    for step in (IDENTITY, RECORD, "receiving_account"):
        desk.card_returns.note(bench.by(CASHIER), before.closing, step)
    case = desk.card_returns.compute(bench.by(CASHIER), before.closing, NOT_MEMBERS_FAULT)
    assert case.state.refund_fen == 550_00
    desk.card_returns.approve(bench.by(), before.closing)

    done = desk.passes.refund(bench.by(rulebook=RULES), PassWish(before.buyer, before.sold, NOT_MEMBERS_FAULT))
    assert done.given_fen == 1980_00

    done = desk.bills.refund(bench.by(), Wish(before.repaid, {0: 2}))
    assert (done.given_fen, done.cash_fen) == (50_00, 10_00), "what is still owed is cancelled first"
    done = desk.bills.refund(bench.by(), Wish(before.repaid))
    assert (done.given_fen, done.cash_fen) == (50_00, 50_00)
    assert bench.made.book.balances(before.debtor) == {}
    bench.prove()
