"""The desk: what a repeated action may still do, and what it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.services.desk import Desk, Rooms
from terminal.services.drawer import openings
from terminal.services.shop import Shop
from terminal.services.staff import SignIns
from tests.services.conftest import RULES, Bench
from tests.support import hire

T = TypeVar("T")


@pytest.fixture
def desk(bench: Bench) -> Desk:
    """Give the desk of a small shop, with the calling thread as its dispatcher."""

    def ask(work: Callable[[], T]) -> T:
        return work()

    rooms = Rooms(
        book=bench.book,
        members=bench.members,
        media=bench.media,
        money=bench.money,
        staff=bench.staff,
        sign_ins=SignIns(bench.clock.monotonic_s),
        spool=bench.spool,
        kiosk=bench.kiosk,
        counter=bench.counter,
        drawer=bench.drawer,
        customer=bench.customer,
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


def test_a_charge_is_shown_at_the_kiosk_once_however_often_it_is_asked_for(
    bench: Bench, desk: Desk, action: ActionId
) -> None:
    account, token = bench.member(phone="13812345678"), token_of(bench, desk)
    desk.top_up(token, new_id(), account, 1000_00, 200_00)
    desk.charge(token, action, account, 88_00, "photo")
    assert (bench.screen.name, bench.screen.code) == ("success", "charged")
    assert dict(bench.screen.values) == {"amount_fen": 88_00}
    bench.kiosk.dismiss()
    shown = len(bench.shown)
    desk.charge(token, action, account, 88_00, "photo")
    assert len(bench.shown) == shown


def test_a_code_typed_by_a_scanner_is_told_at_the_counter_as_one_from_its_own_scanner(bench: Bench, desk: Desk) -> None:
    account, token = bench.member(phone="13812345678"), token_of(bench, desk)
    desk.scanned(token, "13812345678")
    assert (bench.told[-1].found, bench.told[-1].error) == (account, "")
    desk.scanned(token, "134567890123456789")
    assert (bench.told[-1].found, bench.told[-1].error) == ("", "payment_code_unexpected")
    assert "134567890123456789" not in repr(bench.told), "a payment code is kept nowhere"
    with pytest.raises(Refusal, match="signed_out"):
        desk.scanned("nobody", "13812345678")


def states(bench: Bench) -> list[tuple[str, str]]:
    return [(opening.reason, opening.state) for opening in openings(bench.database, 200)]


def test_staff_may_open_the_drawer_and_are_named_for_it(bench: Bench, desk: Desk, action: ActionId) -> None:
    bench.drawer.printer_there("printer", there=True)
    token = token_of(bench, desk)
    desk.open_drawer(token, action)
    assert desk.has_drawer()
    assert states(bench) == [("staff", "waiting")]
    assert [(one.staff, one.name) for one in openings(bench.database, 1)] == [
        (desk.staff(token).staff_id, desk.staff(token).name)
    ]
    with pytest.raises(Refusal, match="signed_out"):
        desk.open_drawer("nobody", new_id())


def test_the_customer_reads_what_is_due_and_paid_and_nothing_after_a_while(bench: Bench, desk: Desk) -> None:
    account, token = bench.member(principal_fen=500_00), token_of(bench, desk)
    desk.preview_charge(token, account, 88_00)
    desk.charge(token, new_id(), account, 88_00, "photo")
    desk.preview_top_up(token, account, 1000_00)
    assert bench.texts == [("TOTAL", "88.00"), ("PAID", "88.00"), ("TOP-UP", "1,000.00")]
    bench.wait(29)
    assert len(bench.texts) == 3
    bench.wait(2)
    assert bench.texts[3:] == [("", "")]


def test_a_preview_that_is_refused_shows_the_customer_nothing(bench: Bench, desk: Desk) -> None:
    account, token = bench.member(), token_of(bench, desk)
    with pytest.raises(Refusal, match="not_enough"):
        desk.preview_charge(token, account, 88_00)
    assert bench.texts == []


@pytest.mark.parametrize("role", ["cashier", "manager"])
def test_a_sign_in_carries_the_role_of_the_person(bench: Bench, desk: Desk, role: str) -> None:
    hire(bench.database, "周敏", role, "135790")
    choice = next(choice for choice in bench.staff.names() if choice.name == "周敏")
    assert desk.staff(desk.sign_in(choice.id, "135790").token).role == role


def test_the_list_of_receipts_tells_what_was_taken_back_and_how_much_where_it_is_a_part(
    bench: Bench, desk: Desk
) -> None:
    account, token = bench.member(principal_fen=500_00), token_of(bench, desk)
    bills = [desk.charge(token, new_id(), account, 100_00, "photo").bill_no for _ in range(3)]
    for number, kind, fen in ((bills[0], "void", 100_00), (bills[1], "refund", 30_00)):
        life, seq = bench.book.life(), int(number.partition("-")[2])
        with bench.database.write():
            draft = bench.book.begin(ActionId(new_id()), kind, "0" * 64)
            draft.payload |= {"account": account, "operator": "0" * 32, "shift": 1, "amount_fen": -fen}
            draft.payload["undoes"] = f"{life.device}/{life.epoch}/{seq}"
            bench.book.post(draft)
    told = [(each.amount_fen, each.undone, each.undone_fen) for each in reversed(desk.recent(token))]
    assert told == [(100_00, "voided", 0), (100_00, "refunded", 30_00), (100_00, "", 0)]


def test_a_shift_that_is_not_theirs_any_more_is_over_for_whoever_signed_in_to_it(bench: Bench, desk: Desk) -> None:
    who = desk.staff(token_of(bench, desk))
    assert not desk.shift_is_over(who.staff_id, who.shift_no)
    bench.database.run("UPDATE shift SET counted_fen = 0 WHERE number = ?", (who.shift_no,))
    assert not desk.shift_is_over(who.staff_id, who.shift_no), "a shift that is counted goes on until it is closed"
    assert desk.shift_is_over(new_id(), who.shift_no)
    bench.database.run("UPDATE shift SET closed_at = 1 WHERE number = ?", (who.shift_no,))
    assert desk.shift_is_over(who.staff_id, who.shift_no)
