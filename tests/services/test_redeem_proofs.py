"""Points are spent by command only by who proves whose they are: the member's PIN, tried and counted, or the photo."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.media.states import CASHIER, IDENTITY
from terminal.services.media_life.asked import Asked, By
from terminal.services.money import factors_alone
from tests.services.test_prepaid_commands import HASHER, Counter, counter_over

MEMBER_PIN = "1357"


@pytest.fixture
def counter(tmp_path: pathlib.Path) -> Iterator[Counter]:
    """Give a till with a cashier who has a shift; after the test its book must still be right."""
    yield from counter_over(tmp_path)


def with_pin(counter: Counter) -> AccountId:
    """Return a member with 25 points who has a PIN."""
    account = counter.member(points=25)
    pins = factors_alone(counter.bench.database, counter.bench.book, counter.bench.clock).pins
    asked = Asked(ActionId(new_id()), By(CASHIER, new_id(), 1), shown=frozenset({IDENTITY}))
    pins.set(asked, account, HASHER.make(pins.to_set(account), MEMBER_PIN))
    return account


def test_a_members_pin_spends_their_points(counter: Counter) -> None:
    account, one = with_pin(counter), new_id()
    wish: dict[str, Any] = {"account": account, "reward": "towel"}
    assert counter.look("redeem_look", **wish)["ways"] == ["pin", "photo"]
    assert counter.refused("redeem", **wish) == "factor_identifies_only"
    done = counter.do("redeem", **wish, member_pin=MEMBER_PIN, action=one)
    payload = counter.bench.last().payload
    assert (done["points_spent"], payload["confirmed"], payload["factor"]) == (
        10,
        "",
        {"by": "pin", "assurance": "phone", "audited": False, "fen": 0},
    )
    counter.do("redeem", **wish, action=one, member_pin="0000")
    assert counter.look("points", account=account)["points"] == 15, "what was done is answered, and no PIN is tried"


def test_a_wrong_pin_is_counted_and_locks_and_no_photo_is_needed_to_know(counter: Counter) -> None:
    account = with_pin(counter)
    wish: dict[str, Any] = {"account": account, "reward": "towel", "member_pin": "9999"}
    codes = []
    for _ in range(6):
        with pytest.raises(Refusal) as caught:
            counter.do("redeem", **wish)
        codes.append(caught.value.code)
    assert codes[0] == "member_pin_wrong"
    assert codes[-1].startswith("member_pin_locked")
    assert counter.look("redeem_look", account=account, reward="towel")["ways"] == ["photo"]
    failed = counter.bench.last()
    cashier = counter.bench.database.row("SELECT id FROM staff WHERE name = '陈晓'")
    assert cashier is not None
    assert (failed.kind, failed.payload["operator"], failed.payload["place"]) == (
        "pin_failed",
        cashier[0],
        "counter",
    )
    assert counter.refused("redeem", **{**wish, "member_pin": MEMBER_PIN}).startswith("member_pin_locked")
    assert counter.look("points", account=account)["points"] == 25


def test_who_does_not_sign_or_has_no_shift_tries_nobodys_pin(counter: Counter) -> None:
    account = with_pin(counter)
    wish: dict[str, Any] = {"account": account, "reward": "towel", "member_pin": "9999"}
    assert counter.refused("redeem", **wish, staff="李店长") == "shift_missing"
    with pytest.raises(Refusal, match="pin_wrong"):
        counter.do("redeem", **wish, pin="000000")
    assert counter.look("redeem_look", account=account, reward="towel")["ways"] == ["pin", "photo"]
    tries = counter.bench.database.row("SELECT count(*) FROM pin_try WHERE account = ?", (bytes.fromhex(account),))
    assert tries == (0,)
    other = counter.member(points=25)
    assert counter.refused("redeem", account=other, reward="towel", member_pin="1111") == "member_pin_missing"
    assert counter.look("redeem_look", account=other, reward="towel")["ways"] == ["photo"]


def test_what_says_of_itself_that_the_pin_was_right_proves_nothing(counter: Counter) -> None:
    account = with_pin(counter)
    assert counter.refused("redeem", account=account, reward="towel", confirmed="pin") == "confirmation_missing"


def test_a_reward_that_nobody_offers_is_refused_before_a_pin_is_asked_for(counter: Counter) -> None:
    with pytest.raises(Refusal) as caught:
        counter.look("redeem_look", account=with_pin(counter), reward="nothing")
    assert caught.value.code == "reward_unknown"
