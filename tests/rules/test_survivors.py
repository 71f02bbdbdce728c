"""What only a mutant showed to be untested in entries, buckets and the fold (see docs/mutants.md)."""

from __future__ import annotations

import dataclasses
import json

import pytest

from terminal.base.ids import DeviceId
from terminal.rules import bucket, canonical, entry
from terminal.rules.bucket import Source
from terminal.rules.canonical import NotCanonical
from terminal.rules.entry import Effect
from terminal.rules.fold import EntryWrong, Known, changes
from tests.rules import vectors

CHARGE = vectors.JOURNAL["charge"]


def padded(spare: int) -> bytes:
    """Return an entry's bytes, `spare` fewer than an entry may have."""
    bare = dataclasses.replace(CHARGE, payload={**CHARGE.payload, "note": ""})
    missing = entry.ENTRY_BYTES_MAX - len(bare.to_bytes()) - spare
    return dataclasses.replace(bare, payload={**bare.payload, "note": "x" * missing}).to_bytes()


def test_the_words_that_books_are_written_in_stay_for_ever() -> None:
    tenders = ["alipay", "bank", "card", "cash", "unionpay", "voucher", "wechat"]
    sales = ["adjust", "breakage", "fee", "product", "service"]
    others = ["bonus_discount", "card_deposit", "cash_moves", "cash_over_short", "deferred", "interstore", "opening"]
    others += ["receivable", "refund_payable", "suspense"]
    accounts = {*others, *(f"sales/{each}" for each in sales), *(f"tender/{each}" for each in tenders)}
    assert accounts == entry.ACCOUNTS
    assert accounts | {"loss"} == entry.ACCOUNTS_OF_CLOUD
    assert sorted(entry.KINDS_OF_TILL) == ["accept", "create", "expire", "return", "spend"]
    assert sorted(entry.KINDS_OF_CLOUD) == ["close", "create", "expire", "grant", "spend", "take"]
    assert sorted(entry.KINDS_ADDING) == ["accept", "close", "create", "take"]
    assert sorted(entry.KINDS_TAKING) == ["expire", "grant", "return", "spend"]


def test_the_assets_there_are_and_those_that_lapse_stay_for_ever() -> None:
    lapsing = ["bonus", "bonus_locked", "coupon", "pass", "points", "refund_right"]
    assert sorted(bucket.LAPSING) == lapsing
    assert sorted(bucket.ASSETS) == sorted([*lapsing, "deposit", "owed", "points_owed", "principal", "release_skip"])
    assert {**bucket.CREDIT_ACCOUNT, **bucket.DEBIT_ACCOUNT} == {
        "principal": "deferred",
        "pass": "deferred",
        "deposit": "card_deposit",
        "owed": "receivable",
    }


def test_the_bounds_of_an_entry_stay_what_other_tills_read() -> None:
    assert (entry.ENTRY_BYTES_MAX, entry.EFFECTS_MAX, entry.POSTINGS_MAX) == (262_144, 400, 64)
    assert bucket.DEPTH_MAX == canonical.DEPTH_MAX - 2


def test_an_entry_may_be_as_long_as_the_bound_and_not_one_byte_longer() -> None:
    assert entry.from_bytes(padded(0)).action_id == CHARGE.action_id
    with pytest.raises(NotCanonical, match="too long"):
        entry.from_bytes(padded(-1))


@pytest.mark.parametrize("part", ["buckets", "postings"])
def test_more_buckets_or_postings_than_effects_may_be_are_refused_unread(part: str) -> None:
    values = json.loads(CHARGE.to_bytes())
    values[part] = [[]] * (entry.EFFECTS_MAX + 1)
    with pytest.raises(NotCanonical, match="more than 400 effects, buckets or postings"):
        entry.from_bytes(canonical.encode(values))


def test_an_entry_may_have_as_many_effects_and_postings_as_the_bounds_say() -> None:
    effects = (Effect("create", vectors.PRINCIPAL.id, 1),) * entry.EFFECTS_MAX
    postings = tuple(
        (entry.account_of_life("deferred", vectors.DEVICE, 1000 + number), 1) for number in range(entry.POSTINGS_MAX)
    )
    full = dataclasses.replace(CHARGE, effects=effects, postings=postings)
    assert entry.from_bytes(full.to_bytes()) == full


@pytest.mark.parametrize(
    ("kind", "asset"), [("spend", "coupon"), ("create", "refund_right")], ids=["another's target", "not yet used"]
)
def test_nothing_but_a_refund_right_that_is_used_up_leads_back_to_a_bucket_of_another_life(
    kind: str, asset: str
) -> None:
    elsewhere = dataclasses.replace(vectors.BONUS, source=Source(DeviceId("d9" * 16), 4, 2))
    right = vectors.bucket(asset, 9, lot=36, attributes={"target": elsewhere.facts()})
    held = {} if kind == "create" else {right.id: Known(right, 1)}
    made = [elsewhere, *([right] if kind == "create" else [])]
    back = vectors.entry(9, {"kind": "test"}, [(kind, right, 1), ("create", elsewhere, 5)], {}, made=made)
    with pytest.raises(EntryWrong, match="wrong_source"):
        changes(back, held.get)


def test_an_effect_or_posting_may_be_as_large_as_any_number_of_an_entry_may() -> None:
    most = canonical.INTEGER_MAX
    effects = (Effect("create", vectors.PRINCIPAL.id, most),)
    full = dataclasses.replace(CHARGE, effects=effects, postings=(("deferred", -most), ("tender/cash", most)))
    assert entry.from_bytes(full.to_bytes()) == full
