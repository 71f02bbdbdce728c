"""Beep and lights of readers: the makers' bytes, and a failure that is logged once and shown nowhere."""

from __future__ import annotations

import logging

import pytest

from terminal.hw.reader_feedback import (
    ACR122U,
    ACR1252U,
    ESCAPE_CODE,
    NONE,
    FeedbackProfile,
    Outcome,
    ReaderFeedback,
    profile_of,
)


class Reader:
    """Answers commands as told, or refuses them as a driver without escape rights does."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.heard: list[str] = []

    def __call__(self, command: bytes) -> bytes:
        self.heard.append(command.hex(" "))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("profile", "outcome", "commands"),
    [
        (ACR122U, "accepted", ["ff 00 40 ac 04 02 00 01 01"]),
        (ACR122U, "refused", ["ff 00 40 5c 04 03 01 02 01"]),
        (ACR122U, "idle", []),
        (ACR1252U, "accepted", ["e0 00 00 29 01 02", "e0 00 00 28 01 0a"]),
        (ACR1252U, "refused", ["e0 00 00 29 01 01", "e0 00 00 28 01 3c"]),
        (ACR1252U, "idle", ["e0 00 00 29 01 00"]),
        (NONE, "accepted", []),
        (NONE, "refused", []),
    ],
)
def test_each_model_gets_its_own_bytes(profile: FeedbackProfile, outcome: Outcome, commands: list[str]) -> None:
    reader = Reader(b"\xe1\x00\x00\x00\x01\x00" if profile.escape else b"\x90\x02")
    ReaderFeedback("reader", profile).tell(outcome, reader)
    assert reader.heard == commands


def test_yes_and_no_differ_in_light_and_in_sound() -> None:
    for profile in (ACR122U, ACR1252U):
        assert set(profile.accepted).isdisjoint(profile.refused)


def test_a_reader_s_own_beep_is_switched_off_when_it_is_opened() -> None:
    reader = Reader(b"\x90\x00")
    ReaderFeedback("reader", ACR122U).reopened(reader)
    assert reader.heard == ["ff 00 52 00 00"]


@pytest.mark.parametrize(
    "answer",
    [OSError("transmit refused"), b"", b"\x63\x00", b"\xe1\x00\x00\x00\x01\x00"],
    ids=["raises", "", "63", "e1"],
)
def test_a_failure_is_logged_once_and_ends_the_trying(
    answer: bytes | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader(answer)
    feedback = ReaderFeedback("reader", ACR122U)
    with caplog.at_level(logging.DEBUG):
        for _ in range(5):
            feedback.tell("accepted", reader)
        assert len(reader.heard) == 1
        feedback.reopened(reader)
        feedback.tell("refused", reader)
    assert len(reader.heard) == 2
    assert len(caplog.records) == 1


def test_a_failed_escape_command_stops_the_rest_of_its_signal() -> None:
    reader = Reader(b"\x90\x00")
    ReaderFeedback("reader", ACR1252U).tell("accepted", reader)
    assert reader.heard == ["e0 00 00 29 01 02"]


def test_what_the_caller_does_not_name_a_failure_passes() -> None:
    class ReaderGoneError(Exception):
        pass

    with pytest.raises(ReaderGoneError):
        ReaderFeedback("reader", ACR122U).tell("accepted", Reader(ReaderGoneError()))
    quiet = ReaderFeedback("reader", ACR122U, failures=(ReaderGoneError,))
    quiet.tell("accepted", Reader(ReaderGoneError()))


def test_profiles_are_found_by_name_and_no_other() -> None:
    assert profile_of("acr1252u") is ACR1252U
    assert profile_of("none") is NONE
    with pytest.raises(ValueError, match="acr38"):
        profile_of("acr38")


def test_the_escape_code_is_the_one_of_the_ccid_driver() -> None:
    assert ESCAPE_CODE == 0x42000DAC
