"""Refund rights go with the units they lead back to: whoever handed something over can refund nothing of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.passes.terms import SESSION_PASS, PassPart, PassTerms
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.services.bills.values import Order, OrderLine, Settled, Tender
from terminal.services.prepaid.pass_changes import PassChanges
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.transfers import Transfers
from terminal.services.refunds.passes import PassWish
from terminal.services.views import SignedIn
from tests.services.bill_bench import free
from tests.services.prepaid_bench import action
from tests.services.test_bills import PLAIN
from tests.services.test_refunds_of_real_bills import MANAGER, Desk, desk_of

FIVE = PassTerms("five", SESSION_PASS, 1000_00, (PassPart(frozenset({"facial"}), 5, 0, 258_00),), sharers=1)


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a counter that sells a pass of five sessions; its book is proved at the end."""
    made = desk_of(tmp_path, dataclasses.replace(PLAIN, passes=(FIVE,)))
    yield made
    made.shop.prove()
    made.shop.database.close()


def till_of(desk: Desk) -> Till:
    """Return what prepaid value works with at that counter."""
    shop = desk.shop
    return Till(shop.database, shop.book, shop.files, shop.clock, desk.records.deeds)


def sold(desk: Desk, account: AccountId, price_fen: int = 1000_00) -> str:
    """Sell a pass for cash and return its lot."""
    made = desk.shop.ring(Order(account, (OrderLine(pass_code="five"),)), [Tender("cash", price_fen)])
    return made.note.lines[0].pass_lot


def used_up(desk: Desk, account: AccountId, lot: str, count: int) -> Settled:
    """Use sessions of a pass."""
    return desk.shop.ring(Order(account, (OrderLine("facial", quantity=count, pass_lot=lot),)), [])


def changes_of(desk: Desk) -> PassChanges:
    """Return what changes passes at that counter."""
    return PassChanges(till_of(desk), lambda *_: FIVE)


@pytest.mark.parametrize("all_of_it", [False, True])
def test_what_was_used_of_a_pass_that_was_handed_over_comes_back_to_its_new_holder(
    desk: Desk, *, all_of_it: bool
) -> None:
    shop = desk.shop
    account, heir = shop.member(), shop.member()
    lot = shop.pass_units(account, "five", 1000_01)
    bill = used_up(desk, account, lot, 4)
    if all_of_it:
        shop.purse(account, 10_00)
        Transfers(till_of(desk), lambda *_: FIVE).transfer(
            shop.rules, MANAGER, action(), account, heir, alone=True, shown="identity_card"
        )
    else:
        changes_of(desk).transfer(MANAGER, action(), account, lot, heir)
    assert desk.records.held(account, "refund_right") == [], "nothing is left to refund with"
    desk.refund(bill)
    assert desk.held(account) == {}
    assert sum(each.amount for each in desk.records.held(heir, "pass")) == 5


def test_a_pass_is_handed_over_to_what_it_is_worth_with_all_that_can_be_had_back_of_it(desk: Desk) -> None:
    shop, asked = desk.shop, list[int]()

    def allow(_staff: SignedIn, _draft: Draft, fen: int) -> None:
        asked.append(fen)

    account, heir = shop.member(), shop.member()
    changes = PassChanges(till_of(desk), lambda *_: FIVE, allow)
    made, bought = shop.pass_units(account, "five", 1000_00), sold(desk, account)
    used_up(desk, account, made, 3)
    used_up(desk, account, bought, 4)
    for lot in (made, bought):
        changes.transfer(MANAGER, action(), account, lot, heir)
    assert asked == [1000_00, 1000_00]


def test_what_was_used_of_a_pass_comes_back_with_the_dates_it_has_now(desk: Desk) -> None:
    shop = desk.shop
    shop.rules = dataclasses.replace(shop.rules, passes=(dataclasses.replace(FIVE, valid_days=30),))
    account = shop.member()
    lot = shop.pass_units(account, "five", 1000_01)
    bill = used_up(desk, account, lot, 4)
    until = shop.today + dt.timedelta(days=90)
    changes_of(desk).extend(MANAGER, action(), account, lot, until)
    desk.refund(bill)
    assert {lot.facts.expires_on for lot in desk.records.held(account, "pass")} == {until.isoformat()}


def test_a_pass_that_was_handed_over_is_refunded_to_its_new_holder_alone(desk: Desk) -> None:
    shop = desk.shop
    account, heir = shop.member(), shop.member()
    lot = sold(desk, account)
    changes_of(desk).transfer(MANAGER, action(), account, lot, heir)
    with pytest.raises(Refusal, match="refund_pass_unknown"):
        desk.passes.refund(desk.by(), PassWish(account, lot, NOT_MEMBERS_FAULT))
    assert desk.passes.refund(desk.by(), PassWish(heir, lot, NOT_MEMBERS_FAULT)).given_fen == 1000_00
    assert (desk.held(account).get("pass"), desk.held(heir).get("pass")) == (None, None)
    assert shop.book.accounts().get("deferred", 0) == 0


def test_a_purse_that_was_used_up_comes_back_to_whoever_took_the_membership_over(desk: Desk) -> None:
    shop = desk.shop
    account, heir = shop.member(), shop.member()
    shop.purse(account, 100_00)
    shop.give(account, "coupon", 1)
    bill = shop.ring(Order(account, (free(100_00),)), [Tender("purse", 100_00)])
    Transfers(till_of(desk), lambda *_: FIVE).transfer(
        shop.rules, MANAGER, action(), account, heir, alone=True, shown="identity_card"
    )
    desk.refund(bill)
    assert desk.held(account) == {}
    assert desk.held(heir)["principal"] == 100_00
