"""The printer's answers: mixed, split and noisy, and what they say about the printer."""

from __future__ import annotations

import random

import pytest

from terminal.hw.escpos_answers import (
    Answer,
    AnswerParser,
    AutoStatus,
    Identity,
    InOrderStatus,
    PrinterState,
    ProcessId,
    RealTimeStatus,
    StatusTracker,
    state_of_auto,
    state_of_real_time,
)

AUTO_READY = bytes.fromhex("1400000f")
REAL_TIME_BYTES = [byte for byte in range(256) if byte & 0x93 == 0x12]
AUTO_FIRST_BYTES = [byte for byte in range(256) if byte & 0x93 == 0x10]


def parse(data: bytes) -> list[Answer]:
    return AnswerParser().feed(data)


def heard(tracker: StatusTracker, data: bytes) -> PrinterState | None:
    for answer in parse(data):
        tracker.hear(answer)
    return tracker.state


def test_each_kind_of_answer_is_told_apart() -> None:
    data = b"\x12" + AUTO_READY + b"\x37\x22AB12\x00" + b"_TM-T88\x00" + b"\x0c" + b"\x11\x13"
    assert parse(data) == [
        RealTimeStatus(0x12),
        AutoStatus(0x14, 0, 0, 0x0F),
        ProcessId(b"AB12"),
        Identity(b"TM-T88"),
        InOrderStatus(0x0C),
    ]


def test_every_real_time_byte_is_one_answer_and_every_automatic_start_waits_for_three_more() -> None:
    assert parse(bytes(REAL_TIME_BYTES)) == [RealTimeStatus(byte) for byte in REAL_TIME_BYTES]
    for byte in AUTO_FIRST_BYTES:
        assert parse(bytes((byte, 0, 0))) == []
        assert parse(bytes((byte, 1, 2, 3))) == [AutoStatus(byte, 1, 2, 3)]


def test_answers_split_anywhere_are_the_same_answers() -> None:
    data = b"\x12\x16" + AUTO_READY + b"\x37\x22zz~ \x00\x1e" + AUTO_READY + b"\x00" + b"_x\x00\x12"
    whole = parse(data)
    assert len(whole) == 9
    for cut in range(len(data)):
        parser = AnswerParser()
        assert parser.feed(data[:cut]) + parser.feed(data[cut:]) == whole
    parser = AnswerParser()
    assert [answer for byte in data for answer in parser.feed(bytes((byte,)))] == whole


def test_a_real_time_answer_may_come_inside_another_answer() -> None:
    assert parse(b"\x14\x00\x12\x00\x0f") == [RealTimeStatus(0x12), AutoStatus(0x14, 0, 0, 0x0F)]
    assert parse(b"\x37\x22AB\x1212\x00") == [RealTimeStatus(0x12), ProcessId(b"AB12")]


@pytest.mark.parametrize(
    "noise", [b"\x37", b"\x37\x22", b"\x37\x22A", b"\x37\x22AB12", b"\x14", b"\x14\x00\x00", b"\xff\x80"]
)
def test_an_answer_cut_off_does_not_swallow_the_id_behind_it(noise: bytes) -> None:
    assert parse(noise + b"\x37\x22QQQQ\x00")[-1] == ProcessId(b"QQQQ")


def test_an_endless_identity_is_given_up() -> None:
    assert parse(b"_" + b"\x81" * 200 + b"\x12")[-1] == RealTimeStatus(0x12)
    assert parse(b"_" + b"x" * 200 + b"\x12")[-1] == RealTimeStatus(0x12)


def test_noise_that_looks_like_an_identity_gives_way_to_the_next_status() -> None:
    parser = AnswerParser()
    parser.feed(b"_junk")
    assert parser.feed(b"\x12")[-1] == RealTimeStatus(0x12)
    assert parser.feed(b"\x37\x22QQQQ\x00") == [ProcessId(b"QQQQ")]


def test_random_bytes_in_random_pieces_never_raise_and_never_pile_up(seed: int) -> None:
    chance = random.Random(seed)
    parser = AnswerParser()
    for _ in range(2000):
        pool = chance.choice((bytes(range(256)), b"\x37\x22AB\x00\x12\x14\x5f"))
        parser.feed(bytes(chance.choice(pool) for _ in range(chance.randint(0, 40))))
        assert len(parser._partial) <= 100
        assert not parser._again
    parser.feed(bytes(200))
    assert parser.feed(b"\x37\x22done\x00") == [ProcessId(b"done")]


def test_random_answers_among_flow_control_are_all_found(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        sent: list[Answer] = []
        data = bytearray()
        for _ in range(chance.randint(1, 10)):
            answer, wire = _random_answer(chance)
            sent.append(answer)
            data += wire + chance.choice((b"", b"\x11", b"\x13"))
        assert parse(bytes(data)) == sent


def _random_answer(chance: random.Random) -> tuple[Answer, bytes]:
    match chance.randrange(4):
        case 0:
            byte = chance.choice(REAL_TIME_BYTES)
            return RealTimeStatus(byte), bytes((byte,))
        case 1:
            rest = [chance.choice([b for b in range(256) if b & 0x90 == 0]) for _ in range(3)]
            first = chance.choice(AUTO_FIRST_BYTES)
            return AutoStatus(first, *rest), bytes((first, *rest))
        case 2:
            digits = bytes(chance.randint(0x20, 0x7E) for _ in range(4))
            return ProcessId(digits), b"\x37\x22" + digits + b"\x00"
        case _:
            byte = chance.choice([b for b in range(256) if b & 0x90 == 0])
            return InOrderStatus(byte), bytes((byte,))


@pytest.mark.parametrize(
    ("wire", "blocked", "low"),
    [
        ("14 00 00 0f", "", False),
        ("10 00 03 0f", "", True),
        ("38 00 00 0f", "printer_lid_open", False),
        ("38 00 0c 0f", "printer_lid_open", False),
        ("18 00 0f 0f", "printer_paper_out", True),
        ("18 08 00 0f", "printer_cutter", False),
        ("18 04 00 0f", "printer_error", False),
        ("18 20 00 0f", "printer_error", False),
        ("18 40 00 0f", "printer_error", False),
        ("18 00 00 0f", "printer_offline", False),
        ("58 00 00 0f", "printer_offline", False),
    ],
)
def test_automatic_status_names_the_one_thing_to_do(wire: str, blocked: str, low: bool) -> None:
    [answer] = parse(bytes.fromhex(wire))
    assert isinstance(answer, AutoStatus)
    assert state_of_auto(answer) == PrinterState(blocked, low)


@pytest.mark.parametrize(
    ("answers", "blocked", "low"),
    [
        ({1: 0x12, 2: 0x12, 4: 0x12}, "", False),
        ({1: 0x16, 2: 0x12, 4: 0x12}, "", False),
        ({1: 0x12, 2: 0x12, 4: 0x1E}, "", True),
        ({1: 0x1A, 2: 0x16, 4: 0x12}, "printer_lid_open", False),
        ({1: 0x1A, 2: 0x32, 4: 0x7E}, "printer_paper_out", True),
        ({1: 0x12, 2: 0x12, 4: 0x72}, "printer_paper_out", False),
        ({1: 0x1A, 2: 0x52, 4: 0x12}, "printer_error", False),
        ({1: 0x1A, 2: 0x52, 4: 0x12, 3: 0x1A}, "printer_cutter", False),
        ({1: 0x1A, 2: 0x52, 4: 0x12, 3: 0x32}, "printer_error", False),
        ({1: 0x1A, 2: 0x12, 4: 0x12}, "printer_offline", False),
        ({1: 0x32, 2: 0x12, 4: 0x12}, "printer_offline", False),
    ],
)
def test_real_time_status_names_the_one_thing_to_do(answers: dict[int, int], blocked: str, low: bool) -> None:
    assert state_of_real_time(answers) == PrinterState(blocked, low)


def test_real_time_status_nobody_asked_for_is_ignored() -> None:
    tracker = StatusTracker()
    assert heard(tracker, b"\x16\x32\x7e") is None
    assert tracker.ask() == bytes.fromhex("100401 100402 100404")
    assert heard(tracker, b"\x12\x12") is None
    before = tracker.waiting
    assert heard(tracker, b"\x12") == PrinterState()
    assert (before, tracker.waiting) == (True, False)
    assert heard(tracker, b"\x1a\x32\x7e") == PrinterState()


def test_a_stray_byte_spoils_one_round_and_not_the_next() -> None:
    tracker = StatusTracker()
    tracker.ask()
    heard(tracker, b"\x16" + b"\x12\x12\x1e")
    tracker.ask()
    assert heard(tracker, b"\x12\x12\x1e") == PrinterState("", paper_low=True)


def test_the_cause_of_an_error_is_asked_for_once_and_then_known() -> None:
    tracker = StatusTracker()
    tracker.ask()
    heard(tracker, b"\x1a\x52\x12")
    assert tracker.wants_cause
    assert tracker.ask() == bytes.fromhex("100401 100402 100404 100403")
    assert heard(tracker, b"\x1a\x52\x12\x1a") == PrinterState("printer_cutter")
    assert not tracker.wants_cause


def test_a_cutter_told_by_automatic_status_stays_the_cause_when_only_an_error_is_answered() -> None:
    tracker = StatusTracker()
    tracker.ask()
    assert heard(tracker, bytes.fromhex("1808000f") + b"\x1a\x52\x12") == PrinterState("printer_cutter")
    assert heard(tracker, AUTO_READY) == PrinterState()
