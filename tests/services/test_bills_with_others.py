"""Bills with those who have a say in them: second factors, the watch, milestones and referrals, all on one book."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.deeds import Deeds
from terminal.rules.loyalty.growth import Milestone
from terminal.rules.loyalty.levels import LevelRules
from terminal.rules.loyalty.referral import ReferralReward, ReferralRules
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import MEMBER, Rule
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.proofs import by_factors
from terminal.services.bills.proving import by_rights, by_watch, with_rewards
from terminal.services.bills.values import Order, Proof, Settled, Settling, Tender
from terminal.services.factors import FACTOR, Factors
from terminal.services.files.referrers import NOBODY
from terminal.services.member_pins import MemberPins
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.views import SignedIn
from tests.services.bill_bench import STAFF, Shop, free, open_shop
from tests.services.factored import factored


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop with the rules of a fresh one."""
    made = open_shop(tmp_path)
    yield made
    made.prove()
    made.database.close()


def card_of(shop: Shop, account: AccountId) -> Proof:
    """Return what an authenticated card of the member shows."""
    row = shop.database.run(
        "INSERT INTO medium (account, number, kind, state, assurance)"
        " VALUES (?, '0BE2FB0B', 'card', 'active', 'authenticated')",
        (bytes.fromhex(account),),
    )
    return Proof(assurance="authenticated", medium=row.lastrowid)


def test_a_card_alone_spends_up_to_its_limit_a_day_and_a_photo_more(shop: Shop) -> None:
    pins = MemberPins(shop.database, shop.book, shop.clock, is_online=lambda: False)
    factors = Factors(shop.database, shop.book, shop.clock, pins, has_cloud=False)
    shop.bills = Bills(shop.database, shop.book, shop.clock, Asks(by_factors(factors)))
    account = shop.member()
    shop.purse(account, 900_00)
    card = card_of(shop, account)
    settled = shop.ring(Order(account, (free(150_00),)), [Tender("purse", 150_00)], card)
    assert settled.posted.entry.payload[FACTOR] == {
        "by": "tap",
        "assurance": "authenticated",
        "audited": False,
        "fen": 150_00,
    }
    bill, entries = shop.open(Order(account, (free(50_01),))), shop.entries()
    with pytest.raises(Refusal, match="factor_tap_day"):
        shop.settle(bill, [Tender("purse", 50_01)], 50_01, proof=card)
    assert shop.entries() == entries
    seen = Proof("photo", assurance="authenticated", medium=card.medium)
    assert shop.settle(bill, [Tender("purse", 50_01)], 50_01, proof=seen).posted.entry.payload["confirmed"] == "photo"
    shop.ring(Order(account, (free(5000_00),)), [Tender("cash", 5000_00)], card)


def test_the_third_spend_in_ten_minutes_is_alerted_and_asks_for_a_manager_as_in_a1(shop: Shop) -> None:
    alarms: list[str] = []
    watch = Watch(
        shop.database,
        shop.book,
        shop.clock,
        Rights(shop.database, shop.clock),
        alarm=alarms.append,
        soon=lambda _: None,
    )
    rule = Rule("card_freq", "frequency", scope=MEMBER, window_minutes=10, limit=3, block=True)
    shop.rules = Rulebook(anomalies=(rule,))
    asks = Asks(factored(shop), watch=by_watch(watch))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    account = shop.member()
    for _ in range(2):
        shop.ring(Order(account, (free(10_00),)))
        shop.clock.advance(60)
    bill, entries = shop.open(Order(account, (free(10_00),))), shop.entries()
    with pytest.raises(Refusal):
        shop.settle(bill, [Tender("cash", 10_00)], 10_00)
    assert (alarms, shop.entries()) == (["anomaly_frequency"], entries)
    shop.clock.advance(600)
    assert "alerts" not in shop.settle(bill, [Tender("cash", 10_00)], 10_00).posted.entry.payload


def test_a_bill_on_credit_needs_a_right_and_a_proof_of_who_owes_it(shop: Shop) -> None:
    account = shop.member()
    asks = Asks(
        factored(shop),
        allow=by_rights(Rights(shop.database, shop.clock)),
    )
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    bill, before = shop.open(Order(account, (free(90_00),))), shop.entries()
    asked = Settling((Tender("on_credit", 90_00),), 90_00)
    manager = replace(STAFF, role="manager")

    def settle(staff: SignedIn, proof: Proof) -> Settled:
        return shop.bills.settle(shop.rules, staff, ActionId(new_id()), (bill.id, bill.version), asked, proof)

    with pytest.raises(Refusal, match="approval_needed"):
        settle(STAFF, Proof("photo"))
    with pytest.raises(Refusal, match="factor_identifies_only"):
        settle(manager, Proof())
    assert (shop.entries(), shop.book.accounts()) == (before, {})
    assert settle(manager, Proof("photo")).note.paid_with("on_credit") == 90_00
    assert shop.book.accounts()["receivable"] == 90_00


def test_a_bill_brings_the_milestone_it_reaches_and_the_reward_of_who_brought_the_member(shop: Shop) -> None:
    deeds = Deeds(shop.database, lambda _: shop.today)
    till = Till(shop.database, shop.book, shop.files, shop.clock, deeds)
    friend, account = shop.member(), shop.member()
    referral = ReferralRules(rewards=(ReferralReward(bonus_fen=20_00),))
    brought_by = {account: friend}
    referrals = Referrals(till, lambda each: brought_by.get(each, NOBODY))
    also = with_rewards(Milestones(till), referrals, shop.book.day_of)
    levels = LevelRules(milestones=(Milestone("first", 100_00, bonus_fen=8_00, points=5),))
    shop.rules = Rulebook(levels=levels, referral=referral)
    asks = Asks(factored(shop), also=(also,))
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    settled = shop.ring(Order(account, (free(100_00),)))
    assert shop.book.balances(account)["bonus"] == 8_00
    assert shop.book.balances(friend) == {"bonus": 20_00}
    assert (settled.figure("balance_after_fen"), settled.figure("points_after")) == (8_00, 5)
    shop.ring(Order(account, (free(100_00),)))
    assert shop.book.balances(friend) == {"bonus": 20_00}, "only the first bill counts"
    shop.ring(Order(lines=(free(100_00),)))
