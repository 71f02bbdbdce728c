"""The retries and limits of one conversation with a card."""

from __future__ import annotations

import threading
import types
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.hw.card_reading import Identified, Unfit, identify
from terminal.hw.pcsc_card import COMMANDS_MAX, RESETS_MAX, SHARING_TRIES, Limits, read_card

OK = 0
COMMUNICATION = 0x8010002F
RESET = 0x80100068
SHARING = 0x8010000B
REMOVED = 0x80100069
M1_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
SLE_ATR = bytes.fromhex("3B04A2131091")
UID = bytes.fromhex("0BE2FB0B")
UID_ANSWER = [*UID, 0x90, 0x00]


class Service(types.ModuleType):
    """The card service's functions as `smartcard.scard` offers them, answering commands from a list."""

    SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD = 2, 1, 2, 0
    SCARD_E_TIMEOUT, SCARD_F_COMM_ERROR = 0x8010000A, 0x80100013

    def __init__(
        self,
        answers: list[tuple[int, list[int]]],
        connects: list[int] | None = None,
        begins: list[int] | None = None,
    ) -> None:
        super().__init__("service")
        self.begins = begins or [OK]
        self.answers: Iterator[tuple[int, list[int]]] = iter(answers)
        self.connects = connects or [OK]
        self.sent: list[str] = []
        self.log: list[str] = []

    def SCardConnect(self, *_: Any) -> list[Any]:  # noqa: N802 - the library's name
        self.log.append("connect")
        return [self.connects.pop(0) if len(self.connects) > 1 else self.connects[0], 7, 1]

    def SCardReconnect(self, *_: Any) -> list[Any]:  # noqa: N802 - the library's name
        self.log.append("reconnect")
        return [OK, 1]

    def SCardBeginTransaction(self, *_: Any) -> int:  # noqa: N802 - the library's name
        self.log.append("begin")
        return self.begins.pop(0) if len(self.begins) > 1 else self.begins[0]

    def SCardEndTransaction(self, _handle: int, disposition: int) -> int:  # noqa: N802 - the library's name
        assert disposition == self.SCARD_LEAVE_CARD
        self.log.append("end")
        return REMOVED

    def SCardDisconnect(self, *_: Any) -> int:  # noqa: N802 - the library's name
        self.log.append("disconnect")
        return OK

    def SCardStatus(self, *_: Any) -> list[Any]:  # noqa: N802 - the library's name
        return [OK, "reader", 4, 1, list(M1_ATR)]

    def SCardTransmit(self, _handle: int, _protocol: int, command: list[int]) -> list[Any]:  # noqa: N802
        self.sent.append(bytes(command).hex().upper())
        return list(next(self.answers))


def read(service: Service, atr: bytes = M1_ATR, *, stopped: bool = False) -> Identified | Unfit:
    stop = threading.Event()
    if stopped:
        stop.set()
    return read_card(service, 1, "reader", atr, stop, look=identify)


def test_one_communication_error_is_overcome_and_two_are_not() -> None:
    assert read(Service([(COMMUNICATION, []), (OK, UID_ANSWER)])) == Identified("m1", UID)
    assert read(Service([(COMMUNICATION, []), (COMMUNICATION, []), (OK, UID_ANSWER)])) == Unfit("card_unreadable")


def test_one_communication_error_at_connecting_is_overcome_and_two_are_not() -> None:
    assert read(Service([(OK, UID_ANSWER)], [COMMUNICATION, OK])) == Identified("m1", UID)
    assert read(Service([(OK, UID_ANSWER)], [COMMUNICATION])) == Unfit("card_unreadable")


def test_a_reset_card_is_asked_from_the_beginning() -> None:
    memory = [*b"2026008818", *b"\xff" * 6, 0x90, 0x00]
    service = Service([(OK, [0x90, 0x00]), (RESET, []), (OK, [0x90, 0x00]), (OK, memory), (OK, memory)])
    assert read(service, SLE_ATR) == Identified("sle4442", number="2026008818")
    assert service.sent == ["FFA400000106", "FFB0002010", "FFA400000106", "FFB0002010", "FFB0002010"]
    assert service.log == ["connect", "begin", "reconnect", "begin", "end", "disconnect"]


def test_a_card_reset_again_and_again_is_unreadable_and_let_go() -> None:
    service = Service([(RESET, [])] * 20)
    assert read(service) == Unfit("card_unreadable")
    assert len(service.sent) < 5
    assert service.log[-1] == "disconnect"


def test_a_card_reset_before_its_transaction_began_is_begun_with_again() -> None:
    service = Service([(OK, UID_ANSWER)], begins=[RESET, OK])
    assert read(service) == Identified("m1", UID)
    assert service.log == ["connect", "begin", "reconnect", "begin", "end", "disconnect"]
    service = Service([(OK, UID_ANSWER)], begins=[RESET])
    assert read(service) == Unfit("card_unreadable")
    assert service.log.count("begin") == RESETS_MAX
    assert service.sent == []


@pytest.mark.slow
def test_a_transaction_that_another_program_keeps_from_beginning_is_tried_a_few_times() -> None:
    service = Service([(OK, UID_ANSWER)], begins=[SHARING, SHARING, OK])
    assert read(service) == Identified("m1", UID)
    service = Service([(OK, UID_ANSWER)], begins=[SHARING])
    assert read(service) == Unfit("card_unreadable")
    assert service.log == ["connect", *["begin"] * (SHARING_TRIES + 1), "end", "disconnect"]


def test_a_transaction_with_a_card_that_went_ends_with_the_connection() -> None:
    service = Service([(REMOVED, [])])
    assert read(service) == Unfit("card_unreadable")
    assert service.log == ["connect", "begin", "end", "disconnect"]


@pytest.mark.slow
def test_a_busy_card_is_tried_a_few_times() -> None:
    service = Service([(OK, UID_ANSWER)], [SHARING, SHARING, OK])
    assert read(service) == Identified("m1", UID)
    service = Service([(OK, UID_ANSWER)], [SHARING])
    assert read(service) == Unfit("card_unreadable")
    assert service.log == ["connect"] * (SHARING_TRIES + 1)


def test_a_wrong_length_is_asked_again_and_waiting_bytes_are_fetched() -> None:
    service = Service([(OK, [0x6C, 0x04]), (OK, [*UID[:2], 0x61, 0x02]), (OK, [*UID[2:], 0x90, 0x00])])
    assert read(service) == Identified("m1", UID)
    assert service.sent == ["FFCA000000", "FFCA000004", "00C0000002"]


def test_a_card_that_always_has_more_to_say_is_cut_off() -> None:
    service = Service([(OK, [0x00, 0x61, 0x01])] * 1000)
    assert read(service) == Unfit("card_unreadable")
    assert len(service.sent) == COMMANDS_MAX


def test_an_event_without_answer_to_reset_is_made_up_for() -> None:
    assert read(Service([(OK, UID_ANSWER)]), b"") == Identified("m1", UID)


def test_a_failure_of_any_unknown_sort_is_unreadable() -> None:
    assert read(Service([(0x80100001, [])])) == Unfit("card_unreadable")
    assert read(Service([(OK, [0x90])])) == Unfit("card_unreadable")


def test_stopping_ends_a_conversation_before_its_next_command() -> None:
    service = Service([(OK, UID_ANSWER)])
    assert read(service, stopped=True) == Unfit("card_unreadable")
    assert service.sent == []


def test_a_conversation_may_be_given_more_commands_than_a_tap() -> None:
    service = Service([(OK, [0x00, 0x61, 0x01])] * 1000)
    stop = threading.Event()
    limits = Limits(commands=3 * COMMANDS_MAX)
    assert read_card(service, 1, "reader", M1_ATR, stop, look=identify, limits=limits) == Unfit("card_unreadable")
    assert len(service.sent) == 3 * COMMANDS_MAX
