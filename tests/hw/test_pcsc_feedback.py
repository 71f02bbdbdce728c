"""Beeps and lights of PC/SC readers: which commands go out, over which kind of connection, and what a failure costs."""

from __future__ import annotations

import logging

import pytest

from terminal.hw.pcsc_feedback import PcscFeedback
from terminal.hw.reader_feedback import ACR122U, ACR1252U, ESCAPE_CODE

REMOVED = 0x80100069


class Service:
    """The card service's calls, recorded; `fails` names one that ends in an error."""

    SCARD_SHARE_SHARED, SCARD_SHARE_DIRECT, SCARD_LEAVE_CARD = 2, 3, 0
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 1, 2

    def __init__(self, fails: str = "", answer: bytes = b"\x90\x00") -> None:
        self.fails = fails
        self.answer = answer
        self.connected: list[tuple[str, int]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.open = 0

    def SCardConnect(self, _context: int, reader: str, share: int, _protocols: int) -> tuple[int, int, int]:  # noqa: N802 - PC/SC's name
        if self.fails == "connect":
            return REMOVED, 0, 0
        self.connected.append((reader, share))
        self.open += 1
        return 0, 7, 2

    def SCardTransmit(self, handle: int, _protocol: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802 - the same
        assert handle == 7
        self.sent.append(("transmit", bytes(command)))
        return (REMOVED, []) if self.fails == "transmit" else (0, list(self.answer))

    def SCardControl(self, handle: int, code: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802 - the same
        assert (handle, code) == (7, ESCAPE_CODE)
        self.sent.append(("control", bytes(command)))
        return 0, list(b"\xe1\x00\x00\x00\x01\x00")

    def SCardDisconnect(self, _handle: int, disposition: int) -> None:  # noqa: N802 - the same
        assert disposition == self.SCARD_LEAVE_CARD
        self.open -= 1


def test_a_reader_told_by_apdu_hears_its_outcome_over_the_cards_connection() -> None:
    service, feedback = Service(), PcscFeedback({"desk": "acr122u"})
    feedback.tell(service, 1, "desk", "ACS ACR122U 00 00", "refused")
    assert service.sent == [("transmit", command) for command in (*ACR122U.quiet, *ACR122U.refused)]
    assert service.connected == [("ACS ACR122U 00 00", service.SCARD_SHARE_SHARED)]
    feedback.tell(service, 1, "desk", "ACS ACR122U 00 00", "accepted")
    assert service.sent[-1] == ("transmit", ACR122U.accepted[-1])
    assert [command for _, command in service.sent].count(ACR122U.quiet[0]) == 1, "silenced once, when it came"
    assert service.open == 0


def test_a_reader_told_by_escape_needs_no_card() -> None:
    service, feedback = Service(), PcscFeedback({"desk": "acr1252u"})
    feedback.tell(service, 1, "desk", "ACS ACR1252U 00 00", "accepted")
    assert service.sent == [("control", command) for command in ACR1252U.accepted]
    assert service.connected == [("ACS ACR1252U 00 00", service.SCARD_SHARE_DIRECT)]
    assert service.open == 0


def test_only_a_reader_told_by_escape_can_say_something_without_a_card() -> None:
    feedback = PcscFeedback({"desk": "acr122u", "other": "acr1252u"})
    assert [feedback.needs_card(device) for device in ("desk", "other", "third")] == [True, False, True]


@pytest.mark.parametrize("profiles", [{}, {"desk": "none"}, {"other": "acr122u"}])
def test_a_reader_without_a_profile_is_left_alone(profiles: dict[str, str]) -> None:
    service = Service()
    PcscFeedback(profiles).tell(service, 1, "desk", "reader", "accepted")
    assert service.connected == []


@pytest.mark.parametrize(("fails", "answer"), [("transmit", b""), ("", b"\x63\x00")])
def test_a_reader_that_will_not_is_logged_once_and_left_alone_until_it_is_back(
    fails: str, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    service, feedback = Service(fails, answer), PcscFeedback({"desk": "acr122u"})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            feedback.tell(service, 1, "desk", "reader", "accepted")
    assert len(service.sent) == 1
    assert len(caplog.records) == 1
    assert service.open == 0
    feedback.forget("desk")
    service.fails, service.answer = "", b"\x90\x00"
    feedback.tell(service, 1, "desk", "reader", "accepted")
    assert service.sent[-1] == ("transmit", ACR122U.accepted[-1])


def test_a_card_that_is_gone_already_takes_its_signal_with_it(caplog: pytest.LogCaptureFixture) -> None:
    service, feedback = Service("connect"), PcscFeedback({"desk": "acr122u"})
    feedback.tell(service, 1, "desk", "reader", "accepted")
    assert service.sent == []
    assert caplog.records == []


def test_a_profile_nobody_has_is_a_mistake_at_once() -> None:
    with pytest.raises(ValueError, match="acr999"):
        PcscFeedback({"desk": "acr999"})
