"""How a stream of bytes becomes codes."""

from __future__ import annotations

import pytest

from terminal.base.events import CodeScanned, ScanRejected
from terminal.hw.scan_framing import CODE_BYTES_MAX, PAUSE_S, REPEAT_S, SILENCE_S, ScanFramer, decode

TOO_LONG = ScanRejected("scanner", "scan_too_long")
UNDECODABLE = ScanRejected("scanner", "scan_undecodable")


def texts(events: object) -> list[str]:
    assert isinstance(events, list)
    return [event.text if isinstance(event, CodeScanned) else event.code for event in events]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_code_ends_at_any_line_end(end: bytes) -> None:
    assert ScanFramer("scanner").feed(b"CF1-ABCD" + end, 7.5) == [CodeScanned("scanner", 7.5, "CF1-ABCD")]


def test_two_codes_in_one_delivery_are_two() -> None:
    assert texts(ScanFramer("scanner").feed(b"\r\nfirst\r\n\r\nsecond\r\n", 0)) == ["first", "second"]


def test_a_code_in_single_bytes_is_one() -> None:
    framer = ScanFramer("scanner")
    events = [
        event for at, byte in enumerate(b"134567890123456789\r") for event in framer.feed(bytes([byte]), at / 100)
    ]
    assert texts(events) == ["134567890123456789"]


def test_a_code_without_suffix_ends_at_the_pause() -> None:
    framer = ScanFramer("scanner")
    assert framer.feed(b"6901234567892", 0) == []
    assert framer.pause(PAUSE_S - 0.01) == []
    assert texts(framer.pause(PAUSE_S)) == ["6901234567892"]
    assert framer.pause(5) == []


def test_with_a_suffix_half_a_code_is_never_a_code() -> None:
    framer = ScanFramer("scanner", suffix=True)
    framer.feed(b"CF1-AB", 0)
    assert framer.pause(0.5) == []
    assert texts(framer.feed(b"CD\r", 0.6)) == ["CF1-ABCD"], "the rest came late"
    framer.feed(b"CF1-EF", 10)
    assert framer.pause(10 + SILENCE_S) == []
    assert texts(framer.feed(b"CF1-GH\r", 12)) == ["CF1-GH"], "the rest never came"


def test_the_longest_code_passes_and_one_byte_more_does_not() -> None:
    longest = b"x" * CODE_BYTES_MAX
    assert texts(ScanFramer("scanner").feed(longest + b"\r", 0)) == [longest.decode()]
    assert ScanFramer("scanner").feed(longest + b"x\r", 0) == [TOO_LONG]


def test_an_endless_line_is_refused_once_and_the_next_line_counts() -> None:
    framer = ScanFramer("scanner")
    events = [event for at in range(1000) for event in framer.feed(b"9" * 1000, at * 0.01)]
    assert events == [TOO_LONG]
    assert framer.feed(b"tail of it\r", 10.1) == []
    assert texts(framer.feed(b"good\r", 10.2)) == ["good"]


def test_after_an_endless_line_silence_is_an_end_too() -> None:
    framer = ScanFramer("scanner")
    framer.feed(b"9" * 5000, 0)
    assert framer.pause(SILENCE_S) == []
    framer.feed(b"good", 2)
    assert texts(framer.pause(2.2)) == ["good"]


def test_an_endless_line_keeps_no_memory() -> None:
    framer = ScanFramer("scanner")
    for at in range(200):
        framer.feed(b"9" * 3000, at * 0.01)
        assert len(framer._piece) <= CODE_BYTES_MAX


def test_noise_is_refused_once() -> None:
    framer = ScanFramer("scanner")
    assert framer.feed(b"\xff\xfe\x80\x00\xff", 0) == []
    assert framer.pause(0.2) == [UNDECODABLE]
    assert framer.feed(b"\xff\xff\r", 0.3) == [], "more of the same noise"
    assert texts(framer.feed(b"good\r", 0.4)) == ["good"]


def test_the_same_code_counts_once_until_it_was_away_for_a_while() -> None:
    framer = ScanFramer("scanner")
    at_s = 0.0
    events = []
    for _ in range(10):
        events += framer.feed(b"code\r", at_s)
        at_s += 1.0
    assert texts(events) == ["code"], "a code lying under a stand scanner"
    assert texts(framer.feed(b"code\r", at_s + REPEAT_S)) == ["code"]
    assert texts(framer.feed(b"other\rcode\r", at_s + REPEAT_S + 0.1)) == ["other", "code"]


def test_a_payment_code_is_not_kept_longer_than_it_serves() -> None:
    framer = ScanFramer("scanner")
    framer.feed(b"134567890123456789\r", 0)
    framer.pause(REPEAT_S)
    assert "134567890123456789" not in repr(vars(framer))


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        ("会员码-王".encode(), "会员码-王"),
        ("会员码-王".encode("gb18030"), "会员码-王"),
        ("王䶮".encode("gb18030"), "王䶮"),
        ("１２３４".encode(), "１２３４"),
        ("１２３４".encode("gbk"), "１２３４"),
        (b"\xef\xbb\xbf code \x00", "code"),
        (b"]C1\x1d0106901234567892", "]C1\x1d0106901234567892"),
        (b" \t", ""),
        (b"", ""),
        (b"\xff\xfe", None),
        (b"ab\x07cd", None),
        (b"12\x0034", None),
        (b"\x80", None),
    ],
)
def test_text_is_utf8_or_else_gb18030_or_else_nothing(piece: bytes, text: str | None) -> None:
    assert decode(piece) == text


def test_identifiers_are_taken_off_only_where_the_scanner_sends_them() -> None:
    assert texts(ScanFramer("scanner").feed(b"]Q3abc\r", 0)) == ["]Q3abc"]
    framer = ScanFramer("scanner", aim_identifiers=True)
    assert texts(framer.feed(b"]Q3abc\r]E0\r]x\rplain\r", 0)) == ["abc", "]x", "plain"]


def test_codes_stay_out_of_logs() -> None:
    (event,) = ScanFramer("scanner").feed(b"134567890123456789\r", 0)
    assert "1345" not in repr(event)
