"""Days of time passes: sold once they are over, once, in an entry of their own, whatever happened in between."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.ids import AccountId
from terminal.rules.passes.sale import sell
from terminal.rules.passes.terms import FROM_FIRST_USE, TIME_PASS, FreezeRules, PassPart, PassTerms
from terminal.services.bills.holds import Holds
from terminal.services.prepaid.pass_changes import PassChanges
from terminal.services.prepaid.pass_days import NEXT, OF_OWNERS, PASSES_AN_ENTRY, ROWS, DaysSettled, PassDays
from terminal.services.prepaid.pass_units import make_pass
from terminal.services.prepaid.units import create, new_lot
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop
from tests.services.test_prepaid_moves import CARE

MONTH = PassTerms("m", TIME_PASS, 100_00, (PassPart(frozenset({"spa"})),), valid_days=30, freeze=FreezeRules(3, 30))


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book, proved at the end."""
    with open_shop(tmp_path) as made:
        yield made


def sold(shop: Shop, account: AccountId, terms: PassTerms = MONTH) -> str:
    """Sell a pass for cash and return its lot."""
    made = sell(terms, shop.today())
    with shop.database.write():
        draft = shop.post("bill", account)
        lot = new_lot(draft)
        make_pass(draft, account, terms, made, lot, version=0)
        draft.debit("tender/cash", made.price_fen)
        draft.credit("deferred", made.price_fen)
        shop.book.post(draft)
    return lot


def terms_of(code: str, _: int) -> PassTerms:
    """Return the terms of a pass sold here."""
    return {"m": MONTH, "care": CARE, CARE.code: CARE, "later": replace(MONTH, valid_from=FROM_FIRST_USE)}[code]


def settle(shop: Shop) -> tuple[int, int, int]:
    """Settle all there is; return days, passes and fen."""
    days = PassDays(shop.till, terms_of)
    total, after = (0, 0, 0), 0
    while True:
        done = days.slice(after)
        total = (total[0] + done.days, total[1] + done.passes, total[2] + done.value_fen)
        after = done.last
        if not after:
            return total


def left(shop: Shop, account: AccountId) -> int:
    """Return the days that are left."""
    return sum(shop.amounts(account, "pass"))


def test_a_day_is_sold_when_it_is_over_and_only_once(shop: Shop) -> None:
    account = shop.member()
    sold(shop, account)
    assert settle(shop) == (0, 0, 0), "the first day is not over"
    shop.wait_days(3)
    before = shop.entries()
    assert settle(shop) == (3, 1, 9_99)
    assert (shop.entries(), left(shop, account)) == (before + 1, 27)
    assert shop.book.accounts() == {"tender/cash": 100_00, "deferred": -90_01, "sales/service": -9_99}
    last = shop.last()
    assert (last.kind, {effect.kind for effect in last.effects}) == ("pass_days", {"expire"})
    assert settle(shop) == (0, 0, 0)
    assert shop.entries() == before + 1, "nothing is due, and nothing is written"
    shop.wait_days(60)
    assert settle(shop) == (27, 1, 90_01)
    assert shop.book.accounts() == {"tender/cash": 100_00, "deferred": 0, "sales/service": -100_00}
    assert left(shop, account) == 0


def test_the_days_count_among_the_sales_of_the_day_they_are_settled(shop: Shop) -> None:
    sold(shop, shop.member())
    shop.wait_days(1)
    settle(shop)
    day = shop.today().isoformat()
    found = [(each.kind, each.account, each.fen) for each in shop.till.deeds.takings(day, day)]
    assert ("pass_days", "sales/service", -3_33) in found


def test_a_pause_sessions_and_a_pass_that_has_not_begun_cost_no_days(shop: Shop) -> None:
    account, other = shop.member(), shop.member()
    lot = sold(shop, account)
    first = shop.today() + dt.timedelta(days=1)
    PassChanges(shop.till, terms_of).freeze(STAFF, action(), account, lot, first, first + dt.timedelta(days=9))
    sold(shop, other, replace(MONTH, code="later", valid_from=FROM_FIRST_USE))
    sold(shop, other, CARE)
    shop.wait_days(11)
    assert settle(shop)[0] == 1
    assert left(shop, account) == 29


def test_without_a_trusted_time_and_of_what_is_on_hold_nothing_is_settled(shop: Shop) -> None:
    account = shop.member()
    sold(shop, account)
    shop.wait_days(2)
    shop.clock.is_trusted = False
    assert settle(shop) == (0, 0, 0)
    shop.clock.is_trusted = True
    held = shop.book.holdings(account, ("pass",))
    with shop.database.write():
        Holds(shop.database).put("refund:1", {each.n: each.amount for each in held})
    assert settle(shop) == (0, 0, 0)
    with shop.database.write():
        Holds(shop.database).drop("refund:1")
    assert settle(shop)[0] == 2


def test_many_passes_are_settled_in_slices_that_can_be_cut_off_anywhere(shop: Shop) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    account = shop.member()
    for _ in range(3):
        with shop.database.write():
            draft = shop.post("gift", account)
            for _ in range(180):
                create(draft, "coupon", account, 1, attributes={"template": "T"})
            shop.book.post(draft)
        for _ in range(20):
            sold(shop, account)
    due, days = 0, PassDays(shop.till, terms_of)
    for _ in range(4):
        nights = chance.randrange(1, 5)
        shop.wait_days(nights)
        due += nights
        after = days.slice(0).last
        while after and chance.random() < 0.7:
            after = days.slice(after).last
    settle(shop)
    assert left(shop, account) == 60 * (30 - due)
    assert shop.book.accounts()["sales/service"] == -60 * due * 3_33


def test_a_slice_settles_as_many_passes_as_one_entry_is_for(shop: Shop) -> None:
    account = shop.member()
    for _ in range(2 * PASSES_AN_ENTRY + 1):
        sold(shop, account)
    shop.wait_days(1)
    entries, days, after, found = shop.entries(), PassDays(shop.till, terms_of), 0, list[int]()
    while not found or after:
        done = days.slice(after)
        found.append(done.passes)
        after = done.last
    assert [each for each in found if each] == [PASSES_AN_ENTRY, PASSES_AN_ENTRY, 1]
    assert shop.entries() == entries + 3


def test_a_day_that_was_gone_through_is_not_looked_at_again(shop: Shop) -> None:
    account, days = shop.member(), PassDays(shop.till, terms_of)
    sold(shop, account)
    shop.wait_days(1)
    shop.clock.is_trusted = False
    assert days.daily().days == 0
    shop.clock.is_trusted = True
    assert days.daily().days == 1, "a run that could settle nothing is none"
    with shop.database.write():
        shop.database.run("ALTER TABLE held RENAME TO lost")
    assert days.daily() == DaysSettled(), "nothing is read"
    with shop.database.write():
        shop.database.run("ALTER TABLE lost RENAME TO held")
    shop.wait_days(1)
    assert days.daily().days == 1


def test_a_day_is_gone_through_when_its_last_slice_is(shop: Shop) -> None:
    account, days = shop.member(), PassDays(shop.till, terms_of)
    for _ in range(PASSES_AN_ENTRY + 1):
        sold(shop, account)
    shop.wait_days(1)
    first = days.daily()
    assert (first.passes, days.daily().passes) == (PASSES_AN_ENTRY, 1), "a run that was cut off begins again"


def test_parts_of_passes_are_found_by_their_owners(shop: Shop) -> None:
    plan = [
        str(row[3])
        for row in shop.database.rows(f"EXPLAIN QUERY PLAN {OF_OWNERS} AND owner IN (?, ?)", (1, "pass", b"", b"x"))
    ]
    assert len(plan) == 1
    assert plan[0].startswith("SEARCH held USING COVERING INDEX held_live (owner=? AND asset=?")


def test_the_next_holdings_are_found_by_their_key_and_not_by_sorting(shop: Shop) -> None:
    plan = [str(row[3]) for row in shop.database.rows(f"EXPLAIN QUERY PLAN {NEXT}", (7, ROWS))]
    assert plan == ["SEARCH held USING PRIMARY KEY (bucket>?)"]


def test_before_a_pass_is_refunded_its_own_days_are_settled_and_nobody_elses(shop: Shop) -> None:
    account, other = shop.member(), shop.member()
    lot, second, days = sold(shop, account), sold(shop, account), PassDays(shop.till, terms_of)
    sold(shop, other)
    shop.wait_days(4)
    assert days.settle_pass(account, lot) == DaysSettled(4, 1, 13_32)
    assert (left(shop, account), left(shop, other)) == (56, 30)
    assert shop.last().payload["passes"] == [{"account": account, "pass": "m", "lot": lot, "days": 4, "fen": 13_32}]
    before = shop.entries()
    assert days.settle_pass(account, lot) == DaysSettled(), "once"
    assert days.settle_pass(account, sold(shop, account, CARE)) == DaysSettled(), "sessions do not pass by"
    assert days.settle_pass(account, "0" * 32) == days.settle_pass(other, second) == DaysSettled()
    assert shop.entries() == before + 1, "the pass that was sold"
    assert settle(shop)[0] == 8, "the day's run finds the others alone"


def test_days_on_hold_or_without_a_trusted_time_stay_when_a_pass_is_to_be_refunded(shop: Shop) -> None:
    account, days = shop.member(), PassDays(shop.till, terms_of)
    lot = sold(shop, account)
    shop.wait_days(2)
    shop.clock.is_trusted = False
    assert days.settle_pass(account, lot) == DaysSettled()
    shop.clock.is_trusted = True
    with shop.database.write():
        Holds(shop.database).put("bill:1", {each.n: each.amount for each in shop.book.holdings(account, ("pass",))})
    assert days.settle_pass(account, lot) == DaysSettled()
    with shop.database.write():
        Holds(shop.database).drop("bill:1")
    assert days.settle_pass(account, lot).days == 2


def test_members_see_until_when_a_pass_for_a_time_is_good_and_no_sessions(shop: Shop) -> None:
    account, later = shop.member(), shop.member()
    first, second = shop.today(), shop.today() + dt.timedelta(days=1)
    sold(shop, account)
    sold(shop, account)
    shop.wait_days(1)
    sold(shop, account)
    ends = [(day + dt.timedelta(days=29)).isoformat() for day in (first, second)]
    seen = shop.till.members.panel(account).passes
    assert [(part.name, part.left, part.total, part.ends_on) for part in seen] == [
        ("m", 60, 0, ends[0]),
        ("m", 30, 0, ends[1]),
    ]
    sold(shop, later, replace(MONTH, code="later", valid_from=FROM_FIRST_USE))
    [part] = shop.till.members.panel(later).passes
    assert (part.left, part.total, part.ends_on) == (30, 0, ""), "days that have not begun"
