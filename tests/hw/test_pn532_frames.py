"""PN532 frames by the manual's own bytes."""

from __future__ import annotations

import pytest

from terminal.hw.pn532_frames import (
    COMMAND_DATA_MAX,
    FRAME_BYTES_MAX,
    Ack,
    Answer,
    ErrorFrame,
    FrameParser,
    Nack,
    Spoilt,
    encode_command,
)
from tests.hw.pn532_peer import ACK, ERROR, NACK, frame

VERSION = bytes.fromhex("0000FF06FAD50332010607E800")
VERSION_ANSWER = Answer(0x03, bytes.fromhex("32010607"))


@pytest.mark.parametrize(
    ("code", "data", "whole"),
    [
        (0x14, "011401", "0000FF05FBD4140114010200"),
        (0x02, "", "0000FF02FED4022A00"),
        (0x4A, "0100", "0000FF04FCD44A0100E100"),
    ],
)
def test_a_command_becomes_the_manuals_bytes(code: int, data: str, whole: str) -> None:
    assert encode_command(code, bytes.fromhex(data)).hex().upper() == whole


def test_a_long_command_becomes_an_extended_frame() -> None:
    assert encode_command(0x40, bytes(253)) == b"\x00\x00\xff\xff\x01" + b"\xd4\x40" + bytes(253) + b"\xec\x00"
    assert encode_command(0x40, bytes(254))[:10] == bytes.fromhex("0000FFFFFF0100FFD440")
    assert encode_command(0x40, bytes(COMMAND_DATA_MAX))[3:8] == bytes.fromhex("FFFF0109F6")
    with pytest.raises(ValueError, match="do not fit"):
        encode_command(0x40, bytes(COMMAND_DATA_MAX + 1))


def test_every_sort_of_frame_is_told() -> None:
    assert FrameParser().feed(ACK + VERSION + NACK + ERROR) == [Ack(), VERSION_ANSWER, Nack(), ErrorFrame()]


def test_a_long_answer_comes_in_an_extended_frame() -> None:
    body = b"\xd5\x41\x00" + bytes(range(256)) + bytes(6)
    assert FrameParser().feed(frame(body)) == [Answer(0x41, body[2:])]


def test_a_frame_byte_by_byte_is_complete_with_its_checksum() -> None:
    parser = FrameParser()
    frames = [parser.feed(bytes([byte])) for byte in VERSION]
    assert frames[-2] == [VERSION_ANSWER]
    assert not any(frames[:-2])
    assert not parser.in_frame


def test_a_reader_that_takes_what_is_wanted_never_takes_more_than_one_frame() -> None:
    parser, line, frames, reads = FrameParser(), ACK + VERSION + frame(b"\xd5\x41" + bytes(263)), [], 0
    while line:
        wanted = parser.wanted
        came = parser.feed(line[:wanted])
        assert len(came) <= 1
        frames += came
        line = line[wanted:]
        reads += 1
    assert frames == [Ack(), VERSION_ANSWER, Answer(0x41, bytes(263))]
    # Three for a start code, then length, then contents: a long frame is not read byte by byte.
    assert reads <= 20


def test_a_missing_preamble_makes_no_difference() -> None:
    assert FrameParser().feed(VERSION[1:]) == [VERSION_ANSWER]


@pytest.mark.parametrize("noise", ["55", "FF", "00", "0000", "FFFFFF", "0000FE", "A5" * 40])
def test_noise_before_a_frame_is_passed_over(noise: str) -> None:
    assert FrameParser().feed(bytes.fromhex(noise) + VERSION) == [VERSION_ANSWER]


def test_noise_like_a_start_code_costs_no_frame() -> None:
    frames = FrameParser().feed(bytes.fromhex("00FF") + VERSION)
    assert frames == [Spoilt(whole=False), VERSION_ANSWER]


def test_a_wrong_length_checksum_is_spoilt_of_unknown_length() -> None:
    wrong = bytearray(VERSION)
    wrong[4] ^= 0x01
    frames = FrameParser().feed(bytes(wrong) + ACK)
    assert frames[0] == Spoilt(whole=False)
    assert frames[-1] == Ack()
    assert not any(isinstance(each, Answer) for each in frames)


@pytest.mark.parametrize("at", range(5, 12))
def test_one_wrong_bit_in_contents_or_their_checksum_spoils_the_whole_frame(at: int) -> None:
    wrong = bytearray(VERSION)
    wrong[at] ^= 0x10
    assert FrameParser().feed(bytes(wrong) + ACK) == [Spoilt(whole=True), Ack()]


@pytest.mark.parametrize("length", ["0000", "FFFF000000", "FFFF010AF5", "FFFFFFFF02"])
def test_an_impossible_length_is_not_waited_for(length: str) -> None:
    parser = FrameParser()
    frames = parser.feed(bytes.fromhex("0000FF" + length) + b"\x11" * 4 + ACK)
    assert frames[0] == Spoilt(whole=False)
    assert frames[-1] == Ack()


def test_our_own_commands_echo_and_unknown_identifiers_are_no_frames_of_the_chips() -> None:
    assert FrameParser().feed(encode_command(0x02) + frame("AA55") + frame("D5") + ACK) == [Ack()]


def test_a_frame_that_never_ends_can_be_dropped() -> None:
    parser = FrameParser()
    parser.feed(VERSION[:9])
    assert parser.in_frame
    parser.drop()
    assert parser.feed(ACK) == [Ack()]


@pytest.mark.parametrize("flood", [b"\x00", b"\xff", b"\x00\xff", b"\x00\xff\xff\xff\x01\x09\xf6", b"\x55"])
def test_endless_input_is_held_within_one_frame(flood: bytes) -> None:
    parser = FrameParser()
    for _ in range(50):
        parser.feed(flood * 400)
        assert len(parser._held) <= FRAME_BYTES_MAX
    parser.drop()
    assert parser.feed(VERSION) == [VERSION_ANSWER]
