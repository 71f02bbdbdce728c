"""What an entry says of money and visits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

import pytest

from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId, LotId
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.deed import deed_of, sale_key, sale_name, sale_of
from terminal.rules.entry import Entry

DAY = dt.date(2026, 11, 3)
ACCOUNT = "ac" * 16
OURS: dict[str, Canonical] = {"account": ACCOUNT, "operator": "li", "shift": 7, "amount_fen": 300_00, "points": 25}


def made(kind: str, payload: dict[str, Canonical]) -> Entry:
    whole: dict[str, Canonical] = {"kind": kind, "request": "", **payload}
    life = (ChainId("c0" * 16), DeviceId("de" * 16), 1, 9, "0" * 16, 1_000, "trusted", ActionId("aa" * 16))
    return Entry(*life, (), (), (), whole, "", 0)


def test_a_top_up_counts_as_one() -> None:
    deed = deed_of(made("top_up", OURS), DAY)
    assert deed is not None
    assert (deed.day, deed.account, deed.operator, deed.shift) == ("2026-11-03", ACCOUNT, "li", 7)
    assert (deed.amount_fen, deed.top_up_fen, deed.paid_fen, deed.visits) == (300_00, 300_00, 0, 0)


def test_a_charge_is_a_visit_and_its_principal_was_paid() -> None:
    deed = deed_of(made("charge", {**OURS, "principal_fen": 250_00}), DAY)
    assert deed is not None
    assert (deed.paid_fen, deed.visits, deed.points, deed.of_day) == (250_00, 1, 25, "2026-11-03")


def test_a_refund_counts_against_the_day_of_what_it_undoes() -> None:
    back: dict[str, Canonical] = {"paid_fen": -150_00, "points": -13, "visits": -1, "of_day": "2026-10-01"}
    deed = deed_of(made("refund", {**OURS, **back, "undoes": "x/1/4"}), DAY)
    assert deed is not None
    assert (deed.paid_fen, deed.points, deed.visits, deed.of_day, deed.undoes) == (
        -150_00,
        -13,
        -1,
        "2026-10-01",
        "x/1/4",
    )


@pytest.mark.parametrize("kind", ["accept", "import", "propose"])
def test_what_nobody_did_at_a_till_is_no_deed(kind: str) -> None:
    assert deed_of(made(kind, {"account": ACCOUNT}), DAY) is None


def test_a_payload_of_another_release_is_counted_as_far_as_it_goes() -> None:
    odd: dict[str, Canonical] = {"operator": "", "account": "shop", "amount_fen": "12", "points": True, "undoes": 3}
    deed = deed_of(made("bill", odd), DAY)
    assert deed is not None
    assert (deed.account, deed.amount_fen, deed.points, deed.undoes, deed.visits) == ("", 0, 0, "", 1)


def test_a_right_belongs_to_what_made_it_or_to_the_sale_it_names() -> None:
    source = Source(DeviceId("de" * 16), 2, 5)
    right = Bucket(ChainId("c0" * 16), AccountId(ACCOUNT), "refund_right", LotId("1f" * 16), source)
    assert sale_of(right) == sale_name(source) == f"{'de' * 16}/2/5"
    assert sale_of(dataclasses.replace(right, attributes={"sale": "de/1/1"})) == "de/1/1"
    assert sale_of(dataclasses.replace(right, attributes={"sale": 4})) == sale_name(source)


def test_the_key_of_a_sale_fits_a_column_of_the_store_and_never_changes() -> None:
    assert sale_key("de/1/1") == int.from_bytes(hashlib.sha256(b"de/1/1").digest()[:8], "big", signed=True)
    assert all(-(1 << 63) <= sale_key(f"de/1/{number}") < 1 << 63 for number in range(50))
