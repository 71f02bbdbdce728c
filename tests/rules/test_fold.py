"""What an entry does to holdings and accounts, and every reason why it may not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from terminal.base.ids import BucketId, ChainId
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry, account_of_life
from terminal.rules.fold import Change, EntryWrong, Known, changes
from tests.rules import vectors
from tests.rules.vectors import BONUS, GRANT, JOURNAL, POINTS, PRINCIPAL

KIND: dict[str, Canonical] = {"kind": "test"}
DEBT = vectors.bucket("owed", 9, lot=21, value=1)
DEPOSIT = vectors.bucket("deposit", 9, lot=22, value=1)
SESSIONS = vectors.bucket("pass", 9, lot=23, value=16500)
HELD = {PRINCIPAL: 1000, BONUS: 500, POINTS: 40, DEBT: 300, DEPOSIT: 20, SESSIONS: 12}


def known_of(held: dict[Bucket, int]) -> dict[BucketId, Known]:
    return {facts.id: Known(facts, amount) for facts, amount in held.items()}


def fold(
    effects: list[tuple[str, Bucket, int]],
    postings: dict[str, int] | None = None,
    made: list[Bucket] | None = None,
    held: dict[Bucket, int] = HELD,
    gid: str = "",
) -> dict[BucketId, int]:
    """Return what entry 9 with these effects changes."""
    entry = vectors.entry(9, KIND, effects, postings or {}, made=made or [], gid=gid)
    return {change.bucket: change.delta for change in changes(entry, known_of(held).get)}


def refused(code: str, entry: Entry, held: dict[Bucket, int] = HELD) -> str:
    with pytest.raises(EntryWrong) as caught:
        changes(entry, known_of(held).get)
    assert caught.value.code == code
    return str(caught.value)


def refusal(code: str, effects: list[tuple[str, Bucket, int]], postings: dict[str, int], made: list[Bucket]) -> str:
    return refused(code, vectors.entry(9, KIND, effects, postings, made=made))


def test_a_golden_journal_folds_to_what_it_says() -> None:
    held: dict[BucketId, Known] = {}
    money: dict[str, int] = {}
    for entry in JOURNAL.values():
        moved = changes(entry, held.get)
        facts = {made.id: made for made in entry.buckets}
        for change in moved:
            before = held.get(change.bucket) or Known(facts[change.bucket], 0)
            held[change.bucket] = Known(before.facts, before.held + change.delta)
        for account, amount in entry.postings:
            money[account] = money.get(account, 0) + amount
    assert money == {
        "bonus_discount": 5000,
        "deferred": -150000,
        "opening": 75000,
        "sales/service": -30000,
        "tender/cash": 100000,
    }
    by_asset: dict[str, int] = {}
    for part in held.values():
        by_asset[part.facts.asset] = by_asset.get(part.facts.asset, 0) + part.held
    assert by_asset == {"principal": 150000, "bonus": 15000, "points": 25, "pass": 7, "refund_right": 130000}


def test_effects_on_one_bucket_add_up_to_one_change() -> None:
    entry = vectors.entry(9, KIND, [("spend", BONUS, 100), ("spend", BONUS, 50), ("create", BONUS, 30)], {}, made=[])
    assert changes(entry, known_of(HELD).get) == [Change(BONUS.id, -120)]


def test_spends_are_judged_against_what_was_held_before_the_entry() -> None:
    assert fold([("spend", BONUS, 500), ("create", BONUS, 500)]) == {BONUS.id: 0}
    refusal("not_held", [("create", BONUS, 1000), ("spend", BONUS, 501)], {}, [])
    refusal("not_held", [("spend", BONUS, 300), ("spend", BONUS, 201)], {}, [])
    fresh = vectors.bucket("bonus", 9, lot=30)
    refusal("not_held", [("create", fresh, 10), ("spend", fresh, 5)], {}, [fresh])


@pytest.mark.parametrize("kind", ["spend", "expire", "return"])
def test_nothing_is_taken_below_zero(kind: str) -> None:
    assert fold([(kind, POINTS, 40)]) == {POINTS.id: -40}
    assert POINTS.id in refusal("not_held", [(kind, POINTS, 41)], {}, [])
    stranger = vectors.bucket("points", 9, lot=31)
    refusal("not_held", [(kind, stranger, 1)], {}, [])


def test_facts_travel_with_the_first_naming_and_only_then() -> None:
    fresh = vectors.bucket("bonus", 9, lot=32)
    assert fold([("create", fresh, 5)], made=[fresh]) == {fresh.id: 5}
    refusal("facts_missing", [("create", fresh, 5)], {}, [])
    refusal("facts_repeated", [("create", fresh, 5)], {}, [fresh, fresh])
    refusal("facts_repeated", [("create", BONUS, 5)], {}, [BONUS])
    refusal("facts_unused", [("create", BONUS, 5)], {}, [fresh])


def test_a_bucket_of_another_chain_is_refused() -> None:
    stranger = dataclasses.replace(vectors.bucket("bonus", 9, lot=33), chain=ChainId("c1" * 16))
    refusal("other_chain", [("create", stranger, 5)], {}, [stranger])


@pytest.mark.parametrize(
    "source", [Source(vectors.DEVICE, 1, 8), Source(vectors.DEVICE, 2, 9), Source(vectors.DEVICE, 1, 10)]
)
def test_a_bucket_names_the_entry_that_creates_it(source: Source) -> None:
    other = dataclasses.replace(vectors.bucket("bonus", 9, lot=34), source=source)
    refusal("wrong_source", [("create", other, 5)], {}, [other])


def test_a_bucket_made_elsewhere_comes_by_accept_or_by_the_right_that_leads_to_it() -> None:
    elsewhere = dataclasses.replace(
        vectors.bucket("bonus", 9, lot=35), source=Source(vectors.DEVICE, 7, 7), attributes={"paid_fen": 1}
    )
    assert fold([("accept", elsewhere, 5)], made=[elsewhere], gid=GRANT) == {elsewhere.id: 5}
    right = vectors.bucket("refund_right", 8, lot=36, attributes={"of": "bill", "target": elsewhere.facts()})
    other = vectors.bucket("refund_right", 8, lot=37, attributes={"of": "bill", "target": BONUS.facts()})
    held = {right: 5, other: 5}
    back: list[tuple[str, Bucket, int]] = [("spend", right, 5), ("create", elsewhere, 5)]
    assert fold(back, made=[elsewhere], held=held) == {right.id: -5, elsewhere.id: 5}
    stray = vectors.entry(9, KIND, [("spend", other, 5), ("create", elsewhere, 5)], {}, made=[elsewhere])
    refused("wrong_source", stray, held)


def test_accept_and_return_move_value_between_deferred_and_interstore() -> None:
    arriving = dataclasses.replace(vectors.bucket("principal", 9, lot=38, value=1), source=Source(vectors.DEVICE, 7, 7))
    arrived = fold([("accept", arriving, 100)], {"interstore": 100, "deferred": -100}, [arriving], gid=GRANT)
    assert arrived == {arriving.id: 100}
    assert fold([("return", PRINCIPAL, 100)], {"deferred": 100, "interstore": -100}) == {PRINCIPAL.id: -100}
    refusal("l1_broken", [("return", PRINCIPAL, 100)], {}, [])


def test_what_moves_between_holders_is_posted_against_interstore_and_nothing_else_is() -> None:
    cash = {"deferred": 100, "tender/cash": -100}
    assert "interstore" in refusal("l1_broken", [("return", PRINCIPAL, 100)], cash, [])
    refusal("l1_broken", [("spend", PRINCIPAL, 100)], {"deferred": 100, "interstore": -100}, [])
    refusal("l1_broken", [], {"tender/cash": 100, "interstore": -100}, [])
    assert fold([("return", DEBT, 300)], {"interstore": 300, "receivable": -300}) == {DEBT.id: -300}
    assert fold([("return", DEPOSIT, 20)], {"interstore": -20, "card_deposit": 20}) == {DEPOSIT.id: -20}
    assert fold([("return", POINTS, 20)]) == {POINTS.id: -20}


@pytest.mark.parametrize(("accepts", "gid"), [(0, GRANT), (1, ""), (2, GRANT)])
def test_an_entry_accepts_once_under_the_id_of_its_grant(accepts: int, gid: str) -> None:
    entry = vectors.entry(9, KIND, [("accept", BONUS, 5)] * accepts, {}, made=[], gid=gid)
    refused("gid_wrong", entry)


def test_principal_is_blocked_after_its_end_and_never_expires() -> None:
    refusal("never_expires", [("expire", PRINCIPAL, 100)], {"deferred": 100, "sales/breakage": -100}, [])
    assert fold([("expire", SESSIONS, 1)], {"deferred": 16500, "sales/breakage": -16500}) == {SESSIONS.id: -1}
    assert fold([("expire", BONUS, 1)]) == {BONUS.id: -1}


@pytest.mark.parametrize("kind", ["grant", "take", "close"])
def test_a_life_of_a_till_does_not_do_what_the_cloud_does(kind: str) -> None:
    refusal("wrong_holder", [(kind, BONUS, 1)], {}, [])


@pytest.mark.parametrize("account", ["loss", account_of_life("suspense", vectors.CLOSED, 2)])
def test_a_life_of_a_till_posts_to_no_account_of_the_cloud_or_of_another_life(account: str) -> None:
    postings = {account: 100, "tender/cash": -100}
    refusal("wrong_holder", [], postings, [])
    entry = vectors.entry(9, KIND, [], postings)
    assert changes(entry, known_of(HELD).get, of_cloud=True) == []


@pytest.mark.parametrize("kind", ["accept", "return"])
def test_the_cloud_neither_accepts_nor_returns(kind: str) -> None:
    entry = vectors.entry(9, KIND, [(kind, BONUS, 1)], {}, made=[], gid=GRANT if kind == "accept" else "")
    assert changes(entry, known_of(HELD).get)
    with pytest.raises(EntryWrong) as caught:
        changes(entry, known_of(HELD).get, of_cloud=True)
    assert caught.value.code == "wrong_holder"


def folded(journal: Iterable[Entry], *, of_cloud: bool = False) -> tuple[dict[Bucket, int], dict[str, int]]:
    """Return units and money that a whole journal leaves."""
    held: dict[BucketId, Known] = {}
    money: dict[str, int] = {}
    for entry in journal:
        facts = {made.id: made for made in entry.buckets}
        for change in changes(entry, held.get, of_cloud=of_cloud):
            before = held.get(change.bucket) or Known(facts[change.bucket], 0)
            held[change.bucket] = Known(before.facts, before.held + change.delta)
        for account, amount in entry.postings:
            money[account] = money.get(account, 0) + amount
    return {part.facts: part.held for part in held.values()}, money


def test_units_that_come_go_back_and_expire_fold_to_what_is_left() -> None:
    units, money = folded((*JOURNAL.values(), *vectors.LATER.values()))
    assert (units[vectors.ELSEWHERE], units[vectors.SESSION], units[POINTS]) == (6000, 0, 20)
    assert (money["deferred"], money["interstore"], money["sales/breakage"]) == (-156000, 6000, -16500)


def test_the_clouds_journal_folds_by_the_same_rules() -> None:
    units, money = folded(vectors.CLOUD_JOURNAL.values(), of_cloud=True)
    assert units == {vectors.ELSEWHERE: 4000, POINTS: 5, vectors.POT: 700}
    assert -money["deferred"] == 4700
    assert (money["interstore"], money["loss"], sum(money.values())) == (4700, 250, 0)
    grant = vectors.CLOUD_JOURNAL["grant"]
    for held, code in ((1499, "not_held"), (1500, "")):
        known = known_of({vectors.ELSEWHERE: held}).get
        if not code:
            assert changes(grant, known, of_cloud=True) == [Change(vectors.ELSEWHERE.id, -1500)]
            continue
        with pytest.raises(EntryWrong) as caught:
            changes(grant, known, of_cloud=True)
        assert caught.value.code == code


@pytest.mark.parametrize(("name", "held"), [("take", {}), ("grant", {vectors.ELSEWHERE: 4000}), ("close", HELD)])
def test_the_value_of_the_clouds_units_stands_in_its_accounts_too(name: str, held: dict[Bucket, int]) -> None:
    entry = vectors.CLOUD_JOURNAL[name]
    known = known_of({**held, vectors.ELSEWHERE: 4000} if name == "close" else held).get
    assert changes(entry, known, of_cloud=True)
    off = {"deferred": -1, "interstore": 1}
    spoilt = tuple((account, amount + off.get(account, 0)) for account, amount in entry.postings)
    with pytest.raises(EntryWrong) as caught:
        changes(dataclasses.replace(entry, postings=spoilt), known, of_cloud=True)
    assert caught.value.code == "l1_broken"


@pytest.mark.parametrize(
    ("facts", "amount", "postings"),
    [
        (PRINCIPAL, 100, {"deferred": 100, "tender/cash": -100}),
        (SESSIONS, 2, {"deferred": 33000, "sales/service": -33000}),
        (DEPOSIT, 20, {"card_deposit": 20, "tender/cash": -20}),
        (DEBT, 300, {"receivable": -300, "tender/cash": 300}),
        (BONUS, 100, {}),
        (POINTS, 1, {}),
    ],
    ids=lambda value: value.asset if isinstance(value, Bucket) else None,
)
def test_money_accounts_move_exactly_by_the_value_of_the_units(
    facts: Bucket, amount: int, postings: dict[str, int]
) -> None:
    assert fold([("spend", facts, amount)], postings) == {facts.id: -amount}
    account = next((name for name in postings if "/" not in name), "deferred")
    off = dict(postings)
    off[account] = off.get(account, 0) + 1
    off["suspense"] = -1
    assert account in refusal("l1_broken", [("spend", facts, amount)], {k: v for k, v in off.items() if v}, [])


def test_value_may_move_between_two_buckets_without_money() -> None:
    extended = vectors.bucket("principal", 9, lot=39, value=1, expires_on="2027-01-01")
    moved = fold([("spend", PRINCIPAL, 1000), ("create", extended, 1000)], made=[extended])
    assert moved == {PRINCIPAL.id: -1000, extended.id: 1000}


def test_postings_that_do_not_sum_to_zero_are_refused() -> None:
    assert "sum to 1" in refusal("unbalanced", [], {"tender/cash": 101, "sales/service": -100}, [])
    refusal("unbalanced", [("spend", PRINCIPAL, 100)], {"deferred": 100}, [])


def test_money_without_units_may_move_where_units_have_no_value() -> None:
    assert fold([], {"tender/cash": 100, "cash_moves": -100}) == {}
    refusal("l1_broken", [], {"tender/cash": 100, "deferred": -100}, [])
