"""Open bills: rows that guard against two counters at once, and hold coupons and sessions until they are settled."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import BillNote
from terminal.rules.canonical import Canonical
from terminal.rules.pay.commission import Person
from terminal.rules.prices.basket import PriceRules
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Asks
from terminal.services.bills.paying import split_evenly
from terminal.services.bills.values import (
    HELD,
    OPEN,
    Act,
    Chosen,
    Order,
    OrderLine,
    Proof,
    Settled,
    Settling,
    Tender,
)
from terminal.services.feed_desk import FeedDesk
from terminal.services.views import SignedIn
from tests.services.bill_bench import PHOTO, STAFF, Shop, free, open_shop
from tests.services.factored import factored
from tests.services.test_bills import FIFTY, PLAIN, TRIAL_FACIAL


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop without level prices."""
    made = open_shop(tmp_path, PLAIN)
    yield made
    made.prove()
    made.database.close()


def test_a_bill_is_opened_once_for_its_action_and_changed_put_aside_and_taken_up_again(shop: Shop) -> None:
    account, action = shop.member(), new_id()
    order = Order(account, (OrderLine("cut"),))
    bill = shop.open(order, action)
    assert shop.open(order, action) == bill
    with pytest.raises(Refusal, match="action_conflict"):
        shop.open(Order(account, (OrderLine("shampoo"),)), action)
    larger = Order(account, (OrderLine("cut"), OrderLine("shampoo", 2)))
    changed = shop.bills.change(shop.rules, bill.id, 1, larger)
    assert (changed.version, changed.order, changed.state) == (2, larger, OPEN)
    assert shop.bills.change(shop.rules, bill.id, 1, larger) == changed, "the answer that was lost"
    held = shop.bills.hold(bill.id, 2, "靠窗的客人")
    assert (held.state, held.label, held.version) == (HELD, "靠窗的客人", 3)
    assert shop.bills.hold(bill.id, 2, "靠窗的客人") == held
    resumed = shop.bills.resume(bill.id, 3)
    assert (resumed.state, resumed.label) == (OPEN, "靠窗的客人")
    other = shop.open(Order(lines=(free(1),)))
    assert [each.id for each in shop.bills.list_open()] == sorted([bill.id, other.id])
    assert shop.bills.list_open(account) == [resumed]
    assert shop.entries() == 0, "nothing of it is in the book"


def test_two_counters_never_work_on_one_bill_unseen(shop: Shop) -> None:
    bill = shop.open(Order(lines=(free(10_00),)))
    shop.bills.change(shop.rules, bill.id, 1, Order(lines=(free(20_00),)))
    for work in (
        lambda: shop.bills.change(shop.rules, bill.id, 1, Order(lines=(free(30_00),))),
        lambda: shop.bills.hold(bill.id, 1),
        lambda: shop.bills.resume(bill.id, 7),
        lambda: shop.bills.drop(bill.id, 1),
        lambda: shop.settle(bill, [Tender("cash", 10_00)], 10_00),
    ):
        with pytest.raises(Refusal, match="bill_changed"):
            work()
    shop.bills.drop(bill.id, 2)
    shop.bills.drop(bill.id, 2)
    for gone in (
        lambda: shop.bills.get(bill.id),
        lambda: shop.bills.get("no id"),
        lambda: shop.bills.quote(shop.rules, bill.id),
        lambda: shop.settle(bill, [Tender("cash", 10_00)], 10_00),
    ):
        with pytest.raises(Refusal, match="bill_gone"):
            gone()


def test_a_label_is_a_short_line(shop: Shop) -> None:
    bill = shop.open(Order(lines=(free(10_00),)))
    for label in ("x" * 41, "a\nb"):
        with pytest.raises(Refusal, match="bill_label_bad most=40"):
            shop.bills.hold(bill.id, 1, label)


def test_a_chosen_coupon_is_locked_until_its_bill_is_settled_or_dropped(shop: Shop) -> None:
    account = shop.member()
    coupon = shop.coupon(account, FIFTY)
    order = Order(account, (OrderLine("cut"),), (Chosen(coupon),))
    bill = shop.open(order)
    with pytest.raises(Refusal, match="coupon_locked"):
        shop.open(order)
    holds = shop.bills.on_hold()
    assert holds.on(coupon) == 1  # type: ignore[arg-type]  # a bucket's id
    shop.bills.drop(bill.id, 1)
    assert holds.on(coupon) == 0  # type: ignore[arg-type]  # a bucket's id
    bill = shop.open(order)
    unlocked = shop.bills.change(shop.rules, bill.id, 1, Order(account, (OrderLine("cut"),)))
    other = shop.open(order)
    shop.settle(other, [Tender("cash", 338_00)], 338_00)
    for wrong in (coupon, new_id()):
        with pytest.raises(Refusal, match="coupon_unknown"):
            shop.bills.change(shop.rules, bill.id, unlocked.version, Order(account, order.lines, (Chosen(wrong),)))
    assert shop.database.rows("SELECT * FROM unit_hold") == []


def test_a_foreign_and_an_expired_coupon_are_refused(shop: Shop) -> None:
    mine, theirs = shop.member(), shop.member()
    coupon = shop.coupon(theirs, FIFTY)
    with pytest.raises(Refusal, match="coupon_unknown"):
        shop.open(Order(mine, (OrderLine("cut"),), (Chosen(coupon),)))
    late: dict[str, Canonical] = {"template": "fifty", "version": 0, "first": "2026-01-01", "last": "2026-11-20"}
    ended = shop.give(mine, "coupon", 1, attributes=late).id
    with pytest.raises(Refusal, match="coupon_expired"):
        shop.open(Order(mine, (OrderLine("cut"),), (Chosen(ended),)))


def test_equal_coupons_of_one_bucket_are_used_one_by_one(shop: Shop) -> None:
    account = shop.member()
    coupon = shop.coupon(account, TRIAL_FACIAL, 2)
    lines = (OrderLine("facial"), OrderLine("facial"))
    settled = shop.ring(Order(account, lines, (Chosen(coupon, 0), Chosen(f"{coupon}/2", 1))))
    assert (settled.note.payable_fen, shop.book.balances(account).get("coupon", 0)) == (0, 0)


def test_reserved_sessions_are_nobody_elses_and_outlive_the_passs_end(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "ten")
    line = OrderLine("facial", 12, pass_lot=lot)
    bill = shop.open(Order(account, (line,)))
    with pytest.raises(Refusal, match="pass_unknown"):
        shop.open(Order(account, (OrderLine("facial", pass_lot=lot),)))
    changed = shop.bills.change(shop.rules, bill.id, 1, Order(account, (free(5_00), line)))
    assert (changed.reserved[0].line, changed.reserved[0].taken) == (1, bill.reserved[0].taken)
    shop.rules = Rulebook(points=PLAIN.points, passes=PLAIN.passes, prices=PriceRules())
    settled = shop.settle(changed, [Tender("cash", 5_00)], 5_00)
    assert settled.note.lines[1].units == 12


def test_a_line_that_is_added_gets_no_session_that_another_line_keeps(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "ten")
    kept, more = OrderLine("facial", 11, pass_lot=lot), OrderLine("facial", pass_lot=lot)
    bill = shop.open(Order(account, (kept,)))
    with pytest.raises(Refusal, match="pass_used_up"):
        shop.bills.change(shop.rules, bill.id, 1, Order(account, (kept, more, more)))
    changed = shop.bills.change(shop.rules, bill.id, 1, Order(account, (kept, more)))
    settled = shop.settle(changed, [], 0)
    assert [line.units for line in settled.note.lines] == [11, 1]
    assert "pass" not in shop.book.balances(account)


def test_sessions_reserved_before_the_end_are_used_after_it(shop: Shop) -> None:
    account = shop.member()
    shop.rules = PLAIN
    facts = shop.pass_units(account, "later")
    used = shop.ring(Order(account, (OrderLine("facial", pass_lot=facts),)))
    assert used.note.lines[0].units == 1
    bill = shop.open(Order(account, (OrderLine("facial", pass_lot=facts),)))
    shop.clock.at += dt.timedelta(days=100)
    with pytest.raises(Refusal, match="pass_expired"):
        shop.open(Order(account, (OrderLine("facial", pass_lot=facts),)))
    assert shop.settle(bill, [], 0).note.lines[0].units == 1


def test_a_recall_gives_back_only_what_is_not_on_hold(shop: Shop) -> None:
    account = shop.member()
    coupon = shop.coupon(account, FIFTY, 3)
    shop.open(Order(account, (OrderLine("cut"),), (Chosen(coupon),)))
    desk = FeedDesk(shop.database, shop.book, shop.bills.on_hold().on)
    (lot,) = shop.book.lots(shop.book.holdings(account, ("coupon",)))
    assert desk.return_unused(lot.facts, 3) == 2


def test_the_same_settling_again_answers_the_first_and_another_one_is_refused(shop: Shop) -> None:
    account, action = shop.member(), new_id()
    bill = shop.open(Order(account, (free(100_00),)))
    first = shop.settle(bill, [Tender("cash", 100_00)], 100_00, action)
    entries = shop.entries()
    again = shop.settle(bill, [Tender("cash", 100_00)], 100_00, action)
    assert (again.note, again.bill_no, again.posted.hash) == (first.note, first.bill_no, first.posted.hash)
    for tenders, payable_fen in (([Tender("card", 100_00)], 100_00), ([Tender("cash", 100_00)], 99_00)):
        with pytest.raises(Refusal, match="action_conflict"):
            shop.settle(bill, tenders, payable_fen, action)
    assert shop.entries() == entries
    with pytest.raises(Refusal, match="action_conflict"):
        shop.open(Order(account, (free(100_00),)), action)


def test_a_fault_in_the_middle_leaves_the_bill_open_and_the_book_as_it_was(tmp_path: pathlib.Path) -> None:
    def falls(_settled: Settled) -> int:
        raise OSError("the power went")

    shop = open_shop(tmp_path, PLAIN)
    shop.bills = type(shop.bills)(
        shop.database,
        shop.book,
        shop.clock,
        Asks(factored(shop), slip=falls),
    )
    account = shop.member()
    coupon = shop.coupon(account, FIFTY)
    shop.purse(account, 500_00)
    bill, before = shop.open(Order(account, (OrderLine("cut"),), (Chosen(coupon),))), shop.entries()
    with pytest.raises(OSError, match="the power went"):
        shop.settle(bill, [Tender("purse", 338_00)], 338_00)
    assert (shop.entries(), shop.bills.get(bill.id)) == (before, bill)
    assert shop.book.balances(account) == {"principal": 500_00, "coupon": 1}
    assert shop.bills.on_hold().on(coupon) == 1  # type: ignore[arg-type]  # a bucket's id
    shop.prove()
    shop.database.close()


def test_what_watches_and_what_goes_with_a_bill_is_asked_before_it_is_posted(tmp_path: pathlib.Path) -> None:
    def watch(_rules: Rulebook, staff: SignedIn, act: Act) -> dict[str, Canonical]:
        if act.amount_fen > 100_00 and not act.approval:
            raise Refusal("approval_needed")
        return {"alerts": [[staff.name != "", act.account]]}

    def also(draft: Draft, _rules: Rulebook, note: BillNote) -> None:
        draft.create("bonus", note.account, 5)  # type: ignore[arg-type]  # an account

    shop = open_shop(tmp_path, PLAIN)
    asks = Asks(factored(shop), watch=watch, also=(also,))
    shop.bills = type(shop.bills)(shop.database, shop.book, shop.clock, asks)
    account = shop.member()
    bill = shop.open(Order(account, (free(200_00),)))
    with pytest.raises(Refusal, match="approval_needed"):
        shop.settle(bill, [Tender("cash", 200_00)], 200_00)
    assert shop.entries() == 0
    settled = shop.settle(bill, [Tender("cash", 200_00)], 200_00, proof=Proof(approval="a1"))
    assert settled.posted.entry.payload["alerts"] == [[True, account]]
    assert shop.book.balances(account)["bonus"] == 5
    shop.prove()
    shop.database.close()


def test_a_quote_says_what_could_pay_and_why_a_coupon_does_not_count(shop: Shop) -> None:
    account = shop.member()
    shop.purse(account, 100_00, 20_00)
    shop.give(account, "points", 5_000)
    used, unused = shop.coupon(account, FIFTY), shop.coupon(account, TRIAL_FACIAL)
    lot = shop.pass_units(account, "ten")
    quote = shop.bills.quote_of(shop.rules, Order(account, (OrderLine("cut"), OrderLine("shampoo"))))
    assert quote.best is not None
    assert [use.coupon.id for use in quote.best.uses] == [used]
    assert quote.best.unused[unused].code == "coupon_no_item"
    assert (quote.priced.payable_fen, quote.best.priced.payable_fen) == (486_00, 436_00)
    assert (quote.purse.balance_fen, quote.purse_most_fen) == (120_00, 120_00)
    assert (quote.points_held, quote.points_usable, quote.sessions) == (5_000, 5_000, ())
    facial = shop.bills.quote_of(shop.rules, Order(account, (free(1), OrderLine("facial"))))
    assert [(each.line, each.pass_lot, each.left) for each in facial.sessions] == [(1, lot, 12)]
    assert shop.bills.quote_of(shop.rules, Order(lines=(free(5),))).best is None


def test_a_bill_of_a_merged_member_is_the_main_ones_and_takes_what_the_other_has(shop: Shop) -> None:
    main, other = shop.member(), shop.member()
    shop.purse(other, 50_00)
    shop.purse(main, 50_00)
    shop.database.run("UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(main), bytes.fromhex(other)))
    settled = shop.ring(Order(other, (free(80_00),)), [Tender("purse", 80_00)])
    assert settled.account == main
    assert sum(shop.book.balances(each).get("principal", 0) for each in (main, other)) == 20_00
    assert settled.figure("balance_after_fen") == 20_00


def test_an_even_split_adds_up() -> None:
    assert split_evenly(100_00, 3) == [33_34, 33_33, 33_33]
    for people in (1, 51):
        with pytest.raises(Refusal, match="split_person_bad"):
            split_evenly(100_00, people)


def test_a_split_that_was_agreed_is_what_each_pays(shop: Shop) -> None:
    bill = shop.open(Order(lines=(free(100_00),)))
    tenders = (Tender("cash", 60_00, person=1), Tender("cash", 40_00, person=2))
    with pytest.raises(Refusal, match="split_unequal") as refused:
        shop.bills.settle(
            shop.rules, STAFF, ActionId(new_id()), (bill.id, 1), Settling(tenders, 100_00, (50_00, 50_00)), PHOTO
        )
    assert refused.value.values == {"person": 1, "wanted_fen": 50_00, "paid_fen": 60_00}


def test_a_till_that_is_not_alone_speaks_only_of_what_is_here(tmp_path: pathlib.Path) -> None:
    shop = open_shop(tmp_path, PLAIN)
    asks = Asks(factored(shop), is_alone=lambda: False)
    shop.bills = type(shop.bills)(shop.database, shop.book, shop.clock, asks)
    account = shop.member()
    lot = shop.pass_units(account, "ten")
    with pytest.raises(Refusal, match="points_not_enough_here missing=100 points=0"):
        shop.open(Order(account, (free(10_00),), points=100))
    with pytest.raises(Refusal, match="pass_used_up_here left=12"):
        shop.open(Order(account, (OrderLine("facial", 13, pass_lot=lot),)))
    shop.database.close()


def test_what_was_sold_under_older_rules_keeps_them(tmp_path: pathlib.Path) -> None:
    shop = open_shop(tmp_path, PLAIN)
    account = shop.member()
    coupon, lot = shop.coupon(account, FIFTY), shop.pass_units(account, "ten")
    old = {("coupons", 0): PLAIN.coupons, ("passes", 0): PLAIN.passes}
    asks = Asks(
        factored(shop),
        section=lambda name, version: old[name, version],
    )
    shop.bills = type(shop.bills)(shop.database, shop.book, shop.clock, asks)
    shop.rules = Rulebook(versions={"coupons": 1, "passes": 1})
    lines = (OrderLine("cut"), OrderLine("facial", pass_lot=lot))
    assert shop.ring(Order(account, lines, (Chosen(coupon),))).note.payable_fen == 338_00
    shop.bills = type(shop.bills)(shop.database, shop.book, shop.clock, Asks(factored(shop)))
    with pytest.raises(Refusal, match="pass_rules_unknown"):
        shop.open(Order(account, lines))
    assert shop.bills.quote_of(shop.rules, Order(account, (OrderLine("facial"),))).sessions == ()
    shop.database.close()


def test_a_bill_that_no_entry_takes_is_refused_and_stays_open(shop: Shop) -> None:
    people = tuple(Person(str(number) * 32, "stylist") for number in range(10, 28))
    lines = tuple(OrderLine(name="项" * 60, list_fen=100, people=people) for _ in range(200))
    bill = shop.open(Order(lines=lines))
    with pytest.raises(Refusal, match="bill_too_long"):
        shop.settle(bill, [Tender("cash", 200_00)], 200_00)
    assert (shop.entries(), shop.bills.get(bill.id)) == (0, bill)


def test_two_first_visits_of_one_pass_are_both_settled(shop: Shop) -> None:
    account = shop.member()
    lot = shop.pass_units(account, "later")
    order = Order(account, (OrderLine("facial", pass_lot=lot),))
    first, second = shop.open(order), shop.open(order)
    for bill in (first, second):
        assert shop.settle(bill, [], 0).note.lines[0].units == 1
        shop.prove()
    assert shop.book.balances(account)["pass"] == 10


def test_a_member_who_gives_the_card_back_has_no_bills(tmp_path: pathlib.Path) -> None:
    shop = open_shop(tmp_path, PLAIN)
    closing = shop.member()
    bill = shop.open(Order(closing, (free(10_00),)))
    asks = Asks(factored(shop), may_spend=lambda account: account != closing)
    shop.bills = type(shop.bills)(shop.database, shop.book, shop.clock, asks)
    for work in (
        lambda: shop.open(Order(closing, (free(10_00),))),
        lambda: shop.settle(bill, [Tender("cash", 10_00)], 10_00),
    ):
        with pytest.raises(Refusal, match="account_closing"):
            work()
    assert shop.ring(Order(shop.member(), (free(10_00),))).note.payable_fen == 10_00
    shop.database.close()
