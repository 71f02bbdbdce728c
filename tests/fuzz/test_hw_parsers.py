"""Whatever cards and scanners send, their parsers answer with their own values and stay bounded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.events import CodeScanned, ScanRejected
from terminal.hw.card_reading import Identified, Unfit, identify
from terminal.hw.pcsc_names import ReaderMatch, reader_id, usable
from terminal.hw.scan_framing import CODE_BYTES_MAX, ScanFramer

STEM = bytes.fromhex("3B8F8001804F0CA000000306")
atrs = st.one_of(
    st.binary(max_size=33),
    st.binary(max_size=8).map(lambda tail: STEM + tail),
    st.just(bytes.fromhex("3B04A2131091")),
    st.just(bytes.fromhex("3B8180018080")),
)
statuses = st.one_of(st.sampled_from([0x9000, 0x91AF, 0x9100, 0x6300, 0x6A81]), st.integers(0, 0xFFFF))
answers = st.lists(st.tuples(st.binary(max_size=40), statuses), min_size=1, max_size=8)
deliveries = st.lists(
    st.tuples(
        st.one_of(
            st.binary(max_size=60),
            st.text(max_size=30).map(str.encode),
            st.sampled_from([b"\r", b"\n", b"\r\n", b"]Q1", b"9" * 3000, "王".encode("gbk")[:1]]),
        ),
        st.sampled_from([0.0, 0.001, 0.05, 0.13, 1.2, 2.0]),
    ),
    max_size=30,
)


class Garbage:
    """A card that answers anything, for ever."""

    def __init__(self, given_answers: list[tuple[bytes, int]]) -> None:
        self._answers = given_answers
        self.asked = 0

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        assert 5 <= len(command) <= 261
        self.asked += 1
        return self._answers[self.asked % len(self._answers)]


@settings(print_blob=True, deadline=None)
@given(atrs, answers, st.lists(st.binary(min_size=1, max_size=16), max_size=2))
def test_whatever_a_card_answers_it_is_identified_or_unfit(
    atr: bytes, given_answers: list[tuple[bytes, int]], applications: list[bytes]
) -> None:
    card = Garbage(given_answers)
    found = identify(atr, card.transmit, applications)
    assert card.asked <= 10
    if isinstance(found, Unfit):
        assert found.code in {"card_unreadable", "card_foreign", "card_random_uid", "card_no_number"}
    else:
        assert isinstance(found, Identified)
        assert len(found.uid) in {4, 7, 10} or (found.uid == b"" and found.number.isalnum() and found.number.isascii())


@pytest.mark.slow
@settings(print_blob=True, deadline=None)
@given(deliveries, st.booleans(), st.booleans())
def test_whatever_a_scanner_sends_the_framer_stays_bounded_and_usable(
    parts: list[tuple[bytes, float]], suffix: bool, aim: bool
) -> None:
    framer = ScanFramer("scanner", suffix=suffix, aim_identifiers=aim)
    at_s = 0.0
    for data, gap_s in parts:
        at_s += gap_s
        for event in [*framer.pause(at_s), *framer.feed(data, at_s)]:
            assert isinstance(event, CodeScanned | ScanRejected)
            if isinstance(event, CodeScanned):
                assert event.text
                assert "\r" not in event.text
                assert "\n" not in event.text
        assert len(framer._piece) <= CODE_BYTES_MAX
    at_s += 5
    framer.pause(at_s)
    assert framer.feed(b"after all\r", at_s) == [CodeScanned("scanner", at_s, "after all")]


@settings(print_blob=True, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(1, 40), max_size=40))
def test_how_bytes_are_cut_into_deliveries_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    whole = ScanFramer("scanner").feed(data, 1.0)
    framer = ScanFramer("scanner")
    pieces = []
    for cut in cuts:
        pieces += framer.feed(data[:cut], 1.0)
        data = data[cut:]
    pieces += framer.feed(data, 1.0)
    assert pieces == whole


@settings(print_blob=True, deadline=None)
@given(
    st.lists(st.text(max_size=30), max_size=20, unique=True),
    st.lists(st.builds(ReaderMatch, st.text(max_size=4), st.text(max_size=3)), max_size=4),
)
def test_every_reader_gets_an_id_of_its_own(names: list[str], matches: list[ReaderMatch]) -> None:
    taken: list[str] = []
    for name in usable(names):
        taken.append(reader_id(name, matches, taken))
    assert len(taken) == len(set(taken))
