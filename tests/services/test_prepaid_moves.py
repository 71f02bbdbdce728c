"""Gift cards, changed passes and transferred memberships: units move, and the shop owes as much as before."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.member_values import PassLine
from terminal.rules.passes.sale import sell
from terminal.rules.passes.terms import FROM_FIRST_USE, SESSION_PASS, TIME_PASS, FreezeRules, PassPart, PassTerms
from terminal.rules.refunds.prepayment import Policy
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.services.bills.holds import Holds
from terminal.services.prepaid.buying import Buyer, Paid
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.prepaid.pass_changes import PassChanges
from terminal.services.prepaid.pass_units import make_pass, terms_from
from terminal.services.prepaid.transfers import Transfers
from terminal.services.prepaid.units import create, new_lot
from terminal.services.rulebook import RuleStore
from tests.services.prepaid_bench import STAFF, Shop, action, open_shop, refused

RULES = Rulebook()
NOBODY = AccountId("0" * 32)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


# Gift cards


def test_a_gift_card_is_sold_and_loaded_with_its_lot_and_its_right(shop: Shop) -> None:
    card, account, cards, one = shop.anonymous(), shop.member(), GiftCards(shop.till), action()
    sold = cards.sell(RULES, STAFF, action(), card, 500_00, valid_months=36, paid=Paid("wechat"))
    assert (sold.kind, sold.noted["until"], sold.figure("amount_fen")) == ("gift_card_sale", "2029-11-21", 500_00)
    before = shop.held(card, "principal")[0].facts
    assert (before.expires_on, before.unit_value_fen) == ("2029-11-21", 1)
    loaded = cards.load(RULES, STAFF, one, card, account)
    assert (loaded.account, loaded.figure("amount_fen")) == (account, 500_00)
    assert cards.load(RULES, STAFF, one, card, account).repeated
    after = shop.held(account, "principal")[0].facts
    assert (after.lot, after.owner, after.expires_on) == (before.lot, account, "")
    right = shop.held(account, "refund_right")[0].facts
    assert (right.attributes["tender"], right.attributes["paid_fen"]) == ("wechat", 500_00)
    assert right.attributes["sale"] == "/".join(map(str, before.source)), "it still belongs to the sale"
    assert shop.book.balances(card) == {}
    assert shop.last().postings == (), "the shop owes as much as before"
    assert shop.book.accounts() == {"tender/wechat": 500_00, "deferred": -500_00}
    assert shop.verdict() == ""


def test_the_law_says_what_a_gift_card_may_hold_and_how_long_it_is_good(shop: Shop) -> None:
    card, cards = shop.anonymous(), GiftCards(shop.till)
    for months, fen, code in ((35, 100_00, "end_too_soon"), (0, 1000_01, "card_limit_anonymous")):
        with pytest.raises(Refusal, match=code):
            cards.sell(RULES, STAFF, action(), card, fen, valid_months=months)
    taiwan = replace(RULES, region="TW")
    with pytest.raises(Refusal, match="end_forbidden"):
        cards.sell(taiwan, STAFF, action(), card, 5000_00, valid_months=36)
    many = Paid("cash", Buyer(at_once_fen=10_000_00))
    with pytest.raises(Refusal, match="identity_needed"):
        cards.sell(RULES, STAFF, action(), card, 1000_00, paid=many)
    with pytest.raises(Refusal, match="gift_card_named"):
        cards.sell(RULES, STAFF, action(), shop.member(), 100_00)
    assert shop.book.balances(card) == {}
    assert cards.sell(taiwan, STAFF, action(), card, 5000_00).noted["until"] == ""
    sole = replace(RULES, purse=PurseRules(individual=True))
    assert cards.sell(sole, STAFF, action(), shop.anonymous(), 2000_00, valid_months=1).noted["until"] == "2026-12-21"


def test_a_gift_card_past_its_end_is_blocked_and_renewed_not_lost(shop: Shop) -> None:
    card, account, cards = shop.anonymous(), shop.member(), GiftCards(shop.till)
    cards.sell(RULES, STAFF, action(), card, 500_00, valid_months=36)
    with pytest.raises(Refusal, match="gift_card_good"):
        cards.renew(RULES, STAFF, action(), card)
    shop.wait_days(3 * 366)
    assert shop.book.overdue()[0] == [], "what was paid in is blocked, never expired"
    with pytest.raises(Refusal) as ended:
        cards.load(RULES, STAFF, action(), card, account)
    assert refused(ended.value) == ("gift_card_ended", {"ended_on": "2029-11-21"})
    with pytest.raises(Refusal, match="end_too_soon"):
        cards.renew(RULES, STAFF, action(), card, valid_months=12)
    lot = shop.held(card, "principal")[0].facts.lot
    assert cards.renew(RULES, STAFF, action(), card, valid_months=36).noted["until"] == "2032-11-23"
    after = shop.held(card, "principal")[0]
    assert (after.amount, after.facts.lot, after.facts.expires_on) == (500_00, lot, "2032-11-23")
    cards.load(RULES, STAFF, action(), card, account)
    assert shop.till.members.holdings(account).principal_fen == 500_00
    assert shop.verdict() == ""


def test_nothing_is_booked_for_a_member_who_was_erased_or_off_a_card_that_is_blocked(shop: Shop) -> None:
    gone, card, cards = shop.member(), shop.anonymous(), GiftCards(shop.till)
    cards.sell(RULES, STAFF, action(), card, 500_00)
    with shop.database.write():
        shop.database.run("UPDATE member SET erased_at = 1 WHERE account = ?", (bytes.fromhex(gone),))
        shop.database.run("UPDATE medium SET state = 'revoked' WHERE account = ?", (bytes.fromhex(card),))
    before = shop.book.life().seq
    with pytest.raises(Refusal, match="member_unknown"):
        shop.top_ups.preview(RULES, gone, 100_00)
    with pytest.raises(Refusal, match="member_unknown"):
        cards.load(RULES, STAFF, action(), card, shop.member())
    with pytest.raises(Refusal, match="member_unknown"):
        cards.sell(RULES, STAFF, action(), card, 500_00)
    assert shop.book.life().seq == before + 1, "the member who was imported meanwhile"


def test_a_gift_card_is_not_loaded_twice_into_too_full_an_account_or_from_under_a_bill(shop: Shop) -> None:
    card, account, cards = shop.anonymous(), shop.member(principal_fen=4500_01), GiftCards(shop.till)
    with pytest.raises(Refusal, match="gift_card_empty"):
        cards.load(RULES, STAFF, action(), card, account)
    cards.sell(RULES, STAFF, action(), card, 500_00)
    with pytest.raises(Refusal) as full:
        cards.load(RULES, STAFF, action(), card, account)
    assert refused(full.value) == ("card_limit_named", {"most_fen": 5000_00, "room_fen": 499_99})
    with pytest.raises(Refusal, match="member_unknown"):
        cards.load(RULES, STAFF, action(), card, NOBODY)
    with shop.database.write():
        Holds(shop.database).put("bill:1", {shop.book.holdings(card, ("principal",))[0].n: 1})
    with pytest.raises(Refusal, match="units_on_hold"):
        cards.load(RULES, STAFF, action(), card, shop.member())


def test_a_card_that_was_used_takes_along_the_rights_to_what_was_used_up_too(shop: Shop) -> None:
    card, account, cards = shop.anonymous(), shop.member(), GiftCards(shop.till)
    for fen in (100_00, 200_00):
        cards.sell(RULES, STAFF, action(), card, fen)
    with shop.database.write():
        draft = shop.post("bill", card)
        for lot, fen in zip(shop.held(card, "principal"), (100_00, 50_00), strict=True):
            draft.spend(lot, fen)
            create(draft, "refund_right", card, fen, attributes={"of": "bill", "target": lot.facts.facts()})
        draft.debit("deferred", 150_00)
        draft.credit("sales/service", 150_00)
        shop.book.post(draft)
    cards.load(RULES, STAFF, action(), card, account)
    assert shop.book.balances(account) == {"principal": 150_00, "refund_right": 450_00}
    assert shop.book.balances(card) == {}, "a refund of what was used up comes to the account, too"
    rights = [right.facts.attributes.get("target") for right in shop.held(account, "refund_right")]
    assert {target["owner"] for target in rights if isinstance(target, dict)} == {account}
    assert shop.verdict() == ""
    with pytest.raises(Refusal, match="gift_card_empty"):
        cards.renew(RULES, STAFF, action(), card)


def test_selling_and_renewing_a_gift_card_happen_once(shop: Shop) -> None:
    card, cards, sold, renewed = shop.anonymous(), GiftCards(shop.till), action(), action()
    plain = replace(RULES, region="CN", refunds=Policy(cooling_off_days=0))
    for repeated in (False, True):
        answer = cards.sell(plain, STAFF, sold, card, 500_00, valid_months=36)
        assert answer.repeated is repeated
    shop.wait_days(3 * 366)
    for repeated in (False, True):
        assert cards.renew(RULES, STAFF, renewed, card).repeated is repeated
    assert shop.held(card, "principal")[0].facts.expires_on == ""
    taiwan, other = replace(plain, region="TW"), shop.anonymous()
    cards.sell(taiwan, STAFF, action(), other, 500_00)
    assert "cooling_off_until" not in shop.held(other, "refund_right")[0].facts.attributes


def test_money_from_a_gift_card_leaves_the_first_top_up_the_members_own(shop: Shop) -> None:
    card, account, cards = shop.anonymous(), shop.member(), GiftCards(shop.till)
    cards.sell(RULES, STAFF, action(), card, 500_00)
    cards.load(RULES, STAFF, action(), card, account)
    assert shop.top_ups.preview(RULES, account, 100_00).first


# Passes

CARE = PassTerms(
    "CARE12",
    SESSION_PASS,
    1000_00,
    (PassPart(frozenset({"H1"}), 10, 2, 258_00),),
    version=5,
    valid_days=365,
    freeze=FreezeRules(2, 60),
    sharers=1,
)
WAITING = replace(CARE, code="WAIT", valid_from=FROM_FIRST_USE)
YEAR = PassTerms("YEAR", TIME_PASS, 3650_00, (PassPart(frozenset({"H1"})),), version=5, valid_days=365)
ALL = {terms.code: terms for terms in (CARE, WAITING, YEAR)}


def terms_of(code: str, version: int) -> PassTerms:
    """Return terms by code, those of version 5."""
    assert version == 5
    return ALL[code]


def bought(shop: Shop, account: AccountId, terms: PassTerms) -> str:
    """Sell a pass in cash and return its lot."""
    with shop.database.write():
        draft = shop.post("bill", account)
        lot = new_lot(draft)
        make_pass(draft, account, terms, sell(terms, shop.today()), lot, version=5, name="护理卡")
        draft.debit("tender/cash", terms.price_fen)
        draft.credit("deferred", terms.price_fen)
        shop.book.post(draft)
    return lot


def use_one(shop: Shop, account: AccountId) -> None:
    """Use a session, leaving the right to have it back."""
    with shop.database.write():
        draft = shop.post("bill", account)
        lot = shop.held(account, "pass")[0]
        draft.spend(lot, 1)
        create(draft, "refund_right", account, 1, attributes={"of": "bill", "target": lot.facts.facts()})
        draft.debit("deferred", lot.facts.unit_value_fen)
        draft.credit("sales/service", lot.facts.unit_value_fen)
        shop.book.post(draft)


def test_a_freeze_moves_the_end_and_every_unit_with_its_worth(shop: Shop) -> None:
    account, changes, one = shop.member(), PassChanges(shop.till, terms_of), action()
    lot = bought(shop, account, CARE)
    assert [(each.amount, each.facts.unit_value_fen) for each in shop.held(account, "pass")] == [
        (11, 83_33),
        (1, 83_37),
    ]
    use_one(shop, account)
    used, sale = shop.held(account, "pass")[0].facts, shop.last()
    first = shop.today() + dt.timedelta(days=1)
    answer = changes.freeze(STAFF, one, account, lot, first, first + dt.timedelta(days=29))
    assert (answer.kind, answer.noted["ends_on"], answer.noted["versions"]) == (
        "freeze_pass",
        "2027-12-20",
        {"passes": 5},
    )
    assert changes.freeze(STAFF, one, account, lot, first, first + dt.timedelta(days=29)).repeated
    after = shop.held(account, "pass")
    assert [(each.amount, each.facts.unit_value_fen, each.facts.expires_on) for each in after] == [
        (10, 83_33, "2027-12-20"),
        (1, 83_37, "2027-12-20"),
    ]
    assert {each.facts.lot for each in after} == {lot}
    (right,) = shop.held(account, "refund_right")
    target = right.facts.attributes["target"]
    assert target == after[0].facts.facts(), "a session that is given back goes where the others are"
    assert target != used.facts()
    assert right.facts.attributes["sale"] == f"{sale.device}/{sale.epoch}/{sale.seq}"
    assert shop.last().postings == ()
    assert shop.verdict() == ""
    sold = changes.sold(account, lot)
    assert sold.frozen_on(first) is not None
    with pytest.raises(Refusal, match="pass_freeze_overlaps"):
        changes.freeze(STAFF, action(), account, lot, first, first)
    assert changes.resume(STAFF, action(), account, lot).noted["ends_on"] == "2027-11-20"
    assert changes.sold(account, lot).freezes == ()
    assert shop.verdict() == ""


def test_an_extended_time_pass_gets_days_that_nobody_paid_for(shop: Shop) -> None:
    account, changes = shop.member(), PassChanges(shop.till, terms_of)
    lot = bought(shop, account, YEAR)
    answer = changes.extend(STAFF, action(), account, lot, dt.date(2027, 11, 30))
    assert answer.figure("free_days") == 10
    assert [(each.amount, each.facts.unit_value_fen) for each in shop.held(account, "pass")] == [(365, 10_00), (10, 0)]
    assert shop.book.accounts()["deferred"] == -3650_00
    assert shop.verdict() == ""
    with pytest.raises(Refusal, match="pass_extension_bad"):
        changes.extend(STAFF, action(), account, lot, dt.date(2027, 11, 30))


def test_a_pass_is_shared_and_given_to_somebody_else(shop: Shop) -> None:
    account, friend, other = shop.member(), shop.member(), shop.member()
    changes = PassChanges(shop.till, terms_of)
    lot = bought(shop, account, CARE)
    changes.share(STAFF, action(), account, lot, friend)
    assert changes.sold(account, lot).sharers == {friend}
    with pytest.raises(Refusal, match="pass_share_full"):
        changes.share(STAFF, action(), account, lot, other)
    changes.unshare(STAFF, action(), account, lot, friend)
    changes.share(STAFF, action(), account, lot, other)
    use_one(shop, account)
    changes.transfer(STAFF, action(), account, lot, friend)
    assert shop.book.balances(account) == {}
    assert shop.book.balances(friend) == {"pass": 11, "refund_right": 1}
    assert changes.sold(friend, lot).sharers == frozenset()
    for person in (NOBODY, friend):
        with pytest.raises(Refusal, match="member_unknown" if person == NOBODY else "pass_same_holder"):
            changes.transfer(STAFF, action(), friend, lot, person)
    with pytest.raises(Refusal, match="member_unknown"):
        changes.share(STAFF, action(), friend, lot, NOBODY)
    assert shop.verdict() == ""


def test_a_pass_that_is_elsewhere_or_reserved_is_not_changed(shop: Shop) -> None:
    account, changes = shop.member(), PassChanges(shop.till, terms_of)
    lot = bought(shop, account, CARE)
    with pytest.raises(Refusal, match="pass_not_here"):
        changes.start(STAFF, action(), account, "f" * 32)
    with shop.database.write():
        Holds(shop.database).put("visit:1", {shop.book.holdings(account, ("pass",))[0].n: 1})
    with pytest.raises(Refusal, match="units_on_hold"):
        changes.extend(STAFF, action(), account, lot, dt.date(2028, 1, 1))


def test_terms_are_those_of_the_sale_whatever_the_shop_sells_now(shop: Shop) -> None:
    rules, changes = RuleStore(shop.database), PassChanges(shop.till, terms_from(RuleStore(shop.database).section))
    rules.apply(Rulebook(passes=(CARE,)), 0)
    rules.apply(Rulebook(passes=(replace(CARE, freeze=FreezeRules()),)), 1)
    account = shop.member(passes=(PassLine("旧卡", 3, 10),))
    with shop.database.write():
        draft = shop.post("bill", account)
        lot = new_lot(draft)
        gift = replace(CARE, price_fen=0, may_lapse=True)
        make_pass(draft, account, gift, sell(gift, shop.today()), lot, version=1)
        shop.book.post(draft)
    assert changes.sold(account, lot).terms.freeze == FreezeRules(2, 60)
    units = shop.held(account, "pass")
    assert [each.facts.attributes.get("may_lapse") for each in units if each.facts.lot == lot] == [1]
    old = next(each.facts.lot for each in units if each.facts.lot != lot)
    brought = changes.sold(account, old).terms
    assert (brought.name, brought.parts, brought.freeze) == ("旧卡", (), FreezeRules()), "an import says no more"
    with pytest.raises(Refusal, match="pass_terms_unknown"):
        terms_from(rules.section)("gone", 1)


# Transfer of a membership


def moving(shop: Shop) -> tuple[AccountId, AccountId, Transfers]:
    """Return a member who has something of everything, another one, and the use case."""
    account, to = shop.member(principal_fen=1000_00, bonus_fen=200_00, points=30), shop.member()
    bought(shop, account, CARE)
    use_one(shop, account)
    with shop.database.write():
        draft = shop.post("gift", account)
        create(draft, "coupon", account, 2, attributes={"template": "T10"})
        locked = create(draft, "bonus_locked", account, 300_00, attributes={"granted_fen": 300_00, "rate_bp": 1000})
        create(draft, "release_skip", account, 30_00, attributes={}, lot=locked.lot)
        shop.book.post(draft)
    return account, to, Transfers(shop.till, terms_of)


def test_a_transfer_moves_everything_with_its_lots_and_rights_in_one_entry(shop: Shop) -> None:
    account, to, transfers = moving(shop)
    before, entries, one = shop.book.balances(account), shop.entries(), action()
    lots = {lot.facts.lot for lot in shop.held(account, *before)}
    answer = transfers.transfer(RULES, STAFF, one, account, to, alone=True, shown="identity_card")
    assert (answer.kind, answer.noted["to"], answer.figure("principal_fen")) == ("transfer_membership", to, 1000_00)
    assert transfers.transfer(RULES, STAFF, one, account, to, alone=True, shown="identity_card").repeated
    assert shop.book.balances(account) == {}
    assert shop.book.balances(to) == before
    assert {lot.facts.lot for lot in shop.held(to, *before)} == lots
    assert shop.entries() == entries + 1
    assert shop.last().postings == ()
    targets = [right.facts.attributes.get("target") for right in shop.held(to, "refund_right")]
    owners = [target["owner"] for target in targets if isinstance(target, dict)]
    assert owners == [to]
    assert shop.verdict() == ""


def test_a_transfer_needs_proof_all_units_no_debts_and_room(shop: Shop) -> None:
    account, to, transfers = moving(shop)
    for who, whom, alone, shown, code in (
        (account, account, True, "passport", "transfer_same"),
        (account, NOBODY, True, "passport", "member_unknown"),
        (account, to, False, "passport", "transfer_elsewhere"),
        (account, to, True, "", "transfer_proof_missing"),
        (account, to, True, "identity card 110101199003070011, 王小芳", "transfer_proof_missing"),
        (to, account, True, "passport", "transfer_nothing"),
    ):
        with pytest.raises(Refusal, match=code):
            transfers.transfer(RULES, STAFF, action(), who, whom, alone=alone, shown=shown)
    full = shop.member(principal_fen=4000_01)
    with pytest.raises(Refusal, match="card_limit_named"):
        transfers.transfer(RULES, STAFF, action(), account, full, alone=True, shown="identity_card")
    with pytest.raises(Refusal, match="pass_not_transferable"):
        Transfers(shop.till, lambda *_: replace(CARE, transferable=False)).transfer(
            RULES, STAFF, action(), account, to, alone=True, shown="identity_card"
        )
    with shop.database.write():
        draft = shop.post("gift", account)
        create(draft, "points_owed", account, 1, attributes={})
        shop.book.post(draft)
    with pytest.raises(Refusal, match="transfer_debts"):
        transfers.transfer(RULES, STAFF, action(), account, to, alone=True, shown="identity_card")
    assert shop.book.balances(to) == {}
