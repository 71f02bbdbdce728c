"""Edges of buckets, entries and the fold: what simply ends, how deep a payload may be, where a right leads."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from terminal.base.ids import DeviceId
from terminal.rules import bucket, entry
from terminal.rules.bucket import Source, may_lapse
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.fold import EntryWrong, Known, changes
from tests.rules import vectors

CHARGE = vectors.JOURNAL["charge"]
PAYLOAD_LISTS_MAX = 10


@pytest.mark.parametrize(
    ("asset", "value_fen", "attributes", "ends"),
    [
        ("points", 0, {}, True),
        ("bonus", 0, {}, True),
        ("coupon", 0, {}, True),
        ("pass", 0, {}, True),
        ("pass", 16500, {}, False),
        ("pass", 16500, {"may_lapse": 0}, False),
        ("pass", 16500, {"may_lapse": 1}, True),
    ],
)
def test_a_session_somebody_paid_for_ends_only_where_its_sale_said_so(
    asset: str, value_fen: int, attributes: dict[str, Canonical], ends: bool
) -> None:
    assert may_lapse(vectors.bucket(asset, 9, lot=40, value=value_fen, attributes=attributes)) is ends


def deep(lists: int) -> entry.Entry:
    """Return an entry with so many lists in each other in its payload."""
    value: Canonical = 1
    for _ in range(lists):
        value = [value]
    return dataclasses.replace(CHARGE, payload={**CHARGE.payload, "deep": value})


def test_a_payload_may_be_as_deep_as_a_reader_takes_it_and_no_deeper() -> None:
    assert entry.from_bytes(deep(PAYLOAD_LISTS_MAX).to_bytes()) == deep(PAYLOAD_LISTS_MAX)
    with pytest.raises(NotCanonical, match="deep"):
        deep(PAYLOAD_LISTS_MAX + 1).to_bytes()
    data = deep(PAYLOAD_LISTS_MAX).to_bytes()
    with pytest.raises(NotCanonical, match="deep"):
        entry.from_bytes(data.replace(b"[1]", b"[[1]]"))


def test_a_right_that_leads_nowhere_brings_no_bucket_of_another_life() -> None:
    other = dataclasses.replace(
        vectors.bucket("bonus", 9, lot=41), source=Source(DeviceId("d1" * 16), 1, 9), expires_on="2027-01-01"
    )
    right = vectors.TOP_UP_RIGHT
    spent = vectors.entry(9, {"kind": "refund"}, [("spend", right, 5), ("create", other, 5)], {}, made=[other])
    with pytest.raises(EntryWrong, match="wrong_source"):
        changes(spent, {right.id: Known(right, 5)}.get)
    leading = dataclasses.replace(right, attributes={"target": other.facts()})
    led = vectors.entry(9, {"kind": "refund"}, [("spend", leading, 5), ("create", other, 5)], {}, made=[other])
    assert {change.delta for change in changes(led, {leading.id: Known(leading, 5)}.get)} == {5, -5}


def test_a_day_of_grace_is_one_day() -> None:
    points = vectors.bucket("points", 9, lot=42, expires_on="2026-11-20")
    days = [dt.date(2026, 11, day) for day in (20, 21, 22)]
    assert [points.overdue_on(day) for day in days] == [False, False, True]


def test_an_entry_that_says_nothing_else_takes_no_grant_and_stands_at_the_start_of_the_feed() -> None:
    named = {each.name: getattr(CHARGE, each.name) for each in dataclasses.fields(CHARGE)[:12]}
    bare = entry.Entry(**named)
    assert (bare.gid, bare.cursor, bare.fmt) == ("", 0, 1)
    assert entry.from_bytes(bare.to_bytes()) == bare


def test_what_is_wrong_with_an_entry_is_told_with_its_code_first() -> None:
    wrong = EntryWrong("not_held", "spend 77")
    assert (wrong.code, str(wrong)) == ("not_held", "not_held: spend 77")


def test_a_bucket_that_says_nothing_of_a_value_is_worth_nothing() -> None:
    plain = bucket.Bucket(vectors.CHAIN, vectors.MEMBER, "points", vectors.POINTS.lot, vectors.POINTS.source)
    bucket.check(plain)
    assert (plain.unit_value_fen, plain.spendable_from, plain.expires_on, plain.attributes) == (0, "", "", {})
