"""The desk: what a repeated action may still do, and what it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.services.desk import Desk, Rooms
from terminal.services.shop import Shop
from terminal.services.staff import SignIns
from tests.services.conftest import RULES, Bench

T = TypeVar("T")


@pytest.fixture
def desk(bench: Bench) -> Desk:
    """Give the desk of a small shop, with the calling thread as its dispatcher."""

    def ask(work: Callable[[], T]) -> T:
        return work()

    rooms = Rooms(
        book=bench.book,
        members=bench.members,
        money=bench.money,
        staff=bench.staff,
        sign_ins=SignIns(bench.clock.monotonic_s),
        spool=bench.spool,
        kiosk=bench.kiosk,
        counter=bench.counter,
    )
    shop = Shop(name="兰亭美业", branch="静安店", rules=RULES)
    return Desk(ask, rooms, lambda: shop, bench.clock, dict)


def token_of(bench: Bench, desk: Desk) -> str:
    """Sign somebody in and return the sign-in."""
    bench.cashier()
    return desk.sign_in(bench.staff.names()[0].id, "135790").token


def test_a_repeated_top_up_answers_the_same_and_shows_the_customer_nothing_a_second_time(
    bench: Bench, desk: Desk, action: ActionId
) -> None:
    account, token = bench.member(), token_of(bench, desk)
    done = desk.top_up(token, action, account, 1000_00, 200_00)
    assert (bench.screen.name, bench.screen.code) == ("success", "topped_up")
    bench.kiosk.dismiss()
    shown = len(bench.shown)
    assert desk.top_up(token, action, account, 1000_00, 200_00) == done
    assert len(bench.shown) == shown
    desk.top_up(token, new_id(), account, 1000_00, 200_00)
    assert bench.screen.name == "success"


def test_a_code_typed_by_a_scanner_is_told_at_the_counter_as_one_from_its_own_scanner(bench: Bench, desk: Desk) -> None:
    account, token = bench.member(phone="13812345678"), token_of(bench, desk)
    desk.scanned(token, "13812345678")
    assert (bench.told[-1].found, bench.told[-1].error) == (account, "")
    desk.scanned(token, "134567890123456789")
    assert (bench.told[-1].found, bench.told[-1].error) == ("", "payment_code_unexpected")
    assert "134567890123456789" not in repr(bench.told), "a payment code is kept nowhere"
    with pytest.raises(Refusal, match="signed_out"):
        desk.scanned("nobody", "13812345678")
