"""What was sold before a box went on under another name, and all that may still be given back of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from terminal.base.ids import AccountId
from terminal.rules.bill_note import bill_number
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.refunds.card_return import IDENTITY, RECORD
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.bills.looking import Looking
from terminal.services.refunds.desk import BackDesk, back_desk
from terminal.services.refunds.passes import PassWish
from terminal.services.refunds.prepayments import PrepaidWish
from terminal.services.refunds.records import parts
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


def desk_of(bench: RefundBench) -> BackDesk:
    """Return all that takes back."""
    return back_desk(bench.records, lambda name, _: bench.sections[name], Releases(bench.made.book))


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
    desk_of(bench).credit.repay(bench.by(), debtor, 60_00, "cash")
    return Before(bills, by_name, by_number, top_up, closing, buyer, sold, debtor, repaid, used_up)


def _by_name(bench: RefundBench, before: Before) -> None:
    assert bench.refund(before.by_name, {0: 1}).given_fen == 60_00
    returned = parts(bench.last().payload, "returned")
    assert sum(each["charged_fen"] for each in returned) == 60_00, "the other half stays delivered"
    assert bench.refund(before.by_name).given_fen == 60_00


def _used_up(bench: RefundBench, before: Before) -> None:
    assert bench.refund(before.used_up, {0: 1}).given_fen == 20_00
    assert bench.refund(before.used_up).given_fen == 20_00


def _by_number(bench: RefundBench, before: Before) -> None:
    number = bill_number(*map(int, before.by_number.split("/")[1:]))
    looking = Looking(bench.made.database, bench.made.book, bench.made.clock)
    assert looking.settled(number).note.payable_fen == 80_00
    assert desk_of(bench).voids.reasons(bench.by(SAME_SHIFT), number), "it is of another life, so it is refunded"
    done = bench.refund(number)
    assert (done.given_fen, done.payable_fen, done.points) == (80_00, 20_00, 20)


def _top_up(bench: RefundBench, before: Before) -> None:
    prepayments = desk_of(bench).prepayments
    (given,) = prepayments.top_ups(before.top_up)
    wish = PrepaidWish(before.top_up, given.top_up.id, NOT_MEMBERS_FAULT)
    assert prepayments.refund(bench.by(), wish).given_fen == 200_00


def _card_return(bench: RefundBench, before: Before) -> None:
    desk = desk_of(bench).card_returns
    for step in (IDENTITY, RECORD, "receiving_account"):
        desk.note(bench.by(CASHIER), before.closing, step)
    case = desk.compute(bench.by(CASHIER), before.closing, NOT_MEMBERS_FAULT)
    assert case.state.refund_fen == 550_00
    desk.approve(bench.by(), before.closing)


def _sold_pass(bench: RefundBench, before: Before) -> None:
    wish = PassWish(before.buyer, before.sold, NOT_MEMBERS_FAULT)
    assert desk_of(bench).passes.refund(bench.by(rulebook=RULES), wish).given_fen == 1980_00


def _repayment(bench: RefundBench, before: Before) -> None:
    done = bench.refund(before.repaid, {0: 2})
    assert (done.given_fen, done.cash_fen) == (50_00, 10_00), "what is still owed is cancelled first"
    done = bench.refund(before.repaid)
    assert (done.given_fen, done.cash_fen) == (50_00, 50_00)
    assert bench.made.book.balances(before.debtor) == {}


TAKES: Mapping[str, Callable[[RefundBench, Before], None]] = MappingProxyType(
    {
        "a bill by its name": _by_name,
        "a bill by its number": _by_number,
        "a bill whose lot is used up": _used_up,
        "a top-up": _top_up,
        "a card return": _card_return,
        "a sold pass": _sold_pass,
        "a repayment": _repayment,
    }
)


def take_back(bench: RefundBench, before: Before, what: str = "") -> None:
    """Assert that one of `TAKES`, or each, is given back as it was sold, and that the book is right afterwards."""
    for name, take in TAKES.items():
        if what in {"", name}:
            take(bench, before)
    bench.prove()
