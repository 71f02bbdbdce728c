"""What the till does today, as effects and postings to the fen."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.entry import Entry
from terminal.rules.member_values import PassLine
from tests.ledger.conftest import Counter


def moves(counter: Counter, posted: Entry) -> list[tuple[str, str, int]]:
    """Return an entry's effects as (kind, asset, amount); a right is named by what it leads back to."""
    named = {made.id: made for each in counter.entries() for made in each.buckets}
    found = []
    for effect in posted.effects:
        facts = named[effect.bucket]
        asset = facts.asset
        if asset == "refund_right":
            target = facts.attributes.get("target")
            asset += f"/{target['asset'] if isinstance(target, dict) else facts.attributes['tender']}"
        found.append((effect.kind, asset, effect.amount))
    return found


def topped_up(counter: Counter) -> AccountId:
    account = counter.member()
    counter.top_up(account, 1000_00, 200_00)
    return account


def test_a_top_up_of_1000_with_200_bonus(counter: Counter) -> None:
    topped_up(counter)
    posted = counter.last()
    assert moves(counter, posted) == [
        ("create", "principal", 100000),
        ("create", "bonus", 20000),
        ("create", "refund_right/cash", 100000),
    ]
    assert dict(posted.postings) == {"tender/cash": 100000, "deferred": -100000}
    principal, bonus, right = posted.buckets
    assert (principal.unit_value_fen, bonus.unit_value_fen, right.unit_value_fen) == (1, 0, 0)
    assert all(made.attributes["paid_fen"] == 100000 for made in posted.buckets)
    assert all(made.attributes["bonus_fen"] == 20000 for made in posted.buckets)
    assert (right.expires_on, right.attributes["of"]) == ("", "top_up")


def test_a_bill_of_300_from_the_purse(counter: Counter) -> None:
    topped_up(counter)
    principal, bonus, _ = counter.last().buckets
    counter.charge(principal.owner, 300_00)
    posted = counter.last()
    assert moves(counter, posted) == [
        ("spend", "principal", 25000),
        ("create", "refund_right/principal", 25000),
        ("spend", "bonus", 5000),
        ("create", "refund_right/bonus", 5000),
        ("create", "points", 25),
    ]
    assert dict(posted.postings) == {"deferred": 25000, "bonus_discount": 5000, "sales/service": -30000}
    to_principal, to_bonus, points = posted.buckets
    assert to_principal.attributes == {"of": "bill", "target": principal.facts()}
    assert to_bonus.attributes == {"of": "bill", "target": bonus.facts()}
    assert to_principal.expires_on == to_bonus.expires_on == "2026-12-21"  # thirty days
    assert points.expires_on == "2028-11-30"


def test_a_second_bill_of_the_same_month_adds_to_the_same_points(counter: Counter) -> None:
    account = topped_up(counter)
    counter.charge(account, 300_00)
    counter.charge(account, 300_00)
    assert [facts.asset for facts in counter.last().buckets] == ["refund_right", "refund_right"]
    assert counter.book.balances(account)["points"] == 50
    counter.clock.advance(31 * 86400)
    counter.charge(account, 300_00)
    assert [facts.asset for facts in counter.last().buckets] == ["refund_right", "refund_right", "points"]


def test_a_bill_over_several_lots_takes_the_oldest_first(counter: Counter) -> None:
    account = counter.member()
    for _ in range(3):
        counter.top_up(account, 100_00)
    counter.charge(account, 250_00)
    spent = [effect.amount for effect in counter.last().effects if effect.kind == "spend"]
    assert spent == [10000, 10000, 5000]
    oldest_first = [made.id for each in counter.entries()[1:4] for made in each.buckets if made.asset == "principal"]
    assert [effect.bucket for effect in counter.last().effects if effect.kind == "spend"] == oldest_first


@pytest.mark.slow
def test_a_bill_over_two_hundred_lots_is_one_entry(counter: Counter) -> None:
    account = counter.member()
    for _ in range(198):
        counter.top_up(account, 1_00)
    counter.charge(account, 198_00)
    assert len(counter.last().effects) == 2 * 198 + 1
    assert counter.verify().code == ""


def test_a_bill_above_the_balance_takes_nothing(counter: Counter) -> None:
    account = topped_up(counter)
    with pytest.raises(Refusal) as caught:
        counter.charge(account, 1200_01)
    assert caught.value.code == "not_enough"
    assert counter.last().kind == "top_up"


def test_an_import_of_750_with_150_bonus(counter: Counter) -> None:
    counter.member(principal_fen=75000, bonus_fen=15000, points=30, passes=(PassLine("剪发", 7, 10),))
    posted = counter.last()
    assert moves(counter, posted) == [
        ("create", "principal", 75000),
        ("create", "bonus", 15000),
        ("create", "refund_right/bank", 75000),
        ("create", "points", 30),
        ("create", "pass", 7),
    ]
    assert dict(posted.postings) == {"opening": 75000, "deferred": -75000}
    assert posted.buckets[2].attributes == {
        "bonus_fen": 15000,
        "of": "top_up",
        "paid_fen": 75000,
        "tender": "bank",
    }


def test_an_import_without_money_posts_none(counter: Counter) -> None:
    counter.member(bonus_fen=100)
    assert moves(counter, counter.last()) == [("create", "bonus", 100)]
    assert counter.last().postings == ()


def test_deferred_is_what_the_units_are_worth_after_every_entry(counter: Counter) -> None:
    account = counter.member(principal_fen=75000, bonus_fen=15000)
    counter.top_up(account, 1000_00, 200_00)
    assert -counter.book.accounts()["deferred"] == counter.book.balances(account)["principal"] == 175000
    counter.charge(account, 777_77)
    assert -counter.book.accounts()["deferred"] == counter.book.balances(account)["principal"]
    assert sum(counter.book.accounts().values()) == 0
