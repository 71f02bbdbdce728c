"""What holds of a member's value in the whole chain: each till spends its own share, each coupon once, one figure."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, BucketId, new_id
from terminal.rules import entry
from terminal.rules.bill_note import BillNote
from terminal.rules.bucket import Bucket
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.media.factors import COUNTER, KIOSK
from terminal.rules.prices.basket import CASH, Basket, Line, Use
from terminal.rules.prices.engine import price
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.services.bills.values import Chosen, OpenBill, Order, Place, Proof, Settled, Settling, Tender
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.records import name_of
from terminal.services.summaries import Summaries
from tests.services.bill_bench import PHOTO, STAFF, free
from tests.services.chain_bench import Branch, Chain, open_chain
from tests.services.test_bills_any import Story, rules_of
from tests.sync.test_own_rows import CHAIN

pytestmark = pytest.mark.slow

FIVE = CouponTemplate("five", CASH, off_fen=5_00)
COUPONS = Rulebook(coupons=(FIVE,))
BILL_FEN = 20_00


@pytest.fixture
def chain(tmp_path: pathlib.Path) -> Iterator[Chain]:
    with open_chain(tmp_path, Rulebook(purse=PurseRules(tap_only_limit_fen=60_00))) as made:
        yield made


def shares(chain: Chain) -> tuple[Branch, Branch, AccountId, Bucket]:
    """Return two tills that hold 100.00 each of a member's 500.00, the cloud the rest; from now on all are cut off."""
    one, two = chain.tills
    account = chain.member()
    money = one.shop.give(account, "principal", 500_00, value_fen=1)
    assert one.give_back(money, 400_00) == 400_00
    chain.sync()
    two.want(money, 100_00)
    chain.sync()
    assert (one.held(money), two.held(money)) == (100_00, 100_00)
    return one, two, account, money


def purse(till: Branch, account: AccountId, fen: int, cash_fen: int = 0) -> Settled:
    """Ring a bill up that stored value pays, and cash beside it."""
    tenders = [Tender("purse", fen), *([Tender("cash", cash_fen)] if cash_fen else [])]
    return till.shop.ring(Order(account, (free(fen + cash_fen),)), tenders)


def refused(till: Branch, account: AccountId, fen: int) -> Refusal:
    """Return what a bill from stored value is refused with."""
    with pytest.raises(Refusal) as caught:
        purse(till, account, fen)
    return caught.value


def in_the_chain(till: Branch, account: AccountId, asset: str) -> int:
    """Return what a member has of an asset anywhere, as a till has heard."""
    return sum(units for _, units in Summaries(till.database).lots([account], asset))


def test_o_1_two_tills_that_are_cut_off_spend_their_own_shares_and_no_more(chain: Chain) -> None:
    one, two, account, money = shares(chain)
    told = refused(one, account, 120_00)
    assert (told.code, told.values) == ("not_enough_here", {"available_fen": 100_00, "missing_fen": 20_00})
    purse(one, account, 100_00, cash_fen=20_00)
    purse(two, account, 100_00)
    for till in (one, two):
        assert refused(till, account, 1).code == "not_enough_here"
    chain.sync()
    assert in_the_chain(one, account, "principal") == 300_00
    two.want(money, 300_00)
    chain.sync()
    purse(two, account, 300_00)
    chain.sync()
    assert refused(two, account, 1).code == "not_enough"


def test_o_2_a_card_that_is_lost_costs_no_more_than_the_share_of_who_has_not_heard(chain: Chain) -> None:
    one, two, account, _ = shares(chain)
    n = one.side.card(account)
    chain.sync()
    one.database.run("UPDATE medium SET assurance = 'authenticated' WHERE n = ?", (n,))
    (known,) = two.side.media.by_number("80000001")
    two.side.media.report_loss(two.side.card_asked(), known.n)
    found = Proof(assurance="authenticated", medium=n)

    def spend(fen: int, proof: Proof = found) -> str:
        try:
            one.shop.ring(Order(account, (free(fen),)), [Tender("purse", fen)], proof)
        except Refusal as refusal:
            return refusal.code
        return ""

    assert spend(100_00) == "factor_tap_bill", "without a second factor no more than the limit"
    assert spend(60_00) == ""
    assert spend(1) == "factor_tap_day"
    assert spend(40_01, replace(found, confirmed="photo")) == "not_enough_here", "and in all no more than is here"
    chain.sync()
    assert spend(1, replace(found, confirmed="photo")) == "card_frozen"
    assert in_the_chain(two, account, "principal") == 440_00


def test_o_3_what_is_paid_in_at_a_till_that_is_cut_off_is_its_own_at_once_and_the_others_after_sync(
    chain: Chain,
) -> None:
    one, two, account, _ = shares(chain)
    paid_in = one.shop.give(account, "principal", 50_00, value_fen=1)
    assert refused(two, account, 100_01).code == "not_enough_here"
    purse(one, account, 120_00)
    chain.sync()
    two.want(paid_in, 30_00)
    chain.sync()
    assert (one.held(paid_in), two.held(paid_in)) == (0, 30_00)
    purse(two, account, 130_00)
    chain.sync()
    assert in_the_chain(one, account, "principal") == 300_00


class Coupons:
    """A member's coupons at two tills and in the cloud, and what was done with them."""

    def __init__(self, chain: Chain, count: int) -> None:
        self.chain, self.count, self.used = chain, count, 0
        self.account = chain.member()
        self.coupon = BucketId(chain.tills[0].shop.coupon(self.account, FIVE, count))
        chain.sync(1)
        (self.facts,) = [facts for facts, _ in Summaries(chain.tills[0].database).lots([self.account], "coupon")]
        self.open: tuple[list[OpenBill], list[OpenBill]] = ([], [])
        self.settled: tuple[list[Settled], list[Settled]] = ([], [])

    def do(self, what: str, at: int) -> None:
        """Do something at a till; what is refused leaves nothing behind."""
        till = self.chain.tills[at]
        with suppress(Refusal):
            getattr(self, f"do_{what}")(till, self.open[at], self.settled[at])
        held = sum(each.held(self.facts) for each in self.chain.tills)
        assert 0 <= self.used <= self.count
        assert held + self.used <= self.count, "what is not here is in the cloud or on its way"
        assert till.held(self.facts) >= len(self.open[at]), "what an open bill has locked stays here"

    def do_ring_up(self, till: Branch, bills: list[OpenBill], _: list[Settled]) -> None:
        bills.append(till.shop.open(Order(self.account, (free(BILL_FEN),), (Chosen(self.coupon),))))

    def do_settle(self, till: Branch, bills: list[OpenBill], settled: list[Settled]) -> None:
        if bills:
            bill = bills.pop(0)
            fen = till.shop.bills.quote(till.shop.rules, bill.id).priced.payable_fen
            settled.append(till.shop.settle(bill, [Tender("cash", fen)], fen))
            assert [each.id.partition("/")[0] for each in settled[-1].note.coupons] == [self.coupon]
            self.used += 1

    def do_use(self, till: Branch, bills: list[OpenBill], settled: list[Settled]) -> None:
        self.do_ring_up(till, bills, settled)
        self.do_settle(till, bills, settled)

    def do_drop(self, till: Branch, bills: list[OpenBill], _: list[Settled]) -> None:
        if bills:
            bill = bills.pop()
            till.shop.bills.drop(bill.id, bill.version)

    def do_void(self, till: Branch, _: list[OpenBill], settled: list[Settled]) -> None:
        if settled:
            till.voids.void(till.by(), name_of(settled[-1].posted.entry), "wrong")
            settled.pop()
            self.used -= 1

    def do_refund(self, till: Branch, _: list[OpenBill], settled: list[Settled]) -> None:
        if settled:
            till.refunds.refund(till.by(), Wish(name_of(settled[0].posted.entry)))
            settled.pop(0)
            self.used -= 1

    def do_want(self, till: Branch, _: list[OpenBill], __: list[Settled]) -> None:
        till.want(self.facts, 1)

    def do_give_back(self, till: Branch, _: list[OpenBill], __: list[Settled]) -> None:
        till.give_back(self.facts, 1)

    def do_push(self, till: Branch, _: list[OpenBill], __: list[Settled]) -> None:
        till.side.push()

    def do_push_unanswered(self, till: Branch, _: list[OpenBill], __: list[Settled]) -> None:
        sent = till.side.till.courier.message()
        for _twice in range(2):
            self.chain.cloud.push(sent)  # type: ignore[arg-type]

    def do_sync(self, _: Branch, __: list[OpenBill], ___: list[Settled]) -> None:
        self.chain.sync(1)

    def do_pull(self, till: Branch, _: list[OpenBill], __: list[Settled]) -> None:
        till.side.pull()


# Using a coupon is tried more often than all that moves it.
DEEDS = [name.removeprefix("do_") for name in vars(Coupons) if name.startswith("do_")] + ["use"] * 6 + ["sync"] * 2


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2), st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 1)), min_size=20, max_size=40))
def test_a_coupon_is_used_at_most_once_across_all_tills(count: int, deeds: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_chain(pathlib.Path(folder), COUPONS) as chain:
        coupons = Coupons(chain, count)
        for what, at in deeds:
            coupons.do(what, at)
        for at in (0, 1):
            while coupons.open[at]:
                coupons.do("drop", at)
        chain.sync()
        assert in_the_chain(chain.tills[0], coupons.account, "coupon") + coupons.used == count


class Visits(Story):
    """The visits of any member, at a till of a chain."""

    def __init__(self, till: Branch, account: AccountId, chance: random.Random) -> None:
        self.chance, self.shop, self.account, self.settled = chance, till.shop, account, 0
        shop = self.shop
        shop.purse(account, chance.randrange(1, 900_00), chance.randrange(1, 300_00))
        shop.give(account, "points", chance.randrange(1, 9_000))
        self.coupons = [shop.coupon(account, each, 2) for each in shop.rules.coupons]
        self.passes = [shop.pass_units(account, code) for code in ("ten", "odd", "later")]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_a_bills_figures_are_the_same_at_the_counter_at_the_kiosk_and_in_the_cloud(seed: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, open_chain(pathlib.Path(folder), rules_of(chance), 1) as chain:
        (till,) = chain.tills
        account = chain.member()
        till.database.run("UPDATE member SET level = ?", (chance.choice(("", "Gold")),))
        visits, kiosk = Visits(till, account, chance), till.bills_at(Place(channel=KIOSK))
        rules, settled = till.shop.rules, 0
        for _ in range(5):
            order = visits.order()
            try:
                shown = till.shop.bills.quote_of(rules, order).priced
                assert kiosk.quote_of(rules, order).priced == shown
                bill = till.shop.open(order)
                asked = Settling(tuple(visits.tenders(shown.payable_fen)), shown.payable_fen)
                action = ActionId(new_id())
                note = till.shop.bills.settle(rules, STAFF, action, (bill.id, bill.version), asked, PHOTO).note
            except Refusal:
                continue
            settled += 1
            figures = [(line.list_fen, line.own_fen, line.net_fen) for line in shown.lines]
            assert [(line.list_fen, line.own_fen, line.net_fen) for line in note.lines] == figures
            assert (note.payable_fen, note.steps) == (shown.payable_fen, shown.steps)
        chain.sync()
        assert sum(priced_again(till, made) for made in kept_by_the_cloud(chain, till)) == settled
        same_of_the_member(till, account)


def kept_by_the_cloud(chain: Chain, till: Branch) -> list[entry.Entry]:
    """Return a till's bills, from the bytes that the cloud has."""
    life = till.book.life()
    kept = [entry.from_bytes(data) for data in chain.storage.tail(CHAIN, life.device, life.epoch, 0, 1_000)]
    return [made for made in kept if made.kind == "bill"]


def priced_again(till: Branch, made: entry.Entry) -> int:
    """Price a bill anew by what its entry says and the rules; the figures must be those it was settled with."""
    note, rules = BillNote.from_note(made.payload), till.shop.rules
    lines = tuple(
        Line(
            line.item,
            line.kind,
            line.category,
            line.list_fen // line.quantity,
            line.quantity,
            bool(line.pass_lot) and line.kind != "pass",
        )
        for line in note.lines
    )
    at: dt.datetime = till.clock.local(made.at)
    templates = {each.code: each for each in rules.coupons}
    uses = [
        Use(templates[each.template].coupon(each.id, None, None), None if each.line < 0 else each.line)
        for each in note.coupons
    ]
    basket = Basket(lines, at.replace(tzinfo=None), note.level, channel=COUNTER)
    again = price(basket, rules.prices, uses, note.points_used)
    assert [line.net_fen for line in again.lines] == [line.net_fen for line in note.lines]
    assert (again.payable_fen, again.steps, again.points_used) == (note.payable_fen, note.steps, note.points_used)
    return 1


def same_of_the_member(till: Branch, account: AccountId) -> None:
    """The kiosk's panel, the counter's page and the cloud's summary say the same of a member."""
    panel, member = till.side.members.panel(account), till.side.members.counter_member(account)
    assert (panel.balance_fen, panel.points, panel.passes) == (member.balance_fen, member.points, member.passes)
    purse_fen = [in_the_chain(till, account, asset) for asset in ("principal", "bonus")]
    assert [member.principal_fen, member.bonus_fen] == purse_fen
    assert member.points == in_the_chain(till, account, "points")
    assert sum(each.left for each in member.passes) == in_the_chain(till, account, "pass")
