"""Any bills whatever: their figures add up, nothing is ever negative, and what is asked again changes nothing."""

from __future__ import annotations

import pathlib
import random
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.bill_note import BONUS, PRINCIPAL, BillNote
from terminal.rules.prices.basket import LevelPrice, LinePromotion, PriceRules
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.scope import Scope
from terminal.rules.value.spending import ORDERS
from terminal.services.bills.values import Chosen, Order, OrderLine, Settled, Settling, Tender
from tests.services.bill_bench import PHOTO, STAFF, Shop, free, open_shop
from tests.services.test_bills import BILL_80, FIFTY, GOLD_POINTS, LATER, LINE_80, ODD, TEN, TRIAL_FACIAL

TEMPLATES = (FIFTY, LINE_80, BILL_80, TRIAL_FACIAL)
PRICES = PriceRules(
    levels=(LevelPrice("Gold", 8800, Scope(kinds=frozenset({"service"}))),),
    line_promotions=(LinePromotion("week", 9300, scope=Scope(items=frozenset({"shampoo"}))),),
    round_off_unit_fen=10,
)
STEPS = 6


def rules_of(chance: random.Random) -> Rulebook:
    """Return the rules of some shop."""
    return Rulebook(
        prices=PRICES,
        points=GOLD_POINTS,
        purse=PurseRules(spend_order=chance.choice(ORDERS)),
        coupons=TEMPLATES,
        passes=(TEN, ODD, LATER),
    )


class Story:
    """A member's visits, drawn from one seed; every bill is checked and the whole book is proved at the end."""

    def __init__(self, folder: pathlib.Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.shop = open_shop(folder, rules_of(self.chance))
        self.account = self.shop.member(self.chance.choice(("", "Gold")))
        self.settled = 0

    def run(self) -> None:
        """Go through some visits."""
        shop, chance = self.shop, self.chance
        shop.purse(self.account, chance.randrange(1, 900_00), chance.randrange(300_00))
        shop.give(self.account, "points", chance.randrange(1, 9_000))
        self.coupons = [shop.coupon(self.account, each, chance.randrange(1, 3)) for each in TEMPLATES]
        self.passes = [shop.pass_units(self.account, code) for code in ("ten", "odd", "later")]
        shop.give(
            self.account,
            "bonus_locked",
            100_00,
            attributes={"granted_fen": 100_00, "rate_bp": 3_000, "min_bill_fen": 50_00},
        )
        for _ in range(STEPS):
            before = shop.book.balances(self.account)
            try:
                self.visit(before)
            except Refusal:
                assert shop.book.balances(self.account) == before
        shop.prove()
        shop.database.close()

    def visit(self, before: dict[str, int]) -> None:
        """Ring a bill up, and settle it once more."""
        shop, order = self.shop, self.order()
        bill = shop.open(order)
        payable_fen = shop.bills.quote(shop.rules, bill.id).priced.payable_fen
        asked = Settling(tuple(self.tenders(payable_fen)), payable_fen)
        action = ActionId(new_id())
        first = shop.bills.settle(shop.rules, STAFF, action, (bill.id, bill.version), asked, PHOTO)
        self.check(first, before)
        entries = shop.entries()
        again = shop.bills.settle(shop.rules, STAFF, action, (bill.id, bill.version), asked, PHOTO)
        assert (again.posted.hash, again.note, shop.entries()) == (first.posted.hash, first.note, entries)
        self.settled += 1

    def order(self) -> Order:
        """Return some order."""
        chance = self.chance
        lines = [
            chance.choice(
                (
                    OrderLine("cut", chance.randrange(1, 3)),
                    OrderLine("shampoo", chance.randrange(1, 4)),
                    OrderLine("facial"),
                    free(chance.randrange(1, 400_00), chance.choice(("service", "product"))),
                    OrderLine(pass_code="odd"),
                    OrderLine("facial", chance.randrange(1, 3), pass_lot=chance.choice(self.passes)),
                )
            )
            for _ in range(chance.randrange(1, 6))
        ]
        coupons = []
        if chance.random() < 0.5:
            place = chance.randrange(len(self.coupons))
            on_line = place in {1, 3}
            coupons = [Chosen(self.coupons[place], chance.randrange(len(lines)) if on_line else None)]
        points = chance.choice((0, 0, 500, 3_000))
        return Order(self.account, tuple(lines), tuple(coupons), points)

    def tenders(self, payable_fen: int) -> Iterator[Tender]:
        """Pay by several means, together what is payable."""
        left_fen = payable_fen
        for name in self.chance.sample(("purse", "wechat", "on_credit", "card"), 2):
            part_fen = self.chance.randrange(left_fen + 1)
            if part_fen:
                yield Tender(name, part_fen)
            left_fen -= part_fen
        if left_fen:
            yield Tender("cash", left_fen + self.chance.choice((0, 5_00)))

    def check(self, settled: Settled, before: dict[str, int]) -> None:
        """Check one bill against what the member had."""
        note, shop = settled.note, self.shop
        net_fen = sum(line.net_fen for line in note.lines)
        assert net_fen + sum(step.off_fen for step in note.steps) == sum(line.list_fen for line in note.lines)
        assert sum(each.amount_fen for each in note.tenders) == note.payable_fen == net_fen
        assert min(line.net_fen for line in note.lines) >= 0
        assert sum(each.amount for each in note.taken) == note.paid_with(PRINCIPAL, BONUS)
        assert BillNote.from_note(settled.posted.entry.payload) == note
        after = shop.book.balances(self.account)
        assert min(after.values()) >= 0
        assert after.get("principal", 0) == before.get("principal", 0) - note.paid_with(PRINCIPAL)
        opened = sum(each.opened_fen for each in note.released)
        assert after.get("bonus", 0) == before.get("bonus", 0) - note.paid_with(BONUS) + opened
        assert after.get("points", 0) == before.get("points", 0) - note.points_used + note.points
        rights = shop.rights(settled)
        assert (
            sum(rights.get(each.tender, 0) for each in note.tenders if each.tender in rights) + rights.get("owed", 0)
            == note.payable_fen
        )


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_any_bills_add_up(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Story(pathlib.Path(folder), seed).run()


@pytest.mark.slow
def test_many_bills_add_up(tmp_path: pathlib.Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    settled = 0
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        story = Story(folder, seed + number)
        story.run()
        settled += story.settled
    assert settled > 100, "most visits end with a settled bill"


def test_money_of_nobody_else_is_moved(tmp_path: pathlib.Path) -> None:
    shop: Shop = open_shop(tmp_path)
    one, other = shop.member(), shop.member()
    for account in (one, other):
        shop.purse(AccountId(account), 100_00)
    shop.ring(Order(one, (free(40_00),)), [Tender("purse", 40_00)])
    assert shop.book.balances(other) == {"principal": 100_00}
    shop.database.close()
