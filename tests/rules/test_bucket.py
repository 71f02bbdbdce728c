"""Buckets: facts that never change, and an id that follows from them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

import pytest

from terminal.rules import bucket, canonical
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical, NotCanonical
from tests.rules import vectors

PRINCIPAL = vectors.PRINCIPAL
FACTS = PRINCIPAL.facts()


def test_the_id_is_the_first_half_of_the_hash_of_the_facts() -> None:
    assert hashlib.sha256(PRINCIPAL.data).hexdigest().startswith(PRINCIPAL.id)
    assert len(PRINCIPAL.id) == 32
    assert bucket.bucket_id(PRINCIPAL.data) == PRINCIPAL.id


def test_facts_come_back_from_their_bytes() -> None:
    for made in (PRINCIPAL, vectors.BONUS, vectors.TOP_UP_RIGHT, vectors.POINTS, vectors.PASS):
        assert bucket.from_bytes(made.data) == made
        assert bucket.from_store(made.data) == made


@pytest.mark.parametrize(
    "other",
    [
        {"chain": "c1" * 16},
        {"owner": bucket.SHOP},
        {"asset": "bonus", "unit_value_fen": 0},
        {"lot": "0" * 32},
        {"source": bucket.Source(vectors.DEVICE, 1, 4)},
        {"source": bucket.Source(vectors.DEVICE, 2, 3)},
        {"spendable_from": "2026-11-21"},
        {"expires_on": "2026-11-21"},
        {"attributes": {}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_any_other_fact_makes_another_bucket(other: dict[str, object]) -> None:
    changed = dataclasses.replace(PRINCIPAL, **other)  # type: ignore[arg-type]  # fields of the dataclass
    assert changed.id != PRINCIPAL.id
    assert bucket.from_bytes(changed.data) == changed


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("asset", "money"),
        ("asset", 1),
        ("chain", "C0" * 16),
        ("chain", "c0" * 15),
        ("owner", "nobody"),
        ("owner", True),
        ("lot", ""),
        ("source", [vectors.DEVICE, 1]),
        ("source", [vectors.DEVICE, 1, 0]),
        ("source", [vectors.DEVICE, 0, 1]),
        ("source", [vectors.DEVICE, True, 3]),
        ("source", [vectors.DEVICE, 1, True]),
        ("source", ["till", 1, 3]),
        ("source", {}),
        ("spendable_from", "20261121"),
        ("spendable_from", "2026-W47-6"),
        ("expires_on", "2026-02-30"),
        ("expires_on", "tomorrow"),
        ("expires_on", 0),
        ("unit_value_fen", 0),
        ("unit_value_fen", 2),
        ("unit_value_fen", -1),
        ("unit_value_fen", True),
        ("unit_value_fen", "1"),
        ("attributes", []),
        ("attributes", ""),
        ("colour", "red"),
    ],
)
def test_facts_that_break_a_rule_are_refused(fact: str, value: Canonical) -> None:
    with pytest.raises(NotCanonical):
        bucket.from_bytes(canonical.encode({**FACTS, fact: value}))


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_facts_with_one_missing_are_refused(fact: str) -> None:
    with pytest.raises(NotCanonical):
        bucket.from_bytes(canonical.encode({name: value for name, value in FACTS.items() if name != fact}))


@pytest.mark.parametrize("asset", sorted(bucket.ASSETS))
def test_a_unit_is_worth_what_its_asset_allows(asset: str) -> None:
    allowed = {"principal": {1}, "deposit": {1}, "owed": {1}, "pass": {0, 1, 16500}}.get(asset, {0})
    for value in (0, 1, 16500):
        facts = canonical.encode({**FACTS, "asset": asset, "unit_value_fen": value})
        if value in allowed:
            assert bucket.from_bytes(facts).unit_value_fen == value
        else:
            with pytest.raises(NotCanonical):
                bucket.from_bytes(facts)


def test_facts_too_deep_to_travel_in_an_entry_have_no_bytes() -> None:
    deep: Canonical = []
    for _ in range(bucket.DEPTH_MAX - 2):
        deep = [deep]
    fits = dataclasses.replace(PRINCIPAL, attributes={"deep": deep[0]})  # type: ignore[index]  # a list
    assert bucket.from_bytes(fits.data) == fits
    with pytest.raises(NotCanonical):
        _ = dataclasses.replace(PRINCIPAL, attributes={"deep": deep}).data


@pytest.mark.parametrize(
    ("start", "end", "day", "expected"),
    [
        ("", "", "2026-11-21", True),
        ("2026-11-21", "", "2026-11-20", False),
        ("2026-11-21", "", "2026-11-21", True),
        ("", "2026-11-21", "2026-11-21", True),
        ("", "2026-11-21", "2026-11-22", False),
    ],
)
def test_dates_bind_from_the_first_day_to_the_last_inclusive(start: str, end: str, day: str, *, expected: bool) -> None:
    made: Bucket = dataclasses.replace(PRINCIPAL, spendable_from=start, expires_on=end)
    assert made.spendable_on(day) == expected


@pytest.mark.parametrize(
    ("asset", "end", "day", "expected"),
    [
        ("points", "2026-11-21", "2026-11-21", False),
        ("points", "2026-11-21", "2026-11-22", False),
        ("points", "2026-11-21", "2026-11-23", True),
        ("pass", "2026-12-31", "2027-01-02", True),
        ("refund_right", "2026-12-31", "2027-01-01", False),
        ("principal", "2026-11-21", "2036-11-21", False),
        ("deposit", "2026-11-21", "2036-11-21", False),
        ("owed", "2026-11-21", "2036-11-21", False),
        ("points", "", "2036-11-21", False),
    ],
)
def test_units_may_expire_after_their_end_and_a_day_of_grace_but_principal_never(
    asset: str, end: str, day: str, *, expected: bool
) -> None:
    made = vectors.bucket(asset, 1, lot=7, expires_on=end)
    assert made.overdue_on(dt.date.fromisoformat(day)) == expected


def test_the_bytes_of_a_bucket_are_the_canonical_ones_of_its_facts() -> None:
    rich: dict[str, Canonical] = {
        "of": "bill",
        "name": '头皮 "深层" \\ 护理\n',
        "target": {"lot": "x", "list": [1, True, "—"]},
    }
    for attributes in ({}, rich):
        made = vectors.bucket("refund_right", 1, lot=7, expires_on="2027-01-31", attributes=attributes)
        assert made.data == canonical.encode(made.facts())


def test_a_unit_value_beyond_53_bits_is_refused() -> None:
    with pytest.raises(NotCanonical, match="53-bit"):
        bucket.check(vectors.bucket("pass", 1, lot=7, value=canonical.INTEGER_MAX + 1))
