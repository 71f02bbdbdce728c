"""Bills paid with a gift card: by whoever holds it, split with other means, refunded onto it, and with money alone."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.deeds import Deeds
from terminal.rules.loyalty.growth import PAID_12_MONTHS, Milestone
from terminal.rules.loyalty.levels import LevelRules
from terminal.rules.loyalty.points import PointsRules, Rate
from terminal.rules.passes.terms import SESSION_PASS, PassPart, PassTerms
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.proving import with_rewards
from terminal.services.bills.values import Order, OrderLine, Proof, Settled, Tender
from terminal.services.files.referrers import Referrers
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.prepaid.gift_payment import IN_HAND, by_card_in_hand, only_money
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.refunds.records import Records
from terminal.services.refunds.top_ups import TopUps
from tests.services.bill_bench import PHOTO, STAFF, Shop, open_shop
from tests.services.factored import factored

HELD = Proof(confirmed=IN_HAND, assurance="phone")
TEN = PassTerms("ten", SESSION_PASS, 1000_00, (PassPart(frozenset({"cut"}), 10, 0, 120_00),), name="剪发十次")


@dataclass
class Counter:
    """A shop that sells gift cards and takes them for bills."""

    shop: Shop
    till: Till
    cards: GiftCards
    deeds: Deeds

    def card(self, fen: int = 500_00, months: int = 0) -> AccountId:
        """Sell a gift card."""
        card = AccountId(new_id())
        self.shop.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'card', 'active', 'uid')",
            (bytes.fromhex(card), card[:12].upper()),
        )
        self.cards.sell(self.shop.rules, STAFF, ActionId(new_id()), card, fen, valid_months=months)
        return card

    def pay(self, card: AccountId, *tenders: Tender, proof: Proof = HELD, points: int = 0) -> Settled:
        """Have a cut paid with a card."""
        return self.shop.ring(Order(card, (OrderLine("cut"),), points=points), tenders, proof)

    def refused(self, card: AccountId, *tenders: Tender, proof: Proof = HELD, points: int = 0) -> str:
        """Return the code that is refused with; nothing is booked."""
        before = self.shop.entries()
        with pytest.raises(Refusal) as caught:
            self.pay(card, *tenders, proof=proof, points=points)
        assert self.shop.entries() == before
        return caught.value.code


@pytest.fixture
def counter(tmp_path: pathlib.Path) -> Iterator[Counter]:
    """Give a shop whose book is proved after each bill."""
    shop = open_shop(tmp_path, Rulebook(passes=(TEN,)))
    deeds = Deeds(shop.database, lambda at: business_day(shop.clock, at))
    till = Till(shop.database, shop.book, shop.files, shop.clock, deeds)
    asks = Asks(by_card_in_hand(factored(shop), till), also=(only_money,))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    yield Counter(shop, till, GiftCards(till), deeds)
    shop.prove()
    shop.database.close()


def test_a_gift_card_pays_a_bill_in_part_and_cash_the_rest(counter: Counter) -> None:
    card = counter.card(200_00)
    settled = counter.pay(card, Tender("purse", 200_00), Tender("cash", 200_00))
    payload = settled.posted.entry.payload
    assert (settled.figure("change_fen"), payload["balance_after_fen"], payload["confirmed"]) == (12_00, 0, IN_HAND)
    assert payload["factor"] == {"by": IN_HAND, "assurance": "phone", "audited": True, "fen": 200_00}
    assert [(each.tender, each.amount_fen) for each in settled.note.tenders] == [
        ("cash", 188_00),
        ("principal", 200_00),
    ]
    assert counter.shop.book.accounts()["sales/service"] == -388_00
    assert counter.refused(card, Tender("purse", 1_00), Tender("cash", 387_00)) == "not_enough"


def test_a_gift_card_collects_no_points_that_would_be_nobodys(counter: Counter) -> None:
    counter.shop.rules = replace(counter.shop.rules, points=PointsRules(1, (Rate("each", 1, 1_00),)))
    card, member = counter.card(200_00), counter.shop.member()
    cut, paid = (OrderLine("cut"),), (Tender("purse", 200_00), Tender("cash", 188_00))
    assert counter.shop.ring(Order(card, cut), paid, HELD).note.points == 0
    assert counter.till.balance(card, "points") == 0
    assert counter.shop.ring(Order(member, cut), (Tender("cash", 388_00),), PHOTO).note.points == 388


def test_each_person_of_a_split_bill_may_pay_and_one_of_them_with_the_card(counter: Counter) -> None:
    card = counter.card(300_00)
    tenders = (Tender("purse", 194_00, person=1), Tender("wechat", 194_00, "W-1", person=2))
    assert counter.pay(card, *tenders).note.split == (194_00, 194_00)
    assert counter.till.balance(card, "principal") == 106_00


def test_nothing_but_the_card_itself_proves_a_gift_card(counter: Counter) -> None:
    card, member = counter.card(), counter.shop.member()
    counter.shop.purse(member, 500_00)
    pays = Tender("purse", 388_00)
    assert counter.refused(card, pays, proof=Proof(assurance="phone")) == "factor_identifies_only"
    assert counter.refused(member, pays) == "gift_card_named", (
        "a member's card in the hand proves nothing of who holds it"
    )
    counter.pay(member, pays, proof=PHOTO)
    with counter.shop.database.write():
        counter.shop.database.run("UPDATE medium SET state = 'frozen' WHERE account = ?", (bytes.fromhex(card),))
    assert counter.refused(card, pays) == "member_unknown"


def test_a_gift_card_pays_with_its_money_only(counter: Counter) -> None:
    card = counter.card(100_00)
    counter.shop.give(card, "points", 5000)
    paid = (Tender("purse", 100_00), Tender("on_credit", 288_00))
    assert counter.refused(card, *paid) == "gift_card_only_money"
    lot = counter.shop.pass_units(card, "ten")
    order = Order(card, (OrderLine("cut", pass_lot=lot),))
    with pytest.raises(Refusal, match="gift_card_only_money"):
        counter.shop.ring(order, (), HELD)


def test_a_gift_card_reaches_no_milestone_whose_bonus_would_keep_it_from_paying(counter: Counter) -> None:
    shop = counter.shop
    also = with_rewards(
        Milestones(counter.till), Referrals(counter.till, Referrers(shop.database).of), shop.book.day_of
    )
    asks = Asks(by_card_in_hand(factored(shop), counter.till), also=(only_money, also))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    milestone = Milestone("first", 100_00, bonus_fen=8_00)
    shop.rules = Rulebook(levels=LevelRules(growth=PAID_12_MONTHS, milestones=(milestone,)))
    card, member = counter.card(800_00), shop.member()
    counter.pay(card, Tender("purse", 388_00))
    assert "bonus" not in shop.book.balances(card)
    counter.pay(card, Tender("purse", 388_00))
    shop.purse(member, 388_00)
    counter.pay(member, Tender("purse", 388_00), proof=PHOTO)
    assert shop.book.balances(member)["bonus"] == 8_00


def test_a_gift_card_past_its_end_pays_nothing_until_it_is_renewed(counter: Counter) -> None:
    card = counter.card(months=36)
    counter.shop.clock.advance(3 * 366 * 86_400)
    assert counter.refused(card, Tender("purse", 388_00)) == "not_enough"
    counter.cards.renew(counter.shop.rules, STAFF, ActionId(new_id()), card)
    counter.pay(card, Tender("purse", 388_00))


def test_what_a_gift_card_paid_counts_as_delivered_when_its_money_is_asked_back(counter: Counter) -> None:
    card = counter.card()
    counter.pay(card, Tender("purse", 388_00))
    records = Records(counter.shop.database, counter.shop.book, counter.deeds, counter.shop.clock)
    (given,) = TopUps(records).of(card)
    assert (given.top_up.paid_fen, given.top_up.consumed.charged_fen) == (500_00, 388_00)
    member = counter.shop.member()
    counter.cards.load(counter.shop.rules, STAFF, ActionId(new_id()), card, member)
    (loaded,) = TopUps(records).of(member)
    assert loaded.top_up.consumed.charged_fen == 388_00
