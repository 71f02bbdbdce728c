"""What an entry gave is read from its payload, whatever else stands there, and counted once."""

from __future__ import annotations

import dataclasses

import pytest

from terminal.ledger.given import given_of
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from tests.rules import vectors

MEMBER, FRIEND = "a0" * 16, "f0" * 16


def made(**payload: Canonical) -> Entry:
    return dataclasses.replace(vectors.JOURNAL["charge"], payload={"kind": "bill", "request": "", **payload})


@pytest.mark.parametrize(
    ("payload", "given"),
    [
        ({"offer": "new-year"}, {("offer/new-year", MEMBER): 1}),
        ({"points_spent": 100, "reward": "cup", "quantity": 3}, {("reward/cup", MEMBER): 3}),
        ({"reward": "cup", "quantity": 3}, {}),
        ({"points_spent": 100, "quantity": 3}, {}),
        ({"points_spent": 100, "reward": "cup"}, {}),
        ({"points_spent": 100, "reward": "cup", "quantity": 0}, {}),
        ({"points_spent": 100, "reward": "cup", "quantity": -1}, {}),
        ({"points_spent": 100, "reward": "cup", "quantity": True}, {}),
        ({"milestones": [{"id": "m1"}, {"id": "m2"}]}, {("milestone/m1", MEMBER): 1, ("milestone/m2", MEMBER): 1}),
        ({"referral": [{"account": FRIEND}]}, {(f"referral/{MEMBER}", FRIEND): 1, ("referral/had", FRIEND): 1}),
        ({"kind": "redeem", "coupons": [{"template": "t", "count": 2}]}, {("coupon/t", MEMBER): 2}),
        ({"rewards": {"coupons": [{"template": "t", "count": 3}]}}, {("coupon/t", MEMBER): 3}),
        (
            {"milestones": [{"id": "m1", "coupons": [{"template": "t", "count": 1}]}]},
            {("milestone/m1", MEMBER): 1, ("coupon/t", MEMBER): 1},
        ),
        (
            {"referral": [{"account": FRIEND, "coupons": [{"template": "t", "count": 1}]}]},
            {(f"referral/{MEMBER}", FRIEND): 1, ("referral/had", FRIEND): 1, ("coupon/t", FRIEND): 1},
        ),
        ({"kind": "issue_coupon", "coupons": [{"template": "t", "count": 2}]}, {("coupon/t", MEMBER): 2}),
        ({"coupons": [{"template": "t", "id": "b"}] * 2}, {("used/t", MEMBER): 2}),
    ],
)
def test_each_gift_is_counted_for_who_was_given_it(
    payload: dict[str, Canonical], given: dict[tuple[str, str], int]
) -> None:
    assert given_of(made(account=MEMBER, **payload)) == given


@pytest.mark.parametrize("account", ["", "somebody", 7])
def test_nothing_was_given_to_nobody(account: Canonical) -> None:
    assert given_of(made(account=account, offer="new-year", milestones=[{"id": "m1"}])) == {}


@pytest.mark.parametrize("odd", [7, "text", True, {"id": "m1"}, ["text", 7, ["id"]]])
def test_what_another_release_wrote_there_is_no_reason_to_lose_count(odd: Canonical) -> None:
    payload: dict[str, Canonical] = {"milestones": odd, "referral": odd, "kind": "issue_coupon", "coupons": odd}
    assert given_of(made(account=MEMBER, **payload)) == {}
    assert given_of(made(account=MEMBER, offer="o", **payload)) == {("offer/o", MEMBER): 1}


def test_pieces_of_one_kind_in_one_entry_add_up() -> None:
    parts: list[Canonical] = [
        {"template": "t", "count": 2},
        {"template": "t", "count": 3},
        {"template": "u", "count": 0},
    ]
    assert given_of(made(kind="issue_coupon", account=MEMBER, coupons=parts)) == {("coupon/t", MEMBER): 5}
