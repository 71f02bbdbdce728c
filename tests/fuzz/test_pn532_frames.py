"""Whatever arrives from a PN532's line, the parser stays bounded and the next good frame counts."""

from __future__ import annotations

import contextlib
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.hw.pn532_card import CardLost, Pn532Card
from terminal.hw.pn532_frames import (
    COMMAND_DATA_MAX,
    FRAME_BYTES_MAX,
    Ack,
    Answer,
    ErrorFrame,
    Frame,
    FrameParser,
    Nack,
    Spoilt,
    encode_command,
)
from terminal.hw.pn532_link import LinkTrouble, Pn532Link
from terminal.hw.pn532_target import Target, TargetMalformed, made_up_atr, parse_targets
from tests.hw.pn532_peer import ACK, ERROR, NACK, SILENCE_S, frame

bodies = st.one_of(st.binary(min_size=1, max_size=40), st.binary(min_size=250, max_size=265))
pieces = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([ACK, NACK, ERROR, b"\x00\xff", b"\x00\x00\xff\xff\xff", b"\x00\x00\xff\xff\xff\x01\x09\xf6"]),
    bodies.map(frame),
    bodies.map(lambda body: frame(b"\xd5" + body[:264])),
)
lines = st.lists(pieces, max_size=12).map(b"".join)
answers = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\x00", b"\x01\x01\x00\x04\x08\x04\x0b\xe2\xfb\x0b", b"\x00\x90\x00", b"\x14", b"\x40\x61\x01"]),
)


@settings(print_blob=True, deadline=None)
@given(lines)
def test_whatever_arrives_is_frames_and_the_next_good_frame_counts(line: bytes) -> None:
    parser = FrameParser()
    for each in parser.feed(line):
        assert isinstance(each, Ack | Nack | ErrorFrame | Spoilt | Answer)
    assert len(parser._held) < FRAME_BYTES_MAX
    assert 1 <= parser.wanted <= FRAME_BYTES_MAX
    parser.drop()
    assert parser.feed(frame(b"\xd5\x03\x32\x01\x06\x07")) == [Answer(0x03, b"\x32\x01\x06\x07")]


@settings(print_blob=True, deadline=None)
@given(lines, st.lists(st.integers(1, 40), max_size=60))
def test_how_bytes_are_cut_into_deliveries_makes_no_difference(line: bytes, cuts: list[int]) -> None:
    whole = FrameParser().feed(line)
    parser, found = FrameParser(), list[Frame]()
    rest = line
    for cut in cuts:
        found += parser.feed(rest[:cut])
        rest = rest[cut:]
    found += parser.feed(rest)
    assert found == whole
    # Nor does reading exactly what is wanted, which never reaches beyond one frame.
    parser, found = FrameParser(), []
    while line:
        wanted = parser.wanted
        came = parser.feed(line[:wanted])
        assert sum(not isinstance(each, Spoilt) for each in came) <= 1
        found += came
        line = line[wanted:]
    assert found == whole


@settings(print_blob=True, deadline=None)
@given(st.integers(0, 0xFF), st.binary(max_size=COMMAND_DATA_MAX))
def test_every_command_is_the_frame_put_together_by_hand(code: int, data: bytes) -> None:
    assert encode_command(code, data) == frame(bytes([0xD4, code]) + data)


@settings(print_blob=True, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 1 << 16), st.integers(0, 7))
def test_one_wrong_bit_never_makes_another_answer(body: bytes, at: int, bit: int) -> None:
    right = frame(b"\xd5" + body)
    wrong = bytearray(right)
    wrong[at % len(wrong)] ^= 1 << bit
    found = FrameParser().feed(bytes(wrong))
    # What is left may be the same answer (preamble or end were hit), or what its contents hold; never a changed one.
    answer = Answer(body[0], body[1:])
    inside = FrameParser().feed(body)
    for each in found:
        assert not isinstance(each, Answer) or each == answer or each in inside


class NoisyPort:
    """A line that says whatever it likes after each sending, then is silent."""

    def __init__(self, says: list[bytes]) -> None:
        self._says = says
        self._waiting = b""
        self._sent = 0
        self._now_s = 0.0

    def clock_s(self) -> float:
        return self._now_s

    def write(self, data: bytes, /) -> int:
        self._waiting += self._says[self._sent % len(self._says)]
        self._sent += 1
        return len(data)

    def read(self, size: int = 1, /) -> bytes:
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        self._now_s += 0.0001 if data else SILENCE_S
        return data


@settings(print_blob=True, deadline=None)
@given(st.lists(lines, min_size=1, max_size=6))
def test_whatever_the_line_says_a_command_ends_in_an_answer_or_trouble_and_in_time(says: list[bytes]) -> None:
    port = NoisyPort(says)
    link = Pn532Link(port, monotonic_s=port.clock_s)
    for _ in range(3):
        began_s = port.clock_s()
        with contextlib.suppress(LinkTrouble):
            link.command(0x4A, b"\x01\x00", stop=threading.Event())
        # Settling and asking, each four times an acknowledgement and an answer, with all that is said read through.
        assert port.clock_s() - began_s < 10.0


class SayingPort(NoisyPort):
    """A line with a chip that answers every command properly, with contents that are anything."""

    def __init__(self, contents: list[bytes]) -> None:
        super().__init__([b""])
        self._contents = contents
        self._asked = 0

    def write(self, data: bytes, /) -> int:
        if data not in {ACK, NACK}:
            code = data[9] if data[3:5] == b"\xff\xff" else data[6]
            content = self._contents[self._asked % len(self._contents)]
            self._asked += 1
            self._waiting += ACK + frame(bytes([0xD5, code + 1]) + content)
        return len(data)


targets = st.builds(Target, st.integers(0, 255), st.sampled_from([b"\x0b\xe2\xfb\x0b", b"\x04" * 7]), st.binary())
commands = st.one_of(
    st.binary(max_size=20),
    st.binary(max_size=20).map(lambda tail: b"\xff" + tail),
    st.sampled_from([bytes.fromhex(each) for each in ("FFCA000000", "FFB0000410", "FF00000003D44260", "9060000000")]),
)


@settings(print_blob=True, deadline=None)
@given(targets, st.lists(answers, min_size=1, max_size=6), st.lists(commands, min_size=1, max_size=6))
def test_whatever_a_card_is_asked_and_answers_there_is_a_status_word_or_it_is_lost(
    target: Target, contents: list[bytes], asked: list[bytes]
) -> None:
    port = SayingPort(contents)
    link = Pn532Link(port, monotonic_s=port.clock_s)
    card = Pn532Card(link, target, threading.Event(), 2.0, port.clock_s)
    try:
        for command in asked:
            _, status = card.transmit(command)
            assert 0 <= status <= 0xFFFF
    except (CardLost, TargetMalformed, LinkTrouble):
        pass


@settings(print_blob=True, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_the_chip_lists_is_a_card_with_an_answer_to_reset_or_malformed(listing: bytes) -> None:
    try:
        target = parse_targets(listing)
    except TargetMalformed:
        return
    if target is not None:
        assert len(target.uid) in {4, 7, 10}
        assert 4 < len(made_up_atr(target)) <= 20
