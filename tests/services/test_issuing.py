"""Orders to issue cards: one for each reader, soon over, and an issued card is a member's or nobody's."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

import pytest

from terminal.base.devices import CardOrder
from terminal.base.errors import Overloaded, Refusal
from terminal.base.events import CardIssued, CardIssueFailed, CardTapped
from terminal.base.ids import AccountId, ActionId
from terminal.services.ask import at_once
from terminal.services.card_commands import CardCommands
from terminal.services.issuing import ORDER_S, WRITING_S, Issuing, Order
from terminal.services.media_life.life import MediaLife
from tests.services.conftest import Bench

UID = bytes.fromhex("04A1B2C3D4E580")
NUMBER = UID.hex().upper()
READERS = {"counter-reader": "", "broken-reader": "device_missing", "kiosk-reader": ""}

T = TypeVar("T")


def too_busy(work: Callable[[], T]) -> T:  # noqa: ARG001 - it is not done
    raise Overloaded("the inbox is full")


@pytest.fixture
def issuing(bench: Bench) -> Issuing:
    return Issuing(bench.database, bench.clock.monotonic_s, MediaLife(bench.database, bench.book, bench.members))


@pytest.fixture
def account(bench: Bench) -> AccountId:
    return bench.member()


def issued(order: Order, uid: bytes = UID) -> CardIssued:
    return CardIssued(order.device, order.device, "ntag424", uid, order.id)


def failed(order: Order, code: str) -> CardIssueFailed:
    return CardIssueFailed(order.device, order.device, code, order.id)


def taken(issuing: Issuing, account: AccountId) -> Order:
    """Return an order whose card lies on the reader."""
    order = issuing.order("reader", "ntag424", account)
    assert issuing.take_order("reader") == CardOrder(order.id, "ntag424")
    return order


def media(bench: Bench) -> list[tuple[object, ...]]:
    """Return every card of the store but members' own codes."""
    rows = bench.database.rows("SELECT lower(hex(account)), number, kind, state, assurance FROM medium ORDER BY n")
    return [tuple(row) for row in rows]


def commands(issuing: Issuing, bench: Bench) -> CardCommands:
    """Return the verbs of a till with a key for one kind, and a reader at the kiosk."""
    return CardCommands(issuing, bench.members, {"ntag424"}, lambda: READERS, "kiosk-reader".__eq__, at_once)


def outcome(issuing: Issuing, order: Order) -> str:
    """Return how an order ended, which it has: nobody is waited for."""
    try:
        issuing.wait(order)
    except Refusal as refusal:
        return refusal.code
    return ""


def test_an_issued_card_is_the_members_and_is_known_as_one_that_proves_itself(
    bench: Bench, issuing: Issuing, account: AccountId
) -> None:
    order = taken(issuing, account)
    assert issuing.objection("reader", order.id, UID) == ""
    assert issuing.issued(issued(order))
    assert outcome(issuing, order) == ""
    assert media(bench) == [(account, NUMBER, "card", "active", "authenticated")]
    assert bench.media.member_of(CardTapped("r", "r", "ntag424", 0.0, UID, proof="authenticated")) == account
    with pytest.raises(Refusal, match="card_clone"):
        bench.media.member_of(CardTapped("r", "r", "ntag424", 0.0, UID, proof="refused"))


def test_an_issued_card_begins_its_life_with_an_entry(bench: Bench, issuing: Issuing, account: AccountId) -> None:
    before = bench.entries()
    order = taken(issuing, account)
    assert issuing.issued(issued(order))
    assert bench.entries() == before + 1
    posted = bench.book.done(ActionId(order.id))
    assert posted is not None
    payload = posted.entry.payload
    assert (posted.entry.kind, payload["account"], payload["fee_fen"]) == ("issue_medium", account, 0)
    assert NUMBER.encode() not in posted.entry.to_bytes()
    row = bench.database.row("SELECT id, identity FROM medium WHERE number = ?", (NUMBER,))
    assert row is not None
    assert tuple(row) == (payload["key"], f"ntag424 {NUMBER}")
    # The same card once more is the same card.
    again = taken(issuing, account)
    assert issuing.issued(issued(again))
    assert bench.entries() == before + 1


def test_whoever_waits_is_told_by_the_dispatchers_thread(bench: Bench, issuing: Issuing, account: AccountId) -> None:
    order = taken(issuing, account)
    told: list[str] = []
    waiting = threading.Thread(target=lambda: told.append(outcome(issuing, order)))
    waiting.start()
    issuing.failed(failed(order, "card_not_blank"))
    waiting.join(40.0)
    assert told == ["card_not_blank"]
    assert media(bench) == []


def test_the_same_card_issued_again_to_the_same_member_stays_one_card(
    bench: Bench, issuing: Issuing, account: AccountId
) -> None:
    for _ in range(2):
        order = taken(issuing, account)
        assert issuing.objection("reader", order.id, UID) == ""
        issuing.issued(issued(order))
        assert outcome(issuing, order) == ""
    assert len(media(bench)) == 1


@pytest.mark.parametrize("number", [NUMBER, UID[::-1].hex().upper()])
def test_a_members_own_card_known_by_its_number_becomes_one_that_proves_itself(
    bench: Bench, issuing: Issuing, number: str
) -> None:
    account = bench.member(cards=(number,))
    order = taken(issuing, account)
    issuing.issued(issued(order))
    assert outcome(issuing, order) == ""
    assert media(bench) == [(account, number, "card", "active", "authenticated")]


@pytest.mark.parametrize("number", [NUMBER, UID[::-1].hex().upper()])
@pytest.mark.parametrize("state", ["active", "frozen", "replaced"])
def test_a_blank_that_is_or_was_another_members_card_is_neither_written_nor_given_away(
    bench: Bench, issuing: Issuing, account: AccountId, number: str, state: str
) -> None:
    other = bench.member("李明", cards=(number,))
    bench.database.run("UPDATE medium SET state = ?", (state,))
    order = taken(issuing, account)
    assert issuing.objection("reader", order.id, UID) == "card_taken"
    assert not issuing.issued(issued(order))
    assert outcome(issuing, order) == "card_taken"
    assert media(bench) == [(other, number, "card", state, "id-only")]


@pytest.mark.parametrize("state", ["frozen", "replaced"])
def test_a_members_own_card_that_is_out_of_use_is_not_brought_back_by_issuing(
    bench: Bench, issuing: Issuing, state: str
) -> None:
    account = bench.member(cards=(NUMBER,))
    bench.database.run("UPDATE medium SET state = ?", (state,))
    order = taken(issuing, account)
    assert issuing.objection("reader", order.id, UID) == f"card_{state}"
    issuing.issued(issued(order))
    assert outcome(issuing, order) == f"card_{state}"
    assert media(bench) == [(account, NUMBER, "card", state, "id-only")]


def test_an_order_is_for_one_reader_and_one_card(issuing: Issuing, account: AccountId) -> None:
    assert issuing.take_order("reader") is None
    order = issuing.order("reader", "desfire", account)
    assert issuing.take_order("another") is None
    assert issuing.take_order("reader") == CardOrder(order.id, "desfire")
    assert issuing.take_order("reader") is None


def test_a_reader_has_one_order_at_a_time_and_readers_have_theirs_side_by_side(
    issuing: Issuing, account: AccountId
) -> None:
    first = taken(issuing, account)
    for device in ("reader", "another"):
        if device == "reader":
            with pytest.raises(Refusal, match="reader_busy"):
                issuing.order(device, "desfire", account)
        else:
            issuing.order(device, "desfire", account)
    issuing.failed(failed(first, "card_delayed"))
    assert outcome(issuing, first) == "card_delayed"
    issuing.order("reader", "desfire", account)


def test_an_order_nobody_laid_a_card_for_is_over_after_half_a_minute(
    bench: Bench, issuing: Issuing, account: AccountId
) -> None:
    order = issuing.order("reader", "ntag424", account)
    bench.clock.advance(ORDER_S)
    assert issuing.take_order("reader") is None
    assert outcome(issuing, order) == "card_not_laid"
    issuing.order("reader", "ntag424", account)


def test_a_card_laid_in_the_last_second_still_has_its_time(bench: Bench, issuing: Issuing, account: AccountId) -> None:
    order = issuing.order("reader", "ntag424", account)
    bench.clock.advance(ORDER_S - 1)
    assert issuing.take_order("reader") == CardOrder(order.id, "ntag424")
    bench.clock.advance(WRITING_S - 1)
    assert issuing.objection("reader", order.id, UID) == ""
    issuing.issued(issued(order))
    assert outcome(issuing, order) == ""


def test_a_card_issued_for_an_order_that_was_given_up_is_nobodys_until_it_is_ordered_again(
    bench: Bench, issuing: Issuing, account: AccountId, caplog: pytest.LogCaptureFixture
) -> None:
    order = taken(issuing, account)
    bench.clock.advance(WRITING_S)
    assert issuing.objection("reader", order.id, UID) == "busy"
    with caplog.at_level(logging.INFO):
        issuing.issued(issued(order))
    assert outcome(issuing, order) == "busy"
    assert media(bench) == []
    assert "given up" in caplog.text
    order = taken(issuing, account)
    issuing.issued(issued(order))
    assert len(media(bench)) == 1
    assert NUMBER not in caplog.text.upper()


def test_an_order_is_taken_back_unless_its_card_has_come(issuing: Issuing, account: AccountId) -> None:
    order = issuing.order("reader", "ntag424", account)
    issuing.take_back("reader", order.id)
    assert issuing.take_order("reader") is None
    assert outcome(issuing, order) == "interrupted"
    order = taken(issuing, account)
    issuing.take_back("reader", order.id)
    issuing.issued(issued(order))
    assert outcome(issuing, order) == ""


def test_events_of_cards_nobody_ordered_change_nothing(bench: Bench, issuing: Issuing, account: AccountId) -> None:
    order = issuing.order("reader", "ntag424", account)
    assert not issuing.issued(issued(order))
    issuing.failed(failed(order, "card_not_blank"))
    issuing.issued(CardIssued("another", "another", "ntag424", UID, order.id))
    assert media(bench) == []
    assert order.outcome is None


def test_what_comes_late_of_an_order_that_is_over_touches_no_later_order_and_no_other_member(
    bench: Bench, issuing: Issuing, account: AccountId
) -> None:
    early = taken(issuing, account)
    bench.clock.advance(WRITING_S)
    assert outcome(issuing, early) == "busy"
    other = bench.member("李明")
    waiting = issuing.order("reader", "ntag424", other)
    issuing.take_back("reader", early.id)
    assert issuing.take_order("reader") == CardOrder(waiting.id, "ntag424"), "it is not the one to be taken back"
    assert issuing.objection("reader", early.id, UID) == "busy"
    assert not issuing.issued(issued(early))
    issuing.failed(failed(early, "card_not_blank"))
    assert (media(bench), waiting.outcome) == ([], None)
    own = bytes.fromhex("04B1B2B3B4B580")
    assert issuing.issued(issued(waiting, own))
    assert outcome(issuing, waiting) == ""
    assert media(bench) == [(other, own.hex().upper(), "card", "active", "authenticated")]


def test_a_till_too_busy_to_look_a_number_up_writes_no_card(bench: Bench, account: AccountId) -> None:
    life = MediaLife(bench.database, bench.book, bench.members)
    issuing = Issuing(bench.database, bench.clock.monotonic_s, life, too_busy)
    order = taken(issuing, account)
    assert issuing.objection("reader", order.id, UID) == "busy"


def test_a_command_orders_a_card_and_is_told_its_outcome(bench: Bench, issuing: Issuing, account: AccountId) -> None:
    verbs = commands(issuing, bench).verbs()
    ordered = verbs["card_order"](account=account, kind="ntag424", device="counter-reader")
    assert ordered["seconds"] == ORDER_S
    assert issuing.take_order("counter-reader") == CardOrder(ordered["order"], "ntag424")
    issuing.issued(issued(issuing.find("counter-reader", ordered["order"])))
    assert verbs["card_outcome"](device="counter-reader", order=ordered["order"]) == {}
    assert [row[1] for row in media(bench)] == [NUMBER]
    verbs["card_order"](account=account, kind="ntag424", device="counter-reader")
    with pytest.raises(Refusal, match="busy"):
        verbs["card_outcome"](device="counter-reader", order=ordered["order"])


@pytest.mark.parametrize(
    ("kind", "device", "whose", "code"),
    [
        ("m1", "counter-reader", "", "card_not_issuable"),
        ("desfire", "counter-reader", "", "card_key_missing"),
        ("ntag424", "scanner", "", "device_unknown"),
        ("ntag424", "broken-reader", "", "device_not_ready"),
        ("ntag424", "kiosk-reader", "", "reader_at_kiosk"),
        ("ntag424", "counter-reader", "0" * 32, "member_unknown"),
    ],
)
def test_the_command_refuses_at_once_what_cannot_be_issued(
    bench: Bench, issuing: Issuing, account: AccountId, kind: str, device: str, whose: str, code: str
) -> None:
    verbs = commands(issuing, bench).verbs()
    with pytest.raises(Refusal, match=code):
        verbs["card_order"](account=whose or account, kind=kind, device=device)
    assert issuing.take_order(device) is None


def test_the_command_takes_its_order_back(bench: Bench, issuing: Issuing, account: AccountId) -> None:
    order = issuing.order("counter-reader", "ntag424", account)
    verbs = commands(issuing, bench).verbs()
    assert verbs["card_take_back"](device="counter-reader", order=order.id) == {}
    assert outcome(issuing, order) == "interrupted"
