"""Bills as the counter settles them, taken back: each kind of line, right and reward, proved after every entry."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.ledger.deeds import Deeds
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.bonus_note import release_note
from terminal.rules.value.releases import PER_VISIT, Release
from terminal.services.bills.values import Chosen, Order, OrderLine, Settled, Tender
from terminal.services.prepaid.pass_changes import PassChanges
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.transfers import Transfers
from terminal.services.refunds.asking import By, Wish
from terminal.services.refunds.bills import Refunds
from terminal.services.refunds.passes import PassRefunds, PassWish
from terminal.services.refunds.posting import Refunded
from terminal.services.refunds.records import Records, name_of
from terminal.services.refunds.reopening import opener
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from terminal.services.views import SignedIn
from tests.services.bill_bench import Shop, free, open_shop
from tests.services.refund_bench import sign_in
from tests.services.test_bills import FIFTY, GOLD, PLAIN, RULES, TEN, TRIAL_FACIAL

MANAGER = SignedIn("token", "0" * 31 + "5", "李店长", 1, "manager")


class Desk:
    """A shop that rings up bills, and what takes them back."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        sign_in(shop.database, MANAGER)
        deeds = Deeds(shop.database, lambda at_ms: business_day(shop.clock, at_ms))
        self.records = Records(shop.database, shop.book, deeds, shop.clock)
        self.refunds = Refunds(self.records, self.section)
        self.passes = PassRefunds(self.records, self.section)
        self.voids = Voids(self.records, Releases(shop.book))

    def section(self, name: str, _: int) -> Any:  # noqa: ANN401 - each section has its own class
        return getattr(self.shop.rules, name)

    def by(self) -> By:
        return By(self.shop.rules, MANAGER, ActionId(new_id()), alone=True)

    def refund(self, bill: Settled, lines: dict[int, int] | None = None) -> Refunded:
        done = self.refunds.refund(self.by(), Wish(name_of(bill.posted.entry), lines))
        self.shop.prove()
        return done

    def void(self, bill: Settled) -> Refunded:
        done = self.voids.void(self.by(), bill.bill_no, "typed twice")
        self.shop.prove()
        return done

    def held(self, account: str) -> dict[str, int]:
        balances = self.shop.book.balances(account)  # type: ignore[arg-type]  # a member's account
        return {asset: units for asset, units in balances.items() if asset != "refund_right"}


def desk_of(folder: pathlib.Path, rules: Rulebook) -> Desk:
    return Desk(open_shop(folder, rules))


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a shop without level prices."""
    made = desk_of(tmp_path, PLAIN)
    try:
        yield made
        made.shop.prove()
    finally:
        made.shop.database.close()


def test_the_example_of_stacking_is_refunded_line_by_line_as_in_r_1(tmp_path: pathlib.Path) -> None:
    desk = desk_of(tmp_path, RULES)
    shop = desk.shop
    account = shop.member(GOLD)
    shop.give(account, "points", 5230, last="2028-10-31")
    coupon = shop.coupon(account, FIFTY)
    lines = (OrderLine("cut"), OrderLine("shampoo"))
    bill = shop.ring(Order(account, lines, (Chosen(coupon),), points=5230))
    done = desk.refund(bill, {1: 1})
    assert (done.given_fen, done.points) == (62_67, 9)
    assert desk.held(account) == {"points": 30 + 43 + 1114 - 9}
    desk.refund(bill)
    assert desk.held(account) == {"points": 5230, "coupon": 1}
    assert not any(shop.book.accounts().values())
    shop.database.close()


def test_a_pass_and_a_service_of_one_bill_are_refunded_each_by_its_own_rights(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    order = Order(account, (OrderLine(pass_code="odd"), free(500_00)))
    bill = shop.ring(order, [Tender("card", 900_00), Tender("cash", 600_00)])
    lot = bill.note.lines[0].pass_lot
    points = desk.held(account)["points"]
    assert points == 150
    with pytest.raises(Refusal, match="refund_pass_line"):
        desk.refund(bill, {0: 1})
    done = desk.refund(bill)
    assert (done.given_fen, done.cash_fen, done.payable_fen, done.points) == (500_00, 200_00, 300_00, 50)
    shop.ring(Order(account, (OrderLine("facial", pass_lot=lot),)))
    done = desk.passes.refund(desk.by(), PassWish(account, lot, NOT_MEMBERS_FAULT))
    shop.prove()
    # 11 of 12 sessions: 916.67, what is kept off the card and the cash in proportion; 8 points stay on 83.33.
    assert (done.given_fen, done.cash_fen + done.payable_fen, done.points) == (916_67, 916_67, 92)
    assert desk.held(account) == {"points": 8}
    accounts = shop.book.accounts()
    assert (accounts["deferred"], accounts["sales/service"], accounts.get("sales/adjust", 0)) == (0, -83_33, 0)


def test_the_last_session_of_a_pass_comes_back_with_the_dates_of_its_first_use(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    lot = shop.pass_units(account, "later")
    line = OrderLine("facial", pass_lot=lot)
    bill = shop.ring(Order(account, (line,)))
    before = shop.book.accounts()["deferred"]
    assert desk.held(account) == {"pass": 11}
    desk.refund(bill)
    assert desk.held(account) == {"pass": 12}
    assert shop.book.accounts()["deferred"] == before - 83_33


def test_a_first_use_that_is_voided_never_began(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    lot = shop.pass_units(account, "later")
    bill = shop.ring(Order(account, (OrderLine("facial", pass_lot=lot),)))
    desk.void(bill)
    (even, odd) = desk.records.held(account, "pass")
    assert (even.amount + odd.amount, even.facts.spendable_from, odd.facts.spendable_from) == (12, "", "")


def test_an_exchange_coupon_comes_back_with_its_line(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    coupon = shop.coupon(account, TRIAL_FACIAL)
    bill = shop.ring(Order(account, (OrderLine("facial"), OrderLine("cut")), (Chosen(coupon, 0),)))
    desk.refund(bill, {0: 1})
    assert desk.held(account).get("coupon") == 1
    desk.refund(bill)
    assert desk.held(account) == {"coupon": 1}


def test_what_was_sold_on_credit_is_no_longer_owed(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    bill = shop.ring(Order(account, (OrderLine("cut"),)), [Tender("on_credit", 388_00)])
    assert desk.held(account) == {"owed": 388_00}
    desk.refund(bill)
    assert desk.held(account) == {}


def test_a_voided_bill_locks_again_what_its_visit_opened(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    release = Release(PER_VISIT, rate_bp=1000, min_bill_fen=100_00)
    shop.give(account, "bonus_locked", 300_00, attributes=release_note(release, 300_00))
    bill = shop.ring(Order(account, (free(100_00),)))
    assert desk.held(account)["bonus"] == 30_00
    desk.void(bill)
    assert desk.held(account) == {"bonus_locked": 300_00}


def test_a_reopened_bill_is_open_with_its_lines_and_coupons_and_settles_again(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    coupon = shop.coupon(account, FIFTY)
    bill = shop.ring(Order(account, (OrderLine("cut"), free(20_00)), (Chosen(coupon),)))
    by = desk.by()
    desk.voids.reopen(by, bill.bill_no, "wrong item", opener(shop.bills))
    shop.prove()
    (again,) = shop.bills.list_open()
    assert again.order == Order(account, (OrderLine("cut"), free(20_00)), (Chosen(coupon),))
    assert desk.voids.reopen(by, bill.bill_no, "wrong item", opener(shop.bills)).bill == bill.bill_no
    assert len(shop.bills.list_open()) == 1
    quote = shop.bills.quote(shop.rules, again.id)
    assert quote.priced.payable_fen == bill.note.payable_fen
    shop.settle(again, [Tender("cash", bill.note.payable_fen)], bill.note.payable_fen)
    assert desk.held(account) == {"points": bill.note.points}


def test_a_bill_that_cannot_be_opened_again_is_not_voided_either(desk: Desk) -> None:
    shop = desk.shop
    account = shop.member()
    bill = shop.ring(Order(account, (OrderLine("cut"),)))
    shop.database.run("UPDATE catalogue SET active = 0 WHERE code = 'cut'")
    before = shop.entries()
    with pytest.raises(Refusal):
        desk.voids.reopen(desk.by(), bill.bill_no, "wrong item", opener(shop.bills))
    assert shop.entries() == before


def test_a_bill_is_refunded_to_whoever_took_the_membership_over(desk: Desk) -> None:
    shop = desk.shop
    account, heir = shop.member(), shop.member()
    shop.purse(account, 1000_00, 200_00)
    bill = shop.ring(Order(account, (free(300_00),)), [Tender("purse", 240_00), Tender("cash", 60_00)])
    till = Till(shop.database, shop.book, shop.files, shop.clock, desk.records.deeds)
    handed = Transfers(till, lambda code, _: shop.rules.pass_terms(code) or TEN)
    handed.transfer(shop.rules, MANAGER, ActionId(new_id()), account, heir, alone=True, shown="identity_card")
    before = desk.held(heir)
    assert (before["principal"], before["points"]) == (800_00, 26)
    done = desk.refund(bill)
    assert (done.given_fen, done.cash_fen, done.points, done.deducted_fen) == (300_00, 60_00, 26, 0)
    assert (desk.held(heir), desk.held(account)) == ({"principal": 1000_00, "bonus": 200_00}, {})


def test_v_1_a_refund_lowers_the_growth_and_the_level_only_where_it_is_strict(tmp_path: pathlib.Path) -> None:
    levels = LevelRules(levels=(Level("Silver", 1000_00), Level("Gold", 5000_00)))
    for strict, level in ((False, "Gold"), (True, "Silver")):
        rules = dataclasses.replace(PLAIN, levels=dataclasses.replace(levels, strict=strict))
        folder = tmp_path / level
        folder.mkdir()
        desk = desk_of(folder, rules)
        shop = desk.shop
        account = shop.member()
        shop.ring(Order(account, (free(4800_00),)))
        bill = shop.ring(Order(account, (free(388_00),)))
        standings = shop.bills.settler._standings
        assert standings.growth(rules.levels, account, shop.today) == 5188_00
        shop.clock.advance(7 * 86_400)
        desk.refund(bill)
        assert standings.growth(rules.levels, account, shop.today) == 4800_00
        assert standings.level(rules.levels, account, shop.today) == level
        shop.database.close()


def test_the_session_of_somebodys_shared_pass_makes_neither_points_nor_debts_theirs(tmp_path: pathlib.Path) -> None:
    shared = dataclasses.replace(TEN, code="shared", sharers=1)
    desk = desk_of(tmp_path, dataclasses.replace(PLAIN, passes=(shared,), points_clawback="owe_points"))
    shop = desk.shop
    account, friend = shop.member(), shop.member()
    lot = shop.pass_units(friend, "shared")
    till = Till(shop.database, shop.book, shop.files, shop.clock, desk.records.deeds)
    PassChanges(till, lambda _, __: shared).share(MANAGER, ActionId(new_id()), friend, lot, account)
    lines = (OrderLine("facial", pass_lot=lot, pass_of=friend), free(300_00))
    bill = shop.ring(Order(account, lines))
    (points,) = desk.records.held(account, "points")
    with shop.database.write():
        draft = shop.book.begin(ActionId(new_id()), "test", "")
        draft.spend(points, points.amount)
        shop.book.post(draft)
    shop.give(friend, "points", 100)
    done = desk.refund(bill, {1: 1})
    assert (done.given_fen, desk.held(friend)) == (300_00, {"pass": 11, "points": 100})
    assert desk.held(account) == {"points_owed": 30}
    shop.database.close()


def test_a_reopened_bill_still_takes_the_session_of_somebodys_shared_pass(tmp_path: pathlib.Path) -> None:
    shared = dataclasses.replace(TEN, code="shared", sharers=1)
    desk = desk_of(tmp_path, dataclasses.replace(PLAIN, passes=(*PLAIN.passes, shared)))
    shop = desk.shop
    account, friend = shop.member(), shop.member()
    lot = shop.pass_units(friend, "shared")
    till = Till(shop.database, shop.book, shop.files, shop.clock, desk.records.deeds)
    PassChanges(till, lambda _, __: shared).share(MANAGER, ActionId(new_id()), friend, lot, account)
    lines = (OrderLine("facial", pass_lot=lot, pass_of=friend), OrderLine(pass_code="odd"), free(20_00))
    bill = shop.ring(Order(account, lines))
    desk.voids.reopen(desk.by(), bill.bill_no, "wrong item", opener(shop.bills))
    (again,) = shop.bills.list_open()
    assert [(each.pass_lot, each.pass_of) for each in again.order.lines] == [(lot, friend), ("", ""), ("", "")]
    payable_fen = shop.bills.quote(shop.rules, again.id).priced.payable_fen
    shop.settle(again, [Tender("cash", payable_fen)], payable_fen)
    assert (payable_fen, desk.held(friend)) == (bill.note.payable_fen, {"pass": 11})
    shop.prove()
    shop.database.close()


def test_a_bill_is_refunded_though_the_shared_pass_of_its_session_was_refunded_before(tmp_path: pathlib.Path) -> None:
    shared = dataclasses.replace(TEN, code="shared", sharers=1)
    desk = desk_of(tmp_path, dataclasses.replace(PLAIN, passes=(shared,)))
    shop = desk.shop
    account, friend = shop.member(), shop.member()
    lot = shop.ring(Order(friend, (OrderLine(pass_code="shared"),))).note.lines[0].pass_lot
    till = Till(shop.database, shop.book, shop.files, shop.clock, desk.records.deeds)
    PassChanges(till, lambda _, __: shared).share(MANAGER, ActionId(new_id()), friend, lot, account)
    bill = shop.ring(Order(account, (OrderLine("facial", pass_lot=lot, pass_of=friend), free(300_00))))
    desk.passes.refund(desk.by(), PassWish(friend, lot, NOT_MEMBERS_FAULT))
    shop.prove()
    done = desk.refund(bill)
    assert (done.given_fen, desk.held(account), desk.held(friend).get("pass", 0)) == (300_00, {}, 0)
    shop.database.close()
