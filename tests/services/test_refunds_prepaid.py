"""Prepaid value given back: top-ups and passes by what was delivered, each by itself, and paid out or given up."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.prices.basket import Step
from terminal.rules.refunds.payout import Ways
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT, Contract, Policy
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.passes import PassRefunds, PassWish
from terminal.services.refunds.payouts import FAILED, OPEN, PAID, SENT, Payouts
from terminal.services.refunds.prepayments import PrepaidWish, Prepayments
from terminal.services.refunds.telling import told_pass
from tests.services.refund_bench import BOOK, CASHIER, RefundBench, line, open_bench

TWELVE = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
YEAR = PassTerms("y", "time_pass", 3650_00, (PassPart(frozenset({"spa"})),), valid_days=365)
RULES = replace(BOOK, passes=(TWELVE, YEAR), payout=Ways({"wechat": 90}))


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def deliver(bench: RefundBench, account: AccountId, charged_fen: int, list_fen: int, bonus_fen: int) -> str:
    """Settle a bill from the purse, charged below its list value."""
    steps = (
        (Step("level", "gold", list_fen - charged_fen, (list_fen - charged_fen,)),) if list_fen > charged_fen else ()
    )
    tenders = {"principal": charged_fen - bonus_fen, "bonus": bonus_fen}
    return bench.bill(account, [line(charged_fen, list_fen=list_fen)], tenders, steps=steps)


def prepayments(bench: RefundBench) -> Prepayments:
    return Prepayments(bench.records)


def only(bench: RefundBench, account: AccountId, reason: str = NOT_MEMBERS_FAULT) -> PrepaidWish:
    (given,) = prepayments(bench).top_ups(account)
    return PrepaidWish(account, given.top_up.id, reason)


@pytest.mark.parametrize(
    ("paid_fen", "granted_fen", "bill", "fault_fen", "wish_fen"),
    [
        pytest.param(3000_00, 1000_00, (3594_00, 3594_00, 898_50), 304_50, 0, id="F-1"),
        pytest.param(3000_00, 1000_00, (1200_00, 1200_00, 300_00), 2100_00, 1800_00, id="F-2"),
        pytest.param(3000_00, 600_00, (880_00, 1000_00, 146_67), 2266_67, 2000_00, id="F-3"),
    ],
)
def test_a_prepayment_is_computed_from_what_was_delivered(
    bench: RefundBench, paid_fen: int, granted_fen: int, bill: tuple[int, int, int], fault_fen: int, wish_fen: int
) -> None:
    account = bench.member()
    bench.top_up(account, paid_fen, granted_fen)
    deliver(bench, account, *bill)
    bench.made.clock.advance(8 * 86_400)
    wish = only(bench, account, MEMBERS_WISH)
    if wish_fen:
        assert prepayments(bench).preview(RULES, wish, alone=True).result.fen == wish_fen
    else:
        assert bench.refused(lambda: prepayments(bench).preview(RULES, wish, alone=True)) == "refund_nothing"
    fault = replace(wish, reason=NOT_MEMBERS_FAULT, expected_fen=fault_fen)
    done = prepayments(bench).refund(bench.by(rulebook=RULES), fault)
    bench.prove()
    assert (done.given_fen, done.payable_fen, done.cash_fen) == (fault_fen, fault_fen, 0)
    assert bench.held(account) == {}, "what is left of it ends"
    assert bench.made.book.balances(account) == {}, "its rights, and those that lead into it, end with it"
    accounts = bench.accounts()
    assert (accounts["refund_payable"], accounts.get("deferred", 0)) == (-fault_fen, 0)
    assert bench.refused(lambda: prepayments(bench).refund(bench.by(), fault)) == "refund_top_up_unknown"


def test_f_2_posts_what_the_ledger_has(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 1000_00)
    deliver(bench, account, 1200_00, 1200_00, 300_00)
    wish = PrepaidWish(account, only(bench, account).top_up, MEMBERS_WISH, received_before=True)
    prepayments(bench).refund(bench.by(rulebook=RULES), wish)
    assert dict(bench.last().postings) == {"deferred": 2100_00, "refund_payable": -1800_00, "sales/adjust": -300_00}
    (day, *_) = bench.records.deeds.days(account)
    assert day.top_up_fen == 3000_00 - 1800_00


def test_f_4_unused_on_day_five_gives_all_of_it_back_and_says_why(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 1000_00)
    bench.made.clock.advance(5 * 86_400)
    wish = only(bench, account, MEMBERS_WISH)
    back = prepayments(bench).preview(RULES, wish, alone=True)
    assert (back.result.fen, back.cooling_off) == (3000_00, True)
    bench.made.clock.advance(3 * 86_400)
    assert not prepayments(bench).preview(RULES, wish, alone=True).cooling_off
    longer = replace(wish, contract=Contract(cooling_off_days=15))
    assert prepayments(bench).preview(RULES, longer, alone=True).cooling_off


@pytest.mark.parametrize(
    ("region", "days", "last"), [("CN", 0, 7), ("CN-JS", 0, 15), ("CN", 30, 30), ("TW", 0, -1), ("TW", 3, 3)]
)
def test_the_law_of_the_region_says_how_long_money_may_be_asked_back_and_a_shop_may_give_more(
    bench: RefundBench, region: str, days: int, last: int
) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 1000_00)
    rules = replace(RULES, region=region, refunds=Policy(cooling_off_days=days))
    wish = only(bench, account, MEMBERS_WISH)
    found = []
    for day in range(32):
        if prepayments(bench).preview(rules, wish, alone=True).cooling_off:
            found.append(day)
        bench.made.clock.advance(86_400)
    assert found == list(range(last + 1))


def test_a_refunded_bill_has_consumed_nothing(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 600_00)
    bill = deliver(bench, account, 880_00, 1000_00, 146_67)
    bench.refund(bill)
    (given,) = prepayments(bench).top_ups(account)
    assert (given.top_up.consumed.charged_fen, given.top_up.consumed.list_fen) == (0, 0)
    assert given.top_up.principal_left_fen == 3000_00


def test_each_top_up_stands_by_itself(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00, 200_00)
    bench.top_up(account, 500_00, 50_00, "wechat")
    deliver(bench, account, 600_00, 600_00, 100_00)
    first, second = prepayments(bench).top_ups(account)
    assert [each.top_up.consumed.charged_fen for each in (first, second)] == [600_00, 0]
    wish = PrepaidWish(account, second.top_up.id, NOT_MEMBERS_FAULT)
    done = prepayments(bench).refund(bench.by(rulebook=RULES), wish)
    assert done.given_fen == 500_00
    assert bench.last().payload["payouts"] == [{"right": second.rights[0].bucket, "tender": "wechat", "fen": 500_00}]
    assert bench.held(account) == {"principal": 500_00, "bonus": 100_00}


def test_a_bill_of_which_a_part_was_prepaid_value_that_ended_gives_back_the_rest(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00)
    tenders = {"cash": 50_00, "principal": 100_00}
    bill = bench.bill(account, [line(150_00, 3)], tenders)
    prepayments(bench).refund(bench.by(rulebook=RULES), only(bench, account))
    assert bench.refunds.sale(bill).sale.lapsed_fen == 100_00
    done = bench.refund(bill)
    assert (done.given_fen, done.cash_fen) == (50_00, 50_00)
    assert bench.last().payload["lapsed_fen"] == 100_00


def test_everything_must_be_here_and_free(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00)
    wish = only(bench, account)
    by = bench.by(rulebook=RULES, alone=False)
    assert bench.refused(lambda: prepayments(bench).refund(by, wish)) == "refund_alone_only"
    (principal,) = bench.records.held(account, "principal")
    with bench.made.database.write():
        bench.made.database.run("INSERT INTO unit_hold VALUES ('bill:1', ?, 1)", (principal.n,))
    assert bench.refused(lambda: prepayments(bench).refund(bench.by(rulebook=RULES), wish)) == "refund_on_hold"


def test_a_prepayment_is_a_managers_to_give_back(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00)
    wish, asks = only(bench, account), bench.by(CASHIER, RULES)
    assert bench.refused(lambda: prepayments(bench).refund(asks, wish)) == "approval_needed"
    bench.approve(asks, "refund_prepayment", 1000_00)
    done = prepayments(bench).refund(asks, wish)
    before = bench.everything()
    assert prepayments(bench).refund(asks, wish) == done, "the same action answers as before"
    assert bench.everything() == before


def test_what_was_approved_is_given_up_exactly(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00, 200_00)
    bench.units(account, "points", 40)
    deliver(bench, account, 600_00, 600_00, 100_00)
    before = (bench.made.book.balances(account), bench.accounts())
    prepayments(bench).refund(bench.by(rulebook=RULES), only(bench, account))
    payouts = Payouts(bench.records)
    (owed,) = payouts.owed()
    payouts.give_up(bench.by(), owed.of)
    assert (bench.made.book.balances(account), bench.accounts()) == before
    assert payouts.owed() == []
    assert bench.refused(lambda: payouts.give_up(bench.by(), owed.of)) == "payout_done"
    assert bench.refused(lambda: payouts.pay(bench.by(), owed.of, 0)) == "payout_done"
    assert prepayments(bench).refund(bench.by(rulebook=RULES), only(bench, account)).given_fen == 500_00


def test_a_payout_is_sent_fails_and_is_paid_by_the_bank(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 500_00, tender="wechat")
    prepayments(bench).refund(bench.by(rulebook=RULES), only(bench, account))
    payouts = Payouts(bench.records)
    (owed,) = payouts.owed(account)
    assert (owed.tender, owed.fen, owed.state) == ("wechat", 500_00, OPEN)
    assert bench.refused(lambda: payouts.note(bench.by(), owed.of, 0, FAILED)) == "payout_not_sent"
    payouts.note(bench.by(), owed.of, 0, SENT)
    for refused in (
        lambda: payouts.note(bench.by(), owed.of, 0, SENT),
        lambda: payouts.pay(bench.by(), owed.of, 0, "bank"),
        lambda: payouts.give_up(bench.by(), owed.of),
    ):
        assert bench.refused(refused) == "payout_under_way"
    payouts.note(bench.by(), owed.of, 0, FAILED)
    assert [each.state for each in payouts.owed()] == [FAILED], "a failed payout stays, visible"
    by = bench.by()
    assert payouts.pay(by, owed.of, 0, "bank").state == PAID
    assert payouts.pay(by, owed.of, 0, "bank").state == PAID
    assert dict(bench.last().postings) == {"refund_payable": 500_00, "tender/bank": -500_00}
    assert payouts.owed() == []
    assert bench.refused(lambda: payouts.pay(bench.by(), owed.of, 0)) == "payout_done"
    assert bench.refused(lambda: payouts.pay(bench.by(), owed.of, 1)) == "payout_unknown"
    assert bench.refused(lambda: payouts.give_up(bench.by(), owed.of)) == "payout_done"


def test_a_cashier_pays_out_what_was_approved_but_only_the_way_it_was(bench: RefundBench) -> None:
    bill = bench.bill(None, [line(10_00)], {"wechat": 10_00})
    bench.refund(bill)
    payouts = Payouts(bench.records)
    (owed,) = payouts.owed()
    assert bench.refused(lambda: payouts.pay(bench.by(CASHIER), owed.of, 0, "cash")) == "approval_needed"
    assert payouts.pay(bench.by(CASHIER), owed.of, 0).state == PAID


def test_all_that_is_owed_is_found_and_bills_are_not_given_up(bench: RefundBench) -> None:
    bills = [bench.bill(None, [line(fen)], {"wechat": fen}) for fen in (10_00, 20_00)]
    bench.refund(bills[0])
    paid = Payouts(bench.records).owed()[0]
    bench.refund(bills[1])
    payouts = Payouts(bench.records)
    assert [each.fen for each in payouts.owed()] == [20_00, 10_00]
    payouts.pay(bench.by(), paid.of, 0)
    assert [each.fen for each in payouts.owed()] == [20_00]
    (left,) = payouts.owed()
    assert bench.refused(lambda: payouts.give_up(bench.by(), left.of)) == "payout_unknown"
    assert bench.refused(lambda: payouts.of(bills[0])) == "payout_unknown"


def pass_wish(account: AccountId, lot: str, reason: str = NOT_MEMBERS_FAULT, agreed_fen: int | None = None) -> PassWish:
    return PassWish(account, lot, reason, agreed_fen)


def passes(bench: RefundBench) -> PassRefunds:
    return PassRefunds(bench.records, lambda name, _: bench.sections[name])


@pytest.mark.parametrize(("reason", "fen", "kept"), [(NOT_MEMBERS_FAULT, 1320_00, 0), (MEMBERS_WISH, 948_00, -372_00)])
def test_q_1_a_pass_paid_in_cash_goes_to_the_members_bank(bench: RefundBench, reason: str, fen: int, kept: int) -> None:
    account = bench.member()
    lot = bench.sell_pass(account, TWELVE, {"cash": 1980_00})
    steps = (Step("session", "", 4 * 258_00, (4 * 258_00,)),)
    used = line(0, 4, list_fen=4 * 258_00, units=4)
    bill = bench.bill(account, [used], {}, sessions={0: 4}, steps=steps)
    done = passes(bench).refund(bench.by(rulebook=RULES), pass_wish(account, lot, reason))
    bench.prove()
    assert (done.given_fen, done.cash_fen, done.payable_fen) == (fen, 0, fen)
    wanted = {"deferred": 1320_00, "refund_payable": -fen, "sales/adjust": kept}
    assert dict(bench.last().postings) == {name: value for name, value in wanted.items() if value}
    assert bench.held(account) == {}
    assert bench.made.book.balances(account) == {}
    assert bench.refused(lambda: bench.refunds.refund(bench.by(), Wish(bill))) == "refund_nothing"
    again = pass_wish(account, lot, reason)
    assert bench.refused(lambda: passes(bench).refund(bench.by(rulebook=RULES), again)) == "refund_pass_unknown"


def test_a_pass_bought_from_the_purse_goes_back_to_the_purse(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 600_00)
    lot = bench.sell_pass(account, TWELVE, {"principal": 1650_00, "bonus": 330_00})
    steps = (Step("session", "", 4 * 258_00, (4 * 258_00,)),)
    bench.bill(account, [line(0, 4, list_fen=4 * 258_00, units=4)], {}, sessions={0: 4}, steps=steps)
    passes(bench).refund(bench.by(rulebook=RULES), pass_wish(account, lot))
    assert bench.held(account) == {"principal": 3000_00 - 550_00, "bonus": 600_00 - 110_00}
    (given,) = prepayments(bench).top_ups(account)
    assert given.top_up.consumed.charged_fen == 660_00, "what was used of it stays consumed"


def test_q_2_a_year_after_a_hundred_days(bench: RefundBench) -> None:
    account = bench.member()
    lot = bench.sell_pass(account, YEAR, {"wechat": 3650_00})
    bench.made.clock.advance(99 * 86_400)
    refused = bench.refused(
        lambda: passes(bench).refund(bench.by(rulebook=RULES), pass_wish(account, lot, MEMBERS_WISH))
    )
    assert refused == "pass_refund_agree"
    done = passes(bench).refund(bench.by(rulebook=RULES), pass_wish(account, lot))
    assert (done.given_fen, done.payable_fen) == (2650_00, 2650_00)


def test_a_policy_may_give_back_the_principal_left(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 3000_00, 1000_00)
    deliver(bench, account, 1200_00, 1200_00, 300_00)
    bench.made.clock.advance(8 * 86_400)
    kind = replace(RULES, refunds=Policy(principal_left=True))
    assert prepayments(bench).preview(kind, only(bench, account, MEMBERS_WISH), alone=True).result.fen == 2100_00


def test_a_pass_paid_by_several_means_gives_money_back_before_stored_value(bench: RefundBench) -> None:
    account = bench.member()
    bench.top_up(account, 1000_00)
    lot = bench.sell_pass(account, TWELVE, {"cash": 1000_00, "principal": 980_00})
    steps = (Step("session", "", 4 * 258_00, (4 * 258_00,)),)
    bench.bill(account, [line(0, 4, list_fen=4 * 258_00, units=4)], {}, sessions={0: 4}, steps=steps)
    done = passes(bench).refund(bench.by(rulebook=RULES), pass_wish(account, lot))
    assert (done.given_fen, done.payable_fen) == (1320_00, 1000_00)
    assert bench.held(account) == {"principal": 20_00 + 320_00}
    (given,) = prepayments(bench).top_ups(account)
    assert given.top_up.consumed.charged_fen == 660_00


@pytest.mark.parametrize(
    ("paid", "days", "cash_fen", "owed"),
    [
        ({"cash": 100_00}, 0, 100_00, {}),
        ({"cash": 100_01}, 0, 0, {"bank": 100_01}),
        ({"cash": 60_00, "wechat": 200_00}, 90, 60_00, {"wechat": 200_00}),
        ({"cash": 60_00, "wechat": 200_00}, 91, 60_00, {"bank": 200_00}),
        ({"alipay": 50_00}, 0, 0, {"bank": 50_00}),
    ],
    ids=["small", "large", "within the window", "after it", "no window"],
)
def test_a_pass_is_paid_back_as_any_prepaid_value(
    bench: RefundBench, paid: dict[str, int], days: int, cash_fen: int, owed: dict[str, int]
) -> None:
    account, terms = bench.member(), replace(TWELVE, price_fen=sum(paid.values()))
    bench.sections["passes"] = (terms,)
    lot = bench.sell_pass(account, terms, paid)
    bench.made.clock.advance(days * 86_400)
    wish = pass_wish(account, lot)
    rules = replace(RULES, passes=(terms,))
    back = passes(bench).preview(rules, wish, alone=True)
    shown = [("cash", cash_fen, False)] * bool(cash_fen) + [(means, fen, True) for means, fen in owed.items()]
    assert [tuple(way.values()) for way in told_pass(back)["ways"]] == shown
    done = passes(bench).refund(bench.by(rulebook=rules), wish)
    assert (done.cash_fen, done.payable_fen) == (cash_fen, sum(owed.values()))
    moved = dict(bench.last().postings)
    assert (moved.get("tender/cash", 0), moved.get("refund_payable", 0)) == (-cash_fen, -sum(owed.values()))
    payouts = Payouts(bench.records)
    assert {each.tender: each.fen for each in payouts.owed()} == owed
    for each in payouts.owed():
        payouts.pay(bench.by(), each.of, each.place)
    assert bench.accounts().get("refund_payable", 0) == 0


def test_cash_of_a_pass_that_went_over_the_counter_counts_towards_the_most(bench: RefundBench) -> None:
    account, terms = bench.member(), replace(TWELVE, price_fen=160_00)
    bench.sections["passes"] = (terms,)
    lot = bench.sell_pass(account, terms, {"cash": 60_00, "wechat": 100_00})
    passes(bench).refund(bench.by(rulebook=replace(RULES, passes=(terms,))), pass_wish(account, lot))
    payouts = Payouts(bench.records)
    (owed,) = payouts.owed()
    assert bench.refused(lambda: payouts.pay(bench.by(), owed.of, owed.place, "cash")) == "payout_cash_most"


def test_only_a_small_sum_of_one_refund_is_paid_in_cash_instead(bench: RefundBench) -> None:
    payouts = Payouts(bench.records)
    owed: list[str] = []
    for paid in ((100_01,), (100_00,), (60_00, 60_00)):
        bill = bench.bill(None, [line(sum(paid))], dict(zip(("wechat", "alipay"), paid, strict=False)))
        bench.refund(bill)
        owed.append(payouts.owed()[0].of)
    with pytest.raises(Refusal, match="payout_cash_most most_fen=10000"):
        payouts.pay(bench.by(), owed[0], 0, "cash")
    assert payouts.pay(bench.by(), owed[0], 0, "bank").state == PAID
    assert payouts.pay(bench.by(), owed[1], 0, "cash").state == PAID
    assert payouts.pay(bench.by(), owed[2], 0, "cash").state == PAID
    assert bench.refused(lambda: payouts.pay(bench.by(), owed[2], 1, "cash")) == "payout_cash_most"
